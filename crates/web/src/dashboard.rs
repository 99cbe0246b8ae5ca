//! The namespace `/dashboard`: what happens, live, to each only what is theirs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use beta_domain::accounts;
use beta_domain::actor::{Actor, Role, UserActor};
use beta_domain::campaigns;
use beta_domain::id::{CampaignId, ChannelId, OrganizationId};
use beta_domain::signal::{Audience, LiveMessage, Signal};
use beta_domain::streamers;
use beta_kit::db::DbError;
use moka::future::Cache;
use serde::Deserialize;
use serde_json::{Value, json};
use socketioxide::SocketIo;
use socketioxide::extract::{SocketRef, TryData};
use socketioxide::handler::ConnectHandler as _;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::layers;
use crate::layers::client_ip::ClientIp;
use crate::overlay;
use crate::overlay::looks::tell_settings;
use crate::overlay::socket::{TOO_MANY_SOCKETS, client, drop_revoked};
use crate::state::App;

/// The namespace.
pub(crate) const NAMESPACE: &str = "/dashboard";
const ADMINS: &str = "admins";
/// How long it is remembered who may follow a channel or campaign.
const WATCHERS_TTL: Duration = Duration::from_secs(5);
const WATCHERS_MAX: u64 = 10_000;
/// How often logins of open sockets are looked at again.
const LOGIN_CHECK: Duration = Duration::from_secs(30);

/// What a client says when it connects.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Handshake {
    token: Option<String>,
}

/// How many dashboards are open, so that nothing is prepared for nobody.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seats(Arc<AtomicUsize>);

impl Seats {
    fn take(&self) -> Seat {
        self.0.fetch_add(1, Ordering::Relaxed);
        Seat(Arc::new(Taken(self.0.clone())))
    }

    fn are_empty(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }
}

/// Lies in a socket's extensions and is given back with the last of them.
#[derive(Clone, Debug)]
struct Seat(#[expect(dead_code, reason = "is held, not read")] Arc<Taken>);

#[derive(Debug)]
struct Taken(Arc<AtomicUsize>);

impl Drop for Taken {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Opens the namespace.
pub(crate) fn open(io: &SocketIo, app: &App, seats: &Seats) {
    let (gate, hall) = (app.clone(), app.clone());
    let seats = seats.clone();
    let check = move |socket: SocketRef, TryData(handshake): TryData<Handshake>| {
        let app = gate.clone();
        async move { admit(&app, &socket, handshake.unwrap_or_default()).await }
    };
    let enter = move |socket: SocketRef| {
        let app = hall.clone();
        socket.extensions.insert(seats.take());
        async move { connected(&app, &socket).await }
    };
    io.ns(NAMESPACE, enter.with(check));
}

/// Refuses whoever is not signed in, before anything is sent.
async fn admit(app: &App, socket: &SocketRef, handshake: Handshake) -> Result<(), &'static str> {
    let headers = &socket.req_parts().headers;
    let user = match handshake.token {
        Some(token) => layers::authenticate_token(app, &token).await,
        // A browser sends its cookie along from any page: only our own may use it.
        None => layers::authenticate(app, headers, false, true).await,
    };
    let user = user.map_err(|error| {
        if error.problem().status.is_server_error() {
            "unavailable"
        } else {
            "not_signed_in"
        }
    })?;
    let seat = app.limits.socket(ClientIp(client(app, socket)), None);
    socket.extensions.insert(seat.ok_or(TOO_MANY_SOCKETS)?);
    socket.extensions.insert(user);
    Ok(())
}

async fn connected(app: &App, socket: &SocketRef) {
    let Some(user) = socket.extensions.get::<UserActor>() else {
        return;
    };
    socket.join(login_room(&user));
    match rooms(app, &user).await {
        Ok(rooms) => socket.join(rooms),
        Err(error) => {
            tracing::error!(%error, "a dashboard's rooms could not be found");
            let _ = socket.clone().disconnect();
        }
    }
}

async fn rooms(app: &App, user: &UserActor) -> Result<Vec<String>, DbError> {
    Ok(match (user.role, user.organization_id) {
        (Role::Admin, _) => vec![ADMINS.to_owned()],
        (Role::Agency | Role::Brand, Some(id)) => vec![organization_room(id)],
        (Role::Streamer, _) => {
            let mut work = app.works.read(Actor::User(user.clone())).await?;
            let profile = streamers::profile(&mut work).await.ok();
            profile
                .map(|profile| format!("streamer:{}", profile.id))
                .into_iter()
                .collect()
        }
        (Role::Agency | Role::Brand, None) | (Role::Viewer, _) => Vec::new(),
    })
}

fn organization_room(id: OrganizationId) -> String {
    format!("organization:{id}")
}

fn login_room(user: &UserActor) -> String {
    format!("login:{}", user.login_id)
}

/// Carries signals to the sockets until the program stops, then says good-bye to all of them.
pub(crate) async fn carry(io: SocketIo, app: App, seats: Seats, mut signals: Receiver<Signal>) {
    let watchers = Watchers::default();
    let mut check = tokio::time::interval(LOGIN_CHECK);
    loop {
        tokio::select! {
            signal = signals.recv() => match signal {
                Ok(Signal::Live { .. }) if seats.are_empty() => {}
                Ok(signal) => act(&io, &app, &watchers, signal).await,
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "the live feed fell behind and left messages out");
                    recheck(&io, &app).await;
                    for channel_id in app.stage.channels() {
                        tell_settings(&app, channel_id, &|_| true).await;
                    }
                }
                Err(RecvError::Closed) => return,
            },
            _ = check.tick() => recheck(&io, &app).await,
            () = app.lifecycle.stop.cancelled() => {
                overlay::socket::leave_all(&io, &app).await;
                io.close().await;
                return;
            }
        }
    }
}

