//! Changing channels and their overlays, one name for one channel, and keys that are withdrawn.

use beta_kit::version::Version;
use beta_kit::{args, sql};
use serde_json::Value;

use super::*;
use crate::audit::Audit;
use crate::schema::MIGRATIONS;
use crate::testing::on_each_engine_before;

fn renamed(name: &str) -> ChannelChange {
    ChannelChange {
        twitch_channel_name: Some(ChannelName::parse(name).unwrap()),
        ..ChannelChange::default()
    }
}

async fn change(
    house: &House,
    actor: &Actor,
    id: ChannelId,
    change: &ChannelChange,
    expected: Option<Version>,
) -> Result<Channel, StreamersError> {
    let mut work = house.works.begin(actor.clone()).await.unwrap();
    let changed = change_channel(&mut work, id, change, expected).await?;
    work.commit().await.unwrap();
    Ok(changed)
}

async fn overlay(
    house: &House,
    actor: &Actor,
    id: ChannelId,
    change: OverlayChange,
) -> Result<Channel, StreamersError> {
    let mut work = house.works.begin(actor.clone()).await.unwrap();
    let changed = change_overlay(&mut work, id, &change, None).await?;
    work.commit().await.unwrap();
    Ok(changed)
}

async fn newest_acts(house: &House, rows: u16) -> Vec<Audit> {
    let mut work = house.works.read(Actor::System).await.unwrap();
    audit::list(&mut work, Limit::new(rows).unwrap(), None)
        .await
        .unwrap()
}

fn told(act: &Audit) -> (&str, Value) {
    (&act.action, act.payload.clone().unwrap())
}

#[tokio::test]
async fn a_change_is_made_for_the_state_that_was_seen_and_told_field_by_field() {
    on_each_engine(async |house| {
        let kim = streamer(house, "kim@example.com").await;
        let first = channel(house, &kim, "kim").await;
        assert_eq!(first.version, Version::FIRST);
        let wanted = ChannelChange {
            country: Some(CountryCode::parse("de").unwrap()),
            avg_viewers: Some(AvgViewers::new(120).unwrap()),
            categories: Some(Categories::default()),
            ..renamed("kim_tv")
        };
        let seen = Some(first.version);

        let second = change(house, &kim, first.id, &wanted, seen).await.unwrap();

        assert_eq!(second.version, Version::new(2).unwrap());
        assert_eq!(second.twitch_channel_name, "kim_tv");
        assert_eq!(second.audience.country, "DE");
        assert_eq!(second.audience.language, first.audience.language);
        let acts = newest_acts(house, 1).await;
        let expected = json!({
            "before": {
                "twitchChannelName": "kim", "country": "US", "categories": ["gaming", "fps"],
            },
            "after": { "twitchChannelName": "kim_tv", "country": "DE", "categories": [] },
        });
        assert_eq!(told(&acts[0]), ("channel_changed", expected));

        let late = change(house, &kim, first.id, &renamed("kim_x"), seen).await;
        let Err(StreamersError::Stale { current }) = late else {
            panic!("{late:?}")
        };
        assert_eq!(current, second.version);
        let same = change(house, &kim, first.id, &wanted, Some(current)).await;
        assert_eq!(
            same.unwrap(),
            second,
            "nothing changed, so nothing is newer"
        );
        assert_eq!(newest_acts(house, 1).await[0].id, acts[0].id);
    })
    .await;
}

