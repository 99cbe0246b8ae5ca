//! Many triggers at the same moment, and one place less than they want.

use std::collections::BTreeMap;

use futures::future::join_all;

use crate::actor::Actor;
use crate::deliveries::{self, Delivery, Lease, Refusal, TriggerError, TriggerRequest};
use crate::events::{Change, Item};
use crate::journal::{EventType, Verdict};
use crate::testing::{Booked, House, Plan, booked_as, on_each_engine};

/// What the crowd wants, and what there is.
const TRIGGERS: usize = 200;
const PLACES: usize = 7;

/// The campaign on so many channels of one streamer, all of them on air.
async fn booked_on(house: &House, channels: usize, plan: Plan) -> Vec<Booked> {
    let first = booked_as(house, plan.clone()).await;
    let mut everywhere = vec![first.clone()];
    for _ in 1..channels {
        let sender = house.channel(&first.streamer).await;
        let session = house.on_air(sender).await;
        everywhere.push(Booked {
            sender,
            session,
            ..first.clone()
        });
    }
    let senders: Vec<_> = everywhere.iter().map(|booked| booked.sender).collect();
    house.assign(first.campaign.id, &senders, &plan).await;
    everywhere
}

/// Triggers at once, each from a task of its own, evenly over the channels.
async fn rush(
    house: &House,
    everywhere: &[Booked],
    triggers: usize,
) -> (Vec<Delivery>, BTreeMap<&'static str, usize>) {
    let tasks = (0..triggers).map(|n| {
        let booked = everywhere[n % everywhere.len()].clone();
        let works = house.works.clone();
        tokio::spawn(async move {
            let mut work = works.begin(booked.agency.clone()).await?;
            let request = booked.request();
            let lease = deliveries::lease(&mut work, &request, Some(booked.target())).await?;
            work.commit().await?;
            Ok::<Lease, TriggerError>(lease)
        })
    });
    let mut leased = Vec::new();
    let mut refusals = BTreeMap::new();
    for outcome in join_all(tasks).await {
        match outcome.unwrap() {
            Ok(Lease::New(command)) => leased.push(command.delivery),
            Err(TriggerError::Refused(refusal)) => {
                *refusals.entry(refusal.as_str()).or_default() += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    (leased, refusals)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pace_of_a_flight_is_exact_under_a_crowd() {
    on_each_engine(async |house| {
        let plan = Plan {
            pacing: 7,
            ..Plan::default()
        };
        let everywhere = booked_on(house, 20, plan).await;
        let (leased, refusals) = rush(house, &everywhere, TRIGGERS).await;
        assert_eq!(leased.len(), PLACES, "{refusals:?}");
        assert!(refusals.contains_key("campaign_pacing_reached"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_is_exact_under_a_crowd() {
    on_each_engine(async |house| {
        // At 10 per thousand a play costs 0.01.
        let plan = Plan {
            budget: "0.07",
            ..Plan::default()
        };
        let everywhere = booked_on(house, 20, plan).await;
        let (leased, refusals) = rush(house, &everywhere, TRIGGERS).await;
        assert_eq!(leased.len(), PLACES, "{refusals:?}");
        assert!(refusals.contains_key("campaign_budget_reached"));
        let ledger = house.ledger(everywhere[0].campaign.id).await;
        assert_eq!((ledger.spent_e7, ledger.reserved_e7), (0, 700_000));
    })
    .await;
}

/// Waves on one channel: whoever wins one plays to the end before the next one comes, because a
/// channel shows one ad at a time.
async fn waves(house: &House, plan: Plan) -> (usize, BTreeMap<&'static str, usize>) {
    const WAVES: usize = 8;
    let booked = booked_as(house, plan).await;
    let mut played = 0;
    let mut refusals = BTreeMap::new();
    for _ in 0..WAVES {
        let here = std::slice::from_ref(&booked);
        let (leased, refused) = rush(house, here, TRIGGERS / WAVES).await;
        assert!(leased.len() <= 1);
        for (reason, count) in refused {
            *refusals.entry(reason).or_default() += count;
        }
        if let Some(delivery) = leased.first() {
            booked.play(house, delivery).await;
            played += 1;
        }
    }
    (played, refusals)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cap_of_a_channel_is_exact_under_a_crowd() {
    on_each_engine(async |house| {
        let plan = Plan {
            per_channel: 7,
            ..Plan::default()
        };
        let (played, refusals) = waves(house, plan).await;
        assert_eq!(played, PLACES);
        assert_eq!(refusals["streamer_hourly_cap_reached"], 25);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cap_of_a_session_is_exact_under_a_crowd() {
    on_each_engine(async |house| {
        let plan = Plan {
            per_session: 7,
            ..Plan::default()
        };
        let (played, refusals) = waves(house, plan).await;
        assert_eq!(played, PLACES);
        assert_eq!(refusals["session_cap_reached"], 25);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_retries_with_one_key_one_is_new() {
    on_each_engine(async |house| {
        let booked = booked_as(house, Plan::default()).await;
        let request = TriggerRequest {
            idempotency_key: Some("k".to_owned()),
            ..booked.request()
        };
        let retries =
            (0..20).map(|_| house.trigger(&booked.agency, &request, Some(booked.target())));
        let (mut new, mut earlier) = (Vec::new(), Vec::new());
        for outcome in join_all(retries).await {
            match outcome.unwrap() {
                Lease::New(command) => new.push(command.delivery.id),
                Lease::Earlier(delivery) => earlier.push(delivery.id),
            }
        }
        assert_eq!(new.len(), 1);
        assert_eq!(earlier, vec![new[0]; 19]);
    })
    .await;
}

/// One overlay's life: plays to the end, fails, or leaves its leases to the sweep, with signs of
/// life in between; returns how many plays counted.
async fn live(house: &House, booked: &Booked, nature: usize) -> usize {
    let mut counted = 0;
    for round in 0..6 {
        let delivery = match booked.trigger(house).await {
            Ok(Lease::New(command)) => command.delivery,
            Err(TriggerError::Refused(Refusal::ChannelBusy)) => {
                house.wait(30);
                continue;
            }
            // The others' clock ran away with the session: its overlay comes back.
            Err(TriggerError::NoSession) => {
                house.on_air(booked.sender).await;
                continue;
            }
            other => panic!("{other:?}"),
        };
        match (nature + round) % 3 {
            0 => {
                let beat = house.posted(booked.sender, EventType::OverlayHeartbeat);
                let rendered = booked.report(house, EventType::AdRendered, &delivery);
                house.wait(10);
                let completed = booked.report(house, EventType::AdCompleted, &delivery);
                let items = [beat, rendered, completed].map(crate::events::Posted::into_item);
                let outcomes = house.store(&items).await.unwrap();
                // The others' clock may have run away with the lease; then it does not count.
                let verdict = outcomes[2].as_ref().unwrap().verdict;
                counted += usize::from(verdict == Verdict::Counted);
            }
            1 => {
                let failed = Change::Failed("overlay_not_responding");
                let items = [Item::Change(delivery.id, failed)];
                house.store(&items).await.unwrap();
            }
            _ => {
                let mut work = house.works.begin(Actor::System).await.unwrap();
                deliveries::sweep(&mut work).await.unwrap();
                work.commit().await.unwrap();
            }
        }
    }
    counted
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_books_are_right_when_everything_happens_at_once() {
    on_each_engine(async |house| {
        let everywhere = booked_on(house, 8, Plan::default()).await;
        let lives = everywhere
            .iter()
            .enumerate()
            .map(|(nature, booked)| live(house, booked, nature));
        let counted: usize = join_all(lives).await.into_iter().sum();

        // Whatever is still open is given up by the sweep.
        house.wait(2 * 24 * 60 * 60);
        let mut work = house.works.begin(Actor::System).await.unwrap();
        deliveries::sweep(&mut work).await.unwrap();
        work.commit().await.unwrap();
        let ledger = house.ledger(everywhere[0].campaign.id).await;
        assert_eq!(ledger.reserved_e7, 0);
        assert_eq!(ledger.spent_e7, i64::try_from(counted).unwrap() * 100_000);
        assert!(counted > 0);
    })
    .await;
}
