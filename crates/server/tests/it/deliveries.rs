//! Triggers over HTTP: what is sent, what is refused and why, and that no cap is ever passed.

use std::collections::HashMap;
use std::time::Duration;

use beta_domain::upkeep;
use beta_testkit::app::{Answer, Person, TestApp};
use beta_testkit::overlay::{self, Manners, Overlay};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::played::{Booking, OnAir, add_creative, add_flight, book, changed, id, upload};

const HOUR: Duration = Duration::from_hours(1);
/// Enough after a play for its lease to be over.
const PLAYED: Duration = Duration::from_mins(1);

const NOBODY: &str = "0198c0de-0000-7000-8000-00000000dead";

/// A channel that the campaign runs on, and its overlay.
async fn with_overlay(booking: &Booking) -> (OnAir, Overlay) {
    let channel = booking.channel("kim", json!({"cpmRate": 1000})).await;
    let overlay = enter(booking, &channel, Manners::default()).await;
    (channel, overlay)
}

async fn enter(booking: &Booking, channel: &OnAir, manners: Manners) -> Overlay {
    let mut overlay = Overlay::connect(
        &booking.app.url(""),
        &channel.key,
        booking.app.clock.clone(),
        manners,
    )
    .await
    .unwrap();
    if !manners.legacy {
        overlay.has_role("primary").await.unwrap();
    }
    overlay
}

fn refusing(reason: &'static str) -> Manners {
    Manners {
        answer: overlay::Answer::No(reason),
        ..Manners::default()
    }
}

async fn trigger(person: &Person, channel: &str, fields: Value) -> Answer {
    let body = changed(json!({ "channelId": channel }), fields);
    person.post("/deliveries/trigger", &body).await
}

async fn trigger_once(person: &Person, key: &str, body: &Value) -> Answer {
    let request = person.request(reqwest::Method::POST, "/deliveries/trigger");
    person
        .send(request.header("idempotency-key", key).json(body))
        .await
}

/// The counter of triggers by their result.
async fn results(app: &TestApp) -> HashMap<String, u64> {
    let metrics = app.nobody().get("/metrics").await.text();
    let lines = metrics.lines().filter_map(|line| {
        let line = line.strip_prefix("beta_ads_delivery_commands_total{result=\"")?;
        let (result, count) = line.split_once("\"} ")?;
        Some((result.to_owned(), count.parse().ok()?))
    });
    lines.collect()
}

#[tokio::test]
async fn a_trigger_plays_an_ad_and_the_impression_is_in_the_summary() {
    let booking = Booking::new().await;
    let (kim, mut overlay) = with_overlay(&booking).await;

    let answer = trigger(&booking.agency, &kim.id, json!({})).await;
    let command = overlay.next_command().await.unwrap();
    let on_screen = Duration::from_secs(command.duration_sec());
    let posted = overlay
        .play(&command, async { booking.app.clock.advance(on_screen) })
        .await
        .unwrap();

    assert_eq!(
        answer.expect(201),
        json!({
            "ok": true,
            "commandId": command.id(),
            "channelId": kim.id,
            "campaignId": booking.campaign["id"],
            "creativeId": booking.creative["id"],
            "sessionId": overlay.session(),
        })
    );
    let mut sent = command.json().clone();
    let asset = sent["assetUrl"].as_str().unwrap();
    assert!(asset.contains("/media/"), "{asset}");
    sent.as_object_mut().unwrap().remove("assetUrl");
    assert_eq!(
        sent,
        json!({
            "commandId": command.id(),
            "campaignId": booking.campaign["id"],
            "creativeId": booking.creative["id"],
            "durationSec": 10,
            "clickUrl": "https://tea.example/",
            "animation": "fade",
            "mimeType": "image/png",
            "sentAt": "2026-03-01T12:00:01.000Z",
        })
    );
    for one in &posted {
        assert_eq!((one.status, one.verdict()), (201, "counted"));
        assert_eq!(one.answer["deliveryId"], command.id());
    }
    let summary = booking
        .agency
        .get(&booking.report("summary"))
        .await
        .expect(200);
    assert_eq!(summary["totals"]["impressions"], 1);
    assert_eq!(results(&booking.app).await["sent"], 1);
}

