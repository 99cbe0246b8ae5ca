//! Everything that runs by the clock, in one list.

use beta_domain::upkeep;
use beta_web::state::App;
use tokio::time::{MissedTickBehavior, interval};

/// Runs what is due until the program stops.
pub(crate) async fn run(app: App) {
    let mut due = interval(upkeep::INTERVAL);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = app.lifecycle.stop.cancelled() => return,
            _ = due.tick() => keep_up(&app).await,
        }
    }
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
        leases_expired = round.leases_expired,
        heartbeats_dropped = round.heartbeats_dropped,
        answers_dropped = round.answers_dropped,
        "upkeep done"
    );
}
