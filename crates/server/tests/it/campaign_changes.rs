//! Changing what was booked, over HTTP: by whom, from which state, and what is never let in.

use beta_testkit::app::{Answer, Person, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

use crate::campaigns::{UNKNOWN, book, campaign, channel, flight, refuses, with};

async fn patch(who: &Person, path: &str, seen: &str, body: Value) -> Answer {
    let request = who.request(Method::PATCH, path).json(&body);
    who.send(request.header("if-match", seen)).await
}

/// Patches `body` with one field after the other, each of which must be refused by name.
async fn refuses_changes(who: &Person, path: &str, wrong: &[(&str, Value, &str)]) {
    for (field, value, code) in wrong {
        let answer = who.patch(path, &json!({ *field: value })).await;
        let problem = answer.expect(400);
        assert_eq!(problem["code"], *code, "{field} = {value}: {problem}");
        let named = problem["errors"][0]["field"].as_str().unwrap();
        assert!(named.starts_with(field), "{field} = {value}: {problem}");
        assert_eq!(problem["errors"].as_array().unwrap().len(), 1, "{problem}");
    }
}

async fn move_to(who: &Person, campaign: &str, status: &str) -> Value {
    let path = format!("{campaign}/status");
    let body = json!({ "status": status, "reason": "because" });
    who.post(&path, &body).await.expect(201)
}

#[tokio::test]
async fn an_agency_changes_its_draft_and_only_its_last_state() {
    let app = TestApp::new().await;
    let (agency, brand) = (app.agency("acme").await, app.brand("cola").await);
    let path = format!("/campaigns/{}", book(&agency).await);
    let read = agency.get(&path).await;
    assert_eq!(read.header("etag"), "\"1\"");
    let changes = json!({
        "name": "Summer",
        "budget": 2000,
        "endDate": "2026-06-01",
        "targeting": { "country": ["DE"] },
        "timeZone": "europe/berlin",
        "brandOrganizationId": brand.who().organization_id,
        "billableEvidence": 2,
    });

    let answer = patch(&agency, &path, "\"1\"", changes).await;

    let after = answer.expect(200);
    assert_eq!(answer.header("etag"), "\"2\"");
    let expected = [
        ("name", json!("Summer")),
        ("advertiser", json!("Brand")),
        ("budget", json!("2000")),
        ("endDate", json!("2026-06-01T00:00:00.000Z")),
        ("timeZone", json!("Europe/Berlin")),
        ("billableEvidence", json!(2)),
        ("status", json!("draft")),
    ];
    for (field, value) in expected {
        assert_eq!(after[field], value, "{field}");
    }
    brand.get(&path).await.expect(200);
    let late = patch(&agency, &path, "\"1\"", json!({ "name": "Autumn" })).await;
    assert_eq!(late.problem(412), "stale_version");
    assert_eq!(late.header("etag"), "\"2\"");
    let nobody_minds = patch(&agency, &path, "*", json!({ "brandOrganizationId": null })).await;
    assert_eq!(nobody_minds.expect(200)["brandOrganizationId"], Value::Null);
    assert_eq!(brand.get(&path).await.problem(404), "campaign_not_found");
    let nothing = agency.patch(&path, &json!({})).await;
    nothing.expect(200);
    assert_eq!(nothing.header("etag"), "\"3\"", "nothing was changed");

    let audit = app.admin().await.get("/admin/audit").await.expect(200);
    let audit = audit.as_array().unwrap().iter();
    let audit: Vec<&Value> = audit
        .filter(|row| row["action"] == "campaign_updated")
        .collect();
    assert_eq!(audit.len(), 2, "what changes nothing is not written down");
    assert_eq!(audit[0]["actor"]["email"], agency.who().email);
    let organization = json!(brand.who().organization_id);
    let change = json!({
        "before": { "brandOrganizationId": organization },
        "after": { "brandOrganizationId": null },
    });
    assert_eq!(audit[0]["payload"], change);
    assert_eq!(audit[1]["payload"]["before"]["name"], "Spring");
    assert_eq!(audit[1]["payload"]["after"]["name"], "Summer");
}

#[tokio::test]
async fn every_wrong_change_of_a_campaign_is_refused_by_name() {
    let app = TestApp::new().await;
    let (agency, rival) = (app.agency("acme").await, app.agency("rival").await);
    let path = format!("/campaigns/{}", book(&agency).await);
    let wrong = [
        ("name", json!("x"), "too_short"),
        ("name", Value::Null, "invalid_type"),
        ("advertiser", json!("a\0b"), "invalid_text"),
        ("objective", json!("x".repeat(257)), "too_long"),
        ("startDate", json!("2026-05-01"), "dates_out_of_order"),
        ("endDate", json!("2026-02-01"), "dates_out_of_order"),
        ("endDate", json!("9999-01-01"), "date_out_of_range"),
        ("endDate", Value::Null, "invalid_type"),
        ("budget", json!(0), "not_positive"),
        ("budget", json!("5000"), "invalid_type"),
        ("targeting", json!([]), "invalid_type"),
        ("timeZone", json!("Berlin"), "unknown_time_zone"),
        ("timeZone", json!("+02:00"), "unknown_time_zone"),
        ("billableEvidence", json!(6), "too_large"),
        ("billableEvidence", json!(-1), "too_small"),
        ("brandOrganizationId", json!("x"), "invalid_value"),
        // What is not a booking's to change.
        ("currency", json!("EUR"), "unknown_field"),
        ("organizationId", json!(UNKNOWN), "unknown_field"),
        ("status", json!("approved"), "unknown_field"),
        ("reviewReason", json!("fine"), "unknown_field"),
        ("version", json!(1), "unknown_field"),
        ("id", json!(UNKNOWN), "unknown_field"),
        ("createdAt", json!("2026-01-01"), "unknown_field"),
    ];

    refuses_changes(&agency, &path, &wrong).await;

    let not_brands = [json!(UNKNOWN), json!(rival.who().organization_id)];
    for id in not_brands {
        let answer = agency
            .patch(&path, &json!({ "brandOrganizationId": id }))
            .await;
        let problem = answer.expect_problem(404, "organization_not_found");
        assert_eq!(problem["errors"][0]["field"], "brandOrganizationId");
    }
    for seen in ["1", "\"x\"", "W/\"1\""] {
        let answer = patch(&agency, &path, seen, json!({ "name": "Other" })).await;
        answer.expect_field("if-match", "invalid_if_match");
    }
    let unchanged = agency.get(&path).await;
    assert_eq!(unchanged.header("etag"), "\"1\"");
}

#[tokio::test]
async fn fields_that_are_not_the_bookers_are_refused_in_every_new_body() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let id = book(&agency).await;
    let kim = channel(&app.streamer("kim").await, "kim_one").await;
    let secrets = [
        ("id", json!(UNKNOWN)),
        ("version", json!(9)),
        ("createdAt", json!("2026-01-01")),
        ("reviewReason", json!("fine")),
        ("approvalStatus", json!("approved")),
        ("role", json!("admin")),
    ];
    let wrong: Vec<(&str, Value, &str)> = secrets
        .iter()
        .map(|(field, value)| (*field, value.clone(), "unknown_field"))
        .collect();

    refuses(&agency, "/campaigns", campaign(), &wrong).await;
    let flights = format!("/campaigns/{id}/flights");
    refuses(&agency, &flights, flight(), &wrong).await;
    let assigned = format!("/campaigns/{id}/assign-streamers");
    let channels = json!({ "streamerChannelIds": [kim] });
    refuses(&agency, &assigned, channels, &wrong).await;
    let status = format!("/campaigns/{id}/status");
    refuses(&agency, &status, json!({ "status": "submitted" }), &wrong).await;
    let foreign = with(campaign(), "organizationId", json!(UNKNOWN));
    let answer = agency.post("/campaigns", &foreign).await;
    assert_eq!(answer.problem(404), "organization_not_found");
}

