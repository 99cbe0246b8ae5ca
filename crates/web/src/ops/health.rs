//! Whether the process lives, and whether it can work.

use axum::extract::State;
use axum::http::StatusCode;
use beta_kit::describe::ToSchema;
use serde::Serialize;

use crate::error::Error;
use crate::extract::Found;
use crate::state::App;

#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    status: &'static str,
}

const OK: Health = Health { status: "ok" };

/// `GET /healthz`
pub(super) async fn alive() -> Found<Health> {
    Found(OK)
}

/// `GET /readyz`
pub(super) async fn ready(State(app): State<App>) -> Result<Found<Health>, Error> {
    if app.lifecycle.stop.is_cancelled() {
        return Err(not_ready("stopping", "the server is stopping"));
    }
    if let Err(error) = app.works.db().check().await {
        tracing::warn!(%error, "not ready: the database does not answer");
        return Err(not_ready(
            "database_unavailable",
            "the database does not answer",
        ));
    }
    if let Err(error) = app.blobs.check().await {
        tracing::warn!(%error, "not ready: the storage takes no files");
        return Err(not_ready(
            "storage_unavailable",
            "the storage takes no files",
        ));
    }
    Ok(Found(OK))
}

fn not_ready(code: &'static str, detail: &'static str) -> Error {
    Error::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).with_retry_after(1)
}
