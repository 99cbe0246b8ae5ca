//! What overlays post, and what they are answered.

use std::time::Duration;

use beta_domain::actor::Actor;
use beta_domain::id::ChannelId;
use beta_domain::streamers::Channel;
use beta_kit::db::Row;
use beta_kit::{args, sql};
use beta_testkit::app::{Answer, Person, TestApp};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::played::{Booking, OnAir, PLAY, add_creative, book, changed, id};

const PAYLOAD_MAX: usize = 16_384;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// An id that nobody has.
const NOBODY: &str = "0198c0de-0000-7000-8000-00000000dead";
const FIRST: &str = "0198c0de-0000-7000-8000-000000000001";
const SECOND: &str = "0198c0de-0000-7000-8000-000000000002";

sql!(
    STORED,
    "select type, ts, request_id, http_request_id, payload, reason, ip, user_agent from events \
     where channel_id = $1 order by seq"
);

/// A channel with a key, for overlays that show nothing.
struct Silent {
    app: TestApp,
    kim: Person,
    channel: Channel,
    key: String,
}

async fn silent() -> Silent {
    on_air_in(TestApp::new().await).await
}

async fn on_air_in(app: TestApp) -> Silent {
    let kim = app.streamer("kim").await;
    let channel = app.channel(&kim, "kim").await;
    let key = app.overlay_key(&kim, channel.id).await;
    Silent {
        app,
        kim,
        channel,
        key,
    }
}

impl Silent {
    async fn post(&self, body: &Value) -> Answer {
        post(&self.app, &self.key, "ingest", body).await
    }

    async fn batch(&self, events: Value) -> Answer {
        post(&self.app, &self.key, "batch", &json!({ "events": events })).await
    }

    /// The body of an event, with these fields instead of its own.
    fn event(&self, fields: Value) -> Value {
        event(&self.app, fields)
    }

    async fn stored(&self) -> Vec<Row> {
        stored(&self.app, self.channel.id).await
    }
}

async fn post(app: &TestApp, key: &str, door: &str, body: &Value) -> Answer {
    let overlay = app.nobody();
    let request = overlay.request(Method::POST, &format!("/events/{door}"));
    let request = request.header("x-overlay-key", key).json(body);
    overlay.send(request).await
}

fn event(app: &TestApp, fields: Value) -> Value {
    let body = json!({
        "type": "overlay_connected",
        "ts": app.works.now(),
        "request_id": "req-123456",
    });
    changed(body, fields)
}

async fn stored(app: &TestApp, channel_id: ChannelId) -> Vec<Row> {
    let mut work = app.works.read(Actor::System).await.unwrap();
    work.tx().rows(&STORED, args![channel_id]).await.unwrap()
}

fn types(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| row.get("type").unwrap()).collect()
}

#[tokio::test]
async fn a_key_is_asked_for_before_anything_is_read() {
    let app = TestApp::new().await;
    let nobody = app.nobody();
    for door in ["/events/ingest", "/events/batch"] {
        let none = nobody.post_text(door, "{ this is no JSON").await;
        assert_eq!(none.problem(401), "missing_overlay_key");
        for (key, code) in [
            ("", "missing_overlay_key"),
            ("nonsense", "invalid_overlay_key"),
        ] {
            let request = nobody.request(Method::POST, door);
            let request = request.header("x-overlay-key", key).body("no JSON");
            assert_eq!(nobody.send(request).await.problem(401), code);
        }
    }
}

#[tokio::test]
async fn an_event_is_answered_with_what_became_of_it() {
    let silent = silent().await;

    let connected = silent.post(&silent.event(json!({}))).await.expect(201);
    let rendered = silent.event(json!({"id": FIRST, "type": "ad_rendered"}));
    let unleased = silent.post(&rendered).await.expect(201);

    let session = &connected["sessionId"];
    assert!(session.is_string() && connected["id"].is_string());
    assert_eq!(
        connected,
        json!({"id": connected["id"], "sessionId": session, "verdict": "counted"})
    );
    assert_eq!(
        unleased,
        json!({
            "id": FIRST,
            "sessionId": session,
            "verdict": "not_counted",
            "reason": "no_delivery",
        })
    );
}