#[tokio::test]
async fn what_was_approved_is_changed_by_administrators_only() {
    let app = TestApp::new().await;
    let (agency, admin) = (app.agency("acme").await, app.admin().await);
    let path = format!("/campaigns/{}", book(&agency).await);
    move_to(&agency, &path, "submitted").await;

    let held = agency.patch(&path, &json!({ "name": "Other" })).await;
    assert_eq!(held.problem(409), "campaign_in_review");
    for status in ["approved", "rejected"] {
        let own = json!({ "status": status, "reason": "ours" });
        let answer = agency.post(&format!("{path}/status"), &own).await;
        assert_eq!(answer.problem(403), "approval_required");
    }
    move_to(&admin, &path, "approved").await;
    let both = json!({ "name": "Other", "targeting": { "a": 1 }, "budget": 2000 });
    let lapse = agency.patch(&path, &both).await;
    let problem = lapse.expect_problem(409, "approval_would_lapse");
    let named = problem["errors"].as_array().unwrap().iter();
    let named: Vec<&Value> = named.map(|error| &error["field"]).collect();
    assert_eq!(named, ["name", "targeting"]);
    let harmless = json!({ "budget": 2000, "endDate": "2026-07-01" });
    assert_eq!(
        agency.patch(&path, &harmless).await.expect(200)["budget"],
        "2000"
    );
    let corrected = admin.patch(&path, &json!({ "name": "Other" })).await;
    assert_eq!(corrected.expect(200)["status"], "approved");
    move_to(&agency, &path, "completed").await;
    for who in [&agency, &admin] {
        let over = who.patch(&path, &json!({ "budget": 3000 })).await;
        assert_eq!(over.problem(409), "campaign_completed");
    }
}

