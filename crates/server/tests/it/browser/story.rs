//! The main path, as people live it: an agency triggers an ad, viewers see it, it is counted,
//! proven and paid.

use std::fs;
use std::time::Duration;

use beta_testkit::browser::{Browser, Page};
use beta_testkit::process::{Installation, Running};
use beta_testkit::wait::{PATIENCE, until};
use serde_json::{Value, json};

use super::sign_in;
use crate::program::{Program, Stand, text};

const PICTURE: &[u8] = include_bytes!("../../../../web/src/assets/demo/demo.png");
const FILM: &[u8] = include_bytes!("../../../../web/src/assets/demo/demo.mp4");

/// What an impression of fifteen dollars per thousand earns, in tenths of a cent.
const EARNED: usize = 15;

/// Longer than any ad of the demo.
const LONGEST: Duration = Duration::from_secs(40);

#[tokio::test]
async fn an_ad_is_triggered_seen_counted_proven_and_paid() {
    let program = Program::start().await;
    let stand = program.stand().await;
    let picture = stand.creative("image", "image/png", PICTURE).await;
    let film = stand.creative("mp4", "video/mp4", FILM).await;
    let broken = stand.creative("image", "image/png", PICTURE).await;
    fs::remove_file(program.media(&text(&broken, "objectKey"))).unwrap();
    let browser = Browser::open().await.unwrap();
    let portal = browser.first_page().await.unwrap();
    sign_in(&program, &portal, "agency").await;
    portal.reads("h1", "Campaign Control Room").await.unwrap();
    let overlay = browser.new_window().await.unwrap();
    overlay.viewport(1280, 720).await.unwrap();
    overlay
        .goto(&format!("{}/overlay#key={}", program.url, stand.key))
        .await
        .unwrap();
    portal.reads("[data-part=air]", "On air").await.unwrap();

    for (creative, media, impressions) in [(&picture, ".ad img", 1), (&film, ".ad video", 2)] {
        trigger(&portal, &stand, creative).await;
        portal
            .reads("[data-part=outcome]", "has taken the command")
            .await
            .unwrap();
        overlay.sees(media).await.unwrap();
        overlay.reads(".badge", "Sponsored").await.unwrap();
        overlay
            .screenshot(&format!("story-overlay-{}", text(creative, "format")))
            .await
            .unwrap();
        let seconds = creative["durationSec"].as_u64().unwrap();
        overlay
            .loses(".ad", Duration::from_secs(seconds + 5))
            .await
            .unwrap();
        portal
            .reads("[data-part=lines]", "to its end")
            .await
            .unwrap();
        is_in_the_books(&stand, impressions, creative).await;
    }
    portal.screenshot("story-control-room").await.unwrap();

    // What cannot be shown is not counted, its reason is said, and the channel is free again.
    trigger(&portal, &stand, &broken).await;
    portal
        .reads("[data-part=lines]", "its file could not be loaded")
        .await
        .unwrap();
    portal
        .reads("[data-part=now]", "Nothing on screen")
        .await
        .unwrap();
    portal.screenshot("story-broken").await.unwrap();
    assert!(!overlay.is_visible(".ad").await.unwrap());
    is_in_the_books(&stand, 2, &film).await;
    assert_eq!(
        newest(&stand, "ad_error").await["creative"]["id"],
        broken["id"]
    );
    trigger(&portal, &stand, &picture).await;
    overlay.sees(".ad img").await.unwrap();

    // The browser itself complains of the missing file; nothing of ours does.
    let errors = browser.console_errors().await.unwrap();
    let ours: Vec<_> = errors
        .iter()
        .filter(|error| !error.contains("/media/"))
        .collect();
    assert!(ours.is_empty(), "{ours:?}");
}

