//! The file with every delivery, and the filters of the timeline, over HTTP.

use std::time::Duration;

use beta_domain::upkeep;
use beta_testkit::app::Answer;
use serde_json::{Value, json};

use crate::played::{Booking, OnAir, id};

const HEAD: &str = "delivery_id,channel_id,channel,creative_id,format,session_id,state,reason,\
    leased_at,acknowledged_at,rendered_at,completed_at,ended_at,duration_sec,evidence_level,\
    verdict,audience_viewers,audience_source,audience_method,price,currency";

/// Leases that nobody plays, until there are so many.
async fn lease_many(booking: &Booking, on: &OnAir, count: usize) {
    for number in 0..count {
        // The overlay is heard of often enough, and comes back for a new session now and then.
        if number.is_multiple_of(5) {
            if number.is_multiple_of(100) {
                booking.app.clock.advance(Duration::from_hours(1));
            }
            booking.post_event(on, "overlay_heartbeat", json!({})).await;
        }
        booking.lease(on).await;
        booking.app.clock.advance(Duration::from_mins(1));
    }
}

fn lines(file: &Answer) -> Vec<String> {
    file.text().split('\n').map(ToOwned::to_owned).collect()
}

#[tokio::test]
async fn a_file_of_deliveries_has_a_line_for_each_with_what_became_of_it() {
    let booking = Booking::new().await;
    let path = booking.report("export.csv?detail=deliveries");
    let empty = booking.agency.get(&path).await;
    assert_eq!((empty.status, empty.text().as_str()), (200, HEAD));
    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let name = json!({ "twitchChannelName": "=1+1, \"kim\"" });
    let channel = format!("/channels/{}", kim.id);
    kim.owner.patch(&channel, &name).await.expect(200);
    let played = booking.play(&kim).await;
    let failed = booking.lease(&kim).await;
    let about = json!({ "commandId": failed, "reason": "asset_failed" });
    booking.post_event(&kim, "ad_error", about).await;
    booking.app.clock.advance(Duration::from_secs(1));
    let open = booking.lease(&kim).await;

    let file = booking.agency.get(&path).await;

    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    let name = format!(
        "attachment; filename=campaign-{}-deliveries.csv",
        id(&booking.campaign)
    );
    assert_eq!(file.header("content-disposition"), name);
    let lines = lines(&file);
    assert_eq!(lines[0], HEAD);
    let told = booking.agency.get("/deliveries").await.expect(200);
    let of = |line: &str, told: &Value, end: &str| {
        let creative = id(&booking.creative);
        let about = format!(
            "{},{},\"'=1+1, \"\"kim\"\"\",{creative},image,{},",
            id(told),
            kim.id,
            told["sessionId"].as_str().unwrap()
        );
        assert!(line.starts_with(&about), "{line}\n{about}");
        assert!(line.ends_with(end), "{line}\n{end}");
    };
    assert_eq!(id(&told[2]), played);
    let at = |name: &str| told[2][name].as_str().unwrap().to_owned();
    let (leased, rendered, completed) = (at("leasedAt"), at("renderedAt"), at("completedAt"));
    let end = format!(
        ",completed,,{leased},{rendered},{rendered},{completed},{completed},10,1,counted,\
         9,profile,median-10m-v1,0.015,USD"
    );
    of(&lines[1], &told[2], &end);
    assert_eq!(id(&told[1]), failed);
    of(&lines[2], &told[1], ",10,0,not_counted,,,,0.015,USD");
    assert!(lines[2].contains(",errored,asset_failed,"));
    assert_eq!(id(&told[0]), open);
    of(&lines[3], &told[0], ",,,,,10,0,,,,,0.015,USD");
    assert_eq!(lines.len(), 4);
    assert_eq!(
        told[2]["audience"],
        json!({ "viewers": 9, "source": "profile", "method": "median-10m-v1" })
    );
    assert_eq!(told[1]["audience"], json!(null));
}

