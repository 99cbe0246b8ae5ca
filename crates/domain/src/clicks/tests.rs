//! The room on a real database, once per engine.

use std::time::Duration;

use futures::future::join_all;

use super::*;
use crate::actor::Actor;
use crate::reports::{self, Asked};
use crate::testing::{Booked, House, booked, on_each_engine};

async fn code_of(house: &House, booked: &Booked) -> LinkCode {
    let mut work = house.works.read(booked.agency.clone()).await.unwrap();
    let full = campaigns::find(&mut work, booked.campaign.id)
        .await
        .unwrap();
    full.booked.assignments[0].link_code.clone().unwrap()
}

fn visit(code: &LinkCode, source: ClickSource, visitor: &str) -> Visit {
    Visit {
        code: code.clone(),
        source,
        visitor: visitor.to_owned(),
        is_automated: false,
    }
}

async fn go(house: &House, visit: &Visit) -> Option<String> {
    let mut work = house.works.begin(Actor::Nobody).await.unwrap();
    let there = follow(&mut work, visit).await.unwrap();
    work.commit().await.unwrap();
    there
}

/// The clicks that count, by source, and how many do not, by reason.
async fn told(house: &House, booked: &Booked) -> (Vec<(ClickSource, i64)>, Vec<(String, i64)>) {
    let mut work = house.works.read(booked.agency.clone()).await.unwrap();
    let summary = reports::summary(&mut work, booked.campaign.id, &Asked::default()).await;
    let summary = summary.unwrap();
    let counted: i64 = summary
        .clicks_by_source
        .iter()
        .map(|(_, clicks)| clicks)
        .sum();
    assert_eq!(
        counted, summary.totals.clicks,
        "the sources are all of them"
    );
    (summary.clicks_by_source, summary.uncounted)
}

#[tokio::test]
async fn a_visitor_counts_once_an_hour_and_is_led_on_every_time() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let code = code_of(house, &booked).await;
        let there = Some(booked.creative.click_url.clone());
        let (kim, lee) = (
            visit(&code, ClickSource::Link, "kim"),
            visit(&code, ClickSource::Qr, "lee"),
        );
        for visit in [&kim, &kim, &lee] {
            assert_eq!(go(house, visit).await, there);
        }
        house.clock.advance(Duration::from_mins(59));
        assert_eq!(go(house, &kim).await, there);
        let by_source = |link| {
            vec![
                (ClickSource::Overlay, 0),
                (ClickSource::Link, link),
                (ClickSource::Qr, 1),
            ]
        };
        let duplicates = |count| vec![("duplicate_click".to_owned(), count)];
        assert_eq!(told(house, &booked).await, (by_source(1), duplicates(2)));

        // The hour began with the click that counted, not with the last one.
        house.clock.advance(Duration::from_mins(1));
        assert_eq!(go(house, &kim).await, there);
        assert_eq!(told(house, &booked).await, (by_source(2), duplicates(2)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_clicks_of_one_visitor_at_once_one_counts() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let code = code_of(house, &booked).await;
        let same = visit(&code, ClickSource::Link, "kim");
        join_all((0..12).map(|_| go(house, &same))).await;
        let (sources, _) = told(house, &booked).await;
        assert!(sources.contains(&(ClickSource::Link, 1)), "{sources:?}");
    })
    .await;
}

#[tokio::test]
async fn a_program_is_led_on_and_never_counts() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let mut robot = visit(&code_of(house, &booked).await, ClickSource::Link, "robot");
        robot.is_automated = true;
        assert!(go(house, &robot).await.is_some());
        let (sources, uncounted) = told(house, &booked).await;
        assert!(sources.iter().all(|(_, clicks)| *clicks == 0));
        assert_eq!(uncounted, [("automated_client".to_owned(), 1)]);
    })
    .await;
}

#[tokio::test]
async fn an_unknown_code_leads_nowhere_and_writes_nothing() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let unknown = visit(&"AAAAAAAAAAA".parse().unwrap(), ClickSource::Link, "kim");
        assert_eq!(go(house, &unknown).await, None);
        assert_eq!(told(house, &booked).await.1, []);
    })
    .await;
}

#[tokio::test]
async fn visitors_are_forgotten_after_their_hour() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let code = code_of(house, &booked).await;
        go(house, &visit(&code, ClickSource::Link, "kim")).await;
        let swept = async || {
            let mut work = house.works.begin(Actor::System).await.unwrap();
            let dropped = sweep(&mut work).await.unwrap();
            work.commit().await.unwrap();
            dropped
        };
        assert_eq!(swept().await, 0);
        house.clock.advance(limits::VISITOR_WINDOW);
        assert_eq!(swept().await, 1);
    })
    .await;
}
