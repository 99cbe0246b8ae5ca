//! Sessions and overlay instances, from the first connection to the sweep that ends what is left.

use std::time::Duration;

use beta_domain::actor::Actor;
use beta_domain::streamers::Channel;
use beta_domain::upkeep;
use beta_kit::db::{Row, Statement};
use beta_kit::{args, sql};
use beta_testkit::app::{Answer, Person, TestApp};
use beta_testkit::overlay::{self, Manners, Overlay};
use beta_testkit::socketio::{Handshake, Socket, connect};
use beta_testkit::wait::{PATIENCE, until};
use reqwest::Method;
use serde_json::{Value, json};

use crate::played::{Booking, OnAir};

const HEARTBEAT: Duration = Duration::from_secs(25);
const GRACE: Duration = Duration::from_mins(5);
const SECOND: Duration = Duration::from_secs(1);
/// Longer than an active session may be silent.
const SILENT: Duration = Duration::from_secs(351);

sql!(
    SESSIONS,
    "select id, status, last_heartbeat_at, ended_at from stream_sessions \
     where channel_id = $1 order by started_at"
);

sql!(
    EVENTS,
    "select type, request_id, payload, ip, user_agent from events \
     where channel_id = $1 order by seq"
);

sql!(
    HEARTBEATS,
    "select request_id, payload from heartbeats where channel_id = $1 order by seq"
);

/// A channel whose overlay is not there yet.
struct Place {
    app: TestApp,
    kim: Person,
    channel: Channel,
    key: String,
}

async fn place() -> Place {
    let app = TestApp::new().await;
    let kim = app.streamer("kim").await;
    let channel = app.channel(&kim, "kim").await;
    let key = app.overlay_key(&kim, channel.id).await;
    Place {
        app,
        kim,
        channel,
        key,
    }
}

impl Place {
    fn handshake(&self) -> Handshake {
        Handshake::new(&self.app.url(""), "/overlay").auth(json!({ "key": self.key }))
    }

    /// A new socket, and its session.
    async fn enter(&self) -> (Socket, String) {
        let mut socket = connect(&self.handshake()).await.unwrap();
        let session = socket.next_named("session").await.unwrap();
        assert_eq!(session.data()["channelId"], json!(self.channel.id));
        let session = session.data()["sessionId"].as_str().unwrap().to_owned();
        (socket, session)
    }

    /// An overlay of the second protocol.
    async fn overlay(&self) -> Overlay {
        let clock = self.app.clock.clone();
        let manners = Manners::default();
        Overlay::connect(&self.app.url(""), &self.key, clock, manners)
            .await
            .unwrap()
    }

    async fn post(&self, kind: &str) -> Answer {
        let body = json!({"type": kind, "ts": self.app.works.now(), "request_id": "req-123456"});
        let overlay = self.app.nobody();
        let request = overlay.request(Method::POST, "/events/ingest").json(&body);
        overlay
            .send(request.header("x-overlay-key", &self.key))
            .await
    }

    async fn rows(&self, statement: &'static Statement) -> Vec<Row> {
        let mut work = self.app.works.read(Actor::System).await.unwrap();
        let rows = work.tx().rows(statement, args![self.channel.id]).await;
        rows.unwrap()
    }

    /// The states of the channel's sessions, oldest first.
    async fn states(&self) -> Vec<String> {
        texts(&self.rows(&SESSIONS).await, "status")
    }

    /// Waits until the channel's sessions are in these states.
    async fn has_states(&self, wanted: &[&str]) {
        let came = until(PATIENCE, async || {
            (self.states().await == wanted).then_some(())
        });
        let came = came.await.is_some();
        assert!(came, "{:?} did not become {wanted:?}", self.states().await);
    }

    /// Waits until that many heartbeats are stored.
    async fn has_heartbeats(&self, count: usize) -> Vec<Row> {
        let came = until(PATIENCE, async || {
            let rows = self.rows(&HEARTBEATS).await;
            (rows.len() >= count).then_some(rows)
        });
        let rows = came.await.expect("they are stored in time");
        assert_eq!(rows.len(), count);
        rows
    }
}

