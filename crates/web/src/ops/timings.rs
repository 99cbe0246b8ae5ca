//! How long answers take, by endpoint. Labels are declared paths and classes of status only.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use beta_kit::metrics::{HistogramVec, Metrics};

/// Upper bounds in seconds: from a cached answer to a slow report.
const BOUNDS_SECONDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// Durations of answers.
#[derive(Clone, Debug)]
pub struct Timings(HistogramVec);

impl Timings {
    /// Durations that are shown with `metrics`.
    pub fn new(metrics: &Metrics) -> Self {
        Self(metrics.histograms(
            "beta_ads_http_request_duration_seconds",
            "Time from the head of a request to the head of its answer",
            &["method", "route", "status"],
            &BOUNDS_SECONDS,
        ))
    }

    /// One more answer.
    pub(crate) fn answered(
        &self,
        method: &Method,
        route: &'static str,
        status: StatusCode,
        took: Duration,
    ) {
        let class = match status.as_u16() / 100 {
            1 => "1xx",
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            _ => "5xx",
        };
        let labels = [method.as_str(), route, class];
        self.0
            .with_label_values(&labels)
            .observe(took.as_secs_f64());
    }
}
