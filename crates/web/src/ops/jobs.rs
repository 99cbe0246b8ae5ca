//! How the work that runs by the clock fares, for `/metrics` and for administrators.
//!
//! It is kept in memory and tells of this node only.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use beta_domain::reports::{Lag, limits};
use beta_domain::upkeep;
use beta_kit::metrics::{IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Metrics};
use beta_kit::text_enum;
use beta_kit::time::Timestamp;

text_enum! {
    /// Work that runs by the clock.
    pub enum Job {
        /// Ends what nobody will end.
        Upkeep => "upkeep",
        /// Removes stored files that nothing names.
        Files => "files",
        /// Adds up what is new in the log of events.
        Aggregation => "aggregation",
        /// Recounts closed days and compares.
        Reconcile => "reconcile",
    }
}

impl Job {
    /// How often it is due.
    pub const fn period(self) -> Duration {
        match self {
            Self::Upkeep => upkeep::INTERVAL,
            Self::Files => upkeep::FILES_INTERVAL,
            Self::Aggregation => limits::AGGREGATION_INTERVAL,
            Self::Reconcile => limits::RECONCILE_INTERVAL,
        }
    }
}

/// How a job has fared since the program started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Runs {
    /// When it last began.
    pub began_at: Option<Timestamp>,
    /// When it last ended well.
    pub succeeded_at: Option<Timestamp>,
    /// How long its last run took.
    pub took: Option<Duration>,
    /// How often it has run.
    pub runs: u64,
    /// How often it has failed.
    pub failures: u64,
    /// How often it was tried again because it had failed.
    pub retries: u64,
    /// Whether its last run failed.
    pub is_failing: bool,
}

/// One run of a job that has ended.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// When it began.
    pub began_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// How long it took, by a clock that is never set.
    pub took: Duration,
    /// Whether it ended well.
    pub is_good: bool,
}

/// Where jobs tell how they fare. Clones tell the same board.
#[derive(Clone, Debug)]
pub struct Jobs {
    board: Arc<Mutex<[Runs; Job::ALL.len()]>>,
    succeeded: IntGaugeVec,
    failures: IntCounterVec,
    retries: IntCounterVec,
    lag_events: IntGauge,
    lag_seconds: IntGauge,
    differences: IntCounter,
}

impl Jobs {
    /// A board whose numbers are shown with `metrics`.
    pub fn new(metrics: &Metrics) -> Self {
        let jobs = Self {
            board: Arc::default(),
            succeeded: metrics.gauges(
                "beta_ads_job_last_success_timestamp_seconds",
                "When the job last ended well; 0 before the first time",
                &["job"],
            ),
            failures: metrics.counters(
                "beta_ads_job_failures_total",
                "Runs of the job that failed",
                &["job"],
            ),
            retries: metrics.counters(
                "beta_ads_job_retries_total",
                "Runs of the job because the one before had failed",
                &["job"],
            ),
            lag_events: metrics.gauge(
                "beta_ads_aggregation_lag_events",
                "Places of the event log that are not added up yet",
            ),
            lag_seconds: metrics.gauge(
                "beta_ads_aggregation_lag_seconds",
                "How long the oldest event has waited that is not added up yet",
            ),
            differences: metrics.counter(
                "beta_ads_reconcile_differences_total",
                "Sums that were not what a recount of their events gave",
            ),
        };
        for job in Job::ALL {
            // Zeros are shown from the start, so that an alarm on a rise sees the first one.
            jobs.succeeded.with_label_values(&[job.as_str()]).set(0);
            jobs.failures.with_label_values(&[job.as_str()]).inc_by(0);
            jobs.retries.with_label_values(&[job.as_str()]).inc_by(0);
        }
        jobs
    }

    /// A run of the job has ended.
    pub fn ended(&self, job: Job, run: Run) {
        let label = &[job.as_str()];
        let mut board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
        let place = Job::ALL.iter().position(|known| *known == job);
        let runs = &mut board[place.expect("all jobs are known")];
        runs.runs += 1;
        runs.began_at = Some(run.began_at);
        runs.took = Some(run.took);
        if runs.is_failing {
            runs.retries += 1;
            self.retries.with_label_values(label).inc();
        }
        if run.is_good {
            runs.succeeded_at = Some(run.ended_at);
            let seconds = run.ended_at.as_seconds();
            self.succeeded.with_label_values(label).set(seconds);
        } else {
            runs.failures += 1;
            self.failures.with_label_values(label).inc();
        }
        runs.is_failing = !run.is_good;
    }

    /// How far the aggregation is behind.
    pub fn lags(&self, lag: Lag) {
        self.lag_events.set(lag.events);
        self.lag_seconds.set(lag.seconds);
    }

    /// So many sums are not what they should be.
    pub fn differ(&self, differences: usize) {
        let differences = u64::try_from(differences).unwrap_or(u64::MAX);
        self.differences.inc_by(differences);
    }

    /// All jobs and how they fare.
    pub fn list(&self) -> Vec<(Job, Runs)> {
        let board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
        Job::ALL.iter().copied().zip(*board).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_after_a_failed_one_is_a_retry() {
        let metrics = Metrics::new();
        let jobs = Jobs::new(&metrics);
        let run = |second: i64, is_good| Run {
            began_at: Timestamp::from_micros(second * 1_000_000),
            ended_at: Timestamp::from_micros((second + 1) * 1_000_000),
            took: Duration::from_millis(7),
            is_good,
        };
        for (second, is_good) in [(10, true), (20, false), (30, false), (40, true), (50, true)] {
            jobs.ended(Job::Aggregation, run(second, is_good));
        }
        let runs = jobs.list()[2];
        let expected = Runs {
            began_at: Some(Timestamp::from_micros(50_000_000)),
            succeeded_at: Some(Timestamp::from_micros(51_000_000)),
            took: Some(Duration::from_millis(7)),
            runs: 5,
            failures: 2,
            retries: 2,
            is_failing: false,
        };
        assert_eq!(runs, (Job::Aggregation, expected));
        let text = metrics.render();
        for line in [
            "beta_ads_job_failures_total{job=\"aggregation\"} 2",
            "beta_ads_job_retries_total{job=\"aggregation\"} 2",
            "beta_ads_job_last_success_timestamp_seconds{job=\"aggregation\"} 51",
            "beta_ads_job_failures_total{job=\"reconcile\"} 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
