//! What was shown and the whole story of each play, over HTTP.

use serde_json::{Value, json};

use crate::played::{Booking, OnAir, PLAY};

/// An id that nothing has.
const NOBODYS: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

async fn played() -> (Booking, OnAir, String) {
    let booking = Booking::new().await;
    let on = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let id = booking.play(&on).await;
    (booking, on, id)
}

fn rows(list: &Value) -> usize {
    list.as_array().unwrap().len()
}

#[tokio::test]
async fn a_delivery_is_told_from_its_lease_to_its_end() {
    let (booking, on, id) = played().await;
    let done = json!({ "commandId": id });
    booking.post_event(&on, "ad_completed", done).await;

    let story = booking
        .agency
        .get(&format!("/deliveries/{id}"))
        .await
        .expect(200);

    assert_eq!(story["id"], json!(id));
    assert_eq!(
        story["campaign"],
        json!({ "id": booking.campaign["id"], "name": "Spring" })
    );
    assert_eq!(
        story["channel"],
        json!({ "id": on.id, "twitchChannelName": "kim" })
    );
    assert_eq!(
        story["creative"],
        json!({ "id": booking.creative["id"], "format": "image" })
    );
    assert_eq!(
        (&story["status"], &story["evidenceLevel"]),
        (&json!("completed"), &json!(1))
    );
    assert_eq!(story["durationSec"], PLAY.as_secs());
    assert_eq!(
        (&story["price"], &story["cost"], &story["currency"]),
        (&json!("0.015"), &json!("0.015"), &json!("USD"))
    );
    let states = story["states"].as_array().unwrap();
    let names: Vec<_> = states.iter().map(|one| &one["state"]).collect();
    assert_eq!(names, ["leased", "acknowledged", "rendered", "completed"]);
    assert_eq!(states[0]["at"], story["leasedAt"]);
    assert_eq!(states[3]["at"], story["endedAt"]);
    let events = story["events"].as_array().unwrap();
    let told: Vec<_> = events
        .iter()
        .map(|event| {
            let text = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
            (text("type"), text("verdict"), text("reason"))
        })
        .collect();
    let event = |kind: &str, verdict: &str, reason: &str| {
        (kind.to_owned(), verdict.to_owned(), reason.to_owned())
    };
    assert_eq!(
        told,
        [
            event("ad_candidate_selected", "counted", ""),
            event("ad_command_sent", "counted", ""),
            event("ad_rendered", "counted", ""),
            event("ad_completed", "counted", ""),
            event("ad_completed", "not_counted", "duplicate"),
        ]
    );
    assert_eq!(events[2]["payload"], json!({ "commandId": id }));
    assert_eq!(story["hasMoreEvents"], false);

    let list = booking.agency.get("/deliveries").await.expect(200);
    let mut shorter = story;
    for only_in_story in ["states", "events", "hasMoreEvents"] {
        shorter.as_object_mut().unwrap().remove(only_in_story);
    }
    assert_eq!(list, json!([shorter]));
}

#[tokio::test]
async fn a_streamer_reads_no_price_and_a_brand_no_address() {
    let booking = Booking::new().await;
    let brand = booking.app.brand("bolt").await;
    let fields = json!({ "brandOrganizationId": brand.who().organization_id });
    let named = crate::played::book(&booking.admin, &booking.agency, fields).await;
    crate::played::add_flight(&booking.agency, &named, json!({})).await;
    let creative = crate::played::add_creative(&booking.admin, &booking.agency, &named).await;
    let booking = Booking {
        campaign: named,
        creative,
        ..booking
    };
    let on = booking.channel("kim", json!({ "cpmRate": 15 })).await;
    let id = booking.play(&on).await;
    let path = format!("/deliveries/{id}");
    let has_address = |story: &Value| {
        let mut events = story["events"].as_array().unwrap().iter();
        events.any(|event| event.get("ip").is_some() || event.get("userAgent").is_some())
    };

    for (person, price, address) in [
        (&booking.admin, true, true),
        (&booking.agency, true, false),
        (&brand, true, false),
        (&on.owner, false, true),
    ] {
        let story = person.get(&path).await.expect(200);
        let who = person.who().role;
        for field in ["price", "cost", "currency"] {
            assert_eq!(story.get(field).is_some(), price, "{who} {field}");
        }
        assert_eq!(has_address(&story), address, "{who}");
        let list = person.get("/deliveries").await.expect(200);
        assert_eq!(
            (rows(&list), list[0].get("price").is_some()),
            (1, price),
            "{who}"
        );
    }
}

#[tokio::test]
async fn a_foreign_delivery_is_answered_as_an_unknown_one() {
    let (booking, _, id) = played().await;
    let other = booking.channel("lee", json!({ "cpmRate": 15 })).await;
    let rival = booking.app.agency("rival").await;
    let brand = booking.app.brand("bolt").await;
    for stranger in [&rival, &brand, &other.owner] {
        assert_eq!(stranger.get("/deliveries").await.expect(200), json!([]));
        let by_channel = format!(
            "/deliveries?campaignId={}",
            booking.campaign["id"].as_str().unwrap()
        );
        assert_eq!(stranger.get(&by_channel).await.expect(200), json!([]));
        let told = |mut body: Value| {
            body["requestId"] = Value::Null;
            body
        };
        let foreign = stranger.get(&format!("/deliveries/{id}")).await;
        let unknown = stranger.get(&format!("/deliveries/{NOBODYS}")).await;
        assert_eq!(
            told(foreign.expect_problem(404, "delivery_not_found")),
            told(unknown.expect_problem(404, "delivery_not_found"))
        );
    }
    let viewer = booking.app.viewer("vic").await;
    let refused = viewer.get("/deliveries").await;
    refused.expect_problem(403, "insufficient_permissions");
}

#[tokio::test]
async fn deliveries_are_filtered_and_paged() {
    let (booking, on, first) = played().await;
    let second = booking.lease(&on).await;
    let campaign = booking.campaign["id"].as_str().unwrap();
    for (query, expected) in [
        (String::new(), vec![&second, &first]),
        (format!("?campaignId={campaign}"), vec![&second, &first]),
        (format!("?campaignId={NOBODYS}"), vec![]),
        (format!("?channelId={}", on.id), vec![&second, &first]),
        (format!("?channelId={NOBODYS}"), vec![]),
        ("?status=completed".to_owned(), vec![&first]),
        ("?status=leased".to_owned(), vec![&second]),
    ] {
        let list = booking
            .agency
            .get(&format!("/deliveries{query}"))
            .await
            .expect(200);
        let ids: Vec<_> = list
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].clone())
            .collect();
        assert_eq!(json!(ids), json!(expected), "{query}");
    }
    let page = booking.agency.get("/deliveries?limit=1").await;
    assert_eq!(page.expect(200)[0]["id"], json!(second));
    let next = page
        .header("link")
        .trim_start_matches('<')
        .split('>')
        .next()
        .unwrap();
    assert_eq!(
        booking.agency.get(next).await.expect(200)[0]["id"],
        json!(first)
    );
    for (query, field, code) in [
        ("status=done", "status", "invalid_value"),
        ("channelId=x", "channelId", "invalid_value"),
        ("organizationId=x", "organizationId", "unknown_field"),
        ("cursor=x", "cursor", "invalid_cursor"),
    ] {
        let refused = booking.agency.get(&format!("/deliveries?{query}")).await;
        refused.expect_field(field, code);
    }
    let bad = booking.agency.get("/deliveries/x").await;
    bad.expect_field("id", "invalid_path");
}
