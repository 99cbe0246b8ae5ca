//! Whatever overlays send, in whatever order and however often: one delivery gives at most one
//! impression, and the books agree.

use std::collections::HashMap;
use std::time::Duration;

use beta_kit::secret::digest_hex;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestCaseResult, TestRunner};
use serde_json::json;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::actor::Actor;
use crate::deliveries::{self, Delivery, DeliveryState};
use crate::events::{Accepted, Change, Item, Outcome, Posted};
use crate::id::EventId;
use crate::journal::{EventType, Verdict};
use crate::testing::{Booked, House, Plan, booked_as, on_each_engine};

const CASES: u32 = 40;
const PRICE_E7: i64 = 100_000;

/// Who sends a report.
#[derive(Clone, Copy, Debug)]
enum Sender {
    Leased,
    Other,
    Unnamed,
}

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    /// A report, new or with the id of an earlier one.
    Report {
        event_type: EventType,
        sender: Sender,
        /// Names no delivery.
        legacy: bool,
        /// How many seconds ago it happened, by the overlay's clock.
        age_sec: i64,
        /// Sends this earlier report again, if there are so many.
        repeats: Option<usize>,
    },
    /// What the server learns from the overlay's socket.
    Change(Change),
    /// The batch ends here.
    Commit,
    /// The batch ends here, and time passes.
    Wait(u64),
    /// The batch ends here, and leases are swept.
    Sweep,
}

fn step() -> impl Strategy<Value = Step> {
    const DAY: i64 = 24 * 60 * 60;
    let event_type = prop_oneof![
        3 => Just(EventType::AdRendered),
        4 => Just(EventType::AdCompleted),
        1 => Just(EventType::AdClick),
        1 => Just(EventType::AdError),
    ];
    let sender = prop_oneof![
        8 => Just(Sender::Leased),
        1 => Just(Sender::Other),
        1 => Just(Sender::Unnamed),
    ];
    let age_sec = prop_oneof![
        12 => Just(0),
        2 => 1..20_i64,
        1 => prop::sample::select(vec![DAY, DAY + 1, -120, -121, 3_600]),
    ];
    let repeats = prop::option::weighted(0.25, 0..12_usize);
    let report = (
        event_type,
        sender,
        prop::bool::weighted(0.2),
        age_sec,
        repeats,
    )
        .prop_map(
            |(event_type, sender, legacy, age_sec, repeats)| Step::Report {
                event_type,
                sender,
                legacy,
                age_sec,
                repeats,
            },
        );
    prop_oneof![
        14 => report,
        2 => Just(Step::Change(Change::Acknowledged)),
        1 => Just(Step::Change(Change::Failed("overlay_not_responding"))),
        1 => Just(Step::Change(Change::Reassigned(None))),
        3 => Just(Step::Commit),
        5 => prop::sample::select(vec![1, 9, 10, 11, 60]).prop_map(Step::Wait),
        1 => prop::sample::select(vec![3_600, 86_390, 86_401]).prop_map(Step::Wait),
        1 => Just(Step::Sweep),
    ]
}

/// Steps in any order; half of the stories begin with a play as it should be, so that what comes
/// after an impression is tried as often as what comes instead of one.
fn story() -> impl Strategy<Value = Vec<Step>> {
    let any = || prop::collection::vec(step(), 1..40);
    let report = |event_type| Step::Report {
        event_type,
        sender: Sender::Leased,
        legacy: false,
        age_sec: 0,
        repeats: None,
    };
    let good = move |rest: Vec<Step>| {
        let mut steps = vec![
            report(EventType::AdRendered),
            Step::Wait(11),
            report(EventType::AdCompleted),
        ];
        steps.extend(rest);
        steps
    };
    prop_oneof![any(), any().prop_map(good)]
}

/// What was sent about one delivery, and what was answered.
struct Story<'a> {
    house: &'a House,
    booked: &'a Booked,
    delivery: Delivery,
    spent_before: i64,
    batch: Vec<Item>,
    sent: Vec<Posted>,
    first_answers: HashMap<EventId, Accepted>,
    counted: HashMap<EventType, u32>,
}

