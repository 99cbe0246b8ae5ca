//! What the ready-made process collector leaves out: CPU time by mode, and the heap.

use std::time::Duration;

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Counter, IntGauge};

/// Linux tells CPU time to programs in hundredths of a second on every architecture we run on.
const TICK: Duration = Duration::from_millis(10);

/// Where user and system time stand in `/proc/self/stat`, counted behind the program's name.
const USER_TIME_FIELD: usize = 11;

/// Reads `/proc/self` whenever it is asked.
pub(super) struct ProcessDetails {
    descriptions: Vec<Desc>,
}

impl ProcessDetails {
    pub(super) fn new() -> Self {
        let (user, system, heap) = (user_time(), system_time(), heap());
        let described = [user.desc(), system.desc(), heap.desc()];
        Self {
            descriptions: described.concat().into_iter().cloned().collect(),
        }
    }
}

impl Collector for ProcessDetails {
    fn desc(&self) -> Vec<&Desc> {
        self.descriptions.iter().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let mut families = Vec::new();
        if let Some((user, system)) = read_cpu_times() {
            // The kernel keeps these; made anew, two readers at a time cannot disturb each other.
            for (counter, time) in [(user_time(), user), (system_time(), system)] {
                counter.inc_by(time.as_secs_f64());
                families.extend(counter.collect());
            }
        }
        if let Some(size_bytes) = read_heap_bytes() {
            let gauge = heap();
            gauge.set(size_bytes);
            families.extend(gauge.collect());
        }
        families
    }
}

fn user_time() -> Counter {
    let made = Counter::new(
        "process_cpu_user_seconds_total",
        "User CPU time in seconds.",
    );
    made.expect("the name is well formed")
}

fn system_time() -> Counter {
    let made = Counter::new(
        "process_cpu_system_seconds_total",
        "System CPU time in seconds.",
    );
    made.expect("the name is well formed")
}

fn heap() -> IntGauge {
    let made = IntGauge::new("process_heap_bytes", "Process heap size in bytes.");
    made.expect("the name is well formed")
}

fn read_cpu_times() -> Option<(Duration, Duration)> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    parse_cpu_times(&stat)
}

/// The program's name stands in brackets and may hold anything; what follows is numbers.
fn parse_cpu_times(stat: &str) -> Option<(Duration, Duration)> {
    let (_, numbers) = stat.rsplit_once(')')?;
    let mut times = numbers.split_ascii_whitespace().skip(USER_TIME_FIELD);
    let user: u32 = times.next()?.parse().ok()?;
    let system: u32 = times.next()?.parse().ok()?;
    Some((TICK * user, TICK * system))
}

/// The size of the writable data of the process.
fn read_heap_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmData:"))?;
    let kibibytes: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_times_are_found_behind_any_name() {
        let stat = "42 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 250 75 0 0 20";
        let expected = (Duration::from_millis(2_500), Duration::from_millis(750));
        assert_eq!(parse_cpu_times(stat), Some(expected));
        assert_eq!(parse_cpu_times("42 (short) S 1"), None);
        assert_eq!(parse_cpu_times(""), None);
    }
}
