//! A campaign that may run on a channel that is on air, and what tests do with it: everything
//! comes from the verbs of the rooms.

use std::time::Duration;

use beta_kit::db::DbError;
use beta_kit::media::MediaKind;
use beta_kit::money::Currency;
use beta_kit::secret::digest_hex;
use beta_kit::text::{CountryCode, Email, HttpUrl, LanguageCode};
use beta_kit::time::Timestamp;
use serde_json::json;

use super::House;
use crate::accounts::{self, Membership, NewUser, OrganizationKind, OrganizationName};
use crate::actor::{Actor, Role};
use crate::campaigns::{
    self, ApprovalStatus, Campaign, CampaignName, CampaignStatus, Creative, CreativeFormat, Flight,
    FlightMode, Ledger, NewAssignments, NewCampaign, NewCreative, NewFlight, Objective, StoredFile,
    Targeting,
};
use crate::deliveries::{self, Delivery, Lease, Target, TriggerError, TriggerRequest};
use crate::events::{self, Accepted, Item, Outcome, Posted, Presence};
use crate::id::{
    CampaignId, ChannelId, CreativeId, DeliveryId, EventId, InstanceId, OrganizationId,
};
use crate::journal::EventType;
use crate::sessions::{self, Session};
use crate::streamers::{
    self, AudienceForm, AvgViewers, Categories, ChannelForm, ChannelName, OverlayIdentity,
    PricingTier, ProfileForm, ProfileName,
};

/// What is booked. The default allows more than any test uses up.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) budget: &'static str,
    pub(crate) cpm: Option<&'static str>,
    pub(crate) fee: Option<&'static str>,
    pub(crate) pacing: i64,
    pub(crate) per_channel: i64,
    pub(crate) per_session: i64,
    pub(crate) min_gap_sec: i64,
    pub(crate) formats: Vec<CreativeFormat>,
    pub(crate) duration_sec: i64,
    pub(crate) status: CampaignStatus,
    pub(crate) start_date: &'static str,
    pub(crate) end_date: &'static str,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            budget: "1000",
            cpm: Some("10"),
            fee: None,
            pacing: 1_000,
            per_channel: 200,
            per_session: 200,
            min_gap_sec: 0,
            formats: vec![CreativeFormat::Image],
            duration_sec: 10,
            status: CampaignStatus::Active,
            start_date: "2026-02-01",
            end_date: "2026-04-01",
        }
    }
}

/// Whether an overlay is connected, everywhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Present(pub(crate) bool);

impl Presence for Present {
    fn is_connected(&self, _: ChannelId) -> bool {
        self.0
    }
}

/// A campaign that may run on a channel that is on air.
#[derive(Clone, Debug)]
pub(crate) struct Booked {
    pub(crate) agency: Actor,
    pub(crate) organization: OrganizationId,
    pub(crate) streamer: Actor,
    /// The channel's overlay, as its key says.
    pub(crate) sender: OverlayIdentity,
    pub(crate) session: Session,
    pub(crate) instance: InstanceId,
    pub(crate) campaign: Campaign,
    pub(crate) flight: Flight,
    pub(crate) creative: Creative,
}

/// A campaign booked as the default plan says.
pub(crate) async fn booked(house: &House) -> Booked {
    booked_as(house, Plan::default()).await
}

/// A campaign booked as `plan` says.
pub(crate) async fn booked_as(house: &House, plan: Plan) -> Booked {
    let (agency, organization) = house.agency("agency@example.com").await;
    let streamer = house.streamer("kim@example.com").await;
    let sender = house.channel(&streamer).await;
    let session = house.on_air(sender).await;
    let campaign = house.campaign(organization, &plan).await;
    let flight = house.flight(campaign.id, &plan).await;
    let creative = house.creative(campaign.id, &plan).await;
    house.assign(campaign.id, &[sender], &plan).await;
    Booked {
        agency,
        organization,
        streamer,
        sender,
        session,
        instance: house.works.mint(),
        campaign,
        flight,
        creative,
    }
}

impl House {
    /// Somebody of a new agency.
    pub(crate) async fn agency(&self, email: &str) -> (Actor, OrganizationId) {
        let mut work = self.works.begin(Actor::System).await.unwrap();
        let name = OrganizationName::parse("Acme").unwrap();
        let kind = OrganizationKind::Agency;
        let organization = accounts::add_organization(&mut work, kind, &name)
            .await
            .unwrap();
        let user = NewUser {
            email: Email::parse(email).unwrap(),
            membership: Membership::of(Role::Agency, organization.id),
        };
        accounts::add_user(&mut work, user).await.unwrap();
        work.commit().await.unwrap();
        (self.sign_in(email).await, organization.id)
    }

