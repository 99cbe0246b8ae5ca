//! An event: its type, what it belongs to, and whether it counts.

use beta_kit::text_enum;
use beta_kit::time::Timestamp;

use crate::id::{
    CampaignId, ChannelId, CreativeId, DeliveryId, EventId, SessionId, StreamerProfileId,
};

text_enum! {
    /// What happened.
    pub enum EventType {
        /// An overlay came.
        OverlayConnected => "overlay_connected",
        /// An overlay is alive.
        OverlayHeartbeat => "overlay_heartbeat",
        /// An overlay left.
        OverlayDisconnected => "overlay_disconnected",
        /// A channel went on air.
        SessionStarted => "session_started",
        /// A channel went off air.
        SessionEnded => "session_ended",
        /// A creative was chosen for a channel.
        AdCandidateSelected => "ad_candidate_selected",
        /// A command to play was leased to an overlay.
        AdCommandSent => "ad_command_sent",
        /// The creative's first frame was on screen.
        AdRendered => "ad_rendered",
        /// The creative was on screen for its whole time.
        AdCompleted => "ad_completed",
        /// Somebody clicked the creative.
        AdClick => "ad_click",
        /// The play failed.
        AdError => "ad_error",
    }
}

impl EventType {
    /// Whether an overlay may report it; the others are made by the server alone.
    pub const fn from_overlay(self) -> bool {
        match self {
            Self::OverlayConnected
            | Self::OverlayHeartbeat
            | Self::OverlayDisconnected
            | Self::AdRendered
            | Self::AdCompleted
            | Self::AdClick
            | Self::AdError => true,
            Self::SessionStarted
            | Self::SessionEnded
            | Self::AdCandidateSelected
            | Self::AdCommandSent => false,
        }
    }

    /// Whether it belongs to a delivery.
    pub const fn is_about_ad(self) -> bool {
        matches!(
            self,
            Self::AdRendered | Self::AdCompleted | Self::AdClick | Self::AdError
        )
    }
}

text_enum! {
    /// Why an event does not count.
    pub enum Reason {
        /// No delivery of this channel was meant.
        NoDelivery => "no_delivery",
        /// The delivery had this already.
        Duplicate => "duplicate",
        /// The lease had ended, and was released.
        LeaseExpired => "lease_expired",
        /// The creative can not have been on screen for its whole time.
        TooEarly => "too_early",
        /// The creative was never reported on screen.
        NotRendered => "not_rendered",
        /// Another instance than the one the lease was given to.
        StandbyInstance => "standby_instance",
        /// OBS said that the source was not on stream.
        NotOnProgram => "not_on_program",
        /// The sender's clock is more than a day behind or two minutes ahead.
        ClockSkew => "clock_skew",
        /// The sender names itself a bot.
        AutomatedClient => "automated_client",
        /// The delivery has its click already.
        DuplicateClick => "duplicate_click",
    }
}

/// Whether an event counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Counted,
    /// It does not, and why.
    NotCounted(Reason),
}

impl Verdict {
    /// The spelling on the wire and in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::NotCounted(_) => "not_counted",
        }
    }

    /// Why not, if not.
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::Counted => None,
            Self::NotCounted(reason) => Some(reason),
        }
    }
}

/// What an event belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// The streamer.
    pub streamer_id: Option<StreamerProfileId>,
    /// The channel.
    pub channel_id: Option<ChannelId>,
    /// The session.
    pub session_id: Option<SessionId>,
    /// The campaign.
    pub campaign_id: Option<CampaignId>,
    /// The creative.
    pub creative_id: Option<CreativeId>,
    /// The delivery.
    pub delivery_id: Option<DeliveryId>,
}

/// An event to be added.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its id: the sender's, or ours.
    pub id: EventId,
    /// What happened.
    pub event_type: EventType,
    /// When, by the sender's clock, as given.
    pub ts: Timestamp,
    /// When, as the server settled it.
    pub occurred_at: Timestamp,
    /// When it reached the server.
    pub received_at: Timestamp,
    /// The sender's request id.
    pub request_id: String,
    /// The id of the HTTP request that brought it.
    pub http_request_id: Option<String>,
    /// What it belongs to.
    pub links: Links,
    /// What else was said.
    pub payload: serde_json::Value,
    /// Digest of the body, so that the same id with other content is noticed.
    pub body_digest: Option<String>,
    /// Whether it counts.
    pub verdict: Verdict,
    /// The sender's address.
    pub ip: Option<String>,
    /// The sender's program.
    pub user_agent: Option<String>,
}

/// A heartbeat to be added.
#[derive(Clone, Debug)]
pub struct NewHeartbeat {
    /// Its id: the sender's, or ours.
    pub id: EventId,
    /// When, by the sender's clock.
    pub ts: Timestamp,
    /// When it reached the server.
    pub received_at: Timestamp,
    /// The sender's request id.
    pub request_id: String,
    /// The id of the HTTP request that brought it.
    pub http_request_id: Option<String>,
    /// The streamer.
    pub streamer_id: StreamerProfileId,
    /// The channel.
    pub channel_id: ChannelId,
    /// The session.
    pub session_id: SessionId,
    /// What else was said.
    pub payload: serde_json::Value,
    /// Digest of the body.
    pub body_digest: Option<String>,
    /// The sender's address.
    pub ip: Option<String>,
    /// The sender's program.
    pub user_agent: Option<String>,
}

/// What the log says of an id that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// The channel it came from.
    pub channel_id: Option<ChannelId>,
    /// Digest of the body.
    pub body_digest: Option<String>,
    /// The session it was put in.
    pub session_id: Option<SessionId>,
    /// The delivery it was put to.
    pub delivery_id: Option<DeliveryId>,
    /// Whether it counted.
    pub verdict: Verdict,
}

/// An event as the log tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedEvent {
    /// Its id.
    pub id: EventId,
    /// What happened.
    pub event_type: EventType,
    /// When, by the sender's clock, as given.
    pub ts: Timestamp,
    /// When, as the server settled it.
    pub occurred_at: Timestamp,
    /// When it reached the server.
    pub received_at: Timestamp,
    /// The sender's request id.
    pub request_id: String,
    /// The session it was put in.
    pub session_id: Option<SessionId>,
    /// Whether it counts.
    pub verdict: Verdict,
    /// What else was said.
    pub payload: serde_json::Value,
    /// The sender's address.
    pub ip: Option<String>,
    /// The sender's program.
    pub user_agent: Option<String>,
}