#[tokio::test]
async fn a_file_of_many_deliveries_comes_whole_and_in_order() {
    let mut booking = Booking::with(json!({}), json!({})).await;
    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    lease_many(&booking, &kim, 1_100).await;
    upkeep::run_once(&booking.app.works).await.unwrap();
    booking.agency = booking.app.agency("acme").await;

    let file = booking
        .agency
        .get(&booking.report("export.csv?detail=deliveries"))
        .await;

    let rows = lines(&file);
    assert_eq!(rows.len(), 1_101);
    let field = |row: &String, place: usize| row.split(',').nth(place).unwrap().to_owned();
    let times: Vec<String> = rows[1..].iter().map(|row| field(row, 8)).collect();
    assert!(times.is_sorted());
    let mut ids: Vec<String> = rows[1..].iter().map(|row| field(row, 0)).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 1_100);

    let day = &times[0][..10];
    let of_a_day = format!("export.csv?detail=deliveries&from={day}&to={day}");
    let of_a_day = booking.agency.get(&booking.report(&of_a_day)).await;
    let expected = times.iter().filter(|time| time.starts_with(day)).count();
    assert!(expected > 100 && expected < 1_100);
    assert_eq!(lines(&of_a_day).len(), expected + 1);
}

#[tokio::test]
async fn a_file_is_refused_before_its_first_line() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let path = booking.report("export.csv?detail=deliveries");
    let rival = booking.app.agency("rival").await;
    assert_eq!(rival.get(&path).await.problem(404), "campaign_not_found");
    let denied = kim.owner.get(&path).await;
    assert_eq!(denied.problem(403), "insufficient_permissions");
    for (question, field) in [
        ("export.csv?detail=plays", "detail"),
        ("export.csv?detail=deliveries&from=monday", "from"),
        (
            "export.csv?detail=deliveries&from=2026-03-02&to=2026-03-01",
            "to",
        ),
        ("proof-timeline?creativeId=7", "creativeId"),
        ("proof-timeline?sessionId=7", "sessionId"),
        ("proof-timeline?deliveryId=7", "deliveryId"),
        ("proof-timeline?verdict=perhaps", "verdict"),
        ("proof-timeline?reason=bad", "reason"),
        ("proof-timeline?from=monday", "from"),
        ("proof-timeline?from=2026-03-02&to=2026-03-01", "to"),
    ] {
        let answer = booking.agency.get(&booking.report(question)).await;
        let body = answer.expect(400);
        assert_eq!(body["errors"][0]["field"], field, "{question}: {body}");
    }
    let days = booking
        .agency
        .get(&booking.report("export.csv?detail=days"))
        .await;
    assert!(days.text().starts_with("day,impressions,"));
}

#[tokio::test]
async fn the_timeline_is_asked_by_play_verdict_reason_and_day() {
    let mut booking = Booking::new().await;
    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let first = booking.play(&kim).await;
    booking.next_day(&[&kim]).await;
    let second = booking.play(&kim).await;
    let again = json!({ "commandId": second });
    booking.post_event(&kim, "ad_completed", again).await;
    let found = async |question: String| {
        let path = booking.report(&format!("proof-timeline?{question}"));
        let page = booking.agency.get(&path).await.expect(200);
        page["events"].as_array().unwrap().clone()
    };
    let session = found(String::new()).await[0]["sessionId"].clone();
    for (question, expected) in [
        (format!("deliveryId={first}"), 3),
        (format!("deliveryId={second}&verdict=counted"), 3),
        (format!("creativeId={}", id(&booking.creative)), 7),
        (format!("sessionId={}", session.as_str().unwrap()), 4),
        ("reason=duplicate".to_owned(), 1),
        ("verdict=not_counted".to_owned(), 1),
        ("from=2026-03-02".to_owned(), 4),
        ("to=2026-03-01&type=ad_completed".to_owned(), 1),
    ] {
        let events = found(question.clone()).await;
        assert_eq!(events.len(), expected, "{question}");
    }
    let of_day = "proof-timeline?from=2026-03-02&limit=3";
    let page = booking.agency.get(&booking.report(of_day)).await;
    let link = page.header("link").to_owned();
    assert!(link.contains("from=2026-03-02") && link.ends_with("rel=\"next\""));
    let next = link.split(['<', '>']).nth(1).unwrap();
    let rest = booking.agency.get(next).await.expect(200);
    assert_eq!(rest["events"].as_array().unwrap().len(), 1);
    let path = format!("/deliveries/{second}");
    let story = booking.agency.get(&path).await.expect(200);
    assert_eq!(story["id"], rest["events"][0]["deliveryId"]);
}
