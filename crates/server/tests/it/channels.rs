//! The directory, one channel and its overlay, over HTTP and on the overlay's socket.

use std::time::Duration;

use axum::http::Method;
use beta_testkit::app::{Answer, Person, TestApp};
use beta_testkit::overlay::{Manners, Overlay};
use serde_json::{Value, json};

use crate::played::{Booking, OnAir};

/// An id that nothing has.
const NOBODYS: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

async fn patch_seen(person: &Person, path: &str, seen: &str, body: Value) -> Answer {
    let request = person.request(Method::PATCH, path).header("if-match", seen);
    person.send(request.json(&body)).await
}

async fn overlay(booking: &Booking, on: &OnAir, manners: Manners) -> Overlay {
    let clock = booking.app.clock.clone();
    Overlay::connect(&booking.app.url(""), &on.key, clock, manners)
        .await
        .unwrap()
}

async fn trigger(booking: &Booking, on: &OnAir) -> Answer {
    let order = json!({ "channelId": on.id });
    booking.agency.post("/deliveries/trigger", &order).await
}

#[tokio::test]
async fn the_directory_tells_who_books_what_they_may_know_and_no_more() {
    let booking = Booking::new().await;
    let on = booking.channel("kim", json!({ "cpmRate": 15 })).await;

    let found = booking.agency.get("/channels").await.expect(200);

    let created = found[0]["createdAt"].clone();
    assert_eq!(
        found,
        json!([{
            "id": on.id, "twitchChannelName": "kim", "displayName": "kim", "country": "DE",
            "language": "de", "categories": [], "avgViewers": 9, "pricingTier": "s",
            "autoAccept": true, "paused": false, "live": true, "createdAt": created,
        }])
    );
    let one = booking.agency.get(&format!("/channels/{}", on.id)).await;
    assert_eq!(one.expect(200), found[0]);
    assert_eq!(one.header("etag"), "\"1\"");
    assert_eq!(booking.admin.get("/channels").await.expect(200), found);
    for person in [&on.owner, &booking.app.brand("bolt").await] {
        let refused = person.get("/channels").await;
        refused.expect_problem(403, "insufficient_permissions");
    }
}

#[tokio::test]
async fn the_directory_is_filtered_and_paged() {
    let booking = Booking::new().await;
    booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let lee = booking.channel("lee", json!({ "cpmRate": 15 })).await;
    let name = |row: &Value| row["twitchChannelName"].as_str().unwrap().to_owned();
    for (query, expected) in [
        ("", vec!["lee", "kim"]),
        ("?q=KI", vec!["kim"]),
        (
            "?country=de&language=de&minViewers=9&live=true",
            vec!["lee", "kim"],
        ),
        ("?country=US", vec![]),
        ("?language=en", vec![]),
        ("?category=gaming", vec![]),
        ("?minViewers=10", vec![]),
        ("?live=false", vec![]),
    ] {
        let found = booking
            .agency
            .get(&format!("/channels{query}"))
            .await
            .expect(200);
        let names: Vec<String> = found.as_array().unwrap().iter().map(name).collect();
        assert_eq!(names, expected, "{query}");
    }
    let first = booking.agency.get("/channels?limit=1&live=true").await;
    assert_eq!(first.expect(200)[0]["id"], json!(lee.id));
    let next = first
        .header("link")
        .trim_start_matches('<')
        .split('>')
        .next()
        .unwrap();
    assert!(next.contains("live=true"), "{next}");
    let second = booking.agency.get(next).await;
    assert_eq!(name(&second.expect(200)[0]), "kim");

    for (query, field, code) in [
        ("q=", "q", "too_short"),
        ("country=XX", "country", "unknown_country"),
        ("language=qq", "language", "unknown_language"),
        ("category=x", "category", "too_short"),
        ("minViewers=-1", "minViewers", "too_small"),
        ("minViewers=x", "minViewers", "invalid_type"),
        ("minViewers=1000001", "minViewers", "too_large"),
        ("live=maybe", "live", "invalid_value"),
        ("limit=201", "limit", "invalid_limit"),
        ("cursor=x", "cursor", "invalid_cursor"),
        ("owner=kim", "owner", "unknown_field"),
    ] {
        let refused = booking.agency.get(&format!("/channels?{query}")).await;
        refused.expect_field(field, code);
    }
}

