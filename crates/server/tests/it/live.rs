//! The live feed: what happens, to each only what is theirs, in the form that was promised.

use std::time::Duration;

use beta_domain::accounts::{self, Membership};
use beta_domain::actor::{Actor, Role};
use beta_domain::upkeep;
use beta_testkit::app::{Person, TestApp};
use beta_testkit::overlay::{self, Manners, Overlay};
use beta_testkit::socketio::{Handshake, NoEvent, Socket, connect};
use serde_json::{Value, json};

use crate::played::{Booking, OnAir, add_creative, add_flight, book, id};

/// Long enough for anything the server would say unasked.
const A_MOMENT: Duration = Duration::from_millis(200);
const HEARTBEAT: Duration = Duration::from_secs(25);

async fn watch(app: &TestApp, person: &Person) -> Socket {
    let auth = json!({ "token": person.token });
    let handshake = Handshake::new(&app.url(""), "/dashboard").auth(auth);
    connect(&handshake).await.unwrap()
}

async fn enter(booking: &Booking, channel: &OnAir, manners: Manners) -> Overlay {
    let clock = booking.app.clock.clone();
    Overlay::connect(&booking.app.url(""), &channel.key, clock, manners)
        .await
        .unwrap()
}

async fn trigger(agency: &Person, channel: &OnAir, campaign: &Value) -> beta_testkit::app::Answer {
    let body = json!({"channelId": channel.id, "campaignId": campaign["id"]});
    agency.post("/deliveries/trigger", &body).await
}

/// The next message that says this of this channel or campaign; others are passed over.
async fn next(feed: &mut Socket, name: &str) -> Value {
    feed.next_named(name).await.unwrap().data().clone()
}

/// Everything that comes until this message, which is the last.
async fn until_last(feed: &mut Socket, name: &str) -> Vec<(String, Value)> {
    let mut heard = Vec::new();
    loop {
        let event = feed.next_event(Duration::from_secs(20)).await.unwrap();
        heard.push((event.name.clone(), event.data().clone()));
        if event.name == name {
            return heard;
        }
    }
}

#[tokio::test]
async fn nobody_watches_without_a_token() {
    let app = TestApp::new().await;
    let kim = app.streamer("kim").await;
    let ended = app.streamer("lou").await;
    ended.post_nothing("/auth/logout").await.expect(201);
    for auth in [
        json!(null),
        json!({}),
        json!({"token": 7}),
        json!({"token": ""}),
        json!({"token": "nonsense"}),
        json!({"token": ended.token}),
        json!({"token": format!("{}x", kim.token.as_ref().unwrap())}),
    ] {
        let handshake = Handshake::new(&app.url(""), "/dashboard").auth(auth.clone());
        let refused = connect(&handshake).await.unwrap_err();
        assert_eq!(refused.message(), Some("not_signed_in"), "{auth}");
    }
    watch(&app, &kim).await;
}

#[tokio::test]
async fn a_play_is_told_from_beginning_to_end() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({"cpmRate": 15})).await;
    let mut feed = watch(&booking.app, &booking.agency).await;
    let started = booking.app.works.now();

    let mut overlay = enter(&booking, &kim, Manners::default()).await;
    overlay.has_role("primary").await.unwrap();
    booking.app.clock.advance(HEARTBEAT);
    overlay.heartbeat();
    let beat = next_pair(&mut feed).await;
    let sent_at = booking.app.works.now();
    let sent = trigger(&booking.agency, &kim, &booking.campaign)
        .await
        .expect(201);
    let command = overlay.next_command().await.unwrap();
    overlay.post("ad_rendered", &command).await.unwrap();
    booking.app.clock.advance(Duration::from_secs(10));
    overlay.post("ad_completed", &command).await.unwrap();
    overlay.post("ad_completed", &command).await.unwrap();
    let ended_at = booking.app.works.now();
    overlay.disconnect();
    let heard = until_last(&mut feed, "overlay_status").await;

    let session = &sent["sessionId"];
    let status = |status: &str, at| {
        json!({
            "channelId": kim.id, "status": status, "sessionId": session, "at": at,
        })
    };
    assert_eq!(beat.0, status("connected", started));
    let alive = json!({"channelId": kim.id, "sessionId": session, "at": sent_at});
    assert_eq!(beat.1, alive);
    let delivery = json!({
        "commandId": command.id(), "channelId": kim.id, "campaignId": booking.campaign["id"],
        "creativeId": booking.creative["id"], "sessionId": session, "sentAt": sent_at,
    });
    let state = |state: &str, at| {
        let body = json!({
            "commandId": command.id(), "channelId": kim.id,
            "campaignId": booking.campaign["id"], "state": state, "reason": null, "at": at,
        });
        ("delivery_state".to_owned(), body)
    };
    let event = |kind: &str, verdict: &str, reason: Value, at| {
        let body = json!({
            "type": kind, "channelId": kim.id, "campaignId": booking.campaign["id"],
            "creativeId": booking.creative["id"], "deliveryId": command.id(),
            "sessionId": session, "verdict": verdict, "reason": reason, "at": at,
        });
        ("ad_event".to_owned(), body)
    };
    let expected = [
        state("acknowledged", sent_at),
        ("delivery_sent".to_owned(), delivery),
        event("ad_rendered", "counted", Value::Null, sent_at),
        state("rendered", sent_at),
        event("ad_completed", "counted", Value::Null, ended_at),
        state("completed", ended_at),
        event("ad_completed", "not_counted", json!("duplicate"), ended_at),
        (
            "overlay_status".to_owned(),
            status("disconnected", ended_at),
        ),
    ];
    assert_eq!(heard, expected);
}

