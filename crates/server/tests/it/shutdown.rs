//! What stopping does to sockets and requests that are under way.

use std::time::Duration;

use beta_testkit::app::TestApp;
use beta_testkit::socketio::{self, Handshake};
use serde_json::json;

#[tokio::test]
async fn sockets_are_closed_when_the_server_stops() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let handshake = Handshake::new(&app.url(""), "/dashboard");
    let socket = socketio::connect(&handshake.auth(json!({"token": admin.token}))).await;
    let mut socket = socket.expect("an administrator may watch");
    app.app.lifecycle.stop.cancel();
    let ended = socket.next_event(Duration::from_secs(10)).await;
    assert!(
        matches!(ended, Err(socketio::NoEvent::Disconnected(_))),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_socket_without_a_good_key_is_refused() {
    let app = TestApp::new().await;
    for auth in [
        json!({}),
        json!({"key": "x"}),
        json!({"key": 7}),
        json!(null),
    ] {
        let handshake = Handshake::new(&app.url(""), "/overlay").auth(auth);
        let refused = socketio::connect(&handshake).await.expect_err("is refused");
        assert_eq!(refused.message(), Some("invalid_overlay_key"));
    }
}

#[tokio::test]
async fn an_overlay_that_is_cut_off_by_a_stop_is_written_down() {
    let app = TestApp::new().await;
    let kim = app.streamer("kim").await;
    let profile = json!({"displayName": "Kim", "twitchHandle": "kim", "country": "US",
        "language": "en", "categories": [], "avgViewers": 10, "pricingTier": "mid"});
    kim.post("/streamers/profile", &profile).await.expect(201);
    let channel = json!({"twitchChannelName": "kim", "country": "US", "language": "en",
        "categories": [], "avgViewers": 10, "pricingTier": "mid"});
    let channel = kim.post("/streamers/channels", &channel).await.expect(201);
    let rotated = kim
        .post("/overlay/rotate-key", &json!({"channelId": channel["id"]}))
        .await;
    let key = rotated.expect(201)["overlayKey"].clone();
    let handshake = Handshake::new(&app.url(""), "/overlay").auth(json!({"key": key}));
    let mut socket = socketio::connect(&handshake)
        .await
        .expect("the key is good");
    socket
        .next_named("session")
        .await
        .expect("is told its session");
    app.app.lifecycle.end().await;
    let text = app.nobody().get("/metrics").await.text();
    let line = "beta_ads_events_ingested_total{type=\"overlay_disconnected\"} 1";
    assert!(text.lines().any(|found| found == line), "{text}");
}
