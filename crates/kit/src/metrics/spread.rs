//! How numbers spread: histograms of counts and of times, told in whole units.

use std::time::Duration;

use prometheus::{Error, Histogram, HistogramOpts, Registry};

/// How large things were.
#[derive(Clone, Debug)]
pub struct Counts(Histogram);

impl Counts {
    /// A histogram of counts with these upper bounds.
    ///
    /// # Errors
    /// When the name is not one Prometheus takes, or the bounds do not rise.
    pub fn new(name: &str, help: &str, bounds: &[u32]) -> Result<Self, Error> {
        let bounds = bounds.iter().copied().map(f64::from).collect();
        Histogram::with_opts(HistogramOpts::new(name, help).buckets(bounds)).map(Self)
    }

    /// One more, of this size.
    pub fn observe(&self, count: usize) {
        self.0
            .observe(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
    }

    /// Makes it part of `registry`.
    ///
    /// # Errors
    /// When it is part of it already.
    pub fn register(&self, registry: &Registry) -> Result<(), Error> {
        registry.register(Box::new(self.0.clone()))
    }
}

/// How long things took.
#[derive(Clone, Debug)]
pub struct Times(Histogram);

impl Times {
    /// A histogram of times, in seconds, with these upper bounds in milliseconds.
    ///
    /// # Errors
    /// When the name is not one Prometheus takes, or the bounds do not rise.
    pub fn new(name: &str, help: &str, bounds_ms: &[u32]) -> Result<Self, Error> {
        let bounds = bounds_ms
            .iter()
            .map(|ms| f64::from(*ms) / 1_000.0)
            .collect();
        Histogram::with_opts(HistogramOpts::new(name, help).buckets(bounds)).map(Self)
    }

    /// One more, that took this long.
    pub fn observe(&self, took: Duration) {
        self.0.observe(took.as_secs_f64());
    }

    /// Makes it part of `registry`.
    ///
    /// # Errors
    /// When it is part of it already.
    pub fn register(&self, registry: &Registry) -> Result<(), Error> {
        registry.register(Box::new(self.0.clone()))
    }
}
