//! The two Socket.IO namespaces, as our client and the official one see them.

use std::time::Duration;

use beta_testkit::app::{self, Person, TestApp};
use beta_testkit::http;
use beta_testkit::overlay::{Answer, Manners, Overlay};
use beta_testkit::socketio::{Handshake, NoEvent, Puppet, Refused, Socket, connect};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::played::{Booking, OnAir};

/// Long enough for anything the server would say unasked.
const A_MOMENT: Duration = Duration::from_millis(300);

const SOON: Duration = Duration::from_secs(5);

const HEARTBEAT: Duration = Duration::from_secs(25);

const INSTANCE: &str = "0198c0de-0000-7000-8000-000000000001";

/// Who connects: our own client, or the official one with these transports.
struct Client {
    official: Option<Puppet>,
    transports: &'static [&'static str],
}

impl Client {
    fn all() -> [Self; 3] {
        let official = |transports| Self {
            official: Some(Puppet::start().unwrap()),
            transports,
        };
        let ours = Self {
            official: None,
            transports: &[],
        };
        [
            ours,
            official(&["websocket"]),
            official(&["polling", "websocket"]),
        ]
    }

    async fn connect(&self, handshake: Handshake) -> Result<Socket, Refused> {
        match &self.official {
            None => connect(&handshake).await,
            Some(puppet) => puppet.connect(&handshake.transports(self.transports)).await,
        }
    }
}

fn overlay(app: &TestApp, auth: Value) -> Handshake {
    Handshake::new(&app.url(""), "/overlay").auth(auth)
}

fn dashboard(app: &TestApp, token: &str) -> Handshake {
    Handshake::new(&app.url(""), "/dashboard").auth(json!({"token": token}))
}

fn token(person: &Person) -> &str {
    person.token.as_deref().expect("is signed in")
}

/// A campaign on a channel whose overlay is not there yet.
async fn booked() -> (Booking, OnAir) {
    let booking = Booking::new().await;
    let channel = booking.channel("kim", json!({"cpmRate": 15})).await;
    (booking, channel)
}

/// A new key for the channel.
async fn rotate(channel: &OnAir) -> String {
    let answer = channel
        .owner
        .post("/overlay/rotate-key", &json!({"channelId": channel.id}))
        .await;
    answer.expect(201)["overlayKey"]
        .as_str()
        .expect("a key")
        .to_owned()
}

#[tokio::test]
async fn a_bad_key_is_refused_before_anything_is_emitted() {
    let (booking, _) = booked().await;
    let app = &booking.app;
    let mut feed = connect(&dashboard(app, token(&booking.agency)))
        .await
        .unwrap();

    for client in Client::all() {
        for auth in [
            json!({}),
            json!({"key": ""}),
            json!({"key": 7}),
            json!({"key": "nonsense"}),
        ] {
            let refused = client
                .connect(overlay(app, auth.clone()))
                .await
                .unwrap_err();
            assert_eq!(refused.message(), Some("invalid_overlay_key"), "{auth}");
        }
    }

    assert_eq!(
        feed.next_event(A_MOMENT).await.unwrap_err(),
        NoEvent::Silence
    );
}

#[tokio::test]
async fn an_overlay_hears_its_session_first() {
    let (booking, channel) = booked().await;
    let app = &booking.app;
    for client in Client::all() {
        let by_auth = overlay(app, json!({"key": channel.key}));
        let by_query = Handshake::new(&app.url(""), "/overlay").query("key", &channel.key);
        for handshake in [by_auth, by_query] {
            let mut socket = client.connect(handshake).await.unwrap();
            let first = socket.next_event(SOON).await.unwrap();
            assert_eq!(first.name, "session");
            assert_eq!(first.data()["channelId"], channel.id.as_str());
            assert!(first.data()["sessionId"].is_string());
            // A client of the first contract hears nothing it does not know.
            assert_eq!(
                socket.next_event(A_MOMENT).await.unwrap_err(),
                NoEvent::Silence
            );
            socket.disconnect();
        }

        let auth = json!({"key": channel.key, "instanceId": INSTANCE, "protocol": 2});
        let mut socket = client.connect(overlay(app, auth)).await.unwrap();
        assert_eq!(socket.next_event(SOON).await.unwrap().name, "session");
        let role = socket.next_event(SOON).await.unwrap();
        assert_eq!(role.name, "overlay:role");
        assert_eq!(role.data()["instanceId"], INSTANCE);
        assert_eq!(role.data()["role"], "primary");
        socket.disconnect();
        socket.ended().await.unwrap();
    }
}

