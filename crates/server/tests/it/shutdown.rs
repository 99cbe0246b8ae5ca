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
