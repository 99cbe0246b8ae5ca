//! Caps, money and the times of a lease, one step after the other.

use std::time::Duration;

use crate::actor::Actor;
use crate::deliveries::limits::{CAP_WINDOW, REPORT_WINDOW};
use crate::deliveries::{self, Delivery, DeliveryState, Refusal, TriggerError};
use crate::events::{Change, Item};
use crate::id::DeliveryId;
use crate::journal::{EventType, Reason, Verdict};
use crate::testing::{Booked, House, Plan, booked, booked_as, on_each_engine};

/// What one impression costs at the plan's CPM of 10, in ten-millionths.
const PRICE_E7: i64 = 100_000;

async fn refusal(house: &House, booked: &Booked) -> Option<Refusal> {
    match booked.trigger(house).await {
        Err(TriggerError::Refused(refusal)) => Some(refusal),
        Err(error) => panic!("{error}"),
        Ok(_) => None,
    }
}

async fn change(house: &House, id: DeliveryId, change: Change) {
    let outcomes = house.store(&[Item::Change(id, change)]).await.unwrap();
    assert!(outcomes[0].is_ok());
}

async fn sweep(house: &House) -> usize {
    let mut work = house.works.begin(Actor::System).await.unwrap();
    let count = deliveries::sweep(&mut work).await.unwrap();
    work.commit().await.unwrap();
    count
}

async fn money(house: &House, booked: &Booked) -> (i64, i64) {
    let ledger = house.ledger(booked.campaign.id).await;
    (ledger.spent_e7, ledger.reserved_e7)
}

async fn play_once(house: &House, booked: &Booked) -> Delivery {
    let delivery = booked.lease(house).await;
    let accepted = booked.play(house, &delivery).await;
    assert_eq!(accepted.verdict, Verdict::Counted);
    delivery
}

#[tokio::test]
async fn a_screen_shows_one_ad_at_a_time() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let delivery = booked.lease(house).await;
        let busy = Some(Refusal::ChannelBusy);
        assert_eq!(refusal(house, &booked).await, busy);
        let rendered = booked.report(house, EventType::AdRendered, &delivery);
        house.report(rendered).await;
        house.clock.advance(Duration::from_millis(9_999));
        assert_eq!(refusal(house, &booked).await, busy);
        house.clock.advance(Duration::from_millis(1));
        assert_eq!(refusal(house, &booked).await, None, "its time is over");
    })
    .await;
}

#[tokio::test]
async fn the_gap_begins_when_the_ad_leaves_the_screen() {
    on_each_engine(async |house| {
        let plan = Plan {
            min_gap_sec: 60,
            ..Plan::default()
        };
        let booked = booked_as(house, plan).await;
        play_once(house, &booked).await;
        house.wait(59);
        assert_eq!(refusal(house, &booked).await, Some(Refusal::GapNotElapsed));
        house.wait(1);
        let taken = booked.lease(house).await;
        // It was taken and nothing was heard since: it may well have been shown.
        change(house, taken.id, Change::Acknowledged).await;
        house.clock.set(taken.busy_until);
        assert_eq!(refusal(house, &booked).await, Some(Refusal::GapNotElapsed));
        // It could not be shown: no gap.
        let failed = booked.report(house, EventType::AdError, &taken);
        house.report(failed).await;
        assert_eq!(refusal(house, &booked).await, None);
    })
    .await;
}

#[tokio::test]
async fn the_cap_of_a_channel_counts_a_rolling_hour_of_plays_and_open_leases() {
    on_each_engine(async |house| {
        let plan = Plan {
            per_channel: 2,
            ..Plan::default()
        };
        let booked = booked_as(house, plan).await;
        let reached = Some(Refusal::StreamerHourlyCapReached);
        play_once(house, &booked).await;
        let first_ended = house.works.now();
        let open = booked.lease(house).await;
        house.clock.set(open.busy_until);
        house.on_air(booked.sender).await;
        assert_eq!(
            refusal(house, &booked).await,
            reached,
            "one shown, one open"
        );
        house.clock.set(first_ended.plus(CAP_WINDOW));
        house.on_air(booked.sender).await;
        assert_eq!(
            refusal(house, &booked).await,
            reached,
            "an hour ago still counts"
        );
        house.clock.advance(Duration::from_micros(1));
        assert_eq!(refusal(house, &booked).await, None);
    })
    .await;
}

