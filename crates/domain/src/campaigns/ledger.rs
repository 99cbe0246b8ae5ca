//! The ledger of a campaign: what is spent and what is set aside for plays that may still come.
//!
//! Spent and reserved together never pass the budget, and neither is ever less than nothing. Each
//! change is one conditional statement, or made while the ledger is held, so this holds under any
//! number of writers. Nobody else may write a ledger. Amounts are in ten-millionths of the currency's unit.

use std::collections::BTreeMap;

use beta_kit::db::{DbError, Tx};
use beta_kit::money::{Money, Price};

use super::Campaign;
use super::store::{assignments, ledgers};
use crate::id::{AssignmentId, CampaignId};

/// Where a campaign's money stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ledger {
    /// Owed for good.
    pub(crate) spent_e7: i64,
    /// Set aside for deliveries that are still open.
    pub(crate) reserved_e7: i64,
}

/// What became of a fixed fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FeeOutcome {
    /// There is none, or the ledger holds it already.
    NothingToDo,
    /// It is spent now.
    Committed(Ledger),
    /// The budget has no room for it; nothing changed.
    BudgetReached,
}

/// Reads the ledger and holds it until the transaction ends: whoever decides about the campaign's
/// money takes this lock first.
pub(crate) async fn lock_ledger(tx: &mut Tx, id: CampaignId) -> Result<Ledger, DbError> {
    ledgers::lock(tx, id).await
}

/// Sets the price of a play aside; `None` when the budget has no room for it.
pub(crate) async fn reserve(
    tx: &mut Tx,
    campaign: &Campaign,
    price: Price,
) -> Result<Option<Ledger>, DbError> {
    let ledger = ledgers::reserve(tx, campaign.id, price.e7(), campaign.budget_e7()).await?;
    Ok(ledger.inspect(|ledger| check(*ledger)))
}

/// What plays that ended do to the ledger of their campaign: of what was set aside for them, some
/// is owed now, and the rest is given back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) spent_e7: i64,
    pub(crate) released_e7: i64,
}

/// Settles and releases plays of several campaigns at once.
///
/// # Errors
/// [`DbError::NoRow`] when less than that is set aside: the caller ends a play twice.
pub(crate) async fn end_plays(
    tx: &mut Tx,
    ended: &BTreeMap<CampaignId, Ended>,
) -> Result<(), DbError> {
    if ended.is_empty() {
        return Ok(());
    }
    let held = ledgers::lock_many(tx, ended.keys().copied().collect()).await?;
    let mut changed = Vec::with_capacity(ended.len());
    for (id, ended) in ended {
        let set_aside = ended.spent_e7 + ended.released_e7;
        let ledger = held.get(id).filter(|held| held.reserved_e7 >= set_aside);
        let ledger = ledger.ok_or(DbError::NoRow {
            statement: "a ledger with as much set aside as plays end with",
        })?;
        let ledger = Ledger {
            spent_e7: ledger.spent_e7 + ended.spent_e7,
            reserved_e7: ledger.reserved_e7 - set_aside,
        };
        check(ledger);
        changed.push((*id, ledger));
    }
    ledgers::save_many(tx, changed).await
}

/// Spends the assignment's fixed fee, once: a second call does nothing unless the fee was raised,
/// and then spends the difference.
pub(crate) async fn commit_fee(
    tx: &mut Tx,
    campaign: &Campaign,
    assignment: AssignmentId,
) -> Result<FeeOutcome, DbError> {
    // The ledger first, as everybody else does, so that two writers never wait for each other.
    ledgers::lock(tx, campaign.id).await?;
    let fee = assignments::lock_fee(tx, assignment).await?;
    let Some(agreed) = fee.agreed_minor else {
        return Ok(FeeOutcome::NothingToDo);
    };
    let agreed = Money::new(agreed, campaign.budget.currency());
    let agreed_e7 = agreed.to_e7().expect("a stored fee fits the ledger");
    let missing_e7 = agreed_e7 - fee.committed_e7;
    if missing_e7 <= 0 {
        return Ok(FeeOutcome::NothingToDo);
    }
    let spent = ledgers::spend(tx, campaign.id, missing_e7, campaign.budget_e7()).await?;
    let Some(ledger) = spent else {
        return Ok(FeeOutcome::BudgetReached);
    };
    check(ledger);
    assignments::set_fee(tx, assignment, agreed_e7).await?;
    Ok(FeeOutcome::Committed(ledger))
}

/// What the statements and the table's own checks promise.
fn check(ledger: Ledger) {
    assert!(
        ledger.spent_e7 >= 0 && ledger.reserved_e7 >= 0,
        "a ledger never owes itself"
    );
}