#[tokio::test]
async fn an_id_makes_a_repetition_harmless_and_belongs_to_one_event() {
    let silent = silent().await;
    let lou = silent.app.streamer("lou").await;
    let other = silent.app.channel(&lou, "lou").await;
    let other_key = silent.app.overlay_key(&lou, other.id).await;
    for kind in ["overlay_connected", "overlay_heartbeat", "ad_error"] {
        let event_id = silent.app.works.mint::<beta_domain::id::EventId>();
        let body = silent.event(json!({"id": event_id, "type": kind, "payload": {"a": 1}}));
        let first = silent.post(&body).await.expect(201);

        assert_eq!(silent.post(&body).await.expect(200), first, "{kind}");
        let batch = silent.batch(json!([body, body])).await.expect(201);
        assert_eq!(batch["results"][0]["status"], 200);
        assert_eq!(batch["results"][1]["status"], 200);
        for other in [
            json!({"payload": {"a": 2}}),
            json!({"request_id": "req-1234567"}),
            json!({"ts": "2026-03-01T11:59:00Z"}),
            json!({"type": "ad_click"}),
        ] {
            let answer = silent.post(&changed(body.clone(), other)).await;
            assert_eq!(answer.problem(409), "id_taken");
        }
        let foreign = post(&silent.app, &other_key, "ingest", &body).await;
        assert_eq!(foreign.problem(409), "id_taken");
    }
}

#[tokio::test]
async fn the_same_event_posted_by_many_at_once_is_one() {
    let silent = silent().await;
    let body = silent.event(json!({"id": FIRST, "type": "ad_click"}));
    let mut posting = JoinSet::new();
    for _ in 0..20 {
        let (overlay, key, body) = (silent.app.nobody(), silent.key.clone(), body.clone());
        posting.spawn(async move {
            let request = overlay.request(Method::POST, "/events/ingest").json(&body);
            overlay.send(request.header("x-overlay-key", key)).await
        });
    }
    let answers = posting.join_all().await;
    let new = answers.iter().filter(|answer| answer.status == 201).count();
    let same = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!((new, same), (1, 19));
    assert_eq!(types(&silent.stored().await), ["ad_click"]);
}

#[tokio::test]
async fn what_only_the_server_says_is_not_accepted() {
    let silent = silent().await;
    for kind in [
        "session_started",
        "session_ended",
        "ad_candidate_selected",
        "ad_command_sent",
    ] {
        let answer = silent.post(&silent.event(json!({ "type": kind }))).await;
        assert_eq!(answer.problem(403), "event_type_not_accepted");
    }
    assert!(silent.stored().await.is_empty());
}

#[tokio::test]
async fn the_key_decides_channel_and_streamer() {
    let silent = silent().await;
    let lou = silent.app.streamer("lou").await;
    let other = silent.app.channel(&lou, "lou").await;
    for (field, foreign) in [
        ("channel_id", json!(other.id)),
        ("streamer_id", json!(other.streamer_profile_id)),
        ("channel_id", json!(NOBODY)),
        ("streamer_id", json!(NOBODY)),
    ] {
        let mut body = silent.event(json!({}));
        body[field] = foreign;
        assert_eq!(silent.post(&body).await.problem(403), "channel_mismatch");
    }
    let own = json!({
        "channel_id": silent.channel.id,
        "streamer_id": silent.channel.streamer_profile_id,
    });
    silent.post(&silent.event(own)).await.expect(201);
    let unsaid = json!({
        "channel_id": null, "streamer_id": null, "session_id": null,
        "campaign_id": null, "creative_id": null,
    });
    silent.post(&silent.event(unsaid)).await.expect(201);
}

