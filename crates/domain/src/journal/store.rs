//! The SQL of the log.

use std::collections::HashMap;

use beta_kit::db::{Db, DbError, Row, Tx};
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use super::{LoggedEvent, NewEvent, NewHeartbeat, Reason, StoredEvent, Verdict};
use crate::id::{DeliveryId, EventId};

const EVENT_COLUMNS: &[&str] = &[
    "id",
    "type",
    "ts",
    "occurred_at",
    "received_at",
    "day",
    "request_id",
    "http_request_id",
    "streamer_id",
    "channel_id",
    "session_id",
    "campaign_id",
    "creative_id",
    "delivery_id",
    "payload",
    "body_digest",
    "verdict",
    "reason",
    "ip",
    "user_agent",
];

pub(super) async fn append(tx: &mut Tx, events: Vec<NewEvent>) -> Result<(), DbError> {
    let rows = events
        .into_iter()
        .map(|event| {
            args![
                event.id,
                event.event_type,
                event.ts,
                event.occurred_at,
                event.received_at,
                event.occurred_at.day(),
                event.request_id,
                event.http_request_id,
                event.links.streamer_id,
                event.links.channel_id,
                event.links.session_id,
                event.links.campaign_id,
                event.links.creative_id,
                event.links.delivery_id,
                event.payload,
                event.body_digest,
                event.verdict.as_str(),
                event.verdict.reason(),
                event.ip,
                event.user_agent,
            ]
        })
        .collect();
    tx.insert_many("events", EVENT_COLUMNS, rows).await
}

const HEARTBEAT_COLUMNS: &[&str] = &[
    "id",
    "ts",
    "received_at",
    "request_id",
    "http_request_id",
    "streamer_id",
    "channel_id",
    "session_id",
    "payload",
    "body_digest",
    "ip",
    "user_agent",
];

pub(super) async fn append_heartbeats(
    tx: &mut Tx,
    heartbeats: Vec<NewHeartbeat>,
) -> Result<(), DbError> {
    let rows = heartbeats
        .into_iter()
        .map(|beat| {
            args![
                beat.id,
                beat.ts,
                beat.received_at,
                beat.request_id,
                beat.http_request_id,
                beat.streamer_id,
                beat.channel_id,
                beat.session_id,
                beat.payload,
                beat.body_digest,
                beat.ip,
                beat.user_agent,
            ]
        })
        .collect();
    tx.insert_many("heartbeats", HEARTBEAT_COLUMNS, rows).await
}

sql!(
    FIND_STORED,
    "select id, channel_id, body_digest, session_id, delivery_id, reason from events \
     where id = any($1) \
     union all \
     select id, channel_id, body_digest, session_id, cast(null as uuid) as delivery_id, \
     cast(null as text) as reason from heartbeats where id = any($1)"
);

pub(super) async fn find_stored(
    tx: &mut Tx,
    ids: Vec<EventId>,
) -> Result<HashMap<EventId, StoredEvent>, DbError> {
    let rows = tx.rows(&FIND_STORED, args![ids]).await?;
    rows.iter()
        .map(|row| Ok((row.get("id")?, read_stored(row)?)))
        .collect()
}

fn read_stored(row: &Row) -> Result<StoredEvent, DbError> {
    let reason: Option<Reason> = row.get("reason")?;
    Ok(StoredEvent {
        channel_id: row.get("channel_id")?,
        body_digest: row.get("body_digest")?,
        session_id: row.get("session_id")?,
        delivery_id: row.get("delivery_id")?,
        verdict: reason.map_or(Verdict::Counted, Verdict::NotCounted),
    })
}

sql!(
    NEWEST,
    "select cast(coalesce(max(seq), 0) as bigint) as newest from events"
);

pub(super) async fn newest(tx: &mut Tx) -> Result<i64, DbError> {
    tx.one(&NEWEST, Vec::new()).await?.get("newest")
}

pub(super) async fn settled(db: &Db) -> Result<Option<i64>, DbError> {
    db.settled(&NEWEST, "events").await
}

sql!(
    DROP_HEARTBEATS,
    "delete from heartbeats where received_at < $1"
);

pub(super) async fn drop_heartbeats(tx: &mut Tx, before: Timestamp) -> Result<u64, DbError> {
    tx.run(&DROP_HEARTBEATS, args![before]).await
}

sql!(
    LIST_OF_DELIVERY,
    "select * from events where delivery_id = $1 order by seq limit $2"
);

pub(super) async fn list_of_delivery(
    tx: &mut Tx,
    id: DeliveryId,
    rows: usize,
) -> Result<Vec<LoggedEvent>, DbError> {
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    let rows = tx.rows(&LIST_OF_DELIVERY, args![id, rows]).await?;
    rows.iter().map(read_logged).collect()
}

fn read_logged(row: &Row) -> Result<LoggedEvent, DbError> {
    let reason: Option<Reason> = row.get("reason")?;
    Ok(LoggedEvent {
        id: row.get("id")?,
        event_type: row.get("type")?,
        ts: row.get("ts")?,
        occurred_at: row.get("occurred_at")?,
        received_at: row.get("received_at")?,
        request_id: row.get("request_id")?,
        session_id: row.get("session_id")?,
        verdict: reason.map_or(Verdict::Counted, Verdict::NotCounted),
        payload: row.get("payload")?,
        ip: row.get("ip")?,
        user_agent: row.get("user_agent")?,
    })
}
