//! What a run, a payment and a list do to the tables.

use super::*;
use crate::campaigns::{self, CampaignStatus};
use crate::deliveries::{DeliveryState, TriggerError};
use crate::testing::{Booked, House, Plan, booked_as, booked_for};

#[tokio::test]
async fn plays_are_paid_by_the_thousand_as_the_contract_says() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let assigned = books.assigned(BUDGET, Price::cpm(FIFTEEN)).await;
        books.play(&assigned, 1_000, FIFTEEN, at(MONDAY)).await;
        books.play(&assigned, 1_500, FIFTEEN, at(TUESDAY)).await;

        let payout = run_now(&books, &assigned).await;

        assert_eq!(payout.amount.to_string(), "37.5");
        assert_eq!(payout.rate.to_string(), "15");
        assert_eq!(payout.rate_type, RateType::Cpm);
        assert_eq!(payout.delivered_impressions, 2_500);
        assert_eq!(
            (payout.period_start, payout.period_end),
            (at(MONDAY), at(TUESDAY))
        );
        assert_eq!(payout.status, PayoutStatus::Pending);
    })
    .await;
}

#[tokio::test]
async fn a_fee_is_paid_once_whatever_is_shown() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let both = Price {
            cpm_e4: Some(FIFTEEN),
            fee_minor: Some(45_000),
        };
        let assigned = books.assigned(BUDGET, both).await;
        books.play(&assigned, 300, 0, at(MONDAY)).await;

        let payout = run_now(&books, &assigned).await;
        assert_eq!(
            (payout.rate_type, payout.amount.to_string()),
            (RateType::Fixed, "450".into())
        );
        assert_eq!(payout.rate.to_string(), "450");
        assert_eq!(books.ledger(assigned.campaign).await, (4_500_000_000, 0));

        pay(&books, payout.id).await.unwrap();
        books.play(&assigned, 2, 0, at(TUESDAY)).await;
        let next = run_now(&books, &assigned).await;
        assert_ne!(next.id, payout.id);
        assert_eq!(
            (next.delivered_impressions, next.amount.to_string()),
            (2, "0".into())
        );
        assert_eq!(books.ledger(assigned.campaign).await, (4_500_000_000, 0));
    })
    .await;
}

#[tokio::test]
async fn a_fee_is_not_due_before_the_first_impression_or_the_end() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let assigned = books.assigned(BUDGET, Price::fee(45_000)).await;
        books.commit_fee(&assigned, 4_500_000_000).await;

        let before = run_now(&books, &assigned).await;
        assert_eq!(
            (before.delivered_impressions, before.amount.minor()),
            (0, 0)
        );
        assert_eq!(before.period_start, before.period_end);

        books.set_status(assigned.campaign, "completed").await;
        let after = run_now(&books, &assigned).await;
        assert_eq!(
            (after.id, after.amount.to_string()),
            (before.id, "450".into())
        );
        assert_eq!(
            books.ledger(assigned.campaign).await,
            (4_500_000_000, 0),
            "taken once"
        );
    })
    .await;
}

#[tokio::test]
async fn a_fee_that_the_budget_cannot_take_is_not_owed() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let assigned = books.assigned(40_000, Price::fee(45_000)).await;
        books.set_status(assigned.campaign, "completed").await;

        let payout = run_now(&books, &assigned).await;

        assert_eq!(
            (payout.rate.to_string(), payout.amount.minor()),
            ("450".into(), 0)
        );
        assert_eq!(books.ledger(assigned.campaign).await, (0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_later_rate_changes_nothing_that_was_settled() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let assigned = books.assigned(BUDGET, Price::cpm(FIFTEEN)).await;
        books.play(&assigned, 1_000, FIFTEEN, at(MONDAY)).await;
        books.set_price(&assigned, Price::cpm(2 * FIFTEEN)).await;
        assert_eq!(run_now(&books, &assigned).await.rate.to_string(), "15");

        books.play(&assigned, 100, 2 * FIFTEEN, at(TUESDAY)).await;
        let payout = run_now(&books, &assigned).await;
        assert_eq!(
            (payout.rate.to_string(), payout.amount.to_string()),
            ("30".into(), "18".into())
        );
    })
    .await;
}