#[tokio::test]
async fn a_name_belongs_to_one_channel_in_whatever_case() {
    on_each_engine(async |house| {
        let kim = streamer(house, "kim@example.com").await;
        let lee = streamer(house, "lee@example.com").await;
        let kims = channel(house, &kim, "Kim_TV").await;
        let lees = channel(house, &lee, "lee").await;

        let mut work = house.works.begin(lee.clone()).await.unwrap();
        let taken = create_channel(&mut work, &channel_form("kim_tv")).await;
        assert!(matches!(taken, Err(StreamersError::NameTaken)), "{taken:?}");
        drop(work);
        let taken = change(house, &lee, lees.id, &renamed("KIM_tv"), None).await;
        assert!(matches!(taken, Err(StreamersError::NameTaken)), "{taken:?}");

        let same = change(house, &kim, kims.id, &renamed("kim_tv"), None).await;
        assert_eq!(same.unwrap().twitch_channel_name, "kim_tv");
        change(house, &kim, kims.id, &renamed("kim_live"), None)
            .await
            .unwrap();
        let freed = change(house, &lee, lees.id, &renamed("kim_tv"), None).await;
        assert_eq!(freed.unwrap().twitch_channel_name, "kim_tv");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_take_a_name_at_once_one_gets_it() {
    on_each_engine(async |house| {
        let mut people = Vec::new();
        for number in 0..6 {
            people.push(streamer(house, &format!("kim{number}@example.com")).await);
        }
        let takes = people.iter().map(async |actor| {
            let mut work = house.works.begin(actor.clone()).await.unwrap();
            let made = create_channel(&mut work, &channel_form("kim_tv")).await?;
            work.commit().await.unwrap();
            Ok::<_, StreamersError>(made)
        });
        let outcomes = futures::future::join_all(takes).await;
        let (made, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!(made.len(), 1);
        for refused in refused {
            assert!(
                matches!(refused, Err(StreamersError::NameTaken)),
                "{refused:?}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn an_overlay_is_set_and_its_pages_are_told_when_its_looks_change() {
    on_each_engine(async |house| {
        let kim = streamer(house, "kim@example.com").await;
        let id = channel(house, &kim, "kim").await.id;
        let mut heard = house.works.signals().listen();
        let wanted = OverlayChange {
            position: Some(OverlayPosition::TopLeft),
            width: Some(Width::Percent(WidthPercent::new(40).unwrap())),
            muted: Some(false),
            auto_accept: Some(false),
            ..OverlayChange::default()
        };

        let set = overlay(house, &kim, id, wanted).await.unwrap();

        let looks = OverlayLooks {
            position: OverlayPosition::TopLeft,
            width_percent: Some(40),
            margin_px: 24,
            muted: false,
            animation: Animation::Fade,
        };
        assert_eq!((set.looks, set.auto_accept), (looks, false));
        let Ok(Signal::OverlayChanged { channel_id }) = heard.try_recv() else {
            panic!("not heard")
        };
        assert_eq!(channel_id, id);
        let expected = json!({
            "before": {
                "position": "bottom-right", "widthPercent": null, "muted": true,
                "autoAccept": true,
            },
            "after": {
                "position": "top-left", "widthPercent": 40, "muted": false, "autoAccept": false,
            },
        });
        let acts = newest_acts(house, 1).await;
        assert_eq!(told(&acts[0]), ("overlay_settings_changed", expected));

        let usual = OverlayChange {
            width: Some(Width::Usual),
            ..OverlayChange::default()
        };
        let set = overlay(house, &kim, id, usual).await.unwrap();
        assert_eq!(set.looks.width_percent, None);
    })
    .await;
}

#[tokio::test]
async fn a_pause_and_its_end_are_audited_and_a_second_pause_is_none() {
    on_each_engine(async |house| {
        let kim = streamer(house, "kim@example.com").await;
        let id = channel(house, &kim, "kim").await.id;
        let pause = |paused| OverlayChange {
            paused: Some(paused),
            ..OverlayChange::default()
        };
        let began = house.works.now();
        let first = overlay(house, &kim, id, pause(true)).await.unwrap();
        assert_eq!(first.paused_at, Some(began));
        house.clock.advance(Duration::from_secs(1));
        let again = overlay(house, &kim, id, pause(true)).await.unwrap();
        assert_eq!(again, first);
        let over = overlay(house, &kim, id, pause(false)).await.unwrap();
        assert_eq!(over.paused_at, None);

        let acts = newest_acts(house, 3).await;
        let acts: Vec<_> = acts.iter().map(told).collect();
        let change =
            |was: bool, is: bool| json!({ "before": { "paused": was }, "after": { "paused": is } });
        assert_eq!(acts[0], ("channel_resumed", change(true, false)));
        assert_eq!(acts[1], ("channel_paused", change(false, true)));
        assert_eq!(acts[2].0, "channel_saved");
    })
    .await;
}

#[tokio::test]
async fn only_owner_and_administrator_change_a_channel() {
    on_each_engine(async |house| {
        let kim = streamer(house, "kim@example.com").await;
        let lee = streamer(house, "lee@example.com").await;
        let (agency, _) = house.agency("agency@example.com").await;
        let id = channel(house, &kim, "kim").await.id;
        let Actor::User(user) = lee.clone() else {
            panic!("a person")
        };
        let admin = Actor::User(UserActor {
            role: Role::Admin,
            ..user
        });
        let unknown: ChannelId = house.works.mint();
        for (actor, id) in [(&lee, id), (&kim, unknown), (&admin, unknown)] {
            let refused = change(house, actor, id, &renamed("mine"), None).await;
            assert!(matches!(refused, Err(StreamersError::ChannelNotFound)));
            let refused = overlay(house, actor, id, OverlayChange::default()).await;
            assert!(matches!(refused, Err(StreamersError::ChannelNotFound)));
            let mut work = house.works.begin(actor.clone()).await.unwrap();
            let refused = revoke_key(&mut work, id).await;
            assert!(matches!(refused, Err(StreamersError::ChannelNotFound)));
            let refused = overlay_of(&mut work, id).await;
            assert!(matches!(refused, Err(StreamersError::ChannelNotFound)));
        }
        let denied = change(house, &agency, id, &renamed("mine"), None).await;
        assert!(matches!(denied, Err(StreamersError::Denied(_))));
        change(house, &admin, id, &renamed("ours"), None)
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_key_is_taken_away_without_a_new_one_and_once_only() {
    on_each_engine(async |house| {
        let kim = streamer(house, "kim@example.com").await;
        let id = channel(house, &kim, "kim").await.id;
        let key = rotate(house, &kim, id).await.unwrap();
        assert!(has_key(&house.works, id).await.unwrap());
        let mut heard = house.works.signals().listen();

        for _ in 0..2 {
            let mut work = house.works.begin(kim.clone()).await.unwrap();
            revoke_key(&mut work, id).await.unwrap();
            work.commit().await.unwrap();
        }

        assert_eq!(identity(house, key.key.reveal()).await, None);
        assert!(!has_key(&house.works, id).await.unwrap());
        assert!(matches!(heard.try_recv(), Ok(Signal::KeyRevoked { .. })));
        assert!(heard.try_recv().is_err(), "there was nothing to revoke");
        let acts = newest_acts(house, 2).await;
        let expected = json!({
            "keyPrefix": key.prefix, "before": { "keyPrefix": key.prefix },
            "after": { "keyPrefix": null },
        });
        assert_eq!(told(&acts[0]), ("overlay_key_revoked", expected));
        assert_eq!(acts[1].action, "overlay_key_rotated");
        assert!(!format!("{acts:?}").contains(key.key.reveal().as_str()));
    })
    .await;
}

#[tokio::test]
async fn a_profile_is_audited_with_what_it_was_before() {
    on_each_engine(async |house| {
        let kim = streamer(house, "kim@example.com").await;
        let mut work = house.works.begin(kim).await.unwrap();
        save_profile(&mut work, &profile_form("Kimmy"))
            .await
            .unwrap();
        work.commit().await.unwrap();
        let acts = newest_acts(house, 2).await;
        let changed = json!({
            "twitchHandle": "kim_plays", "before": { "displayName": "Kim" },
            "after": { "displayName": "Kimmy" },
        });
        assert_eq!(told(&acts[0]), ("streamer_profile_saved", changed));
        assert_eq!(acts[1].payload.as_ref().unwrap()["before"], Value::Null);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_changes_of_one_state_one_is_made() {
    on_each_engine(async |house| {
        let kim = streamer(house, "kim@example.com").await;
        let first = channel(house, &kim, "kim").await;
        let forms: Vec<ChannelChange> = (0..6)
            .map(|number| renamed(&format!("kim_{number}")))
            .collect();
        let seen = Some(first.version);
        let changes = forms
            .iter()
            .map(|form| change(house, &kim, first.id, form, seen));
        let outcomes = futures::future::join_all(changes).await;
        let (made, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!(made.len(), 1);
        for refused in refused {
            assert!(
                matches!(refused, Err(StreamersError::Stale { .. })),
                "{refused:?}"
            );
        }
    })
    .await;
}

sql!(
    INSERT_USER_OF_OLD,
    "insert into users (id, email, role, created_at, updated_at) \
     values ($1, 'kim@example.com', 'streamer', $2, $2)"
);
sql!(
    INSERT_PROFILE_OF_OLD,
    "insert into streamer_profiles (id, user_id, display_name, twitch_handle, country, language, \
     categories, avg_viewers, pricing_tier, created_at, updated_at) \
     values ($1, $2, 'Kim', 'kim', 'DE', 'de', $3, 0, 's', $4, $4)"
);
sql!(
    INSERT_CHANNEL_OF_OLD,
    "insert into channels (id, streamer_profile_id, twitch_channel_name, country, language, \
     categories, avg_viewers, pricing_tier, created_at, updated_at) \
     values ($1, $2, $3, 'DE', 'de', $4, 0, 's', $5, $5)"
);

/// Channels of these names, each a second after the one before it, as they were kept before a name
/// belonged to one channel.
async fn old_channels(house: &House, names: &[&str]) -> Vec<ChannelId> {
    let mut work = house.works.begin(Actor::System).await.unwrap();
    let (user, profile): (UserId, StreamerProfileId) = (work.mint(), work.mint());
    let now = work.now;
    work.tx()
        .run(&INSERT_USER_OF_OLD, args![user, now])
        .await
        .unwrap();
    work.tx()
        .run(&INSERT_PROFILE_OF_OLD, args![profile, user, json!([]), now])
        .await
        .unwrap();
    let mut ids = Vec::new();
    for (name, second) in names.iter().zip(1..) {
        let id: ChannelId = work.mint();
        let at = now.plus(Duration::from_secs(second));
        let args = args![id, profile, *name, json!([]), at];
        work.tx().run(&INSERT_CHANNEL_OF_OLD, args).await.unwrap();
        ids.push(id);
    }
    work.commit().await.unwrap();
    ids
}

#[tokio::test]
async fn channels_that_shared_a_name_keep_it_and_the_oldest_owns_it() {
    on_each_engine_before("channels", async |house| {
        let ids = old_channels(house, &["Kim", "kim", " KIM", "lee"]).await;

        house.works.db().migrate(MIGRATIONS).await.unwrap();

        let admin = Actor::System;
        let other = ChannelChange {
            avg_viewers: Some(AvgViewers::new(7).unwrap()),
            ..ChannelChange::default()
        };
        let kept = change(house, &admin, ids[1], &other, None).await.unwrap();
        assert_eq!(
            kept.twitch_channel_name, "kim",
            "what is not renamed may stay as it is"
        );
        let taken = change(house, &admin, ids[3], &renamed("KIM"), None).await;
        assert!(matches!(taken, Err(StreamersError::NameTaken)), "{taken:?}");
        let taken = change(house, &admin, ids[1], &renamed("KiM"), None).await;
        assert!(matches!(taken, Err(StreamersError::NameTaken)), "{taken:?}");
        change(house, &admin, ids[0], &renamed("first"), None)
            .await
            .unwrap();
        change(house, &admin, ids[1], &renamed("KiM"), None)
            .await
            .unwrap();
    })
    .await;
}