fn texts(rows: &[Row], name: &str) -> Vec<String> {
    rows.iter().map(|row| row.get(name).unwrap()).collect()
}

#[tokio::test]
async fn a_session_goes_on_when_its_overlay_is_back_within_the_grace() {
    let place = place().await;
    let (socket, first) = place.enter().await;
    assert_eq!(place.states().await, ["active"]);

    socket.disconnect();
    place.has_states(&["disconnected"]).await;
    place.app.clock.advance(GRACE);
    let (socket, second) = place.enter().await;
    assert_eq!(second, first);
    assert_eq!(place.states().await, ["active"]);

    socket.disconnect();
    place.has_states(&["disconnected"]).await;
    place.app.clock.advance(GRACE + SECOND);
    let (_socket, third) = place.enter().await;
    assert_ne!(third, first);
    assert_eq!(place.states().await, ["ended", "active"]);

    let sessions = place.rows(&SESSIONS).await;
    let time = |name: &str| sessions[0].get::<beta_kit::time::Timestamp>(name).unwrap();
    assert_eq!(time("ended_at"), time("last_heartbeat_at"));
    let events = place.rows(&EVENTS).await;
    let told: Vec<(String, Value)> = events
        .iter()
        .map(|row| (row.get("type").unwrap(), row.get("payload").unwrap()))
        .collect();
    let reason = |reason: &str| json!({ "reason": reason });
    let source = |source: &str| json!({ "source": source });
    let expected = [
        (
            "session_started",
            reason("auto_started_on_overlay_connection"),
        ),
        ("overlay_connected", source("socket_connection")),
        ("overlay_disconnected", source("socket_disconnect")),
        ("overlay_connected", source("socket_connection")),
        ("overlay_disconnected", source("socket_disconnect")),
        ("session_ended", reason("disconnect_grace_elapsed")),
        ("session_started", reason("new_session_after_disconnect")),
        ("overlay_connected", source("socket_connection")),
    ];
    assert_eq!(
        told,
        expected.map(|(kind, payload)| (kind.to_owned(), payload))
    );
}

#[tokio::test]
async fn what_the_server_knows_of_a_socket_is_kept_with_its_coming() {
    let place = place().await;
    let handshake = place.handshake().header("user-agent", "OBS/30.1");
    let mut socket = connect(&handshake).await.unwrap();
    socket.next_named("session").await.unwrap();

    let events = place.rows(&EVENTS).await;
    let text = |name: &str| events[1].get::<Option<String>>(name).unwrap().unwrap();
    assert_eq!(text("type"), "overlay_connected");
    assert_eq!(text("ip"), "127.0.0.1");
    assert_eq!(text("user_agent"), "OBS/30.1");
    assert!(text("request_id").starts_with("ws_"));
}

#[tokio::test]
async fn a_session_is_disconnected_when_the_last_of_its_overlays_leaves() {
    let place = place().await;
    let (first, session) = place.enter().await;
    let (second, same) = place.enter().await;
    assert_eq!(same, session);

    first.disconnect();
    let gone = until(PATIENCE, async || {
        let kinds = texts(&place.rows(&EVENTS).await, "type");
        kinds
            .contains(&"overlay_disconnected".to_owned())
            .then_some(())
    });
    gone.await.expect("its leaving is written down");
    assert_eq!(place.states().await, ["active"]);

    second.disconnect();
    place.has_states(&["disconnected"]).await;
}

#[tokio::test]
async fn an_overlay_that_comes_while_another_leaves_finds_its_session_active() {
    let place = place().await;
    let (mut socket, session) = place.enter().await;
    for _ in 0..25 {
        socket.disconnect();
        let (next, same) = place.enter().await;
        assert_eq!(same, session);
        socket = next;
    }
    // Every leaving is written down before the session is looked at.
    let gone = until(PATIENCE, async || {
        let kinds = texts(&place.rows(&EVENTS).await, "type");
        let left = kinds.iter().filter(|kind| *kind == "overlay_disconnected");
        (left.count() == 25).then_some(())
    });
    gone.await.expect("all leavings are written down");
    assert_eq!(place.states().await, ["active"]);
}

