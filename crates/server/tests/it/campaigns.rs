//! Campaigns, flights and assignments over HTTP.

use std::time::Duration;

use beta_testkit::app::{Person, TestApp};
use serde_json::{Value, json};

/// Stands for a field that is not there.
const GONE: &str = "(gone)";
pub(crate) const UNKNOWN: &str = "00000000-0000-4000-8000-000000000000";

pub(crate) fn campaign() -> Value {
    json!({
        "name": "Spring",
        "advertiser": "Brand",
        "objective": "Be seen",
        "startDate": "2026-03-01",
        "endDate": "2026-04-01T00:00:00+02:00",
        "budget": 1234.565,
        "currency": "usd",
    })
}

pub(crate) fn flight() -> Value {
    json!({
        "pacingPerHour": 20,
        "capPerStreamerPerHour": 6.0,
        "capPerSession": 30,
        "allowedFormats": ["mp4", "image", "mp4"],
    })
}

/// `body` with one field set, or taken away by [`GONE`].
pub(crate) fn with(mut body: Value, field: &str, value: Value) -> Value {
    let fields = body.as_object_mut().unwrap();
    if value == GONE {
        fields.remove(field);
    } else {
        fields.insert(field.to_owned(), value);
    }
    body
}

/// Posts `body` with one field after the other made wrong, each of which must be refused by name.
pub(crate) async fn refuses(who: &Person, path: &str, body: Value, wrong: &[(&str, Value, &str)]) {
    for (field, value, code) in wrong {
        let answer = who
            .post(path, &with(body.clone(), field, value.clone()))
            .await;
        let problem = answer.expect(400);
        assert_eq!(problem["code"], *code, "{field} = {value}: {problem}");
        let named = problem["errors"][0]["field"].as_str().unwrap();
        assert!(named.starts_with(field), "{field} = {value}: {problem}");
        assert_eq!(problem["errors"].as_array().unwrap().len(), 1, "{problem}");
    }
}

