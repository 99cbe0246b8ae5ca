//! The audit log over HTTP: its filters, and that every act of a person stands in it.

use std::time::Duration;

use beta_testkit::app::TestApp;
use beta_testkit::overlay::{Manners, Overlay};
use serde_json::{Value, json};

use crate::played::Booking;

fn actions(log: &Value) -> Vec<&str> {
    let rows = log.as_array().unwrap().iter();
    rows.map(|row| row["action"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn every_filter_of_the_log_finds_its_rows() {
    let app = TestApp::new().await;
    let (admin, kim) = (app.admin().await, app.streamer("kim").await);
    let channel = app.channel(&kim, "kim").await.id;
    app.clock.advance(Duration::from_mins(1));
    let then = app.works.now();
    app.overlay_key(&kim, channel).await;
    let pause = json!({ "paused": true });
    admin
        .patch(&format!("/channels/{channel}/overlay"), &pause)
        .await
        .expect(200);
    let (kims, mine) = (kim.who().user_id, admin.who().user_id);
    for (query, expected) in [
        (
            format!("entityId={channel}"),
            vec!["channel_paused", "overlay_key_rotated", "channel_saved"],
        ),
        (
            "action=overlay_key_rotated".to_owned(),
            vec!["overlay_key_rotated"],
        ),
        (
            format!("entityType=channel&actorUserId={kims}"),
            vec!["overlay_key_rotated", "channel_saved"],
        ),
        (
            format!("entityType=channel&actorUserId={mine}"),
            vec!["channel_paused"],
        ),
        (
            format!("from={then}"),
            vec!["channel_paused", "overlay_key_rotated"],
        ),
        (
            format!("entityType=channel&to={then}"),
            vec!["channel_saved"],
        ),
        ("action=nothing".to_owned(), vec![]),
        ("entityType=channel&entityId=nothing".to_owned(), vec![]),
    ] {
        let log = admin
            .get(&format!("/admin/audit?{query}"))
            .await
            .expect(200);
        assert_eq!(actions(&log), expected, "{query}");
    }
    let first = admin.get("/admin/audit?entityType=channel&limit=2").await;
    assert_eq!(first.expect(200).as_array().unwrap().len(), 2);
    let next = first
        .header("link")
        .trim_start_matches('<')
        .split('>')
        .next()
        .unwrap();
    let rest = admin.get(next).await.expect(200);
    assert_eq!(
        actions(&rest),
        ["channel_saved"],
        "the filter holds for the next page"
    );
}

#[tokio::test]
async fn a_filter_that_says_nothing_is_refused() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for (query, field, code) in [
        ("action=", "action", "too_short"),
        ("actorUserId=x", "actorUserId", "invalid_value"),
        ("from=yesterday", "from", "not_a_time"),
        ("to=x", "to", "not_a_time"),
        ("actor=x", "actor", "unknown_field"),
        ("payload=x", "payload", "unknown_field"),
    ] {
        let refused = admin.get(&format!("/admin/audit?{query}")).await;
        refused.expect_field(field, code);
    }
}

#[tokio::test]
async fn a_trigger_is_in_the_log_whether_it_was_sent_or_refused() {
    let booking = Booking::new().await;
    let on = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let order = json!({ "channelId": on.id, "campaignId": booking.campaign["id"] });
    let trigger = async || booking.agency.post("/deliveries/trigger", &order).await;
    trigger().await.expect_problem(400, "overlay_not_connected");
    let clock = booking.app.clock.clone();
    let mut page = Overlay::connect(&booking.app.url(""), &on.key, clock, Manners::default())
        .await
        .unwrap();
    page.has_role("primary").await.unwrap();
    let sent = trigger().await.expect(201);
    trigger().await.expect_problem(400, "channel_busy");

    let refused = booking
        .admin
        .get("/admin/audit?action=delivery_refused")
        .await
        .expect(200);

    let reasons: Vec<_> = refused
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["payload"]["reason"].as_str().unwrap())
        .collect();
    assert_eq!(reasons, ["channel_busy", "overlay_not_connected"]);
    assert_eq!(refused[0]["entityId"], json!(on.id));
    assert_eq!(refused[0]["payload"]["campaignId"], booking.campaign["id"]);
    assert_eq!(
        refused[0]["actor"]["email"],
        booking.agency.who().email.as_str()
    );
    let log = booking
        .admin
        .get("/admin/audit?action=delivery_triggered")
        .await
        .expect(200);
    assert_eq!(actions(&log).len(), 1);
    assert_eq!(log[0]["entityId"], sent["commandId"]);
    // What is forbidden, or names no channel, is no decision about an ad.
    let nowhere = json!({ "channelId": "01890a5d-ac96-774b-bcce-b302099a8057" });
    let unknown = booking.agency.post("/deliveries/trigger", &nowhere).await;
    unknown.expect_problem(404, "channel_not_found");
    let after = booking
        .admin
        .get("/admin/audit?action=delivery_refused")
        .await
        .expect(200);
    assert_eq!(after, refused);
}

#[tokio::test]
async fn what_money_did_is_in_the_log_with_what_it_was_before() {
    let booking = Booking::new().await;
    let on = booking.channel("kim", json!({ "cpmRate": 1000 })).await;
    booking.play(&on).await;
    let run = json!({ "campaignId": booking.campaign["id"] });
    let ran = booking.agency.post("/payouts/run", &run).await.expect(201);
    let payout = ran["payouts"][0]["id"].as_str().unwrap();
    let paid = booking
        .admin
        .post(&format!("/payouts/{payout}/mark-paid"), &json!({}))
        .await;
    let paid = paid.expect(201);

    let log = booking.admin.get("/admin/audit?limit=2").await.expect(200);

    assert_eq!(actions(&log), ["payout_paid", "payouts_run"]);
    let was_paid = &log[0]["payload"];
    assert_eq!(
        was_paid["before"],
        json!({ "status": "pending", "paidAt": null, "reference": null })
    );
    assert_eq!(
        was_paid["after"],
        json!({ "status": "paid", "paidAt": paid["paidAt"], "reference": null })
    );
    let was_run = &log[1]["payload"];
    assert_eq!(
        was_run["before"],
        json!({ "pendingPayouts": 0, "pendingAmount": "0" })
    );
    assert_eq!(
        was_run["after"],
        json!({ "pendingPayouts": 1, "pendingAmount": "1" })
    );
}

#[tokio::test]
async fn a_profile_and_a_channel_are_in_the_log_as_they_were_and_are() {
    let app = TestApp::new().await;
    let (admin, kim) = (app.admin().await, app.streamer("kim").await);
    let profile = |name: &str| {
        json!({
            "displayName": name, "twitchHandle": "kim", "country": "DE", "language": "de",
            "categories": [], "avgViewers": 1, "pricingTier": "s",
        })
    };
    kim.post("/streamers/profile", &profile("Kim"))
        .await
        .expect(201);
    kim.post("/streamers/profile", &profile("Kimmy"))
        .await
        .expect(201);
    let log = admin
        .get("/admin/audit?action=streamer_profile_saved")
        .await
        .expect(200);
    assert_eq!(
        log[0]["payload"],
        json!({
            "twitchHandle": "kim", "before": { "displayName": "Kim" },
            "after": { "displayName": "Kimmy" },
        })
    );
    assert_eq!(log[1]["payload"]["before"], Value::Null);
    assert_eq!(log[1]["payload"]["after"], profile("Kim"));
    app.channel(&kim, "kim_tv").await;
    let log = admin
        .get("/admin/audit?action=channel_saved")
        .await
        .expect(200);
    assert_eq!(log[0]["payload"]["after"]["twitchChannelName"], "kim_tv");
    assert_eq!(log[0]["payload"]["before"], Value::Null);
}