#[tokio::test]
async fn what_is_asked_for_is_checked_field_by_field() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({"cpmRate": 15})).await;
    for (field, value, code) in [
        ("durationSec", json!(0), "too_small"),
        ("durationSec", json!(-1), "too_small"),
        ("durationSec", json!(121), "too_large"),
        ("durationSec", json!(1e9), "too_large"),
        ("durationSec", json!(1.5), "not_whole"),
        ("durationSec", json!("15"), "invalid_type"),
        ("durationSec", json!(null), "invalid_type"),
        ("campaignId", json!(null), "invalid_type"),
        ("campaignId", json!("7"), "invalid_value"),
        ("creativeId", json!(7), "invalid_type"),
        ("channelId", json!(""), "invalid_value"),
        ("channel_id", json!(NOBODY), "unknown_field"),
    ] {
        let answer = trigger(&booking.agency, &kim.id, json!({ field: value })).await;
        answer.expect_field(field, code);
    }
    let answer = booking.agency.post("/deliveries/trigger", &json!({})).await;
    answer.expect_field("channelId", "required");
    assert!(results(&booking.app).await.is_empty());
}

#[tokio::test]
async fn the_duration_is_the_creatives_own_unless_another_is_asked_for() {
    let booking = Booking::new().await;
    let (kim, mut overlay) = with_overlay(&booking).await;
    for (fields, seconds) in [
        (json!({}), 10),
        (json!({"durationSec": 1}), 1),
        (json!({"durationSec": 120}), 120),
        (json!({"durationSec": 15.0}), 15),
    ] {
        trigger(&booking.agency, &kim.id, fields).await.expect(201);
        let command = overlay.next_command().await.unwrap();
        assert_eq!(command.duration_sec(), seconds);
        overlay.fail(&command, "asset_timeout").await.unwrap();
    }
}

#[tokio::test]
async fn a_channel_that_can_not_play_says_why() {
    let booking = Booking::new().await;
    let Booking {
        app, admin, agency, ..
    } = &booking;
    let refused = async |channel: &str, fields: Value, code: &str, detail: &str| {
        let status = if code == "channel_not_found" {
            404
        } else {
            400
        };
        let answer = trigger(agency, channel, fields).await;
        assert_eq!(answer.expect_problem(status, code)["detail"], detail);
    };
    refused(NOBODY, json!({}), "channel_not_found", "Channel not found").await;

    let lou = app.streamer("lou").await;
    let bare = app.channel(&lou, "lou").await.id.to_string();
    let unassigned = "No campaign assignment found for channel";
    refused(&bare, json!({}), "no_campaign_assignment", unassigned).await;
    let kim = booking.channel("kim", json!({"cpmRate": 15})).await;
    let unknown = json!({"campaignId": NOBODY});
    refused(&kim.id, unknown, "no_campaign_assignment", unassigned).await;

    let empty = book(admin, agency, json!({})).await;
    assign(agency, &empty, &[&kim.id, &bare]).await;
    let asked = json!({"campaignId": empty["id"]});
    let unplanned = "Campaign has no flight configured";
    refused(&kim.id, asked.clone(), "no_flight", unplanned).await;
    add_flight(agency, &empty, json!({})).await;
    let off_air = "No active stream session for channel";
    refused(&bare, asked.clone(), "no_active_session", off_air).await;
    let unapproved = "No approved creative available for delivery";
    refused(&kim.id, asked.clone(), "no_approved_creative", unapproved).await;
    let waiting = upload(agency, id(&empty)).await;
    refused(&kim.id, asked.clone(), "no_approved_creative", unapproved).await;
    for creative in [&waiting["id"], &booking.creative["id"], &json!(NOBODY)] {
        let fields = changed(asked.clone(), json!({ "creativeId": creative }));
        refused(&kim.id, fields, "no_approved_creative", unapproved).await;
    }
    // The steps before the caps are not counted.
    assert!(results(app).await.is_empty());

    let asked = json!({"campaignId": booking.campaign["id"]});
    let absent = "Overlay is not connected";
    refused(&kim.id, asked.clone(), "overlay_not_connected", absent).await;
    let overlay = enter(&booking, &kim, refusing("busy")).await;
    let silent = "Overlay is not responding";
    refused(&kim.id, asked, "overlay_not_responding", silent).await;
    drop(overlay);
    let counted = results(app).await;
    assert_eq!(counted["failed_no_overlay"], 1);
    assert_eq!(counted["failed_not_responding"], 1);
}

