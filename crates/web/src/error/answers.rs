//! What the room of kept answers refuses.

use axum::http::StatusCode;
use beta_domain::answers::AnswersError;

use super::Error;

impl From<AnswersError> for Error {
    fn from(error: AnswersError) -> Self {
        match error {
            AnswersError::KeyReused => Self::new(
                StatusCode::CONFLICT,
                "idempotency_key_reused",
                "this idempotency key was used for another request",
            ),
            AnswersError::Db(error) => error.into(),
        }
    }
}