#[tokio::test]
async fn a_channel_is_changed_by_its_owner_in_the_state_that_was_seen() {
    let app = TestApp::new().await;
    let kim = app.streamer("kim").await;
    let id = app.channel(&kim, "kim").await.id;
    let path = format!("/channels/{id}");
    let seen = kim.get(&path).await;
    let whole = seen.expect(200);
    assert_eq!(whole["overlayCredential"], Value::Null);
    assert_eq!(
        whole["overlay"],
        json!({
            "position": "bottom-right", "widthPercent": null, "marginPx": 24, "muted": true,
            "animation": "fade", "paused": false, "autoAccept": true,
        })
    );

    let change = json!({ "twitchChannelName": "kim_tv", "avgViewers": 7.0, "categories": [] });
    let changed = patch_seen(&kim, &path, seen.header("etag"), change).await;

    assert_eq!(changed.header("etag"), "\"2\"");
    let body = changed.expect(200);
    assert_eq!(body["twitchChannelName"], "kim_tv");
    assert_eq!(
        (&body["avgViewers"], &body["categories"]),
        (&json!(7), &json!([]))
    );
    assert_eq!(body["country"], whole["country"]);
    assert_eq!(kim.get(&path).await.expect(200), body);
    let late = json!({ "country": "FR" });
    let late = patch_seen(&kim, &path, seen.header("etag"), late).await;
    late.expect_problem(412, "stale_version");
    assert_eq!(late.header("etag"), "\"2\"");
    let pause = json!({ "paused": true });
    let late = patch_seen(&kim, &format!("{path}/overlay"), "\"1\"", pause).await;
    late.expect_problem(412, "stale_version");
    assert_eq!(kim.get(&path).await.expect(200)["paused"], false);
    let admin = app.admin().await;
    admin
        .patch(&path, &json!({ "country": "FR" }))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_foreign_channel_is_answered_as_an_unknown_one_everywhere() {
    let booking = Booking::new().await;
    let on = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let lee = booking.app.streamer("lee").await;
    let told = |answer: &Answer| {
        let mut body = answer.expect_problem(404, "channel_not_found");
        body["requestId"] = Value::Null;
        body
    };
    for tail in ["", "/overlay", "/sessions"] {
        let foreign = lee.get(&format!("/channels/{}{tail}", on.id)).await;
        let unknown = lee.get(&format!("/channels/{NOBODYS}{tail}")).await;
        assert_eq!(told(&foreign), told(&unknown), "{tail}");
    }
    for tail in ["", "/overlay"] {
        let foreign = lee
            .patch(&format!("/channels/{}{tail}", on.id), &json!({}))
            .await;
        let unknown = lee
            .patch(&format!("/channels/{NOBODYS}{tail}"), &json!({}))
            .await;
        assert_eq!(told(&foreign), told(&unknown), "{tail}");
    }
    for id in [&on.id, NOBODYS] {
        let revoked = lee
            .post("/overlay/revoke-key", &json!({ "channelId": id }))
            .await;
        told(&revoked);
    }
    let rival = booking.app.agency("rival").await;
    let sessions = rival.get(&format!("/channels/{}/sessions", on.id)).await;
    told(&sessions);
    let brand = booking.app.brand("bolt").await;
    for path in [
        format!("/channels/{}", on.id),
        format!("/channels/{}/sessions", on.id),
    ] {
        let refused = brand.get(&path).await;
        refused.expect_problem(403, "insufficient_permissions");
    }
    let path = format!("/channels/{}/overlay", on.id);
    let refused = booking.agency.get(&path).await;
    refused.expect_problem(403, "insufficient_permissions");
}

#[tokio::test]
async fn a_name_that_another_channel_has_is_refused() {
    let app = TestApp::new().await;
    let (kim, lee) = (app.streamer("kim").await, app.streamer("lee").await);
    app.channel(&kim, "Kim_TV").await;
    let own = app.channel(&lee, "lee").await.id;
    let body = json!({
        "twitchChannelName": "kim_tv", "country": "DE", "language": "de", "categories": [],
        "avgViewers": 0, "pricingTier": "x",
    });
    let created = lee.post("/streamers/channels", &body).await;
    let renamed = json!({ "twitchChannelName": "KIM_TV" });
    let renamed = lee.patch(&format!("/channels/{own}"), &renamed).await;
    for refused in [created, renamed] {
        let problem = refused.expect_problem(409, "channel_name_taken");
        assert_eq!(problem["errors"][0]["field"], "twitchChannelName");
    }
}

#[tokio::test]
async fn nothing_but_what_is_the_streamers_to_set_is_taken() {
    let app = TestApp::new().await;
    let kim = app.streamer("kim").await;
    let id = app.channel(&kim, "kim").await.id;
    let (channel, overlay) = (format!("/channels/{id}"), format!("/channels/{id}/overlay"));
    for field in [
        "id",
        "streamerProfileId",
        "ownerId",
        "userId",
        "pausedAt",
        "version",
        "createdAt",
        "nameKey",
        "live",
        "autoAccept",
        "paused",
        "overlayCredential",
    ] {
        let refused = kim.patch(&channel, &json!({ field: "x" })).await;
        refused.expect_field(field, "unknown_field");
    }
    for field in ["id", "channelId", "pausedAt", "label", "version", "country"] {
        let refused = kim.patch(&overlay, &json!({ field: "x" })).await;
        refused.expect_field(field, "unknown_field");
    }
    for (path, fields) in [
        ("/streamers/profile", ["id", "userId", "role"]),
        (
            "/streamers/channels",
            ["id", "streamerProfileId", "pausedAt"],
        ),
    ] {
        for field in fields {
            let refused = kim.post(path, &json!({ field: id })).await;
            refused.expect_field(field, "unknown_field");
        }
    }
    let accounts = json!({ "channelId": id, "ownerId": "x" });
    let refused = kim.post("/overlay/revoke-key", &accounts).await;
    refused.expect_field("ownerId", "unknown_field");
}

/// What is wrong with a change of a channel, or of its overlay.
fn wrong_changes() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let (channel, overlay) = ("", "/overlay");
    vec![
        (
            channel,
            json!({ "twitchChannelName": null }),
            "twitchChannelName",
            "invalid_type",
        ),
        (
            channel,
            json!({ "country": "XX" }),
            "country",
            "unknown_country",
        ),
        (
            channel,
            json!({ "categories": ["x"] }),
            "categories[0]",
            "too_short",
        ),
        (
            channel,
            json!({ "avgViewers": -1 }),
            "avgViewers",
            "too_small",
        ),
        (
            overlay,
            json!({ "position": "somewhere" }),
            "position",
            "invalid_value",
        ),
        (
            overlay,
            json!({ "widthPercent": 4 }),
            "widthPercent",
            "too_small",
        ),
        (
            overlay,
            json!({ "widthPercent": 101 }),
            "widthPercent",
            "too_large",
        ),
        (overlay, json!({ "marginPx": 401 }), "marginPx", "too_large"),
        (overlay, json!({ "marginPx": -1 }), "marginPx", "too_small"),
        (overlay, json!({ "muted": "yes" }), "muted", "invalid_type"),
        (overlay, json!({ "paused": null }), "paused", "invalid_type"),
        (
            overlay,
            json!({ "animation": "spin" }),
            "animation",
            "invalid_value",
        ),
    ]
}

