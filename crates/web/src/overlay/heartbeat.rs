//! `overlay:heartbeat`: an overlay says that it is alive.
//!
//! Heartbeats that follow each other too closely are one, so that a socket that floods costs
//! neither rows nor messages.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use beta_domain::events::Posted;
use beta_domain::events::limits::PAYLOAD_BYTES_MAX;
use beta_domain::id::SessionId;
use beta_domain::journal::EventType;
use beta_domain::sessions::limits::TOUCH_INTERVAL;
use beta_domain::streamers::OverlayIdentity;
use beta_kit::id::Id;
use beta_kit::time::Timestamp;
use serde_json::{Value, json};
use socketioxide::extract::SocketRef;

use super::protocol::names::{EXCEPTION, HEARTBEAT};
use super::protocol::{ExceptionCause, ExceptionMessage, HeartbeatMessage};
use super::socket::{client, tell_session, user_agent};
use crate::extract::has_nul;
use crate::state::App;

/// A socket's heartbeats closer together than this are one.
const HEARTBEAT_GAP: Duration = TOUCH_INTERVAL;
/// The longest id of a heartbeat.
const REQUEST_ID_BYTES_MAX: usize = 128;

/// The session of a socket, and when the socket was last heard of.
#[derive(Clone, Debug)]
pub(super) struct Pulse(Arc<Mutex<(SessionId, Timestamp)>>);

impl Pulse {
    /// A socket of this session came at `now`.
    pub(super) fn new(session_id: SessionId, now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new((session_id, now))))
    }

    /// Its session.
    pub(super) fn session(&self) -> SessionId {
        self.lock().0
    }

    /// Whether enough time has passed for another heartbeat; if so it is counted.
    fn beat(&self, now: Timestamp) -> bool {
        let mut pulse = self.lock();
        if pulse.1.plus(HEARTBEAT_GAP) > now {
            return false;
        }
        pulse.1 = now;
        true
    }

    /// Moves to another session; false when it is the same.
    fn follow(&self, session_id: SessionId) -> bool {
        std::mem::replace(&mut self.lock().0, session_id) != session_id
    }

    fn lock(&self) -> MutexGuard<'_, (SessionId, Timestamp)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stores a heartbeat, and tells the overlay when its session is another one by now.
pub(super) async fn heard(app: App, socket: SocketRef, data: Value, identity: OverlayIdentity) {
    let Some(pulse) = socket.extensions.get::<Pulse>() else {
        return;
    };
    let Some(message) = read(&data) else {
        refuse(&socket, data);
        return;
    };
    let now = app.works.now();
    if !pulse.beat(now) {
        return;
    }
    let posted = posted(&app, &socket, identity, message, now);
    // Under load a heartbeat is the first thing to be left out: the next one says the same.
    let Ok(outcomes) = app.ingest.post(vec![posted]).await else {
        return;
    };
    let session_id = outcomes.into_iter().find_map(|one| one.ok()?.session_id);
    let Some(session_id) = session_id else { return };
    if pulse.follow(session_id) {
        tell_session(&socket, session_id, identity.channel_id);
    }
}

fn read(data: &Value) -> Option<HeartbeatMessage> {
    if !data.is_object() || has_nul(data) {
        return None;
    }
    let message: HeartbeatMessage = serde_json::from_value(data.clone()).ok()?;
    let id = message.request_id.as_ref();
    let id_fits = id.is_none_or(|id| (1..=REQUEST_ID_BYTES_MAX).contains(&id.len()));
    let payload_fits = data.get("payload").is_none_or(is_small);
    (id_fits && payload_fits).then_some(message)
}

fn is_small(value: &Value) -> bool {
    value.to_string().len() <= PAYLOAD_BYTES_MAX
}

/// Says that a heartbeat was not understood, with what it said unless that is too much to repeat.
fn refuse(socket: &SocketRef, data: Value) {
    let data = Some(data).filter(is_small).unwrap_or_default();
    let message = ExceptionMessage {
        status: "error",
        message: "Internal server error",
        cause: ExceptionCause {
            pattern: HEARTBEAT,
            data,
        },
    };
    // A socket that can not take it is on its way out.
    let _ = socket.emit(EXCEPTION, &message);
}

fn posted(
    app: &App,
    socket: &SocketRef,
    identity: OverlayIdentity,
    message: HeartbeatMessage,
    now: Timestamp,
) -> Posted {
    let request_id = message
        .request_id
        .unwrap_or_else(|| format!("ws_{}", app.works.mint::<Id>()));
    let payload = message
        .payload
        .map_or_else(|| json!({ "source": "socket" }), Value::Object);
    Posted {
        sender: identity,
        id: None,
        event_type: EventType::OverlayHeartbeat,
        ts: now,
        received_at: now,
        request_id,
        http_request_id: None,
        session_id: None,
        campaign_id: None,
        creative_id: None,
        payload,
        digest: String::new(),
        ip: Some(client(app, socket).to_string()),
        user_agent: user_agent(socket),
    }
}
