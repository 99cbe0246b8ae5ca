//! Failures that any room can have: the database, and a role that does not allow the act.

use axum::http::StatusCode;
use beta_domain::actor::Denied;
use beta_kit::db::DbError;

use super::Error;
use crate::tokens::NotSigned;

/// How long to wait for a database that is away, in seconds.
const RETRY_AFTER_SECONDS: u64 = 1;

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        if error.is_transient() {
            tracing::warn!(%error, "the database is away or busy");
            let detail = "the database is away or busy, try again";
            return Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "database_unavailable",
                detail,
            )
            .with_retry_after(RETRY_AFTER_SECONDS);
        }
        tracing::error!(%error, "the database refused a statement");
        Self::internal()
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        let detail = format!("your role does not have the permission {}", denied.action);
        Self::new(StatusCode::FORBIDDEN, "insufficient_permissions", detail)
    }
}

impl From<NotSigned> for Error {
    fn from(error: NotSigned) -> Self {
        tracing::error!(%error, "signing in failed");
        Self::internal()
    }
}
