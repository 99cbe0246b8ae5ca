//! The SQL of overlay keys.

use std::collections::HashSet;

use beta_kit::db::{DbError, Tx};
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use crate::id::{ChannelId, OverlayKeyId};
use crate::streamers::OverlayIdentity;

sql!(
    REVOKE_KEY,
    "update overlay_keys set revoked_at = $2 where channel_id = $1 and revoked_at is null \
     returning key_prefix"
);

/// The first characters of the key that was revoked, when there was one.
pub(in crate::streamers) async fn revoke_key(
    tx: &mut Tx,
    channel_id: ChannelId,
    now: Timestamp,
) -> Result<Option<String>, DbError> {
    let row = tx.row(&REVOKE_KEY, args![channel_id, now]).await?;
    row.map(|row| row.get("key_prefix")).transpose()
}

sql!(
    INSERT_KEY,
    "insert into overlay_keys (id, channel_id, key_hash, key_prefix, created_at) \
     values ($1, $2, $3, $4, $5)"
);

pub(in crate::streamers) async fn insert_key(
    tx: &mut Tx,
    id: OverlayKeyId,
    channel_id: ChannelId,
    (key_hash, key_prefix): (&str, &str),
    now: Timestamp,
) -> Result<(), DbError> {
    tx.run(
        &INSERT_KEY,
        args![id, channel_id, key_hash, key_prefix, now],
    )
    .await?;
    Ok(())
}

sql!(
    FIND_KEY,
    "select k.id, k.channel_id, c.streamer_profile_id \
     from overlay_keys k join channels c on c.id = k.channel_id \
     where k.key_hash = $1 and k.revoked_at is null"
);

pub(in crate::streamers) async fn find_key(
    tx: &mut Tx,
    key_hash: &str,
) -> Result<Option<OverlayIdentity>, DbError> {
    let Some(row) = tx.row(&FIND_KEY, args![key_hash]).await? else {
        return Ok(None);
    };
    Ok(Some(OverlayIdentity {
        key_id: row.get("id")?,
        channel_id: row.get("channel_id")?,
        streamer_profile_id: row.get("streamer_profile_id")?,
    }))
}

sql!(
    LIVE_KEYS,
    "select id from overlay_keys where id = any($1) and revoked_at is null"
);

pub(in crate::streamers) async fn live_keys(
    tx: &mut Tx,
    ids: Vec<OverlayKeyId>,
) -> Result<HashSet<OverlayKeyId>, DbError> {
    let rows = tx.rows(&LIVE_KEYS, args![ids]).await?;
    rows.iter().map(|row| row.get("id")).collect()
}

sql!(
    COUNT_LIVE,
    "select count(*) as n from overlay_keys where channel_id = $1 and revoked_at is null"
);

/// Whether the channel has a key that may be used.
pub(in crate::streamers) async fn has_key(
    tx: &mut Tx,
    channel_id: ChannelId,
) -> Result<bool, DbError> {
    let keys: i64 = tx.one(&COUNT_LIVE, args![channel_id]).await?.get("n")?;
    Ok(keys > 0)
}
