//! Requests that come again with the same idempotency key.

use axum::http::Method;
use beta_testkit::app::{Answer, Person, TestApp};
use beta_web::openapi::document;
use beta_web::router::endpoints;
use futures::future::join_all;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::campaigns::{book, campaign, flight};
use crate::creatives::png;

/// POSTs of the API that take no key, and why none is needed.
const WITHOUT_KEY: [(&str, &str); 12] = [
    ("/assignments/{id}/accept", MOVES),
    ("/assignments/{id}/decline", MOVES),
    ("/auth/logout", MOVES),
    ("/auth/request-magic-link", SECRET),
    ("/auth/verify-magic-link", SECRET),
    ("/campaigns/{id}/status", MOVES),
    ("/creatives/{id}/review", MOVES),
    ("/events/batch", NAMED),
    ("/events/ingest", NAMED),
    ("/overlay/revoke-key", MOVES),
    ("/overlay/rotate-key", SECRET),
    ("/payouts/{id}/mark-paid", MOVES),
];
const MOVES: &str = "moves a thing to a state, in which a second move finds it";
const NAMED: &str = "an event brings its own id";
const SECRET: &str = "the answer holds a secret, which is never kept";

async fn post(who: &Person, path: &str, key: &str, body: &Value) -> Answer {
    let request = who
        .request(Method::POST, path)
        .header("idempotency-key", key);
    who.send(request.json(body)).await
}

async fn upload(who: &Person, key: &str, campaign: &str, seconds: &str) -> Answer {
    let form = Form::new()
        .text("campaignId", campaign.to_owned())
        .text("format", "image")
        .text("durationSec", seconds.to_owned())
        .text("clickUrl", "https://example.com/shop")
        .part("file", Part::bytes(png()).file_name("a.png"));
    let request = who
        .request(Method::POST, "/creatives")
        .header("idempotency-key", key);
    who.send(request.multipart(form)).await
}

/// Sends the same request twice and checks that the second answer is the first one.
async fn is_done_once(who: &Person, path: &str, body: &Value) -> Value {
    let first = post(who, path, path, body).await;
    let made = first.expect(201);
    assert_eq!(first.header("idempotency-replayed"), "", "{path}");

    let second = post(who, path, path, body).await;
    assert_eq!(second.expect(201), made, "{path}");
    assert_eq!(second.header("idempotency-replayed"), "true", "{path}");

    let changed = json!({ "not": "this" });
    let other = post(who, path, path, &changed).await;
    assert_eq!(other.status, 400, "what is wrong is said first");
    made
}

#[test]
fn every_post_takes_a_key_or_says_why_it_needs_none() {
    let (document, _) = document(&endpoints());
    let paths = document["paths"].as_object().unwrap();
    let takes_key = |operation: &Value| {
        let parameters = operation["parameters"].as_array();
        parameters.is_some_and(|all| all.iter().any(|one| one["name"] == "idempotency-key"))
    };
    let posts = paths
        .iter()
        .filter(|(_, methods)| methods["post"].is_object());
    let without: Vec<&str> = posts
        .filter(|(_, methods)| !takes_key(&methods["post"]))
        .map(|(path, _)| path.as_str())
        .collect();
    let known: Vec<&str> = WITHOUT_KEY.iter().map(|(path, _)| *path).collect();
    assert_eq!(without, known);
}

#[tokio::test]
async fn what_is_asked_twice_with_one_key_is_made_once() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let kim = app.streamer("kim").await;
    let channel = app.channel(&kim, "kim").await.id.to_string();

    let booked = is_done_once(&agency, "/campaigns", &campaign()).await;
    let path = format!("/campaigns/{}", booked["id"].as_str().unwrap());
    is_done_once(&agency, &format!("{path}/flights"), &flight()).await;
    let terms = json!({ "streamerChannelIds": [channel], "cpmRate": 15 });
    is_done_once(&agency, &format!("{path}/assign-streamers"), &terms).await;
    let run = json!({ "campaignId": booked["id"] });
    is_done_once(&agency, "/payouts/run", &run).await;
    let second = json!({
        "twitchChannelName": "kim_two", "country": "DE", "language": "de",
        "categories": [], "avgViewers": 0, "pricingTier": "x",
    });
    is_done_once(&kim, "/streamers/channels", &second).await;

    let campaigns = agency.get("/campaigns").await.expect(200);
    assert_eq!(campaigns.as_array().unwrap().len(), 1);
    assert_eq!(campaigns[0]["flights"].as_array().unwrap().len(), 1);
    let channels = kim.get("/streamers/channels").await.expect(200);
    assert_eq!(channels.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_upload_that_comes_twice_is_kept_once() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let campaign = book(&agency).await;

    let first = upload(&agency, "k", &campaign, "15").await.expect(201);
    let again = upload(&agency, "k", &campaign, "15").await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.expect(201)["id"], first["id"]);
    upload(&agency, "k", &campaign, "16")
        .await
        .expect_problem(409, "idempotency_key_reused");

    let full = agency
        .get(&format!("/campaigns/{campaign}"))
        .await
        .expect(200);
    assert_eq!(full["creatives"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_belongs_to_one_request_of_one_person() {
    let app = TestApp::new().await;
    let acme = app.agency("acme").await;
    let bolt = app.agency("bolt").await;
    post(&acme, "/campaigns", "k", &campaign())
        .await
        .expect(201);

    let mut other = campaign();
    other["name"] = json!("Another");
    post(&acme, "/campaigns", "k", &other)
        .await
        .expect_problem(409, "idempotency_key_reused");
    let foreign = post(&bolt, "/campaigns", "k", &campaign()).await;
    foreign.expect(201);
    assert_eq!(foreign.header("idempotency-replayed"), "");
    post(&acme, "/campaigns", "no key", &campaign())
        .await
        .expect_field("idempotency-key", "invalid_idempotency_key");
}

#[tokio::test]
async fn of_many_at_once_with_one_key_one_makes_something() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let body = campaign();
    let asked = (0..12).map(|_| post(&agency, "/campaigns", "k", &body));
    let answers: Vec<Value> = join_all(asked)
        .await
        .iter()
        .map(|answer| answer.expect(201))
        .collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    let booked = agency.get("/campaigns").await.expect(200);
    assert_eq!(booked.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_request_that_failed_may_come_again_with_its_key() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let mut wrong = campaign();
    wrong["brandOrganizationId"] = json!("00000000-0000-4000-8000-000000000000");
    post(&agency, "/campaigns", "k", &wrong)
        .await
        .expect_problem(404, "organization_not_found");
    post(&agency, "/campaigns", "k", &campaign())
        .await
        .expect(201);
}