#[tokio::test]
async fn a_paid_payout_stays_and_the_next_run_pays_the_difference() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let assigned = books.assigned(BUDGET, Price::cpm(FIFTEEN)).await;
        // A cent and a half: rounded up now, the half that was given is taken off later.
        books.play(&assigned, 1, FIFTEEN, at(MONDAY)).await;
        let first = run_now(&books, &assigned).await;
        assert_eq!(first.amount.to_string(), "0.02");
        let paid = pay(&books, first.id).await.unwrap();
        assert_eq!(
            (paid.status, paid.paid_at),
            (PayoutStatus::Paid, Some(house.works.now()))
        );
        assert_eq!(run_now(&books, &assigned).await, paid, "nothing is new");

        books.play(&assigned, 1, FIFTEEN, at(TUESDAY)).await;
        let second = run_now(&books, &assigned).await;
        assert_eq!(
            (second.delivered_impressions, second.amount.to_string()),
            (1, "0.01".into())
        );
        assert_eq!(second.period_start, at(TUESDAY));

        let all = list_as(&books, &books.agency, Filter::default()).await;
        assert_eq!(all.len(), 2);
        assert!(all.contains(&paid));
    })
    .await;
}

#[tokio::test]
async fn a_payout_is_paid_once_and_the_database_holds_it_still() {
    beta_kit::sql!(TOUCH, "update payouts set amount_minor = 1 where id = $1");
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let assigned = books.assigned(BUDGET, Price::cpm(FIFTEEN)).await;
        let payout = run_now(&books, &assigned).await;
        pay(&books, payout.id).await.unwrap();

        assert!(matches!(
            pay(&books, payout.id).await,
            Err(PayoutError::AlreadyPaid(_))
        ));
        let mut work = books.works.begin(books.admin.clone()).await.unwrap();
        let refused = work
            .tx()
            .run(&TOUCH, beta_kit::args![payout.id])
            .await
            .unwrap_err();
        assert!(
            refused.to_string().contains("can not be changed"),
            "{refused}"
        );
    })
    .await;
}

#[tokio::test]
async fn every_assignment_has_one_payout_however_many_run_at_once() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let campaign = books.campaign(BUDGET).await;
        for name in ["ann", "ben"] {
            let channel = books.channel(name).await;
            let assigned = books.assign(campaign, &channel, Price::cpm(FIFTEEN)).await;
            books.play(&assigned, 3, FIFTEEN, at(MONDAY)).await;
        }
        let once = || run_as(&books, &books.agency, campaign.id);
        let (left, right) = tokio::join!(once(), once());
        let (left, right) = (left.unwrap(), right.unwrap());
        assert_eq!(left.len(), 2);
        assert_eq!(left, right);
        assert_eq!(
            list_as(&books, &books.agency, Filter::default())
                .await
                .len(),
            2
        );
    })
    .await;
}

#[tokio::test]
async fn rounding_up_never_passes_the_budget() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        // Three plays of a cent and a half are 4.5 cents; rounded one by one they would be six.
        let campaign = books.campaign(5).await;
        for name in ["ann", "ben", "cat"] {
            let channel = books.channel(name).await;
            let assigned = books.assign(campaign, &channel, Price::cpm(FIFTEEN)).await;
            books.play(&assigned, 1, FIFTEEN, at(MONDAY)).await;
        }
        let payouts = run_as(&books, &books.agency, campaign.id).await.unwrap();
        assert_eq!(
            payouts
                .iter()
                .map(|payout| payout.amount.minor())
                .sum::<i64>(),
            5
        );
    })
    .await;
}

#[tokio::test]
async fn nobody_runs_or_sees_the_payouts_of_others() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let assigned = books.assigned(BUDGET, Price::cpm(FIFTEEN)).await;
        let OnAir { owner, .. } = assigned.channel.clone();
        let stranger = books.channel("stranger").await.owner;
        let id = assigned.campaign.id;
        let payout = run_now(&books, &assigned).await;

        let foreign = run_as(&books, &books.rival, id).await;
        assert!(matches!(foreign, Err(PayoutError::CampaignNotFound(_))));
        for actor in [&books.brand, &owner] {
            let denied = run_as(&books, actor, id).await;
            assert!(matches!(denied, Err(PayoutError::Denied(_))));
        }
        for actor in [&books.admin, &books.agency, &books.brand, &owner] {
            let seen = list_as(&books, actor, Filter::default()).await;
            assert_eq!(seen, std::slice::from_ref(&payout));
        }
        for actor in [&books.rival, &stranger] {
            assert_eq!(list_as(&books, actor, Filter::default()).await, []);
        }
        let mut work = books.works.begin(books.agency.clone()).await.unwrap();
        let denied = mark_paid(&mut work, payout.id, None).await;
        assert!(matches!(denied, Err(PayoutError::Denied(_))));
    })
    .await;
}