async fn assign(agency: &Person, campaign: &Value, channels: &[&str]) {
    let path = format!("/campaigns/{}/assign-streamers", id(campaign));
    let terms = json!({"streamerChannelIds": channels, "cpmRate": 1000});
    agency.post(&path, &terms).await.expect(201);
}

/// Checks that the trigger is blocked for this reason, in the contract's words, and counted.
async fn blocked(booking: &Booking, channel: &str, fields: Value, reason: &str) {
    let answer = trigger(&booking.agency, channel, fields).await;
    let body = answer.expect_problem(400, reason);
    let detail = format!("Delivery blocked by pacing rules: {reason}");
    assert_eq!(body["detail"], detail);
    let counted = results(&booking.app).await;
    assert!(
        counted.contains_key(&format!("blocked_{reason}")),
        "{counted:?}"
    );
}

#[tokio::test]
async fn a_campaign_that_may_not_run_is_blocked_with_its_reason() {
    let booking = Booking::new().await;
    let Booking { admin, agency, .. } = &booking;
    let (kim, mut overlay) = with_overlay(&booking).await;
    for (fields, reason) in [
        (json!({"status": "draft"}), "campaign_not_deliverable"),
        (json!({"status": "paused"}), "campaign_not_deliverable"),
        (json!({"startDate": "2026-03-02"}), "campaign_not_started"),
        (
            json!({"startDate": "2026-02-01", "endDate": "2026-03-01"}),
            "campaign_ended",
        ),
        // One play costs a dollar.
        (json!({"budget": 0.99}), "campaign_budget_reached"),
    ] {
        let campaign = book(admin, agency, fields).await;
        add_flight(agency, &campaign, json!({})).await;
        add_creative(admin, agency, &campaign).await;
        assign(agency, &campaign, &[&kim.id]).await;
        let asked = json!({"campaignId": campaign["id"]});
        blocked(&booking, &kim.id, asked, reason).await;
    }
    let path = format!("/campaigns/{}/status", id(&booking.campaign));
    let over = json!({"status": "completed"});
    agency.post(&path, &over).await.expect(201);
    let asked = json!({"campaignId": booking.campaign["id"]});
    blocked(&booking, &kim.id, asked, "campaign_not_deliverable").await;
    let campaign = book(admin, agency, json!({})).await;
    add_flight(agency, &campaign, json!({"allowedFormats": ["mp4"]})).await;
    let picture = add_creative(admin, agency, &campaign).await;
    assign(agency, &campaign, &[&kim.id]).await;
    let asked = json!({"campaignId": campaign["id"]});
    let answer = trigger(agency, &kim.id, asked.clone()).await;
    assert_eq!(answer.problem(400), "no_approved_creative");
    let asked = changed(asked, json!({"creativeId": picture["id"]}));
    blocked(&booking, &kim.id, asked, "format_not_allowed").await;
    assert!(overlay.waiting_command().is_none());
}

