//! The work that runs by the clock, for administrators.

use axum::extract::State;
use axum::http::Method;
use beta_domain::actor::Action;
use beta_domain::reports::{self, Lag};
use beta_kit::describe::ToSchema;
use beta_kit::time::Timestamp;
use serde::Serialize;

use crate::error::Error;
use crate::extract::{Found, Who};
use crate::openapi::operation;
use crate::ops::{Job, Runs};
use crate::router::{Access, Endpoint};
use crate::state::App;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        operation(
            Method::GET,
            "/admin/jobs",
            Access::Needs(Action::ReadAudit),
            list,
        )
        .says(
            "listJobs",
            "Read how the background work of this node fares",
        ),
    ]
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct JobRunsBody {
    name: Job,
    period_sec: u64,
    #[schema(required)]
    last_run_at: Option<Timestamp>,
    #[schema(required)]
    last_success_at: Option<Timestamp>,
    #[schema(required)]
    last_duration_ms: Option<u64>,
    runs: u64,
    failures: u64,
    retries: u64,
    is_failing: bool,
    /// Events that wait for the job; `null` for a job that has no queue.
    #[schema(required)]
    lag_events: Option<i64>,
    /// How long the first of them has waited.
    #[schema(required)]
    lag_sec: Option<i64>,
}

impl JobRunsBody {
    fn new((job, runs): (Job, Runs), lag: Lag) -> Self {
        let lag = (job == Job::Aggregation).then_some(lag);
        let millis = |took: std::time::Duration| u64::try_from(took.as_millis());
        Self {
            name: job,
            period_sec: job.period().as_secs(),
            last_run_at: runs.began_at,
            last_success_at: runs.succeeded_at,
            last_duration_ms: runs.took.map(|took| millis(took).unwrap_or(u64::MAX)),
            runs: runs.runs,
            failures: runs.failures,
            retries: runs.retries,
            is_failing: runs.is_failing,
            lag_events: lag.map(|lag| lag.events),
            lag_sec: lag.map(|lag| lag.seconds),
        }
    }
}

/// `GET /admin/jobs`
async fn list(State(app): State<App>, Who(actor): Who) -> Result<Found<Vec<JobRunsBody>>, Error> {
    let mut work = app.works.read(actor).await?;
    let lag = reports::lag(&mut work).await?;
    let jobs = app.jobs.list().into_iter();
    Ok(Found(jobs.map(|job| JobRunsBody::new(job, lag)).collect()))
}
