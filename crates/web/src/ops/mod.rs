//! What operators ask: is it alive, can it work, what has it done.

mod gauges;
mod health;
mod jobs;
mod timings;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use beta_kit::metrics::CONTENT_TYPE;
use beta_kit::secret::same;
use serde_json::json;

use crate::error::Error;
use crate::layers::bearer;
use crate::openapi::{Answers, Draft, operation};
use crate::router::{Access, Endpoint};
use crate::state::App;

pub use gauges::Gauges;
pub use jobs::{Job, Jobs, Run, Runs};
pub use timings::Timings;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        operation(Method::GET, "/healthz", Access::Public, health::alive)
            .says("isAlive", "Ask whether the process lives")
            .unlimited(),
        operation(Method::GET, "/readyz", Access::Public, health::ready)
            .says("isReady", "Ask whether the server can work")
            .unlimited(),
        operation(Method::GET, "/metrics", Access::Public, metrics)
            .says(
                "readMetrics",
                "Read the metrics in the text format of Prometheus",
            )
            .refuses(
                StatusCode::UNAUTHORIZED,
                "The installation asks scrapers for a bearer token, and this is not it",
            ),
    ]
}

/// `GET /metrics`
async fn metrics(State(app): State<App>, headers: HeaderMap) -> Result<MetricsText, Error> {
    if let Some(token) = &app.settings.metrics_token {
        let given = bearer(&headers)?.unwrap_or_default();
        if !same(given, token.reveal()) {
            let detail = "scrapers must send the token of this installation";
            return Err(Error::unauthorized("metrics_token_missing", detail));
        }
    }
    app.gauges.look(&app.stage);
    Ok(MetricsText(app.metrics.render()))
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