pub(crate) async fn book(who: &Person) -> String {
    let booked = who.post("/campaigns", &campaign()).await.expect(201);
    booked["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn channel(streamer: &Person, name: &str) -> String {
    let mut body = json!({
        "displayName": name,
        "twitchHandle": name,
        "country": "US",
        "language": "en",
        "categories": ["gaming"],
        "avgViewers": 120,
        "pricingTier": "mid",
    });
    streamer.post("/streamers/profile", &body).await.expect(201);
    for gone in ["displayName", "twitchHandle"] {
        body.as_object_mut().unwrap().remove(gone);
    }
    let body = with(body, "twitchChannelName", json!(name));
    let channel = streamer
        .post("/streamers/channels", &body)
        .await
        .expect(201);
    channel["id"].as_str().unwrap().to_owned()
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[tokio::test]
async fn an_agency_books_a_campaign_and_reads_it_back() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;

    let booked = agency.post("/campaigns", &campaign()).await.expect(201);

    let id = booked["id"].as_str().unwrap();
    let expected = json!({
        "id": id,
        "name": "Spring",
        "advertiser": "Brand",
        "objective": "Be seen",
        "startDate": "2026-03-01T00:00:00.000Z",
        "endDate": "2026-03-31T22:00:00.000Z",
        "budget": "1234.57",
        "currency": "USD",
        "status": "draft",
        "targeting": {},
        "organizationId": agency.who().organization_id,
        "brandOrganizationId": null,
        "timeZone": "UTC",
        "billableEvidence": 1,
        "reviewReason": null,
        "createdAt": "2026-03-01T12:00:00.000Z",
        "updatedAt": "2026-03-01T12:00:00.000Z",
    });
    assert_eq!(booked, expected);
    let mut full = expected;
    for list in ["flights", "creatives", "assignments"] {
        full[list] = json!([]);
    }
    assert_eq!(
        agency.get(&format!("/campaigns/{id}")).await.expect(200),
        full
    );
    assert_eq!(agency.get("/campaigns").await.expect(200), json!([full]));
}

#[tokio::test]
async fn every_wrong_field_of_a_campaign_is_refused_by_name() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let long = |length: usize| json!("x".repeat(length));
    let wrong = [
        ("name", json!(GONE), "required"),
        ("name", json!("x"), "too_short"),
        ("name", long(121), "too_long"),
        ("name", json!("a\0b"), "invalid_text"),
        ("name", json!(1), "invalid_type"),
        ("name", Value::Null, "invalid_type"),
        ("advertiser", long(121), "too_long"),
        ("objective", long(257), "too_long"),
        ("startDate", json!(GONE), "required"),
        ("startDate", Value::Null, "invalid_type"),
        ("startDate", json!("soon"), "not_a_time"),
        ("startDate", json!("2026-02-30"), "not_a_time"),
        ("startDate", json!("1999-12-31"), "date_out_of_range"),
        ("endDate", json!("2026-03-01"), "dates_out_of_order"),
        ("endDate", json!("2026-02-28"), "dates_out_of_order"),
        ("endDate", json!("9999-01-01"), "date_out_of_range"),
        ("budget", json!(0), "not_positive"),
        ("budget", json!(-5), "not_positive"),
        ("budget", json!(1e300), "out_of_range"),
        ("budget", json!(100_000_000_000_i64), "out_of_range"),
        ("budget", json!("5000"), "invalid_type"),
        ("currency", json!("ZZZ"), "unknown_currency"),
        ("currency", json!("US"), "unknown_currency"),
        ("targeting", json!([]), "invalid_type"),
        ("targeting", Value::Null, "invalid_type"),
        ("targeting", json!({ "a": "\0" }), "invalid_text"),
        ("targeting", json!({ "a": "x".repeat(16_384) }), "too_large"),
        ("status", json!("live"), "invalid_value"),
        ("status", Value::Null, "invalid_type"),
        ("organizationId", json!("x"), "invalid_value"),
        ("bugdet", json!(1), "unknown_field"),
    ];

    refuses(&agency, "/campaigns", campaign(), &wrong).await;

    assert_eq!(agency.get("/campaigns").await.expect(200), json!([]));
    let largest = with(campaign(), "budget", json!(99_999_999_999.99_f64));
    let booked = agency.post("/campaigns", &largest).await.expect(201);
    assert_eq!(booked["budget"], "99999999999.99");
}

