//! The room on a real database, once per engine.

mod changes;

use std::time::Duration;

use beta_kit::page::Limit;
use beta_kit::secret::digest_hex;
use beta_kit::text::{CountryCode, Email, LanguageCode};
use proptest::prelude::*;

use super::*;
use crate::accounts;
use crate::actor::{Actor, Role, UserActor};
use crate::signal::Signal;
use crate::testing::{House, on_each_engine};

fn categories(names: &[&str]) -> Categories {
    Categories::new(
        names
            .iter()
            .map(|name| Category::parse(name).unwrap())
            .collect(),
    )
    .unwrap()
}

fn audience() -> AudienceForm {
    AudienceForm {
        country: CountryCode::parse("us").unwrap(),
        language: LanguageCode::parse("en").unwrap(),
        categories: categories(&["gaming", "fps"]),
        avg_viewers: AvgViewers::new(120).unwrap(),
        pricing_tier: PricingTier::parse("mid").unwrap(),
    }
}

fn profile_form(name: &str) -> ProfileForm {
    ProfileForm {
        display_name: ProfileName::parse(name).unwrap(),
        twitch_handle: ProfileName::parse("kim_plays").unwrap(),
        audience: audience(),
    }
}

fn channel_form(name: &str) -> ChannelForm {
    ChannelForm {
        twitch_channel_name: ChannelName::parse(name).unwrap(),
        audience: audience(),
    }
}

async fn person(house: &House, address: &str) -> Actor {
    let email = Email::parse(address).unwrap();
    let mut work = house.works.begin(Actor::Nobody).await.unwrap();
    let link = accounts::request_link(&mut work, &email)
        .await
        .unwrap()
        .unwrap();
    let login = accounts::verify_link(&mut work, &email, link.token.reveal(), None)
        .await
        .unwrap();
    work.commit().await.unwrap();
    Actor::User(login.user)
}

async fn streamer(house: &House, address: &str) -> Actor {
    let actor = person(house, address).await;
    let mut work = house.works.begin(actor.clone()).await.unwrap();
    save_profile(&mut work, &profile_form("Kim")).await.unwrap();
    work.commit().await.unwrap();
    actor
}

async fn channel(house: &House, actor: &Actor, name: &str) -> Channel {
    let mut work = house.works.begin(actor.clone()).await.unwrap();
    let channel = create_channel(&mut work, &channel_form(name))
        .await
        .unwrap();
    work.commit().await.unwrap();
    channel
}

async fn rotate(house: &House, actor: &Actor, id: ChannelId) -> Result<RotatedKey, StreamersError> {
    let mut work = house.works.begin(actor.clone()).await.unwrap();
    let rotated = rotate_key(&mut work, id).await?;
    work.commit().await.unwrap();
    Ok(rotated)
}

async fn identity(house: &House, key: &str) -> Option<OverlayIdentity> {
    let mut work = house.works.read(Actor::Nobody).await.unwrap();
    find_key(&mut work, &digest_hex(key)).await.unwrap()
}

#[tokio::test]
async fn a_profile_is_overwritten_whole_and_keeps_its_id() {
    on_each_engine(async |house| {
        let actor = person(house, "kim@example.com").await;
        let mut work = house.works.begin(actor.clone()).await.unwrap();
        assert!(matches!(
            profile(&mut work).await,
            Err(StreamersError::ProfileNotFound)
        ));
        assert!(find_self(&mut work).await.unwrap().is_none());
        assert!(list_channels(&mut work).await.unwrap().is_empty());
        let first = save_profile(&mut work, &profile_form("Kim")).await.unwrap();
        work.commit().await.unwrap();
        house.clock.advance(Duration::from_secs(1));

        let mut work = house.works.begin(actor.clone()).await.unwrap();
        let mut form = profile_form("Kim Plays");
        form.audience.categories = Categories::default();
        form.audience.country = CountryCode::parse("DE").unwrap();
        let second = save_profile(&mut work, &form).await.unwrap();
        work.commit().await.unwrap();

        assert_eq!((second.id, second.created_at), (first.id, first.created_at));
        assert!(second.updated_at > first.updated_at);
        assert_eq!(first.audience.categories, ["gaming", "fps"]);
        assert_eq!(first.audience.country, "US");
        assert_eq!(second.display_name, "Kim Plays");
        assert!(second.audience.categories.is_empty());
        assert_eq!(second.audience.country, "DE");
        let mut work = house.works.read(actor).await.unwrap();
        assert_eq!(profile(&mut work).await.unwrap(), second);
    })
    .await;
}

