//! What operators ask: is it alive, can it work, what has it done.

mod health;
mod timings;

use axum::extract::State;
use axum::http::{HeaderValue, Method, header};
use axum::response::IntoResponse;
use beta_kit::metrics::CONTENT_TYPE;

use crate::router::{Access, Endpoint, endpoint};
use crate::state::App;

pub use timings::Timings;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        endpoint(Method::GET, "/healthz", Access::Public, health::alive).unlimited(),
        endpoint(Method::GET, "/readyz", Access::Public, health::ready).unlimited(),
        endpoint(Method::GET, "/metrics", Access::Public, metrics),
    ]
}

/// `GET /metrics`
async fn metrics(State(app): State<App>) -> impl IntoResponse {
    const TEXT: HeaderValue = HeaderValue::from_static(CONTENT_TYPE);
    ([(header::CONTENT_TYPE, TEXT)], app.metrics.render())
}
