//! What is there at this moment, and whether the work that runs by the clock is done.

use beta_kit::metrics::{IntCounter, IntGauge, Metrics};
use beta_kit::time::Timestamp;

use crate::overlay::stage::Stage;

/// Numbers that are looked up when somebody asks, or set when something is done.
#[derive(Clone, Debug)]
pub struct Gauges {
    overlays: IntGauge,
    channels: IntGauge,
    upkeep_done: IntGauge,
    upkeep_failures: IntCounter,
}

impl Gauges {
    /// Numbers that are shown with `metrics`.
    pub fn new(metrics: &Metrics) -> Self {
        Self {
            overlays: metrics.gauge(
                "beta_ads_overlays_connected",
                "Overlay pages that are connected to this node",
            ),
            channels: metrics.gauge(
                "beta_ads_channels_connected",
                "Channels with an overlay that is connected to this node",
            ),
            upkeep_done: metrics.gauge(
                "beta_ads_upkeep_last_success_timestamp_seconds",
                "When the upkeep last ended well; 0 before the first time",
            ),
            upkeep_failures: metrics.counter(
                "beta_ads_upkeep_failures_total",
                "Rounds of upkeep that failed",
            ),
        }
    }

    /// Looks at who is there.
    pub(crate) fn look(&self, stage: &Stage) {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.overlays.set(number(stage.count()));
        self.channels.set(number(stage.channels().len()));
    }

    /// A round of upkeep ended well.
    pub fn upkeep_done(&self, now: Timestamp) {
        self.upkeep_done.set(now.as_seconds());
    }

    /// A round of upkeep failed.
    pub fn upkeep_failed(&self) {
        self.upkeep_failures.inc();
    }
}
