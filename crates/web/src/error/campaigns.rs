//! What the room of campaigns refuses.

use std::borrow::Cow;

use axum::http::StatusCode;
use beta_domain::campaigns::CampaignError;

use super::{Error, FieldError};

impl From<CampaignError> for Error {
    fn from(error: CampaignError) -> Self {
        use CampaignError as E;
        let detail = error.to_string();
        match error {
            E::Denied(denied) => denied.into(),
            E::CampaignNotFound => Self::not_found("campaign_not_found", "Campaign not found"),
            E::CreativeNotFound => Self::not_found("creative_not_found", "Creative not found"),
            E::FlightNotFound => Self::not_found("flight_not_found", "Flight not found"),
            E::AssignmentNotFound => {
                Self::not_found("assignment_not_found", "Assignment not found")
            }
            E::Stale { current } => Self::stale(current),
            E::InReview => Self::conflict("campaign_in_review", detail),
            E::Completed => Self::conflict("campaign_completed", detail),
            E::ApprovalWouldLapse { fields } => {
                let code = "approval_would_lapse";
                let message = "was approved as it is";
                let named = fields
                    .iter()
                    .map(|field| FieldError::new(field.as_str(), code, message));
                let named = named.collect();
                Self::conflict(code, detail).with_errors(named)
            }
            E::AlreadyShown => Self::conflict_at("timeZone", "campaign_already_shown", detail),
            E::BudgetBelowCommitted { .. } => {
                Self::conflict_at("budget", "budget_below_committed", detail)
            }
            E::ReasonRequired => Self::field("reason", "required", detail),
            E::OwnUpload => Self::new(StatusCode::FORBIDDEN, "own_upload", detail),
            E::Full { part, .. } => Self::conflict(format!("too_many_{part}"), detail),
            E::TooManyUploads { retry_after_sec } => {
                let code = "uploads_per_hour_reached";
                Self::new(StatusCode::TOO_MANY_REQUESTS, code, detail)
                    .with_retry_after(retry_after_sec)
            }
            E::StorageFull => Self::conflict("storage_quota_reached", detail),
            E::OrganizationNotFound { field } => missing(field, "organization_not_found", detail),
            E::OrganizationRequired => Self::field("organizationId", "required", detail),
            E::ChannelNotFound { index } => missing(
                format!("streamerChannelIds[{index}]"),
                "channel_not_found",
                detail,
            ),
            E::ApprovalRequired { .. } => {
                Self::new(StatusCode::FORBIDDEN, "approval_required", detail)
            }
            E::CannotBecome { .. } | E::CreativeCannotBecome { .. } => {
                Self::conflict("invalid_status_change", detail)
            }
            E::DatesOutOfOrder { field, .. } => Self::field(field, "dates_out_of_order", detail),
            E::DateOutOfRange { field } => Self::field(field, "date_out_of_range", detail),
            E::WrongCount { field, .. } => Self::field(field, "wrong_count", detail),
            E::Money { field, problem } => Self::field(field, problem.code(), problem.to_string()),
            E::Text { field, problem } => Self::field(field, problem.code(), problem.to_string()),
            E::TargetingNotAnObject => Self::field("targeting", "invalid_type", detail),
            E::TargetingTooLarge => Self::field("targeting", "too_large", detail),
            E::WrongFileType { .. } => {
                let errors = vec![FieldError::new("file", "wrong_file_type", &*detail)];
                Self::new(StatusCode::BAD_REQUEST, "wrong_file_type", detail).with_errors(errors)
            }
            E::Streamers(error) => error.into(),
            E::Db(error) => error.into(),
        }
    }
}

impl Error {
    /// 409: what is there does not allow it.
    fn conflict(code: impl Into<Cow<'static, str>>, detail: String) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 409, because of one field.
    fn conflict_at(field: &'static str, code: &'static str, detail: String) -> Self {
        let errors = vec![FieldError::new(field, code, &*detail)];
        Self::conflict(code, detail).with_errors(errors)
    }
}

/// 404 for something that the body names.
fn missing(field: impl Into<String>, code: &'static str, detail: String) -> Error {
    let errors = vec![FieldError::new(field, code, &*detail)];
    Error::new(StatusCode::NOT_FOUND, code, detail).with_errors(errors)
}