    async fn sign_in(&self, email: &str) -> Actor {
        let email = Email::parse(email).unwrap();
        let mut work = self.works.begin(Actor::Nobody).await.unwrap();
        let link = accounts::request_link(&mut work, &email).await.unwrap();
        let link = link.unwrap();
        let login = accounts::verify_link(&mut work, &email, link.token.reveal())
            .await
            .unwrap();
        work.commit().await.unwrap();
        Actor::User(login.user)
    }

    /// A new streamer with a profile.
    pub(crate) async fn streamer(&self, email: &str) -> Actor {
        let actor = self.sign_in(email).await;
        let form = ProfileForm {
            display_name: ProfileName::parse("Kim").unwrap(),
            twitch_handle: ProfileName::parse("kim_plays").unwrap(),
            audience: audience(),
        };
        let mut work = self.works.begin(actor.clone()).await.unwrap();
        streamers::save_profile(&mut work, &form).await.unwrap();
        work.commit().await.unwrap();
        actor
    }

    /// A new channel of the streamer, with a key.
    pub(crate) async fn channel(&self, streamer: &Actor) -> OverlayIdentity {
        let form = ChannelForm {
            twitch_channel_name: ChannelName::parse("kim_plays").unwrap(),
            audience: audience(),
        };
        let mut work = self.works.begin(streamer.clone()).await.unwrap();
        let channel = streamers::create_channel(&mut work, &form).await.unwrap();
        let key = streamers::rotate_key(&mut work, channel.id).await.unwrap();
        let digest = digest_hex(key.key.reveal());
        let identity = streamers::find_key(&mut work, &digest).await.unwrap();
        work.commit().await.unwrap();
        identity.expect("a key that was just made is known")
    }

    /// An overlay of the channel comes.
    pub(crate) async fn on_air(&self, sender: OverlayIdentity) -> Session {
        let mut work = self.works.begin(Actor::System).await.unwrap();
        let (channel_id, profile_id) = (sender.channel_id, sender.streamer_profile_id);
        let session = sessions::resolve(&mut work, channel_id, profile_id)
            .await
            .unwrap();
        work.commit().await.unwrap();
        session
    }

    /// A campaign of the agency.
    pub(crate) async fn campaign(&self, agency: OrganizationId, plan: &Plan) -> Campaign {
        let new = NewCampaign {
            organization_id: Some(agency),
            brand_organization_id: None,
            name: CampaignName::parse("Spring").unwrap(),
            advertiser: CampaignName::parse("Acme").unwrap(),
            objective: Objective::parse("awareness").unwrap(),
            start_date: time(plan.start_date),
            end_date: time(plan.end_date),
            budget: plan.budget.parse().unwrap(),
            currency: Currency::parse("USD").unwrap(),
            targeting: Targeting::default(),
            status: plan.status,
        };
        let mut work = self.works.begin(Actor::System).await.unwrap();
        let campaign = campaigns::create(&mut work, new).await.unwrap();
        work.commit().await.unwrap();
        campaign
    }

    /// A flight of the campaign.
    pub(crate) async fn flight(&self, campaign: CampaignId, plan: &Plan) -> Flight {
        let new = NewFlight {
            pacing_per_hour: plan.pacing,
            cap_per_streamer_per_hour: plan.per_channel,
            cap_per_session: plan.per_session,
            allowed_formats: plan.formats.clone(),
            mode: FlightMode::Manual,
            min_gap_sec: plan.min_gap_sec,
            start_at: None,
            end_at: None,
        };
        let mut work = self.works.begin(Actor::System).await.unwrap();
        let flight = campaigns::add_flight(&mut work, campaign, new)
            .await
            .unwrap();
        work.commit().await.unwrap();
        flight
    }

    /// An approved picture of the campaign.
    pub(crate) async fn creative(&self, campaign: CampaignId, plan: &Plan) -> Creative {
        let random: CreativeId = self.works.mint();
        let new = NewCreative {
            campaign_id: campaign,
            format: CreativeFormat::Image,
            duration_sec: plan.duration_sec,
            click_url: HttpUrl::parse("https://example.com/landing").unwrap(),
            fallback_url: None,
            approval_status: ApprovalStatus::Approved,
            file: StoredFile {
                object_key: campaigns::object_key(campaign, random, MediaKind::Png),
                kind: MediaKind::Png,
                size_bytes: 1_000,
                sha256: digest_hex("a picture"),
                width: 640,
                height: 360,
                media_duration_ms: None,
            },
        };
        let mut work = self.works.begin(Actor::System).await.unwrap();
        let creative = campaigns::add(&mut work, new).await.unwrap();
        work.commit().await.unwrap();
        creative
    }

    /// Puts the campaign on these channels.
    pub(crate) async fn assign(
        &self,
        campaign: CampaignId,
        channels: &[OverlayIdentity],
        plan: &Plan,
    ) {
        let new = NewAssignments {
            channel_ids: channels.iter().map(|one| one.channel_id).collect(),
            cpm_rate: plan.cpm.map(|rate| rate.parse().unwrap()),
            fixed_fee: plan.fee.map(|fee| fee.parse().unwrap()),
        };
        let mut work = self.works.begin(Actor::System).await.unwrap();
        campaigns::assign(&mut work, campaign, new).await.unwrap();
        work.commit().await.unwrap();
    }

