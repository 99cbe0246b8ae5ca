//! A trigger of a person that was refused is an act too: the audit log says what was asked and why
//! it was not done.

use beta_kit::db::DbError;
use serde_json::json;

use super::{TriggerError, TriggerRequest};
use crate::audit::{self, Act};
use crate::work::Work;

impl TriggerError {
    /// The stable name of the reason, when a rule refused the trigger; `None` for what is no
    /// decision about an ad.
    pub const fn reason(&self) -> Option<&'static str> {
        match self {
            Self::NoAssignment => Some("no_campaign_assignment"),
            Self::NoFlight => Some("no_flight"),
            Self::NoSession => Some("no_active_session"),
            Self::NoCreative => Some("no_approved_creative"),
            Self::Refused(refusal) => Some(refusal.as_str()),
            Self::OverlayNotConnected => Some("overlay_not_connected"),
            Self::Denied(_) | Self::ChannelNotFound | Self::IdempotencyKeyReused | Self::Db(_) => {
                None
            }
        }
    }
}

/// Writes down that a person's trigger was refused for `reason`. What it decided is gone with its
/// transaction, so this is work of its own.
pub async fn note_refusal(
    work: &mut Work,
    request: &TriggerRequest,
    reason: &'static str,
) -> Result<(), DbError> {
    let act = Act {
        action: "delivery_refused",
        entity_type: "channel",
        entity_id: request.channel_id.to_string(),
        payload: json!({
            "channelId": request.channel_id,
            "campaignId": request.campaign_id,
            "creativeId": request.creative_id,
            "durationSec": request.duration_sec,
            "reason": reason,
        }),
    };
    audit::record(work, act).await
}
