//! What streamers are asked to show and what they say to it, over HTTP.

use beta_testkit::app::{Answer, TestApp};
use beta_testkit::overlay::{Manners, Overlay};
use serde_json::{Value, json};

use crate::played::{Booking, OnAir, upload};

/// An id that nothing has.
const NOBODYS: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

async fn mine(on: &OnAir, query: &str) -> Value {
    let path = format!("/assignments{query}");
    on.owner.get(&path).await.expect(200)
}

async fn say(on: &OnAir, id: &Value, what: &str) -> Answer {
    let path = format!("/assignments/{}/{what}", id.as_str().unwrap());
    on.owner.post(&path, &json!({})).await
}

async fn trigger(booking: &Booking, on: &OnAir) -> Answer {
    let order = json!({ "channelId": on.id });
    booking.agency.post("/deliveries/trigger", &order).await
}

#[tokio::test]
async fn a_streamer_sees_what_runs_there_without_the_budget_and_of_own_channels_only() {
    let booking = Booking::new().await;
    let on = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let other = booking.channel("lee", json!({ "fixedFee": 450 })).await;
    let campaign = booking.campaign["id"].as_str().unwrap();
    upload(&booking.agency, campaign).await;
    booking.play(&on).await;

    let asked = mine(&on, "").await;

    assert_eq!(asked.as_array().unwrap().len(), 1);
    let asset = asked[0]["creatives"][0]["assetUrl"].clone();
    assert!(asset.as_str().unwrap().starts_with("http"));
    let expected = json!({
        "id": asked[0]["id"], "channelId": on.id, "status": "accepted", "declineReason": null,
        "cpmRate": "15", "fixedFee": null, "currency": "USD",
        "createdAt": asked[0]["createdAt"],
        "campaign": {
            "id": campaign, "name": "Spring", "advertiser": "Tea", "objective": "Be known",
            "startDate": booking.campaign["startDate"], "endDate": booking.campaign["endDate"],
            "status": "approved",
        },
        "creatives": [{
            "id": booking.creative["id"], "format": "image", "durationSec": 10,
            "approvalStatus": "approved", "assetUrl": asset,
        }],
        "impressions": 1,
        "shortLink": asked[0]["shortLink"],
    });
    assert_eq!(asked[0], expected);
    let link = asked[0]["shortLink"]["url"].as_str().unwrap();
    assert!(link.contains("/c/"), "{link}");
    let others = mine(&other, "").await;
    assert_eq!(
        (&others[0]["fixedFee"], &others[0]["impressions"]),
        (&json!("450"), &json!(0))
    );
    let all = booking.admin.get("/assignments").await.expect(200);
    assert_eq!(all.as_array().unwrap().len(), 2);
    for person in [&booking.agency, &booking.app.brand("bolt").await] {
        let refused = person.get("/assignments").await;
        refused.expect_problem(403, "insufficient_permissions");
    }
}

#[tokio::test]
async fn assignments_are_filtered_and_paged() {
    let booking = Booking::new().await;
    let on = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let other = booking.channel("lee", json!({ "cpmRate": 15 })).await;
    for (query, expected) in [
        (format!("?channelId={}", on.id), 1),
        (format!("?channelId={}", other.id), 0),
        (format!("?channelId={NOBODYS}"), 0),
        ("?status=accepted".to_owned(), 1),
        ("?status=pending".to_owned(), 0),
    ] {
        assert_eq!(
            mine(&on, &query).await.as_array().unwrap().len(),
            expected,
            "{query}"
        );
    }
    let first = booking
        .admin
        .get("/assignments?limit=1&status=accepted")
        .await;
    assert_eq!(first.expect(200)[0]["channelId"], json!(other.id));
    let next = first
        .header("link")
        .trim_start_matches('<')
        .split('>')
        .next()
        .unwrap();
    let second = booking.admin.get(next).await.expect(200);
    assert_eq!(second[0]["channelId"], json!(on.id));
    for (query, field, code) in [
        ("status=maybe", "status", "invalid_value"),
        ("channelId=x", "channelId", "invalid_value"),
        ("limit=0", "limit", "invalid_limit"),
        ("campaignId=x", "campaignId", "unknown_field"),
    ] {
        let refused = on.owner.get(&format!("/assignments?{query}")).await;
        refused.expect_field(field, code);
    }
}