#[tokio::test]
async fn an_agency_cannot_approve_itself_and_an_administrator_names_the_agency() {
    let app = TestApp::new().await;
    let (agency, admin) = (app.agency("acme").await, app.admin().await);

    for status in ["approved", "rejected", "active", "paused", "completed"] {
        let answer = agency
            .post("/campaigns", &with(campaign(), "status", json!(status)))
            .await;
        assert_eq!(answer.problem(403), "approval_required");
    }
    let submitted = with(campaign(), "status", json!("submitted"));
    agency.post("/campaigns", &submitted).await.expect(201);

    let active = with(campaign(), "status", json!("active"));
    let answer = admin.post("/campaigns", &active).await;
    assert_eq!(answer.problem(400), "required");
    assert_eq!(answer.json()["errors"][0]["field"], "organizationId");
    let unknown = with(active.clone(), "organizationId", json!(UNKNOWN));
    let answer = admin.post("/campaigns", &unknown).await;
    assert_eq!(answer.problem(404), "organization_not_found");
    let acme = agency.user.as_ref().unwrap().organization_id.unwrap();
    let named = with(active, "organizationId", json!(acme));
    assert_eq!(
        admin.post("/campaigns", &named).await.expect(201)["status"],
        "active"
    );
    assert_eq!(
        agency
            .get("/campaigns")
            .await
            .expect(200)
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn campaigns_are_seen_by_their_agency_their_brand_and_administrators_only() {
    let app = TestApp::new().await;
    let (agency, rival, brand) = (
        app.agency("acme").await,
        app.agency("rival").await,
        app.brand("cola").await,
    );
    let cola = brand.user.as_ref().unwrap().organization_id.unwrap();
    let named = with(campaign(), "brandOrganizationId", json!(cola));
    let shared = agency.post("/campaigns", &named).await.expect(201);
    let shared = format!("/campaigns/{}", shared["id"].as_str().unwrap());
    let secret = format!("/campaigns/{}", book(&agency).await);
    let unknown = format!("/campaigns/{UNKNOWN}");

    for (who, sees_shared, sees_secret) in [
        (&agency, true, true),
        (&app.admin().await, true, true),
        (&brand, true, false),
        (&rival, false, false),
    ] {
        for (path, sees) in [
            (&shared, sees_shared),
            (&secret, sees_secret),
            (&unknown, false),
        ] {
            let answer = who.get(path).await;
            if sees {
                answer.expect(200);
            } else {
                assert_eq!(answer.problem(404), "campaign_not_found", "{who:?} {path}");
            }
        }
        let listed = who
            .get("/campaigns")
            .await
            .expect(200)
            .as_array()
            .unwrap()
            .len();
        assert_eq!(listed, usize::from(sees_shared) + usize::from(sees_secret));
    }
    for who in [app.streamer("kim").await, app.viewer("vic").await] {
        assert_eq!(
            who.get("/campaigns").await.problem(403),
            "insufficient_permissions"
        );
        assert_eq!(
            who.get(&shared).await.problem(403),
            "insufficient_permissions"
        );
    }
    assert_eq!(app.nobody().get("/campaigns").await.status, 401);
    assert_eq!(brand.post("/campaigns", &campaign()).await.status, 403);
    let flights = format!("{shared}/flights");
    assert_eq!(brand.post(&flights, &flight()).await.status, 403);
    assert_eq!(
        rival.post(&flights, &flight()).await.problem(404),
        "campaign_not_found"
    );
    assert_eq!(agency.get("/campaigns/acme").await.status, 400);
}

#[tokio::test]
async fn a_list_comes_in_pages_newest_first() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let mut booked = Vec::new();
    for _ in 0..3 {
        booked.insert(0, book(&agency).await);
        app.clock.advance(Duration::from_secs(1));
    }

    let mut seen = Vec::new();
    let mut path = "/campaigns?limit=2".to_owned();
    loop {
        let answer = agency.get(&path).await;
        for campaign in answer.expect(200).as_array().unwrap() {
            seen.push(campaign["id"].as_str().unwrap().to_owned());
        }
        let Some(next) = answer.header("link").strip_suffix(">; rel=\"next\"") else {
            break;
        };
        path = next.trim_start_matches('<').to_owned();
    }

    assert_eq!(seen, booked);
    for (bad, field) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("cursor=x", "cursor"),
        ("page=2", "page"),
    ] {
        let problem = agency.get(&format!("/campaigns?{bad}")).await.expect(400);
        assert_eq!(problem["errors"][0]["field"], field, "{bad}: {problem}");
    }
}

