//! Streamers: their profiles, their channels, and the keys that overlays sign in with.
//!
//! A key is kept as a digest and shown once. What happens on a channel is not known here.

mod audience;
mod channel;
mod overlay;
mod overlay_key;
mod profile;
mod limits;
mod keys;
mod changes;
mod store;
#[cfg(test)]
mod tests;

use beta_kit::db::{DbError, Tx};
use beta_kit::version::Version;
use serde_json::{Value, json};

pub use audience::{
    Audience, AudienceForm, AvgViewers, Categories, Category, PricingTier, TooManyCategories,
};
pub use changes::{change_channel, change_overlay, overlay_of};
pub use channel::{Channel, ChannelChange, ChannelForm, ChannelName, KeyedChannel};
pub(crate) use keys::live_keys;
pub use keys::{find_key, has_key, live_keys_of, revoke_key, rotate_key};
pub use limits::{AVG_VIEWERS_MAX, CATEGORIES_MAX, CHANNELS_MAX, KEY_BYTES, KEY_PREFIX_CHARS};
pub use overlay::{
    Animation, MarginPx, OverlayChange, OverlayLooks, OverlayPosition, Width, WidthPercent,
};
pub use overlay_key::{KeyInfo, OverlayIdentity, RotatedKey};
pub use profile::{Profile, ProfileForm, ProfileName};

use crate::actor::{Action, Denied, Scope};
use crate::audit::{self, Act};
use crate::id::{ChannelId, StreamerProfileId, UserId};
use crate::work::Work;
use store::{channels, profiles};

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
    /// Another channel has the name.
    #[error("another channel has this name")]
    NameTaken,
    /// Somebody else changed the channel meanwhile.
    #[error("the channel was changed meanwhile")]
    Stale {
        /// Its state now.
        current: Version,
    },
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
    profiles::find_profile(work.tx(), user_id)
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
    let Some(profile) = profiles::find_profile(work.tx(), user_id).await? else {
        return Ok(None);
    };
    let channels = channels::list_owned(work.tx(), user_id).await?;
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
    let profile_id = profiles::lock_profile(work.tx(), user_id).await?;
    let profile_id = profile_id.ok_or(StreamersError::ProfileNotFound)?;
    if channels::count_channels(work.tx(), profile_id).await? >= CHANNELS_MAX {
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
    Ok(channels::list_owned(work.tx(), user_id).await?)
}

/// Any channel, for rooms that decide by themselves who may know of it.
pub async fn find_channel(
    work: &mut Work,
    id: ChannelId,
) -> Result<Option<Channel>, StreamersError> {
    Ok(channels::find_any(work.tx(), id).await?)
}

/// Whose profile a channel belongs to.
pub(crate) async fn owner_of(
    tx: &mut Tx,
    id: ChannelId,
) -> Result<Option<StreamerProfileId>, DbError> {
    let channel = channels::find_any(tx, id).await?;
    Ok(channel.map(|channel| channel.streamer_profile_id))
}

/// Any channel with what may be known of its key, for rooms that decide by themselves who may know
/// of it.
pub(crate) async fn find_keyed_channel(
    tx: &mut Tx,
    id: ChannelId,
) -> Result<Option<KeyedChannel>, DbError> {
    channels::find_keyed(tx, id).await
}

/// Whether the channel is this person's.
pub(crate) async fn is_owner(tx: &mut Tx, id: ChannelId, user: UserId) -> Result<bool, DbError> {
    Ok(channels::find_owned(tx, id, user).await?.is_some())
}

/// Those of the channels that there are, in no order, for rooms that decide by themselves who may
/// know of them.
pub async fn find_channels(
    work: &mut Work,
    ids: Vec<ChannelId>,
) -> Result<Vec<Channel>, StreamersError> {
    Ok(channels::find_all(work.tx(), ids).await?)
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
    let before = profiles::find_profile(work.tx(), user_id).await?;
    let profile = profiles::put_profile(work.tx(), id, user_id, form, now).await?;
    let before = before.as_ref().map_or(Value::Null, Profile::noted);
    let mut payload = audit::changes(&before, &profile.noted()).unwrap_or_else(|| json!({}));
    payload["twitchHandle"] = json!(profile.twitch_handle);
    let act = Act {
        action: "streamer_profile_saved",
        entity_type: "streamer_profile",
        entity_id: profile.id.to_string(),
        payload,
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
    let before = channels::find_any(work.tx(), id).await?;
    let put = channels::put_channel(work.tx(), id, profile_id, form, now).await;
    put.map_err(changes::name_taken)?;
    let found = channels::find_any(work.tx(), id).await?;
    let channel = found.ok_or(StreamersError::ChannelNotFound)?;
    let before = before.as_ref().map_or(Value::Null, noted_with_owner);
    let changed = audit::changes(&before, &noted_with_owner(&channel));
    let mut payload = changed.unwrap_or_else(|| json!({}));
    payload["twitchChannelName"] = json!(channel.twitch_channel_name);
    let act = Act {
        action: "channel_saved",
        entity_type: "channel",
        entity_id: id.to_string(),
        payload,
    };
    audit::record(work, act).await?;
    Ok(channel)
}

/// What the audit log says of a channel that was put somewhere.
fn noted_with_owner(channel: &Channel) -> Value {
    let mut noted = channel::noted(channel);
    noted["streamerProfileId"] = json!(channel.streamer_profile_id);
    noted
}

/// Holds a channel that is the actor's to change, so that of changes at once each sees the one
/// before it.
async fn lock_channel(work: &mut Work, id: ChannelId) -> Result<(), StreamersError> {
    let found = match work.actor().scope() {
        Scope::All => channels::lock_any(work.tx(), id).await?,
        Scope::Streamer(owner) => channels::lock_owned(work.tx(), id, owner).await?,
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
    if !channels::lock_any(tx, id).await? {
        return Ok(None);
    }
    channels::find_any(tx, id).await
}
