//! Taking a payment back: an entry of its own, so that what was paid stays as it is.

use serde_json::json;

use super::{Payout, PayoutError, PayoutStatus, ReversalReason, find, hold, store};
use crate::actor::Action;
use crate::audit::{self, Act};
use crate::id::PayoutId;
use crate::work::Work;

/// Takes a paid payout back: gives the payout for as much less than nothing. The next run pays
/// again what is due.
///
/// # Errors
/// [`PayoutError::NotPaid`], [`PayoutError::AlreadyReversed`], and [`PayoutError::IsReversal`].
pub async fn reverse(
    work: &mut Work,
    id: PayoutId,
    reason: &ReversalReason,
) -> Result<Payout, PayoutError> {
    // Whoever may say that money has left may say that it came back.
    work.may(Action::MarkPaid)?;
    let paid = hold(work, id).await?;
    if paid.status != PayoutStatus::Paid {
        return Err(PayoutError::NotPaid(id));
    }
    if paid.reverses.is_some() {
        return Err(PayoutError::IsReversal(id));
    }
    let (now, user) = (work.now, work.actor().user().map(|user| user.user_id));
    let new: PayoutId = work.mint();
    if !store::reverse(work.tx(), (new, &paid), reason, user, now).await? {
        return Err(PayoutError::AlreadyReversed(id));
    }
    let reversal = find(work, new).await?;
    let payload = json!({
        "campaignId": paid.campaign_id,
        "channelId": paid.channel_id,
        "amount": reversal.amount,
        "currency": reversal.amount.currency(),
        "reason": reason.as_str(),
        "before": { "reversedBy": null },
        "after": { "reversedBy": new },
    });
    let act = Act {
        action: "payout_reversed",
        entity_type: "payout",
        entity_id: id.to_string(),
        payload,
    };
    audit::record(work, act).await?;
    Ok(reversal)
}
