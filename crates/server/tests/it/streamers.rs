//! Profiles, channels, overlay keys and the audit log over HTTP.

use std::time::Duration;

use axum::http::Method;
use beta_domain::actor::Actor;
use beta_domain::id::ChannelId;
use beta_domain::streamers;
use beta_kit::secret::digest_hex;
use beta_testkit::app::{Answer, TestApp};
use serde_json::{Value, json};

fn profile() -> Value {
    json!({
        "displayName": "Kim Plays",
        "twitchHandle": "kim_plays",
        "country": "US",
        "language": "en",
        "categories": ["gaming", "fps"],
        "avgViewers": 120,
        "pricingTier": "mid",
    })
}

fn channel() -> Value {
    json!({
        "twitchChannelName": "kim_tv",
        "country": "DE",
        "language": "pt-BR",
        "categories": [],
        "avgViewers": 0,
        "pricingTier": "x",
    })
}

/// `body` with one field set, or taken away by `null` given as [`GONE`].
fn with(mut body: Value, field: &str, value: Value) -> Value {
    let entries = body.as_object_mut().expect("bodies are objects");
    if value == GONE {
        entries.remove(field);
    } else {
        entries.insert(field.to_owned(), value);
    }
    body
}

/// Stands for a field that is not there.
const GONE: &str = "(gone)";

/// What is wrong with the fields that profile and channel have in common.
fn wrong_audiences() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let too_many = json!(vec!["gaming"; 11]);
    vec![
        ("country", json!(GONE), "country", "required"),
        ("country", json!("USA"), "country", "unknown_country"),
        ("country", json!("XX"), "country", "unknown_country"),
        ("country", json!(1), "country", "invalid_type"),
        ("country", Value::Null, "country", "invalid_type"),
        ("language", json!("e"), "language", "too_short"),
        ("language", json!("en-abcdef"), "language", "too_long"),
        ("language", json!("qq"), "language", "unknown_language"),
        ("categories", json!("gaming"), "categories", "invalid_type"),
        ("categories", too_many, "categories", "too_many"),
        (
            "categories",
            json!(["ok", "x"]),
            "categories[1]",
            "too_short",
        ),
        (
            "categories",
            json!(["x".repeat(41)]),
            "categories[0]",
            "too_long",
        ),
        (
            "categories",
            json!(["a\u{0}b"]),
            "categories[0]",
            "invalid_text",
        ),
        ("categories", json!([1]), "categories[0]", "invalid_type"),
        ("avgViewers", json!(-1), "avgViewers", "too_small"),
        ("avgViewers", json!(1_000_001), "avgViewers", "too_large"),
        ("avgViewers", json!(1.5), "avgViewers", "not_whole"),
        ("avgViewers", json!("120"), "avgViewers", "invalid_type"),
        ("pricingTier", json!(""), "pricingTier", "too_short"),
        (
            "pricingTier",
            json!("x".repeat(41)),
            "pricingTier",
            "too_long",
        ),
        ("surprise", json!(1), "surprise", "unknown_field"),
    ]
}

/// What may stand in the fields that profile and channel have in common, at its limits.
fn right_audiences() -> Vec<(&'static str, Value)> {
    vec![
        ("language", json!("zh-Hant")),
        ("categories", json!(vec!["x".repeat(40); 10])),
        ("categories", json!(["\u{1f600}"])),
        ("avgViewers", json!(1_000_000)),
        ("avgViewers", json!(15.0)),
        ("pricingTier", json!("x".repeat(40))),
    ]
}