#[tokio::test]
async fn a_newcomer_runs_one_command_and_sees_an_ad_counted() {
    let place = Installation::new(env!("CARGO_BIN_EXE_beta-ads")).set("BETA_ENV", "development");
    let demo = place.start_with(&["demo"]).await;
    let overlay_url = printed(&demo, "/overlay#key=").await;
    let sign_in_url = printed(&demo, "agency%40").await;

    let browser = Browser::open().await.unwrap();
    let overlay = browser.first_page().await.unwrap();
    overlay.goto(&overlay_url).await.unwrap();
    let portal = browser.new_window().await.unwrap();
    portal.goto(&sign_in_url).await.unwrap();
    portal.click("main form button").await.unwrap();
    portal.reads("[data-part=air]", "On air").await.unwrap();
    let before = portal.text("[data-part=impressions]").await.unwrap();
    let before: usize = before.trim().parse().unwrap();
    portal.click("form[data-trigger] button").await.unwrap();

    overlay.sees(".ad img, .ad video").await.unwrap();
    overlay.reads(".badge", "Sponsored").await.unwrap();
    overlay.loses(".ad", LONGEST).await.unwrap();
    let after = (before + 1).to_string();
    portal
        .reads("[data-part=impressions]", &after)
        .await
        .unwrap();
    assert_eq!(
        browser.console_errors().await.unwrap(),
        Vec::<String>::new()
    );
}

/// The address with these words in it that the demo prints.
async fn printed(demo: &Running, words: &str) -> String {
    let found = until(PATIENCE, async || {
        let log = demo.log();
        let found = log.split_whitespace().find(|word| word.contains(words));
        found.map(ToOwned::to_owned)
    });
    found
        .await
        .unwrap_or_else(|| panic!("no {words} in {}", demo.log()))
}

/// Presses the button for this creative.
async fn trigger(portal: &Page, stand: &Stand, creative: &Value) {
    let choice = format!("{}/{}", stand.campaign, text(creative, "id"));
    portal.choose("select[name=choice]", &choice).await.unwrap();
    portal.click("form[data-trigger] button").await.unwrap();
}

/// Summary, CSV, proof and payout say the same.
async fn is_in_the_books(stand: &Stand, impressions: usize, last: &Value) {
    let Stand {
        agency,
        campaign,
        channel,
        ..
    } = stand;
    let report = |name: &str| format!("/reports/campaign/{campaign}/{name}");
    let settled = until(PATIENCE, async || {
        let summary = agency.get(&report("summary")).await.expect(200);
        (summary["totals"]["impressions"] == impressions).then_some(summary)
    });
    let summary = settled
        .await
        .expect("the summary never showed the impressions");
    assert_eq!(summary["totals"]["clicks"], 0);

    let csv = agency.get(&report("export.csv")).await.text();
    let mut lines = csv.lines();
    assert_eq!(
        lines.next(),
        Some("day,impressions,clicks,minutes_on_screen")
    );
    let counted = lines.map(|line| line.split(',').nth(1).unwrap().parse::<usize>());
    assert_eq!(counted.sum::<Result<usize, _>>(), Ok(impressions), "{csv}");

    let proof = newest(stand, "ad_completed").await;
    assert_eq!(proof["creative"]["id"], last["id"]);
    assert_eq!(proof["channel"]["id"], channel.as_str());

    let run = agency
        .get(&format!("/payouts/run?campaignId={campaign}"))
        .await
        .expect(200);
    let payout = &run["payouts"][0];
    assert_eq!(payout["deliveredImpressions"], impressions, "{run}");
    // Half a cent goes up.
    let cents = (impressions * EARNED + 5) / 10;
    assert_eq!(payout["amount"], json!(format!("0.{cents:02}")), "{run}");
}

/// The newest event of a type in the proof timeline.
async fn newest(stand: &Stand, kind: &str) -> Value {
    let path = format!("/reports/campaign/{}/proof-timeline", stand.campaign);
    let timeline = stand.agency.get(&path).await.expect(200);
    let events = timeline["events"].as_array().expect("events");
    let found = events.iter().find(|event| event["type"] == kind);
    found
        .unwrap_or_else(|| panic!("no {kind} in {timeline}"))
        .clone()
}