#[tokio::test]
async fn a_list_is_filtered_and_paged() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let campaign = books.campaign(BUDGET).await;
        for name in ["ann", "ben", "cat"] {
            let channel = books.channel(name).await;
            books.assign(campaign, &channel, Price::cpm(FIFTEEN)).await;
        }
        let payouts = run_as(&books, &books.admin, campaign.id).await.unwrap();
        pay(&books, payouts[0].id).await.unwrap();
        let count = async |filter| list_as(&books, &books.admin, filter).await.len();
        let of_channel = Filter {
            channel_id: Some(payouts[0].channel_id),
            ..Filter::default()
        };
        let pending = Filter {
            status: Some(PayoutStatus::Pending),
            ..Filter::default()
        };
        let elsewhere = Filter {
            campaign_id: Some(house.works.mint()),
            ..Filter::default()
        };
        assert_eq!(
            (
                count(of_channel).await,
                count(pending).await,
                count(elsewhere).await
            ),
            (1, 2, 0)
        );

        let mut work = books.works.read(books.admin.clone()).await.unwrap();
        let mut after = Place::START;
        for expected in [2, 1, 0] {
            let limit = Limit::new(2).unwrap();
            let page = list(&mut work, Filter::default(), limit, after)
                .await
                .unwrap();
            assert_eq!(page.len(), expected);
            after = page.last().map_or(after, Payout::place);
        }
    })
    .await;
}

#[tokio::test]
async fn runs_and_payments_are_audited() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let assigned = books.assigned(BUDGET, Price::cpm(FIFTEEN)).await;
        let payout = run_now(&books, &assigned).await;
        pay(&books, payout.id).await.unwrap();

        let mut work = books.works.read(books.admin.clone()).await.unwrap();
        let rows = audit::list(&mut work, Limit::new(9).unwrap(), None)
            .await
            .unwrap();
        let seen: Vec<_> = rows
            .iter()
            .map(|row| (&*row.action, &*row.entity_id))
            .collect();
        let (payout, campaign) = (payout.id.to_string(), assigned.campaign.id.to_string());
        assert_eq!(
            seen,
            [("payout_paid", &*payout), ("payouts_run", &*campaign)]
        );
    })
    .await;
}

/// Takes the channel off the campaign.
async fn take_off(house: &House, booked: &Booked) {
    let mut work = house.works.begin(booked.agency.clone()).await.unwrap();
    campaigns::unassign(&mut work, booked.campaign.id, booked.sender.channel_id)
        .await
        .unwrap();
    work.commit().await.unwrap();
}

async fn owed(house: &House, booked: &Booked) -> Vec<(i64, String)> {
    let mut work = house.works.begin(booked.agency.clone()).await.unwrap();
    let payouts = run(&mut work, booked.campaign.id).await.unwrap();
    work.commit().await.unwrap();
    let told = |payout: Payout| (payout.delivered_impressions, payout.amount.to_string());
    payouts.into_iter().map(told).collect()
}

#[tokio::test]
async fn what_was_leased_before_a_channel_was_taken_off_is_settled_and_paid() {
    on_each_engine(async |house| {
        let plan = Plan {
            cpm: Some("1000"),
            ..Plan::default()
        };
        let booked = booked_as(house, plan).await;
        let delivery = booked.lease(house).await;

        take_off(house, &booked).await;

        booked.play(house, &delivery).await;
        let settled = house.delivery(delivery.id).await;
        assert_eq!(settled.state, DeliveryState::Completed);
        let refused = booked.trigger(house).await;
        assert!(
            matches!(refused, Err(TriggerError::NoAssignment)),
            "{refused:?}"
        );
        assert_eq!(owed(house, &booked).await, [(1, "1".to_owned())]);
        house
            .move_to(booked.campaign.id, CampaignStatus::Completed)
            .await;
        assert_eq!(owed(house, &booked).await, [(1, "1".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn a_fee_is_owed_to_a_channel_that_was_taken_off_only_if_something_was_leased_there() {
    on_each_engine(async |house| {
        for (was_leased, expected) in [(false, "0"), (true, "450")] {
            let plan = Plan {
                cpm: None,
                fee: Some("450"),
                ..Plan::default()
            };
            let booked = booked_for(house, &format!("{was_leased}"), plan).await;
            if was_leased {
                booked.lease(house).await;
            }
            take_off(house, &booked).await;

            house
                .move_to(booked.campaign.id, CampaignStatus::Completed)
                .await;

            assert_eq!(owed(house, &booked).await, [(0, expected.to_owned())]);
        }
    })
    .await;
}
