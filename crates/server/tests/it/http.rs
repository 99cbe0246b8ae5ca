//! What holds for every endpoint: identity, limits, headers, bodies, and answers that say no.

use std::time::Duration;

use axum::http::Method;
use beta_domain::actor::Action;
use beta_domain::id::CampaignId;
use beta_kit::secret::Secret;
use beta_testkit::app::{Person, TestApp};
use beta_testkit::socketio::{Handshake, connect};
use beta_testkit::wait::{PATIENCE, until};
use beta_web::error::Error;
use beta_web::extract::{Created, Found, IdempotencyKey, Json, Path, Query, Who};
use beta_web::layers::ClientIp;
use beta_web::layers::security::Surface;
use beta_web::router::{Access, Endpoint, endpoint};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Note {
    text: String,
    how_many: u32,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Page {
    limit: Option<u8>,
}

async fn write(Json(note): Json<Note>) -> Created<Note> {
    Created(note)
}

async fn read(Path(id): Path<CampaignId>, Query(page): Query<Page>) -> Found<(CampaignId, Page)> {
    Found((id, page))
}

async fn key(IdempotencyKey(key): IdempotencyKey) -> Found<Option<String>> {
    Found(key)
}

async fn who(Who(actor): Who, ClientIp(ip): ClientIp) -> Found<(Option<String>, String)> {
    Found((actor.user().map(|user| user.email.clone()), ip.to_string()))
}

async fn broken() -> Result<Found<()>, Error> {
    panic!("a handler of the test breaks")
}

fn endpoints() -> Vec<Endpoint> {
    vec![
        endpoint(Method::POST, "/test/notes", Access::Public, write),
        endpoint(Method::GET, "/test/notes/{id}", Access::Public, read),
        endpoint(Method::GET, "/test/key", Access::Public, key),
        endpoint(Method::GET, "/test/who", Access::SignedIn, who),
        endpoint(Method::POST, "/test/who", Access::SignedIn, who),
        endpoint(Method::GET, "/test/page", Access::SignedIn, who).on(Surface::Portal),
        endpoint(Method::POST, "/test/page", Access::SignedIn, who).on(Surface::Portal),
        endpoint(
            Method::POST,
            "/test/audit",
            Access::Needs(Action::ReadAudit),
            write,
        ),
        endpoint(Method::GET, "/test/broken", Access::Public, broken),
    ]
}

async fn app() -> TestApp {
    TestApp::start(|_| {}, endpoints()).await
}

#[tokio::test]
async fn an_unknown_path_is_a_problem_that_names_the_request() {
    let app = app().await;
    let answer = app.nobody().get("/no/such/path?secret=1").await;
    assert_eq!(answer.problem(404), "unknown_route");
    let body = answer.json();
    assert_eq!(body["title"], "Not Found");
    assert_eq!(body["type"], "urn:beta-ads:problem:unknown_route");
    assert_eq!(body["errors"], json!([]));
}

#[tokio::test]
async fn a_wrong_method_says_which_ones_there_are() {
    let app = app().await;
    let answer = app.nobody().delete("/test/who").await;
    assert_eq!(answer.problem(405), "method_not_allowed");
    assert_eq!(answer.header("allow"), "GET, POST, HEAD");
}

#[tokio::test]
async fn a_request_keeps_its_id_when_it_is_harmless() {
    let app = app().await;
    let nobody = app.nobody();
    let with_id = |id: &str| {
        let request = nobody
            .request(Method::GET, "/healthz")
            .header("x-request-id", id);
        nobody.send(request)
    };
    assert_eq!(with_id("Ab.9_-").await.header("x-request-id"), "Ab.9_-");
    let longest = "a".repeat(128);
    assert_eq!(with_id(&longest).await.header("x-request-id"), longest);
    for bad in ["", "a b", "a\"b", "\u{e4}", &"a".repeat(129)] {
        let minted = with_id(bad).await.header("x-request-id").to_owned();
        assert!(minted.len() == 36 && minted != bad, "{minted}");
    }
}

#[tokio::test]
async fn a_preflight_allows_what_it_asks_for() {
    let app = app().await;
    let nobody = app.nobody();
    let request = nobody
        .request(Method::OPTIONS, "/events/ingest")
        .header("origin", "https://elsewhere.example")
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "x-overlay-key,content-type",
        );
    let answer = nobody.send(request).await;
    assert_eq!(answer.status, 204);
    assert_eq!(
        answer.header("access-control-allow-headers"),
        "x-overlay-key,content-type"
    );
    assert_eq!(
        answer.header("access-control-allow-methods"),
        "GET,HEAD,PUT,PATCH,POST,DELETE"
    );
}

