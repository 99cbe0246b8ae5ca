//! What the rooms count for `/metrics`. Labels come from fixed sets, never from input.

use std::time::Duration;

use beta_kit::metrics::{Counts, Times};
use prometheus::{IntCounterVec, Opts, Registry};

/// Upper bounds of how many items one commit of the writer held.
const COMMIT_ITEMS_BOUNDS: [u32; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];
/// Upper bounds of how long one commit of the writer took, in milliseconds.
const COMMIT_MS_BOUNDS: [u32; 9] = [1, 2, 4, 8, 16, 32, 100, 500, 2_000];

/// The counters of the rooms. Clones count into the same numbers.
#[derive(Clone, Debug)]
pub struct Meters {
    events: IntCounterVec,
    commands: IntCounterVec,
    commit_items: Counts,
    commit_seconds: Times,
}

impl Default for Meters {
    fn default() -> Self {
        let counter = |name: &str, help: &str, label: &str| {
            IntCounterVec::new(Opts::new(name, help), &[label])
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
            commit_items: Counts::new(
                "beta_ads_ingest_commit_items",
                "Reports and changes made durable by one commit of the writer",
                &COMMIT_ITEMS_BOUNDS,
            )
            .expect("the name and bounds are constants of the right form"),
            commit_seconds: Times::new(
                "beta_ads_ingest_commit_seconds",
                "Time from the first look at a batch to its durable commit",
                &COMMIT_MS_BOUNDS,
            )
            .expect("the name and bounds are constants of the right form"),
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
        self.commit_items.observe(items);
        self.commit_seconds.observe(took);
    }

    /// Makes the counters part of `registry`.
    ///
    /// # Errors
    /// When they are part of it already.
    pub fn register(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        registry.register(Box::new(self.events.clone()))?;
        registry.register(Box::new(self.commands.clone()))?;
        self.commit_items.register(registry)?;
        self.commit_seconds.register(registry)
    }
}
