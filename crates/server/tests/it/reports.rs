//! The reports of a campaign over HTTP.

use serde_json::json;

use crate::played::{Booking, id};
use crate::printed;

#[tokio::test]
async fn what_was_shown_is_in_the_summary_to_the_last_figure() {
    let mut booking = Booking::new().await;
    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let lou = booking.channel("lou", json!({ "fixedFee": 450 })).await;
    let first = booking.play(&kim).await;
    booking.play(&lou).await;
    booking.next_day(&[&kim]).await;
    booking.play(&kim).await;
    booking
        .post_event(&kim, "ad_completed", json!({ "commandId": first }))
        .await;

    let summary = booking
        .agency
        .get(&booking.report("summary"))
        .await
        .expect(200);

    let campaign = summary["campaign"].as_object().unwrap();
    assert_eq!(campaign.len(), 12);
    for (field, value) in campaign {
        assert_eq!(value, &booking.campaign[field], "{field}");
    }
    let minutes = 10.0 / 60.0;
    let figures = |impressions: i64, minutes: f64| {
        json!({
            "impressions": impressions, "clicks": 0, "plays": impressions,
            "minutesOnScreen": minutes,
        })
    };
    let mut rows = [figures(2, 2.0 * minutes), figures(1, minutes)];
    rows[0]["day"] = json!("2026-03-01");
    rows[1]["day"] = json!("2026-03-02");
    assert_eq!(summary["rows"], json!(rows));
    let mut totals = figures(3, 0.5);
    totals["ctr"] = json!(0.0);
    totals["uncounted"] = json!({ "duplicate": 1 });
    totals["clicksBySource"] = json!({ "overlay": 0, "link": 0, "qr": 0 });
    totals["spend"] = json!("450.03");
    // Nine watch by what the channel says of itself.
    totals["audienceImpressions"] = json!(27);
    totals["audience"] = json!({
        "impressionsWithFigure": 3, "source": "profile", "method": "median-10m-v1",
    });
    totals["evidence"] = json!({ "E0": 0, "E1": 3, "E2": 0, "E3": 0, "E4": 0, "E5": 0 });
    assert_eq!(summary["totals"], totals);
    assert_eq!(summary["timezone"], "UTC");
    let pacing = &summary["pacing"];
    assert_eq!(pacing["delivered"], 3);
    let gone = pacing["timeGone"].as_f64().unwrap();
    let goal = pacing["goal"].as_f64().unwrap();
    let planned = pacing["planned"].as_f64().unwrap();
    assert!((0.0..1.0).contains(&gone) && (planned - goal * gone).abs() < 1.0 + goal / 1e6);

    // Once it is added up, nothing of it has changed.
    beta_domain::reports::aggregate(&booking.app.works)
        .await
        .unwrap();
    let path = booking.report("summary");
    assert_eq!(booking.agency.get(&path).await.expect(200), summary);
}

#[tokio::test]
async fn rows_are_put_together_by_what_is_asked_for_in_the_zone_that_is_asked_for() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let lou = booking.channel("lou", json!({ "cpmRate": 20 })).await;
    booking.play(&kim).await;
    booking.play(&lou).await;
    booking.play(&lou).await;
    let ask = async |query: &str| {
        let path = booking.report("summary");
        let summary = booking.agency.get(&format!("{path}?{query}")).await;
        summary.expect(200)
    };

    let channels = ask("groupBy=channel").await;
    let rows = channels["rows"].as_array().unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (&row["channel"]["twitchChannelName"], &row["impressions"]))
        .collect();
    assert_eq!(
        told,
        [(&json!("kim"), &json!(1)), (&json!("lou"), &json!(2))]
    );
    assert_eq!(rows[0].get("day"), None);
    let creatives = ask("groupBy=creative").await;
    assert_eq!(
        creatives["rows"][0]["creative"]["id"],
        booking.creative["id"]
    );
    assert_eq!(creatives["rows"][0]["impressions"], 3);

    let hours = ask("groupBy=hour&timezone=asia/kathmandu").await;
    assert_eq!(hours["timezone"], "Asia/Kathmandu");
    let rows = hours["rows"].as_array().unwrap();
    let (hour, sum) = (
        &rows[0]["hour"],
        rows.iter().map(|row| row["impressions"].as_i64()),
    );
    assert_eq!(hour, "2026-03-01T17:00:00+05:45");
    assert_eq!(sum.sum::<Option<i64>>(), Some(3));
    let days = ask("groupBy=day&timezone=Pacific/Kiritimati").await;
    assert_eq!(days["rows"][0]["day"], "2026-03-02");

    let path = booking.report("summary?groupBy=channel");
    let own = kim.owner.get(&path).await.expect(200);
    assert_eq!(own["rows"].as_array().unwrap().len(), 1);
    assert_eq!(own["pacing"], json!(null));
}

