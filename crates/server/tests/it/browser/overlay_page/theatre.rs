//! A server that gives the overlay page its commands, and writes down what the page reports.
//!
//! It stands in for the product where a test needs a network that fails at the right moment.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use beta_kit::time::{Clock as _, SystemClock};
use beta_testkit::browser::{Browser, Page};
use beta_testkit::wait::{PATIENCE, until};
use serde_json::{Value, json};
use socketioxide::SocketIo;
use socketioxide::extract::{SocketRef, TryData};
use socketioxide::handler::ConnectHandler as _;
use tokio::net::TcpListener;

const PAGE: &str = include_str!("../../../../../web/src/assets/overlay/index.html");
const ASSETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../web/src/assets/");

/// The key that is let in.
const KEY: &str = "a-good-key";

/// The server, and a browser in front of it.
pub(super) struct Theatre {
    pub(super) url: String,
    pub(super) browser: Browser,
    io: SocketIo,
    house: Arc<House>,
}

#[derive(Debug, Default)]
struct House {
    events: Mutex<Vec<Value>>,
    closed: AtomicBool,
}

impl Theatre {
    pub(super) async fn open() -> Self {
        let house = Arc::<House>::default();
        let (layer, io) = SocketIo::builder()
            .ack_timeout(Duration::from_secs(3))
            .build_layer();
        io.ns("/overlay", welcome.with(check));
        let router = Router::new()
            .route(
                "/overlay",
                get(async || Html(PAGE.replace("{{assets}}", "/assets/overlay"))),
            )
            .route("/assets/{folder}/{file}", get(asset))
            .route("/made/{file}", get(made))
            .route("/events/ingest", post(ingest))
            .route("/events/batch", post(batch))
            .with_state(Arc::clone(&house))
            .layer(layer);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let browser = Browser::open().await.unwrap();
        Self {
            url,
            browser,
            io,
            house,
        }
    }

    /// The overlay page with a good key, connected.
    pub(super) async fn overlay(&self) -> Page {
        let page = self.overlay_with(KEY).await;
        is_in_state(&page, "idle").await;
        page
    }

    pub(super) async fn overlay_with(&self, key: &str) -> Page {
        let page = self.browser.first_page().await.unwrap();
        page.viewport(1280, 720).await.unwrap();
        page.goto(&format!("{}/overlay?key={key}", self.url))
            .await
            .unwrap();
        page
    }

    /// A command for an asset of this server, with fresh ids.
    pub(super) fn command(&self, asset: &str, mime_type: &str, duration_sec: f64) -> Value {
        let now = SystemClock.now();
        let id = now.as_micros();
        json!({
            "commandId": format!("{id:032}"),
            "campaignId": "c", "creativeId": "k", "animation": "fade",
            "durationSec": duration_sec, "sentAt": now,
            "assetUrl": format!("{}{asset}", self.url), "mimeType": mime_type,
        })
    }

    /// Sends a command to the page and gives its acknowledgement.
    pub(super) async fn send(&self, command: &Value) -> Value {
        let socket = self.socket();
        socket
            .emit_with_ack("ad:command", command)
            .unwrap()
            .await
            .unwrap()
    }

    /// Tells the page something that needs no answer.
    pub(super) fn tell(&self, event: &str, data: &Value) {
        self.socket().emit(event, data).unwrap();
    }

    /// Throws every page out, as a server does that restarts.
    pub(super) fn throw_out(&self) {
        for socket in self.io.of("/overlay").unwrap().sockets() {
            socket.disconnect().unwrap();
        }
    }

    /// How many pages are connected.
    pub(super) fn audience(&self) -> usize {
        self.io.of("/overlay").unwrap().sockets().len()
    }

    /// From now on events are refused with 503, or taken again.
    pub(super) fn refuse_events(&self, refuse: bool) {
        self.house.closed.store(refuse, Ordering::SeqCst);
    }

    /// What was reported about a command so far: the types, in the order they came.
    pub(super) fn reported(&self, command: &Value) -> Vec<String> {
        let events = self.house.events.lock().unwrap();
        let about = events
            .iter()
            .filter(|e| e["payload"]["commandId"] == command["commandId"]);
        about
            .filter_map(|event| event["type"].as_str().map(ToOwned::to_owned))
            .collect()
    }

    /// Waits for an event about a command.
    pub(super) async fn event(&self, kind: &str, command: &Value) -> Value {
        let found = until(PATIENCE, async || {
            let events = self.house.events.lock().unwrap();
            let found = events.iter().find(|event| {
                event["type"] == kind && event["payload"]["commandId"] == command["commandId"]
            });
            found.cloned()
        });
        found
            .await
            .unwrap_or_else(|| panic!("the page reported no {kind}"))
    }

    fn socket(&self) -> SocketRef {
        self.io
            .of("/overlay")
            .unwrap()
            .sockets()
            .pop()
            .expect("a page is connected")
    }
}

/// Waits until the page says that it is in this state.
pub(super) async fn is_in_state(page: &Page, state: &str) {
    page.until(&format!(
        "document.documentElement.dataset.state === '{state}'"
    ))
    .await
    .unwrap();
}

async fn check(TryData(auth): TryData<Value>) -> Result<(), String> {
    let auth = auth.unwrap_or_default();
    let complete = auth["instanceId"].is_string() && auth["protocol"] == 2;
    if auth["key"] == KEY && complete {
        Ok(())
    } else {
        Err("invalid_overlay_key".to_owned())
    }
}

async fn welcome(socket: SocketRef) {
    socket
        .emit("session", &json!({"sessionId": "s", "channelId": "ch"}))
        .unwrap();
    let role = json!({"role": "primary", "instanceId": "i", "serverTime": SystemClock.now()});
    socket.emit("overlay:role", &role).unwrap();
}

async fn asset(Path((folder, file)): Path<(String, String)>) -> Response {
    match std::fs::read(format!("{ASSETS}{folder}/{file}")) {
        Ok(bytes) => with_type(&file, bytes),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Pictures that nobody drew: a gradient in the format of the name, or none at all.
async fn made(Path(file): Path<String>) -> Response {
    if file == "broken.png" {
        return with_type(&file, b"this is no picture".to_vec());
    }
    let Some(format) = image::ImageFormat::from_path(&file).ok() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let picture = image::RgbImage::from_fn(480, 270, |x, y| {
        image::Rgb([
            u8::try_from(x / 2).unwrap(),
            u8::try_from(y / 2).unwrap(),
            160,
        ])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    with_type(&file, bytes.into_inner())
}

fn with_type(file: &str, bytes: Vec<u8>) -> Response {
    let kind = match file.rsplit('.').next().unwrap_or_default() {
        "js" => "text/javascript",
        "css" => "text/css",
        "mp4" => "video/mp4",
        "gif" => "image/gif",
        "webp" => "image/webp",
        _ => "image/png",
    };
    ([(header::CONTENT_TYPE, kind)], bytes).into_response()
}

async fn ingest(State(house): State<Arc<House>>, body: Bytes) -> Response {
    let event: Value = serde_json::from_slice(&body).unwrap();
    house.take(vec![event])
}

async fn batch(State(house): State<Arc<House>>, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap();
    house.take(body["events"].as_array().unwrap().clone())
}

impl House {
    fn take(&self, events: Vec<Value>) -> Response {
        if self.closed.load(Ordering::SeqCst) {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        let results: Vec<_> = events
            .iter()
            .map(|e| json!({"id": e["id"], "status": 201}))
            .collect();
        self.events.lock().unwrap().extend(events);
        (StatusCode::CREATED, axum::Json(json!({"results": results}))).into_response()
    }
}