#[tokio::test]
async fn the_cap_of_a_session_ends_with_the_session() {
    on_each_engine(async |house| {
        let plan = Plan {
            per_session: 2,
            ..Plan::default()
        };
        let booked = booked_as(house, plan).await;
        play_once(house, &booked).await;
        play_once(house, &booked).await;
        assert_eq!(
            refusal(house, &booked).await,
            Some(Refusal::SessionCapReached)
        );
        house.wait(3_600);
        keep_alive(house, &booked).await;
        assert_eq!(
            refusal(house, &booked).await,
            None,
            "after the silence of an hour"
        );
    })
    .await;
}

async fn keep_alive(house: &House, booked: &Booked) {
    house.on_air(booked.sender).await;
}

#[tokio::test]
async fn the_cap_of_a_session_counts_all_of_its_plays() {
    on_each_engine(async |house| {
        let plan = Plan {
            per_session: 2,
            ..Plan::default()
        };
        let booked = booked_as(house, plan).await;
        for _ in 0..2 {
            play_once(house, &booked).await;
        }
        for _ in 0..20 {
            house.wait(300);
            keep_alive(house, &booked).await;
        }
        assert_eq!(
            refusal(house, &booked).await,
            Some(Refusal::SessionCapReached)
        );
    })
    .await;
}

#[tokio::test]
async fn the_pace_counts_all_channels_and_forgets_what_was_released() {
    on_each_engine(async |house| {
        let plan = Plan {
            pacing: 2,
            ..Plan::default()
        };
        let here = booked_as(house, plan.clone()).await;
        let sender = house.channel(&here.streamer).await;
        house.on_air(sender).await;
        house.assign(here.campaign.id, &[sender], &plan).await;
        let there = Booked {
            sender,
            ..here.clone()
        };
        let reached = Some(Refusal::CampaignPacingReached);
        let first = here.lease(house).await;
        let second = there.lease(house).await;
        here.play(house, &first).await;
        assert_eq!(refusal(house, &here).await, reached);
        change(house, second.id, Change::Failed("overlay_not_responding")).await;
        let third = there.lease(house).await;
        assert_eq!(refusal(house, &here).await, reached);
        house.clock.set(third.leased_at.plus(CAP_WINDOW));
        house.on_air(here.sender).await;
        assert_eq!(
            refusal(house, &here).await,
            None,
            "the first is older than an hour"
        );
    })
    .await;
}

#[tokio::test]
async fn a_budget_is_used_up_to_its_last_unit_and_never_passed() {
    on_each_engine(async |house| {
        // 0.03 pays for three plays of 0.01.
        let plan = Plan {
            budget: "0.03",
            ..Plan::default()
        };
        let booked = booked_as(house, plan).await;
        play_once(house, &booked).await;
        play_once(house, &booked).await;
        let open = booked.lease(house).await;
        assert_eq!(money(house, &booked).await, (2 * PRICE_E7, PRICE_E7));
        house.clock.set(open.busy_until);
        let reached = Some(Refusal::CampaignBudgetReached);
        assert_eq!(refusal(house, &booked).await, reached);
        assert_eq!(money(house, &booked).await, (2 * PRICE_E7, PRICE_E7));

        change(house, open.id, Change::Failed("overlay_not_responding")).await;
        assert_eq!(money(house, &booked).await, (2 * PRICE_E7, 0));
        assert_eq!(
            refusal(house, &booked).await,
            None,
            "what is released is free again"
        );
    })
    .await;
}

