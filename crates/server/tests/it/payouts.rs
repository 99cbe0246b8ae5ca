//! Payouts over HTTP.

use beta_web::tokens::COOKIE;
use reqwest::Method;
use serde_json::{Value, json};

use crate::played::{Booking, id};
use crate::printed;

async fn run(booking: &Booking) -> Value {
    let asked = json!({ "campaignId": booking.campaign["id"] });
    booking
        .agency
        .post("/payouts/run", &asked)
        .await
        .expect(201)
}

#[tokio::test]
async fn a_run_says_what_every_channel_is_owed() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let lou = booking.channel("lou", json!({ "fixedFee": 450 })).await;
    booking.play(&kim).await;
    booking.play(&kim).await;
    booking.play(&lou).await;

    let path = format!("/payouts/run?campaignId={}", id(&booking.campaign));
    let run = booking.agency.get(&path).await.expect(200);

    assert_eq!(
        (&run["campaignId"], &run["count"]),
        (&booking.campaign["id"], &json!(2))
    );
    let payout = &run["payouts"][0];
    let expected = json!({
        "id": payout["id"],
        "campaignId": booking.campaign["id"],
        "channelId": kim.id,
        "rateType": "cpm",
        "rate": "15",
        "deliveredImpressions": 2,
        "amount": "0.03",
        "currency": "USD",
        "status": "pending",
        "periodStart": "2026-03-01T12:00:13.000Z",
        "periodEnd": "2026-03-01T12:00:25.000Z",
        "createdAt": booking.app.works.now(),
        "paidAt": null,
    });
    assert_eq!(payout, &expected);
    let fixed = &run["payouts"][1];
    assert_eq!(
        (&fixed["rateType"], &fixed["amount"]),
        (&json!("fixed"), &json!("450"))
    );
}

#[tokio::test]
async fn a_run_before_any_play_names_every_channel_and_owes_nothing() {
    let booking = Booking::new().await;
    assert_eq!(run(&booking).await["count"], 0);
    booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let run = run(&booking).await;
    assert_eq!(
        (&run["count"], &run["payouts"][0]["amount"]),
        (&json!(1), &json!("0"))
    );
}

#[tokio::test]
async fn what_is_paid_stays_paid_and_later_plays_are_paid_later() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    booking.play(&kim).await;
    let first = run(&booking).await["payouts"][0].clone();
    let pay = format!("/payouts/{}/mark-paid", id(&first));

    let denied = booking.agency.post(&pay, &json!({})).await;
    assert_eq!(denied.problem(403), "insufficient_permissions");
    let paid = booking.admin.post(&pay, &json!({})).await.expect(201);
    assert_eq!(
        (&paid["status"], &paid["amount"]),
        (&json!("paid"), &json!("0.02"))
    );
    assert_eq!(paid["paidAt"], json!(booking.app.works.now()));
    assert_eq!(
        booking.admin.post(&pay, &json!({})).await.problem(409),
        "already_paid"
    );
    assert_eq!(run(&booking).await["payouts"], json!([paid]));

    booking.play(&kim).await;
    let second = run(&booking).await["payouts"][0].clone();
    assert_ne!(second["id"], paid["id"]);
    assert_eq!(
        (&second["status"], &second["amount"]),
        (&json!("pending"), &json!("0.01"))
    );
    let all = kim.owner.get("/payouts").await.expect(200);
    assert_eq!(all, json!([second, paid]));
}

#[tokio::test]
async fn payouts_are_listed_to_whom_they_concern() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let lou = booking.channel("lou", json!({ "cpmRate": 15 })).await;
    run(&booking).await;
    let count = async |person: &beta_testkit::app::Person, question: &str| {
        let page = person.get(&format!("/payouts{question}")).await;
        page.expect(200).as_array().map_or(0, Vec::len)
    };
    let rival = booking.app.agency("rival").await;
    for (person, expected) in [
        (&booking.admin, 2),
        (&booking.agency, 2),
        (&kim.owner, 1),
        (&lou.owner, 1),
        (&rival, 0),
    ] {
        assert_eq!(count(person, "").await, expected, "{:?}", person.user);
    }
    assert_eq!(
        count(&booking.agency, &format!("?channelId={}", kim.id)).await,
        1
    );
    assert_eq!(count(&booking.agency, "?status=paid").await, 0);
    let viewer = booking.app.viewer("eve").await;
    assert_eq!(
        viewer.get("/payouts").await.problem(403),
        "insufficient_permissions"
    );

    let page = booking.agency.get("/payouts?limit=1&status=pending").await;
    let link = page.header("link").to_owned();
    let next = link.split(['<', '>']).nth(1).unwrap();
    assert!(
        next.starts_with("/payouts?limit=1&status=pending&cursor="),
        "{link}"
    );
    let rest = booking.agency.get(next).await.expect(200);
    assert_ne!(rest[0]["id"], page.expect(200)[0]["id"]);
}

