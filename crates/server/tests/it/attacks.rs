//! What somebody with bad intentions would try, beside what `ownership` asks of every endpoint.

use axum::http::Method;
use beta_testkit::app::{Answer, Person, TestApp};
use beta_testkit::socketio::{Handshake, connect};
use serde_json::{Value, json};

use crate::campaigns::{book, campaign};

/// HTML that would run a script, in every way a page could take it.
const HTML: &str = "\"'><img src=x onerror=alert(1)></script><script>alert(2)</script>";
/// What of it must not stand in a page as it is.
const ALIVE: [&str; 3] = ["<img src=x", "<script>alert", "\"'><img"];

async fn page(who: &Person, path: &str) -> Answer {
    let request = who.request(Method::GET, path).header("accept", "text/html");
    let token = who.token.clone().unwrap_or_default();
    let answer = who
        .send(request.header("cookie", format!("beta_login={token}")))
        .await;
    assert!(answer.status < 500, "{path}: {}", answer.text());
    answer
}

#[tokio::test]
async fn html_in_any_text_is_shown_as_text() {
    let app = TestApp::new().await;
    let (admin, agency) = (app.admin().await, app.agency("acme").await);
    let kim = app.streamer("kim").await;
    let mut body = campaign();
    for field in ["name", "advertiser", "objective"] {
        body[field] = json!(HTML);
    }
    let booked = agency.post("/campaigns", &body).await.expect(201);
    let profile = json!({
        "displayName": HTML, "twitchHandle": HTML, "country": "DE", "language": "de",
        "categories": ["<b>tea</b>"], "avgViewers": 1, "pricingTier": "<i>mid</i>",
    });
    kim.post("/streamers/profile", &profile).await.expect(201);
    let channel = json!({
        "twitchChannelName": HTML, "country": "DE", "language": "de",
        "categories": ["<b>tea</b>"], "avgViewers": 1, "pricingTier": "<i>mid</i>",
    });
    let channel = kim.post("/streamers/channels", &channel).await.expect(201);
    let terms = json!({ "streamerChannelIds": [channel["id"]], "cpmRate": 15 });
    let path = format!(
        "/campaigns/{}/assign-streamers",
        booked["id"].as_str().unwrap()
    );
    agency.post(&path, &terms).await.expect(201);

    let mut seen = 0;
    for endpoint in beta_web::router::endpoints() {
        if endpoint.method != Method::GET || endpoint.path.contains('{') {
            continue;
        }
        for who in [&admin, &agency, &kim] {
            let answer = page(who, endpoint.path).await;
            if !answer.header("content-type").starts_with("text/html") {
                continue;
            }
            let text = answer.text();
            for alive in ALIVE {
                assert!(
                    !text.contains(alive),
                    "{}: {alive} in {text}",
                    endpoint.path
                );
            }
            seen += usize::from(text.contains("&lt;img src=x"));
        }
    }
    assert!(seen > 0, "the text is shown somewhere");
    let verify = format!("/auth/verify?email={0}&token={0}", urlencoded(HTML));
    assert!(
        !page(&app.nobody(), &verify)
            .await
            .text()
            .contains("<img src=x")
    );
}

fn urlencoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn no_link_is_made_of_what_a_request_says_about_its_host() {
    let app = TestApp::new().await;
    let own = app.app.settings.magic_link_base_url.join("/");
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "gopher"),
        ("forwarded", "host=evil.example"),
        ("x-original-url", "//evil.example"),
    ] {
        let nobody = app.nobody();
        let request = nobody.request(Method::POST, "/auth/request-magic-link");
        let body = json!({ "email": "kim@example.com" });
        let answer = nobody.send(request.header(name, value).json(&body)).await;
        let link = answer.expect(201)["debugMagicLink"].clone();
        assert!(link.as_str().unwrap().starts_with(&own), "{name}: {link}");
    }
    let kim = app.streamer("kim").await;
    let channel = app.channel(&kim, "kim").await.id;
    let request = kim.request(Method::POST, "/overlay/rotate-key");
    let request = request.header("x-forwarded-host", "evil.example");
    let rotated = kim
        .send(request.json(&json!({ "channelId": channel })))
        .await;
    let link = rotated.expect(201)["overlayUrl"].clone();
    assert!(link.as_str().unwrap().starts_with(&own), "{link}");
}