#[tokio::test]
async fn one_ad_at_a_time_with_the_gap_that_was_booked() {
    let booking = Booking::with(json!({}), json!({"minGapSec": 90})).await;
    let (kim, mut overlay) = with_overlay(&booking).await;
    trigger(&booking.agency, &kim.id, json!({}))
        .await
        .expect(201);
    blocked(&booking, &kim.id, json!({}), "channel_busy").await;
    let command = overlay.next_command().await.unwrap();
    let on_screen = Duration::from_secs(command.duration_sec());
    overlay
        .play(&command, async { booking.app.clock.advance(on_screen) })
        .await
        .unwrap();

    booking.app.clock.advance(Duration::from_secs(89));
    blocked(&booking, &kim.id, json!({}), "gap_not_elapsed").await;
    booking.app.clock.advance(Duration::from_secs(1));
    trigger(&booking.agency, &kim.id, json!({}))
        .await
        .expect(201);
}

#[tokio::test]
async fn a_lease_that_fails_gives_its_place_back() {
    let booking = Booking::with(json!({"budget": 1}), json!({"pacingPerHour": 1})).await;
    let (kim, mut overlay) = with_overlay(&booking).await;
    drop(overlay);
    overlay = enter(&booking, &kim, refusing("expired")).await;
    let refused = trigger(&booking.agency, &kim.id, json!({})).await;
    assert_eq!(refused.problem(400), "overlay_not_responding");
    drop(overlay);

    overlay = enter(&booking, &kim, Manners::default()).await;
    trigger(&booking.agency, &kim.id, json!({}))
        .await
        .expect(201);
    let command = overlay.next_command().await.unwrap();
    let error = overlay.fail(&command, "asset_load_failed").await.unwrap();
    assert_eq!(error.verdict(), "counted");
    let late = overlay.post("ad_completed", &command).await.unwrap();
    assert_eq!(late.reason(), "lease_expired");

    trigger(&booking.agency, &kim.id, json!({}))
        .await
        .expect(201);
    let summary = booking
        .agency
        .get(&booking.report("summary"))
        .await
        .expect(200);
    assert_eq!(summary["totals"]["impressions"], 0);
}

/// Triggers and plays until it is blocked; says how often it went and why it did not.
async fn play_until_blocked(
    booking: &Booking,
    channel: &OnAir,
    overlay: &mut Overlay,
) -> (u32, String) {
    for plays in 0.. {
        let answer = trigger(&booking.agency, &channel.id, json!({})).await;
        if answer.status != 201 {
            return (plays, answer.problem(400));
        }
        let command = overlay.next_command().await.unwrap();
        let on_screen = Duration::from_secs(command.duration_sec());
        overlay
            .play(&command, async { booking.app.clock.advance(on_screen) })
            .await
            .unwrap();
        overlay.heartbeat();
    }
    unreachable!("it is blocked at some time")
}

#[tokio::test]
async fn every_cap_holds_to_the_last_play() {
    for (campaign, flight, plays, reason) in [
        (
            json!({}),
            json!({"capPerStreamerPerHour": 2}),
            2,
            "streamer_hourly_cap_reached",
        ),
        (
            json!({}),
            json!({"capPerSession": 3}),
            3,
            "session_cap_reached",
        ),
        (
            json!({}),
            json!({"pacingPerHour": 2}),
            2,
            "campaign_pacing_reached",
        ),
        (
            json!({"budget": 3.5}),
            json!({}),
            3,
            "campaign_budget_reached",
        ),
    ] {
        let booking = Booking::with(campaign, flight).await;
        let (kim, mut overlay) = with_overlay(&booking).await;
        let (played, why) = play_until_blocked(&booking, &kim, &mut overlay).await;
        assert_eq!((played, why.as_str()), (plays, reason));
        assert_eq!(results(&booking.app).await["sent"], u64::from(plays));

        booking.app.clock.advance(HOUR);
        upkeep::run_once(&booking.app.works).await.unwrap();
        drop(overlay);
        let _overlay = enter(&booking, &kim, Manners::default()).await;
        let again = trigger(&booking.agency, &kim.id, json!({})).await;
        // What is counted by the hour or the session is forgotten with it, money is not.
        if reason == "campaign_budget_reached" {
            assert_eq!(again.problem(400), reason);
        } else {
            again.expect(201);
        }
    }
}