#[tokio::test]
async fn only_a_login_that_holds_comes_in() {
    let app = app().await;
    let kim = app.streamer("kim").await;
    assert_eq!(
        kim.get("/test/who").await.expect(200)[0],
        "kim@streamer.example.com"
    );
    let nobody = app.nobody();
    assert_eq!(nobody.get("/test/who").await.problem(401), "not_signed_in");
    let with = |value: &str| {
        let request = nobody
            .request(Method::GET, "/test/who")
            .header("authorization", value);
        nobody.send(request)
    };
    assert_eq!(with("Basic a2lt").await.problem(401), "invalid_token");
    assert_eq!(with("Bearer").await.problem(401), "invalid_token");
    for token in [
        "",
        "x",
        "a.b.c",
        &format!("{}x", kim.token.clone().expect("is signed in")),
    ] {
        assert_eq!(
            with(&format!("Bearer {token}")).await.status,
            401,
            "{token}"
        );
    }
    app.clock.advance(Duration::from_hours(12));
    assert_eq!(kim.get("/test/who").await.problem(401), "login_ended");
}

#[tokio::test]
async fn who_may_not_is_told_so_before_the_body_is_read() {
    let app = app().await;
    let kim = app.streamer("kim").await;
    let nonsense = async |person: &Person| {
        let request = person.request(Method::POST, "/test/audit");
        person.send(request.body("nonsense")).await
    };
    assert_eq!(nonsense(&app.nobody()).await.problem(401), "not_signed_in");
    assert_eq!(
        nonsense(&kim).await.problem(403),
        "insufficient_permissions"
    );
    assert_eq!(
        nonsense(&app.admin().await).await.problem(415),
        "unsupported_media_type"
    );
}

#[tokio::test]
async fn a_cookie_changes_things_only_from_a_page_of_ours() {
    let app = app().await;
    let kim = app.streamer("kim").await;
    let cookie = format!(
        "a=b; beta_login={}",
        kim.token.clone().expect("is signed in")
    );
    let nobody = app.nobody();
    let send = |method: Method, headers: &[(&'static str, String)]| {
        let mut request = nobody
            .request(method, "/test/page")
            .header("cookie", &cookie);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        nobody.send(request)
    };
    assert_eq!(send(Method::GET, &[]).await.status, 200);
    assert_eq!(send(Method::POST, &[]).await.status, 403);
    let elsewhere = [("origin", "https://elsewhere.example".to_owned())];
    assert_eq!(send(Method::POST, &elsewhere).await.status, 403);
    let site = |value: &str| [("sec-fetch-site", value.to_owned())];
    assert_eq!(send(Method::POST, &site("cross-site")).await.status, 403);
    assert_eq!(send(Method::POST, &site("same-site")).await.status, 403);
    assert_eq!(send(Method::POST, &site("same-origin")).await.status, 200);
    let ours = [("origin", app.url(""))];
    assert_eq!(send(Method::POST, &ours).await.status, 200);
    // The API takes a bearer token and nothing else.
    let request = nobody.request(Method::GET, "/test/who");
    let answer = nobody.send(request.header("cookie", &cookie)).await;
    assert_eq!(answer.problem(401), "not_signed_in");
}

#[tokio::test]
async fn a_body_is_read_only_when_it_is_json_of_the_right_shape() {
    let app = app().await;
    let nobody = app.nobody();
    let good = json!({"text": "a", "howMany": 1});
    let answer = nobody.post("/test/notes", &good).await;
    assert_eq!(answer.expect(201), good);
    assert_eq!(
        answer.header("content-type"),
        "application/json; charset=utf-8"
    );
    let unknown = nobody
        .post("/test/notes", &json!({"text": "a", "howMany": 1, "x": 2}))
        .await;
    assert_eq!(unknown.problem(400), "unknown_field");
    assert_eq!(unknown.json()["errors"][0]["field"], "x");
    let nul = nobody
        .post("/test/notes", &json!({"text": "a\u{0}", "howMany": 1}))
        .await;
    assert_eq!(nul.problem(400), "invalid_text");
    assert_eq!(nul.json()["errors"][0]["field"], "text");
    let raw = |kind: &'static str, body: String| {
        let request = nobody
            .request(Method::POST, "/test/notes")
            .header("content-type", kind);
        nobody.send(request.body(body))
    };
    let json = "application/json; charset=utf-8";
    assert_eq!(raw(json, String::new()).await.problem(400), "empty_body");
    assert_eq!(raw(json, "{".to_owned()).await.problem(400), "invalid_json");
    assert_eq!(
        raw("text/plain", good.to_string()).await.problem(415),
        "unsupported_media_type"
    );
    let form = raw(
        "application/x-www-form-urlencoded",
        "text=a&howMany=1".to_owned(),
    )
    .await;
    assert_eq!(form.problem(415), "unsupported_media_type");
}