#[tokio::test]
async fn a_channel_needs_a_profile() {
    on_each_engine(async |house| {
        let actor = person(house, "kim@example.com").await;
        let mut work = house.works.begin(actor).await.unwrap();
        let refused = create_channel(&mut work, &channel_form("kim")).await;
        assert!(matches!(refused, Err(StreamersError::ProfileNotFound)));
    })
    .await;
}

#[tokio::test]
async fn channels_are_listed_newest_first_with_what_may_be_known_of_their_keys() {
    on_each_engine(async |house| {
        let kim = streamer(house, "kim@example.com").await;
        let lee = streamer(house, "lee@example.com").await;
        let older = channel(house, &kim, "kim_one").await;
        house.clock.advance(Duration::from_secs(1));
        let newer = channel(house, &kim, "kim_two").await;
        channel(house, &lee, "lee").await;
        house.clock.advance(Duration::from_secs(1));
        rotate(house, &kim, older.id).await.unwrap();
        let rotated = rotate(house, &kim, older.id).await.unwrap();

        let mut work = house.works.read(kim).await.unwrap();
        let channels = list_channels(&mut work).await.unwrap();

        let key = KeyInfo {
            key_prefix: rotated.prefix,
            rotated_at: work.now,
        };
        let expected = [
            KeyedChannel {
                channel: newer,
                key: None,
            },
            KeyedChannel {
                channel: older,
                key: Some(key),
            },
        ];
        assert_eq!(channels, expected);
        let (_, of_self) = find_self(&mut work).await.unwrap().unwrap();
        assert_eq!(of_self, expected);
    })
    .await;
}

#[tokio::test]
async fn a_new_key_takes_the_place_of_the_former_one_at_once() {
    on_each_engine(async |house| {
        let kim = streamer(house, "kim@example.com").await;
        let channel = channel(house, &kim, "kim").await;
        let mut heard = house.works.signals().listen();
        let first = rotate(house, &kim, channel.id).await.unwrap();
        assert!(heard.try_recv().is_err(), "there was no key to revoke");
        assert_eq!(first.key.reveal().len(), 64);
        assert_eq!(first.key.reveal().get(..8), Some(first.prefix.as_str()));
        let found = identity(house, first.key.reveal()).await.unwrap();
        assert_eq!(found.channel_id, channel.id);
        assert_eq!(found.streamer_profile_id, channel.streamer_profile_id);

        let second = rotate(house, &kim, channel.id).await.unwrap();

        assert_eq!(identity(house, first.key.reveal()).await, None);
        let found_now = identity(house, second.key.reveal()).await.unwrap();
        assert_ne!(found_now.key_id, found.key_id);
        let Ok(Signal::KeyRevoked { channel_id }) = heard.try_recv() else {
            panic!("not heard")
        };
        assert_eq!(channel_id, channel.id);
    })
    .await;
}

#[tokio::test]
async fn a_rotation_is_audited_without_the_key() {
    on_each_engine(async |house| {
        let kim = streamer(house, "kim@example.com").await;
        let channel = channel(house, &kim, "kim").await;
        let rotated = rotate(house, &kim, channel.id).await.unwrap();
        let mut work = house.works.read(Actor::System).await.unwrap();
        let log = audit::list(&mut work, Limit::new(1).unwrap(), None)
            .await
            .unwrap();
        assert_eq!(log[0].action, "overlay_key_rotated");
        assert_eq!(log[0].entity_id, channel.id.to_string());
        assert!(!format!("{log:?}").contains(rotated.key.reveal().as_str()));
    })
    .await;
}