#[tokio::test]
async fn a_statement_explains_a_payout_to_its_streamer_and_to_nobody_else() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let lou = booking.channel("lou", json!({ "cpmRate": 15 })).await;
    booking.play(&kim).await;
    booking.play(&kim).await;
    let payout = run(&booking).await["payouts"][0].clone();
    let path = format!("/payouts/{}/statement.pdf", id(&payout));
    let name = format!("payout-{}-statement.pdf", id(&payout));

    let pending = printed::text(&kim.owner.get(&path).await, &name);
    let campaign = format!("Campaign: {}", booking.campaign["name"].as_str().unwrap());
    printed::holds(
        &pending,
        &[
            "Payout Statement",
            &campaign,
            "Rate: 15 USD for a thousand impressions",
            "0.03 USD For 2 verified plays",
            "Status: pending",
            "2026-03-01 2 0.03",
            "2026-03-01 12:00:13 UTC image, 10 s 0.015",
        ],
    );

    let pay = format!("/payouts/{}/mark-paid", id(&payout));
    booking.admin.post(&pay, &json!({})).await.expect(201);
    booking.play(&kim).await;
    for person in [&kim.owner, &booking.agency, &booking.admin] {
        let paid = person.get(&format!("{path}?paper=letter")).await;
        let paid = printed::text(&paid, &name);
        printed::holds(&paid, &["Status: paid on 2026-03-01", "All days 2 0.03"]);
    }

    let rival = booking.app.agency("rival").await;
    for stranger in [&lou.owner, &rival] {
        let answer = stranger.get(&path).await;
        assert_eq!(answer.problem(404), "payout_not_found");
    }
    let viewer = booking.app.viewer("eve").await;
    assert_eq!(
        viewer.get(&path).await.problem(403),
        "insufficient_permissions"
    );
    let odd = kim.owner.get(&format!("{path}?paper=a3")).await.expect(400);
    assert_eq!(odd["errors"][0]["field"], "paper");
}

#[tokio::test]
async fn a_run_for_nothing_or_for_others_is_refused() {
    let booking = Booking::new().await;
    let rival = booking.app.agency("rival").await;
    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let asked = json!({ "campaignId": booking.campaign["id"] });
    let by_get = format!("/payouts/run?campaignId={}", id(&booking.campaign));
    assert_eq!(rival.get(&by_get).await.problem(404), "campaign_not_found");
    assert_eq!(
        rival.post("/payouts/run", &asked).await.problem(404),
        "campaign_not_found"
    );
    let denied = kim.owner.post("/payouts/run", &asked).await;
    assert_eq!(denied.problem(403), "insufficient_permissions");
    let unknown = json!({ "campaignId": booking.creative["id"] });
    let answer = booking.admin.post("/payouts/run", &unknown).await;
    assert_eq!(answer.problem(404), "campaign_not_found");
    let pay = format!("/payouts/{}/mark-paid", id(&booking.campaign));
    assert_eq!(
        booking.admin.post(&pay, &json!({})).await.problem(404),
        "payout_not_found"
    );
    for question in ["", "?campaignId=7", "?campaign=7"] {
        let answer = booking.agency.get(&format!("/payouts/run{question}")).await;
        assert_eq!(answer.status, 400, "{question}");
    }
}

#[tokio::test]
async fn runs_and_payments_stand_in_the_audit_log() {
    let booking = Booking::new().await;
    booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let payout = run(&booking).await["payouts"][0].clone();
    let pay = format!("/payouts/{}/mark-paid", id(&payout));
    booking.admin.post(&pay, &json!({})).await.expect(201);

    let log = booking.admin.get("/admin/audit?limit=2").await.expect(200);
    assert_eq!(log[0]["action"], "payout_paid");
    assert_eq!(
        (&log[0]["entityId"], &log[0]["payload"]["amount"]),
        (&payout["id"], &json!("0"))
    );
    assert_eq!(log[1]["action"], "payouts_run");
    assert_eq!(log[1]["actor"]["email"], "acme@agency.example.com");
}

#[tokio::test]
async fn a_link_on_a_page_cannot_run_payouts() {
    let booking = Booking::new().await;
    let path = format!("/payouts/run?campaignId={}", id(&booking.campaign));
    let token = booking.agency.token.as_deref().unwrap();
    let browser = booking.app.nobody();
    let request = browser.request(Method::GET, &path);
    let answer = browser
        .send(request.header("cookie", format!("{COOKIE}={token}")))
        .await;
    assert_eq!(answer.problem(401), "not_signed_in");
}
