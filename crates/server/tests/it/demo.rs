//! The demo: one command, and an ad can be shown.

use beta_testkit::app::Person;
use beta_testkit::process::Installation;
use serde_json::json;

const CAMPAIGN: &str = "9a2f2c28-48bc-4ad9-9547-d40fa6f40046";
const CHANNEL: &str = "a9a57f97-e6ea-4728-94e7-af1edca9f0aa";

#[tokio::test]
async fn the_demo_data_is_whole_and_seeding_twice_changes_only_the_key() {
    let place = Installation::new(env!("CARGO_BIN_EXE_beta-ads")).set("BETA_ENV", "development");
    let first = place.run(&["seed"]).await;
    let second = place.run(&["seed"]).await;
    for output in [&first, &second] {
        assert!(output.status.success(), "{output:?}");
    }
    assert_ne!(key_in(&first.stdout), key_in(&second.stdout));

    let running = place.start().await;
    let url = running.url("");
    let agency = Person::sign_in(&url, "agency@betaads.local").await;
    let campaigns = agency.get("/campaigns").await.expect(200);
    assert_eq!(campaigns.as_array().map(Vec::len), Some(1));
    let campaign = &campaigns[0];
    assert_eq!(campaign["id"], CAMPAIGN);
    assert_eq!(campaign["budget"], "5000");
    assert_eq!(campaign["status"], "approved");
    assert_eq!(campaign["flights"].as_array().map(Vec::len), Some(1));
    let mut assignments = campaign["assignments"].as_array().unwrap().iter();
    let first = assignments.find(|one| one["channelId"] == CHANNEL).unwrap();
    assert_eq!(first["cpmRate"], "15");
    let creatives = campaign["creatives"].as_array().unwrap();
    let formats: Vec<_> = creatives.iter().map(|one| one["format"].clone()).collect();
    assert_eq!(formats, ["image", "mp4"]);
    assert!(
        creatives
            .iter()
            .all(|one| one["approvalStatus"] == "approved")
    );

    // Everything is there but somebody to show it to.
    let asked = json!({ "channelId": CHANNEL });
    let answer = agency.post("/deliveries/trigger", &asked).await;
    assert_eq!(answer.problem(400), "no_active_session");
    let brand = Person::sign_in(&url, "brand@betaads.local").await;
    assert_eq!(brand.get("/campaigns").await.expect(200)[0]["id"], CAMPAIGN);
    let admin = Person::sign_in(&url, "admin@betaads.local").await;
    let audit = admin.get("/admin/audit").await.expect(200);
    let seeded = audit.as_array().unwrap().iter();
    let seeded = seeded.filter(|one| one["action"] == "seed_initialized");
    assert_eq!(seeded.count(), 2);
}

#[tokio::test]
async fn two_weeks_have_been_and_are_there_once() {
    let place = Installation::new(env!("CARGO_BIN_EXE_beta-ads")).set("BETA_ENV", "development");
    let seed = async || {
        let output = place.run(&["seed"]).await;
        assert!(output.status.success(), "{output:?}");
    };
    seed().await;
    let first = told(&place).await;
    seed().await;
    assert_eq!(told(&place).await, first, "a second start adds nothing");

    let [summary, payouts, deliveries] = &first;
    let rows = summary["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 14);
    let sum = |name: &str| {
        let figures = rows.iter().map(|row| row[name].as_i64().unwrap());
        figures.sum::<i64>()
    };
    let totals = &summary["totals"];
    assert_eq!(totals["impressions"], sum("impressions"));
    assert!(sum("impressions") > 150 && sum("clicks") > 5);
    assert!(sum("plays") > sum("impressions"), "some were cut short");
    let reasons = totals["uncounted"].as_object().unwrap();
    let reasons: Vec<&str> = reasons.keys().map(String::as_str).collect();
    let expected = [
        "automated_client",
        "duplicate",
        "duplicate_click",
        "not_on_program",
        "standby_instance",
        "too_early",
    ];
    assert_eq!(reasons, expected);

    let payouts = payouts.as_array().unwrap();
    let paid: Vec<_> = payouts
        .iter()
        .filter(|one| one["status"] == "paid")
        .collect();
    assert_eq!((payouts.len(), paid.len()), (3, 1));
    assert_eq!(paid[0]["reference"], "Transfer 2041");
    let covered = payouts
        .iter()
        .map(|one| one["deliveredImpressions"].as_i64().unwrap());
    assert_eq!(covered.sum::<i64>(), sum("impressions"));

    check_deliveries(deliveries.as_str().unwrap(), sum("impressions"));
}

/// Both channels and both creatives were shown, and what failed says why.
fn check_deliveries(file: &str, impressions: i64) {
    let lines: Vec<Vec<&str>> = file.lines().map(|line| line.split(',').collect()).collect();
    let column = |name: &str| lines[0].iter().position(|one| *one == name).unwrap();
    let count = |name: &str, value: &str| {
        let place = column(name);
        lines[1..]
            .iter()
            .filter(|line| line[place] == value)
            .count()
    };
    assert_eq!(i64::try_from(count("verdict", "counted")), Ok(impressions));
    assert_eq!(
        count("audience_source", "profile"),
        count("verdict", "counted")
    );
    for (name, value) in [
        ("channel", "demo_streamer"),
        ("channel", "night_owl"),
        ("format", "image"),
        ("format", "mp4"),
        ("reason", "asset_failed"),
        ("reason", "lease_expired"),
    ] {
        assert!(count(name, value) > 0, "{value}");
    }
    assert_eq!(count("verdict", ""), 0, "nothing is left open");
}

/// What the agency reads: the summary, the payouts, and every delivery.
async fn told(place: &Installation) -> [serde_json::Value; 3] {
    let running = place.start().await;
    let agency = Person::sign_in(&running.url(""), "agency@betaads.local").await;
    let report = format!("/reports/campaign/{CAMPAIGN}");
    let mut summary = agency.get(&format!("{report}/summary")).await.expect(200);
    let campaign = summary["campaign"].as_object_mut().unwrap();
    // It is renewed at every start.
    campaign.retain(|name, _| name != "endDate" && name != "updatedAt");
    let payouts = agency.get("/payouts").await.expect(200);
    let deliveries = agency
        .get(&format!("{report}/export.csv?detail=deliveries"))
        .await
        .text();
    [summary, payouts, deliveries.into()]
}

fn key_in(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let (_, key) = text.split_once("#key=").expect("the overlay's address");
    key.trim().to_owned()
}

#[tokio::test]
async fn the_demo_is_not_for_production() {
    let place = Installation::new(env!("CARGO_BIN_EXE_beta-ads"))
        .set("BETA_ENV", "production")
        .set("JWT_SECRET", "a secret of the tests that nothing else uses");
    for command in ["demo", "seed"] {
        let output = place.run(&[command]).await;
        assert!(!output.status.success(), "{command}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("BETA_ENV"), "{said}");
    }
}