#[tokio::test]
async fn what_is_wrong_with_a_change_is_named_and_limits_are_taken() {
    let app = TestApp::new().await;
    let kim = app.streamer("kim").await;
    let id = app.channel(&kim, "kim").await.id;
    let (channel, overlay) = (format!("/channels/{id}"), format!("/channels/{id}/overlay"));
    for (tail, body, field, code) in wrong_changes() {
        let refused = kim.patch(&format!("{channel}{tail}"), &body).await;
        refused.expect_field(field, code);
    }
    let limits = json!({ "widthPercent": 5, "marginPx": 400 });
    kim.patch(&overlay, &limits).await.expect(200);
    let limits = json!({ "widthPercent": 100, "marginPx": 0 });
    kim.patch(&overlay, &limits).await.expect(200);
    for bad in ["7", "\"x\"", "W/\"1\""] {
        let refused = patch_seen(&kim, &channel, bad, json!({})).await;
        refused.expect_field("if-match", "invalid_if_match");
    }
}

#[tokio::test]
async fn an_overlay_is_told_its_looks_when_it_comes_and_when_they_change() {
    let booking = Booking::new().await;
    let on = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let mut page = overlay(&booking, &on, Manners::default()).await;
    let first = page
        .has_looks("position", &json!("bottom-right"))
        .await
        .unwrap();
    assert_eq!(
        first,
        json!({
            "version": 1, "position": "bottom-right", "widthPercent": null, "marginPx": 24,
            "muted": true, "animation": "fade",
        })
    );

    let path = format!("/channels/{}/overlay", on.id);
    let change = json!({ "position": "top", "widthPercent": 50, "animation": "pulse" });
    let set = on.owner.patch(&path, &change).await.expect(200);

    let told = page.has_looks("position", &json!("top")).await.unwrap();
    assert_eq!(
        (&told["widthPercent"], &told["version"]),
        (&json!(50), &json!(2))
    );
    assert_eq!(on.owner.get(&path).await.expect(200), set);
    page.has_role("primary").await.unwrap();
    trigger(&booking, &on).await.expect(201);
    let command = page.next_command().await.unwrap();
    assert_eq!(command.text("animation"), "pulse");
}