#[tokio::test]
async fn a_profile_is_filled_in_read_back_and_overwritten_whole() {
    let app = TestApp::new().await;
    let kim = app.streamer("kim").await;
    let missing = kim.get("/streamers/profile").await;
    missing.expect_problem(404, "streamer_profile_not_found");
    assert_eq!(missing.json()["detail"], "Streamer profile not found");

    let saved = kim.post("/streamers/profile", &profile()).await.expect(201);

    let now = app.works.now().to_string();
    let mut expected = profile();
    for (name, value) in [("id", &saved["id"]), ("userId", &json!(kim.who().user_id))] {
        expected[name] = value.clone();
    }
    expected["createdAt"] = json!(now);
    expected["updatedAt"] = json!(now);
    assert_eq!(saved, expected);
    assert_eq!(kim.get("/streamers/profile").await.expect(200), expected);

    app.clock.advance(Duration::from_millis(1));
    let changed = with(
        with(profile(), "categories", json!([])),
        "displayName",
        json!("Kimmy"),
    );
    let changed = kim.post("/streamers/profile", &changed).await.expect(201);
    assert_eq!(changed["id"], saved["id"]);
    assert_eq!(changed["categories"], json!([]));
    assert_eq!(changed["createdAt"], saved["createdAt"]);
    assert_ne!(changed["updatedAt"], saved["updatedAt"]);
}

#[tokio::test]
async fn a_channel_is_listed_newest_first_with_what_may_be_known_of_its_key() {
    let app = TestApp::new().await;
    let kim = app.streamer("kim").await;
    let too_early = kim.post("/streamers/channels", &channel()).await;
    too_early.expect_problem(404, "streamer_profile_not_found");
    assert_eq!(kim.get("/streamers/channels").await.expect(200), json!([]));
    let profile = kim.post("/streamers/profile", &profile()).await.expect(201);

    let older = kim
        .post("/streamers/channels", &channel())
        .await
        .expect(201);
    app.clock.advance(Duration::from_secs(1));
    let second = with(channel(), "twitchChannelName", json!("kim_two"));
    let newer = kim.post("/streamers/channels", &second).await.expect(201);
    let mut expected = second;
    expected["id"] = newer["id"].clone();
    expected["streamerProfileId"] = profile["id"].clone();
    expected["createdAt"] = json!(app.works.now().to_string());
    expected["updatedAt"] = json!(app.works.now().to_string());
    assert_eq!(newer, expected, "a new channel says nothing of keys");

    let request = json!({ "channelId": older["id"] });
    let rotated = kim.post("/overlay/rotate-key", &request).await.expect(201);
    let key =
        json!({ "keyPrefix": rotated["keyPrefix"], "rotatedAt": app.works.now().to_string() });
    let channels = json!([
        with(newer, "overlayCredential", Value::Null),
        with(older, "overlayCredential", key),
    ]);
    assert_eq!(kim.get("/streamers/channels").await.expect(200), channels);
    let me = kim.get("/me").await.expect(200);
    assert_eq!(me["streamerProfile"], with(profile, "channels", channels));
    assert!(
        !me.to_string()
            .contains(rotated["overlayKey"].as_str().unwrap())
    );
}

#[tokio::test]
async fn malformed_profiles_and_channels_are_refused_with_their_reason() {
    let app = TestApp::new().await;
    let kim = app.streamer("kim").await;
    let before = kim.post("/streamers/profile", &profile()).await.expect(201);
    for (name, value, field, code) in wrong_audiences() {
        let body = with(profile(), name, value.clone());
        kim.post("/streamers/profile", &body)
            .await
            .expect_field(field, code);
        let body = with(channel(), name, value);
        kim.post("/streamers/channels", &body)
            .await
            .expect_field(field, code);
    }
    for name in ["displayName", "twitchHandle"] {
        for (value, code) in [
            (json!(GONE), "required"),
            (json!("x"), "too_short"),
            (json!("x".repeat(81)), "too_long"),
            (json!("\u{1f600}".repeat(41)), "too_long"),
            (json!("a\u{0}b"), "invalid_text"),
            (json!("a\u{1}b"), "control_character"),
        ] {
            let body = with(profile(), name, value);
            kim.post("/streamers/profile", &body)
                .await
                .expect_field(name, code);
        }
    }
    for (value, code) in [
        (json!("x"), "too_short"),
        (json!("x".repeat(121)), "too_long"),
    ] {
        let body = with(channel(), "twitchChannelName", value);
        kim.post("/streamers/channels", &body)
            .await
            .expect_field("twitchChannelName", code);
    }
    assert_eq!(kim.get("/streamers/profile").await.expect(200), before);
    assert_eq!(kim.get("/streamers/channels").await.expect(200), json!([]));
}

