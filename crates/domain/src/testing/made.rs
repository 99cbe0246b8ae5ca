//! People, channels, campaigns and what hangs on them, each by the verb of its room.

use beta_kit::media::MediaKind;
use beta_kit::money::Currency;
use beta_kit::number::Whole;
use beta_kit::secret::digest_hex;
use beta_kit::text::{CountryCode, Email, HttpUrl, LanguageCode, TimeZoneName};
use beta_kit::time::Timestamp;

use super::House;
use crate::accounts::{self, Membership, NewUser, OrganizationKind, OrganizationName};
use crate::actor::{Actor, Role};
use crate::campaigns::{
    self, ApprovalStatus, Campaign, CampaignName, CampaignStatus, Creative, CreativeFormat, Flight,
    FlightMode, NewAssignments, NewCampaign, NewCreative, NewFlight, Objective, StoredFile,
    Targeting,
};
use crate::id::{CampaignId, CreativeId, OrganizationId};
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
        let mut work = self.works.begin(Actor::System).await.unwrap();
        let link = accounts::request_link(&mut work, &email).await.unwrap();
        let link = link.unwrap();
        let login = accounts::verify_link(&mut work, &email, link.token.reveal(), None)
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
        // No two channels have one name.
        let name = format!("kim_{}", self.works.mint::<CampaignId>());
        let form = ChannelForm {
            twitch_channel_name: ChannelName::parse(&name).unwrap(),
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
            time_zone: TimeZoneName::default(),
            billable_evidence: campaigns::EVIDENCE_DEFAULT,
            status: plan.status,
        };
        let mut work = self.works.begin(Actor::System).await.unwrap();
        let campaign = campaigns::create(&mut work, new).await.unwrap();
        work.commit().await.unwrap();
        campaign
    }

    /// Moves the campaign to another state.
    pub(crate) async fn move_to(&self, campaign: CampaignId, to: CampaignStatus) {
        let mut work = self.works.begin(Actor::System).await.unwrap();
        campaigns::set_status(&mut work, campaign, to, None)
            .await
            .unwrap();
        work.commit().await.unwrap();
    }

    /// A flight of the campaign.
    pub(crate) async fn flight(&self, campaign: CampaignId, plan: &Plan) -> Flight {
        let new = NewFlight {
            pacing_per_hour: Whole::new(plan.pacing).unwrap(),
            cap_per_streamer_per_hour: Whole::new(plan.per_channel).unwrap(),
            cap_per_session: Whole::new(plan.per_session).unwrap(),
            allowed_formats: plan.formats.clone(),
            mode: FlightMode::Manual,
            min_gap_sec: Whole::new(plan.min_gap_sec).unwrap(),
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
            duration_sec: Whole::new(plan.duration_sec).unwrap(),
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