#[tokio::test]
async fn a_paused_channel_shows_nothing_until_it_goes_on() {
    let booking = Booking::new().await;
    let on = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let mut page = overlay(&booking, &on, Manners::default()).await;
    page.has_role("primary").await.unwrap();
    let path = format!("/channels/{}/overlay", on.id);

    on.owner
        .patch(&path, &json!({ "paused": true }))
        .await
        .expect(200);
    trigger(&booking, &on)
        .await
        .expect_problem(400, "streamer_paused");
    let entry = booking.agency.get(&format!("/channels/{}", on.id)).await;
    assert_eq!(entry.expect(200)["paused"], true);

    on.owner
        .patch(&path, &json!({ "paused": false }))
        .await
        .expect(200);
    trigger(&booking, &on).await.expect(201);
}

#[tokio::test]
async fn a_key_that_is_taken_away_drops_its_sockets_and_says_so() {
    let booking = Booking::new().await;
    let on = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let request = json!({ "channelId": on.id });
    let mut page = overlay(&booking, &on, Manners::default()).await;

    for _ in 0..2 {
        let answer = on.owner.post("/overlay/revoke-key", &request).await;
        assert_eq!(answer.expect(201), json!({ "ok": true }));
    }

    page.ended().await.unwrap();
    assert_eq!(page.revoked(), Some(json!({ "reason": "key_revoked" })));
    let clock = booking.app.clock.clone();
    let refused = Overlay::connect(&booking.app.url(""), &on.key, clock, Manners::default()).await;
    assert_eq!(refused.unwrap_err().message(), Some("invalid_overlay_key"));
    let channel = on.owner.get(&format!("/channels/{}", on.id)).await;
    assert_eq!(channel.expect(200)["overlayCredential"], Value::Null);
    let log = booking
        .admin
        .get("/admin/audit?action=overlay_key_revoked")
        .await
        .expect(200);
    assert_eq!(log.as_array().unwrap().len(), 1);
    assert!(!log.to_string().contains(&on.key));
}

#[tokio::test]
async fn sessions_are_listed_for_the_owner_and_for_who_has_a_campaign_there() {
    let mut booking = Booking::new().await;
    let on = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let began = booking.app.works.now();
    booking.app.clock.advance(Duration::from_mins(1));
    booking.next_day(&[&on]).await;
    let owner = booking.app.streamer("kim").await;
    let path = format!("/channels/{}/sessions", on.id);

    let sessions = owner.get(&path).await.expect(200);

    assert_eq!(sessions.as_array().unwrap().len(), 2);
    let started = booking.app.works.now().to_string();
    assert_eq!(
        sessions[0],
        json!({
            "id": sessions[0]["id"], "startedAt": started, "lastHeartbeatAt": started,
            "endedAt": null, "status": "active",
        })
    );
    assert_eq!(sessions[1]["status"], "ended");
    assert!(sessions[1]["endedAt"].as_str().unwrap() <= began.to_string().as_str());
    assert_eq!(booking.agency.get(&path).await.expect(200), sessions);
    let first = owner.get(&format!("{path}?limit=1")).await;
    assert_eq!(first.expect(200)[0], sessions[0]);
    let next = first
        .header("link")
        .trim_start_matches('<')
        .split('>')
        .next()
        .unwrap();
    assert_eq!(owner.get(next).await.expect(200)[0], sessions[1]);
}