#[tokio::test]
async fn what_an_event_names_must_belong_to_its_channel() {
    let booking = Booking::new().await;
    let app = &booking.app;
    let kim = booking.channel("kim", json!({"cpmRate": 15})).await;
    let lou = app.streamer("lou").await;
    let other = app.channel(&lou, "lou").await;
    let other_key = app.overlay_key(&lou, other.id).await;
    let connected = post(app, &other_key, "ingest", &event(app, json!({}))).await;
    let foreign_session = connected.expect(201)["sessionId"].clone();
    let unbooked = book(&booking.admin, &booking.agency, json!({})).await;
    let foreign_creative = add_creative(&booking.admin, &booking.agency, &unbooked).await;

    let refused = [
        ("session_id", foreign_session, "unknown_session"),
        ("session_id", json!(NOBODY), "unknown_session"),
        ("campaign_id", unbooked["id"].clone(), "unknown_campaign"),
        ("campaign_id", json!(NOBODY), "unknown_campaign"),
        ("creative_id", foreign_creative["id"].clone(), "unknown_creative"),
        ("creative_id", json!(NOBODY), "unknown_creative"),
    ];
    for (field, value, code) in refused {
        for kind in ["ad_rendered", "overlay_heartbeat"] {
            let body = event(app, json!({ "type": kind, field: value }));
            post(app, &kim.key, "ingest", &body)
                .await
                .expect_field(field, code);
        }
    }
    // The creative is one of the channel's, but not of the campaign that stands beside it.
    let second = book(&booking.admin, &booking.agency, json!({})).await;
    let path = format!("/campaigns/{}/assign-streamers", id(&second));
    let terms = json!({"streamerChannelIds": [kim.id], "cpmRate": 15});
    booking.agency.post(&path, &terms).await.expect(201);
    let mixed = json!({
        "type": "ad_rendered",
        "campaign_id": second["id"],
        "creative_id": booking.creative["id"],
    });
    let answer = post(app, &kim.key, "ingest", &event(app, mixed)).await;
    answer.expect_field("creative_id", "unknown_creative");
}

#[tokio::test]
async fn a_malformed_event_is_refused_with_the_name_of_the_field() {
    let silent = silent().await;
    let long = "x".repeat(129);
    for (field, value, code) in [
        ("typ", json!("ad_click"), "unknown_field"),
        ("campaignId", json!(NOBODY), "unknown_field"),
        ("id", json!("7"), "invalid_value"),
        ("id", json!(7), "invalid_type"),
        ("id", json!(null), "invalid_type"),
        ("type", json!("ad_seen"), "unknown_value"),
        ("type", json!(1), "invalid_type"),
        ("type", json!(null), "invalid_type"),
        ("ts", json!(null), "invalid_value"),
        ("ts", json!(true), "invalid_value"),
        ("ts", json!(""), "invalid_value"),
        ("ts", json!("yesterday"), "invalid_value"),
        ("ts", json!("Sun Mar 01 2026"), "invalid_value"),
        ("ts", json!("2026-03-01T12:00:00"), "invalid_value"),
        ("ts", json!("2026-02-30T12:00:00Z"), "invalid_value"),
        ("ts", json!("-005000-01-01T00:00:00Z"), "invalid_value"),
        ("ts", json!(1e30), "invalid_value"),
        ("ts", json!(i64::MAX), "invalid_value"),
        ("ts", json!(i64::MIN), "invalid_value"),
        ("request_id", json!("short"), "too_short"),
        ("request_id", json!(long), "too_long"),
        ("request_id", json!(123_456), "invalid_type"),
        ("request_id", json!(null), "invalid_type"),
        ("channel_id", json!(""), "invalid_value"),
        ("session_id", json!("{}"), "invalid_value"),
        ("payload", json!(null), "invalid_type"),
        ("payload", json!([]), "invalid_type"),
        ("payload", json!("{}"), "invalid_type"),
    ] {
        let mut body = silent.event(json!({}));
        body[field] = value.clone();
        let answer = silent.post(&body).await;
        assert_eq!(answer.status, 400, "{field}: {value}: {}", answer.text());
        let error = &answer.json()["errors"][0];
        assert_eq!(error["field"], field, "{value}");
        assert_eq!(error["code"], code, "{field}: {value}");
        // In a batch it is refused alone, in the same words.
        let batch = silent.batch(json!([body])).await.expect(201);
        assert_eq!(batch["results"][0]["status"], 400, "{field}: {value}");
        assert_eq!(&batch["results"][0]["errors"][0], error);
    }
    for field in ["type", "ts", "request_id"] {
        let mut body = silent.event(json!({}));
        body.as_object_mut().unwrap().remove(field);
        silent.post(&body).await.expect_field(field, "required");
    }
    assert!(silent.stored().await.is_empty());
}

