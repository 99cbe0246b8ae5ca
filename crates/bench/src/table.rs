//! Figures: medians of rounds, and the table they are printed in.

use std::fmt;

/// What one server did in one round, or the medians over rounds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) events_per_second: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) cpu_us_per_event: f64,
    /// Events per durable commit; 0 where nothing is committed.
    pub(crate) events_per_commit: f64,
    /// The part of the answers that said `counted`.
    pub(crate) counted_share: f64,
}

impl Figures {
    /// The median of each figure.
    pub(crate) fn medians(rounds: &[Self]) -> Self {
        let median = |figure: fn(&Self) -> f64| {
            let mut values: Vec<f64> = rounds.iter().map(figure).collect();
            values.sort_unstable_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or_default()
        };
        Self {
            events_per_second: median(|round| round.events_per_second),
            p50_us: median(|round| round.p50_us),
            p99_us: median(|round| round.p99_us),
            cpu_us_per_event: median(|round| round.cpu_us_per_event),
            events_per_commit: median(|round| round.events_per_commit),
            counted_share: median(|round| round.counted_share),
        }
    }
}

/// The floor and the product at one number of connections.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) connections: usize,
    pub(crate) floor: Figures,
    pub(crate) product: Figures,
}

pub(crate) const HEAD: &str = "\
conns |   floor/s product/s ratio |  floor p50      p99 | product p50      p99 | CPU µs/event \
floor product ratio | events/commit";

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (floor, product) = (self.floor, self.product);
        write!(
            f,
            "{:>5} | {:>9.0} {:>9.0} {:>5.2} | {:>7.2} ms {:>5.2} ms | {:>8.2} ms {:>5.2} ms | \
             {:>18.1} {:>7.1} {:>5.2} | {:>13.1}",
            self.connections,
            floor.events_per_second,
            product.events_per_second,
            product.events_per_second / floor.events_per_second,
            floor.p50_us / 1_000.0,
            floor.p99_us / 1_000.0,
            product.p50_us / 1_000.0,
            product.p99_us / 1_000.0,
            floor.cpu_us_per_event,
            product.cpu_us_per_event,
            product.cpu_us_per_event / floor.cpu_us_per_event,
            product.events_per_commit,
        )
    }
}
