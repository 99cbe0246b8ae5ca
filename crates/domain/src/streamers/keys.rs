//! The verbs of overlay keys: a new one, none at all, and who is behind one.

use std::collections::HashSet;

use beta_kit::db::{DbError, Tx};
use beta_kit::secret::digest_hex;
use serde_json::{Value, json};

use super::limits::KEY_BYTES;
use super::store::keys;
use super::{OverlayIdentity, RotatedKey, StreamersError, lock_channel};
use crate::actor::{Action, Actor};
use crate::audit::{self, Act};
use crate::id::{ChannelId, OverlayKeyId};
use crate::signal::Signal;
use crate::work::{Work, Works};

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
    let former = withdraw(work, channel_id).await?;
    let digest = digest_hex(rotated.key.reveal());
    keys::insert_key(work.tx(), id, channel_id, (&digest, &rotated.prefix), now).await?;
    let payload = json!({
        "keyPrefix": rotated.prefix,
        "before": { "keyPrefix": former },
        "after": { "keyPrefix": rotated.prefix },
    });
    note(work, "overlay_key_rotated", channel_id, payload).await?;
    Ok(rotated)
}

/// Takes a channel's overlay key away without a new one; its sockets are told to go. Nothing
/// happens where there is no key.
///
/// # Errors
/// [`StreamersError::ChannelNotFound`] also for channels of others.
pub async fn revoke_key(work: &mut Work, channel_id: ChannelId) -> Result<(), StreamersError> {
    work.may(Action::RevokeOverlayKey)?;
    lock_channel(work, channel_id).await?;
    let Some(former) = withdraw(work, channel_id).await? else {
        return Ok(());
    };
    let payload = json!({
        "keyPrefix": former,
        "before": { "keyPrefix": former },
        "after": { "keyPrefix": null },
    });
    note(work, "overlay_key_revoked", channel_id, payload).await
}

/// The first characters of the key that was valid until now, if there was one.
async fn withdraw(
    work: &mut Work,
    channel_id: ChannelId,
) -> Result<Option<String>, StreamersError> {
    let now = work.now;
    let former = keys::revoke_key(work.tx(), channel_id, now).await?;
    if former.is_some() {
        work.after_commit(Signal::KeyRevoked { channel_id });
    }
    Ok(former)
}

async fn note(
    work: &mut Work,
    action: &'static str,
    channel_id: ChannelId,
    payload: Value,
) -> Result<(), StreamersError> {
    let act = Act {
        action,
        entity_type: "channel",
        entity_id: channel_id.to_string(),
        payload,
    };
    Ok(audit::record(work, act).await?)
}

/// The overlay behind a key, by the key's digest. Everybody may ask: the key is the permission.
pub async fn find_key(
    work: &mut Work,
    key_hash: &str,
) -> Result<Option<OverlayIdentity>, StreamersError> {
    Ok(keys::find_key(work.tx(), key_hash).await?)
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
    keys::live_keys(work.tx(), ids).await
}

/// Those of the keys that are neither rotated nor revoked.
pub(crate) async fn live_keys(
    tx: &mut Tx,
    ids: Vec<OverlayKeyId>,
) -> Result<HashSet<OverlayKeyId>, DbError> {
    keys::live_keys(tx, ids).await
}

/// Whether overlays of the channel can come in at all, for callers outside a unit of work.
///
/// # Errors
/// When the database fails.
pub async fn has_key(works: &Works, channel_id: ChannelId) -> Result<bool, DbError> {
    let mut work = works.read(Actor::System).await?;
    keys::has_key(work.tx(), channel_id).await
}
