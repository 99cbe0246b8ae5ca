//! The namespace `/overlay`: overlays come, are told their session and role, and report that they
//! are alive. Nothing is sent before the key is known to be good.

use std::collections::{HashMap, HashSet};

use axum::http::header;
use beta_domain::actor::Actor;
use beta_domain::events::Presence as _;
use beta_domain::id::{ChannelId, SessionId};
use beta_domain::journal::{self, EventType};
use beta_domain::sessions::{self, Session};
use beta_domain::signal::{Audience, LiveMessage, Signal};
use beta_domain::streamers::{self, OverlayIdentity};
use beta_kit::db::DbError;
use beta_kit::id::Id;
use serde_json::{Value, json};
use socketioxide::SocketIo;
use socketioxide::extract::{Extension, SocketRef, TryData};
use socketioxide::handler::ConnectHandler as _;

use super::heartbeat::{Pulse, heard};
use super::looks::tell_settings;
use super::protocol::names::{HEARTBEAT, KEY_REVOKED, ROLE, SESSION, STATE};
use super::protocol::{Handshake, KeyRevokedMessage, RoleMessage, SessionMessage, StateMessage};
use super::stage::{Instance, Role};
use crate::layers::client_ip::{ClientIp, Peer};
use crate::state::App;

/// The namespace.
pub(crate) const NAMESPACE: &str = "/overlay";

/// Why a socket is refused when its client or key has enough of them open.
pub(crate) const TOO_MANY_SOCKETS: &str = "too_many_sockets";

/// What is known of a connected overlay.
#[derive(Clone, Copy, Debug)]
struct Known {
    identity: OverlayIdentity,
}

/// Opens the namespace.
pub(crate) fn open(io: &SocketIo, app: &App) {
    let (gate, hall) = (app.clone(), app.clone());
    let enter = move |socket: SocketRef, TryData(auth): TryData<Value>| {
        let app = hall.clone();
        // The program waits for this before it closes the database.
        let tasks = app.lifecycle.tasks.clone();
        tasks.track_future(connected(app, socket, Handshake::read(auth.ok().as_ref())))
    };
    let check = move |socket: SocketRef, TryData(auth): TryData<Value>| {
        let app = gate.clone();
        async move { admit(&app, &socket, &Handshake::read(auth.ok().as_ref())).await }
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
    let ip = ClientIp(client(app, socket));
    let seat = app.limits.socket(ip, Some(identity.key_id));
    socket.extensions.insert(seat.ok_or(TOO_MANY_SOCKETS)?);
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
    let channel_id = identity.channel_id;
    let coming = app.stage.coming(channel_id);
    let session = match begin(&app, &socket, identity).await {
        Ok(session) => session,
        Err(error) => {
            tracing::error!(%error, "an overlay's session could not be opened");
            let _ = socket.disconnect();
            return;
        }
    };
    socket
        .extensions
        .insert(Pulse::new(session.id, app.works.now()));
    tell_session(&socket, session.id, channel_id);
    socket.join(channel_id.to_string());
    let instance = Instance {
        socket: socket.clone(),
        key_id: identity.key_id,
        instance_id: handshake.instance_id,
        modern: handshake.is_modern(),
        on_program: None,
    };
    app.stage.enter(channel_id, instance, tell_role(&app));
    drop(coming);
    tell_settings(&app, channel_id, &|instance| {
        instance.socket.id == socket.id
    })
    .await;
    // The key may have been rotated since it was looked up, before anybody could find this socket.
    cut_off_revoked(&app, channel_id).await;
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
        move |socket: SocketRef, TryData(data): TryData<Value>, known: Extension<Known>| {
            let app = hall.clone();
            async move { heard(app, socket, data.unwrap_or_default(), known.0.identity).await }
        },
    );
    let hall = app.clone();
    socket.on(
        STATE,
        move |socket: SocketRef, TryData(state): TryData<StateMessage>, known: Extension<Known>| {
            let app = hall.clone();
            async move {
                // What cannot be read says nothing: what was said before still holds.
                let Ok(StateMessage { active }) = state else {
                    return;
                };
                let channel_id = known.0.identity.channel_id;
                app.stage
                    .set_program(channel_id, socket.id, active, tell_role(&app));
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
    let left = app
        .stage
        .leave(identity.channel_id, socket.id, tell_role(&app));
    if left.is_none() {
        return;
    }
    let session_id = socket
        .extensions
        .get::<Pulse>()
        .map(|pulse| pulse.session());
    if let Err(error) = end(&app, identity, session_id).await {
        tracing::error!(%error, "an overlay's leaving could not be written down");
    }
}

async fn end(
    app: &App,
    identity: OverlayIdentity,
    session_id: Option<SessionId>,
) -> Result<(), DbError> {
    let mut work = app.works.begin(overlay(identity)).await?;
    let channel_id = identity.channel_id;
    // Whoever comes now waits for the session that is held here, and resumes it afterwards.
    sessions::hold(&mut work, vec![channel_id]).await?;
    let is_last = !app.stage.is_connected(channel_id);
    if is_last {
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
    if let Some(session_id) = session_id.filter(|_| is_last) {
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

/// Tells every overlay whose key is no longer valid to go.
pub(crate) async fn drop_revoked(app: &App, channel_id: ChannelId) {
    app.keys.forget(channel_id);
    cut_off_revoked(app, channel_id).await;
}

async fn cut_off_revoked(app: &App, channel_id: ChannelId) {
    let instances = app.stage.instances(channel_id);
    let keys = instances.iter().map(|instance| instance.key_id).collect();
    let live = match streamers::live_keys_of(&app.works, keys).await {
        Ok(live) => live,
        Err(error) => {
            tracing::error!(%error, "keys could not be checked; their overlays are cut off");
            HashSet::new()
        }
    };
    let is_dead = |instance: &Instance| !live.contains(&instance.key_id);
    let dead: Vec<Instance> = instances.into_iter().filter(is_dead).collect();
    if dead.is_empty() {
        return;
    }
    let reason = why_revoked(app, channel_id).await;
    for instance in dead {
        // Whoever is told that the key is gone must not find it remembered.
        app.keys.forget(channel_id);
        let _ = instance
            .socket
            .emit(KEY_REVOKED, &KeyRevokedMessage { reason });
        let _ = instance.socket.disconnect();
    }
}

/// Whether the channel has another key now, or none.
async fn why_revoked(app: &App, channel_id: ChannelId) -> &'static str {
    match streamers::has_key(&app.works, channel_id).await {
        Ok(true) => "key_rotated",
        Ok(false) => "key_revoked",
        Err(error) => {
            tracing::error!(%error, "it is not known why a key is no longer valid");
            "key_revoked"
        }
    }
}

pub(super) fn tell_session(socket: &SocketRef, session_id: SessionId, channel_id: ChannelId) {
    // A socket that can not take it is on its way out and will be told when it is back.
    let _ = socket.emit(
        SESSION,
        &SessionMessage {
            session_id,
            channel_id,
        },
    );
}

/// What tells an instance its role; first clients know none.
fn tell_role(app: &App) -> impl Fn(&Instance, Role) {
    move |instance, role| {
        if !instance.modern {
            return;
        }
        let message = RoleMessage {
            role: role.as_str(),
            instance_id: instance.instance_id,
            server_time: app.works.now(),
        };
        let _ = instance.socket.emit(ROLE, &message);
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

pub(super) fn user_agent(socket: &SocketRef) -> Option<String> {
    let value = socket.req_parts().headers.get(header::USER_AGENT)?;
    value.to_str().ok().map(ToOwned::to_owned)
}