impl Story<'_> {
    fn report(&self, event_type: EventType, sender: Sender, legacy: bool, age_sec: i64) -> Posted {
        let instance = match sender {
            Sender::Leased => json!(self.booked.instance),
            Sender::Other => json!(self.house.works.mint::<EventId>()),
            Sender::Unnamed => json!(null),
        };
        let mut payload = json!({ "instanceId": instance });
        if !legacy {
            payload["commandId"] = json!(self.delivery.id);
        }
        let posted = self.booked.report(self.house, event_type, &self.delivery);
        let ago = Duration::from_secs(age_sec.unsigned_abs());
        let ts = if age_sec < 0 {
            posted.ts.plus(ago)
        } else {
            posted.ts.minus(ago)
        };
        let digest = digest_hex(&format!("{:?} {payload}", posted.id));
        Posted {
            ts,
            payload,
            digest,
            ..posted
        }
    }

    async fn take(&mut self, step: Step) -> TestCaseResult {
        match step {
            Step::Report {
                event_type,
                sender,
                legacy,
                age_sec,
                repeats,
            } => {
                let earlier = repeats.and_then(|n| self.sent.get(n).cloned());
                let posted = match earlier {
                    Some(earlier) => Posted {
                        received_at: self.house.works.now(),
                        ..earlier
                    },
                    None => self.report(event_type, sender, legacy, age_sec),
                };
                self.sent.push(posted.clone());
                self.batch.push(posted.into_item());
                Ok(())
            }
            Step::Change(change) => {
                self.batch.push(Item::Change(self.delivery.id, change));
                Ok(())
            }
            Step::Commit => self.commit().await,
            Step::Wait(seconds) => {
                self.commit().await?;
                self.house.wait(seconds);
                Ok(())
            }
            Step::Sweep => {
                self.commit().await?;
                sweep(self.house).await;
                self.check_books().await
            }
        }
    }

    async fn commit(&mut self) -> TestCaseResult {
        let batch = std::mem::take(&mut self.batch);
        let outcomes = self.house.store(&batch).await;
        let outcomes = outcomes.map_err(|error| TestCaseError::fail(error.to_string()))?;
        for (item, outcome) in batch.iter().zip(outcomes) {
            if let Item::Report(posted) = item {
                self.note(posted, outcome)?;
            }
        }
        self.check_books().await
    }

    fn note(&mut self, posted: &Posted, outcome: Outcome) -> TestCaseResult {
        let accepted = outcome.map_err(|refused| TestCaseError::fail(refused.to_string()))?;
        prop_assert_eq!(Some(accepted.id), posted.id);
        if let Some(first) = self.first_answers.get(&accepted.id) {
            let again = Accepted {
                repeated: true,
                ..first.clone()
            };
            prop_assert_eq!(accepted, again);
            return Ok(());
        }
        prop_assert!(!accepted.repeated);
        if accepted.verdict == Verdict::Counted {
            *self.counted.entry(posted.event_type).or_default() += 1;
        }
        self.first_answers.insert(accepted.id, accepted);
        Ok(())
    }

    fn count(&self, event_type: EventType) -> u32 {
        self.counted.get(&event_type).copied().unwrap_or(0)
    }

    async fn check_books(&self) -> TestCaseResult {
        let impressions = self.count(EventType::AdCompleted);
        prop_assert!(impressions <= 1, "one delivery, one impression");
        prop_assert!(self.count(EventType::AdClick) <= 1);
        prop_assert!(self.count(EventType::AdRendered) <= 1);
        prop_assert!(impressions <= self.count(EventType::AdRendered));
        prop_assert!(impressions + self.count(EventType::AdError) <= 1);

        let delivery = self.house.delivery(self.delivery.id).await;
        let is_complete = delivery.state == DeliveryState::Completed;
        prop_assert_eq!(is_complete, impressions == 1);
        prop_assert_eq!(is_complete, delivery.completed_at.is_some());
        prop_assert_eq!(delivery.state.is_open(), delivery.ended_at.is_none());
        prop_assert_eq!(
            delivery.reason.is_some(),
            !is_complete && !delivery.state.is_open()
        );
        prop_assert!(
            delivery.counts_at <= self.delivery.counts_at,
            "caps only get freer"
        );
        prop_assert!(delivery.busy_until <= self.delivery.busy_until);
        let ledger = self.house.ledger(self.booked.campaign.id).await;
        let spent = self.spent_before + i64::from(impressions) * PRICE_E7;
        let reserved = i64::from(delivery.state.is_open()) * PRICE_E7;
        prop_assert_eq!((ledger.spent_e7, ledger.reserved_e7), (spent, reserved));
        Ok(())
    }
}

async fn sweep(house: &House) {
    let mut work = house.works.begin(Actor::System).await.unwrap();
    deliveries::sweep(&mut work).await.unwrap();
    work.commit().await.unwrap();
}

async fn tell(house: &House, booked: &Booked, steps: Vec<Step>) -> Result<u32, TestCaseError> {
    // Whatever the story before left open is over.
    house.wait(2 * 24 * 60 * 60);
    sweep(house).await;
    house.on_air(booked.sender).await;
    let spent_before = house.ledger(booked.campaign.id).await.spent_e7;
    let mut story = Story {
        house,
        booked,
        delivery: booked.lease(house).await,
        spent_before,
        batch: Vec::new(),
        sent: Vec::new(),
        first_answers: HashMap::new(),
        counted: HashMap::new(),
    };
    for step in steps {
        story.take(step).await?;
    }
    story.commit().await?;
    Ok(story.count(EventType::AdCompleted))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_interleaving_of_duplicates_gives_one_impression() {
    on_each_engine(async |house| {
        let plan = Plan {
            end_date: "2199-01-01",
            ..Plan::default()
        };
        let booked = booked_as(house, plan).await;
        let impressions = std::cell::Cell::new(0);
        let mut runner = TestRunner::new(Config {
            cases: CASES,
            failure_persistence: None,
            max_shrink_iters: 200,
            ..Config::default()
        });
        let outcome = runner.run(&story(), |steps| {
            let story = tell(house, &booked, steps);
            let counted = block_in_place(|| Handle::current().block_on(story))?;
            impressions.set(impressions.get() + counted);
            Ok(())
        });
        assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
        assert!(impressions.get() > 0, "some stories end well");
    })
    .await;
}
