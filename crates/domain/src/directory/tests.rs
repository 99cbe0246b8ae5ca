//! The directory on a real database, once per engine.

use std::time::Duration;

use beta_kit::text::{CountryCode, LanguageCode};

use super::*;
use crate::actor::Actor;
use crate::id::StreamerProfileId;
use crate::streamers::{
    AudienceForm, AvgViewers, Categories, Channel, ChannelForm, ChannelName, OverlayChange,
    PricingTier,
};
use crate::testing::{House, on_each_engine};

fn form(name: &str, country: &str, language: &str, about: &[&str], viewers: i64) -> ChannelForm {
    let about = about.iter().map(|name| Category::parse(name).unwrap());
    ChannelForm {
        twitch_channel_name: ChannelName::parse(name).unwrap(),
        audience: AudienceForm {
            country: CountryCode::parse(country).unwrap(),
            language: LanguageCode::parse(language).unwrap(),
            categories: Categories::new(about.collect()).unwrap(),
            avg_viewers: AvgViewers::new(viewers).unwrap(),
            pricing_tier: PricingTier::parse("mid").unwrap(),
        },
    }
}

async fn add(house: &House, owner: &Actor, form: ChannelForm) -> Channel {
    let mut work = house.works.begin(owner.clone()).await.unwrap();
    let channel = streamers::create_channel(&mut work, &form).await.unwrap();
    work.commit().await.unwrap();
    house.clock.advance(Duration::from_secs(1));
    channel
}

async fn names(house: &House, agency: &Actor, filter: Filter) -> Vec<String> {
    let mut work = house.works.read(agency.clone()).await.unwrap();
    let limit = Limit::new(50).unwrap();
    let found = list(&mut work, &filter, limit, Place::START).await.unwrap();
    found
        .into_iter()
        .map(|one| one.twitch_channel_name)
        .collect()
}

/// The channels `one` (US, en), `Two%` (DE, pt-BR) and `three` (DE, pt), in this order.
async fn three(house: &House) -> (Actor, [Channel; 3]) {
    let kim = house.streamer("kim@example.com").await;
    let lee = house.streamer("lee@example.com").await;
    let one = add(house, &kim, form("one", "US", "en", &["Gaming"], 10)).await;
    let two = form("Two%", "DE", "pt-BR", &["just \"chatting\"", "fps"], 20);
    let two = add(house, &lee, two).await;
    let three = add(house, &kim, form("three", "DE", "pt", &["game"], 30)).await;
    (kim, [one, two, three])
}

#[tokio::test]
async fn every_filter_of_the_directory_finds_its_channels_newest_first() {
    on_each_engine(async |house| {
        let (agency, _) = house.agency("agency@example.com").await;
        let (_, [one, ..]) = three(house).await;
        let mut work = house.works.begin(Actor::System).await.unwrap();
        let owner: StreamerProfileId = one.streamer_profile_id;
        crate::sessions::resolve(&mut work, one.id, owner)
            .await
            .unwrap();
        work.commit().await.unwrap();
        let part = |text: &str| Filter {
            name_part: Some(NamePart::parse(text).unwrap()),
            ..Filter::default()
        };
        let language = |text: &str| Filter {
            language: Some(LanguageCode::parse(text).unwrap()),
            ..Filter::default()
        };
        let category = |text: &str| Filter {
            category: Some(Category::parse(text).unwrap()),
            ..Filter::default()
        };
        let live = |live| Filter {
            live: Some(live),
            ..Filter::default()
        };
        let country = Filter {
            country: Some(CountryCode::parse("de").unwrap()),
            ..Filter::default()
        };
        let viewers = Filter {
            min_viewers: Some(MinViewers::new(20).unwrap()),
            ..Filter::default()
        };
        for (filter, expected) in [
            (Filter::default(), vec!["three", "Two%", "one"]),
            (part("TWO"), vec!["Two%"]),
            (part("%"), vec!["Two%"]),
            (part("_"), vec![]),
            (part("kIM"), vec!["three", "Two%", "one"]),
            (country, vec!["three", "Two%"]),
            (language("pt"), vec!["three", "Two%"]),
            (language("pt-BR"), vec!["Two%"]),
            (category("gaming"), vec!["one"]),
            (category("just \"chatting\""), vec!["Two%"]),
            (category("chatting"), vec![]),
            (viewers, vec!["three", "Two%"]),
            (live(true), vec!["one"]),
            (live(false), vec!["three", "Two%"]),
        ] {
            assert_eq!(
                names(house, &agency, filter.clone()).await,
                expected,
                "{filter:?}"
            );
        }
        house.wait(3_600);
        let silent = names(house, &agency, live(true)).await;
        assert!(silent.is_empty(), "nothing was heard of it for too long");
    })
    .await;
}

#[tokio::test]
async fn pages_of_the_directory_follow_each_other_without_gap_or_repetition() {
    on_each_engine(async |house| {
        let (agency, _) = house.agency("agency@example.com").await;
        three(house).await;
        let mut found = Vec::new();
        let mut after = Place::START;
        loop {
            let mut work = house.works.read(agency.clone()).await.unwrap();
            let one = Limit::new(1).unwrap();
            let page = list(&mut work, &Filter::default(), one, after)
                .await
                .unwrap();
            let Some(last) = page.last() else { break };
            after = last.place();
            found.extend(page.into_iter().map(|entry| entry.twitch_channel_name));
        }
        assert_eq!(found, ["three", "Two%", "one"]);
    })
    .await;
}

#[tokio::test]
async fn a_channel_is_seen_by_those_who_book_and_by_its_owner_with_its_overlay() {
    on_each_engine(async |house| {
        let (agency, _) = house.agency("agency@example.com").await;
        let (kim, [one, two, _]) = three(house).await;
        let change = OverlayChange {
            paused: Some(true),
            ..OverlayChange::default()
        };
        let mut work = house.works.begin(kim.clone()).await.unwrap();
        let one = streamers::change_overlay(&mut work, one.id, &change, None)
            .await
            .unwrap();
        work.commit().await.unwrap();

        let mut work = house.works.read(agency).await.unwrap();
        let seen = find(&mut work, one.id).await.unwrap();
        assert!(seen.entry.paused && !seen.entry.live);
        assert_eq!((seen.entry.version, seen.own), (one.version, None));
        drop(work);
        let mut work = house.works.read(kim.clone()).await.unwrap();
        let seen = find(&mut work, one.id).await.unwrap();
        assert_eq!(seen.own.unwrap().channel, one);
        for foreign in [two.id, house.works.mint()] {
            let refused = find(&mut work, foreign).await;
            assert!(matches!(refused, Err(DirectoryError::ChannelNotFound)));
        }
        let (all, one) = (Filter::default(), Limit::new(1).unwrap());
        let denied = list(&mut work, &all, one, Place::START).await;
        assert!(matches!(denied, Err(DirectoryError::Denied(_))));
    })
    .await;
}
