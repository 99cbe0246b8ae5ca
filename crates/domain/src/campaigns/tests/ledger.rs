//! The ledger against a model, on a real database.

use std::collections::BTreeMap;

use beta_kit::db::{DbError, Tx};
use beta_kit::money::Price;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::*;
use crate::testing::on_each_engine;

const BUDGET_E7: i64 = 1_000 * 100_000;
const SEQUENCES: usize = 32;

/// Something that happens to a ledger. The number chooses one of the open reservations.
#[derive(Clone, Debug)]
enum Step {
    Reserve(i64),
    Settle(usize),
    Release(usize),
    /// Settles or releases a price that was never set aside.
    Overdraw(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..BUDGET_E7 / 2).prop_map(Step::Reserve),
        1 => any::<usize>().prop_map(Step::Settle),
        1 => any::<usize>().prop_map(Step::Release),
        1 => any::<bool>().prop_map(Step::Overdraw),
    ]
}

fn price(e7: i64) -> Price {
    Price::from_e7(e7).unwrap()
}

async fn settle(tx: &mut Tx, id: CampaignId, price: Price) -> Result<(), DbError> {
    let ended = Ended {
        spent_e7: price.e7(),
        ..Ended::default()
    };
    end_plays(tx, &BTreeMap::from([(id, ended)])).await
}

async fn release(tx: &mut Tx, id: CampaignId, price: Price) -> Result<(), DbError> {
    let ended = Ended {
        released_e7: price.e7(),
        ..Ended::default()
    };
    end_plays(tx, &BTreeMap::from([(id, ended)])).await
}

async fn small_campaign(house: &House) -> Campaign {
    let people = People::move_in(house).await;
    let new = NewCampaign {
        budget: decimal("10"),
        ..new_campaign()
    };
    let campaign = book(house, &people.agency, new).await.unwrap();
    assert_eq!(campaign.budget_e7(), BUDGET_E7);
    campaign
}

async fn stored(house: &House, campaign: &Campaign) -> Ledger {
    let mut work = house.works.begin(Actor::System).await.unwrap();
    lock_ledger(work.tx(), campaign.id).await.unwrap()
}

/// What the ledger should say.
#[derive(Default)]
struct Model {
    open: Vec<i64>,
    spent: i64,
}

impl Model {
    fn reserved(&self) -> i64 {
        self.open.iter().sum()
    }

    fn ledger(&self) -> Ledger {
        Ledger {
            spent_e7: self.spent,
            reserved_e7: self.reserved(),
        }
    }

    async fn take(&mut self, work: &mut Work, campaign: &Campaign, step: &Step) {
        match *step {
            Step::Reserve(e7) => {
                let room = self.spent + self.reserved() + e7 <= BUDGET_E7;
                let reserved = reserve(work.tx(), campaign, price(e7)).await.unwrap();
                assert_eq!(reserved.is_some(), room, "{step:?}");
                if room {
                    self.open.push(e7);
                }
            }
            Step::Settle(nth) if !self.open.is_empty() => {
                let e7 = self.open.remove(nth % self.open.len());
                self.spent += e7;
                settle(work.tx(), campaign.id, price(e7)).await.unwrap();
            }
            Step::Release(nth) if !self.open.is_empty() => {
                let e7 = self.open.remove(nth % self.open.len());
                release(work.tx(), campaign.id, price(e7)).await.unwrap();
            }
            Step::Overdraw(settles) => {
                let too_much = price(self.reserved() + 1);
                let refused = if settles {
                    settle(work.tx(), campaign.id, too_much).await
                } else {
                    release(work.tx(), campaign.id, too_much).await
                };
                assert!(matches!(refused, Err(DbError::NoRow { .. })), "{refused:?}");
            }
            Step::Settle(_) | Step::Release(_) => {}
        }
    }
}

async fn follow_the_model(house: &House, steps: &[Step]) {
    let campaign = small_campaign(house).await;
    let mut model = Model::default();
    let mut work = house.works.begin(Actor::System).await.unwrap();
    for step in steps {
        model.take(&mut work, &campaign, step).await;
        let ledger = lock_ledger(work.tx(), campaign.id).await.unwrap();
        assert_eq!(ledger, model.ledger(), "after {step:?} of {steps:?}");
        assert!(ledger.spent_e7 >= 0 && ledger.reserved_e7 >= 0);
        assert!(ledger.spent_e7 + ledger.reserved_e7 <= BUDGET_E7);
    }
    work.commit().await.unwrap();
    assert_eq!(stored(house, &campaign).await, model.ledger());
}

#[tokio::test]
async fn no_sequence_of_steps_passes_the_budget_or_loses_money() {
    // One database for all sequences: each has a campaign of its own.
    on_each_engine(async |house| {
        let mut runner = TestRunner::default();
        for _ in 0..SEQUENCES {
            let steps = prop::collection::vec(step(), 1..40);
            let steps = steps.new_tree(&mut runner).unwrap().current();
            follow_the_model(house, &steps).await;
        }
    })
    .await;
}

#[tokio::test]
async fn parallel_reservations_never_pass_the_budget() {
    on_each_engine(async |house| {
        let campaign = small_campaign(house).await;
        let tries = (0..40).map(|_| {
            let (works, campaign) = (house.works.clone(), campaign.clone());
            tokio::spawn(async move {
                let mut work = works.begin(Actor::System).await.unwrap();
                let ledger = reserve(work.tx(), &campaign, price(BUDGET_E7 / 7))
                    .await
                    .unwrap();
                work.commit().await.unwrap();
                ledger.is_some()
            })
        });

        let outcomes = futures::future::join_all(tries.collect::<Vec<_>>()).await;

        let reserved = outcomes
            .into_iter()
            .filter(|outcome| *outcome.as_ref().unwrap())
            .count();
        assert_eq!(reserved, 7);
        assert_eq!(
            stored(house, &campaign).await.reserved_e7,
            BUDGET_E7 / 7 * 7
        );
    })
    .await;
}