#[tokio::test]
async fn a_late_goodbye_over_http_ends_nothing_while_an_overlay_is_there() {
    let place = place().await;
    let (socket, session) = place.enter().await;
    let answer = place.post("overlay_disconnected").await.expect(201);
    assert_eq!(answer["sessionId"], session);
    assert_eq!(place.states().await, ["active"]);

    socket.disconnect();
    place.has_states(&["disconnected"]).await;
    place.post("overlay_heartbeat").await.expect(201);
    assert_eq!(place.states().await, ["active"]);
    place.post("overlay_disconnected").await.expect(201);
    assert_eq!(place.states().await, ["disconnected"]);
}

#[tokio::test]
async fn a_goodbye_does_not_bring_an_ended_session_back() {
    let place = place().await;
    place.post("overlay_connected").await.expect(201);
    place.app.clock.advance(SILENT);
    let round = upkeep::run_once(&place.app.works).await.unwrap();
    assert_eq!(round.sessions_ended, 1);
    place.post("overlay_disconnected").await.expect(201);
    assert_eq!(place.states().await, ["ended"]);
}

#[tokio::test]
async fn the_primary_is_on_program_or_was_there_first() {
    let place = place().await;
    let mut first = place.overlay().await;
    first.has_role("primary").await.unwrap();
    let mut second = place.overlay().await;
    second.has_role("standby").await.unwrap();

    first.report_state(false, false, true);
    second.has_role("primary").await.unwrap();
    first.has_role("standby").await.unwrap();

    first.report_state(true, true, true);
    first.has_role("primary").await.unwrap();
    second.has_role("standby").await.unwrap();

    let mut third = place.overlay().await;
    third.has_role("standby").await.unwrap();
    first.disconnect();
    second.has_role("primary").await.unwrap();
    second.disconnect();
    third.has_role("primary").await.unwrap();
}

#[tokio::test]
async fn a_state_that_can_not_be_read_changes_nothing() {
    let place = place().await;
    let auth = json!({"key": place.key, "protocol": 2});
    let handshake = Handshake::new(&place.app.url(""), "/overlay").auth(auth);
    let mut first = connect(&handshake).await.unwrap();
    first.next_named("overlay:role").await.unwrap();
    let mut second = place.overlay().await;
    second.has_role("standby").await.unwrap();
    first.emit("overlay:state", json!({"active": false}));
    second.has_role("primary").await.unwrap();

    // Were it taken for "unknown", the first would be primary again.
    first.emit("overlay:state", json!({"active": "yes"}));
    first.emit("overlay:state", json!(7));
    first.emit("overlay:state", Value::Null);
    second.report_state(false, false, true);
    let role = loop {
        let role = first.next_named("overlay:role").await.unwrap();
        if role.data()["role"] == "primary" {
            break role;
        }
    };
    assert_eq!(role.data()["serverTime"], json!(place.app.works.now()));
}

#[tokio::test]
async fn a_handshake_with_nonsense_beside_a_good_key_is_a_plain_client() {
    let place = place().await;
    for nonsense in [
        json!({"instanceId": "7"}),
        json!({"instanceId": 7, "protocol": "2"}),
        json!({"protocol": -1}),
    ] {
        let mut auth = nonsense;
        auth["key"] = json!(place.key);
        let handshake = Handshake::new(&place.app.url(""), "/overlay").auth(auth);
        let mut socket = connect(&handshake).await.unwrap();
        socket.next_named("session").await.unwrap();
    }
}

