//! The verbs that change and review creatives. Each holds the campaign's ledger first, as a lease
//! does: what may no longer be shown is not leased from that moment on.

use beta_kit::version::Version;
use serde_json::json;

use super::booking::hold_own as hold_campaign;
use super::changes::{Editor, told_creative};
use super::history::changed;
use super::store::creatives;
use super::uploads::{find_own, record};
use super::{
    ApprovalStatus, Campaign, CampaignError, CampaignStatus, Creative, CreativeChanges, Decision,
    Review,
};
use crate::actor::Action;
use crate::id::CreativeId;
use crate::work::Work;

/// Changes the creative, if it is still in the state `expected`. What is the same already is no
/// change. What an agency changes after a review waits for the next one.
pub async fn change_creative(
    work: &mut Work,
    id: CreativeId,
    expected: Option<Version>,
    changes: CreativeChanges,
) -> Result<Creative, CampaignError> {
    work.may(Action::UpdateCreative)?;
    let (before, campaign) = hold_own(work, id, expected).await?;
    if campaign.status == CampaignStatus::Completed {
        return Err(CampaignError::Completed);
    }
    let after = changes.apply(&before, Editor::of(work.actor()))?;
    let Some(change) = changed(&told_creative(&before), &told_creative(&after)) else {
        return Ok(before);
    };
    let now = work.now;
    let after = creatives::change(work.tx(), &after, now).await?;
    let payload = json!({
        "campaignId": after.campaign_id,
        "before": change.before,
        "after": change.after,
    });
    record(work, "creative_updated", id, payload).await?;
    Ok(after)
}

/// Decides whether the creative may be shown, if it is still in the state `expected`. Deciding the
/// same again changes nothing.
pub async fn review(
    work: &mut Work,
    id: CreativeId,
    expected: Option<Version>,
    review: Review,
) -> Result<Creative, CampaignError> {
    work.may(Action::ReviewCreative)?;
    let (before, _) = hold_own(work, id, expected).await?;
    if review.decision == Decision::Rejected && review.reason.is_none() {
        return Err(CampaignError::ReasonRequired);
    }
    let user_id = work.actor().user().map(|user| user.user_id);
    if user_id.is_some() && user_id == before.uploaded_by {
        return Err(CampaignError::OwnUpload);
    }
    let (from, to) = (
        before.approval_status,
        ApprovalStatus::from(review.decision),
    );
    if from == ApprovalStatus::Draft {
        return Err(CampaignError::CreativeCannotBecome { from, to });
    }
    let says_the_same = match &review.reason {
        Some(reason) => before.review_reason.as_deref() == Some(reason.as_str()),
        None => true,
    };
    if from == to && says_the_same {
        return Ok(before);
    }
    let now = work.now;
    let after = creatives::review(work.tx(), id, &review, now).await?;
    let payload = json!({
        "campaignId": after.campaign_id,
        "from": from,
        "to": to,
        "reason": after.review_reason,
        "before": { "approvalStatus": from, "reviewReason": before.review_reason },
        "after": { "approvalStatus": to, "reviewReason": after.review_reason },
    });
    record(work, "creative_reviewed", id, payload).await?;
    Ok(after)
}

/// The creative as it is now, with its campaign held.
async fn hold_own(
    work: &mut Work,
    id: CreativeId,
    expected: Option<Version>,
) -> Result<(Creative, Campaign), CampaignError> {
    let campaign_id = find_own(work, id).await?.campaign_id;
    let (campaign, _) = hold_campaign(work, campaign_id).await?;
    let creative = find_own(work, id).await?;
    if creative.version.meets(expected) {
        Ok((creative, campaign))
    } else {
        Err(CampaignError::Stale {
            current: creative.version,
        })
    }
}