#[tokio::test]
async fn a_campaign_moves_through_its_states_by_those_who_may() {
    let app = TestApp::new().await;
    let (agency, admin) = (app.agency("acme").await, app.admin().await);
    let path = format!("/campaigns/{}/status", book(&agency).await);
    let to = |status: &str| json!({ "status": status, "reason": "because" });

    let early = agency.post(&path, &to("active")).await;
    assert_eq!(early.problem(409), "invalid_status_change");
    assert_eq!(
        agency.post(&path, &to("submitted")).await.expect(201)["status"],
        "submitted"
    );
    assert_eq!(
        agency.post(&path, &to("approved")).await.problem(403),
        "approval_required"
    );
    assert_eq!(
        app.brand("cola")
            .await
            .post(&path, &to("paused"))
            .await
            .status,
        403
    );
    let rival = app.agency("rival").await.post(&path, &to("draft")).await;
    assert_eq!(rival.problem(404), "campaign_not_found");
    admin.post(&path, &to("approved")).await.expect(201);
    for status in ["active", "paused", "active", "completed"] {
        assert_eq!(
            agency.post(&path, &to(status)).await.expect(201)["status"],
            status
        );
    }
    assert_eq!(
        admin.post(&path, &to("active")).await.problem(409),
        "invalid_status_change"
    );
    let wrong = [
        ("status", json!("gone"), "invalid_value"),
        ("status", json!(GONE), "required"),
        ("reason", json!(""), "too_short"),
        ("reason", json!("x".repeat(501)), "too_long"),
        ("note", json!("x"), "unknown_field"),
    ];
    refuses(&agency, &path, to("active"), &wrong).await;

    let audit = admin.get("/admin/audit").await.expect(200);
    let change = &audit[0];
    assert_eq!(change["action"], "campaign_status_changed");
    assert_eq!(
        change["payload"],
        json!({
            "from": "active",
            "to": "completed",
            "reason": "because",
            "before": { "status": "active", "reviewReason": "because" },
            "after": { "status": "completed", "reviewReason": "because" },
        })
    );
}

#[tokio::test]
async fn a_flight_is_added_with_its_bounds_kept() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let id = book(&agency).await;
    let path = format!("/campaigns/{id}/flights");

    let added = agency.post(&path, &flight()).await.expect(201);

    assert_eq!(
        added,
        json!({
            "id": added["id"],
            "campaignId": id,
            "pacingPerHour": 20,
            "capPerStreamerPerHour": 6,
            "capPerSession": 30,
            "allowedFormats": ["mp4", "image"],
            "mode": "manual",
            "minGapSec": 0,
            "startAt": null,
            "endAt": null,
            "createdAt": "2026-03-01T12:00:00.000Z",
            "updatedAt": "2026-03-01T12:00:00.000Z",
        })
    );
    let full = agency.get(&format!("/campaigns/{id}")).await.expect(200);
    assert_eq!(full["flights"], json!([added]));
    let body = with(flight(), "startAt", json!("2026-03-02"));
    let wrong = [
        ("pacingPerHour", json!(0), "too_small"),
        ("pacingPerHour", json!(1_001), "too_large"),
        ("pacingPerHour", json!(1.5), "not_whole"),
        ("pacingPerHour", json!("20"), "invalid_type"),
        ("capPerStreamerPerHour", json!(201), "too_large"),
        ("capPerSession", json!(0), "too_small"),
        ("capPerSession", json!(GONE), "required"),
        ("allowedFormats", json!([]), "wrong_count"),
        ("allowedFormats", json!(["html"]), "invalid_value"),
        ("allowedFormats", json!("mp4"), "invalid_type"),
        ("mode", json!("magic"), "invalid_value"),
        ("minGapSec", json!(86_401), "too_large"),
        ("minGapSec", json!(-1), "too_small"),
        ("endAt", json!("2026-03-02"), "dates_out_of_order"),
        ("endAt", json!("1990-01-01"), "date_out_of_range"),
        ("pacing", json!(1), "unknown_field"),
    ];
    refuses(&agency, &path, body, &wrong).await;
    let path = format!("/campaigns/{UNKNOWN}/flights");
    assert_eq!(
        agency.post(&path, &flight()).await.problem(404),
        "campaign_not_found"
    );
}

