//! The SQL of payouts, and what it reads of assignments and settled deliveries.

mod lists;
mod plays;
mod reversals;

use beta_kit::db::{DbError, Row, Tx, Value};
use beta_kit::money::{Currency, Money};
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

pub(super) use lists::{find, list, list_current, parties};
pub(super) use plays::{add_plays, list_all_plays, list_days, list_plays};
pub(super) use reversals::reverse;

use super::earning::{Line, Paid, Pending, Plays, Standing};
use super::{PayoutStatus, Reference};
use crate::id::{CampaignId, PayoutId, UserId};

/// Whether the payout `p` is still worth something: neither a reversal nor reversed.
macro_rules! stands {
    () => {
        "p.reverses is null and not exists ( \
             select 1 from payouts r where r.reverses = p.id \
         )"
    };
}
pub(super) use stands;

// A play is new unless a paid payout that stands has it.
sql!(
    LIST_STANDINGS,
    concat!(
        "with ever as ( \
             select assignment_id, count(*) as payouts from payouts \
             where campaign_id = $1 and status = 'paid' and reverses is null \
             group by assignment_id \
         ), paid as ( \
             select p.assignment_id, cast(sum(p.delivered_impressions) as bigint) as impressions, \
             cast(sum(p.amount_minor) as bigint) as minor, \
             cast(sum(coalesce(p.fee_minor, case when p.rate_type = 'fixed' \
                 then p.amount_minor else 0 end)) as bigint) as fee_minor \
             from payouts p where p.campaign_id = $1 and p.status = 'paid' and ",
        stands!(),
        "    group by p.assignment_id \
         ), play as ( \
             select d.id, d.assignment_id, d.price_e7, d.completed_at, \
             case when exists ( \
                 select 1 from payout_plays pp join payouts p on p.id = pp.payout_id \
                 where pp.delivery_id = d.id and p.status = 'paid' and ",
        stands!(),
        "    ) then 0 else 1 end as is_new \
             from deliveries d where d.campaign_id = $1 and d.state = 'completed' \
         ), ranked as ( \
             select play.*, row_number() over ( \
                 partition by assignment_id order by is_new desc, completed_at desc, id desc \
             ) as place from play \
         ), settled as ( \
             select assignment_id, count(*) as plays, \
             cast(sum(price_e7) as bigint) as earned_e7, \
             max(case when is_new = 1 then completed_at end) as newest_unpaid_at, \
             max(case when is_new = 1 and place = 1 then price_e7 end) as newest_price_e7, \
             min(case when is_new = 1 then completed_at end) as first_unpaid_at \
             from ranked group by assignment_id \
         ) \
         select a.id, a.channel_id, a.cpm_rate_e4, a.fixed_fee_minor, a.fee_committed_e7, \
         (a.status = 'accepted' and (a.ended_at is null or a.fee_committed_e7 > 0)) as accepted, \
         coalesce(settled.plays, 0) as plays, coalesce(settled.earned_e7, 0) as earned_e7, \
         settled.newest_unpaid_at, settled.newest_price_e7, settled.first_unpaid_at, \
         coalesce(ever.payouts, 0) as paid_payouts, \
         coalesce(paid.impressions, 0) as paid_impressions, \
         coalesce(paid.minor, 0) as paid_minor, coalesce(paid.fee_minor, 0) as paid_fee_minor, \
         p.id as pending_id, p.rate_type, p.rate_e4, p.delivered_impressions, p.amount_minor, \
         p.fee_minor, p.period_start, p.period_end \
         from campaign_assignments a \
         left join settled on settled.assignment_id = a.id \
         left join paid on paid.assignment_id = a.id \
         left join ever on ever.assignment_id = a.id \
         left join payouts p on p.assignment_id = a.id and p.status = 'pending' \
         where a.campaign_id = $1 order by a.created_at, a.id"
    )
);

pub(super) async fn list_standings(
    tx: &mut Tx,
    id: CampaignId,
    currency: Currency,
) -> Result<Vec<Standing>, DbError> {
    let rows = tx.rows(&LIST_STANDINGS, args![id]).await?;
    rows.iter()
        .map(|row| read_standing(row, currency))
        .collect()
}