#[tokio::test]
async fn times_are_taken_in_every_form_that_was_promised() {
    let silent = silent().await;
    for ts in [
        json!("2026-03-01"),
        json!("2026-03-01T12:00:00Z"),
        json!("2026-03-01T13:00:00.123456+01:00"),
        json!(1_772_366_400_000_i64),
    ] {
        let body = silent.event(json!({ "ts": ts }));
        silent.post(&body).await.expect(201);
    }
}

#[tokio::test]
async fn nul_and_half_characters_are_refused_wherever_they_stand() {
    let silent = silent().await;
    for (fields, field) in [
        (json!({"request_id": "req-\u{0}123"}), "request_id"),
        (json!({"type": "ad_click\u{0}"}), "type"),
        (json!({"payload": {"a": {"b": ["c", "\u{0}"]}}}), "payload.a.b[1]"),
        (json!({"payload": {"a\u{0}": 1}}), "payload"),
    ] {
        let body = silent.event(fields);
        silent.post(&body).await.expect_field(field, "invalid_text");
        let batch = silent.batch(json!([silent.event(json!({})), body])).await;
        let results = &batch.expect(201)["results"];
        assert_eq!(results[0]["status"], 201, "{results}");
        assert_eq!(results[1]["error"], "invalid_text", "{results}");
    }
    let half = silent.event(json!({"payload": {"a": "HALF"}}));
    let half = half.to_string().replace("HALF", r"\ud800");
    let overlay = silent.app.nobody();
    let request = overlay.request(Method::POST, "/events/ingest");
    let request = request
        .header("x-overlay-key", &silent.key)
        .header("content-type", "application/json");
    assert_eq!(
        overlay.send(request.body(half)).await.problem(400),
        "invalid_text"
    );
    // Backslashes that only look like one are text like any other.
    let harmless = silent.event(json!({"payload": {"a": r"\u0000"}}));
    silent.post(&harmless).await.expect(201);
}

#[tokio::test]
async fn a_payload_has_16_kib_and_no_byte_more() {
    let silent = silent().await;
    let frame = json!({"a": ""}).to_string().len();
    let payload = |bytes: usize| {
        // Two bytes each: what counts is bytes, not characters.
        let text = "é".repeat((bytes - frame) / 2) + &"x".repeat((bytes - frame) % 2);
        silent.event(json!({"payload": {"a": text}}))
    };
    silent.post(&payload(PAYLOAD_MAX)).await.expect(201);
    let refused = silent.post(&payload(PAYLOAD_MAX + 1)).await;
    refused.expect_field("payload", "too_large");
    assert!(refused.text().contains("payload exceeds 16KB"));
    let batch = silent
        .batch(json!([payload(PAYLOAD_MAX + 1), payload(PAYLOAD_MAX)]))
        .await;
    let results = batch.expect(201)["results"].clone();
    assert_eq!(results[0]["status"], 400);
    assert_eq!(results[1]["status"], 201);
}