#[tokio::test]
async fn a_body_may_have_a_mebibyte_and_no_byte_more() {
    let app = app().await;
    let nobody = app.nobody();
    let frame = json!({"text": "", "howMany": 1}).to_string().len();
    let body = |length: usize| json!({"text": "a".repeat(length - frame), "howMany": 1});
    assert_eq!(
        nobody.post("/test/notes", &body(1_048_576)).await.status,
        201
    );
    let refused = nobody.post("/test/notes", &body(1_048_577)).await;
    assert_eq!(refused.problem(413), "body_too_large");
}

#[tokio::test]
async fn a_body_that_stops_half_way_is_given_up() {
    let app = app().await;
    let head = "POST /test/notes HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let mut stream = TcpStream::connect(app.address()).await.expect("connects");
    let half = format!("{head}content-length: 100\r\n\r\n{{\"text\":");
    stream.write_all(half.as_bytes()).await.expect("is sent");
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer));
    read.await.expect("is no hang").expect("is answered");
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("body_timeout"), "{answer}");
    // One whose sender stops sending for good.
    let mut stream = TcpStream::connect(app.address()).await.expect("connects");
    stream.write_all(half.as_bytes()).await.expect("is sent");
    stream.shutdown().await.expect("is closed");
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer));
    read.await
        .expect("is no hang")
        .expect("is answered or closed");
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 400 "),
        "{answer}"
    );
}

