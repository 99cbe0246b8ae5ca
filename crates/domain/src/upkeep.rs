//! What the program does by itself: it ends what nobody will end, and removes what nobody names.

use std::time::Duration;

use beta_kit::blobs::{BlobError, Blobs};
use beta_kit::db::DbError;
use futures::TryStreamExt as _;

use crate::actor::Actor;
use crate::campaigns::{self, CampaignError};
use crate::work::Works;
use crate::{accounts, answers, clicks, deliveries, journal, sessions};

/// How often [`run_once`] is due.
pub const INTERVAL: Duration = Duration::from_secs(5);
/// How long heartbeats are kept.
pub const HEARTBEATS_KEPT: Duration = Duration::from_hours(30 * 24);
/// How often [`sweep_files`] is due.
pub const FILES_INTERVAL: Duration = Duration::from_hours(24);
/// How long a stored file that nothing names is left alone: an upload may be about to name it.
pub const FILES_LEFT_ALONE: Duration = Duration::from_hours(24);
/// How many files the database is asked about at once.
pub const FILES_AT_ONCE: usize = 200;
/// How many files one round of [`sweep_files`] removes before it stops; the next one goes on.
pub const FILES_REMOVED_MAX: usize = 2_000;

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Sessions that ended because their overlay was silent.
    pub sessions_ended: usize,
    /// Channels on air whose viewers were counted.
    pub viewers_sampled: u64,
    /// Leases whose time to report was over.
    pub leases_expired: usize,
    /// Old heartbeats that were removed.
    pub heartbeats_dropped: u64,
    /// Kept answers that nobody will ask for again.
    pub answers_dropped: u64,
    /// Visitors of short links who may be counted again.
    pub visitors_dropped: u64,
    /// Assignments that got the code of their short link.
    pub codes_given: usize,
    /// Sign-in links that were over and were removed.
    pub links_dropped: u64,
}

/// Ends silent sessions, counts viewers, expires leases, drops what was kept long enough and gives
/// codes to assignments without one, each in its own transaction.
///
/// # Errors
/// When the database fails; what was done before stays done, and the next round goes on.
pub async fn run_once(works: &Works) -> Result<Round, DbError> {
    let mut round = Round::default();
    let mut work = works.begin(Actor::System).await?;
    round.sessions_ended = sessions::sweep(&mut work).await?;
    work.commit().await?;
    let mut work = works.begin(Actor::System).await?;
    round.viewers_sampled = sessions::sample_viewers(&mut work).await?;
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
    round.visitors_dropped = clicks::sweep(&mut work).await?;
    work.commit().await?;
    let mut work = works.begin(Actor::System).await?;
    round.codes_given = campaigns::give_codes(&mut work).await?;
    work.commit().await?;
    let mut work = works.begin(Actor::System).await?;
    round.links_dropped = accounts::sweep(&mut work).await?;
    work.commit().await?;
    Ok(round)
}

/// Why files could not be swept.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The database could not be asked.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The room of campaigns refused or failed.
    #[error(transparent)]
    Campaigns(#[from] CampaignError),
    /// The storage failed.
    #[error(transparent)]
    Files(#[from] BlobError),
}

/// Removes stored files that no creative names: what a crash leaves between storing an upload and
/// committing its row. Gives how many there were.
///
/// # Errors
/// When the database or the storage fails; what was removed stays removed.
pub async fn sweep_files(works: &Works, blobs: &Blobs) -> Result<usize, SweepError> {
    let before = works.now().minus(FILES_LEFT_ALONE);
    let mut files = blobs.list(campaigns::FILES_PREFIX)?;
    let (mut keys, mut removed) = (Vec::new(), 0);
    while let Some(file) = files.try_next().await? {
        if file.stored_at >= before {
            continue;
        }
        keys.push(file.key);
        if keys.len() == FILES_AT_ONCE {
            removed += remove_unnamed(works, blobs, std::mem::take(&mut keys)).await?;
        }
        if removed >= FILES_REMOVED_MAX {
            return Ok(removed);
        }
    }
    removed += remove_unnamed(works, blobs, keys).await?;
    Ok(removed)
}

async fn remove_unnamed(
    works: &Works,
    blobs: &Blobs,
    keys: Vec<String>,
) -> Result<usize, SweepError> {
    let mut work = works.read(Actor::System).await?;
    let unnamed = campaigns::unnamed_files(&mut work, keys).await?;
    drop(work);
    for key in &unnamed {
        blobs.delete(key).await?;
    }
    Ok(unnamed.len())
}