#[tokio::test]
async fn a_rotation_that_is_not_committed_changes_nothing() {
    on_each_engine(async |house| {
        let kim = streamer(house, "kim@example.com").await;
        let channel = channel(house, &kim, "kim").await;
        let first = rotate(house, &kim, channel.id).await.unwrap();
        let mut heard = house.works.signals().listen();
        let mut work = house.works.begin(kim).await.unwrap();
        rotate_key(&mut work, channel.id).await.unwrap();
        drop(work);
        assert!(identity(house, first.key.reveal()).await.is_some());
        assert!(heard.try_recv().is_err());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_rotations_at_once_one_key_stays() {
    on_each_engine(async |house| {
        let kim = streamer(house, "kim@example.com").await;
        let channel = channel(house, &kim, "kim").await;
        let rotations = (0..6).map(|_| rotate(house, &kim, channel.id));
        let mut valid = 0;
        for rotated in futures::future::join_all(rotations).await {
            let key = rotated.unwrap().key;
            valid += usize::from(identity(house, key.reveal()).await.is_some());
        }
        assert_eq!(valid, 1);
    })
    .await;
}

#[tokio::test]
async fn only_owner_and_administrator_give_a_channel_a_key() {
    on_each_engine(async |house| {
        let kim = streamer(house, "kim@example.com").await;
        let lee = streamer(house, "lee@example.com").await;
        let channel = channel(house, &kim, "kim").await;
        let Actor::User(user) = lee.clone() else {
            panic!("a person")
        };
        let admin = Actor::User(UserActor {
            role: Role::Admin,
            ..user.clone()
        });
        let agency = Actor::User(UserActor {
            role: Role::Agency,
            ..user
        });
        let unknown: ChannelId = house.works.mint();

        let not_found = |outcome: Result<RotatedKey, StreamersError>| {
            matches!(outcome, Err(StreamersError::ChannelNotFound))
        };
        assert!(not_found(rotate(house, &lee, channel.id).await));
        assert!(not_found(rotate(house, &kim, unknown).await));
        assert!(not_found(rotate(house, &admin, unknown).await));
        let denied = rotate(house, &agency, channel.id).await;
        assert!(matches!(denied, Err(StreamersError::Denied(_))));
        assert!(rotate(house, &admin, channel.id).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_streamer_has_a_limited_number_of_channels() {
    on_each_engine(async |house| {
        let kim = streamer(house, "kim@example.com").await;
        let mut work = house.works.begin(kim).await.unwrap();
        for number in 0..CHANNELS_MAX {
            create_channel(&mut work, &channel_form(&format!("kim_{number}")))
                .await
                .unwrap();
        }
        let one_more = create_channel(&mut work, &channel_form("kim_more")).await;
        assert!(matches!(one_more, Err(StreamersError::TooManyChannels)));
    })
    .await;
}

#[tokio::test]
async fn demo_data_is_put_under_fixed_ids_any_number_of_times() {
    on_each_engine(async |house| {
        let Actor::User(kim) = person(house, "kim@example.com").await else {
            panic!("a person")
        };
        let id: ChannelId = house.works.mint();
        for _ in 0..2 {
            let mut work = house.works.begin(Actor::System).await.unwrap();
            let profile = put_profile(&mut work, kim.user_id, &profile_form("Kim"))
                .await
                .unwrap();
            let channel = put_channel(&mut work, id, profile.id, &channel_form("kim")).await;
            assert_eq!(channel.unwrap().id, id);
            work.commit().await.unwrap();
        }
        let mut work = house.works.begin(Actor::User(kim)).await.unwrap();
        assert_eq!(list_channels(&mut work).await.unwrap().len(), 1);
        let nowhere = house.works.mint();
        let found = find_channels(&mut work, vec![id, nowhere]).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(
            find_channel(&mut work, id).await.unwrap().as_ref(),
            Some(&found[0])
        );
        assert_eq!(find_channel(&mut work, nowhere).await.unwrap(), None);
        let refused = put_profile(&mut work, house.works.mint(), &profile_form("Kim")).await;
        assert!(matches!(refused, Err(StreamersError::Denied(_))));
    })
    .await;
}

#[test]
fn ten_categories_are_enough() {
    let named = |count: usize| Categories::new(vec![Category::parse("gaming").unwrap(); count]);
    assert!(named(CATEGORIES_MAX).is_ok());
    assert_eq!(named(CATEGORIES_MAX + 1), Err(TooManyCategories));
    let json = serde_json::json!(vec!["gaming"; 11]);
    let error = serde_json::from_value::<Categories>(json)
        .unwrap_err()
        .to_string();
    assert_eq!(error, "[too_many] must have at most 10 items");
}

proptest! {
    #[test]
    fn categories_are_kept_as_they_were_said(
        names in proptest::collection::vec("[a-zäß ]{2,40}", 0..=10)
    ) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        prop_assert_eq!(categories(&names).to_json(), serde_json::json!(names));
    }
}