#[tokio::test]
async fn channels_are_assigned_at_a_price_and_shown_with_the_campaign() {
    let app = TestApp::new().await;
    let (agency, kim) = (app.agency("acme").await, app.streamer("kim").await);
    let (a, b) = (
        channel(&kim, "kim_one").await,
        channel(&kim, "kim_two").await,
    );
    let id = book(&agency).await;
    let path = format!("/campaigns/{id}/assign-streamers");

    let body = json!({ "streamerChannelIds": [b, a, b], "cpmRate": 15.123_45 });
    let first = agency.post(&path, &body).await.expect(201);
    let again = json!({ "streamerChannelIds": [a], "fixedFee": 450 });
    let second = agency.post(&path, &again).await.expect(201);

    assert_eq!(first["count"], 3);
    let rows = first["assignments"].as_array().unwrap();
    let order: Vec<&Value> = rows.iter().map(|row| &row["channelId"]).collect();
    assert_eq!(order, [&json!(b), &json!(a), &json!(b)]);
    assert_eq!(rows[0], rows[2]);
    assert_eq!(
        (&rows[0]["cpmRate"], &rows[0]["fixedFee"]),
        (&json!("15.1235"), &Value::Null)
    );
    let row = &second["assignments"][0];
    assert_eq!(row["id"], rows[1]["id"], "the same assignment");
    assert_eq!(
        (&row["cpmRate"], &row["fixedFee"]),
        (&json!("15.1235"), &json!("450"))
    );
    let names = [
        "campaignId",
        "channelId",
        "cpmRate",
        "createdAt",
        "fixedFee",
        "id",
        "status",
    ];
    assert_eq!(keys(row), names);
    let full = agency.get(&format!("/campaigns/{id}")).await.expect(200);
    let shown = full["assignments"].as_array().unwrap();
    assert_eq!(shown.len(), 2);
    for assignment in shown {
        assert_eq!(assignment["channel"]["id"], assignment["channelId"]);
        assert_eq!(assignment["channel"]["avgViewers"], 120);
        assert_eq!(assignment["channel"].get("overlayCredential"), None);
    }
    let audit = app.admin().await.get("/admin/audit").await.expect(200);
    let assigned = audit.as_array().unwrap().iter().rev();
    let assigned = assigned.filter(|row| row["action"] == "campaign_streamers_assigned");
    let payloads: Vec<&Value> = assigned.map(|row| &row["payload"]).collect();
    assert_eq!(payloads[0]["count"], 3);
    assert_eq!(payloads[0]["channelIds"], json!([b, a, b]));
    let changes = [&payloads[1]["before"][0], &payloads[1]["after"][0]];
    let expected = |fee: Value| json!({ "channelId": a, "fixedFee": fee });
    assert_eq!(changes, [&expected(Value::Null), &expected(json!("450"))]);
}

#[tokio::test]
async fn every_wrong_assignment_is_refused_by_name() {
    let app = TestApp::new().await;
    let (agency, kim) = (app.agency("acme").await, app.streamer("kim").await);
    let known = channel(&kim, "kim_one").await;
    let path = format!("/campaigns/{}/assign-streamers", book(&agency).await);
    let body = json!({ "streamerChannelIds": [known] });
    let wrong = [
        ("streamerChannelIds", json!(GONE), "required"),
        ("streamerChannelIds", json!([]), "wrong_count"),
        (
            "streamerChannelIds",
            json!(vec![&known; 201]),
            "wrong_count",
        ),
        ("streamerChannelIds", json!(["x"]), "invalid_value"),
        ("streamerChannelIds", json!(known), "invalid_type"),
        ("cpmRate", json!(0), "not_positive"),
        ("cpmRate", json!(1_000_000), "out_of_range"),
        ("cpmRate", json!("15"), "invalid_type"),
        ("cpmRate", Value::Null, "invalid_type"),
        ("fixedFee", json!(-1), "not_positive"),
        ("fixedFee", json!(1e15), "out_of_range"),
        ("rate", json!(1), "unknown_field"),
    ];

    refuses(&agency, &path, body, &wrong).await;

    let unknown = json!({ "streamerChannelIds": [known, UNKNOWN] });
    let answer = agency.post(&path, &unknown).await;
    assert_eq!(answer.problem(404), "channel_not_found");
    assert_eq!(answer.json()["errors"][0]["field"], "streamerChannelIds[1]");
    let path = path.replace("/assign-streamers", "");
    assert_eq!(
        agency.get(&path).await.expect(200)["assignments"],
        json!([]),
        "none was kept"
    );
}