async fn act(io: &SocketIo, app: &App, watchers: &Watchers, signal: Signal) {
    match signal {
        Signal::KeyRevoked { channel_id } => drop_revoked(app, channel_id).await,
        Signal::OverlayChanged { channel_id } => {
            tell_settings(app, channel_id, &|_| true).await;
        }
        Signal::LoginRevoked { login_id } => {
            if let Some(dashboards) = io.of(NAMESPACE) {
                let _ = dashboards
                    .to(format!("login:{login_id}"))
                    .disconnect()
                    .await;
            }
        }
        Signal::Live { audience, message } => {
            let Some(dashboards) = io.of(NAMESPACE) else {
                return;
            };
            let rooms = watchers.rooms(app, audience).await;
            let (event, payload) = (event_of(&message), payload_of(&message));
            let _ = dashboards.to(rooms).emit(event, &payload).await;
        }
    }
}

/// Looks at what a missed signal may have said: ended logins and revoked keys.
async fn recheck(io: &SocketIo, app: &App) {
    let sockets = io
        .of(NAMESPACE)
        .map(socketioxide::operators::BroadcastOperators::sockets)
        .unwrap_or_default();
    for socket in sockets {
        let Some(user) = socket.extensions.get::<UserActor>() else {
            continue;
        };
        let Ok(mut work) = app.works.read(Actor::System).await else {
            return;
        };
        let now_is = accounts::find_login(&mut work, user.login_id).await;
        if matches!(now_is, Ok(found) if found.as_ref().map(|found| &found.user) != Some(&user)) {
            let _ = socket.disconnect();
        }
    }
    for channel_id in app.stage.channels() {
        drop_revoked(app, channel_id).await;
    }
}

/// Who may follow a campaign or a channel, remembered for a moment.
#[derive(Debug)]
struct Watchers {
    campaigns: Cache<CampaignId, Vec<OrganizationId>>,
    channels: Cache<ChannelId, Vec<OrganizationId>>,
}

impl Default for Watchers {
    fn default() -> Self {
        Self {
            campaigns: Cache::builder()
                .max_capacity(WATCHERS_MAX)
                .time_to_live(WATCHERS_TTL)
                .build(),
            channels: Cache::builder()
                .max_capacity(WATCHERS_MAX)
                .time_to_live(WATCHERS_TTL)
                .build(),
        }
    }
}

impl Watchers {
    async fn rooms(&self, app: &App, audience: Audience) -> Vec<String> {
        let organizations = if let Some(id) = audience.campaign_id {
            self.campaigns.try_get_with(id, of_campaign(app, id)).await
        } else {
            let id = audience.channel_id;
            self.channels.try_get_with(id, of_channel(app, id)).await
        };
        let organizations = organizations.unwrap_or_else(|error| {
            tracing::error!(%error, "the followers of a live message could not be found");
            Vec::new()
        });
        let streamer = format!("streamer:{}", audience.streamer);
        let fixed = [ADMINS.to_owned(), streamer];
        fixed
            .into_iter()
            .chain(organizations.into_iter().map(organization_room))
            .collect()
    }
}

async fn of_campaign(app: &App, id: CampaignId) -> Result<Vec<OrganizationId>, DbError> {
    let mut work = app.works.read(Actor::System).await?;
    campaigns::watchers_of_campaign(work.tx(), id).await
}

async fn of_channel(app: &App, id: ChannelId) -> Result<Vec<OrganizationId>, DbError> {
    let mut work = app.works.read(Actor::System).await?;
    campaigns::watchers_of_channel(work.tx(), id).await
}

/// The event of a message.
pub(crate) const fn event_of(message: &LiveMessage) -> &'static str {
    match message {
        LiveMessage::OverlayStatus { .. } => "overlay_status",
        LiveMessage::OverlayHeartbeat { .. } => "overlay_heartbeat",
        LiveMessage::DeliverySent { .. } => "delivery_sent",
        LiveMessage::DeliveryState { .. } => "delivery_state",
        LiveMessage::AdEvent { .. } => "ad_event",
    }
}

/// What comes with it.
pub(crate) fn payload_of(message: &LiveMessage) -> Value {
    match message {
        LiveMessage::OverlayStatus {
            channel_id,
            connected,
            session_id,
            at,
        } => json!({
            "channelId": channel_id,
            "status": if *connected { "connected" } else { "disconnected" },
            "sessionId": session_id, "at": at,
        }),
        LiveMessage::OverlayHeartbeat {
            channel_id,
            session_id,
            at,
        } => json!({ "channelId": channel_id, "sessionId": session_id, "at": at }),
        LiveMessage::DeliverySent {
            delivery_id,
            channel_id,
            campaign_id,
            creative_id,
            session_id,
            at,
        } => json!({
            "commandId": delivery_id, "channelId": channel_id, "campaignId": campaign_id,
            "creativeId": creative_id, "sessionId": session_id, "sentAt": at,
        }),
        LiveMessage::DeliveryState {
            delivery_id,
            channel_id,
            campaign_id,
            state,
            reason,
            at,
        } => json!({
            "commandId": delivery_id, "channelId": channel_id, "campaignId": campaign_id,
            "state": state, "reason": reason, "at": at,
        }),
        LiveMessage::AdEvent {
            event_type,
            channel_id,
            campaign_id,
            creative_id,
            delivery_id,
            session_id,
            counted,
            reason,
            at,
        } => json!({
            "type": event_type, "channelId": channel_id, "campaignId": campaign_id,
            "creativeId": creative_id, "deliveryId": delivery_id, "sessionId": session_id,
            "verdict": if *counted { "counted" } else { "not_counted" },
            "reason": reason, "at": at,
        }),
    }
}
