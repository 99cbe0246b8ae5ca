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
    assert_eq!(campaign["assignments"][0]["channelId"], CHANNEL);
    assert_eq!(campaign["assignments"][0]["cpmRate"], "15");
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