#[tokio::test]
async fn a_heartbeat_that_is_none_is_an_exception() {
    let place = place().await;
    let (mut socket, _) = place.enter().await;
    place.app.clock.advance(HEARTBEAT);
    let text = |bytes: usize| json!({"payload": {"a": "x".repeat(bytes - 8)}});
    for (data, repeated) in [
        (Value::Null, Value::Null),
        (json!("alive"), json!("alive")),
        (json!({"requestId": 7}), json!({"requestId": 7})),
        (json!({"requestId": ""}), json!({"requestId": ""})),
        (json!({"payload": []}), json!({"payload": []})),
        (
            json!({"payload": {"a": "\u{0}"}}),
            json!({"payload": {"a": "\u{0}"}}),
        ),
        // Too much to keep is too much to repeat.
        (text(16_385), Value::Null),
        (text(900_000), Value::Null),
    ] {
        socket.emit("overlay:heartbeat", data);
        let exception = socket.next_named("exception").await.unwrap();
        let expected = json!({
            "status": "error",
            "message": "Internal server error",
            "cause": {"pattern": "overlay:heartbeat", "data": repeated},
        });
        assert_eq!(exception.data(), &expected);
    }
    assert!(place.rows(&HEARTBEATS).await.is_empty());
    socket.emit("overlay:heartbeat", text(16_384));
    place.has_heartbeats(1).await;
}

#[tokio::test]
async fn heartbeats_keep_a_session_and_a_flood_of_them_is_one() {
    let place = place().await;
    let (mut socket, session) = place.enter().await;
    for _ in 0..20 {
        place.app.clock.advance(HEARTBEAT);
        let stored = place.rows(&HEARTBEATS).await.len();
        for number in 0..50 {
            let id = format!("heartbeat {number}");
            socket.emit(
                "overlay:heartbeat",
                json!({"requestId": id, "payload": {"n": 1}}),
            );
        }
        place.has_heartbeats(stored + 1).await;
        upkeep::run_once(&place.app.works).await.unwrap();
    }
    // What came after the flood is answered, so the flood is over.
    socket.emit("overlay:heartbeat", json!(0));
    socket.next_named("exception").await.unwrap();
    let beats = place.has_heartbeats(20).await;
    assert!(texts(&beats, "request_id")[0].starts_with("heartbeat "));
    assert_eq!(beats[0].get::<Value>("payload").unwrap(), json!({"n": 1}));
    assert_eq!(place.states().await, ["active"]);

    place.app.clock.advance(HEARTBEAT);
    socket.emit("overlay:heartbeat", json!({}));
    let beats = place.has_heartbeats(21).await;
    assert!(texts(&beats, "request_id")[20].starts_with("ws_"));
    assert_eq!(
        beats[20].get::<Value>("payload").unwrap(),
        json!({"source": "socket"})
    );
    assert_eq!(place.enter().await.1, session);
}

#[tokio::test]
async fn an_overlay_that_was_silent_for_too_long_is_told_its_new_session() {
    let place = place().await;
    let (mut socket, session) = place.enter().await;
    place.app.clock.advance(SILENT);
    let round = upkeep::run_once(&place.app.works).await.unwrap();
    assert_eq!(round.sessions_ended, 1);
    assert_eq!(place.states().await, ["ended"]);

    socket.emit("overlay:heartbeat", json!({}));
    let next = socket.next_named("session").await.unwrap();
    assert_ne!(next.data()["sessionId"], json!(session));
    assert_eq!(place.states().await, ["ended", "active"]);
}

#[tokio::test]
async fn a_revoked_key_ends_its_sockets_and_the_new_one_resumes_the_session() {
    let mut place = place().await;
    let (mut socket, session) = place.enter().await;
    place.key = place.app.overlay_key(&place.kim, place.channel.id).await;
    let revoked = socket.next_named("key_revoked").await.unwrap();
    assert_eq!(revoked.data(), &json!({"reason": "key_rotated"}));
    assert_eq!(socket.ended().await.unwrap(), "io server disconnect");
    place.has_states(&["disconnected"]).await;
    // Held to the end: a socket that is dropped is an overlay that left.
    let (_socket, resumed) = place.enter().await;
    assert_eq!(resumed, session);
    assert_eq!(place.states().await, ["active"]);
}

