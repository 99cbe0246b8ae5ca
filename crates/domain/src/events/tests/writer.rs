//! The writer: order, limits, bad rows and the end.

use std::sync::Arc;

use futures::future::join_all;
use serde_json::json;

use crate::events::limits::{COMMIT_MAX, QUEUE_MAX};
use crate::events::{self, Change, Ingest, Overloaded, Posted, Refused};
use crate::id::DeliveryId;
use crate::journal::{EventType, Verdict};
use crate::testing::{House, Present, booked, on_each_engine};

fn start(house: &House) -> Ingest {
    events::start(house.works.clone(), Arc::new(Present(false)))
}

#[tokio::test]
async fn reports_are_judged_in_the_order_in_which_they_came() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let ingest = start(house);
        for _ in 0..3 {
            let delivery = booked.lease(house).await;
            let rendered = booked.report(house, EventType::AdRendered, &delivery);
            house.wait(10);
            let completed = booked.report(house, EventType::AdCompleted, &delivery);
            let beat = house.posted(booked.sender, EventType::OverlayHeartbeat);
            // Three requests that wait together, the second with more than one report.
            let (first, second, third) = tokio::join!(
                ingest.post(vec![beat.clone()]),
                ingest.post(vec![rendered.clone(), completed]),
                ingest.post(vec![rendered]),
            );
            assert!(!first.unwrap()[0].as_ref().unwrap().repeated);
            for outcome in second.unwrap() {
                assert_eq!(outcome.unwrap().verdict, Verdict::Counted);
            }
            let again = third.unwrap().remove(0).unwrap();
            assert!(again.repeated);
            assert_eq!(again.verdict, Verdict::Counted);
        }
    })
    .await;
}

#[tokio::test]
async fn a_full_queue_takes_nothing_and_answers_everything_it_took() {
    on_each_engine(async |house| {
        let streamer = house.streamer("kim@example.com").await;
        let sender = house.channel(&streamer).await;
        let ingest = start(house);
        let unknown: DeliveryId = house.works.mint();
        // The writer shares this thread and has not run yet.
        let mut answers = Vec::new();
        for _ in 1..QUEUE_MAX {
            answers.push(ingest.change(unknown, Change::Acknowledged).unwrap());
        }
        let beat = || house.posted(sender, EventType::OverlayHeartbeat);
        let (one, two) = (beat(), beat());
        let too_many = ingest.post(vec![one.clone(), two]).await;
        assert_eq!(too_many, Err(Overloaded));
        answers.push(ingest.change(unknown, Change::Acknowledged).unwrap());
        assert!(ingest.change(unknown, Change::Acknowledged).is_err());

        for answer in answers {
            assert!(answer.await.unwrap().is_ok());
        }
        let outcomes = ingest.post(vec![one]).await.unwrap();
        assert!(!outcomes[0].as_ref().unwrap().repeated, "none was taken");
    })
    .await;
}

#[tokio::test]
async fn a_bad_row_fails_alone() {
    on_each_engine(async |house| {
        let streamer = house.streamer("kim@example.com").await;
        let good = house.channel(&streamer).await;
        let mut bad = house.channel(&streamer).await;
        // Nobody's profile: the session it would open has no owner.
        bad.streamer_profile_id = house.works.mint();
        let ingest = start(house);
        let places = [3, 40];
        let reports = (0..64)
            .map(|n| {
                let sender = if places.contains(&n) { bad } else { good };
                house.posted(sender, EventType::OverlayHeartbeat)
            })
            .collect();
        let outcomes = ingest.post(reports).await.unwrap();
        assert_eq!(outcomes.len(), 64);
        for (n, outcome) in outcomes.into_iter().enumerate() {
            if places.contains(&n) {
                assert_eq!(outcome, Err(Refused::Unstorable), "{n}");
            } else {
                assert!(!outcome.unwrap().repeated, "{n}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_text_that_one_engine_refuses_does_not_take_others_with_it() {
    on_each_engine(async |house| {
        let streamer = house.streamer("kim@example.com").await;
        let sender = house.channel(&streamer).await;
        let ingest = start(house);
        let beat = || house.posted(sender, EventType::OverlayHeartbeat);
        let nul = Posted {
            payload: json!({ "text": "a\0b" }),
            ..beat()
        };
        let outcomes = ingest.post(vec![beat(), nul, beat()]).await.unwrap();
        assert!(outcomes[0].is_ok() && outcomes[2].is_ok());
    })
    .await;
}

#[tokio::test]
async fn everything_that_was_taken_is_stored_before_the_end() {
    on_each_engine(async |house| {
        let streamer = house.streamer("kim@example.com").await;
        let sender = house.channel(&streamer).await;
        let ingest = start(house);
        let beat = || house.posted(sender, EventType::OverlayHeartbeat);
        let posts = (0..2 * COMMIT_MAX).map(|_| ingest.post(vec![beat()]));
        // The posts are handed over in this order, before the end is asked for.
        let (outcomes, ()) = tokio::join!(biased; join_all(posts), ingest.finish());
        for outcome in outcomes {
            assert!(outcome.unwrap()[0].is_ok());
        }
        assert_eq!(
            ingest.post(vec![beat()]).await,
            Err(Overloaded),
            "nothing more"
        );
        ingest.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_database_that_is_away_is_told_apart_from_a_bad_row() {
    on_each_engine(async |house| {
        let streamer = house.streamer("kim@example.com").await;
        let sender = house.channel(&streamer).await;
        let ingest = start(house);
        house.works.db().close().await;
        let beat = || house.posted(sender, EventType::OverlayHeartbeat);
        let outcomes = ingest.post(vec![beat(), beat()]).await.unwrap();
        assert_eq!(outcomes, vec![Err(Refused::Unavailable); 2]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_that_get_the_same_report_store_it_once() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let here = start(house);
        let there = start(house);
        for _ in 0..5 {
            let delivery = booked.lease(house).await;
            let rendered = booked.report(house, EventType::AdRendered, &delivery);
            house.wait(10);
            let completed = booked.report(house, EventType::AdCompleted, &delivery);
            let beat = house.posted(booked.sender, EventType::OverlayHeartbeat);
            let reports = vec![rendered, completed, beat];
            let (first, second) = tokio::join!(here.post(reports.clone()), there.post(reports));
            for (first, second) in first.unwrap().into_iter().zip(second.unwrap()) {
                let (first, second) = (first.unwrap(), second.unwrap());
                assert_eq!(first.verdict, Verdict::Counted);
                assert_eq!(second.verdict, Verdict::Counted);
                assert_ne!(first.repeated, second.repeated);
            }
        }
        let ledger = house.ledger(booked.campaign.id).await;
        assert_eq!((ledger.spent_e7, ledger.reserved_e7), (500_000, 0));
    })
    .await;
}