fn read_standing(row: &Row, currency: Currency) -> Result<Standing, DbError> {
    let pending: Option<PayoutId> = row.get("pending_id")?;
    let pending = match pending {
        Some(id) => Some(Pending {
            id,
            line: read_line(row)?,
        }),
        None => None,
    };
    Ok(Standing {
        assignment_id: row.get("id")?,
        channel_id: row.get("channel_id")?,
        cpm_rate_e4: row.get("cpm_rate_e4")?,
        fixed_fee_minor: row.get("fixed_fee_minor")?,
        // The ledger takes fees in whole minor units.
        fee_committed_minor: Money::from_e7(row.get("fee_committed_e7")?, currency).minor(),
        accepted: row.get("accepted")?,
        plays: Plays {
            count: row.get("plays")?,
            earned_e7: row.get("earned_e7")?,
            newest_price_e7: row.get("newest_price_e7")?,
            first_unpaid_at: row.get("first_unpaid_at")?,
            newest_unpaid_at: row.get("newest_unpaid_at")?,
        },
        paid: Paid {
            payouts: row.get("paid_payouts")?,
            impressions: row.get("paid_impressions")?,
            minor: row.get("paid_minor")?,
            fee_minor: row.get("paid_fee_minor")?,
        },
        pending,
    })
}

fn read_line(row: &Row) -> Result<Line, DbError> {
    Ok(Line {
        rate_type: row.get("rate_type")?,
        rate_e4: row.get("rate_e4")?,
        delivered_impressions: row.get("delivered_impressions")?,
        amount_minor: row.get("amount_minor")?,
        // Empty where it was written before fees were kept apart: then the next run writes it.
        fee_minor: row.get::<Option<i64>>("fee_minor")?.unwrap_or(0),
        period_start: row.get("period_start")?,
        period_end: row.get("period_end")?,
    })
}

const COLUMNS: &[&str] = &[
    "id",
    "campaign_id",
    "channel_id",
    "assignment_id",
    "rate_type",
    "rate_e4",
    "currency",
    "delivered_impressions",
    "amount_minor",
    "fee_minor",
    "status",
    "period_start",
    "period_end",
    "created_at",
    "updated_at",
];

pub(super) async fn open(
    tx: &mut Tx,
    campaign_id: CampaignId,
    currency: Currency,
    opened: Vec<(PayoutId, &Standing, Line)>,
    now: Timestamp,
) -> Result<(), DbError> {
    let row = |(id, standing, line): (PayoutId, &Standing, Line)| -> Vec<Value> {
        args![
            id,
            campaign_id,
            standing.channel_id,
            standing.assignment_id,
            line.rate_type,
            line.rate_e4,
            currency.as_str(),
            line.delivered_impressions,
            line.amount_minor,
            line.fee_minor,
            PayoutStatus::Pending,
            line.period_start,
            line.period_end,
            now,
            now,
        ]
    };
    tx.insert_many("payouts", COLUMNS, opened.into_iter().map(row).collect())
        .await
}

sql!(
    REWRITE,
    "update payouts set rate_type = $2, rate_e4 = $3, delivered_impressions = $4, \
     amount_minor = $5, period_start = $6, period_end = $7, updated_at = $8, fee_minor = $9 \
     where id = $1 and status = 'pending'"
);

pub(super) async fn rewrite(
    tx: &mut Tx,
    id: PayoutId,
    line: Line,
    now: Timestamp,
) -> Result<(), DbError> {
    let Line {
        rate_type,
        rate_e4,
        delivered_impressions,
        amount_minor,
        ..
    } = line;
    let args = args![
        id,
        rate_type,
        rate_e4,
        delivered_impressions,
        amount_minor,
        line.period_start,
        line.period_end,
        now,
        line.fee_minor,
    ];
    tx.run(&REWRITE, args).await?;
    Ok(())
}

sql!(
    MARK_PAID,
    "update payouts set status = 'paid', paid_at = $2, paid_by = $3, reference = $4, \
     updated_at = $2 where id = $1 and status = 'pending'"
);

/// False when it was paid before.
pub(super) async fn mark_paid(
    tx: &mut Tx,
    id: PayoutId,
    by: Option<UserId>,
    reference: Option<&Reference>,
    now: Timestamp,
) -> Result<bool, DbError> {
    let reference = reference.map(Reference::as_str);
    Ok(tx.run(&MARK_PAID, args![id, now, by, reference]).await? == 1)
}