#[tokio::test]
async fn two_hundred_triggers_at_once_against_a_cap_of_seven_give_seven() {
    const CHANNELS: usize = 40;
    for (campaign, flight, reason) in [
        (
            json!({}),
            json!({"pacingPerHour": 7}),
            "campaign_pacing_reached",
        ),
        (
            json!({"budget": 7.99}),
            json!({}),
            "campaign_budget_reached",
        ),
    ] {
        let booking = Booking::with(campaign, flight).await;
        let mut channels = Vec::new();
        for number in 0..CHANNELS {
            let name = format!("channel-{number}");
            let channel = booking.channel(&name, json!({"cpmRate": 1000})).await;
            let overlay = enter(&booking, &channel, Manners::default()).await;
            channels.push((channel, overlay));
        }
        let mut triggers = JoinSet::new();
        for number in 0..200 {
            let agency = booking.agency.clone();
            let channel = channels[number % CHANNELS].0.id.clone();
            triggers.spawn(async move { trigger(&agency, &channel, json!({})).await });
        }

        let answers = triggers.join_all().await;

        let sent = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(sent, 7);
        for answer in answers.iter().filter(|answer| answer.status != 201) {
            let code = answer.problem(400);
            assert!(code == reason || code == "channel_busy", "{code}");
        }
        let mut shown = 0;
        for (_, overlay) in &mut channels {
            while overlay.waiting_command().is_some() {
                shown += 1;
            }
        }
        assert_eq!(shown, 7);
        assert_eq!(results(&booking.app).await["sent"], 7);
    }
}

#[tokio::test]
async fn a_request_that_is_repeated_with_its_key_is_answered_again_and_sent_once() {
    let booking = Booking::new().await;
    let (kim, mut overlay) = with_overlay(&booking).await;
    let body = json!({"channelId": kim.id});

    let first = trigger_once(&booking.agency, "a-key", &body)
        .await
        .expect(201);
    for _ in 0..3 {
        let again = trigger_once(&booking.agency, "a-key", &body).await;
        assert_eq!(again.expect(201), first);
    }
    let other = changed(body.clone(), json!({"durationSec": 5}));
    let reused = trigger_once(&booking.agency, "a-key", &other).await;
    assert_eq!(reused.problem(409), "idempotency_key_reused");
    let bad = trigger_once(&booking.agency, "a key", &body).await;
    assert_eq!(bad.problem(400), "invalid_idempotency_key");
    // The key is the caller's own.
    let admin = trigger_once(&booking.admin, "a-key", &body).await;
    assert_eq!(admin.problem(400), "channel_busy");

    let command = overlay.next_command().await.unwrap();
    assert_eq!(first["commandId"], command.id());
    assert!(overlay.waiting_command().is_none());
    booking.app.clock.advance(PLAYED);
    let later = trigger_once(&booking.agency, "a-key", &body).await;
    assert_eq!(later.expect(201), first);
}

#[tokio::test]
async fn a_double_click_gives_one_delivery() {
    let booking = Booking::new().await;
    let (kim, mut overlay) = with_overlay(&booking).await;
    let body = json!({"channelId": kim.id});
    let (one, two, three) = tokio::join!(
        trigger_once(&booking.agency, "double", &body),
        trigger_once(&booking.agency, "double", &body),
        trigger_once(&booking.agency, "double", &body),
    );
    let first = one.expect(201);
    assert_eq!(two.expect(201), first);
    assert_eq!(three.expect(201), first);
    assert_eq!(
        overlay.next_command().await.unwrap().id(),
        first["commandId"]
    );
    assert!(overlay.waiting_command().is_none());
}