#[tokio::test]
async fn a_trigger_reaches_the_overlay_and_is_acknowledged() {
    let (booking, channel) = booked().await;
    for client in Client::all() {
        let auth = json!({"key": channel.key, "instanceId": INSTANCE, "protocol": 2});
        let mut socket = client.connect(overlay(&booking.app, auth)).await.unwrap();
        let session = socket.next_named("session").await.unwrap().data()["sessionId"].clone();

        let playing = tokio::spawn(async move {
            let command = socket.next_named("ad:command").await.unwrap();
            assert!(command.wants_ack());
            command.ack(json!({"ok": true}));
            (command.data().clone(), socket)
        });
        let answer = trigger(&booking, &channel).await;
        let (command, mut socket) = playing.await.unwrap();

        let expected = json!({
            "ok": true, "commandId": command["commandId"], "channelId": channel.id,
            "campaignId": booking.campaign["id"], "creativeId": booking.creative["id"],
            "sessionId": session,
        });
        assert_eq!(answer.expect(201), expected);
        assert_eq!(command["durationSec"], 10);
        assert_eq!(command["animation"], "fade");
        assert_eq!(command["clickUrl"], "https://tea.example/");
        let asset = http::client()
            .get(command["assetUrl"].as_str().unwrap())
            .send()
            .await
            .unwrap();
        assert_eq!(asset.status(), 200);
        assert_eq!(
            asset.headers()["content-type"],
            command["mimeType"].as_str().unwrap()
        );

        let failure = json!({"commandId": command["commandId"], "reason": "asset_load_failed"});
        booking.post_event(&channel, "ad_error", failure).await;
        socket.disconnect();
        socket.ended().await.unwrap();
    }
}

/// Triggers the campaign on the channel.
async fn trigger(booking: &Booking, channel: &OnAir) -> app::Answer {
    let order = json!({"channelId": channel.id, "campaignId": booking.campaign["id"]});
    booking.agency.post("/deliveries/trigger", &order).await
}

