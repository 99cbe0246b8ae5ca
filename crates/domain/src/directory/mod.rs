//! Channels as those who book them may know them: the directory, and one channel of it.
//!
//! It reads the tables of streamers, sessions and accounts with read-only SQL of its own. It must
//! not write, and it tells nothing of people but what a streamer says of themselves.

mod store;
#[cfg(test)]
mod tests;

use beta_kit::db::DbError;
use beta_kit::number::Whole;
use beta_kit::page::{Limit, Place};
use beta_kit::text::{BoundedText, CountryCode, LanguageCode};
use beta_kit::time::Timestamp;
use beta_kit::version::Version;

use crate::actor::{Action, Denied, Scope};
use crate::id::ChannelId;
use crate::sessions::limits::SILENCE_MAX;
use crate::streamers::{self, AVG_VIEWERS_MAX, Audience, Category, KeyedChannel};
use crate::work::Work;

/// Why the directory does not answer.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The role may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such channel that the actor may know of.
    #[error("channel not found")]
    ChannelNotFound,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Part of the name of a channel or streamer.
pub type NamePart = BoundedText<1, 120>;
/// The fewest viewers that somebody looks for.
pub type MinViewers = Whole<0, AVG_VIEWERS_MAX>;

/// Which channels to look for. An empty field asks for nothing.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Those whose name, or whose streamer's name, has this in it.
    pub name_part: Option<NamePart>,
    /// Those of one country.
    pub country: Option<CountryCode>,
    /// Those in one language; without a region, those of all its regions.
    pub language: Option<LanguageCode>,
    /// Those about this.
    pub category: Option<Category>,
    /// Those with so many viewers on average.
    pub min_viewers: Option<MinViewers>,
    /// Those that are on air, or are not.
    pub live: Option<bool>,
}

/// A channel as those who book may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: ChannelId,
    /// Which state of it this is.
    pub version: Version,
    /// Its name on Twitch.
    pub twitch_channel_name: String,
    /// What viewers call the streamer.
    pub display_name: String,
    /// Whom it reaches.
    pub audience: Audience,
    /// Whether campaigns may run as soon as they are assigned.
    pub auto_accept: bool,
    /// Whether the streamer wants no ads now.
    pub paused: bool,
    /// Whether it is on air.
    pub live: bool,
    /// When it was added.
    pub created_at: Timestamp,
}

impl Entry {
    /// Where the page behind it starts.
    pub fn place(&self) -> Place {
        Place {
            at: self.created_at,
            id: self.id.uuid(),
        }
    }
}

/// A channel, and for whoever may change it what else there is to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What everybody who books may know.
    pub entry: Entry,
    /// For its owner and administrators: its overlay and its key.
    pub own: Option<KeyedChannel>,
}

/// The channels behind `after` that the filter asks for, the newest first. Those of people who may
/// not sign in any more are left out.
pub async fn list(
    work: &mut Work,
    filter: &Filter,
    limit: Limit,
    after: Place,
) -> Result<Vec<Entry>, DirectoryError> {
    work.may(Action::ReadDirectory)?;
    let heard_since = work.now.minus(SILENCE_MAX);
    Ok(store::list(work.tx(), filter, heard_since, limit, after).await?)
}

/// One channel: any for those who book, one's own for a streamer.
pub async fn find(work: &mut Work, id: ChannelId) -> Result<Seen, DirectoryError> {
    work.may(Action::ReadChannel)?;
    let is_own = match work.actor().scope() {
        Scope::All => true,
        Scope::Streamer(user) => {
            if !streamers::is_owner(work.tx(), id, user).await? {
                return Err(DirectoryError::ChannelNotFound);
            }
            true
        }
        Scope::Organization(_) | Scope::None => false,
    };
    let heard_since = work.now.minus(SILENCE_MAX);
    let entry = store::find(work.tx(), id, heard_since).await?;
    let entry = entry.ok_or(DirectoryError::ChannelNotFound)?;
    let own = if is_own {
        streamers::find_keyed_channel(work.tx(), id).await?
    } else {
        None
    };
    Ok(Seen { entry, own })
}