#[tokio::test]
async fn nobody_is_sent_to_another_site() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let somewhere = "https://evil.example/";
    for path in [
        "//evil.example/",
        "/\\evil.example/",
        "/auth/sign-in?next=https://evil.example/",
        "/auth/sign-in?return_to=//evil.example",
        "/auth/verify?next=https://evil.example/",
        "/agency?redirect=https://evil.example/",
        "/account?next=//evil.example",
    ] {
        for who in [&admin, &app.nobody()] {
            let answer = page(who, path).await;
            let there = answer.header("location");
            assert!(!there.contains("evil"), "{path} leads to {there}");
            assert!(!answer.text().contains(somewhere), "{path}");
        }
    }
}

#[tokio::test]
async fn a_socket_takes_a_cookie_from_our_own_pages_only() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let cookie = format!("beta_login={}", agency.token.clone().unwrap());
    let open = async |headers: &[(&str, &str)]| {
        let handshake = Handshake::new(&app.url(""), "/dashboard").header("cookie", &cookie);
        let with =
            |handshake: Handshake, (name, value): &(&str, &str)| handshake.header(name, value);
        connect(&headers.iter().fold(handshake, with)).await
    };
    for foreign in [
        &[][..],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site"), ("origin", &app.url(""))],
        &[("sec-fetch-site", "same-site")],
    ] {
        let refused = open(foreign).await.unwrap_err();
        assert_eq!(refused.message(), Some("not_signed_in"), "{foreign:?}");
    }
    open(&[("origin", &app.url(""))]).await.unwrap();
    open(&[("sec-fetch-site", "same-origin")]).await.unwrap();
}

#[tokio::test]
async fn a_guessed_key_opens_no_socket_and_posts_nothing() {
    let app = TestApp::new().await;
    let kim = app.streamer("kim").await;
    let channel = app.channel(&kim, "kim").await.id;
    let key = app.overlay_key(&kim, channel).await;
    let guesses = [
        key[..63].to_owned(),
        format!("{key}A"),
        key.to_lowercase(),
        key[..8].to_owned(),
        format!(" {key}"),
        "' or 1=1 --".to_owned(),
        "x".repeat(64),
        "x".repeat(10_000),
    ];
    for guess in guesses.iter().filter(|guess| **guess != key) {
        let handshake = Handshake::new(&app.url(""), "/overlay").auth(json!({ "key": guess }));
        let refused = connect(&handshake).await.unwrap_err();
        assert_eq!(refused.message(), Some("invalid_overlay_key"), "{guess}");
        let nobody = app.nobody();
        let request = nobody.request(Method::POST, "/events/ingest");
        let answer = nobody.send(request.header("x-overlay-key", guess)).await;
        // The header's own blanks are not part of the key.
        if guess.trim() != key {
            assert_eq!(answer.status, 401, "{guess}");
        }
    }
}

#[tokio::test]
async fn nobody_approves_their_own() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let mut body = campaign();
    for status in ["approved", "active", "rejected", "paused", "completed"] {
        body["status"] = json!(status);
        let answer = agency.post("/campaigns", &body).await;
        answer.expect_problem(403, "approval_required");
    }
    let id = book(&agency).await;
    let to = async |status: &str| {
        let path = format!("/campaigns/{id}/status");
        agency.post(&path, &json!({ "status": status })).await
    };
    assert_eq!(to("approved").await.status, 403);
    assert_eq!(to("active").await.status, 409, "a draft is not approved");
    to("submitted").await.expect(201);
    for status in ["approved", "rejected"] {
        assert_eq!(to(status).await.status, 403, "{status}");
    }
    assert_eq!(to("active").await.status, 409, "nor is what was submitted");
    let creative = crate::played::upload(&agency, &id).await;
    let path = format!("/creatives/{}/review", creative["id"].as_str().unwrap());
    let approved: Value = json!({ "decision": "approved" });
    agency
        .post(&path, &approved)
        .await
        .expect_problem(403, "insufficient_permissions");
}