/// What one step of a campaign is answered with.
async fn step(who: &Person, campaign: &str, to: &str) -> u16 {
    let body = json!({ "status": to, "reason": "because" });
    who.post(&format!("{campaign}/status"), &body).await.status
}

#[tokio::test]
async fn every_step_from_every_state_is_answered_by_who_asks() {
    const STATES: [&str; 7] = [
        "draft",
        "submitted",
        "approved",
        "rejected",
        "active",
        "paused",
        "completed",
    ];
    let app = TestApp::new().await;
    let (agency, admin) = (app.agency("acme").await, app.admin().await);
    let brand = app.brand("cola").await;
    let named = with(
        campaign(),
        "organizationId",
        json!(agency.who().organization_id),
    );
    let named = with(
        named,
        "brandOrganizationId",
        json!(brand.who().organization_id),
    );
    let allowed = [
        ("draft", "submitted"),
        ("submitted", "approved"),
        ("submitted", "rejected"),
        ("rejected", "draft"),
        ("approved", "active"),
        ("approved", "completed"),
        ("active", "paused"),
        ("active", "completed"),
        ("paused", "active"),
        ("paused", "completed"),
    ];
    for from in STATES {
        for to in STATES {
            for who in [&agency, &admin, &brand] {
                let body = with(named.clone(), "status", json!(from));
                let booked = admin.post("/campaigns", &body).await.expect(201);
                let path = format!("/campaigns/{}", booked["id"].as_str().unwrap());
                let is_judged = matches!(to, "approved" | "rejected");
                let expected = match who.who().role.as_str() {
                    "brand" => 403,
                    "agency" if is_judged => 403,
                    _ if allowed.contains(&(from, to)) => 201,
                    _ => 409,
                };
                let status = step(who, &path, to).await;
                assert_eq!(status, expected, "{from} to {to} by {}", who.who().role);
                let after = if expected == 201 { to } else { from };
                assert_eq!(agency.get(&path).await.expect(200)["status"], after);
            }
        }
    }
}

#[tokio::test]
async fn a_rejection_names_its_reason_which_the_agency_reads() {
    let app = TestApp::new().await;
    let (agency, admin) = (app.agency("acme").await, app.admin().await);
    let path = format!("/campaigns/{}", book(&agency).await);
    move_to(&agency, &path, "submitted").await;

    let silent = admin
        .post(&format!("{path}/status"), &json!({ "status": "rejected" }))
        .await;
    silent.expect_field("reason", "required");
    move_to(&admin, &path, "rejected").await;

    let read = agency.get(&path).await.expect(200);
    let told = (&read["status"], &read["reviewReason"]);
    assert_eq!(told, (&json!("rejected"), &json!("because")));
    agency
        .patch(&path, &json!({ "name": "Better" }))
        .await
        .expect(200);
    move_to(&agency, &path, "draft").await;
    move_to(&agency, &path, "submitted").await;
    assert_eq!(
        move_to(&admin, &path, "approved").await["status"],
        "approved"
    );
}

