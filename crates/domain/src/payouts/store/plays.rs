//! The plays behind payouts.

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::page::{Limit, Place};
use beta_kit::time::{Day, Timestamp};
use beta_kit::{args, sql};

use super::stands;
use crate::id::{CampaignId, PayoutId};
use crate::payouts::statement::{DayOfPlays, PaidPlay};

sql!(
    ADD_PLAYS,
    concat!(
        "insert into payout_plays (payout_id, delivery_id, settled_at, price_e7) \
         select pending.id, d.id, d.completed_at, d.price_e7 from payouts pending \
         join deliveries d on d.assignment_id = pending.assignment_id and d.state = 'completed' \
         where pending.campaign_id = $1 and pending.status = 'pending' and not exists ( \
             select 1 from payout_plays pp join payouts p on p.id = pp.payout_id \
             where pp.delivery_id = d.id and ",
        stands!(),
        ")"
    )
);

/// Puts the settled plays of the campaign that no payout has into the pending ones; gives how many
/// there were.
pub(in crate::payouts) async fn add_plays(tx: &mut Tx, id: CampaignId) -> Result<u64, DbError> {
    tx.run(&ADD_PLAYS, args![id]).await
}

// The engines cut times into days in words of their own: a day is asked for by its two ends.
sql!(
    LIST_PRICES,
    "select price_e7, count(*) as plays from payout_plays \
     where payout_id = $1 and settled_at >= $2 and settled_at < $3 \
     group by price_e7 order by price_e7"
);

sql!(
    NEXT_PLAY,
    "select settled_at from payout_plays where payout_id = $1 and settled_at >= $2 \
     order by settled_at limit 1"
);

/// The plays of a payout by UTC day and price, in order.
pub(in crate::payouts) async fn list_days(
    tx: &mut Tx,
    id: PayoutId,
) -> Result<Vec<DayOfPlays>, DbError> {
    let mut days = Vec::new();
    let mut from = Day::from_epoch_days(0).start();
    while let Some(row) = tx.row(&NEXT_PLAY, args![id, from]).await? {
        let next: Timestamp = row.get("settled_at")?;
        let day = next.day();
        let until = Day::from_epoch_days(day.epoch_days() + 1).start();
        for row in tx.rows(&LIST_PRICES, args![id, day.start(), until]).await? {
            days.push(DayOfPlays {
                day,
                price_e7: row.get("price_e7")?,
                impressions: row.get("plays")?,
            });
        }
        from = until;
    }
    Ok(days)
}

sql!(
    LIST_PLAYS,
    "select pp.delivery_id, pp.settled_at, pp.price_e7, d.creative_id, d.session_id, \
     d.duration_sec, d.evidence_level, cr.format \
     from payout_plays pp join deliveries d on d.id = pp.delivery_id \
     join creatives cr on cr.id = d.creative_id \
     where pp.payout_id = $1 and (pp.settled_at, pp.delivery_id) < ($2, $3) \
     order by pp.settled_at desc, pp.delivery_id desc limit $4"
);

/// The plays of a payout, the newest first.
pub(in crate::payouts) async fn list_plays(
    tx: &mut Tx,
    id: PayoutId,
    limit: Limit,
    after: Place,
) -> Result<Vec<PaidPlay>, DbError> {
    let args = args![id, after.at, after.id, limit.rows()];
    let rows = tx.rows(&LIST_PLAYS, args).await?;
    rows.iter().map(read_play).collect()
}

sql!(
    LIST_ALL_PLAYS,
    "select pp.delivery_id, pp.settled_at, pp.price_e7, d.creative_id, d.session_id, \
     d.duration_sec, d.evidence_level, cr.format \
     from payout_plays pp join deliveries d on d.id = pp.delivery_id \
     join creatives cr on cr.id = d.creative_id \
     where pp.payout_id = $1 order by pp.settled_at, pp.delivery_id limit $2"
);

/// The first plays of a payout, the oldest first.
pub(in crate::payouts) async fn list_all_plays(
    tx: &mut Tx,
    id: PayoutId,
    limit: i64,
) -> Result<Vec<PaidPlay>, DbError> {
    let rows = tx.rows(&LIST_ALL_PLAYS, args![id, limit]).await?;
    rows.iter().map(read_play).collect()
}

fn read_play(row: &Row) -> Result<PaidPlay, DbError> {
    Ok(PaidPlay {
        delivery_id: row.get("delivery_id")?,
        creative_id: row.get("creative_id")?,
        format: row.get("format")?,
        session_id: row.get("session_id")?,
        completed_at: row.get("settled_at")?,
        duration_sec: row.get("duration_sec")?,
        evidence_level: row.get("evidence_level")?,
        price_e7: row.get("price_e7")?,
    })
}
