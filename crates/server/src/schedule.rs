//! Everything that runs by the clock, in one list.

use std::time::{Duration, Instant};

use beta_domain::actor::Actor;
use beta_domain::reports::{self, Aggregated, ReportError};
use beta_domain::upkeep;
use beta_kit::db::DbError;
use beta_web::ops::{Job, Run};
use beta_web::state::App;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};

/// How soon work is tried again that must not wait for its next turn.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Runs what is due until the program stops.
pub(crate) async fn run(app: App) {
    tokio::join!(rounds(&app), files(&app), aggregation(&app), recounts(&app));
}

async fn rounds(app: &App) {
    let mut due = every(Job::Upkeep.period());
    loop {
        tokio::select! {
            () = app.lifecycle.stop.cancelled() => return,
            _ = due.tick() => keep_up(app).await,
        }
    }
}

/// May take long, so it is given up half-way when the program stops: the next round goes on.
async fn files(app: &App) {
    let mut due = every(Job::Files.period());
    let round = async {
        loop {
            due.tick().await;
            sweep_files(app).await;
        }
    };
    tokio::select! {
        () = app.lifecycle.stop.cancelled() => {}
        () = round => {}
    }
}

/// A step that has begun is finished when the program stops.
async fn aggregation(app: &App) {
    tracing::info!(queue = Job::Aggregation.as_str(), "worker_started");
    let mut due = every(Job::Aggregation.period());
    let mut number = 0_u64;
    loop {
        tokio::select! {
            () = app.lifecycle.stop.cancelled() => return,
            _ = due.tick() => {}
        }
        number += 1;
        while !add_up(app, number).await {
            tokio::select! {
                () = app.lifecycle.stop.cancelled() => return,
                () = sleep(RETRY_AFTER) => {}
            }
        }
    }
}

/// Only reads for long, so it is given up half-way when the program stops.
async fn recounts(app: &App) {
    let mut due = every(Job::Reconcile.period());
    let round = async {
        loop {
            due.tick().await;
            recount(app).await;
        }
    };
    tokio::select! {
        () = app.lifecycle.stop.cancelled() => {}
        () = round => {}
    }
}

fn every(period: Duration) -> Interval {
    let mut due = interval(period);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    due
}

/// Runs a job and writes down how it went.
async fn watched<T, E>(
    app: &App,
    job: Job,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let (began_at, clock) = (app.works.now(), Instant::now());
    let outcome = work.await;
    let run = Run {
        began_at,
        ended_at: app.works.now(),
        took: clock.elapsed(),
        is_good: outcome.is_ok(),
    };
    app.jobs.ended(job, run);
    outcome
}

async fn keep_up(app: &App) {
    match watched(app, Job::Upkeep, upkeep::run_once(&app.works)).await {
        Ok(round) => {
            app.gauges.upkeep_done(app.works.now());
            if round != upkeep::Round::default() {
                tell(round);
            }
        }
        Err(error) => {
            app.gauges.upkeep_failed();
            tracing::error!(%error, "upkeep failed and is tried again");
        }
    }
}

fn tell(round: upkeep::Round) {
    tracing::info!(
        sessions_ended = round.sessions_ended,
        viewers_sampled = round.viewers_sampled,
        leases_expired = round.leases_expired,
        heartbeats_dropped = round.heartbeats_dropped,
        answers_dropped = round.answers_dropped,
        visitors_dropped = round.visitors_dropped,
        codes_given = round.codes_given,
        links_dropped = round.links_dropped,
        "upkeep done"
    );
}

async fn sweep_files(app: &App) {
    let sweep = upkeep::sweep_files(&app.works, &app.blobs);
    match watched(app, Job::Files, sweep).await {
        Ok(0) => {}
        Ok(files_removed) => tracing::info!(files_removed, "files that nothing names are gone"),
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "stored files could not be swept and are tried again");
        }
    }
}

/// Adds up everything there is, step by step; says whether that went well.
async fn add_up(app: &App, number: u64) -> bool {
    let outcome = watched(app, Job::Aggregation, catch_up(app)).await;
    if let Err(error) = look_at_lag(app).await {
        tracing::warn!(%error, "how far the aggregation is behind is not known");
    }
    match outcome {
        Ok(done) => {
            tracing::info!(
                aggregatedRows = done.aggregated_rows,
                sampledEvents = done.sampled_events,
                "aggregation_complete"
            );
            true
        }
        Err(error) => {
            tracing::error!(jobId = number, %error, "aggregation_failed");
            false
        }
    }
}

async fn catch_up(app: &App) -> Result<Aggregated, DbError> {
    let mut sum = Aggregated::default();
    loop {
        let step = reports::aggregate(&app.works).await?;
        sum.aggregated_rows += step.aggregated_rows;
        sum.sampled_events += step.sampled_events;
        if !step.has_more || app.lifecycle.stop.is_cancelled() {
            return Ok(sum);
        }
    }
}

async fn look_at_lag(app: &App) -> Result<(), ReportError> {
    let mut work = app.works.read(Actor::System).await?;
    app.jobs.lags(reports::lag(&mut work).await?);
    Ok(())
}

async fn recount(app: &App) {
    match watched(app, Job::Reconcile, reports::reconcile(&app.works)).await {
        Ok(round) => {
            app.jobs.differ(round.differences.len());
            for difference in &round.differences {
                tracing::error!(
                    campaign.id = %difference.campaign_id,
                    day = %difference.day,
                    grain = difference.grain,
                    figures = %difference.figures,
                    "metrics_difference: the sums of a day are not what its events give"
                );
            }
            if round.days > 0 {
                tracing::info!(days = round.days, "closed days recounted");
            }
        }
        Err(error) => tracing::error!(%error, "days could not be recounted and are tried again"),
    }
}