/// The coming of an overlay and its first heartbeat.
async fn next_pair(feed: &mut Socket) -> (Value, Value) {
    (
        next(feed, "overlay_status").await,
        next(feed, "overlay_heartbeat").await,
    )
}

#[tokio::test]
async fn a_play_that_fails_is_told_with_its_reason() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({"cpmRate": 15})).await;
    let mut feed = watch(&booking.app, &booking.agency).await;
    let busy = Manners {
        answer: overlay::Answer::No("busy"),
        ..Manners::default()
    };
    let overlay = enter(&booking, &kim, busy).await;
    while trigger(&booking.agency, &kim, &booking.campaign)
        .await
        .problem(400)
        == "overlay_not_connected"
    {}
    let failed = next(&mut feed, "delivery_state").await;
    assert_eq!(failed["state"], "failed");
    assert_eq!(failed["reason"], "overlay_not_responding");
    drop(overlay);

    let mut overlay = enter(&booking, &kim, Manners::default()).await;
    overlay.has_role("primary").await.unwrap();
    trigger(&booking.agency, &kim, &booking.campaign)
        .await
        .expect(201);
    let command = overlay.next_command().await.unwrap();
    overlay.fail(&command, "asset_load_failed").await.unwrap();
    assert_eq!(
        next(&mut feed, "delivery_state").await["state"],
        "acknowledged"
    );
    assert_eq!(next(&mut feed, "ad_event").await["type"], "ad_error");
    let errored = next(&mut feed, "delivery_state").await;
    assert_eq!(errored["state"], "errored");
    assert_eq!(errored["reason"], "asset_load_failed");

    trigger(&booking.agency, &kim, &booking.campaign)
        .await
        .expect(201);
    booking.app.clock.advance(Duration::from_hours(48));
    upkeep::run_once(&booking.app.works).await.unwrap();
    assert_eq!(
        next(&mut feed, "delivery_state").await["state"],
        "acknowledged"
    );
    let expired = next(&mut feed, "delivery_state").await;
    assert_eq!(expired["state"], "expired");
    assert_eq!(expired["reason"], "lease_expired");
}

#[tokio::test]
async fn one_of_several_overlays_that_leaves_is_no_news_of_the_channel() {
    let booking = Booking::new().await;
    let kim = booking.channel("kim", json!({"cpmRate": 15})).await;
    let mut feed = watch(&booking.app, &kim.owner).await;
    let mut first = enter(&booking, &kim, Manners::default()).await;
    first.has_role("primary").await.unwrap();
    let mut second = enter(&booking, &kim, Manners::default()).await;
    second.has_role("standby").await.unwrap();
    first.disconnect();
    second.has_role("primary").await.unwrap();
    second.disconnect();
    let heard = [
        next(&mut feed, "overlay_status").await["status"].clone(),
        next(&mut feed, "overlay_status").await["status"].clone(),
        next(&mut feed, "overlay_status").await["status"].clone(),
    ];
    assert_eq!(heard, ["connected", "connected", "disconnected"]);
}

/// A second agency with a campaign of its own on the second channel, named for a brand.
struct Rival {
    agency: Person,
    campaign: Value,
    channel: OnAir,
}

async fn rival(booking: &Booking, brand: &Person) -> Rival {
    let agency = booking.app.agency("rival").await;
    let fields = json!({"brandOrganizationId": brand.who().organization_id});
    let campaign = book(&booking.admin, &agency, fields).await;
    add_flight(&agency, &campaign, json!({})).await;
    add_creative(&booking.admin, &agency, &campaign).await;
    let channel = booking.channel("lou", json!({"cpmRate": 15})).await;
    let path = format!("/campaigns/{}/assign-streamers", id(&campaign));
    let terms = json!({"streamerChannelIds": [channel.id], "cpmRate": 15});
    agency.post(&path, &terms).await.expect(201);
    Rival {
        agency,
        campaign,
        channel,
    }
}