/// An overlay of ours on the channel.
async fn ours(booking: &Booking, channel: &OnAir, manners: Manners) -> Overlay {
    let clock = booking.app.clock.clone();
    Overlay::connect(&booking.app.url(""), &channel.key, clock, manners)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_client_of_the_first_contract_needs_no_acknowledgement() {
    let (booking, channel) = booked().await;
    let manners = Manners {
        answer: Answer::Silence,
        legacy: true,
        ..Manners::default()
    };
    let mut overlay = ours(&booking, &channel, manners).await;

    let answer = trigger(&booking, &channel).await.expect(201);
    let command = overlay.next_command().await.unwrap();
    assert_eq!(answer["commandId"], command.id());
    let on_screen = Duration::from_secs(command.duration_sec());
    let posted = overlay
        .play(&command, async { booking.app.clock.advance(on_screen) })
        .await;

    let verdicts: Vec<_> = posted
        .unwrap()
        .iter()
        .map(|one| one.verdict().to_owned())
        .collect();
    assert_eq!(verdicts, ["counted", "counted"]);
}

#[tokio::test]
async fn an_overlay_that_does_not_answer_is_stood_in_for_once() {
    let (booking, channel) = booked().await;
    let silent = Manners {
        answer: Answer::Silence,
        ..Manners::default()
    };
    let mut first = ours(&booking, &channel, silent).await;
    first.has_role("primary").await.unwrap();
    let mut second = ours(&booking, &channel, Manners::default()).await;
    second.has_role("standby").await.unwrap();

    let answer = trigger(&booking, &channel).await.expect(201);
    let command = second.next_command().await.unwrap();
    assert_eq!(answer["commandId"], command.id());
    // The delivery is the second one's now; what the first says about it does not count.
    let late = first.post("ad_rendered", &command).await.unwrap();
    assert_eq!(
        (late.verdict(), late.reason()),
        ("not_counted", "standby_instance")
    );
    assert_eq!(
        second
            .post("ad_rendered", &command)
            .await
            .unwrap()
            .verdict(),
        "counted"
    );
    second.fail(&command, "asset_load_failed").await.unwrap();
    drop(second);
    first.has_role("primary").await.unwrap();

    assert_eq!(
        trigger(&booking, &channel).await.problem(400),
        "overlay_not_responding"
    );
    let busy = Manners {
        answer: Answer::No("busy"),
        ..Manners::default()
    };
    drop(first);
    let mut third = ours(&booking, &channel, busy).await;
    third.has_role("primary").await.unwrap();
    assert_eq!(
        trigger(&booking, &channel).await.problem(400),
        "overlay_not_responding"
    );
}

#[tokio::test]
async fn the_instance_on_program_shows_the_ads() {
    let (booking, channel) = booked().await;
    let mut first = ours(&booking, &channel, Manners::default()).await;
    let mut second = ours(&booking, &channel, Manners::default()).await;
    second.has_role("standby").await.unwrap();

    second.report_state(true, true, true);
    second.has_role("primary").await.unwrap();
    first.has_role("standby").await.unwrap();

    drop(second);
    first.has_role("primary").await.unwrap();
}

#[tokio::test]
async fn a_rotated_key_drops_its_sockets_at_once() {
    let (booking, channel) = booked().await;
    for client in Client::all() {
        let key = rotate(&channel).await;
        let handshake = overlay(&booking.app, json!({"key": key}));
        let mut socket = client.connect(handshake.clone()).await.unwrap();

        let next = rotate(&channel).await;
        let revoked = socket.next_named("key_revoked").await.unwrap();
        assert_eq!(revoked.data(), &json!({"reason": "key_rotated"}));
        assert_eq!(socket.ended().await.unwrap(), "io server disconnect");

        let refused = client.connect(handshake).await.unwrap_err();
        assert_eq!(refused.message(), Some("invalid_overlay_key"));
        client
            .connect(overlay(&booking.app, json!({"key": next})))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn no_overlay_slips_in_while_its_key_is_rotated() {
    let (booking, channel) = booked().await;
    let mut key = channel.key.clone();
    for _ in 0..10 {
        let handshake = overlay(&booking.app, json!({"key": key}));
        let mut entering = JoinSet::new();
        for _ in 0..8 {
            let handshake = handshake.clone();
            entering.spawn(async move { connect(&handshake).await });
        }
        let next = rotate(&channel).await;
        for mut socket in entering.join_all().await.into_iter().flatten() {
            assert_eq!(socket.ended().await.unwrap(), "io server disconnect");
        }
        key = next;
    }
}

#[tokio::test]
async fn the_dashboard_wants_a_token_and_shows_what_is_ones_own() {
    let (booking, channel) = booked().await;
    let app = &booking.app;
    let rival = app.agency("rival").await;
    for client in Client::all() {
        for bad in ["", "nonsense", &channel.key] {
            let refused = client.connect(dashboard(app, bad)).await.unwrap_err();
            assert_eq!(refused.message(), Some("not_signed_in"), "{bad}");
        }

        let mut feeds = Vec::new();
        for person in [&booking.agency, &channel.owner, &booking.admin] {
            feeds.push(client.connect(dashboard(app, token(person))).await.unwrap());
        }
        let mut foreign = client.connect(dashboard(app, token(&rival))).await.unwrap();
        let mut overlay = client
            .connect(overlay(app, json!({"key": channel.key})))
            .await
            .unwrap();
        for feed in &mut feeds {
            let status = feed.next_named("overlay_status").await.unwrap();
            assert_eq!(status.data()["status"], "connected");
            assert_eq!(status.data()["channelId"], channel.id.as_str());
            assert!(status.data()["sessionId"].is_string() && status.data()["at"].is_string());
        }

        app.clock.advance(HEARTBEAT);
        overlay.emit(
            "overlay:heartbeat",
            json!({"requestId": "a heartbeat", "payload": {}}),
        );
        for feed in &mut feeds {
            let heartbeat = feed.next_named("overlay_heartbeat").await.unwrap();
            assert_eq!(heartbeat.data()["channelId"], channel.id.as_str());
        }

        overlay.disconnect();
        overlay.ended().await.unwrap();
        for feed in &mut feeds {
            let status = feed.next_named("overlay_status").await.unwrap();
            assert_eq!(status.data()["status"], "disconnected");
        }
        assert_eq!(
            foreign.next_event(A_MOMENT).await.unwrap_err(),
            NoEvent::Silence
        );
    }
}

#[tokio::test]
async fn a_play_is_followed_live_on_the_dashboard() {
    let (booking, channel) = booked().await;
    let mut overlay = ours(&booking, &channel, Manners::default()).await;
    let mut feed = connect(&dashboard(&booking.app, token(&booking.agency)))
        .await
        .unwrap();

    trigger(&booking, &channel).await.expect(201);
    let command = overlay.next_command().await.unwrap();
    let on_screen = Duration::from_secs(command.duration_sec());
    overlay
        .play(&command, async { booking.app.clock.advance(on_screen) })
        .await
        .unwrap();

    let sent = feed.next_named("delivery_sent").await.unwrap();
    assert_eq!(sent.data()["commandId"], command.id());
    for (kind, field) in [("ad_rendered", "rendered"), ("ad_completed", "completed")] {
        let event = feed.next_named("ad_event").await.unwrap();
        assert_eq!(event.data()["type"], kind);
        assert_eq!(event.data()["verdict"], "counted");
        assert_eq!(event.data()["deliveryId"], command.id());
        let state = feed.next_named("delivery_state").await.unwrap();
        assert_eq!(state.data()["state"], field);
        assert_eq!(state.data()["commandId"], command.id());
    }
}

#[tokio::test]
async fn a_login_that_ends_ends_its_dashboards() {
    let (booking, _) = booked().await;
    let mut feed = connect(&dashboard(&booking.app, token(&booking.agency)))
        .await
        .unwrap();

    booking
        .agency
        .post("/auth/logout", &json!({}))
        .await
        .expect(201);

    feed.ended().await.unwrap();
    let refused = connect(&dashboard(&booking.app, token(&booking.agency)))
        .await
        .unwrap_err();
    assert_eq!(refused.message(), Some("not_signed_in"));
}

#[tokio::test]
async fn a_socket_that_talks_nonsense_or_floods_harms_nobody() {
    let (booking, channel) = booked().await;
    let handshake = overlay(&booking.app, json!({"key": channel.key}));
    let mut rude = connect(&handshake).await.unwrap();
    rude.next_named("session").await.unwrap();
    for nonsense in [
        json!(7),
        json!([1]),
        json!({"requestId": 7}),
        json!("\u{0}"),
    ] {
        rude.emit("overlay:state", nonsense.clone());
        rude.emit("overlay:heartbeat", nonsense.clone());
        let exception = rude.next_named("exception").await;
        let exception = exception.unwrap_or_else(|_| panic!("{nonsense} was swallowed"));
        assert_eq!(exception.data()["status"], "error");
        assert_eq!(exception.data()["cause"]["pattern"], "overlay:heartbeat");
    }
    for count in 0..5000 {
        rude.emit(
            "overlay:heartbeat",
            json!({"requestId": format!("flood {count}")}),
        );
    }
    rude.emit("no such event", json!("x".repeat(900_000)));
    let mut enormous = connect(&handshake).await.unwrap();
    enormous.next_named("session").await.unwrap();
    enormous.emit(
        "overlay:heartbeat",
        json!({"payload": {"x": "x".repeat(2_000_000)}}),
    );
    enormous.ended().await.unwrap();

    let mut polite = connect(&handshake).await.unwrap();
    polite.next_named("session").await.unwrap();
    booking.agency.get("/me").await.expect(200);
}

#[tokio::test]
async fn a_database_that_is_away_keeps_sockets_out_and_harms_nothing_else() {
    let (booking, channel) = booked().await;
    let app = &booking.app;
    let mut open = connect(&overlay(app, json!({"key": channel.key})))
        .await
        .unwrap();
    open.next_named("session").await.unwrap();
    app.works.db().close().await;

    let refused = connect(&overlay(app, json!({"key": "never seen"})))
        .await
        .unwrap_err();
    assert_eq!(refused.message(), Some("unavailable"));
    let refused = connect(&dashboard(app, token(&booking.agency)))
        .await
        .unwrap_err();
    assert_eq!(refused.message(), Some("unavailable"));
    drop(open);
    assert_eq!(app.nobody().get("/healthz").await.status, 200);
    let ready = app.nobody().get("/readyz").await;
    assert_eq!(ready.status, 503);
    let answer = booking.agency.get("/campaigns").await;
    answer.expect_problem(503, "database_unavailable");
    assert_eq!(answer.header("retry-after"), "1");
}
