//! Our Socket.IO client and the official one live through the same story.

use std::time::Duration;

use beta_testkit::socketio::{Handshake, NoEvent, Puppet, Refused, Socket, connect};
use serde_json::{Value, json};
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef, TryData};
use socketioxide::handler::ConnectHandler as _;
use tokio::net::TcpListener;

/// A server whose `/club` lets those in who know the word, greets them, and answers.
async fn club() -> String {
    let (layer, io) = SocketIo::builder()
        .ping_interval(Duration::from_millis(200))
        .build_layer();
    io.ns("/club", welcome.with(check));
    let router = axum::Router::new().layer(layer);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

async fn check(socket: SocketRef, TryData(auth): TryData<Value>) -> Result<(), String> {
    let query = socket
        .req_parts()
        .uri
        .query()
        .unwrap_or_default()
        .to_owned();
    let word = auth
        .ok()
        .and_then(|auth| auth["word"].as_str().map(ToOwned::to_owned));
    if word.as_deref() == Some("please") || query.contains("word=please") {
        return Ok(());
    }
    Err("wrong_word".to_owned())
}

async fn welcome(socket: SocketRef) {
    socket.emit("greeting", &json!({"id": socket.id})).unwrap();
    socket.on("add", async |Data::<Value>(data), ack: AckSender| {
        let sum = data["a"].as_i64().unwrap() + data["b"].as_i64().unwrap();
        ack.send(&json!({"sum": sum})).unwrap();
    });
    socket.on("ask me", async |socket: SocketRef| {
        let answer: Value = socket
            .emit_with_ack("question", &json!("why?"))
            .unwrap()
            .await
            .unwrap();
        socket.emit("understood", &answer).unwrap();
    });
    socket.on("throw me out", async |socket: SocketRef| {
        socket.disconnect().unwrap();
    });
}

async fn live_through(mut socket: Socket) {
    let greeting = socket.next_event(Duration::from_secs(10)).await.unwrap();
    assert_eq!(greeting.name, "greeting");
    assert_eq!(greeting.data()["id"], socket.id());
    assert!(!greeting.wants_ack());

    let answer = socket
        .emit_with_ack("add", json!({"a": 2, "b": 3}))
        .await
        .unwrap();
    assert_eq!(answer, json!({"sum": 5}));

    socket.emit("ask me", Value::Null);
    let question = socket.next_named("question").await.unwrap();
    assert!(question.wants_ack());
    question.ack(json!({"because": 1}));
    let understood = socket.next_named("understood").await.unwrap();
    assert_eq!(understood.data(), &json!({"because": 1}));

    // Long enough for the server to give up on a client that does not answer its pings.
    let silence = socket
        .next_event(Duration::from_millis(700))
        .await
        .unwrap_err();
    assert_eq!(silence, NoEvent::Silence);

    socket.emit("throw me out", Value::Null);
    assert_eq!(socket.ended().await.unwrap(), "io server disconnect");
}

fn with_word(url: &str, word: &str) -> Handshake {
    Handshake::new(url, "/club").auth(json!({"word": word}))
}

#[tokio::test]
async fn our_client_speaks_socketio() {
    let url = club().await;
    live_through(connect(&with_word(&url, "please")).await.unwrap()).await;
    let by_query = Handshake::new(&url, "/club").query("word", "please");
    live_through(connect(&by_query).await.unwrap()).await;
}

#[tokio::test]
async fn the_official_client_speaks_socketio() {
    let url = club().await;
    let puppet = Puppet::start().unwrap();
    let handshake = with_word(&url, "please");
    live_through(puppet.connect(&handshake).await.unwrap()).await;
    let polling = handshake.transports(&["polling", "websocket"]);
    live_through(puppet.connect(&polling).await.unwrap()).await;
}

#[tokio::test]
async fn both_clients_say_why_they_are_refused() {
    let url = club().await;
    let puppet = Puppet::start().unwrap();
    let handshake = with_word(&url, "now");
    let ours = connect(&handshake).await.unwrap_err();
    let official = puppet.connect(&handshake).await.unwrap_err();
    assert_eq!(ours.message(), Some("wrong_word"));
    assert_eq!(official.message(), Some("wrong_word"));

    let nowhere = with_word("http://127.0.0.1:1", "please");
    assert!(matches!(
        connect(&nowhere).await,
        Err(Refused::Transport(_))
    ));
    assert!(matches!(
        puppet.connect(&nowhere).await,
        Err(Refused::Transport(_))
    ));
}

#[tokio::test]
async fn both_clients_leave_with_a_goodbye() {
    let url = club().await;
    let puppet = Puppet::start().unwrap();
    let handshake = with_word(&url, "please");
    let ours = connect(&handshake).await.unwrap();
    let official = puppet.connect(&handshake).await.unwrap();
    for mut socket in [ours, official] {
        socket.disconnect();
        assert_eq!(socket.ended().await.unwrap(), "io client disconnect");
    }
}
