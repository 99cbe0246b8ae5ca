//! Whatever comes in, the answer is the sender's fault or none: never a 5xx, and never one that
//! the description of the API does not tell.
//!
//! The bodies are not written here. The server names the field it misses or refuses, and the test
//! gives it one odd value after another until the body is accepted or nothing is left to try.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::Method;
use beta_testkit::app::{Answer, Person, TestApp};
use beta_web::openapi::document;
use beta_web::router::{Access, Endpoint, endpoints};
use serde_json::{Map, Value, json};

/// Values that are odd, and some that are good somewhere.
fn odd_values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(0.1),
        json!(1e308),
        json!(-1e308),
        json!(9_007_199_254_740_993_u64),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(""),
        json!(" "),
        json!("\u{0}"),
        json!("a\u{0}b"),
        json!("x".repeat(10_000)),
        json!("\u{1f600}\u{202e}\u{feff}"),
        json!("'; drop table users; --"),
        json!("javascript:alert(1)"),
        json!("0000-00-00"),
        json!("9999-12-31T23:59:59Z"),
        json!("+275760-09-13T00:00:00Z"),
        json!([]),
        json!({}),
        json!([[]]),
        json!([null]),
        json!(["x"]),
        json!([{}]),
        json!({"a": {"b": [1, "\u{0}"]}}),
        json!("00000000-0000-0000-0000-000000000000"),
        json!(["00000000-0000-0000-0000-000000000000"]),
        json!(1),
        json!(30),
        json!("ab"),
        json!("a@b.example"),
        json!("US"),
        json!("en"),
        json!("USD"),
        json!("2026-03-01"),
        json!("2026-04-01"),
        json!("http://a.example/"),
        json!(["image"]),
        json!("image"),
        json!("draft"),
        json!("active"),
        json!("ad_completed"),
        json!("overlay_heartbeat"),
        json!("x".repeat(43)),
        json!([{"channelId":
        "00000000-0000-0000-0000-000000000000", "cpmRate": 1e300}]),
    ]
}

/// Texts for the varying part of a path.
const ODD_IDS: [&str; 6] = [
    "01890a5d-ac96-774b-bcce-b302099a8057",
    "00000000-0000-0000-0000-000000000000",
    "%00",
    "%ff%fe",
    "..%2f..%2fetc%2fpasswd",
    "1%27%20or%201%3D1",
];

const ODD_QUERIES: [&str; 8] = [
    "",
    "?limit=0",
    "?limit=99999999999999999999",
    "?limit=-1",
    "?cursor=%00",
    "?cursor=AAAA",
    "?x=1&x=2",
    "?%ff=%00&campaignId=x",
];

#[tokio::test]
async fn no_path_or_query_is_the_servers_fault() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for endpoint in endpoints() {
        for id in ODD_IDS {
            for query in ODD_QUERIES {
                let path = format!("{}{query}", fill(endpoint.path, id));
                let request = signed(&admin, endpoint.method.clone(), &path);
                check(&admin.send(request).await, &endpoint, &path);
            }
            if !endpoint.path.contains('{') {
                break;
            }
        }
    }
}

#[tokio::test]
async fn no_raw_body_is_the_servers_fault() {
    let app = TestApp::new().await;
    let key = overlay_key(&app).await;
    let nested = "[".repeat(200_000);
    let bodies = [
        "",
        "null",
        "[]",
        "7",
        "\"\"",
        "{",
        "{}x",
        "{\"\":1}",
        "{\"\\u0000\":1}",
        "\\ud800",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":1e999}",
        "{\"a\":NaN}",
        "\u{feff}{}",
        &nested,
    ];
    let kinds = [
        "application/json",
        "application/json; charset=utf-16",
        "text/plain",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "",
    ];
    for endpoint in endpoints()
        .into_iter()
        .filter(|endpoint| endpoint.method != Method::GET)
    {
        let admin = app.admin().await;
        for body in bodies {
            for kind in kinds {
                let path = fill(endpoint.path, ODD_IDS[0]);
                let request = signed(&admin, endpoint.method.clone(), &path)
                    .header("content-type", kind)
                    .header("x-overlay-key", &key)
                    .body(body.to_owned());
                check(&admin.send(request).await, &endpoint, &path);
            }
        }
    }
}

