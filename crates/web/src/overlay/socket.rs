//! The namespace `/overlay`: overlays come, are told their session and role, and report that they
//! are alive. Nothing is sent before the key is known to be good.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header;
use beta_domain::actor::Actor;
use beta_domain::events::Posted;
use beta_domain::id::{ChannelId, SessionId};
use beta_domain::journal::{self, EventType};
use beta_domain::sessions::{self, Session};
use beta_domain::signal::{Audience, LiveMessage, Signal};
use beta_domain::streamers::OverlayIdentity;
use beta_kit::db::DbError;
use beta_kit::id::Id;
use beta_kit::time::Timestamp;
use serde_json::json;
use socketioxide::SocketIo;
use socketioxide::extract::{Data, Extension, SocketRef, TryData};
use socketioxide::handler::ConnectHandler as _;

use super::protocol::{
    ExceptionCause, ExceptionMessage, Handshake, HeartbeatMessage, KeyRevokedMessage, RoleMessage,
    SessionMessage, StateMessage,
};
use super::stage::{Instance, RoleChange};
use crate::layers::client_ip::{ClientIp, Peer};
use crate::state::App;

/// The namespace.
pub(crate) const NAMESPACE: &str = "/overlay";
const HEARTBEAT: &str = "overlay:heartbeat";
/// The largest heartbeat payload, as of every event.
const PAYLOAD_BYTES_MAX: usize = beta_domain::events::limits::PAYLOAD_BYTES_MAX;
/// A socket's heartbeats closer together than this are one.
const HEARTBEAT_GAP: Duration = sessions::limits::TOUCH_INTERVAL;

/// What is known of a connected overlay.
#[derive(Clone, Copy, Debug)]
struct Known {
    identity: OverlayIdentity,
}

/// What a heartbeat changes.
#[derive(Clone, Debug)]
struct Pulse(Arc<std::sync::Mutex<(SessionId, Timestamp)>>);

/// Opens the namespace.
pub(crate) fn open(io: &SocketIo, app: &App) {
    let (gate, hall) = (app.clone(), app.clone());
    let enter = move |socket: SocketRef, TryData(handshake): TryData<Handshake>| {
        let app = hall.clone();
        async move { connected(app, socket, handshake.unwrap_or_default()).await }
    };
    let check = move |socket: SocketRef, TryData(handshake): TryData<Handshake>| {
        let app = gate.clone();
        async move { admit(&app, &socket, &handshake.unwrap_or_default()).await }
    };
    io.ns(NAMESPACE, enter.with(check));
}

/// Refuses whoever has no valid key, before anything is sent.
async fn admit(app: &App, socket: &SocketRef, handshake: &Handshake) -> Result<(), &'static str> {
    const INVALID: &str = "invalid_overlay_key";
    let key = handshake
        .key
        .clone()
        .or_else(|| query_key(socket))
        .ok_or(INVALID)?;
    let found = app.keys.find(&app.works, &key).await;
    let identity = found.map_err(|error| {
        tracing::error!(%error, "an overlay key could not be looked up");
        "unavailable"
    })?;
    let identity = identity.ok_or(INVALID)?;
    socket.extensions.insert(Known { identity });
    Ok(())
}

/// The key in the handshake's query, as first clients send it.
fn query_key(socket: &SocketRef) -> Option<String> {
    let query = socket.req_parts().uri.query()?;
    let pairs: HashMap<String, String> = serde_urlencoded::from_str(query).ok()?;
    pairs.get("key").cloned()
}

async fn connected(app: App, socket: SocketRef, handshake: Handshake) {
    let Some(Known { identity }) = socket.extensions.get::<Known>() else {
        let _ = socket.disconnect();
        return;
    };
    listen(&app, &socket);
    let session = match begin(&app, &socket, identity).await {
        Ok(session) => session,
        Err(error) => {
            tracing::error!(%error, "an overlay's session could not be opened");
            let _ = socket.disconnect();
            return;
        }
    };
    let pulse = (session.id, app.works.now());
    socket
        .extensions
        .insert(Pulse(Arc::new(std::sync::Mutex::new(pulse))));
    tell_session(&socket, session.id, identity.channel_id);
    socket.join(identity.channel_id.to_string());
    let instance = Instance {
        socket: socket.clone(),
        key_id: identity.key_id,
        instance_id: handshake.instance_id,
        modern: handshake.is_modern(),
        on_program: None,
    };
    tell_roles(&app, app.stage.enter(identity.channel_id, instance));
    // The key may have been rotated since it was looked up, before anybody could find this socket.
    cut_off_revoked(&app, identity.channel_id).await;
    if !socket.connected() {
        // It left while its session was being opened: its goodbye found nobody to remove.
        left(app, socket, identity).await;
    }
}

