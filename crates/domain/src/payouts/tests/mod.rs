//! Tests of the ledger: what it does to the tables, and that money adds up.

mod ledger;
mod properties;
mod rules;
mod statements;

use beta_kit::page::{Limit, Place};

use super::*;
use crate::actor::Actor;
use crate::testing::on_each_engine;
use crate::tests::books::{Assigned, Books, OnAir, Price, at};

const FIFTEEN: i64 = 150_000;
const MONDAY: &str = "2026-03-02T10:00:00Z";
const TUESDAY: &str = "2026-03-03T11:00:00Z";
const BUDGET: i64 = 500_000;

async fn run_as(books: &Books, actor: &Actor, id: CampaignId) -> Result<Vec<Payout>, PayoutError> {
    let mut work = books.works.begin(actor.clone()).await.unwrap();
    let payouts = run(&mut work, id).await?;
    work.commit().await.unwrap();
    Ok(payouts)
}

async fn run_now(books: &Books, assigned: &Assigned) -> Payout {
    let mut payouts = run_as(books, &books.agency, assigned.campaign.id)
        .await
        .unwrap();
    assert_eq!(payouts.len(), 1);
    payouts.remove(0)
}

async fn pay(books: &Books, id: PayoutId) -> Result<Payout, PayoutError> {
    let mut work = books.works.begin(books.admin.clone()).await.unwrap();
    let payout = mark_paid(&mut work, id, None).await?;
    work.commit().await.unwrap();
    Ok(payout)
}

async fn list_as(books: &Books, actor: &Actor, filter: Filter) -> Vec<Payout> {
    let mut work = books.works.read(actor.clone()).await.unwrap();
    list(&mut work, filter, Limit::new(200).unwrap(), Place::START)
        .await
        .unwrap()
}
