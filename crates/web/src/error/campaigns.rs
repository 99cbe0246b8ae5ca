//! What the room of campaigns refuses.

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
            E::CannotBecome { .. } => {
                Self::new(StatusCode::CONFLICT, "invalid_status_change", detail)
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

/// 404 for something that the body names.
fn missing(field: impl Into<String>, code: &'static str, detail: String) -> Error {
    let errors = vec![FieldError::new(field, code, &*detail)];
    Error::new(StatusCode::NOT_FOUND, code, detail).with_errors(errors)
}