#[tokio::test]
async fn an_event_that_stops_half_way_is_not_stored() {
    let silent = silent().await;
    let body = silent.event(json!({})).to_string();
    let head = format!(
        "POST /events/ingest HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
         x-overlay-key: {}\r\ncontent-length: {}\r\n\r\n",
        silent.key,
        body.len(),
    );
    let mut stream = TcpStream::connect(silent.app.address()).await.unwrap();
    let half = head + &body[..body.len() / 2];
    stream.write_all(half.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(silent.stored().await.is_empty());
    silent.post(&silent.event(json!({}))).await.expect(201);
}

#[tokio::test]
async fn a_batch_answers_each_event_in_order_as_if_it_were_alone() {
    let silent = silent().await;
    let good = |event_id: &str| silent.event(json!({"id": event_id, "type": "ad_click"}));
    let first = silent.post(&good(FIRST)).await.expect(201);
    let events = json!([
        silent.event(json!({})),
        silent.event(json!({"id": SECOND, "type": "session_ended"})),
        good(FIRST),
        changed(good(FIRST), json!({"request_id": "req-another"})),
        silent.event(json!({"id": SECOND, "colour": "red"})),
        silent.event(json!({"channel_id": NOBODY})),
        silent.event(json!({"session_id": NOBODY})),
        7,
        good(SECOND),
    ]);

    let answer = silent.batch(events).await.expect(201);

    let results = answer["results"].as_array().unwrap();
    let statuses: Vec<_> = results.iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, [201, 403, 200, 409, 400, 403, 400, 400, 201]);
    assert_eq!(results[1]["error"], "event_type_not_accepted");
    assert_eq!(results[1]["id"], SECOND);
    assert_eq!(results[2], changed(first, json!({"status": 200})));
    assert_eq!(results[3]["error"], "id_taken");
    assert_eq!(results[4]["errors"][0]["field"], "colour");
    assert_eq!(results[5]["error"], "channel_mismatch");
    assert_eq!(results[6]["error"], "unknown_session");
    assert_eq!(results[7]["error"], "invalid_type");
    let kinds = types(&silent.stored().await);
    assert_eq!(kinds, ["ad_click", "session_started", "overlay_connected", "ad_click"]);
}

#[tokio::test]
async fn a_batch_has_1_to_100_events() {
    let silent = silent().await;
    let events = |count: usize| Value::from(vec![silent.event(json!({"type": "ad_click"})); count]);
    for count in [0, 101] {
        let answer = silent.batch(events(count)).await;
        answer.expect_field("events", "out_of_range");
    }
    for count in [1, 100] {
        let answer = silent.batch(events(count)).await.expect(201);
        assert_eq!(answer["results"].as_array().unwrap().len(), count);
    }
    for body in [json!({}), json!([]), json!({"events": {}}), json!({"events": [], "x": 1})] {
        let answer = post(&silent.app, &silent.key, "batch", &body).await;
        assert_eq!(answer.status, 400, "{body}");
    }
    assert_eq!(silent.stored().await.len(), 101);
}

#[tokio::test]
async fn a_sender_has_its_limit_and_guessed_keys_have_none() {
    let app = TestApp::with(|settings| settings.ingest_per_minute = 3).await;
    let silent = on_air_in(app).await;
    for _ in 0..10 {
        let guess = post(&silent.app, "guessed", "ingest", &json!({})).await;
        assert_eq!(guess.problem(401), "invalid_overlay_key");
    }
    let body = silent.event(json!({}));
    silent.post(&body).await.expect(201);
    silent.batch(json!([body, body])).await.expect(201);
    silent.post(&json!({})).await.expect(400);

    let refused = silent.post(&body).await;
    assert_eq!(refused.problem(429), "ingest_rate_limited");
    assert_eq!(refused.header("retry-after"), "60");
    assert!(refused.text().contains("Event ingest rate limit exceeded"));
    // It is refused before its body is looked at.
    assert_eq!(silent.post(&json!({})).await.problem(429), "ingest_rate_limited");

    silent.app.clock.advance(Duration::from_secs(60));
    silent.post(&body).await.expect(201);
}