#[tokio::test]
async fn a_streamer_who_wants_to_be_asked_says_yes_or_no_and_may_change_it() {
    let booking = Booking::new().await;
    let on = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let path = format!("/channels/{}/overlay", on.id);
    on.owner
        .patch(&path, &json!({ "autoAccept": false }))
        .await
        .expect(200);
    let fields = json!({});
    let second = crate::played::book(&booking.admin, &booking.agency, fields).await;
    crate::played::add_flight(&booking.agency, &second, json!({})).await;
    crate::played::add_creative(&booking.admin, &booking.agency, &second).await;
    let terms = json!({ "streamerChannelIds": [on.id], "cpmRate": 20 });
    let assign = format!(
        "/campaigns/{}/assign-streamers",
        second["id"].as_str().unwrap()
    );
    booking.agency.post(&assign, &terms).await.expect(201);
    let clock = booking.app.clock.clone();
    let mut page = Overlay::connect(&booking.app.url(""), &on.key, clock, Manners::default())
        .await
        .unwrap();
    page.has_role("primary").await.unwrap();

    let pending = mine(&on, "?status=pending").await;
    let id = &pending[0]["id"];
    trigger(&booking, &on)
        .await
        .expect_problem(400, "assignment_pending");
    let path = format!("/assignments/{}/decline", id.as_str().unwrap());
    let declined = on
        .owner
        .post(&path, &json!({ "reason": "not tea" }))
        .await
        .expect(201);
    assert_eq!(declined["status"], "declined");
    assert_eq!(declined["declineReason"], "not tea");
    trigger(&booking, &on)
        .await
        .expect_problem(400, "assignment_declined");
    let again = say(&on, id, "decline").await;
    again.expect_problem(409, "invalid_status_change");
    let accepted = say(&on, id, "accept").await.expect(201);
    assert_eq!(accepted["status"], "accepted");
    assert_eq!(accepted["declineReason"], Value::Null);
    say(&on, id, "accept")
        .await
        .expect_problem(409, "invalid_status_change");
    trigger(&booking, &on).await.expect(201);

    let log = booking
        .admin
        .get("/admin/audit?entityType=assignment")
        .await
        .expect(200);
    assert_eq!(log[0]["action"], "assignment_accepted");
    assert_eq!(log[1]["action"], "assignment_declined");
    assert_eq!(
        log[1]["payload"],
        json!({
            "campaignId": second["id"], "channelId": on.id,
            "before": { "status": "pending", "declineReason": null },
            "after": { "status": "declined", "declineReason": "not tea" },
        })
    );
}

#[tokio::test]
async fn a_foreign_assignment_is_answered_as_an_unknown_one() {
    let booking = Booking::new().await;
    let on = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let other = booking.channel("lee", json!({ "cpmRate": 15 })).await;
    let foreign = mine(&other, "").await[0]["id"].clone();
    for what in ["accept", "decline"] {
        for id in [&foreign, &json!(NOBODYS)] {
            let refused = say(&on, id, what).await;
            refused.expect_problem(404, "assignment_not_found");
        }
        let path = format!("/assignments/{}/{what}", foreign.as_str().unwrap());
        let refused = booking.agency.post(&path, &json!({})).await;
        refused.expect_problem(403, "insufficient_permissions");
    }
    assert_eq!(mine(&other, "").await[0]["status"], "accepted");
    let path = format!("/assignments/{}/decline", foreign.as_str().unwrap());
    booking.admin.post(&path, &json!({})).await.expect(201);
}

#[tokio::test]
async fn an_answer_takes_nothing_but_a_reason() {
    let app = TestApp::new().await;
    let kim = app.streamer("kim").await;
    let path = format!("/assignments/{NOBODYS}/decline");
    for (body, field, code) in [
        (json!({ "status": "accepted" }), "status", "unknown_field"),
        (json!({ "cpmRate": 99 }), "cpmRate", "unknown_field"),
        (json!({ "reason": "" }), "reason", "too_short"),
        (json!({ "reason": "x".repeat(501) }), "reason", "too_long"),
        (json!({ "reason": null }), "reason", "invalid_type"),
        (json!({ "reason": "a\u{0}b" }), "reason", "invalid_text"),
    ] {
        kim.post(&path, &body).await.expect_field(field, code);
    }
}