fn listen(app: &App, socket: &SocketRef) {
    let hall = app.clone();
    socket.on_disconnect(
        move |socket: SocketRef, Extension(known): Extension<Known>| {
            let app = hall.clone();
            // The program waits for this before it closes the database.
            let tasks = app.lifecycle.tasks.clone();
            tasks.track_future(left(app, socket, known.identity))
        },
    );
    let hall = app.clone();
    socket.on(
        HEARTBEAT,
        move |socket: SocketRef, Data(data): Data<serde_json::Value>, known: Extension<Known>| {
            let app = hall.clone();
            async move { heartbeat(app, socket, data, known.0.identity).await }
        },
    );
    let hall = app.clone();
    socket.on(
        "overlay:state",
        move |socket: SocketRef, TryData(state): TryData<StateMessage>, known: Extension<Known>| {
            let app = hall.clone();
            async move {
                let on_program = state.unwrap_or_default().active;
                let channel_id = known.0.identity.channel_id;
                tell_roles(
                    &app,
                    app.stage.set_program(channel_id, socket.id, on_program),
                );
            }
        },
    );
}

/// Opens or resumes the channel's session and writes down that an overlay came.
async fn begin(
    app: &App,
    socket: &SocketRef,
    identity: OverlayIdentity,
) -> Result<Session, DbError> {
    let mut work = app.works.begin(overlay(identity)).await?;
    let channel_id = identity.channel_id;
    let session = sessions::resolve(&mut work, channel_id, identity.streamer_profile_id).await?;
    let payload = json!({ "source": "socket_connection" });
    let request_id = format!("ws_{}", work.mint::<Id>());
    let mut event = journal::made_by_server(
        &work,
        EventType::OverlayConnected,
        session.links(),
        payload,
        request_id,
    );
    event.ip = Some(client(app, socket).to_string());
    event.user_agent = user_agent(socket);
    journal::append(&mut work, vec![event]).await?;
    let at = work.now;
    let message = LiveMessage::OverlayStatus {
        channel_id,
        connected: true,
        session_id: session.id,
        at,
    };
    work.after_commit(Signal::Live {
        audience: audience(identity),
        message,
    });
    work.commit().await?;
    Ok(session)
}

/// Writes down that every overlay leaves, for a server that stops: its own end closes the
/// connections without a word, so that clients come back by themselves.
pub(crate) async fn leave_all(io: &SocketIo, app: &App) {
    let Some(hall) = io.of(NAMESPACE) else { return };
    for socket in hall.sockets() {
        if let Some(known) = socket.extensions.get::<Known>() {
            left(app.clone(), socket, known.identity).await;
        }
    }
}

/// The overlay left: when it was the last of its channel, the session waits for it.
async fn left(app: App, socket: SocketRef, identity: OverlayIdentity) {
    let Some((last, changes)) = app.stage.leave(identity.channel_id, socket.id) else {
        return;
    };
    tell_roles(&app, changes);
    let session_id = socket.extensions.get::<Pulse>().map(|pulse| pulse.lock().0);
    if let Err(error) = end(&app, identity, session_id, last).await {
        tracing::error!(%error, "an overlay's leaving could not be written down");
    }
}

async fn end(
    app: &App,
    identity: OverlayIdentity,
    session_id: Option<SessionId>,
    last: bool,
) -> Result<(), DbError> {
    let mut work = app.works.begin(overlay(identity)).await?;
    let channel_id = identity.channel_id;
    if last {
        sessions::disconnect(&mut work, channel_id).await?;
    }
    let payload = json!({ "source": "socket_disconnect" });
    let request_id = format!("ws_{}", work.mint::<Id>());
    let links = journal::Links {
        streamer_id: Some(identity.streamer_profile_id),
        channel_id: Some(channel_id),
        session_id,
        ..journal::Links::default()
    };
    let event = journal::made_by_server(
        &work,
        EventType::OverlayDisconnected,
        links,
        payload,
        request_id,
    );
    journal::append(&mut work, vec![event]).await?;
    if let Some(session_id) = session_id {
        let at = work.now;
        let message = LiveMessage::OverlayStatus {
            channel_id,
            connected: false,
            session_id,
            at,
        };
        work.after_commit(Signal::Live {
            audience: audience(identity),
            message,
        });
    }
    work.commit().await
}

