//! Tests of what a payout is made of.

use super::*;
use crate::actor::Actor;
use crate::payouts::{Payout, mark_paid, run};
use crate::testing::on_each_engine;
use crate::tests::books::{Assigned, Books, Price, at};

const FIFTEEN: i64 = 150_000;
const MONDAY: &str = "2026-03-02T10:00:00Z";
const TUESDAY: &str = "2026-03-03T11:00:00Z";
const EVENING: &str = "2026-03-03T19:00:00Z";
const BUDGET: i64 = 500_000;

async fn run_now(books: &Books, assigned: &Assigned) -> Payout {
    let mut work = books.works.begin(books.agency.clone()).await.unwrap();
    let mut payouts = run(&mut work, assigned.campaign.id).await.unwrap();
    work.commit().await.unwrap();
    payouts.remove(0)
}

async fn pay(books: &Books, id: PayoutId) {
    let mut work = books.works.begin(books.admin.clone()).await.unwrap();
    mark_paid(&mut work, id).await.unwrap();
    work.commit().await.unwrap();
}

async fn read(books: &Books, actor: &Actor, id: PayoutId) -> Result<Statement, PayoutError> {
    let mut work = books.works.read(actor.clone()).await.unwrap();
    statement(&mut work, id).await
}

fn totals(statement: &Statement) -> Vec<(String, i64, i64)> {
    let day = |day: &SettledDay| (day.day.to_string(), day.impressions, day.earned_e7);
    statement.days.iter().map(day).collect()
}

#[tokio::test]
async fn a_statement_holds_the_plays_of_its_payout_and_no_others() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let assigned = books.assigned(BUDGET, Price::cpm(FIFTEEN)).await;
        books.play(&assigned, 2, FIFTEEN, at(MONDAY)).await;
        books.play(&assigned, 1, FIFTEEN, at(TUESDAY)).await;
        let first = run_now(&books, &assigned).await;
        pay(&books, first.id).await;
        let mut newer = books.play(&assigned, 2, 2 * FIFTEEN, at(EVENING)).await;
        newer.sort();
        let second = run_now(&books, &assigned).await;

        let paid = read(&books, &books.agency, first.id).await.unwrap();
        assert_eq!(
            totals(&paid),
            [
                ("2026-03-02".to_owned(), 2, 2 * FIFTEEN),
                ("2026-03-03".to_owned(), 1, FIFTEEN),
            ]
        );
        assert_eq!(paid.plays.len(), 3);
        assert_eq!(paid.plays[2].at, at(TUESDAY));
        let pending = read(&books, &books.agency, second.id).await.unwrap();
        assert_eq!(
            totals(&pending),
            [("2026-03-03".to_owned(), 2, 4 * FIFTEEN)]
        );
        let listed: Vec<_> = pending.plays.iter().map(|play| play.id).collect();
        assert_eq!(listed, newer);
        assert_eq!(pending.payout, second);
    })
    .await;
}

#[tokio::test]
async fn a_payout_of_very_many_plays_lists_its_days_only() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let assigned = books.assigned(BUDGET, Price::cpm(FIFTEEN)).await;
        books.play(&assigned, PLAYS_MAX, 1, at(MONDAY)).await;
        let payout = run_now(&books, &assigned).await;
        let listed = read(&books, &books.agency, payout.id).await.unwrap();
        assert_eq!(i64::try_from(listed.plays.len()), Ok(PLAYS_MAX));

        books.play(&assigned, 1, 1, at(MONDAY)).await;
        let payout = run_now(&books, &assigned).await;
        let summed = read(&books, &books.agency, payout.id).await.unwrap();
        assert!(summed.plays.is_empty());
        let (_, impressions, earned_e7) = totals(&summed)[0];
        assert_eq!((impressions, earned_e7), (PLAYS_MAX + 1, PLAYS_MAX + 1));
    })
    .await;
}

#[tokio::test]
async fn a_statement_is_for_its_streamer_and_those_who_pay() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let assigned = books.assigned(BUDGET, Price::cpm(FIFTEEN)).await;
        books.play(&assigned, 1, FIFTEEN, at(MONDAY)).await;
        let payout = run_now(&books, &assigned).await;
        let stranger = books.channel("eve").await;

        for actor in [&assigned.channel.owner, &books.agency, &books.admin] {
            let seen = read(&books, actor, payout.id).await.unwrap();
            assert_eq!(seen.payout, payout);
        }
        assert!(matches!(
            read(&books, &stranger.owner, payout.id).await,
            Err(PayoutError::NotFound(_))
        ));
    })
    .await;
}