#[tokio::test]
async fn paths_and_queries_are_refused_with_the_name_of_what_is_wrong() {
    let app = app().await;
    let nobody = app.nobody();
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    assert_eq!(
        nobody
            .get(&format!("/test/notes/{id}?limit=7"))
            .await
            .status,
        200
    );
    let refused = async |path: &str| {
        let answer = nobody.get(path).await;
        answer.problem(400);
        answer.json()["errors"][0]["field"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    for bad in [
        "7",
        "%00",
        "%ff",
        "01890a5dac96774bbcceb302099a8057",
        "%7B%7D",
    ] {
        assert_eq!(refused(&format!("/test/notes/{bad}")).await, "id", "{bad}");
    }
    assert_eq!(
        refused(&format!("/test/notes/{id}?limit=300")).await,
        "limit"
    );
    assert_eq!(refused(&format!("/test/notes/{id}?limit=x")).await, "limit");
    assert_eq!(
        refused(&format!("/test/notes/{id}?limit=1&limit=2")).await,
        "limit"
    );
    assert_eq!(refused(&format!("/test/notes/{id}?lim=1")).await, "lim");
    assert_eq!(
        refused(&format!("/test/notes/{id}?limit=%00")).await,
        "limit"
    );
}

#[tokio::test]
async fn an_idempotency_key_is_short_and_printable() {
    let app = app().await;
    let nobody = app.nobody();
    let with = |key: String| {
        nobody.send(
            nobody
                .request(Method::GET, "/test/key")
                .header("idempotency-key", key),
        )
    };
    assert_eq!(nobody.get("/test/key").await.text(), "null");
    assert_eq!(with("a".repeat(128)).await.status, 200);
    assert_eq!(
        with("a".repeat(129)).await.problem(400),
        "invalid_idempotency_key"
    );
    assert_eq!(with(String::new()).await.status, 400);
    assert_eq!(with("a b".to_owned()).await.status, 400);
}

#[tokio::test]
async fn a_handler_that_breaks_takes_nothing_with_it() {
    let app = app().await;
    let answer = app.nobody().get("/test/broken").await;
    assert_eq!(answer.problem(500), "internal");
    assert!(!answer.text().contains("handler of the test"));
    assert_eq!(app.nobody().get("/healthz").await.status, 200);
}

#[tokio::test]
async fn probes_tell_whether_the_server_lives_and_can_work() {
    let app = app().await;
    let nobody = app.nobody();
    assert_eq!(
        nobody.get("/healthz").await.expect(200),
        json!({"status": "ok"})
    );
    assert_eq!(
        nobody.get("/readyz").await.expect(200),
        json!({"status": "ok"})
    );
    app.app.lifecycle.stop.cancel();
    assert_eq!(nobody.get("/readyz").await.problem(503), "stopping");
    assert_eq!(nobody.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn metrics_have_the_names_that_were_promised() {
    let app = app().await;
    app.works.meters().event_stored("ad_completed");
    app.works.meters().trigger_answered("sent");
    app.nobody().get("/test/notes/x").await;
    let answer = app.nobody().get("/metrics").await;
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4");
    let text = answer.text();
    for line in [
        "# HELP beta_ads_events_ingested_total Total ingested overlay events",
        "beta_ads_events_ingested_total{type=\"ad_completed\"} 1",
        "beta_ads_delivery_commands_total{result=\"sent\"} 1",
        "beta_ads_http_request_duration_seconds_count\
         {method=\"GET\",route=\"/test/notes/{id}\",status=\"4xx\"} 1",
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "{line} is missing in\n{text}"
        );
    }
}

#[tokio::test]
async fn metrics_may_be_kept_for_those_who_have_the_token() {
    let token = "a token of the scraper";
    let app = TestApp::with(|settings| {
        settings.metrics_token = Some(Secret::new(token.to_owned()));
    })
    .await;
    let nobody = app.nobody();
    nobody
        .get("/metrics")
        .await
        .expect_problem(401, "metrics_token_missing");
    let wrong = nobody.with_token("another token").get("/metrics").await;
    wrong.expect_problem(401, "metrics_token_missing");
    let admin = app.admin().await;
    let person = admin.get("/metrics").await;
    person.expect_problem(401, "metrics_token_missing");
    let answer = nobody.with_token(token).get("/metrics").await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn metrics_tell_who_is_there_and_whether_the_upkeep_is_done() {
    let app = TestApp::new().await;
    let told = async |line: &str| app.nobody().get("/metrics").await.text().contains(line);
    assert!(told("\nbeta_ads_overlays_connected 0\n").await);
    assert!(told("\nbeta_ads_upkeep_last_success_timestamp_seconds 0\n").await);

    let kim = app.streamer("kim").await;
    let channel = app.channel(&kim, "kim").await.id;
    let key = app.overlay_key(&kim, channel).await;
    let handshake = Handshake::new(&app.url(""), "/overlay").auth(json!({ "key": key }));
    let mut socket = connect(&handshake).await.expect("the key is good");
    socket.next_named("session").await.expect("is let in");
    app.app.gauges.upkeep_done(app.works.now());
    app.app.gauges.upkeep_failed();

    let overlays = "\nbeta_ads_overlays_connected 1\n";
    let there = until(PATIENCE, async || told(overlays).await.then_some(())).await;
    assert!(there.is_some());
    let now = app.works.now().as_seconds();
    assert!(
        told(&format!(
            "\nbeta_ads_upkeep_last_success_timestamp_seconds {now}\n"
        ))
        .await
    );
    assert!(told("\nbeta_ads_upkeep_failures_total 1\n").await);
}
