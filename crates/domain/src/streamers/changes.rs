//! The verbs that change a channel: what is said of it, and what its overlay does.

use beta_kit::db::DbError;
use beta_kit::version::Version;
use serde_json::{Value, json};

use super::channel::{self, Channel, ChannelChange};
use super::overlay::{self, OverlayChange};
use super::store::channels;
use super::{StreamersError, lock_channel};
use crate::actor::{Action, Scope};
use crate::audit::{self, Act};
use crate::id::ChannelId;
use crate::signal::Signal;
use crate::work::Work;

/// Changes what is said of a channel; what is not named stays. A change that changes nothing
/// leaves the channel in the state it is in.
///
/// # Errors
/// [`StreamersError::ChannelNotFound`] also for channels of others, [`StreamersError::Stale`] for
/// another state than `expected`, [`StreamersError::NameTaken`].
pub async fn change_channel(
    work: &mut Work,
    id: ChannelId,
    change: &ChannelChange,
    expected: Option<Version>,
) -> Result<Channel, StreamersError> {
    let before = hold(work, id, expected).await?;
    let after = change.apply(&before);
    let changes = audit::changes(&channel::noted(&before), &channel::noted(&after));
    let Some(changes) = changes else {
        return Ok(before);
    };
    let saved = save(work, &after).await?;
    note(work, "channel_changed", id, changes).await?;
    Ok(saved)
}

/// Changes what a channel's overlay does; what is not named stays. Whoever decides what the
/// channel shows takes the same lock, so that no lease is given after a pause.
///
/// # Errors
/// As [`change_channel`].
pub async fn change_overlay(
    work: &mut Work,
    id: ChannelId,
    change: &OverlayChange,
    expected: Option<Version>,
) -> Result<Channel, StreamersError> {
    let before = hold(work, id, expected).await?;
    let now = work.now;
    let mut after = before.clone();
    after.looks = change.looks(before.looks);
    after.auto_accept = change.auto_accept.unwrap_or(before.auto_accept);
    after.paused_at = match change.paused {
        Some(true) => before.paused_at.or(Some(now)),
        Some(false) => None,
        None => before.paused_at,
    };
    if after == before {
        return Ok(before);
    }
    let saved = save(work, &after).await?;
    if let Some(changes) = audit::changes(&overlay::noted(&before), &overlay::noted(&after)) {
        note(work, "overlay_settings_changed", id, changes).await?;
    }
    note_pause(work, &before, &after).await?;
    if after.looks != before.looks {
        work.after_commit(Signal::OverlayChanged { channel_id: id });
    }
    Ok(saved)
}

async fn note_pause(
    work: &mut Work,
    before: &Channel,
    after: &Channel,
) -> Result<(), StreamersError> {
    let (was, is) = (before.paused_at.is_some(), after.paused_at.is_some());
    let action = match (was, is) {
        (false, true) => "channel_paused",
        (true, false) => "channel_resumed",
        (true, true) | (false, false) => return Ok(()),
    };
    let changes = json!({ "before": { "paused": was }, "after": { "paused": is } });
    note(work, action, after.id, changes).await
}

/// A channel whose overlay the actor may change.
///
/// # Errors
/// [`StreamersError::ChannelNotFound`] also for channels of others.
pub async fn overlay_of(work: &mut Work, id: ChannelId) -> Result<Channel, StreamersError> {
    work.may(Action::UpdateChannel)?;
    let found = match work.actor().scope() {
        Scope::All => channels::find_any(work.tx(), id).await?,
        Scope::Streamer(owner) => channels::find_owned(work.tx(), id, owner).await?,
        Scope::Organization(_) | Scope::None => None,
    };
    found.ok_or(StreamersError::ChannelNotFound)
}

/// The channel, held and in the state that is expected.
async fn hold(
    work: &mut Work,
    id: ChannelId,
    expected: Option<Version>,
) -> Result<Channel, StreamersError> {
    work.may(Action::UpdateChannel)?;
    lock_channel(work, id).await?;
    let found = channels::find_any(work.tx(), id).await?;
    let channel = found.ok_or(StreamersError::ChannelNotFound)?;
    if channel.version.meets(expected) {
        Ok(channel)
    } else {
        let current = channel.version;
        Err(StreamersError::Stale { current })
    }
}

async fn save(work: &mut Work, channel: &Channel) -> Result<Channel, StreamersError> {
    let now = work.now;
    let saved = channels::save_channel(work.tx(), channel, now).await;
    saved.map_err(name_taken)
}

/// Of all that is written of a channel, only its name must be its own.
pub(super) fn name_taken(error: DbError) -> StreamersError {
    if error.is_unique_violation() {
        StreamersError::NameTaken
    } else {
        error.into()
    }
}

async fn note(
    work: &mut Work,
    action: &'static str,
    id: ChannelId,
    payload: Value,
) -> Result<(), StreamersError> {
    let act = Act {
        action,
        entity_type: "channel",
        entity_id: id.to_string(),
        payload,
    };
    Ok(audit::record(work, act).await?)
}