#[tokio::test]
async fn administrators_see_how_the_background_work_fares() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    booking.play(&kim).await;

    let jobs = booking.admin.get("/admin/jobs").await.expect(200);
    let names: Vec<_> = jobs
        .as_array()
        .unwrap()
        .iter()
        .map(|job| &job["name"])
        .collect();
    assert_eq!(names, ["upkeep", "files", "aggregation", "reconcile"]);
    let never = json!({
        "name": "reconcile", "periodSec": 3600, "lastRunAt": null, "lastSuccessAt": null,
        "lastDurationMs": null, "runs": 0, "failures": 0, "retries": 0, "isFailing": false,
        "lagEvents": null, "lagSec": null,
    });
    assert_eq!(jobs[3], never);
    assert!(jobs[2]["lagEvents"].as_i64().unwrap() > 0);

    beta_domain::reports::aggregate(&booking.app.works)
        .await
        .unwrap();
    let jobs = booking.admin.get("/admin/jobs").await.expect(200);
    assert_eq!(
        (&jobs[2]["lagEvents"], &jobs[2]["lagSec"]),
        (&json!(0), &json!(0))
    );
    let answer = booking.agency.get("/admin/jobs").await;
    assert_eq!(answer.problem(403), "insufficient_permissions");
}

#[tokio::test]
async fn a_click_counts_once_and_makes_the_ratio() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    booking.play(&kim).await;
    let delivery = booking.play(&kim).await;
    for _ in 0..2 {
        booking
            .post_event(&kim, "ad_click", json!({ "commandId": delivery }))
            .await;
    }

    let summary = booking
        .agency
        .get(&booking.report("summary"))
        .await
        .expect(200);

    let totals = &summary["totals"];
    assert_eq!(
        (&totals["clicks"], &totals["ctr"]),
        (&json!(1), &json!(0.5))
    );
    assert_eq!(
        totals["clicksBySource"],
        json!({ "overlay": 1, "link": 0, "qr": 0 })
    );
    assert_eq!(totals["uncounted"], json!({ "duplicate_click": 1 }));
}

#[tokio::test]
async fn the_csv_has_the_columns_of_the_contract_byte_for_byte() {
    let mut booking = Booking::new().await;
    let path = booking.report("export.csv");
    let empty = booking.agency.get(&path).await;
    assert_eq!(
        (empty.status, empty.text().as_str()),
        (200, "day,impressions,clicks,minutes_on_screen")
    );

    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    booking.play(&kim).await;
    booking.next_day(&[&kim]).await;
    booking.play(&kim).await;
    let delivery = booking.play(&kim).await;
    booking
        .post_event(&kim, "ad_click", json!({ "commandId": delivery }))
        .await;

    let csv = booking.agency.get(&path).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let file = format!(
        "attachment; filename=campaign-{}-report.csv",
        id(&booking.campaign)
    );
    assert_eq!(csv.header("content-disposition"), file);
    let table = "day,impressions,clicks,minutes_on_screen\n\
                 2026-03-01,1,0,0.1667\n\
                 2026-03-02,2,1,0.3333";
    assert_eq!(csv.text(), table);
    let monday = booking
        .agency
        .get(&format!("{path}?from=2026-03-02&to=2026-03-02"))
        .await;
    assert_eq!(monday.text().lines().count(), 2);
}

#[tokio::test]
async fn the_document_for_the_brand_has_the_facts_of_the_contract() {
    let mut booking = Booking::new().await;
    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    booking.play(&kim).await;
    booking.next_day(&[&kim]).await;
    let delivery = booking.play(&kim).await;
    booking
        .post_event(&kim, "ad_click", json!({ "commandId": delivery }))
        .await;
    let name = format!("campaign-{}-report.pdf", id(&booking.campaign));
    let path = booking.report("export.pdf");

    let text = printed::text(&booking.agency.get(&path).await, &name);

    let field =
        |name: &str, field: &str| format!("{name}: {}", booking.campaign[field].as_str().unwrap());
    printed::holds(
        &text,
        &[
            "Beta Live Ads Platform",
            "Campaign Delivery Report",
            &field("Campaign", "name"),
            &field("Advertiser", "advertiser"),
            &field("Objective", "objective"),
            &format!("Generated (UTC): {}", booking.app.works.now()),
            "Impressions (ad_completed): 2",
            "Clicks: 1",
            "CTR: 50.00%",
            "Minutes on screen proxy: 0.33",
            "Date (UTC) Impressions Clicks Minutes On Screen",
            "2026-03-01 1 0 0.17 2026-03-02 1 1 0.17",
            "Spend 0.03 USD",
            "Delivery by hour of the day (UTC)",
            "Page 1 of 3",
        ],
    );
    let monday = format!("{path}?from=2026-03-02&to=2026-03-02&paper=letter");
    let monday = printed::text(&booking.agency.get(&monday).await, &name);
    printed::holds(&monday, &["Period: 2026-03-02 (UTC)", "Clicks: 1"]);
    assert!(!monday.contains("2026-03-01 1"), "{monday}");
}

#[tokio::test]
async fn many_documents_at_once_are_made_one_after_the_other() {
    let booking = Booking::new().await;
    let path = booking.report("export.pdf");
    let asked = (0..12).map(|_| booking.agency.get(&path));

    for answer in futures::future::join_all(asked).await {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.bytes.starts_with(b"%PDF-1.7"));
    }
}

