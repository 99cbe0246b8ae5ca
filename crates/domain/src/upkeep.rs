//! What the program does by itself, every few seconds: it ends what nobody will end.

use std::time::Duration;

use beta_kit::db::DbError;

use crate::actor::Actor;
use crate::work::Works;
use crate::{accounts, answers, deliveries, journal, sessions};

/// How often [`run_once`] is due.
pub const INTERVAL: Duration = Duration::from_secs(5);
/// How long heartbeats are kept.
pub const HEARTBEATS_KEPT: Duration = Duration::from_hours(30 * 24);

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Sessions that ended because their overlay was silent.
    pub sessions_ended: usize,
    /// Leases whose time to report was over.
    pub leases_expired: usize,
    /// Old heartbeats that were removed.
    pub heartbeats_dropped: u64,
    /// Kept answers that nobody will ask for again.
    pub answers_dropped: u64,
    /// Sign-in links that were over and were removed.
    pub links_dropped: u64,
}

/// Ends silent sessions, expires leases, drops old heartbeats, answers and sign-in links, each in
/// its own transaction.
///
/// # Errors
/// When the database fails; what was done before stays done, and the next round goes on.
pub async fn run_once(works: &Works) -> Result<Round, DbError> {
    let mut round = Round::default();
    let mut work = works.begin(Actor::System).await?;
    round.sessions_ended = sessions::sweep(&mut work).await?;
    work.commit().await?;
    let mut work = works.begin(Actor::System).await?;
    round.leases_expired = deliveries::sweep(&mut work).await?;
    work.commit().await?;
    let mut work = works.begin(Actor::System).await?;
    let before = work.now.minus(HEARTBEATS_KEPT);
    round.heartbeats_dropped = journal::drop_heartbeats(&mut work, before).await?;
    work.commit().await?;
    let mut work = works.begin(Actor::System).await?;
    round.answers_dropped = answers::sweep(&mut work).await?;
    work.commit().await?;
    let mut work = works.begin(Actor::System).await?;
    round.links_dropped = accounts::sweep(&mut work).await?;
    work.commit().await?;
    Ok(round)
}