async fn enter(booking: &Booking, channel: &OnAir, manners: Manners) -> Overlay {
    let clock = booking.app.clock.clone();
    Overlay::connect(&booking.app.url(""), &channel.key, clock, manners)
        .await
        .unwrap()
}

async fn trigger(booking: &Booking, channel: &OnAir) -> Answer {
    let body = json!({"channelId": channel.id});
    booking.agency.post("/deliveries/trigger", &body).await
}

#[tokio::test]
async fn a_command_goes_to_the_primary_alone() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({"cpmRate": 15})).await;
    let mut first = enter(&booking, &kim, Manners::default()).await;
    let mut second = enter(&booking, &kim, Manners::default()).await;
    second.has_role("standby").await.unwrap();
    second.report_state(true, true, true);
    second.has_role("primary").await.unwrap();
    first.has_role("standby").await.unwrap();

    trigger(&booking, &kim).await.expect(201);
    let command = second.next_command().await.unwrap();
    assert!(first.waiting_command().is_none());
    for (overlay, reason) in [(&first, "standby_instance"), (&second, "")] {
        let posted = overlay.post("ad_rendered", &command).await.unwrap();
        assert_eq!(posted.reason(), reason);
    }
}

#[tokio::test]
async fn a_primary_that_is_busy_is_stood_in_for_by_one_standby() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({"cpmRate": 15})).await;
    let busy = Manners {
        answer: overlay::Answer::No("busy"),
        ..Manners::default()
    };
    let mut overlays = Vec::new();
    for _ in 0..3 {
        overlays.push(enter(&booking, &kim, busy).await);
    }
    overlays[0].has_role("primary").await.unwrap();
    overlays[2].has_role("standby").await.unwrap();
    let refused = trigger(&booking, &kim).await;
    assert_eq!(refused.problem(400), "overlay_not_responding");
    let asked: Vec<bool> = overlays
        .iter_mut()
        .map(|overlay| overlay.waiting_command().is_some())
        .collect();
    assert_eq!(asked, [true, true, false]);
}

#[tokio::test]
async fn a_lease_that_nobody_reports_expires_and_gives_its_place_back() {
    let booking = Booking::with(json!({}), json!({"capPerSession": 1})).await;
    let kim = booking.channel("kim", json!({"cpmRate": 15})).await;
    let silent = Manners {
        answer: overlay::Answer::Silence,
        legacy: true,
        ..Manners::default()
    };
    let mut overlay = enter(&booking, &kim, silent).await;
    trigger_when_there(&booking, &kim).await;
    let command = overlay.next_command().await.unwrap();
    let refused = trigger(&booking, &kim).await;
    assert_eq!(refused.problem(400), "channel_busy");

    booking.app.clock.advance(Duration::from_mins(1));
    let refused = trigger(&booking, &kim).await;
    assert_eq!(refused.problem(400), "session_cap_reached");
    booking.app.clock.advance(Duration::from_mins(1));
    let round = upkeep::run_once(&booking.app.works).await.unwrap();
    assert_eq!((round.leases_expired, round.sessions_ended), (1, 0));
    let late = overlay.post("ad_rendered", &command).await.unwrap();
    assert_eq!(late.reason(), "lease_expired");
    trigger(&booking, &kim).await.expect(201);
}

#[tokio::test]
async fn a_channel_that_was_silent_for_too_long_is_not_on_air() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({"cpmRate": 15})).await;
    let mut overlay = enter(&booking, &kim, Manners::default()).await;
    overlay.has_role("primary").await.unwrap();
    booking.app.clock.advance(SILENT);
    let refused = trigger(&booking, &kim).await;
    assert_eq!(refused.problem(400), "no_active_session");
}

/// Triggers as soon as an overlay that is told no role has entered.
async fn trigger_when_there(booking: &Booking, channel: &OnAir) {
    let sent = until(PATIENCE, async || {
        let answer = trigger(booking, channel).await;
        (answer.status == 201).then_some(())
    });
    sent.await.expect("the overlay enters in time");
}
