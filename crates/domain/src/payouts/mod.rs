//! What streamers are owed and what they were paid: a ledger.
//!
//! Each assignment has at most one pending payout, for what is in no paid one yet, and each payout
//! keeps the plays it pays. What was paid by mistake is taken back by a payout of its own. It reads
//! the assignments and the settled deliveries with SQL of its own and writes payouts only.
//! It must never change a paid payout, and never look at anything but settled plays and fees.

mod payout;
mod earning;
mod statement;
mod reversing;
mod store;
#[cfg(test)]
mod tests;

use beta_kit::db::DbError;
use beta_kit::money::{Currency, Money};
use beta_kit::page::{Limit, Place};
use serde_json::{Value, json};

pub use payout::{Payout, PayoutStatus, RateType, Reference, ReversalReason};
pub use reversing::reverse;
pub use statement::{
    DayOfPlays, Itemized, LineKind, PLAYS_MAX, PaidPlay, Parties, Statement, StatementLine,
    itemized, list_plays, statement,
};

use crate::actor::{Action, Denied};
use crate::audit::{self, Act};
use crate::campaigns::{self, Campaign, FeeOutcome};
use crate::id::{CampaignId, ChannelId, PayoutId};
use crate::work::Work;
use earning::{Standing, Terms};

/// Why nothing was paid.
#[derive(Debug, thiserror::Error)]
pub enum PayoutError {
    /// The role may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such campaign for this actor.
    #[error("no campaign {0}")]
    CampaignNotFound(CampaignId),
    /// There is no such payout for this actor.
    #[error("no payout {0}")]
    NotFound(PayoutId),
    /// It was paid before.
    #[error("payout {0} is already paid")]
    AlreadyPaid(PayoutId),
    /// It is not paid yet, so that there is nothing to take back.
    #[error("payout {0} is not paid")]
    NotPaid(PayoutId),
    /// It was taken back before.
    #[error("payout {0} is already reversed")]
    AlreadyReversed(PayoutId),
    /// It takes another back itself.
    #[error("payout {0} is a reversal")]
    IsReversal(PayoutId),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Which payouts to list. An empty field asks for nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Those of one campaign.
    pub campaign_id: Option<CampaignId>,
    /// Those of one channel.
    pub channel_id: Option<ChannelId>,
    /// Those in one state.
    pub status: Option<PayoutStatus>,
}

/// Works out what every assignment of the campaign is owed.
///
/// Gives one payout per assignment, in the order in which they were made: the pending one, or the
/// newest paid one where everything is paid. An assignment that never had a payout gets one, even
/// if it is for nothing. Running it again without anything new changes nothing.
pub async fn run(work: &mut Work, campaign_id: CampaignId) -> Result<Vec<Payout>, PayoutError> {
    work.may(Action::RunPayouts)?;
    let scope = work.actor().scope();
    let campaign = campaigns::find_campaign(work.tx(), scope, campaign_id).await?;
    let campaign = campaign.ok_or(PayoutError::CampaignNotFound(campaign_id))?;
    // Whoever may change what is owed takes this lock first.
    campaigns::lock_ledger(work.tx(), campaign_id).await?;
    let held = campaigns::find_campaign(work.tx(), scope, campaign_id).await?;
    let campaign = held.unwrap_or(campaign);
    let terms = Terms::of(&campaign);
    let mut standings = store::list_standings(work.tx(), campaign_id, terms.currency).await?;
    commit_fees(work, &campaign, &terms, &mut standings).await?;
    let changed = write_lines(work, campaign_id, &terms, &standings).await?;
    let payouts = store::list_current(work.tx(), campaign_id).await?;
    let was_pending = standings.iter().filter_map(|standing| {
        let pending = standing.pending.as_ref()?;
        Some(pending.line.amount_minor)
    });
    let is_pending = payouts
        .iter()
        .filter(|payout| payout.status == PayoutStatus::Pending)
        .map(|payout| payout.amount.minor());
    let payload = json!({
        "count": payouts.len(),
        "changed": changed,
        "before": pending(was_pending, terms.currency),
        "after": pending(is_pending, terms.currency),
    });
    let act = Act {
        action: "payouts_run",
        entity_type: "campaign",
        entity_id: campaign_id.to_string(),
        payload,
    };
    audit::record(work, act).await?;
    Ok(payouts)
}

