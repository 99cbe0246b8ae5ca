//! The room on a real database, once per engine.

use futures::future::join_all;

use super::*;
use crate::actor::Actor;
use crate::testing::{House, on_each_engine};

fn request(key: &str, digest: &str) -> Request {
    Request {
        key: key.to_owned(),
        digest: digest.to_owned(),
    }
}

/// Claims, and answers with `body` when the request is new.
async fn ask(house: &House, actor: &Actor, request: &Request, body: &str) -> Option<String> {
    let mut work = house.works.begin(actor.clone()).await.unwrap();
    let earlier = claim(&mut work, request).await.unwrap();
    if earlier.is_none() {
        keep(&mut work, request, body).await.unwrap();
        work.commit().await.unwrap();
    }
    earlier
}

#[tokio::test]
async fn a_retry_gets_the_first_answer() {
    on_each_engine(async |house| {
        let (acme, _) = house.agency("acme@example.com").await;
        let first = request("k", "d");
        assert_eq!(ask(house, &acme, &first, "one").await, None);
        assert_eq!(
            ask(house, &acme, &first, "two").await.as_deref(),
            Some("one")
        );
    })
    .await;
}

#[tokio::test]
async fn a_key_is_for_one_request_and_one_person() {
    on_each_engine(async |house| {
        let (acme, _) = house.agency("acme@example.com").await;
        let (bolt, _) = house.agency("bolt@example.com").await;
        ask(house, &acme, &request("k", "d"), "one").await;

        let mut work = house.works.begin(acme.clone()).await.unwrap();
        let other = claim(&mut work, &request("k", "e")).await;
        assert!(matches!(other, Err(AnswersError::KeyReused)));
        drop(work);
        assert_eq!(ask(house, &bolt, &request("k", "d"), "two").await, None);
    })
    .await;
}

#[tokio::test]
async fn an_act_that_fails_leaves_the_key_free() {
    on_each_engine(async |house| {
        let (acme, _) = house.agency("acme@example.com").await;
        let mut work = house.works.begin(acme.clone()).await.unwrap();
        claim(&mut work, &request("k", "d")).await.unwrap();
        drop(work);
        assert_eq!(ask(house, &acme, &request("k", "e"), "one").await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_one_is_new() {
    on_each_engine(async |house| {
        let (acme, _) = house.agency("acme@example.com").await;
        let same = request("k", "d");
        let bodies: Vec<String> = (0..16).map(|number| number.to_string()).collect();
        let asked = bodies.iter().map(|body| ask(house, &acme, &same, body));
        let heard = join_all(asked).await;
        assert_eq!(heard.iter().filter(|answer| answer.is_none()).count(), 1);
        let mut told: Vec<String> = heard.into_iter().flatten().collect();
        told.dedup();
        assert_eq!(told.len(), 1, "all others hear the one answer");
    })
    .await;
}

#[tokio::test]
async fn an_answer_is_kept_for_a_day() {
    on_each_engine(async |house| {
        let (acme, _) = house.agency("acme@example.com").await;
        let first = request("k", "d");
        ask(house, &acme, &first, "one").await;
        let swept = async || {
            let mut work = house.works.begin(Actor::System).await.unwrap();
            let dropped = sweep(&mut work).await.unwrap();
            work.commit().await.unwrap();
            dropped
        };
        house.clock.advance(limits::KEPT);
        assert_eq!(swept().await, 0);
        house.clock.advance(std::time::Duration::from_secs(1));
        assert_eq!(swept().await, 1);
        assert_eq!(ask(house, &acme, &first, "two").await, None);
    })
    .await;
}