#[tokio::test]
async fn a_key_that_was_rotated_a_moment_ago_is_refused_and_nothing_is_lost() {
    let mut silent = silent().await;
    let body = silent.event(json!({"id": FIRST}));
    silent.post(&body).await.expect(201);
    let later = silent.event(json!({"id": SECOND}));

    let next = silent.app.overlay_key(&silent.kim, silent.channel.id).await;

    assert_eq!(silent.post(&later).await.problem(401), "invalid_overlay_key");
    let batch = silent.batch(json!([later, later])).await;
    match batch.status {
        401 => assert_eq!(batch.problem(401), "invalid_overlay_key"),
        // The key was still remembered; the writer knew better.
        _ => assert_eq!(batch.expect(201)["results"][1]["status"], 401),
    }
    assert_eq!(types(&silent.stored().await), ["session_started", "overlay_connected"]);
    silent.key = next;
    silent.post(&body).await.expect(200);
    silent.post(&later).await.expect(201);
}

#[tokio::test]
async fn an_overlay_whose_clock_is_a_day_off_is_stored_and_not_counted() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({"cpmRate": 15})).await;
    let delivery = booking.lease(&kim).await;
    let now = booking.app.works.now();
    let minute = Duration::from_secs(60);
    let event = |ts| about(&booking, &delivery, ts);
    for (ts, verdict) in [
        (now.minus(DAY + minute), json!("clock_skew")),
        (now.plus(DAY), json!("clock_skew")),
        (now.plus(3 * minute), json!("clock_skew")),
        (now.plus(minute), Value::Null),
    ] {
        let answer = post(&booking.app, &kim.key, "ingest", &event(ts)).await;
        assert_eq!(answer.expect(201)["reason"], verdict, "{ts}");
    }
    let rows = stored(&booking.app, kim.id.parse().unwrap()).await;
    let kept: Vec<String> = rows
        .iter()
        .filter(|row| row.get::<Option<String>>("reason").unwrap().is_some())
        .map(|row| row.get::<beta_kit::time::Timestamp>("ts").unwrap().to_string())
        .collect();
    assert_eq!(
        kept,
        [
            "2026-02-28T11:59:01.000Z",
            "2026-03-02T12:00:01.000Z",
            "2026-03-01T12:03:01.000Z"
        ]
    );
}

/// `ad_rendered` of a delivery at this time.
fn about(booking: &Booking, delivery: &str, ts: beta_kit::time::Timestamp) -> Value {
    let fields = json!({"type": "ad_rendered", "ts": ts, "payload": {"commandId": delivery}});
    event(&booking.app, fields)
}

#[tokio::test]
async fn a_play_counts_once_whatever_is_posted() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({"cpmRate": 15})).await;
    let lou = booking.channel("lou", json!({"cpmRate": 15})).await;
    let delivery = booking.lease(&kim).await;
    let said = async |on: &OnAir, kind: &str| {
        let answer = booking.post_event(on, kind, json!({"commandId": delivery})).await;
        answer["reason"].as_str().unwrap_or("counted").to_owned()
    };

    assert_eq!(said(&kim, "ad_completed").await, "not_rendered");
    assert_eq!(said(&kim, "ad_click").await, "not_rendered");
    assert_eq!(said(&kim, "ad_rendered").await, "counted");
    assert_eq!(said(&kim, "ad_rendered").await, "duplicate");
    assert_eq!(said(&kim, "ad_completed").await, "too_early");
    booking.app.clock.advance(PLAY);
    assert_eq!(said(&lou, "ad_completed").await, "no_delivery");
    assert_eq!(said(&kim, "ad_completed").await, "counted");
    assert_eq!(said(&kim, "ad_completed").await, "duplicate");
    assert_eq!(said(&kim, "ad_error").await, "duplicate");
    assert_eq!(said(&kim, "ad_click").await, "counted");
    assert_eq!(said(&kim, "ad_click").await, "duplicate_click");

    let summary = booking.agency.get(&booking.report("summary")).await.expect(200);
    assert_eq!(summary["totals"]["impressions"], 1);
    assert_eq!(summary["totals"]["clicks"], 1);
}