#[tokio::test]
async fn a_failure_is_repeated_with_its_key_too() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({"cpmRate": 15})).await;
    let overlay = enter(&booking, &kim, refusing("busy")).await;
    let body = json!({"channelId": kim.id});
    for _ in 0..2 {
        let answer = trigger_once(&booking.agency, "a-key", &body).await;
        assert_eq!(answer.problem(400), "overlay_not_responding");
    }
    drop(overlay);
    let mut overlay = enter(&booking, &kim, Manners::default()).await;
    let again = trigger_once(&booking.agency, "a-key", &body).await;
    assert_eq!(again.problem(400), "overlay_not_responding");
    trigger_once(&booking.agency, "another", &body)
        .await
        .expect(201);
    overlay.next_command().await.unwrap();
}

#[tokio::test]
async fn an_overlay_of_the_first_contract_is_served_and_answered_for_at_once() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({"cpmRate": 15})).await;
    let manners = Manners {
        answer: overlay::Answer::Silence,
        legacy: true,
        ..Manners::default()
    };
    // First clients are told no role; that it entered is seen by its being triggered.
    let mut overlay = enter(&booking, &kim, manners).await;
    let body = json!({"channelId": kim.id});
    let first = loop {
        let answer = trigger_once(&booking.agency, "a-key", &body).await;
        if answer.status == 201 {
            break answer.json();
        }
        assert_eq!(answer.problem(400), "overlay_not_connected");
    };
    let command = overlay.next_command().await.unwrap();
    assert_eq!(command.id(), first["commandId"]);
    booking
        .app
        .clock
        .advance(Duration::from_secs(command.duration_sec()));
    let again = trigger_once(&booking.agency, "a-key", &body).await;
    assert_eq!(again.expect(201), first);
}

#[tokio::test]
async fn who_may_not_trigger_does_not() {
    let booking = Booking::new().await;
    let app = &booking.app;
    let (kim, mut overlay) = with_overlay(&booking).await;
    for person in [
        &app.brand("tea").await,
        &kim.owner,
        &app.viewer("eve").await,
    ] {
        let answer = trigger(person, &kim.id, json!({})).await;
        assert_eq!(answer.problem(403), "insufficient_permissions");
    }
    let nobody = trigger(&app.nobody(), &kim.id, json!({})).await;
    assert_eq!(nobody.problem(401), "not_signed_in");

    // Another agency's campaign is as good as none, whether it is named or not.
    let rival = app.agency("rival").await;
    for fields in [json!({}), json!({"campaignId": booking.campaign["id"]})] {
        let answer = trigger(&rival, &kim.id, fields).await;
        assert_eq!(answer.problem(400), "no_campaign_assignment");
    }
    let campaign = book(&booking.admin, &rival, json!({})).await;
    add_flight(&rival, &campaign, json!({})).await;
    add_creative(&booking.admin, &rival, &campaign).await;
    assign(&rival, &campaign, &[&kim.id]).await;
    let foreign = json!({"creativeId": booking.creative["id"]});
    let answer = trigger(&rival, &kim.id, foreign).await;
    assert_eq!(answer.problem(400), "no_approved_creative");
    assert!(overlay.waiting_command().is_none());

    // The newest campaign on the channel is the rival's; the agency's own is what it plays.
    let own = trigger(&booking.agency, &kim.id, json!({}))
        .await
        .expect(201);
    assert_eq!(own["campaignId"], booking.campaign["id"]);
}

#[tokio::test]
async fn a_trigger_stands_in_the_audit_log() {
    let booking = Booking::new().await;
    let (kim, _overlay) = with_overlay(&booking).await;
    let sent = trigger(&booking.agency, &kim.id, json!({}))
        .await
        .expect(201);
    let log = booking.admin.get("/admin/audit?limit=1").await.expect(200);
    assert_eq!(log[0]["action"], "delivery_triggered");
    assert_eq!(log[0]["entityId"], sent["commandId"]);
    assert_eq!(log[0]["payload"]["channelId"], kim.id.as_str());
}
