//! What the rooms count for `/metrics`. Labels come from fixed sets, never from input.

use prometheus::{IntCounterVec, Opts, Registry};

/// The counters of the rooms. Clones count into the same numbers.
#[derive(Clone, Debug)]
pub struct Meters {
    events: IntCounterVec,
    commands: IntCounterVec,
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

    /// Makes the counters part of `registry`.
    ///
    /// # Errors
    /// When they are part of it already.
    pub fn register(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        registry.register(Box::new(self.events.clone()))?;
        registry.register(Box::new(self.commands.clone()))
    }
}
