//! What comes to the writer, and what it answers.

use beta_kit::time::Timestamp;

use crate::id::{CampaignId, CreativeId, DeliveryId, EventId, InstanceId, SessionId};
use crate::journal::{EventType, Verdict};
use crate::streamers::OverlayIdentity;

/// A report of an overlay, well-formed but not yet judged.
#[derive(Clone, Debug)]
pub struct Posted {
    /// Who sent it.
    pub sender: OverlayIdentity,
    /// The sender's id for it, which makes a repetition harmless.
    pub id: Option<EventId>,
    /// What happened.
    pub event_type: EventType,
    /// When, by the sender's clock.
    pub ts: Timestamp,
    /// When it reached the server.
    pub received_at: Timestamp,
    /// The sender's request id.
    pub request_id: String,
    /// The id of the HTTP request that brought it.
    pub http_request_id: Option<String>,
    /// The session the sender names.
    pub session_id: Option<SessionId>,
    /// The campaign the sender names.
    pub campaign_id: Option<CampaignId>,
    /// The creative the sender names.
    pub creative_id: Option<CreativeId>,
    /// What else was said: a JSON object.
    pub payload: serde_json::Value,
    /// Digest of the whole body.
    pub digest: String,
    /// The sender's address.
    pub ip: Option<String>,
    /// The sender's program.
    pub user_agent: Option<String>,
}

impl Posted {
    /// The delivery the sender names.
    pub fn command_id(&self) -> Option<DeliveryId> {
        self.text("commandId")?.parse().ok()
    }

    /// The overlay instance the sender says it is.
    pub fn instance_id(&self) -> Option<InstanceId> {
        self.text("instanceId")?.parse().ok()
    }

    /// Whether OBS said that the source was not on stream. Unknown is not "not".
    pub fn is_off_program(&self) -> bool {
        let Some(obs) = self.payload.get("obs") else {
            return false;
        };
        let is_false =
            |name: &str| obs.get(name).and_then(serde_json::Value::as_bool) == Some(false);
        is_false("sourceActive") || is_false("streaming")
    }

    /// A text of the payload.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.payload.get(name)?.as_str()
    }
}

/// What the server itself learnt about a delivery, from the overlay's socket.
#[derive(Clone, Debug)]
pub enum Change {
    /// The overlay took the command.
    Acknowledged,
    /// The lease goes to another instance.
    Reassigned(Option<InstanceId>),
    /// Nobody took the command.
    Failed(&'static str),
}

/// One thing for the writer to do.
#[derive(Clone, Debug)]
pub enum Item {
    /// A report of an overlay.
    Report(Box<Posted>),
    /// A change that the server learnt of.
    Change(DeliveryId, Change),
}

/// The answer to one item.
pub type Outcome = Result<Accepted, Refused>;

/// It is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The event's id.
    pub id: EventId,
    /// Whether the same event was accepted before.
    pub repeated: bool,
    /// The session it was put in.
    pub session_id: Option<SessionId>,
    /// The delivery it was put to.
    pub delivery_id: Option<DeliveryId>,
    /// Whether it counts.
    pub verdict: Verdict,
}

/// It was not stored, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The key was rotated or revoked.
    #[error("the overlay key is no longer valid")]
    KeyRevoked,
    /// The id belongs to an event with another content.
    #[error("the id belongs to another event")]
    IdTaken,
    /// The session is not one of the channel.
    #[error("the session is not one of this channel")]
    UnknownSession,
    /// The campaign does not run on the channel.
    #[error("the campaign does not run on this channel")]
    UnknownCampaign,
    /// The creative is not one of the campaign.
    #[error("the creative is not one of the campaign")]
    UnknownCreative,
    /// The database failed for this one item.
    #[error("the event could not be stored")]
    Unstorable,
    /// The database is away; nothing was stored.
    #[error("the database is away")]
    Unavailable,
}
