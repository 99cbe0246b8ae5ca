//! The tables themselves, through many steps in no order: the ledger of payouts adds up.

use std::collections::{BTreeMap, HashMap};

use beta_kit::entropy::{Entropy as _, SeededEntropy};
use beta_kit::text::BoundedText;

use super::*;
use crate::id::DeliveryId;

const SEEDS: [u64; 3] = [1, 2, 3];
const STEPS: usize = 60;
const PRICES: [i64; 3] = [FIFTEEN, 1, 99_999];

struct Dice(SeededEntropy);

impl Dice {
    fn below(&self, sides: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        usize::try_from(u64::from_le_bytes(bytes) % 1_000).unwrap() % sides
    }
}

/// Every payout with its lines and its plays, the newest first.
async fn everything(books: &Books, campaign: CampaignId) -> Vec<(Statement, Vec<DeliveryId>)> {
    let mut told = Vec::new();
    let filter = Filter {
        campaign_id: Some(campaign),
        ..Filter::default()
    };
    for payout in list_as(books, &books.admin, filter).await {
        let mut work = books.works.read(books.admin.clone()).await.unwrap();
        let statement = statement(&mut work, payout.id).await.unwrap();
        let limit = Limit::new(200).unwrap();
        let plays = list_plays(&mut work, payout.id, limit, Place::START)
            .await
            .unwrap();
        told.push((
            statement,
            plays.iter().map(|play| play.delivery_id).collect(),
        ));
    }
    told
}

/// Every play is in one payout that stands, and what stands is what all of it comes to.
fn check(told: &[(Statement, Vec<DeliveryId>)], plays: &HashMap<DeliveryId, i64>) {
    let mut stands: BTreeMap<ChannelId, (i64, i64)> = BTreeMap::new();
    let mut covered: HashMap<DeliveryId, usize> = HashMap::new();
    let mut net = 0;
    for (statement, of) in told {
        let payout = &statement.payout;
        let lines: i64 = statement.lines.iter().map(|line| line.amount_e7).sum();
        assert_eq!(Ok(lines), payout.amount.to_e7(), "the lines add up");
        let count = i64::try_from(of.len()).unwrap();
        assert_eq!(
            payout.delivered_impressions.abs(),
            count,
            "each play is there"
        );
        net += payout.amount.minor();
        if payout.reverses.is_some() || payout.reversed_by.is_some() {
            continue;
        }
        let sums = stands.entry(payout.channel_id).or_default();
        sums.0 += payout.amount.minor();
        for id in of {
            sums.1 += plays[id];
            *covered.entry(*id).or_default() += 1;
        }
    }
    assert_eq!(covered.len(), plays.len(), "no play is left out");
    assert!(
        covered.values().all(|times| *times == 1),
        "and none is twice"
    );
    for (minor, e7) in stands.values() {
        assert_eq!(*minor, Money::from_e7(*e7, Currency::USD).minor());
    }
    let standing: i64 = stands.values().map(|(minor, _)| minor).sum();
    assert_eq!(net, standing, "what was taken back is gone");
    assert!(net <= BUDGET);
}

#[tokio::test]
async fn whatever_happens_the_payouts_of_a_campaign_add_up() {
    on_each_engine(async |house| {
        for seed in SEEDS {
            let dice = Dice(SeededEntropy::new(seed));
            let books = Books::open(house).await;
            let campaign = books.campaign(BUDGET).await;
            let mut seats = Vec::new();
            for name in ["ann", "ben"] {
                let channel = books.channel(&format!("{name}{seed}")).await;
                seats.push(books.assign(campaign, &channel, Price::cpm(FIFTEEN)).await);
            }
            let mut plays: HashMap<DeliveryId, i64> = HashMap::new();
            let mut paid: BTreeMap<PayoutId, (Payout, Vec<DeliveryId>)> = BTreeMap::new();
            for _ in 0..STEPS {
                house.wait(60);
                let payouts = everything(&books, campaign.id).await;
                match dice.below(8) {
                    // Proof comes in any order: some is of a time that was paid before.
                    0..=2 => {
                        let seat = &seats[dice.below(seats.len())];
                        let price = PRICES[dice.below(PRICES.len())];
                        let when = if dice.below(2) == 0 { MONDAY } else { TUESDAY };
                        for id in books.play(seat, 2, price, at(when)).await {
                            plays.insert(id, price);
                        }
                    }
                    3 | 4 => {
                        run_as(&books, &books.agency, campaign.id).await.unwrap();
                        check(&everything(&books, campaign.id).await, &plays);
                    }
                    5 | 6 => {
                        let pending = payouts
                            .iter()
                            .find(|(told, _)| told.payout.status == PayoutStatus::Pending);
                        if let Some((told, of)) = pending {
                            let id = told.payout.id;
                            paid.insert(id, (pay(&books, id).await.unwrap(), of.clone()));
                        }
                    }
                    _ => {
                        let standing: Vec<_> = payouts
                            .iter()
                            .map(|(told, _)| &told.payout)
                            .filter(|one| one.status == PayoutStatus::Paid)
                            .filter(|one| one.reverses.is_none() && one.reversed_by.is_none())
                            .collect();
                        if !standing.is_empty() {
                            let id = standing[dice.below(standing.len())].id;
                            let reason = BoundedText::parse("by mistake").unwrap();
                            let mut work = books.works.begin(books.admin.clone()).await.unwrap();
                            let back = reverse(&mut work, id, &reason).await.unwrap();
                            work.commit().await.unwrap();
                            paid.get_mut(&id).unwrap().0.reversed_by = Some(back.id);
                        }
                    }
                }
            }
            run_as(&books, &books.agency, campaign.id).await.unwrap();
            let end = everything(&books, campaign.id).await;
            check(&end, &plays);
            for (id, (before, of)) in &paid {
                let now = end.iter().find(|(told, _)| told.payout.id == *id).unwrap();
                assert_eq!((&now.0.payout, &now.1), (before, of), "paid stays as it is");
            }
            assert!(paid.len() > 3, "seed {seed} did something");
        }
    })
    .await;
}