/// The commands and channels that a feed tells of, until nothing more comes.
async fn told(feed: &mut Socket) -> Vec<(String, Value)> {
    let mut heard = Vec::new();
    loop {
        match feed.next_event(A_MOMENT).await {
            Ok(event) => heard.push((event.name.clone(), event.data()["channelId"].clone())),
            Err(NoEvent::Silence) => break,
            Err(gone) => panic!("{gone}"),
        }
    }
    heard.retain(|(name, _)| ["overlay_status", "delivery_sent"].contains(&name.as_str()));
    heard
}

#[tokio::test]
async fn each_sees_only_their_own() {
    let booking = Booking::new().await;
    let app = &booking.app;
    let brand = app.brand("tea").await;
    let kim = booking.channel("kim", json!({"cpmRate": 15})).await;
    let rival = rival(&booking, &brand).await;
    let lou = &rival.channel;
    let mut feeds = Vec::new();
    for person in [
        &booking.admin,
        &booking.agency,
        &rival.agency,
        &brand,
        &app.brand("coffee").await,
        &kim.owner,
        &lou.owner,
        &app.viewer("eve").await,
    ] {
        feeds.push(watch(app, person).await);
    }

    let mut at_kim = enter(&booking, &kim, Manners::default()).await;
    at_kim.has_role("primary").await.unwrap();
    let mut at_lou = enter(&booking, lou, Manners::default()).await;
    at_lou.has_role("primary").await.unwrap();
    trigger(&booking.agency, &kim, &booking.campaign)
        .await
        .expect(201);
    trigger(&rival.agency, lou, &rival.campaign)
        .await
        .expect(201);

    let status = |on: &OnAir| ("overlay_status".to_owned(), json!(on.id));
    let sent = |on: &OnAir| ("delivery_sent".to_owned(), json!(on.id));
    let all = vec![status(&kim), status(lou), sent(&kim), sent(lou)];
    let expected = [
        ("admin", all),
        // Both agencies have a campaign on the second channel, but see their own plays only.
        ("agency", vec![status(&kim), status(lou), sent(&kim)]),
        ("rival", vec![status(lou), sent(lou)]),
        ("brand", vec![status(lou), sent(lou)]),
        ("other brand", vec![]),
        ("kim", vec![status(&kim), sent(&kim)]),
        ("lou", vec![status(lou), sent(lou)]),
        ("viewer", vec![]),
    ];
    for (feed, (who, expected)) in feeds.iter_mut().zip(expected) {
        assert_eq!(told(feed).await, expected, "{who}");
    }
}

#[tokio::test]
async fn a_logout_ends_the_feeds_of_that_login_alone() {
    let booking = Booking::new().await;
    let app = &booking.app;
    let kim = booking.channel("kim", json!({"cpmRate": 15})).await;
    let again = app.agency("acme").await;
    let mut ending = watch(app, &booking.agency).await;
    let mut second = watch(app, &booking.agency).await;
    let mut staying = watch(app, &again).await;

    booking
        .agency
        .post_nothing("/auth/logout")
        .await
        .expect(201);

    ending.ended().await.unwrap();
    second.ended().await.unwrap();
    let _overlay = enter(&booking, &kim, Manners::default()).await;
    assert_eq!(
        next(&mut staying, "overlay_status").await["channelId"],
        kim.id.as_str()
    );
}

#[tokio::test]
async fn another_role_and_being_disabled_end_the_feeds_at_once() {
    let booking = Booking::new().await;
    let app = &booking.app;
    let kim = booking.channel("kim", json!({"cpmRate": 15})).await;
    let lou = app.streamer("lou").await;
    let mut demoted = watch(app, &booking.agency).await;
    let mut disabled = watch(app, &lou).await;
    let mut staying = watch(app, &kim.owner).await;

    let mut work = app.works.begin(Actor::System).await.unwrap();
    let viewer = Membership::alone(Role::Viewer);
    accounts::set_role(&mut work, booking.agency.who().user_id, viewer)
        .await
        .unwrap();
    accounts::disable_user(&mut work, lou.who().user_id)
        .await
        .unwrap();
    work.commit().await.unwrap();

    demoted.ended().await.unwrap();
    disabled.ended().await.unwrap();
    let _overlay = enter(&booking, &kim, Manners::default()).await;
    assert_eq!(
        next(&mut staying, "overlay_status").await["channelId"],
        kim.id.as_str()
    );
}
