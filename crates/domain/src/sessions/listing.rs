//! When a channel was on air, for whoever may know.

use beta_kit::db::DbError;
use beta_kit::page::{Limit, Place};

use super::{Session, store};
use crate::actor::{Action, Denied, Scope};
use crate::campaigns;
use crate::id::ChannelId;
use crate::streamers::{self, StreamersError};
use crate::work::Work;

/// Why sessions are not told.
#[derive(Debug, thiserror::Error)]
pub enum SessionsError {
    /// The role may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such channel that the actor may know this of.
    #[error("channel not found")]
    ChannelNotFound,
    /// The channel could not be looked up.
    #[error(transparent)]
    Streamers(#[from] StreamersError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The channel's sessions behind `after`, the newest first: for its owner, for administrators, and
/// for an agency that has a campaign on it.
pub async fn list(
    work: &mut Work,
    channel_id: ChannelId,
    limit: Limit,
    after: Place,
) -> Result<Vec<Session>, SessionsError> {
    work.may(Action::ReadSessions)?;
    let may_know = match work.actor().scope() {
        Scope::All => streamers::find_channel(work, channel_id).await?.is_some(),
        Scope::Streamer(user) => streamers::is_owner(work.tx(), channel_id, user).await?,
        Scope::Organization(id) => {
            let watchers = campaigns::watchers_of_channel(work.tx(), channel_id).await?;
            watchers.contains(&id)
        }
        Scope::None => false,
    };
    if !may_know {
        return Err(SessionsError::ChannelNotFound);
    }
    Ok(store::list(work.tx(), channel_id, limit, after).await?)
}

impl Session {
    /// Where the page behind it starts.
    pub fn place(&self) -> Place {
        Place {
            at: self.started_at,
            id: self.id.uuid(),
        }
    }
}
