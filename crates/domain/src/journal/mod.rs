//! What happened, in the order it was committed: the append-only log that money follows from.
//!
//! This room knows the shape of an event and how to add one. Whether an event counts is decided
//! by `events`; what it changes is decided by `deliveries` and `sessions`.

mod event;
mod store;

use std::collections::HashMap;

use beta_kit::db::{DbError, Tx};
use beta_kit::id::Id;
use beta_kit::time::Timestamp;

pub use event::{
    EventType, Links, LoggedEvent, NewEvent, NewHeartbeat, Reason, StoredEvent, Verdict,
};

use crate::id::{DeliveryId, EventId};
use crate::work::{Work, Works};

/// The log line of something the program itself did, at the instant of `work`.
pub fn system_event(
    work: &Work,
    event_type: EventType,
    links: Links,
    payload: serde_json::Value,
) -> NewEvent {
    let request_id = format!("sys_{}", work.mint::<Id>());
    made_by_server(work, event_type, links, payload, request_id)
}

/// As [`system_event`], with a request id of the caller's.
pub fn made_by_server(
    work: &Work,
    event_type: EventType,
    links: Links,
    payload: serde_json::Value,
    request_id: String,
) -> NewEvent {
    NewEvent {
        id: work.mint(),
        event_type,
        ts: work.now,
        occurred_at: work.now,
        received_at: work.now,
        request_id,
        http_request_id: None,
        links,
        payload,
        body_digest: None,
        verdict: Verdict::Counted,
        ip: None,
        user_agent: None,
    }
}

/// Adds events at the end of the log, in this order.
pub async fn append(work: &mut Work, events: Vec<NewEvent>) -> Result<(), DbError> {
    for event in &events {
        work.count_event(event.event_type.as_str());
    }
    store::append(work.tx(), events).await
}

/// Adds heartbeats, which are kept for a while only.
pub async fn append_heartbeats(
    work: &mut Work,
    heartbeats: Vec<NewHeartbeat>,
) -> Result<(), DbError> {
    for _ in &heartbeats {
        work.count_event(EventType::OverlayHeartbeat.as_str());
    }
    store::append_heartbeats(work.tx(), heartbeats).await
}

/// Those of `ids` that are taken, with what was answered then.
pub async fn find_stored(
    tx: &mut Tx,
    ids: Vec<EventId>,
) -> Result<HashMap<EventId, StoredEvent>, DbError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    store::find_stored(tx, ids).await
}

/// The first `rows` events of a delivery, in the order of the log. For callers that know that the
/// delivery may be seen.
pub async fn list_of_delivery(
    tx: &mut Tx,
    id: DeliveryId,
    rows: usize,
) -> Result<Vec<LoggedEvent>, DbError> {
    store::list_of_delivery(tx, id, rows).await
}

/// The number of the newest event; 0 when there is none.
pub async fn newest(tx: &mut Tx) -> Result<i64, DbError> {
    store::newest(tx).await
}

/// The number up to which the log is complete: nothing can appear below it any more. `None` while
/// that is not known, because somebody who wrote before is still at it.
///
/// # Errors
/// When the database fails.
pub async fn settled(works: &Works) -> Result<Option<i64>, DbError> {
    store::settled(works.db()).await
}

/// Removes heartbeats received before `before`; returns how many went.
pub async fn drop_heartbeats(work: &mut Work, before: Timestamp) -> Result<u64, DbError> {
    store::drop_heartbeats(work.tx(), before).await
}