#[tokio::test]
async fn the_review_queue_is_a_list_with_filters() {
    let app = TestApp::new().await;
    let (agency, admin) = (app.agency("acme").await, app.admin().await);
    let rival = app.agency("rival").await;
    let mut waiting = Vec::new();
    for (who, name) in [
        (&agency, "Tea one"),
        (&rival, "Coffee"),
        (&agency, "Tea two"),
    ] {
        let body = with(campaign(), "name", json!(name));
        let body = with(body, "status", json!("submitted"));
        let booked = who.post("/campaigns", &body).await.expect(201);
        waiting.push(booked["id"].clone());
        app.clock.advance(std::time::Duration::from_secs(1));
    }
    book(&agency).await;
    let ids = async |who: &Person, query: &str| {
        let answer = who.get(&format!("/campaigns?{query}")).await;
        let listed = answer.expect(200);
        let ids = listed.as_array().unwrap().iter();
        let ids: Vec<Value> = ids.map(|campaign| campaign["id"].clone()).collect();
        (ids, answer.header("link").to_owned())
    };

    let (queue, link) = ids(&admin, "status=submitted&order=oldest&limit=2").await;
    assert_eq!(queue, waiting[..2]);
    let next = link.strip_prefix("</campaigns?").unwrap();
    let (rest, link) = ids(&admin, next.strip_suffix(">; rel=\"next\"").unwrap()).await;
    assert_eq!((rest.as_slice(), link.as_str()), (&waiting[2..], ""));
    let (tea, _) = ids(&agency, "q=tea&status=submitted").await;
    assert_eq!(tea, [waiting[2].clone(), waiting[0].clone()]);
    assert!(
        ids(&agency, "q=coffee").await.0.is_empty(),
        "of another agency"
    );
    for (bad, field) in [
        ("status=live", "status"),
        ("order=random", "order"),
        ("q=", "q"),
        ("Q=tea", "Q"),
    ] {
        let problem = admin.get(&format!("/campaigns?{bad}")).await.expect(400);
        assert_eq!(problem["errors"][0]["field"], field, "{bad}: {problem}");
    }
}

#[tokio::test]
async fn a_flight_is_read_and_changed_by_those_whose_it_is() {
    let app = TestApp::new().await;
    let (agency, admin) = (app.agency("acme").await, app.admin().await);
    let id = book(&agency).await;
    let added = agency
        .post(&format!("/campaigns/{id}/flights"), &flight())
        .await
        .expect(201);
    let path = format!("/flights/{}", added["id"].as_str().unwrap());
    let read = agency.get(&path).await;
    assert_eq!((read.expect(200), read.header("etag")), (added, "\"1\""));
    let changes = json!({
        "pacingPerHour": 40,
        "capPerSession": 3.0,
        "allowedFormats": ["gif", "gif"],
        "mode": "auto",
        "minGapSec": 60,
        "startAt": "2026-03-02",
        "endAt": "2026-03-20",
    });

    let answer = patch(&agency, &path, "\"1\"", changes.clone()).await;

    let after = answer.expect(200);
    assert_eq!(answer.header("etag"), "\"2\"");
    let told = [
        "pacingPerHour",
        "capPerStreamerPerHour",
        "capPerSession",
        "minGapSec",
    ];
    assert_eq!(
        told.map(|field| after[field].as_i64().unwrap()),
        [40, 6, 3, 60]
    );
    assert_eq!(after["allowedFormats"], json!(["gif"]));
    let late = patch(&agency, &path, "\"1\"", changes).await;
    assert_eq!(late.problem(412), "stale_version");
    let open = agency
        .patch(&path, &json!({ "endAt": null }))
        .await
        .expect(200);
    assert_eq!(
        (&open["endAt"], &open["mode"]),
        (&Value::Null, &json!("auto"))
    );
    let audit = admin.get("/admin/audit").await.expect(200);
    assert_eq!(audit[0]["action"], "campaign_flight_updated");
    assert_eq!(audit[0]["payload"]["after"], json!({ "endAt": null }));
}

