//! Creatives between their upload and the screen, over HTTP: who changes, submits and reviews
//! them, how many there may be, and what becomes of files that nothing names.

use std::time::Duration;

use beta_domain::campaigns::limits::UPLOADS_MAX;
use beta_domain::upkeep;
use beta_kit::time::{Clock, SystemClock};
use beta_testkit::app::{Answer, Person, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

use crate::campaigns::{UNKNOWN, book};
use crate::played::upload;

async fn patch(who: &Person, path: &str, seen: &str, body: Value) -> Answer {
    let request = who.request(Method::PATCH, path).json(&body);
    who.send(request.header("if-match", seen)).await
}

async fn review(who: &Person, path: &str, seen: &str, body: Value) -> Answer {
    let path = format!("{path}/review");
    let request = who.request(Method::POST, &path).json(&body);
    who.send(request.header("if-match", seen)).await
}

fn path_of(creative: &Value) -> String {
    format!("/creatives/{}", creative["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_creative_that_changes_after_its_approval_waits_for_the_next_review() {
    let app = TestApp::new().await;
    let (agency, admin) = (app.agency("acme").await, app.admin().await);
    let path = path_of(&upload(&agency, &book(&agency).await).await);
    let approved = json!({ "decision": "approved" });
    review(&admin, &path, "\"1\"", approved.clone())
        .await
        .expect(201);
    let changes = json!({
        "clickUrl": "https://elsewhere.example/",
        "fallbackUrl": "https://elsewhere.example/f.png",
        "durationSec": 20,
    });

    let answer = patch(&agency, &path, "\"2\"", changes).await;

    let after = answer.expect(200);
    assert_eq!(answer.header("etag"), "\"3\"");
    assert_eq!(after["approvalStatus"], "submitted");
    assert_eq!(after["clickUrl"], "https://elsewhere.example/");
    assert_eq!(after["durationSec"], 20);
    assert!(after["assetUrl"].is_string());
    // What the administrator saw is not what would be approved.
    let late = review(&admin, &path, "\"2\"", approved.clone()).await;
    assert_eq!(late.problem(412), "stale_version");
    review(&admin, &path, "\"3\"", approved.clone())
        .await
        .expect(201);
    let by_admin = admin
        .patch(&path, &json!({ "fallbackUrl": null }))
        .await
        .expect(200);
    let told = (&by_admin["approvalStatus"], &by_admin["fallbackUrl"]);
    assert_eq!(told, (&json!("approved"), &Value::Null));
    let audit = admin.get("/admin/audit").await.expect(200);
    assert_eq!(audit[0]["action"], "creative_updated");
    assert_eq!(audit[1]["action"], "creative_reviewed");
    let change = &audit[1]["payload"];
    assert_eq!(
        change["before"],
        json!({ "approvalStatus": "submitted", "reviewReason": null })
    );
    assert_eq!(
        change["after"],
        json!({ "approvalStatus": "approved", "reviewReason": null })
    );
}

#[tokio::test]
async fn nobody_but_an_administrator_judges_and_none_their_own_upload() {
    let app = TestApp::new().await;
    let (agency, admin) = (app.agency("acme").await, app.admin().await);
    let campaign = book(&agency).await;
    let path = path_of(&upload(&agency, &campaign).await);
    let approved = json!({ "decision": "approved" });

    for who in [
        &agency,
        &app.brand("cola").await,
        &app.streamer("kim").await,
    ] {
        let answer = who.post(&format!("{path}/review"), &approved).await;
        assert_eq!(answer.problem(403), "insufficient_permissions");
    }
    for status in ["draft", "approved", "rejected"] {
        let own = agency
            .patch(&path, &json!({ "approvalStatus": status }))
            .await;
        assert_eq!(own.problem(403), "approval_required");
    }
    let still = agency
        .patch(&path, &json!({ "approvalStatus": "submitted" }))
        .await;
    assert_eq!(still.expect(200)["approvalStatus"], "submitted");
    let by_patch = admin
        .patch(&path, &json!({ "approvalStatus": "approved" }))
        .await;
    assert_eq!(by_patch.problem(409), "invalid_status_change");
    let own = path_of(&upload(&admin, &campaign).await);
    let answer = admin.post(&format!("{own}/review"), &approved).await;
    assert_eq!(answer.problem(403), "own_upload");

    let silent = admin
        .post(
            &format!("{path}/review"),
            &json!({ "decision": "rejected" }),
        )
        .await;
    silent.expect_field("reason", "required");
    let rejected = json!({ "decision": "rejected", "reason": "too loud" });
    for _ in 0..2 {
        let answer = admin.post(&format!("{path}/review"), &rejected).await;
        assert_eq!(answer.expect(201)["reviewReason"], "too loud");
    }
    let read = agency.get(&path).await;
    assert_eq!(
        read.header("etag"),
        "\"2\"",
        "the second time changed nothing"
    );
    let again = agency
        .patch(&path, &json!({ "approvalStatus": "submitted" }))
        .await;
    assert_eq!(again.expect(200)["approvalStatus"], "submitted");
}

#[tokio::test]
async fn every_wrong_change_of_a_creative_is_refused_by_name_and_every_foreign_one() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let path = path_of(&upload(&agency, &book(&agency).await).await);
    let unknown = format!("/creatives/{UNKNOWN}");
    for (field, value, code) in [
        ("clickUrl", json!("javascript:alert(1)"), "not_http_url"),
        ("clickUrl", Value::Null, "invalid_type"),
        ("fallbackUrl", json!(""), "not_http_url"),
        ("durationSec", json!(0), "too_small"),
        ("durationSec", json!(121), "too_large"),
        ("durationSec", json!(1.5), "not_whole"),
        ("approvalStatus", json!("live"), "invalid_value"),
        ("campaignId", json!(UNKNOWN), "unknown_field"),
        ("objectKey", json!("creatives/x"), "unknown_field"),
        ("format", json!("mp4"), "unknown_field"),
        ("version", json!(1), "unknown_field"),
        ("uploadedBy", json!(UNKNOWN), "unknown_field"),
        ("createdAt", json!("2026-01-01"), "unknown_field"),
    ] {
        let answer = agency.patch(&path, &json!({ field: value })).await;
        answer.expect_field(field, code);
    }
    let rival = app.agency("rival").await;
    for (who, path) in [(&rival, &path), (&agency, &unknown)] {
        let answer = who.patch(path, &json!({ "durationSec": 3 })).await;
        assert_eq!(answer.problem(404), "creative_not_found");
    }
    let brand = app.brand("cola").await;
    assert_eq!(brand.patch(&path, &json!({})).await.status, 403);
    assert_eq!(agency.get(&path).await.header("etag"), "\"1\"");
}

#[tokio::test]
async fn the_creatives_that_wait_are_listed_to_those_who_may_see_them() {
    let app = TestApp::new().await;
    let (agency, admin) = (app.agency("acme").await, app.admin().await);
    let rival = app.agency("rival").await;
    let (ours, theirs) = (book(&agency).await, book(&rival).await);
    let mut ids = Vec::new();
    for (who, campaign) in [(&agency, &ours), (&rival, &theirs), (&agency, &ours)] {
        ids.push(upload(who, campaign).await["id"].clone());
        app.clock.advance(Duration::from_secs(1));
    }
    let listed = async |who: &Person, query: &str| {
        let answer = who.get(&format!("/creatives?{query}")).await;
        let rows = answer.expect(200).as_array().unwrap().clone();
        (rows, answer.header("link").to_owned())
    };
    let ids_of = |rows: &[Value]| rows.iter().map(|row| row["id"].clone()).collect::<Vec<_>>();

    let (queue, link) = listed(&admin, "status=submitted&order=oldest&limit=2").await;
    assert_eq!(ids_of(&queue), ids[..2]);
    assert_eq!(queue[0]["campaign"]["name"], "Spring");
    assert!(queue[0]["assetUrl"].is_string());
    let next = link.strip_prefix("</creatives?").unwrap();
    let (rest, _) = listed(&admin, next.strip_suffix(">; rel=\"next\"").unwrap()).await;
    assert_eq!(ids_of(&rest), ids[2..]);
    assert_eq!(
        ids_of(&listed(&agency, "").await.0),
        [ids[2].clone(), ids[0].clone()]
    );
    let own = listed(&agency, &format!("campaignId={ours}&status=submitted")).await;
    assert_eq!(own.0.len(), 2);
    for foreign in [&theirs, UNKNOWN] {
        assert_eq!(
            listed(&agency, &format!("campaignId={foreign}")).await.0,
            [Value::Null; 0]
        );
    }
    assert_eq!(
        listed(&app.brand("cola").await, "").await.0,
        [Value::Null; 0]
    );
    assert_eq!(
        app.streamer("kim").await.get("/creatives").await.status,
        403
    );
    assert_eq!(app.nobody().get("/creatives").await.status, 401);
    for (bad, field) in [("status=live", "status"), ("campaignId=x", "campaignId")] {
        let problem = admin.get(&format!("/creatives?{bad}")).await.expect(400);
        assert_eq!(problem["errors"][0]["field"], field, "{bad}: {problem}");
    }
}

#[tokio::test]
async fn an_agency_that_uploads_too_much_hears_when_to_go_on() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let campaign = book(&agency).await;
    for _ in 0..UPLOADS_MAX {
        upload(&agency, &campaign).await;
    }
    let form = || {
        reqwest::multipart::Form::new()
            .text("campaignId", campaign.clone())
            .text("format", "image")
            .text("durationSec", "10")
            .text("clickUrl", "https://tea.example/")
    };
    let file = reqwest::multipart::Part::bytes(b"no picture at all".to_vec()).file_name("ad.png");
    let request = agency.request(Method::POST, "/creatives");

    let answer = agency
        .send(request.multipart(form().part("file", file)))
        .await;

    // Before anybody looks at the file.
    assert_eq!(answer.problem(429), "uploads_per_hour_reached");
    assert_eq!(answer.header("retry-after"), "3600");
    app.clock.advance(Duration::from_hours(1));
    upload(&agency, &campaign).await;
}

#[tokio::test]
async fn a_file_that_nothing_names_is_removed_after_a_day() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let creative = upload(&agency, &book(&agency).await).await;
    let named = creative["objectKey"].as_str().unwrap();
    let scratch = tempfile::NamedTempFile::new().unwrap();
    let (left, other) = ("creatives/a/left.png", "elsewhere/left.png");
    for key in [left, other] {
        app.app
            .blobs
            .put_file(key, scratch.path(), "image/png")
            .await
            .unwrap();
    }
    let there = async |key: &str| app.app.blobs.get(key, None).await.unwrap().is_some();

    // The files are as old as this test, by the clock of their store.
    app.clock.set(SystemClock.now());
    let young = upkeep::sweep_files(&app.works, &app.app.blobs)
        .await
        .unwrap();
    assert_eq!((young, there(left).await), (0, true));
    app.clock
        .advance(upkeep::FILES_LEFT_ALONE + Duration::from_mins(10));
    let removed = upkeep::sweep_files(&app.works, &app.app.blobs)
        .await
        .unwrap();

    assert_eq!(removed, 1);
    assert_eq!(
        (there(left).await, there(named).await, there(other).await),
        (false, true, true)
    );
    assert_eq!(
        upkeep::sweep_files(&app.works, &app.app.blobs)
            .await
            .unwrap(),
        0
    );
}
