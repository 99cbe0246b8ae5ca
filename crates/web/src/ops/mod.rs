//! What operators ask: is it alive, can it work, what has it done.

use axum::extract::State;
use axum::http::{Method, StatusCode};
use serde::Serialize;

use crate::error::Error;
use crate::extract::Found;
use crate::router::{Access, Endpoint, endpoint};
use crate::state::App;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        endpoint(Method::GET, "/healthz", Access::Public, alive).unlimited(),
        endpoint(Method::GET, "/readyz", Access::Public, ready).unlimited(),
    ]
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

/// `GET /healthz`
async fn alive() -> Found<Health> {
    Found(Health { status: "ok" })
}

/// `GET /readyz`
async fn ready(State(app): State<App>) -> Result<Found<Health>, Error> {
    if app.draining.has_begun() {
        return Err(not_ready("stopping", "the server is stopping"));
    }
    if let Err(error) = app.works.db().check().await {
        tracing::warn!(%error, "not ready: the database does not answer");
        return Err(not_ready(
            "database_unavailable",
            "the database does not answer",
        ));
    }
    Ok(Found(Health { status: "ok" }))
}

fn not_ready(code: &'static str, detail: &'static str) -> Error {
    Error::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
}
