//! Payouts that take others back.

use beta_kit::db::{DbError, Tx};
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use crate::id::{PayoutId, UserId};
use crate::payouts::{Payout, ReversalReason};

// Its impressions are those of the payout it takes back: the sign is in `reverses`.
sql!(
    REVERSE,
    "insert into payouts (id, campaign_id, channel_id, assignment_id, rate_type, rate_e4, \
     currency, delivered_impressions, amount_minor, fee_minor, status, period_start, period_end, \
     created_at, updated_at, paid_at, paid_by, reverses, reversal_reason) \
     select $1, campaign_id, channel_id, assignment_id, rate_type, rate_e4, currency, \
     delivered_impressions, -amount_minor, $2, 'paid', period_start, period_end, \
     $3, $3, $3, $4, id, $5 from payouts \
     where id = $6 and status = 'paid' and reverses is null \
     on conflict do nothing"
);

/// False when it was taken back before.
pub(in crate::payouts) async fn reverse(
    tx: &mut Tx,
    (id, paid): (PayoutId, &Payout),
    reason: &ReversalReason,
    by: Option<UserId>,
    now: Timestamp,
) -> Result<bool, DbError> {
    let fee_minor = -paid.fee.minor();
    let args = args![id, fee_minor, now, by, reason.as_str(), paid.id];
    Ok(tx.run(&REVERSE, args).await? == 1)
}
