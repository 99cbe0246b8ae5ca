//! What is refused to somebody who is asked to show a campaign.

use axum::http::StatusCode;
use beta_domain::campaigns::AnswerError;

use super::Error;

impl From<AnswerError> for Error {
    fn from(error: AnswerError) -> Self {
        let detail = error.to_string();
        match error {
            AnswerError::AssignmentNotFound => {
                Self::not_found("assignment_not_found", "Assignment not found")
            }
            AnswerError::CannotBecome { .. } => {
                Self::new(StatusCode::CONFLICT, "invalid_status_change", detail)
            }
            AnswerError::Denied(denied) => denied.into(),
            AnswerError::Db(error) => error.into(),
        }
    }
}
