//! Short links and their QR codes, as visitors follow them.

use axum::http::Method;
use beta_testkit::app::Answer;
use serde_json::{Value, json};

use crate::played::{Booking, OnAir};

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
    Chrome/126.0.0.0 Safari/537.36";

/// The path of the link that the streamer is given, and of its picture.
async fn paths(booking: &Booking, on: &OnAir) -> (String, String) {
    let asked = on.owner.get("/assignments").await.expect(200);
    let own = booking.app.app.settings.public_url.join("/");
    let path = |name: &str| {
        let url = asked[0]["shortLink"][name].as_str().unwrap();
        url.strip_prefix(own.trim_end_matches('/'))
            .unwrap()
            .to_owned()
    };
    (path("url"), path("qrUrl"))
}

async fn visit(booking: &Booking, path: &str, agent: &str) -> Answer {
    let nobody = booking.app.nobody();
    let request = nobody.request(Method::GET, path);
    nobody.send(request.header("user-agent", agent)).await
}

async fn totals(booking: &Booking) -> Value {
    let summary = booking.agency.get(&booking.report("summary")).await;
    summary.expect(200)["totals"].clone()
}

#[tokio::test]
async fn a_link_leads_to_the_landing_page_and_its_visitor_counts_once() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    booking.play(&kim).await;
    let (link, _) = paths(&booking, &kim).await;
    for _ in 0..3 {
        let answer = visit(&booking, &link, BROWSER).await;
        assert_eq!(answer.status, 302);
        assert_eq!(answer.header("location"), "https://tea.example/");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("set-cookie"), "", "nobody is followed");
    }
    visit(
        &booking,
        &format!("{link}?s=qr"),
        &format!("{BROWSER} other"),
    )
    .await;
    visit(&booking, &link, "curl/8.5.0").await;

    let totals = totals(&booking).await;
    assert_eq!(
        totals["clicksBySource"],
        json!({ "overlay": 0, "link": 1, "qr": 1 })
    );
    assert_eq!(totals["clicks"], 2);
    assert_eq!(totals["impressions"], 1, "a click is no play");
    assert_eq!(totals["uncounted"]["duplicate_click"], 2);
    assert_eq!(totals["uncounted"]["automated_client"], 1);
}

#[tokio::test]
async fn a_landing_page_in_any_script_stands_in_the_header() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let path = format!("/creatives/{}", booking.creative["id"].as_str().unwrap());
    let change = json!({ "clickUrl": "https://t\u{e9}.example/caf\u{e9}?q=\u{5d0}" });
    booking.admin.patch(&path, &change).await.expect(200);
    let (link, _) = paths(&booking, &kim).await;
    let answer = visit(&booking, &link, BROWSER).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    assert_eq!(
        answer.header("location"),
        "https://xn--t-bga.example/caf%C3%A9?q=%D7%90"
    );
}

#[tokio::test]
async fn whoever_comes_too_often_is_led_on_and_not_written_down() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let (link, _) = paths(&booking, &kim).await;
    for _ in 0..30 {
        assert_eq!(visit(&booking, &link, BROWSER).await.status, 302);
    }
    let totals = totals(&booking).await;
    assert_eq!(totals["clicks"], 1);
    assert_eq!(totals["uncounted"]["duplicate_click"], 19);
}

#[tokio::test]
async fn a_link_that_nobody_gave_out_leads_nowhere() {
    let booking = Booking::new().await;
    for path in [
        "/c/AAAAAAAAAAA",
        "/c/x",
        "/c/%00",
        "/qr/AAAAAAAAAAA.svg",
        "/qr/x.svg",
    ] {
        let answer = visit(&booking, path, BROWSER).await;
        answer.expect_problem(404, "link_not_found");
    }
    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let (_, picture) = paths(&booking, &kim).await;
    let other_type = picture.replace(".svg", ".png");
    visit(&booking, &other_type, BROWSER)
        .await
        .expect_problem(404, "link_not_found");
}

#[tokio::test]
async fn a_qr_code_is_a_picture_that_any_page_may_show_and_nothing_else() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let (_, picture) = paths(&booking, &kim).await;
    let answer = visit(&booking, &picture, BROWSER).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "image/svg+xml");
    assert!(answer.header("content-security-policy").contains("sandbox"));
    assert_eq!(
        answer.header("cross-origin-resource-policy"),
        "cross-origin"
    );
    let svg = answer.text();
    assert!(svg.contains("<svg") && !svg.contains("script"), "{svg}");
}

#[tokio::test]
async fn a_link_goes_on_when_the_channel_is_taken_off_and_keeps_its_code() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let (link, _) = paths(&booking, &kim).await;
    let campaign = booking.campaign["id"].as_str().unwrap();
    let path = format!("/campaigns/{campaign}/assignments/{}", kim.id);
    assert_eq!(booking.agency.delete(&path).await.status, 204);
    assert_eq!(visit(&booking, &link, BROWSER).await.status, 302);

    let again = json!({ "streamerChannelIds": [kim.id], "cpmRate": 15 });
    let path = format!("/campaigns/{campaign}/assign-streamers");
    booking.agency.post(&path, &again).await.expect(201);
    assert_eq!(paths(&booking, &kim).await.0, link);
}
