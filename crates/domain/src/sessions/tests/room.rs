//! Sessions as rows: one open session per channel, whoever comes at once.

use std::collections::HashSet;
use std::time::Duration;

use beta_kit::{args, sql};
use futures::future::join_all;

use crate::actor::Actor;
use crate::sessions::limits::{GRACE, SILENCE_MAX};
use crate::sessions::{self, Session, SessionStatus, store};
use crate::streamers::OverlayIdentity;
use crate::testing::{House, on_each_engine};

const TICK: Duration = Duration::from_micros(1);

async fn stage(house: &House) -> OverlayIdentity {
    let streamer = house.streamer("kim@example.com").await;
    house.channel(&streamer).await
}

async fn leave(house: &House, sender: OverlayIdentity) {
    let mut work = house.works.begin(Actor::System).await.unwrap();
    sessions::disconnect(&mut work, sender.channel_id)
        .await
        .unwrap();
    work.commit().await.unwrap();
}

async fn sweep(house: &House) -> usize {
    let mut work = house.works.begin(Actor::System).await.unwrap();
    let ended = sessions::sweep(&mut work).await.unwrap();
    work.commit().await.unwrap();
    ended
}

async fn latest(house: &House, sender: OverlayIdentity) -> Session {
    let mut work = house.works.read(Actor::System).await.unwrap();
    let found = sessions::find_latest(&mut work, sender.channel_id).await;
    found.unwrap().unwrap()
}

async fn is_on_air(house: &House, sender: OverlayIdentity) -> bool {
    let mut work = house.works.read(Actor::System).await.unwrap();
    let found = sessions::find_on_air(&mut work, sender.channel_id).await;
    found.unwrap().is_some()
}

// The log has no verb that lists a channel's events.
sql!(
    REASONS,
    "select payload from events where channel_id = $1 and type in \
     ('session_started', 'session_ended') order by seq"
);

async fn reasons(house: &House, sender: OverlayIdentity) -> Vec<String> {
    let mut work = house.works.read(Actor::System).await.unwrap();
    let rows = work.tx().rows(&REASONS, args![sender.channel_id]).await;
    rows.unwrap()
        .iter()
        .map(|row| {
            let payload: serde_json::Value = row.get("payload").unwrap();
            payload["reason"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overlays_that_come_at_once_share_one_session() {
    on_each_engine(async |house| {
        let sender = stage(house).await;
        let arrivals = (0..10).map(|_| house.on_air(sender));
        let found: HashSet<_> = join_all(arrivals)
            .await
            .into_iter()
            .map(|session| session.id)
            .collect();
        assert_eq!(found.len(), 1);
        let started = ["auto_started_on_overlay_connection"];
        assert_eq!(reasons(house, sender).await, started);

        // The same once the session is over.
        house.clock.advance(SILENCE_MAX + TICK);
        let arrivals = (0..10).map(|_| house.on_air(sender));
        let found_later: HashSet<_> = join_all(arrivals)
            .await
            .into_iter()
            .map(|session| session.id)
            .collect();
        assert_eq!(found_later.len(), 1);
        assert!(found.is_disjoint(&found_later));
        assert_eq!(
            reasons(house, sender).await,
            [
                "auto_started_on_overlay_connection",
                "heartbeats_stopped",
                "new_session_after_disconnect"
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_channel_has_one_open_session_by_the_database_itself() {
    on_each_engine(async |house| {
        let sender = stage(house).await;
        let session = house.on_air(sender).await;
        let second = Session {
            id: house.works.mint(),
            ..session.clone()
        };
        let mut work = house.works.begin(Actor::System).await.unwrap();
        assert!(!store::insert(work.tx(), &second).await.unwrap());
        let ended = Session {
            status: SessionStatus::Ended,
            ended_at: Some(work.now),
            ..second
        };
        assert!(store::insert(work.tx(), &ended).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn an_overlay_that_is_back_within_the_grace_goes_on() {
    on_each_engine(async |house| {
        let sender = stage(house).await;
        let session = house.on_air(sender).await;
        house.wait(60);
        leave(house, sender).await;
        assert!(!is_on_air(house, sender).await);
        let left = latest(house, sender).await;
        assert_eq!(left.status, SessionStatus::Disconnected);
        assert_eq!(left.last_heartbeat_at, house.works.now());
        house.clock.advance(GRACE);
        assert_eq!(sweep(house).await, 0);
        assert_eq!(house.on_air(sender).await.id, session.id);
        assert!(is_on_air(house, sender).await);

        leave(house, sender).await;
        let left_at = house.works.now();
        house.clock.advance(GRACE + TICK);
        assert_eq!(sweep(house).await, 1);
        assert_eq!(sweep(house).await, 0);
        let ended = latest(house, sender).await;
        assert_eq!(ended.status, SessionStatus::Ended);
        assert_eq!(ended.ended_at, Some(left_at));
        assert_ne!(house.on_air(sender).await.id, session.id);
    })
    .await;
}

#[tokio::test]
async fn a_session_whose_overlay_fell_silent_is_swept() {
    on_each_engine(async |house| {
        let sender = stage(house).await;
        let session = house.on_air(sender).await;
        house.clock.advance(SILENCE_MAX);
        assert!(is_on_air(house, sender).await);
        assert_eq!(sweep(house).await, 0);
        house.clock.advance(TICK);
        assert!(!is_on_air(house, sender).await, "swept or not");
        assert_eq!(sweep(house).await, 1);
        let ended = latest(house, sender).await;
        assert_eq!(ended.id, session.id);
        assert_eq!(
            ended.ended_at,
            Some(session.started_at),
            "when it was last heard of"
        );
        // A goodbye after the end changes nothing.
        leave(house, sender).await;
        assert_eq!(latest(house, sender).await, ended);
    })
    .await;
}

#[tokio::test]
async fn the_newest_session_is_the_open_one_though_the_clock_went_back() {
    on_each_engine(async |house| {
        let sender = stage(house).await;
        let before = house.works.now();
        house.on_air(sender).await;
        leave(house, sender).await;
        house.clock.advance(GRACE + TICK);
        sweep(house).await;
        house.clock.set(before.minus(Duration::from_hours(1)));
        let session = house.on_air(sender).await;
        assert_eq!(session.status, SessionStatus::Active);
        assert_eq!(latest(house, sender).await, session);
        assert_eq!(house.on_air(sender).await, session);
        assert!(is_on_air(house, sender).await);
    })
    .await;
}
