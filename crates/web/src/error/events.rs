//! What a refused event says.

use axum::http::StatusCode;
use beta_domain::events::Refused;

use super::Error;

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        let detail = refused.to_string();
        match refused {
            Refused::KeyRevoked => Self::unauthorized("invalid_overlay_key", "Invalid overlay key"),
            Refused::IdTaken => Self::new(StatusCode::CONFLICT, "id_taken", detail),
            Refused::UnknownSession => Self::field("session_id", "unknown_session", detail),
            Refused::UnknownCampaign => Self::field("campaign_id", "unknown_campaign", detail),
            Refused::UnknownCreative => Self::field("creative_id", "unknown_creative", detail),
            Refused::Unstorable => Self::internal(),
            Refused::Unavailable => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
                    .with_retry_after(1)
            }
        }
    }
}
