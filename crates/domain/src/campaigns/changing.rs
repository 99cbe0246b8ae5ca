//! The verbs that move and change a campaign.
//!
//! Each holds the campaign's ledger first, as a lease does: what a change decides about is what
//! every later lease sees, and no lease is given on what was before.

use beta_kit::money::Money;
use beta_kit::version::Version;
use serde_json::json;

use super::booking::{check_brand, hold_own, record};
use super::changes::{CampaignField, Editor, check_change, differing, told};
use super::store::{campaigns, ledgers};
use super::{Campaign, CampaignChanges, CampaignError, CampaignStatus, Ledger, Reason};
use crate::actor::Action;
use crate::id::CampaignId;
use crate::work::Work;

/// Moves the campaign to another state.
pub async fn set_status(
    work: &mut Work,
    id: CampaignId,
    to: CampaignStatus,
    reason: Option<Reason>,
) -> Result<Campaign, CampaignError> {
    work.may(Action::SetCampaignStatus)?;
    let (before, _) = hold_own(work, id).await?;
    check_move(Editor::of(work.actor()), before.status, to)?;
    if to == CampaignStatus::Rejected && reason.is_none() {
        return Err(CampaignError::ReasonRequired);
    }
    let now = work.now;
    let mut after = campaigns::move_to(work.tx(), id, to, now).await?;
    if to.needs_approval() {
        after = campaigns::judge(work.tx(), id, reason.as_ref()).await?;
    }
    let payload = json!({
        "from": before.status,
        "to": to,
        "reason": reason.as_ref().map(Reason::as_str),
        "before": { "status": before.status, "reviewReason": before.review_reason },
        "after": { "status": after.status, "reviewReason": after.review_reason },
    });
    record(work, "campaign_status_changed", id, payload).await?;
    Ok(after)
}

/// Refuses a move that is not the editor's to make, or that no campaign makes.
pub(super) fn check_move(
    editor: Editor,
    from: CampaignStatus,
    to: CampaignStatus,
) -> Result<(), CampaignError> {
    if editor == Editor::Agency && to.needs_approval() {
        return Err(CampaignError::ApprovalRequired {
            status: to.as_str(),
        });
    }
    if !from.can_become(to) {
        return Err(CampaignError::CannotBecome { from, to });
    }
    Ok(())
}

/// Changes the campaign, if it is still in the state `expected`. What is the same already is no
/// change.
pub async fn change(
    work: &mut Work,
    id: CampaignId,
    expected: Option<Version>,
    changes: CampaignChanges,
) -> Result<Campaign, CampaignError> {
    work.may(Action::UpdateCampaign)?;
    let (before, ledger) = hold_own(work, id).await?;
    if !before.version.meets(expected) {
        return Err(CampaignError::Stale {
            current: before.version,
        });
    }
    let after = changes.apply(&before)?;
    let fields = differing(&before, &after);
    let was_shown = ledgers::was_leased(work.tx(), id).await?;
    check_change(before.status, Editor::of(work.actor()), was_shown, &fields)?;
    if fields.is_empty() {
        return Ok(before);
    }
    check_committed(&after, ledger)?;
    if let Some(brand) = after.brand_organization_id
        && fields.contains(&CampaignField::Brand)
    {
        check_brand(work, brand).await?;
    }
    let now = work.now;
    let after = campaigns::change(work.tx(), &after, now).await?;
    let payload = json!({ "before": told(&before, &fields), "after": told(&after, &fields) });
    record(work, "campaign_updated", id, payload).await?;
    Ok(after)
}

/// Refuses a budget that is less than what is spent and set aside.
fn check_committed(campaign: &Campaign, ledger: Ledger) -> Result<(), CampaignError> {
    let committed_e7 = ledger.spent_e7 + ledger.reserved_e7;
    if campaign.budget_e7() >= committed_e7 {
        return Ok(());
    }
    let currency = campaign.budget.currency();
    let near = Money::from_e7(committed_e7, currency);
    let is_short = near.to_e7().is_ok_and(|e7| e7 < committed_e7);
    let committed = Money::new(near.minor() + i64::from(is_short), currency);
    Err(CampaignError::BudgetBelowCommitted { committed })
}
