//! The nouns of the proof timeline: what happened to the plays of a campaign, and what it counts.

use beta_kit::page::Cursor;
use beta_kit::text_enum;
use beta_kit::time::{Day, Timestamp};

use crate::id::{ChannelId, CreativeId, DeliveryId, EventId, SessionId};
use crate::journal::Reason;

text_enum! {
    /// The kinds of events that prove a play.
    pub enum ProofType {
        /// The command went out.
        CommandSent => "ad_command_sent",
        /// The creative appeared.
        Rendered => "ad_rendered",
        /// It was shown to the end.
        Completed => "ad_completed",
        /// Somebody followed it.
        Click => "ad_click",
        /// It could not be shown.
        Error => "ad_error",
    }
}

text_enum! {
    /// Whether an event counts.
    pub enum Verdict {
        /// It does.
        Counted => "counted",
        /// It does not, for the reason beside it.
        NotCounted => "not_counted",
    }
}

/// Which events to show. An empty field asks for nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProofFilter {
    /// Those of one kind.
    pub proof_type: Option<ProofType>,
    /// Those of one channel.
    pub channel_id: Option<ChannelId>,
    /// Those of one creative.
    pub creative_id: Option<CreativeId>,
    /// Those of one time on air.
    pub session_id: Option<SessionId>,
    /// Those of one delivery.
    pub delivery_id: Option<DeliveryId>,
    /// Those that count, or those that do not.
    pub verdict: Option<Verdict>,
    /// Those that do not count for one reason.
    pub reason: Option<Reason>,
    /// Those of this UTC day and later.
    pub from: Option<Day>,
    /// Those of this UTC day and earlier.
    pub to: Option<Day>,
}

/// One event of a play.
#[derive(Clone, Debug, PartialEq)]
pub struct ProofItem {
    /// Its id.
    pub id: EventId,
    /// Its place in the log.
    pub cursor: Cursor,
    /// Its kind.
    pub proof_type: ProofType,
    /// When it happened, by the sender's clock.
    pub ts: Timestamp,
    /// When it happened, as the server settled it.
    pub occurred_at: Timestamp,
    /// The sender's name for the request.
    pub request_id: String,
    /// Where it happened.
    pub channel: Option<ProofChannel>,
    /// What was shown.
    pub creative: Option<ProofCreative>,
    /// The time on air it belongs to.
    pub session_id: Option<SessionId>,
    /// The delivery it belongs to.
    pub delivery_id: Option<DeliveryId>,
    /// How well the delivery is proven, 0 to 5.
    pub evidence_level: Option<u8>,
    /// Whether it counts.
    pub verdict: Verdict,
    /// Why it does not.
    pub reason: Option<String>,
    /// What the sender said.
    pub payload: serde_json::Value,
}

/// The channel of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofChannel {
    /// Its id.
    pub id: ChannelId,
    /// Its name on Twitch.
    pub twitch_channel_name: String,
}

/// The creative of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofCreative {
    /// Its id.
    pub id: CreativeId,
    /// Where its file is kept.
    pub object_key: String,
    /// Its format.
    pub format: String,
}