#[tokio::test]
async fn the_timeline_shows_what_proves_a_play_and_pages_through_all() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let delivery = booking.play(&kim).await;
    booking.play(&kim).await;

    let path = booking.report("proof-timeline");
    let all = booking.agency.get(&path).await;
    assert_eq!(all.header("link"), "");
    let all = all.expect(200);
    assert_eq!(all["campaignId"], booking.campaign["id"]);
    let events = all["events"].as_array().unwrap();
    let types: Vec<_> = events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    let one = ["ad_completed", "ad_rendered", "ad_command_sent"];
    assert_eq!(types, [one, one].concat());
    let completed = &events[3];
    assert_eq!(completed["deliveryId"], delivery);
    assert_eq!(
        completed["channel"],
        json!({ "id": kim.id, "twitchChannelName": "kim" })
    );
    let creative = &booking.creative;
    let shown = json!({
        "id": creative["id"], "objectKey": creative["objectKey"], "format": "image",
    });
    assert_eq!(completed["creative"], shown);
    assert_eq!(
        (&completed["verdict"], &completed["reason"]),
        (&json!("counted"), &json!(null))
    );
    assert_eq!(completed["payload"]["commandId"], delivery);
    assert!(completed["sessionId"].is_string() && completed["evidenceLevel"].is_number());

    let mut seen = Vec::new();
    let mut next = format!("{path}?limit=4");
    while !next.is_empty() {
        let page = booking.agency.get(&next).await;
        seen.extend(page.expect(200)["events"].as_array().unwrap().clone());
        let link = page.header("link");
        next = link.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
    }
    assert_eq!(&seen, events);
    let completions = booking
        .agency
        .get(&format!("{path}?type=ad_completed"))
        .await
        .expect(200);
    assert_eq!(completions["events"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_streamer_reads_own_figures_without_money() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let lou = booking.channel("lou", json!({ "cpmRate": 20 })).await;
    booking.play(&kim).await;
    booking.play(&lou).await;

    let summary = kim.owner.get(&booking.report("summary")).await.expect(200);
    assert_eq!(summary["totals"]["impressions"], 1);
    assert_eq!(summary["totals"]["spend"], json!(null));
    assert_eq!(summary["campaign"]["budget"], json!(null));
    let timeline = kim
        .owner
        .get(&booking.report("proof-timeline"))
        .await
        .expect(200);
    assert_eq!(timeline["events"].as_array().unwrap().len(), 3);
    for name in ["export.csv", "export.pdf"] {
        let file = kim.owner.get(&booking.report(name)).await;
        assert_eq!(file.problem(403), "insufficient_permissions");
    }
}

#[tokio::test]
async fn a_report_of_others_is_as_unknown_as_none() {
    let booking = Booking::new().await;
    let (rival, stranger) = (
        booking.app.agency("rival").await,
        booking.app.streamer("stranger").await,
    );
    let viewer = booking.app.viewer("eve").await;
    for name in ["summary", "proof-timeline", "export.csv", "export.pdf"] {
        let path = booking.report(name);
        assert_eq!(rival.get(&path).await.problem(404), "campaign_not_found");
        assert_eq!(
            viewer.get(&path).await.problem(403),
            "insufficient_permissions"
        );
        assert_eq!(booking.app.nobody().get(&path).await.status, 401);
        let unknown = format!("/reports/campaign/{}/{name}", id(&booking.creative));
        assert_eq!(
            booking.admin.get(&unknown).await.problem(404),
            "campaign_not_found"
        );
    }
    assert_eq!(
        stranger.get(&booking.report("summary")).await.problem(404),
        "campaign_not_found"
    );
}

#[tokio::test]
async fn a_question_that_means_nothing_is_refused_by_name() {
    let booking = Booking::new().await;
    for (question, field) in [
        ("summary?from=yesterday", "from"),
        ("summary?to=2026-02-30", "to"),
        ("summary?from=2026-03-02&to=2026-03-01", "to"),
        ("summary?frm=2026-03-02", "frm"),
        ("summary?timezone=Mars/Olympus", "timezone"),
        ("summary?groupBy=week", "groupBy"),
        ("export.csv?groupBy=day", "groupBy"),
        ("export.csv?from=", "from"),
        ("export.pdf?paper=a5", "paper"),
        ("export.pdf?from=2026-03-02&to=2026-03-01", "to"),
        ("export.pdf?format=a4", "format"),
        ("proof-timeline?limit=0", "limit"),
        ("proof-timeline?limit=201", "limit"),
        ("proof-timeline?cursor=x", "cursor"),
        ("proof-timeline?type=ad_shown", "type"),
        ("proof-timeline?channelId=7", "channelId"),
    ] {
        let answer = booking
            .agency
            .get(&booking.report(question))
            .await
            .expect(400);
        assert_eq!(answer["errors"][0]["field"], field, "{question}: {answer}");
    }
    let answer = booking
        .agency
        .get("/reports/campaign/7/summary")
        .await
        .expect(400);
    assert_eq!(answer["errors"][0]["field"], "id");
}
