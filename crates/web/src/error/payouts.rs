//! What the room of payouts refuses.

use axum::http::StatusCode;
use beta_domain::payouts::PayoutError;

use super::Error;

impl From<PayoutError> for Error {
    fn from(error: PayoutError) -> Self {
        let detail = error.to_string();
        match error {
            PayoutError::CampaignNotFound(_) => {
                Self::not_found("campaign_not_found", "Campaign not found")
            }
            PayoutError::NotFound(_) => Self::not_found("payout_not_found", "Payout not found"),
            PayoutError::AlreadyPaid(_) => Self::new(StatusCode::CONFLICT, "already_paid", detail),
            PayoutError::NotPaid(_) => Self::new(StatusCode::CONFLICT, "not_paid", detail),
            PayoutError::AlreadyReversed(_) => {
                Self::new(StatusCode::CONFLICT, "already_reversed", detail)
            }
            PayoutError::IsReversal(_) => Self::new(StatusCode::CONFLICT, "is_reversal", detail),
            PayoutError::Denied(denied) => denied.into(),
            PayoutError::Db(error) => error.into(),
        }
    }
}