    /// Decides as the doors do: what is new is committed, everything else leaves no trace.
    pub(crate) async fn trigger(
        &self,
        actor: &Actor,
        request: &TriggerRequest,
        target: Option<Target>,
    ) -> Result<Lease, TriggerError> {
        let mut work = self.works.begin(actor.clone()).await?;
        let lease = deliveries::lease(&mut work, request, target).await?;
        if matches!(lease, Lease::New(_)) {
            work.commit().await?;
        }
        Ok(lease)
    }

    /// Stores one batch, as the writer does; nobody else's overlay is connected.
    pub(crate) async fn store(&self, items: &[Item]) -> Result<Vec<Outcome>, DbError> {
        events::commit(&self.works, &Present(false), items).await
    }

    /// Stores one report that must not be refused.
    pub(crate) async fn report(&self, posted: Posted) -> Accepted {
        let mut outcomes = self.store(&[posted.into_item()]).await.unwrap();
        outcomes.remove(0).unwrap()
    }

    /// The delivery as it is now.
    pub(crate) async fn delivery(&self, id: DeliveryId) -> Delivery {
        let mut work = self.works.read(Actor::System).await.unwrap();
        deliveries::find(&mut work, id).await.unwrap().unwrap()
    }

    /// Where the campaign's money stands.
    pub(crate) async fn ledger(&self, campaign: CampaignId) -> Ledger {
        let mut work = self.works.begin(Actor::System).await.unwrap();
        campaigns::lock_ledger(work.tx(), campaign).await.unwrap()
    }

    /// Lets so many seconds pass.
    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// What the doors make of an overlay's report that comes now.
    pub(crate) fn posted(&self, sender: OverlayIdentity, event_type: EventType) -> Posted {
        let now = self.works.now();
        let id: EventId = self.works.mint();
        Posted {
            sender,
            id: Some(id),
            event_type,
            ts: now,
            received_at: now,
            request_id: "req_test_1".to_owned(),
            http_request_id: None,
            session_id: None,
            campaign_id: None,
            creative_id: None,
            payload: json!({}),
            digest: digest_hex(&id.to_string()),
            ip: None,
            user_agent: Some("Mozilla/5.0 OBS/30.1".to_owned()),
        }
    }
}

impl Posted {
    /// The report as the writer takes it.
    pub(crate) fn into_item(self) -> Item {
        Item::Report(Box::new(self))
    }
}

impl Booked {
    /// A trigger for the channel that leaves every choice open.
    pub(crate) fn request(&self) -> TriggerRequest {
        TriggerRequest {
            channel_id: self.sender.channel_id,
            campaign_id: None,
            creative_id: None,
            duration_sec: None,
            idempotency_key: None,
            digest: "d".to_owned(),
        }
    }

    /// The overlay that would play.
    pub(crate) fn target(&self) -> Option<Target> {
        Some(Target {
            instance_id: Some(self.instance),
        })
    }

    /// Triggers as the agency.
    pub(crate) async fn trigger(&self, house: &House) -> Result<Lease, TriggerError> {
        let request = self.request();
        house.trigger(&self.agency, &request, self.target()).await
    }

    /// Triggers where nothing stands in the way.
    pub(crate) async fn lease(&self, house: &House) -> Delivery {
        match self.trigger(house).await {
            Ok(Lease::New(command)) => command.delivery,
            other => panic!("no lease: {other:?}"),
        }
    }

    /// The overlay's report about its delivery, now.
    pub(crate) fn report(
        &self,
        house: &House,
        event_type: EventType,
        delivery: &Delivery,
    ) -> Posted {
        Posted {
            campaign_id: Some(delivery.campaign_id),
            creative_id: Some(delivery.creative_id),
            payload: json!({ "commandId": delivery.id, "instanceId": self.instance }),
            ..house.posted(self.sender, event_type)
        }
    }

    /// Plays the delivery to its end: the clock moves on by its duration.
    pub(crate) async fn play(&self, house: &House, delivery: &Delivery) -> Accepted {
        let rendered = self.report(house, EventType::AdRendered, delivery);
        house.report(rendered).await;
        house.clock.advance(delivery.duration());
        let completed = self.report(house, EventType::AdCompleted, delivery);
        house.report(completed).await
    }
}

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn audience() -> AudienceForm {
    AudienceForm {
        country: CountryCode::parse("us").unwrap(),
        language: LanguageCode::parse("en").unwrap(),
        categories: Categories::default(),
        avg_viewers: AvgViewers::new(120).unwrap(),
        pricing_tier: PricingTier::parse("mid").unwrap(),
    }
}