#[tokio::test]
async fn one_ten_millionth_too_much_is_too_much() {
    on_each_engine(async |house| {
        // 10.0001 per thousand is 0.0100001 for one; the budget is 0.01.
        let plan = Plan {
            budget: "0.01",
            cpm: Some("10.0001"),
            ..Plan::default()
        };
        let booked = booked_as(house, plan).await;
        let reached = Some(Refusal::CampaignBudgetReached);
        assert_eq!(refusal(house, &booked).await, reached);
        assert_eq!(money(house, &booked).await, (0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_fixed_fee_is_committed_once_and_its_plays_cost_nothing() {
    on_each_engine(async |house| {
        let plan = Plan {
            budget: "5",
            fee: Some("5"),
            ..Plan::default()
        };
        let booked = booked_as(house, plan).await;
        let fee_e7 = 50_000_000;
        let first = play_once(house, &booked).await;
        assert_eq!(first.price.e7(), 0);
        assert_eq!(money(house, &booked).await, (fee_e7, 0));
        play_once(house, &booked).await;
        assert_eq!(money(house, &booked).await, (fee_e7, 0));
    })
    .await;
}

#[tokio::test]
async fn a_fee_beyond_the_budget_lets_nothing_run() {
    on_each_engine(async |house| {
        let plan = Plan {
            budget: "5",
            fee: Some("5.01"),
            ..Plan::default()
        };
        let booked = booked_as(house, plan).await;
        let reached = Some(Refusal::CampaignBudgetReached);
        assert_eq!(refusal(house, &booked).await, reached);
        assert_eq!(money(house, &booked).await, (0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_lease_that_nobody_answers_is_swept_and_frees_its_place() {
    on_each_engine(async |house| {
        let plan = Plan {
            budget: "0.01",
            pacing: 1,
            per_channel: 1,
            per_session: 1,
            ..Plan::default()
        };
        let booked = booked_as(house, plan).await;
        let delivery = booked.lease(house).await;
        house.clock.set(delivery.report_until);
        house.on_air(booked.sender).await;
        assert_eq!(sweep(house).await, 0, "it may still be reported");
        house.clock.advance(Duration::from_micros(1));
        let late = booked.report(house, EventType::AdRendered, &delivery);
        let expired = Verdict::NotCounted(Reason::LeaseExpired);
        assert_eq!(house.report(late).await.verdict, expired, "swept or not");
        assert_eq!(sweep(house).await, 1);
        assert_eq!(sweep(house).await, 0);

        let swept = house.delivery(delivery.id).await;
        assert_eq!(swept.state, DeliveryState::Expired);
        assert_eq!(swept.reason.as_deref(), Some("lease_expired"));
        assert_eq!(swept.ended_at, Some(house.works.now()));
        assert_eq!(money(house, &booked).await, (0, 0));
        let late = booked.report(house, EventType::AdRendered, &delivery);
        assert_eq!(house.report(late).await.verdict, expired);
        assert_eq!(
            refusal(house, &booked).await,
            None,
            "every cap is free again"
        );
    })
    .await;
}

#[tokio::test]
async fn a_lease_that_was_taken_waits_a_day_for_its_proof() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let delivery = booked.lease(house).await;
        change(house, delivery.id, Change::Acknowledged).await;
        let taken = house.delivery(delivery.id).await;
        assert_eq!(taken.state, DeliveryState::Acknowledged);
        assert_eq!(taken.acknowledged_at, Some(delivery.leased_at));
        house.clock.set(delivery.leased_at.plus(REPORT_WINDOW));
        assert_eq!(sweep(house).await, 0);
        assert_eq!(money(house, &booked).await, (0, PRICE_E7));
        house.clock.advance(Duration::from_micros(1));
        assert_eq!(sweep(house).await, 1);
        assert_eq!(money(house, &booked).await, (0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_change_that_comes_too_late_changes_nothing() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let delivery = booked.lease(house).await;
        let rendered = booked.report(house, EventType::AdRendered, &delivery);
        house.report(rendered).await;
        let before = house.delivery(delivery.id).await;
        for late in [
            Change::Acknowledged,
            Change::Reassigned(None),
            Change::Failed("overlay_not_responding"),
        ] {
            change(house, delivery.id, late).await;
        }
        change(house, house.works.mint(), Change::Acknowledged).await;
        assert_eq!(house.delivery(delivery.id).await, before);
        assert_eq!(money(house, &booked).await, (0, PRICE_E7));
    })
    .await;
}