#[tokio::test]
async fn no_value_of_a_field_is_the_servers_fault() {
    let app = TestApp::new().await;
    let key = overlay_key(&app).await;
    let mut accepted = Vec::new();
    for endpoint in endpoints() {
        let is_api = endpoint.method == Method::POST || endpoint.method == Method::PATCH;
        if is_api && endpoint.access != Access::Public || endpoint.path.starts_with("/auth/re") {
            let admin = app.admin().await;
            admin.post("/streamers/profile", &profile()).await;
            let path = fill(endpoint.path, ODD_IDS[0]);
            for person in [&admin, &app.agency("acme").await] {
                if explore(person, &key, &endpoint, &path).await {
                    accepted.push(endpoint.path);
                }
            }
        }
    }
    // The search is worth something only if it finds its way to what is good.
    for path in [
        "/campaigns",
        "/streamers/channels",
        "/auth/request-magic-link",
    ] {
        assert!(accepted.contains(&path), "{path} is not among {accepted:?}");
    }
}

/// Follows the server's own words to a good body, through many bad ones; whether it got there.
async fn explore(person: &Person, key: &str, endpoint: &Endpoint, path: &str) -> bool {
    const STEPS_MAX: usize = 1_500;
    let values = odd_values();
    let mut tried: BTreeMap<String, usize> = BTreeMap::new();
    let mut body = Map::new();
    for _ in 0..STEPS_MAX {
        let request = signed(person, endpoint.method.clone(), path).header("x-overlay-key", key);
        let answer = person.send(request.json(&body)).await;
        check(
            &answer,
            endpoint,
            &format!("{path} {}", Value::from(body.clone())),
        );
        let problem = answer.json();
        let Some(field) = problem["errors"][0]["field"].as_str() else {
            return answer.status < 300;
        };
        let top = field
            .split(['.', '['])
            .next()
            .unwrap_or_default()
            .to_owned();
        if problem["code"] == "unknown_field" || top == "body" || top.is_empty() {
            return false;
        }
        let next = tried.entry(top.clone()).or_default();
        let Some(value) = values.get(*next) else {
            return false;
        };
        *next += 1;
        body.insert(top, value.clone());
    }
    false
}

/// The answer is not the server's fault, and is one that the description tells.
#[track_caller]
fn check(answer: &Answer, endpoint: &Endpoint, what: &str) {
    let is_told = endpoint.operation.is_none() || told(endpoint).contains(&answer.status);
    assert!(
        answer.status < 500 && is_told,
        "{} {what}: {} {}",
        endpoint.method,
        answer.status,
        answer.text()
    );
}

/// The statuses that the description of the API tells of an endpoint.
fn told(endpoint: &Endpoint) -> Vec<u16> {
    static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| document(&endpoints()).0);
    let method = endpoint.method.as_str().to_ascii_lowercase();
    let responses = &DESCRIPTION["paths"][endpoint.path][method]["responses"];
    let statuses = responses.as_object().expect("the endpoint is described");
    statuses
        .keys()
        .map(|status| status.parse().expect("is a status"))
        .collect()
}

/// A request with everything that opens a gate.
fn signed(person: &Person, method: Method, path: &str) -> reqwest::RequestBuilder {
    let token = person.token.as_deref().unwrap_or_default();
    person
        .request(method, path)
        .header("cookie", format!("beta_login={token}"))
        .header("sec-fetch-site", "same-origin")
}

fn profile() -> Value {
    json!({"displayName": "Kim", "twitchHandle": "kim", "country": "US", "language": "en",
        "categories": [], "avgViewers": 10, "pricingTier": "mid"})
}

async fn overlay_key(app: &TestApp) -> String {
    let kim = app.streamer("kim").await;
    kim.post("/streamers/profile", &profile()).await.expect(201);
    let channel = json!({"twitchChannelName": "kim", "country": "US", "language": "en",
        "categories": [], "avgViewers": 10, "pricingTier": "mid"});
    let channel = kim.post("/streamers/channels", &channel).await.expect(201);
    let rotated = kim
        .post("/overlay/rotate-key", &json!({"channelId": channel["id"]}))
        .await;
    rotated.expect(201)["overlayKey"]
        .as_str()
        .expect("is a text")
        .to_owned()
}

/// The path with `id` in the place of everything that varies.
fn fill(path: &str, id: &str) -> String {
    let parts: Vec<&str> = path
        .split('/')
        .map(|part| if part.starts_with('{') { id } else { part })
        .collect();
    parts.join("/")
}
