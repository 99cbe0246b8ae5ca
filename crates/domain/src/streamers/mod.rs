//! Streamers: their profiles, their channels, and the keys that overlays sign in with.
//!
//! A key is kept as a digest and shown once. What happens on a channel is not known here.

mod audience;
mod channel;
mod limits;
mod overlay_key;
mod profile;
mod store;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use beta_kit::db::{DbError, Tx};
use beta_kit::secret::digest_hex;
use serde_json::json;

pub use audience::{
    Audience, AudienceForm, AvgViewers, Categories, Category, PricingTier, TooManyCategories,
};
pub use channel::{Channel, ChannelForm, ChannelName, KeyedChannel};
pub use limits::{AVG_VIEWERS_MAX, CATEGORIES_MAX, CHANNELS_MAX, KEY_BYTES, KEY_PREFIX_CHARS};
pub use overlay_key::{KeyInfo, OverlayIdentity, RotatedKey};
pub use profile::{Profile, ProfileForm, ProfileName};

use crate::actor::{Action, Actor, Denied, Scope};
use crate::audit::{self, Act};
use crate::id::{ChannelId, OverlayKeyId, StreamerProfileId, UserId};
use crate::signal::Signal;
use crate::work::{Work, Works};

/// Why the room refused.
#[derive(Debug, thiserror::Error)]
pub enum StreamersError {
    /// The actor has filled in no profile, or is no person.
    #[error("streamer profile not found")]
    ProfileNotFound,
    /// There is no such channel that the actor may know of.
    #[error("channel not found")]
    ChannelNotFound,
    /// The streamer has as many channels as anybody may have.
    #[error("a streamer has at most {CHANNELS_MAX} channels")]
    TooManyChannels,
    /// The role may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Fills in the actor's own profile; what was in it before is gone.
pub async fn save_profile(work: &mut Work, form: &ProfileForm) -> Result<Profile, StreamersError> {
    work.may(Action::UpsertProfile)?;
    let user_id = person(work)?;
    write_profile(work, user_id, form).await
}

/// Fills in somebody's profile for them; for whoever may manage people.
pub async fn put_profile(
    work: &mut Work,
    user_id: UserId,
    form: &ProfileForm,
) -> Result<Profile, StreamersError> {
    work.may(Action::ManageUsers)?;
    write_profile(work, user_id, form).await
}

/// The actor's own profile.
///
/// # Errors
/// [`StreamersError::ProfileNotFound`].
pub async fn profile(work: &mut Work) -> Result<Profile, StreamersError> {
    work.may(Action::ReadProfile)?;
    let user_id = person(work)?;
    store::find_profile(work.tx(), user_id)
        .await?
        .ok_or(StreamersError::ProfileNotFound)
}

/// What the actor says of themselves and all of their channels, for a look at oneself; `None` for
/// whoever has no profile, whatever their role.
pub async fn find_self(
    work: &mut Work,
) -> Result<Option<(Profile, Vec<KeyedChannel>)>, StreamersError> {
    work.may(Action::ReadMe)?;
    let user_id = person(work)?;
    let Some(profile) = store::find_profile(work.tx(), user_id).await? else {
        return Ok(None);
    };
    let channels = store::list_owned(work.tx(), user_id).await?;
    Ok(Some((profile, channels)))
}

/// Adds a channel to the actor's own profile.
///
/// # Errors
/// [`StreamersError::ProfileNotFound`], or [`StreamersError::TooManyChannels`].
pub async fn create_channel(
    work: &mut Work,
    form: &ChannelForm,
) -> Result<Channel, StreamersError> {
    work.may(Action::CreateChannel)?;
    let user_id = person(work)?;
    let profile_id = store::lock_profile(work.tx(), user_id).await?;
    let profile_id = profile_id.ok_or(StreamersError::ProfileNotFound)?;
    if store::count_channels(work.tx(), profile_id).await? >= CHANNELS_MAX {
        return Err(StreamersError::TooManyChannels);
    }
    let id = work.mint();
    write_channel(work, id, profile_id, form).await
}

/// Adds a channel under an id of the caller's, or gives the one that has it to this profile; for
/// whoever may manage people.
pub async fn put_channel(
    work: &mut Work,
    id: ChannelId,
    profile_id: StreamerProfileId,
    form: &ChannelForm,
) -> Result<Channel, StreamersError> {
    work.may(Action::ManageUsers)?;
    write_channel(work, id, profile_id, form).await
}

/// All channels of the actor, the newest first; none when the actor has no profile.
pub async fn list_channels(work: &mut Work) -> Result<Vec<KeyedChannel>, StreamersError> {
    work.may(Action::ReadChannels)?;
    let user_id = person(work)?;
    Ok(store::list_owned(work.tx(), user_id).await?)
}

/// Gives a channel a new overlay key. The former one is invalid from the commit on, and the
/// sockets that came in with it are told to go.
///
/// # Errors
/// [`StreamersError::ChannelNotFound`] also for channels of others.
pub async fn rotate_key(
    work: &mut Work,
    channel_id: ChannelId,
) -> Result<RotatedKey, StreamersError> {
    work.may(Action::RotateOverlayKey)?;
    lock_channel(work, channel_id).await?;
    let (id, now) = (work.mint(), work.now);
    let rotated = RotatedKey::new(work.token::<KEY_BYTES>());
    if store::revoke_key(work.tx(), channel_id, now).await? {
        work.after_commit(Signal::KeyRevoked { channel_id });
    }
    let digest = digest_hex(rotated.key.reveal());
    store::insert_key(work.tx(), id, channel_id, (&digest, &rotated.prefix), now).await?;
    let act = Act {
        action: "overlay_key_rotated",
        entity_type: "channel",
        entity_id: channel_id.to_string(),
        payload: json!({ "keyPrefix": rotated.prefix }),
    };
    audit::record(work, act).await?;
    Ok(rotated)
}

/// The overlay behind a key, by the key's digest. Everybody may ask: the key is the permission.
pub async fn find_key(
    work: &mut Work,
    key_hash: &str,
) -> Result<Option<OverlayIdentity>, StreamersError> {
    Ok(store::find_key(work.tx(), key_hash).await?)
}

/// Any channel, for rooms that decide by themselves who may know of it.
pub async fn find_channel(
    work: &mut Work,
    id: ChannelId,
) -> Result<Option<Channel>, StreamersError> {
    Ok(store::find_any(work.tx(), id).await?)
}

/// Those of the channels that there are, in no order, for rooms that decide by themselves who may
/// know of them.
pub async fn find_channels(
    work: &mut Work,
    ids: Vec<ChannelId>,
) -> Result<Vec<Channel>, StreamersError> {
    Ok(store::find_all(work.tx(), ids).await?)
}

/// The person who acts; the program itself has no profile.
fn person(work: &Work) -> Result<UserId, StreamersError> {
    work.actor()
        .user()
        .map(|user| user.user_id)
        .ok_or(StreamersError::ProfileNotFound)
}

async fn write_profile(
    work: &mut Work,
    user_id: UserId,
    form: &ProfileForm,
) -> Result<Profile, StreamersError> {
    let (id, now) = (work.mint(), work.now);
    let profile = store::put_profile(work.tx(), id, user_id, form, now).await?;
    let act = Act {
        action: "streamer_profile_saved",
        entity_type: "streamer_profile",
        entity_id: profile.id.to_string(),
        payload: json!({ "twitchHandle": profile.twitch_handle }),
    };
    audit::record(work, act).await?;
    Ok(profile)
}

async fn write_channel(
    work: &mut Work,
    id: ChannelId,
    profile_id: StreamerProfileId,
    form: &ChannelForm,
) -> Result<Channel, StreamersError> {
    let now = work.now;
    store::put_channel(work.tx(), id, profile_id, form, now).await?;
    let found = store::find_any(work.tx(), id).await?;
    let channel = found.ok_or(StreamersError::ChannelNotFound)?;
    let act = Act {
        action: "channel_saved",
        entity_type: "channel",
        entity_id: id.to_string(),
        payload: json!({ "twitchChannelName": channel.twitch_channel_name }),
    };
    audit::record(work, act).await?;
    Ok(channel)
}

/// Holds a channel that the actor may give a key, so that of rotations at once each sees the one
/// before it.
async fn lock_channel(work: &mut Work, id: ChannelId) -> Result<(), StreamersError> {
    let found = match work.actor().scope() {
        Scope::All => store::lock_any(work.tx(), id).await?,
        Scope::Streamer(owner) => store::lock_owned(work.tx(), id, owner).await?,
        Scope::Organization(_) | Scope::None => false,
    };
    if found {
        Ok(())
    } else {
        Err(StreamersError::ChannelNotFound)
    }
}

/// The channel, held until the work is done: whoever decides what it shows takes this lock.
pub(crate) async fn hold_channel(tx: &mut Tx, id: ChannelId) -> Result<Option<Channel>, DbError> {
    if !store::lock_any(tx, id).await? {
        return Ok(None);
    }
    store::find_any(tx, id).await
}

/// Those of the keys that are neither rotated nor revoked, for callers outside a unit of work.
///
/// # Errors
/// When the database fails.
pub async fn live_keys_of(
    works: &Works,
    ids: Vec<OverlayKeyId>,
) -> Result<HashSet<OverlayKeyId>, DbError> {
    let mut work = works.read(Actor::System).await?;
    store::live_keys(work.tx(), ids).await
}

/// Those of the keys that are neither rotated nor revoked.
pub(crate) async fn live_keys(
    tx: &mut Tx,
    ids: Vec<OverlayKeyId>,
) -> Result<HashSet<OverlayKeyId>, DbError> {
    store::live_keys(tx, ids).await
}