async fn heartbeat(
    app: App,
    socket: SocketRef,
    data: serde_json::Value,
    identity: OverlayIdentity,
) {
    let Some(pulse) = socket.extensions.get::<Pulse>() else {
        return;
    };
    let Some(message) = parse_heartbeat(&data) else {
        let cause = ExceptionCause {
            pattern: HEARTBEAT,
            data,
        };
        let message = ExceptionMessage {
            status: "error",
            message: "the heartbeat is not valid",
            cause,
        };
        let _ = socket.emit("exception", &message);
        return;
    };
    let now = app.works.now();
    {
        let mut last = pulse.lock();
        if last.1.plus(HEARTBEAT_GAP) > now {
            return;
        }
        last.1 = now;
    }
    let posted = posted_heartbeat(&app, &socket, identity, message, now);
    // Under load a heartbeat is the first thing to be left out: the next one says the same.
    let Ok(outcomes) = app.ingest.post(vec![posted]).await else {
        return;
    };
    let session_id = outcomes.into_iter().find_map(|one| one.ok()?.session_id);
    let Some(session_id) = session_id else { return };
    let former = std::mem::replace(&mut pulse.lock().0, session_id);
    if former != session_id {
        tell_session(&socket, session_id, identity.channel_id);
    }
}

fn parse_heartbeat(data: &serde_json::Value) -> Option<HeartbeatMessage> {
    if !data.is_object() || data.to_string().len() > PAYLOAD_BYTES_MAX {
        return None;
    }
    let message: HeartbeatMessage = serde_json::from_value(data.clone()).ok()?;
    let has_nul = data.to_string().contains("\\u0000");
    let fits = message
        .request_id
        .as_ref()
        .is_none_or(|id| (1..=128).contains(&id.len()));
    (fits && !has_nul).then_some(message)
}

fn posted_heartbeat(
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
        .map_or_else(|| json!({ "source": "socket" }), serde_json::Value::Object);
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

/// Tells every overlay whose key is no longer valid to go.
pub(crate) async fn drop_revoked(app: &App, channel_id: ChannelId) {
    app.keys.forget(channel_id);
    cut_off_revoked(app, channel_id).await;
}

async fn cut_off_revoked(app: &App, channel_id: ChannelId) {
    let instances = app.stage.instances(channel_id);
    let keys = instances.iter().map(|instance| instance.key_id).collect();
    let live = match beta_domain::streamers::live_keys_of(&app.works, keys).await {
        Ok(live) => live,
        Err(error) => {
            tracing::error!(%error, "keys could not be checked; their overlays are cut off");
            std::collections::HashSet::new()
        }
    };
    for instance in instances
        .into_iter()
        .filter(|instance| !live.contains(&instance.key_id))
    {
        let _ = instance.socket.emit(
            "key_revoked",
            &KeyRevokedMessage {
                reason: "key_rotated",
            },
        );
        let _ = instance.socket.disconnect();
    }
}

fn tell_session(socket: &SocketRef, session_id: SessionId, channel_id: ChannelId) {
    // A socket that can not take it is on its way out and will be told when it is back.
    let _ = socket.emit(
        "session",
        &SessionMessage {
            session_id,
            channel_id,
        },
    );
}

fn tell_roles(app: &App, changes: Vec<RoleChange>) {
    for RoleChange { instance, primary } in changes {
        if instance.modern {
            let message = RoleMessage {
                role: if primary { "primary" } else { "standby" },
                instance_id: instance.instance_id,
                server_time: app.works.now(),
            };
            let _ = instance.socket.emit("overlay:role", &message);
        }
    }
}

impl Pulse {
    fn lock(&self) -> std::sync::MutexGuard<'_, (SessionId, Timestamp)> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

const fn overlay(identity: OverlayIdentity) -> Actor {
    Actor::Overlay {
        channel_id: identity.channel_id,
        streamer_profile_id: identity.streamer_profile_id,
    }
}

const fn audience(identity: OverlayIdentity) -> Audience {
    Audience {
        streamer: identity.streamer_profile_id,
        channel_id: identity.channel_id,
        campaign_id: None,
    }
}

/// Where a socket comes from, as for every request.
pub(crate) fn client(app: &App, socket: &SocketRef) -> std::net::IpAddr {
    let parts = socket.req_parts();
    let unknown = std::net::IpAddr::from([0, 0, 0, 0]);
    let peer = parts
        .extensions
        .get::<Peer>()
        .map_or(unknown, |peer| peer.0.ip());
    let ClientIp(ip) = app.settings.trusted_proxies.client(peer, &parts.headers);
    ip
}

fn user_agent(socket: &SocketRef) -> Option<String> {
    let value = socket.req_parts().headers.get(header::USER_AGENT)?;
    value.to_str().ok().map(ToOwned::to_owned)
}
