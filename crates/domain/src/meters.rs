//! What the rooms count for `/metrics`. Labels come from fixed sets, never from input.

use std::time::Duration;

use prometheus::{Histogram, HistogramOpts, IntCounterVec, Opts, Registry};

/// Upper bounds of how many items one commit of the writer held.
const COMMIT_ITEMS_BOUNDS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
/// Upper bounds of how long one commit of the writer took, in seconds.
const COMMIT_SECONDS_BOUNDS: [f64; 9] = [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.1, 0.5, 2.0];

/// The counters of the rooms. Clones count into the same numbers.
#[derive(Clone, Debug)]
pub struct Meters {
    events: IntCounterVec,
    commands: IntCounterVec,
    commit_items: Histogram,
    commit_seconds: Histogram,
}

impl Default for Meters {
    fn default() -> Self {
        let counter = |name: &str, help: &str, label: &str| {
            IntCounterVec::new(Opts::new(name, help), &[label])
                .expect("the names are constants of the right form")
        };
        let histogram = |name: &str, help: &str, bounds: &[f64]| {
            Histogram::with_opts(HistogramOpts::new(name, help).buckets(bounds.to_vec()))
                .expect("the names are constants of the right form")
        };
        Self {
            events: counter(
                "beta_ads_events_ingested_total",
                "Total ingested overlay events",
                "type",
            ),
            commands: counter(
                "beta_ads_delivery_commands_total",
                "Total delivery commands sent",
                "result",
            ),
            commit_items: histogram(
                "beta_ads_ingest_commit_items",
                "Reports and changes made durable by one commit of the writer",
                &COMMIT_ITEMS_BOUNDS,
            ),
            commit_seconds: histogram(
                "beta_ads_ingest_commit_seconds",
                "Time from the first look at a batch to its durable commit",
                &COMMIT_SECONDS_BOUNDS,
            ),
        }
    }
}

impl Meters {
    /// Counts an event that was stored, ingested or made by the server.
    pub fn event_stored(&self, event_type: &'static str) {
        self.events.with_label_values(&[event_type]).inc();
    }

    /// Counts a trigger by its outcome: `sent`, `failed_no_overlay`, `blocked_<reason>`.
    pub fn trigger_answered(&self, result: &str) {
        self.commands.with_label_values(&[result]).inc();
    }

    /// Counts a durable commit of the writer: how many items it held, and how long it took.
    pub fn batch_committed(&self, items: usize, took: Duration) {
        self.commit_items
            .observe(f64::from(u32::try_from(items).unwrap_or(u32::MAX)));
        self.commit_seconds.observe(took.as_secs_f64());
    }

    /// Makes the counters part of `registry`.
    ///
    /// # Errors
    /// When they are part of it already.
    pub fn register(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        registry.register(Box::new(self.events.clone()))?;
        registry.register(Box::new(self.commands.clone()))?;
        registry.register(Box::new(self.commit_items.clone()))?;
        registry.register(Box::new(self.commit_seconds.clone()))
    }
}