#[tokio::test]
async fn where_an_event_came_from_is_kept_with_it() {
    let silent = silent().await;
    let overlay = silent.app.nobody();
    let body = silent.event(json!({"type": "ad_error", "payload": {"reason": "asset_timeout"}}));
    let request = overlay.request(Method::POST, "/events/ingest").json(&body);
    let request = request
        .header("x-overlay-key", &silent.key)
        .header("x-request-id", "a-request-of-ours")
        .header("user-agent", "OBS/30.1");
    let answer = overlay.send(request).await;
    answer.expect(201);

    let rows = silent.stored().await;
    let text = |name: &str| rows[0].get::<Option<String>>(name).unwrap();
    assert_eq!(text("http_request_id").as_deref(), Some("a-request-of-ours"));
    assert_eq!(answer.header("x-request-id"), "a-request-of-ours");
    assert_eq!(text("request_id").as_deref(), Some("req-123456"));
    assert_eq!(text("user_agent").as_deref(), Some("OBS/30.1"));
    assert_eq!(text("ip").as_deref(), Some("127.0.0.1"));
    assert_eq!(rows[0].get::<Value>("payload").unwrap(), body["payload"]);
}

#[tokio::test]
async fn stored_events_are_counted_by_type() {
    let silent = silent().await;
    silent.post(&silent.event(json!({}))).await.expect(201);
    for _ in 0..2 {
        let click = silent.event(json!({"type": "ad_click"}));
        silent.post(&click).await.expect(201);
    }
    let beat = silent.event(json!({"type": "overlay_heartbeat"}));
    silent.post(&beat).await.expect(201);
    let metrics = silent.app.nobody().get("/metrics").await.text();
    for (kind, count) in [
        ("overlay_connected", 1),
        ("session_started", 1),
        ("ad_click", 2),
        ("overlay_heartbeat", 1),
    ] {
        let line = format!("beta_ads_events_ingested_total{{type=\"{kind}\"}} {count}");
        assert!(metrics.lines().any(|found| found == line), "{line} in\n{metrics}");
    }
}

#[tokio::test]
async fn a_full_queue_says_come_back_and_keeps_what_it_took() {
    let silent = silent().await;
    // On SQLite the writer waits while somebody else writes; on PostgreSQL it need not.
    let busy = silent.app.works.begin(Actor::System).await.unwrap();
    let click = silent.event(json!({"type": "ad_click"}));
    let body = json!({"events": vec![click; 100]});
    let mut posting = JoinSet::new();
    for _ in 0..48 {
        let overlay = silent.app.nobody();
        let request = overlay.request(Method::POST, "/events/batch").json(&body);
        let request = request.header("x-overlay-key", &silent.key);
        posting.spawn(async move { overlay.send(request).await });
    }
    let mut answers = Vec::new();
    if std::env::var("TEST_ENGINE").as_deref() != Ok("postgres") {
        // More than fit were sent, so somebody is turned away while nothing can be stored.
        answers.push(posting.join_next().await.unwrap().unwrap());
        assert_eq!(answers[0].status, 503);
    }
    drop(busy);
    answers.extend(posting.join_all().await);
    let mut taken = 0;
    for answer in answers {
        if answer.status == 503 {
            assert_eq!(answer.problem(503), "overloaded");
            assert_eq!(answer.header("retry-after"), "1");
        } else {
            taken += answer.expect(201)["results"].as_array().unwrap().len();
        }
    }
    assert_eq!(silent.stored().await.len(), taken);
}
