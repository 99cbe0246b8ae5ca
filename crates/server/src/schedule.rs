//! Everything that runs by the clock, in one list.

use std::time::Duration;

use beta_domain::upkeep;
use beta_web::state::App;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Runs what is due until the program stops.
pub(crate) async fn run(app: App) {
    tokio::join!(rounds(&app), files(&app));
}

async fn rounds(app: &App) {
    let mut due = every(upkeep::INTERVAL);
    loop {
        tokio::select! {
            () = app.lifecycle.stop.cancelled() => return,
            _ = due.tick() => keep_up(app).await,
        }
    }
}

/// May take long, so it is given up half-way when the program stops: the next round goes on.
async fn files(app: &App) {
    let mut due = every(upkeep::FILES_INTERVAL);
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

fn every(period: Duration) -> Interval {
    let mut due = interval(period);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    due
}

async fn keep_up(app: &App) {
    match upkeep::run_once(&app.works).await {
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
    match upkeep::sweep_files(&app.works, &app.blobs).await {
        Ok(0) => {}
        Ok(files_removed) => tracing::info!(files_removed, "files that nothing names are gone"),
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "stored files could not be swept and are tried again");
        }
    }
}