#[tokio::test]
async fn profiles_and_channels_are_taken_at_their_limits() {
    let app = TestApp::new().await;
    let kim = app.streamer("kim").await;
    for (name, value) in right_audiences() {
        kim.post("/streamers/profile", &with(profile(), name, value.clone()))
            .await
            .expect(201);
        let named = format!("kim_{}", app.works.mint::<ChannelId>());
        let body = with(channel(), "twitchChannelName", json!(named));
        kim.post("/streamers/channels", &with(body, name, value))
            .await
            .expect(201);
    }
    for name in ["displayName", "twitchHandle"] {
        for text in ["xx".to_owned(), "x".repeat(80), "\u{1f600}".repeat(40)] {
            let saved = kim
                .post("/streamers/profile", &with(profile(), name, json!(text)))
                .await;
            assert_eq!(saved.expect(201)[name], json!(text));
        }
    }
    let longest = with(channel(), "twitchChannelName", json!("x".repeat(120)));
    kim.post("/streamers/channels", &longest).await.expect(201);
}

/// Posts an event of no consequence under an overlay key.
async fn knock(app: &TestApp, key: &str) -> Answer {
    let nobody = app.nobody();
    let event = json!({
        "type": "ad_error",
        "ts": app.works.now().to_string(),
        "request_id": "knock_1",
    });
    let request = nobody
        .request(Method::POST, "/events/ingest")
        .header("x-overlay-key", key);
    nobody.send(request.json(&event)).await
}

#[tokio::test]
async fn a_new_key_takes_the_place_of_the_former_one() {
    let app = TestApp::new().await;
    let kim = app.streamer("kim").await;
    let channel = app.channel(&kim, "kim_tv").await;
    let request = json!({ "channelId": channel.id });
    let key = |rotated: &Value| rotated["overlayKey"].as_str().unwrap().to_owned();

    let first = kim.post("/overlay/rotate-key", &request).await.expect(201);
    knock(&app, &key(&first)).await.expect(201);
    let second = kim.post("/overlay/rotate-key", &request).await.expect(201);

    assert_eq!(key(&first).len(), 64);
    assert_eq!(second["keyPrefix"], key(&second)[..8]);
    let url = second["overlayUrl"].as_str().unwrap();
    assert!(
        url.ends_with(&format!("/overlay#key={}", key(&second))),
        "{url}"
    );
    knock(&app, &key(&first))
        .await
        .expect_problem(401, "invalid_overlay_key");
    knock(&app, &key(&second)).await.expect(201);
}

#[tokio::test]
async fn a_foreign_channel_is_answered_as_an_unknown_one() {
    let app = TestApp::new().await;
    let kim = app.streamer("kim").await;
    let lee = app.streamer("lee").await;
    let channel = app.channel(&kim, "kim_tv").await;
    let key = app.overlay_key(&kim, channel.id).await;
    let foreign = json!({ "channelId": channel.id });
    let unknown = json!({ "channelId": "a9a57f97-e6ea-4728-94e7-af1edca9f0aa" });

    for (person, request) in [
        (&lee, &foreign),
        (&kim, &unknown),
        (&app.admin().await, &unknown),
    ] {
        let answer = person.post("/overlay/rotate-key", &request).await;
        answer.expect_problem(404, "channel_not_found");
        assert_eq!(answer.json()["detail"], "Channel not found");
    }
    let mut work = app.works.read(Actor::System).await.unwrap();
    let unchanged = streamers::find_key(&mut work, &digest_hex(&key))
        .await
        .unwrap();
    assert!(unchanged.is_some());
    drop(work);
    app.admin()
        .await
        .post("/overlay/rotate-key", &foreign)
        .await
        .expect(201);
}

