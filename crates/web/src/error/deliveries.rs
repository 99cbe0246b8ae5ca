//! What a refused trigger says, and a delivery that is not told. The sentences are the contract's.

use axum::http::StatusCode;
use beta_domain::deliveries::{ExportError, StoryError, TriggerError};

use super::Error;

impl From<TriggerError> for Error {
    fn from(error: TriggerError) -> Self {
        let bad = |code: &'static str, detail: &'static str| {
            Self::new(StatusCode::BAD_REQUEST, code, detail)
        };
        match error {
            TriggerError::Denied(denied) => denied.into(),
            TriggerError::ChannelNotFound => Self::new(
                StatusCode::NOT_FOUND,
                "channel_not_found",
                "Channel not found",
            ),
            TriggerError::NoAssignment => bad(
                "no_campaign_assignment",
                "No campaign assignment found for channel",
            ),
            TriggerError::NoFlight => bad("no_flight", "Campaign has no flight configured"),
            TriggerError::NoSession => {
                bad("no_active_session", "No active stream session for channel")
            }
            TriggerError::NoCreative => bad(
                "no_approved_creative",
                "No approved creative available for delivery",
            ),
            TriggerError::Refused(refusal) => Self::new(
                StatusCode::BAD_REQUEST,
                refusal.as_str(),
                format!("Delivery blocked by pacing rules: {refusal}"),
            ),
            TriggerError::OverlayNotConnected => {
                bad("overlay_not_connected", "Overlay is not connected")
            }
            TriggerError::IdempotencyKeyReused => Self::new(
                StatusCode::CONFLICT,
                "idempotency_key_reused",
                "this idempotency key was used for another request",
            ),
            TriggerError::Db(error) => error.into(),
        }
    }
}

impl From<StoryError> for Error {
    fn from(error: StoryError) -> Self {
        match error {
            StoryError::DeliveryNotFound => {
                Self::not_found("delivery_not_found", "Delivery not found")
            }
            StoryError::Denied(denied) => denied.into(),
            StoryError::Db(error) => error.into(),
        }
    }
}

impl From<ExportError> for Error {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::CampaignNotFound(_) => {
                Self::not_found("campaign_not_found", "Campaign not found")
            }
            ExportError::Denied(denied) => denied.into(),
            ExportError::Db(error) => error.into(),
        }
    }
}
