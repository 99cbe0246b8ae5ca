//! Viewers: which samples are taken, and the figure that follows from them.

use std::time::Duration;

use beta_kit::id::Id;
use beta_kit::time::Timestamp;
use proptest::prelude::*;

use crate::actor::Actor;
use crate::id::ChannelId;
use crate::sessions::limits::{SAMPLE_INTERVAL, SILENCE_MAX};
use crate::sessions::{self, Sample, Span, VIEWERS_METHOD, ViewerSource, viewership};
use crate::streamers::{self, AvgViewers, ChannelChange, OverlayIdentity};
use crate::testing::{House, on_each_engine};

const MINUTE: Duration = Duration::from_mins(1);

fn channel(n: u128) -> ChannelId {
    Id::from_u128(n).into()
}

fn minute(minutes: u32) -> Timestamp {
    Timestamp::from_micros(0).plus(MINUTE * minutes)
}

fn sample(minutes: u32, viewers: i64) -> Sample {
    Sample {
        channel_id: channel(1),
        at: minute(minutes),
        viewers,
        source: ViewerSource::Profile,
    }
}

/// A play of a minute, from minute 20 on.
const fn span(channel_id: ChannelId, from: Timestamp, until: Timestamp) -> Span {
    Span {
        channel_id,
        from,
        until,
    }
}

fn play() -> Span {
    span(channel(1), minute(20), minute(21))
}

#[test]
fn the_figure_is_the_median_of_the_samples_within_five_minutes() {
    let of = |samples: &[(u32, i64)]| {
        let samples: Vec<Sample> = samples.iter().map(|(at, n)| sample(*at, *n)).collect();
        viewership(&samples, play()).map(|figure| figure.viewers)
    };
    for (samples, expected) in [
        (&[][..], None),
        (&[(14, 7)], None),
        (&[(27, 7)], None),
        (&[(15, 7)], Some(7)),
        (&[(26, 7)], Some(7)),
        (&[(15, 0)], Some(0)),
        (&[(16, 9), (20, 1), (25, 5)], Some(5)),
        (&[(16, 9), (20, 1)], Some(1)),
        (
            &[(14, 100), (16, 9), (20, 1), (21, 3), (25, 5), (27, 100)],
            Some(3),
        ),
    ] {
        assert_eq!(of(samples), expected, "{samples:?}");
    }
    let elsewhere = span(channel(2), minute(20), minute(21));
    assert_eq!(viewership(&[sample(20, 7)], elsewhere), None);
    let figure = viewership(&[sample(20, 7)], play()).unwrap();
    assert_eq!(
        (figure.source, &*figure.method),
        (ViewerSource::Profile, VIEWERS_METHOD)
    );
}

proptest! {
    #[test]
    fn the_figure_is_one_of_the_samples_whatever_their_order(
        samples in proptest::collection::vec((15..=26_u32, 0..1_000_000_i64), 1..9),
        turn in 0..9_usize,
    ) {
        let mut samples: Vec<Sample> = samples.iter().map(|(at, n)| sample(*at, *n)).collect();
        let figure = viewership(&samples, play()).unwrap();
        let below = samples.iter().filter(|one| one.viewers < figure.viewers).count();
        let above = samples.iter().filter(|one| one.viewers > figure.viewers).count();
        prop_assert!(below <= samples.len() / 2 && above <= samples.len() / 2);
        prop_assert!(samples.iter().any(|one| one.viewers == figure.viewers));
        let turn = turn % samples.len();
        samples.rotate_left(turn);
        prop_assert_eq!(viewership(&samples, play()).unwrap(), figure);
    }
}

async fn taken(house: &House) -> u64 {
    let mut work = house.works.begin(Actor::System).await.unwrap();
    let taken = sessions::sample_viewers(&mut work).await.unwrap();
    work.commit().await.unwrap();
    taken
}

async fn figure_now(house: &House, sender: OverlayIdentity) -> Option<i64> {
    let mut work = house.works.read(Actor::System).await.unwrap();
    let now = work.now;
    let spans = [span(sender.channel_id, now, now)];
    let figures = sessions::measure(&mut work, &spans).await.unwrap();
    figures[0].as_ref().map(|figure| figure.viewers)
}

async fn says(house: &House, streamer: &Actor, sender: OverlayIdentity, viewers: i64) {
    let change = ChannelChange {
        avg_viewers: Some(AvgViewers::new(viewers).unwrap()),
        ..ChannelChange::default()
    };
    let mut work = house.works.begin(streamer.clone()).await.unwrap();
    streamers::change_channel(&mut work, sender.channel_id, &change, None)
        .await
        .unwrap();
    work.commit().await.unwrap();
}

#[tokio::test]
async fn a_channel_is_counted_when_it_goes_on_air_and_every_five_minutes() {
    on_each_engine(async |house| {
        let streamer = house.streamer("kim@example.com").await;
        let sender = house.channel(&streamer).await;
        assert_eq!(figure_now(house, sender).await, None, "not on air yet");

        house.on_air(sender).await;
        assert_eq!(figure_now(house, sender).await, Some(120));
        assert_eq!(taken(house).await, 0, "it was counted a moment ago");

        says(house, &streamer, sender, 500).await;
        house.clock.advance(SAMPLE_INTERVAL);
        house.on_air(sender).await;
        assert_eq!(taken(house).await, 1);
        assert_eq!(taken(house).await, 0, "once");
        assert_eq!(
            figure_now(house, sender).await,
            Some(120),
            "of both, the smaller"
        );
        house.clock.advance(MINUTE);
        assert_eq!(
            figure_now(house, sender).await,
            Some(500),
            "the older is too old"
        );

        house.clock.advance(SILENCE_MAX + MINUTE);
        assert_eq!(taken(house).await, 0, "nobody heard of it");
        assert_eq!(
            figure_now(house, sender).await,
            None,
            "unknown is not nobody"
        );
    })
    .await;
}