#[tokio::test]
async fn malformed_rotations_are_refused_with_their_reason() {
    let app = TestApp::new().await;
    let kim = app.streamer("kim").await;
    for (body, field, code) in [
        (json!({}), "channelId", "required"),
        (json!({ "channelId": null }), "channelId", "invalid_type"),
        (json!({ "channelId": "" }), "channelId", "invalid_value"),
        (
            json!({ "channelId": "a9a57f97e6ea472894e7af1edca9f0aa" }),
            "channelId",
            "invalid_value",
        ),
        (
            json!({ "channel": "a9a57f97-e6ea-4728-94e7-af1edca9f0aa" }),
            "channel",
            "unknown_field",
        ),
    ] {
        kim.post("/overlay/rotate-key", &body)
            .await
            .expect_field(field, code);
    }
}

#[tokio::test]
async fn only_streamers_and_administrators_come_in_here() {
    let app = TestApp::new().await;
    for person in [
        app.agency("acme").await,
        app.brand("cola").await,
        app.viewer("vic").await,
    ] {
        for path in ["/streamers/profile", "/streamers/channels", "/admin/audit"] {
            person
                .get(path)
                .await
                .expect_problem(403, "insufficient_permissions");
        }
        for path in [
            "/streamers/profile",
            "/streamers/channels",
            "/overlay/rotate-key",
        ] {
            person
                .post(path, &json!({}))
                .await
                .expect_problem(403, "insufficient_permissions");
        }
        person.get("/me").await.expect(200);
    }
    let kim = app.streamer("kim").await;
    kim.get("/admin/audit")
        .await
        .expect_problem(403, "insufficient_permissions");
}

#[tokio::test]
async fn the_audit_log_is_read_page_by_page_newest_first() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let kim = app.streamer("kim").await;
    let channel = app.channel(&kim, "kim_tv").await;
    let key = app.overlay_key(&kim, channel.id).await;

    let all = admin.get("/admin/audit").await;
    assert_eq!(all.header("link"), "");
    let all = all.expect(200);
    assert_eq!(
        all[0],
        json!({
            "id": all[0]["id"],
            "actorUserId": kim.who().user_id,
            "action": "overlay_key_rotated",
            "entityType": "channel",
            "entityId": channel.id,
            "payload": {
                "keyPrefix": key[..8],
                "before": { "keyPrefix": null },
                "after": { "keyPrefix": key[..8] },
            },
            "createdAt": app.works.now().to_string(),
            "actor": {
                "id": kim.who().user_id,
                "email": "kim@streamer.example.com",
                "role": "streamer",
            },
        })
    );
    assert!(!all.to_string().contains(&key));

    let mut rows = Vec::new();
    let mut path = "/admin/audit?limit=2".to_owned();
    loop {
        let page = admin.get(&path).await;
        let some = page.expect(200).as_array().cloned().unwrap();
        assert!(some.len() <= 2);
        rows.extend(some);
        let Some((next, relation)) = page.header("link").split_once('>') else {
            break;
        };
        assert_eq!(relation, "; rel=\"next\"");
        path = next.trim_start_matches('<').to_owned();
    }
    assert_eq!(Value::Array(rows), all);
}

#[tokio::test]
async fn malformed_pages_are_refused_with_their_reason() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for (query, field, code) in [
        ("limit=0", "limit", "invalid_limit"),
        ("limit=201", "limit", "invalid_limit"),
        ("limit=x", "limit", "invalid_limit"),
        ("limit=", "limit", "invalid_limit"),
        ("limit=-1", "limit", "invalid_limit"),
        ("cursor=x", "cursor", "invalid_cursor"),
        ("cursor=%00", "cursor", "invalid_text"),
        ("surprise=1", "surprise", "unknown_field"),
    ] {
        admin
            .get(&format!("/admin/audit?{query}"))
            .await
            .expect_field(field, code);
    }
    admin.get("/admin/audit?limit=1").await.expect(200);
    admin.get("/admin/audit?limit=200").await.expect(200);
}
