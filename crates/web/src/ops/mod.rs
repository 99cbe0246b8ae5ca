//! What operators ask: is it alive, can it work, what has it done.

mod health;
mod timings;

use axum::extract::State;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use beta_kit::metrics::CONTENT_TYPE;
use serde_json::json;

use crate::openapi::{Answers, Draft, operation};
use crate::router::{Access, Endpoint};
use crate::state::App;

pub use timings::Timings;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        operation(Method::GET, "/healthz", Access::Public, health::alive)
            .says("isAlive", "Ask whether the process lives")
            .unlimited(),
        operation(Method::GET, "/readyz", Access::Public, health::ready)
            .says("isReady", "Ask whether the server can work")
            .unlimited(),
        operation(Method::GET, "/metrics", Access::Public, metrics).says(
            "readMetrics",
            "Read the metrics in the text format of Prometheus",
        ),
    ]
}

/// `GET /metrics`
async fn metrics(State(app): State<App>) -> MetricsText {
    MetricsText(app.metrics.render())
}

/// 200 with metrics in the text format of Prometheus.
struct MetricsText(String);

impl IntoResponse for MetricsText {
    fn into_response(self) -> Response {
        const TEXT: HeaderValue = HeaderValue::from_static(CONTENT_TYPE);
        ([(header::CONTENT_TYPE, TEXT)], self.0).into_response()
    }
}

impl Answers for MetricsText {
    fn describe(draft: &mut Draft<'_>) {
        draft.answers(StatusCode::OK, CONTENT_TYPE, &json!({"type": "string"}));
    }
}
