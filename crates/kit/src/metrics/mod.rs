//! Numbers about the program, in the text format that Prometheus reads.
//!
//! There is no global registry: whoever counts is handed what it counts with. Labels must come
//! from fixed sets, never from input.

mod spread;
#[cfg(target_os = "linux")]
mod process;

use prometheus::core::Collector;
use prometheus::{HistogramOpts, Opts, Registry, TextEncoder};

pub use prometheus::{Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec};
pub use spread::{Counts, Times};

/// The content type of what [`Metrics::render`] gives.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4";

/// Every number the program keeps about itself. A clone is the same registry.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Registry,
}

impl Metrics {
    /// A registry that holds what is known of every process: CPU time, memory, open files.
    pub fn new() -> Self {
        let metrics = Self {
            registry: Registry::new(),
        };
        #[cfg(target_os = "linux")]
        {
            metrics.register(prometheus::process_collector::ProcessCollector::for_self());
            metrics.register(process::ProcessDetails::new());
        }
        metrics
    }

    /// A number that only grows.
    ///
    /// # Panics
    /// This and the others: when the name is taken or malformed. Names are fixed, so that shows at
    /// the first start.
    pub fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.add(IntCounter::new(name, help))
    }

    /// Numbers that only grow, one for each value of the labels.
    pub fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.add(IntCounterVec::new(Opts::new(name, help), labels))
    }

    /// A number that goes up and down.
    pub fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.add(IntGauge::new(name, help))
    }

    /// Numbers that go up and down, one for each value of the labels.
    pub fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
        self.add(IntGaugeVec::new(Opts::new(name, help), labels))
    }

    /// How often values fell under each of the bounds.
    pub fn histogram(&self, name: &str, help: &str, bounds: &[f64]) -> Histogram {
        let options = HistogramOpts::new(name, help).buckets(bounds.to_vec());
        self.add(Histogram::with_opts(options))
    }

    /// Histograms, one for each value of the labels.
    pub fn histograms(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
        bounds: &[f64],
    ) -> HistogramVec {
        let options = HistogramOpts::new(name, help).buckets(bounds.to_vec());
        self.add(HistogramVec::new(options, labels))
    }

    /// Where counters made elsewhere are registered.
    pub const fn registry(&self) -> &Registry {
        &self.registry
    }

    /// All numbers as they are now.
    pub fn render(&self) -> String {
        let families = self.registry.gather();
        TextEncoder::new()
            .encode_to_string(&families)
            .unwrap_or_else(|error| {
                tracing::error!(%error, "metrics cannot be written");
                String::new()
            })
    }

    fn add<C>(&self, made: prometheus::Result<C>) -> C
    where
        C: Collector + Clone + 'static,
    {
        let collector = made.expect("metric names and labels are fixed and well formed");
        self.register(collector.clone());
        collector
    }

    fn register(&self, collector: impl Collector + 'static) {
        let registered = self.registry.register(Box::new(collector));
        registered.expect("each metric is registered once, at start-up");
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_numbers_are_rendered() {
        let metrics = Metrics::new();
        let sent = metrics.counters("ads_total", "Total ads", &["result"]);
        sent.with_label_values(&["sent"]).inc_by(3);
        metrics.counter("one_total", "One").inc();
        metrics.gauge("open", "Open").set(-2);
        metrics
            .gauges("kinds", "Kinds", &["kind"])
            .with_label_values(&["a"])
            .set(4);
        metrics
            .histogram("took_seconds", "Took", &[0.1, 1.0])
            .observe(0.5);
        let by_route = metrics.histograms("route_seconds", "Took", &["route"], &[0.1]);
        by_route.with_label_values(&["/me"]).observe(0.05);

        let text = metrics.clone().render();
        for line in [
            "# HELP ads_total Total ads",
            "# TYPE ads_total counter",
            "ads_total{result=\"sent\"} 3",
            "one_total 1",
            "open -2",
            "kinds{kind=\"a\"} 4",
            "took_seconds_bucket{le=\"1\"} 1",
            "route_seconds_count{route=\"/me\"} 1",
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "{line} is missing in\n{text}"
            );
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_process_is_described() {
        let text = Metrics::new().render();
        for name in [
            "process_cpu_user_seconds_total",
            "process_cpu_system_seconds_total",
            "process_cpu_seconds_total",
            "process_start_time_seconds",
            "process_resident_memory_bytes",
            "process_virtual_memory_bytes",
            "process_heap_bytes",
            "process_open_fds",
            "process_max_fds",
        ] {
            let found = text
                .lines()
                .find(|line| line.starts_with(&format!("{name} ")));
            let value: f64 = found
                .expect(name)
                .rsplit(' ')
                .next()
                .unwrap()
                .parse()
                .unwrap();
            assert!(value > 0.0 || name.contains("cpu"), "{name} is {value}");
        }
    }
}
