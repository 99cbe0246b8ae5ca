//! A campaign that may run on a channel that is on air, and what tests do with it: everything
//! comes from the verbs of the rooms.

use std::time::Duration;

use beta_kit::db::DbError;
use beta_kit::secret::digest_hex;
use serde_json::json;

use super::{House, Plan};
use crate::actor::Actor;
use crate::campaigns::{self, Campaign, Creative, Flight, Ledger};
use crate::deliveries::{self, Delivery, Lease, Target, TriggerError, TriggerRequest};
use crate::events::{self, Accepted, Item, Outcome, Posted, Presence};
use crate::id::{CampaignId, ChannelId, DeliveryId, EventId, InstanceId, OrganizationId};
use crate::journal::EventType;
use crate::sessions::Session;
use crate::streamers::OverlayIdentity;

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
    booked_for(house, "example", plan).await
}

/// The same for people at `<place>.com`, where a test needs more than one.
pub(crate) async fn booked_for(house: &House, place: &str, plan: Plan) -> Booked {
    let (agency, organization) = house.agency(&format!("agency@{place}.com")).await;
    let streamer = house.streamer(&format!("kim@{place}.com")).await;
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
    pub(crate) fn target(&self) -> Target {
        Target {
            instance_id: Some(self.instance),
        }
    }

    /// Triggers as the agency.
    pub(crate) async fn trigger(&self, house: &House) -> Result<Lease, TriggerError> {
        let request = self.request();
        let target = Some(self.target());
        house.trigger(&self.agency, &request, target).await
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
