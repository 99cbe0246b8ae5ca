//! The SQL of sessions.

pub(super) mod samples;

use std::collections::HashMap;

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::page::{Limit, Place};
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use super::Session;
use crate::id::{ChannelId, SessionId};

sql!(
    FIND_LATEST,
    "select * from stream_sessions where channel_id = $1 \
     order by started_at desc, id desc limit 1"
);

pub(super) async fn find_latest(
    tx: &mut Tx,
    channel_id: ChannelId,
) -> Result<Option<Session>, DbError> {
    tx.row(&FIND_LATEST, args![channel_id])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

sql!(
    LOCK_LATEST,
    "select * from stream_sessions where channel_id = $1 \
     order by started_at desc, id desc limit 1 for update"
);

pub(super) async fn lock_latest(
    tx: &mut Tx,
    channel_id: ChannelId,
) -> Result<Option<Session>, DbError> {
    tx.row(&LOCK_LATEST, args![channel_id])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

sql!(
    LOCK_OPEN,
    "select * from stream_sessions where channel_id = any($1) and status <> 'ended' \
     order by channel_id for update"
);

/// Locks the open sessions of the channels, in the order of the channels.
pub(super) async fn lock_open(
    tx: &mut Tx,
    channels: Vec<ChannelId>,
) -> Result<HashMap<ChannelId, Session>, DbError> {
    let rows = tx.rows(&LOCK_OPEN, args![channels]).await?;
    rows.iter()
        .map(|row| read(row).map(|session| (session.channel_id, session)))
        .collect()
}

/// Writes sessions of which an overlay was heard.
pub(super) async fn save_heard(
    tx: &mut Tx,
    heard: Vec<Session>,
    now: Timestamp,
) -> Result<(), DbError> {
    const COLUMNS: &[&str] = &["id", "last_heartbeat_at", "status", "updated_at"];
    let rows = heard
        .into_iter()
        .map(|session| args![session.id, session.last_heartbeat_at, session.status, now])
        .collect();
    tx.update_many("stream_sessions", COLUMNS, rows).await?;
    Ok(())
}

sql!(
    INSERT,
    "insert into stream_sessions (id, streamer_profile_id, channel_id, started_at, \
     last_heartbeat_at, ended_at, status, created_at, updated_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $4, $4) on conflict do nothing"
);

/// False when the channel has an open session already.
pub(super) async fn insert(tx: &mut Tx, session: &Session) -> Result<bool, DbError> {
    let values = args![
        session.id,
        session.streamer_profile_id,
        session.channel_id,
        session.started_at,
        session.last_heartbeat_at,
        session.ended_at,
        session.status,
    ];
    Ok(tx.run(&INSERT, values).await? == 1)
}

sql!(
    SAVE,
    "update stream_sessions set last_heartbeat_at = $2, ended_at = $3, status = $4, \
     updated_at = $5 where id = $1"
);

pub(super) async fn save(tx: &mut Tx, session: &Session, now: Timestamp) -> Result<(), DbError> {
    let values = args![
        session.id,
        session.last_heartbeat_at,
        session.ended_at,
        session.status,
        now
    ];
    tx.run(&SAVE, values).await?;
    Ok(())
}

sql!(
    LIST_SILENT,
    "select * from stream_sessions where status <> 'ended' and last_heartbeat_at < $1 \
     order by last_heartbeat_at limit $2 for update skip locked"
);

pub(super) async fn list_silent(
    tx: &mut Tx,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<Session>, DbError> {
    tx.rows(&LIST_SILENT, args![since, limit])
        .await?
        .iter()
        .map(read)
        .collect()
}

sql!(
    CHANNELS_OF,
    "select id, channel_id from stream_sessions where id = any($1)"
);

pub(super) async fn channels_of(
    tx: &mut Tx,
    ids: Vec<SessionId>,
) -> Result<Vec<(SessionId, ChannelId)>, DbError> {
    let rows = tx.rows(&CHANNELS_OF, args![ids]).await?;
    rows.iter()
        .map(|row| Ok((row.get("id")?, row.get("channel_id")?)))
        .collect()
}

sql!(
    LIST,
    "select * from stream_sessions where channel_id = $1 and (started_at, id) < ($2, $3) \
     order by started_at desc, id desc limit $4"
);

pub(super) async fn list(
    tx: &mut Tx,
    channel_id: ChannelId,
    limit: Limit,
    after: Place,
) -> Result<Vec<Session>, DbError> {
    let args = args![channel_id, after.at, after.id, limit.rows()];
    tx.rows(&LIST, args).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Session, DbError> {
    Ok(Session {
        id: row.get("id")?,
        channel_id: row.get("channel_id")?,
        streamer_profile_id: row.get("streamer_profile_id")?,
        started_at: row.get("started_at")?,
        last_heartbeat_at: row.get("last_heartbeat_at")?,
        ended_at: row.get("ended_at")?,
        status: row.get("status")?,
    })
}