#[tokio::test]
async fn a_wrong_or_foreign_change_of_a_flight_is_refused_and_any_while_it_is_reviewed() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let id = book(&agency).await;
    let body = with(flight(), "startAt", json!("2026-03-02"));
    let flights = format!("/campaigns/{id}/flights");
    let added = agency.post(&flights, &body).await.expect(201);
    let path = format!("/flights/{}", added["id"].as_str().unwrap());
    let wrong = [
        ("pacingPerHour", json!(0), "too_small"),
        ("capPerSession", json!(201), "too_large"),
        ("allowedFormats", json!([]), "wrong_count"),
        ("mode", json!("magic"), "invalid_value"),
        ("mode", Value::Null, "invalid_type"),
        ("minGapSec", json!(-1), "too_small"),
        ("endAt", json!("2026-03-01"), "dates_out_of_order"),
        ("startAt", json!("1990-01-01"), "date_out_of_range"),
        ("campaignId", json!(UNKNOWN), "unknown_field"),
        ("version", json!(1), "unknown_field"),
    ];
    refuses_changes(&agency, &path, &wrong).await;

    let unknown = format!("/flights/{UNKNOWN}");
    let (rival, brand) = (app.agency("rival").await, app.brand("cola").await);
    for (who, path) in [(&rival, &path), (&agency, &unknown)] {
        assert_eq!(who.get(path).await.problem(404), "flight_not_found");
        let answer = who.patch(path, &json!({ "minGapSec": 1 })).await;
        assert_eq!(answer.problem(404), "flight_not_found");
    }
    assert_eq!(brand.get(&path).await.problem(404), "flight_not_found");
    assert_eq!(brand.patch(&path, &json!({})).await.status, 403);
    move_to(&agency, &format!("/campaigns/{id}"), "submitted").await;
    let held = agency.patch(&path, &json!({ "minGapSec": 1 })).await;
    assert_eq!(held.problem(409), "campaign_in_review");
    let held = agency
        .post(&format!("/campaigns/{id}/flights"), &flight())
        .await;
    assert_eq!(held.problem(409), "campaign_in_review");
}

#[tokio::test]
async fn a_channel_is_taken_off_once_and_comes_back_when_it_is_assigned_again() {
    let app = TestApp::new().await;
    let (agency, admin) = (app.agency("acme").await, app.admin().await);
    let kim = app.streamer("kim").await;
    let (one, two) = (
        channel(&kim, "kim_one").await,
        channel(&kim, "kim_two").await,
    );
    let campaign = format!("/campaigns/{}", book(&agency).await);
    let assign = format!("{campaign}/assign-streamers");
    let both = json!({ "streamerChannelIds": [one, two], "cpmRate": 10 });
    let first = agency.post(&assign, &both).await.expect(201);
    let path = format!("{campaign}/assignments/{one}");
    let rival = app.agency("rival").await;
    assert_eq!(rival.delete(&path).await.problem(404), "campaign_not_found");
    assert_eq!(app.brand("cola").await.delete(&path).await.status, 403);
    assert_eq!(kim.delete(&path).await.status, 403);

    let gone = agency.delete(&path).await;

    assert_eq!((gone.status, gone.text().as_str()), (204, ""));
    let listed = agency.get(&campaign).await.expect(200);
    let rows = listed["assignments"].as_array().unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["channelId"], two);
    for id in [one.as_str(), UNKNOWN] {
        let again = agency.delete(&format!("{campaign}/assignments/{id}")).await;
        assert_eq!(again.problem(404), "assignment_not_found");
    }
    let malformed = agency.delete(&format!("{campaign}/assignments/x")).await;
    assert_eq!(malformed.status, 400);
    let audit = admin.get("/admin/audit").await.expect(200);
    assert_eq!(audit[0]["action"], "campaign_streamer_removed");
    assert_eq!(audit[0]["payload"]["channelId"], one);
    let back = json!({ "streamerChannelIds": [one] });
    let back = agency.post(&assign, &back).await.expect(201);
    let (row, before) = (&back["assignments"][0], &first["assignments"][0]);
    assert_eq!((&row["id"], &row["cpmRate"]), (&before["id"], &json!("10")));
}

#[tokio::test]
async fn whoever_is_not_signed_in_changes_nothing() {
    let app = TestApp::new().await;
    let nobody = app.nobody();
    for path in ["campaigns", "flights", "creatives"] {
        let path = format!("/{path}/{UNKNOWN}");
        assert_eq!(nobody.patch(&path, &json!({})).await.status, 401);
    }
    let path = format!("/campaigns/{UNKNOWN}/assignments/{UNKNOWN}");
    assert_eq!(nobody.delete(&path).await.status, 401);
}