/// What the audit log says of pending payouts.
fn pending(amounts_minor: impl Iterator<Item = i64>, currency: Currency) -> Value {
    let (mut payouts, mut amount_minor) = (0, 0);
    for amount in amounts_minor {
        payouts += 1;
        amount_minor += amount;
    }
    json!({ "pendingPayouts": payouts, "pendingAmount": Money::new(amount_minor, currency) })
}

/// Has the campaign's ledger take due fees that no lease took; where the budget has no room for
/// one, it is not owed.
async fn commit_fees(
    work: &mut Work,
    campaign: &Campaign,
    terms: &Terms,
    standings: &mut [Standing],
) -> Result<(), PayoutError> {
    for standing in standings {
        if !standing.fee_is_due(terms) {
            continue;
        }
        let assignment = standing.assignment_id;
        match campaigns::commit_fee(work.tx(), campaign, assignment).await? {
            FeeOutcome::Committed(_) => standing.fee_committed_minor = standing.fee_minor(),
            FeeOutcome::NothingToDo | FeeOutcome::BudgetReached => {}
        }
    }
    Ok(())
}

/// Opens or rewrites the pending payouts; returns how many say something new.
async fn write_lines(
    work: &mut Work,
    campaign_id: CampaignId,
    terms: &Terms,
    standings: &[Standing],
) -> Result<usize, PayoutError> {
    let now = work.now;
    let mut opened = Vec::new();
    let (mut changed, mut added) = (0, 0);
    for (standing, line) in standings.iter().zip(earning::lines(terms, standings)) {
        match (&standing.pending, line) {
            (Some(pending), Some(line)) if pending.line != line => {
                added += line.delivered_impressions - pending.line.delivered_impressions;
                store::rewrite(work.tx(), pending.id, line, now).await?;
                changed += 1;
            }
            (None, Some(line)) => {
                added += line.delivered_impressions;
                opened.push((work.mint(), standing, line));
            }
            (Some(_), _) | (None, None) => {}
        }
    }
    changed += opened.len();
    store::open(work.tx(), campaign_id, terms.currency, opened, now).await?;
    let put_in = store::add_plays(work.tx(), campaign_id).await?;
    assert_eq!(
        i64::try_from(put_in),
        Ok(added),
        "every new play is in one payout"
    );
    Ok(changed)
}

/// Says that the payout has left, and what the payment is called where it was made. From now on
/// nothing changes it.
///
/// # Errors
/// [`PayoutError::AlreadyPaid`] when somebody said so before.
pub async fn mark_paid(
    work: &mut Work,
    id: PayoutId,
    reference: Option<&Reference>,
) -> Result<Payout, PayoutError> {
    work.may(Action::MarkPaid)?;
    let payout = hold(work, id).await?;
    let (now, user) = (work.now, work.actor().user().map(|user| user.user_id));
    if !store::mark_paid(work.tx(), id, user, reference, now).await? {
        return Err(PayoutError::AlreadyPaid(id));
    }
    let paid = find(work, payout.id).await?;
    let payload = json!({
        "campaignId": paid.campaign_id,
        "channelId": paid.channel_id,
        "amount": paid.amount,
        "currency": paid.amount.currency(),
        "before": { "status": PayoutStatus::Pending, "paidAt": null, "reference": null },
        "after": {
            "status": paid.status, "paidAt": paid.paid_at, "reference": paid.reference,
        },
    });
    let act = Act {
        action: "payout_paid",
        entity_type: "payout",
        entity_id: id.to_string(),
        payload,
    };
    audit::record(work, act).await?;
    Ok(paid)
}

/// The payout, as far as the actor may see it.
async fn find(work: &mut Work, id: PayoutId) -> Result<Payout, PayoutError> {
    let scope = work.actor().scope();
    let found = store::find(work.tx(), id, scope).await?;
    found.ok_or(PayoutError::NotFound(id))
}

/// The same, held until the work ends: whoever changes what is owed holds the campaign's ledger.
async fn hold(work: &mut Work, id: PayoutId) -> Result<Payout, PayoutError> {
    let seen = find(work, id).await?;
    campaigns::lock_ledger(work.tx(), seen.campaign_id).await?;
    find(work, id).await
}

/// The payouts behind `after` that the actor may see, newest first.
pub async fn list(
    work: &mut Work,
    filter: Filter,
    limit: Limit,
    after: Place,
) -> Result<Vec<Payout>, PayoutError> {
    work.may(Action::ReadPayouts)?;
    let scope = work.actor().scope();
    Ok(store::list(work.tx(), scope, filter, limit, after).await?)
}
