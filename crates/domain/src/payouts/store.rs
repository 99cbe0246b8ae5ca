//! The SQL of payouts, and what it reads of assignments and settled deliveries.

use beta_kit::db::{DbError, Row, Tx, Value, parse_column};
use beta_kit::money::{Currency, Decimal, Money};
use beta_kit::page::{Limit, Place};
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use super::earning::{Line, Paid, Pending, Plays, Standing};
use super::{Filter, Payout};
use crate::actor::Scope;
use crate::id::{CampaignId, PayoutId, UserId};

/// Decimals of a stored rate.
const RATE_SCALE: u32 = 4;

// Paid payouts cover the plays settled first; the first unpaid play follows them.
sql!(
    LIST_STANDINGS,
    "with paid as ( \
         select assignment_id, count(*) as payouts, \
         cast(sum(delivered_impressions) as bigint) as impressions, \
         cast(sum(amount_minor) as bigint) as minor \
         from payouts where campaign_id = $1 and status = 'paid' group by assignment_id \
     ), play as ( \
         select assignment_id, price_e7, completed_at, \
         row_number() over (partition by assignment_id order by completed_at, id) as place, \
         count(*) over (partition by assignment_id) as plays \
         from deliveries where campaign_id = $1 and state = 'completed' \
     ), settled as ( \
         select play.assignment_id, count(*) as plays, \
         cast(sum(price_e7) as bigint) as earned_e7, max(completed_at) as newest_at, \
         max(case when place = play.plays then price_e7 end) as newest_price_e7, \
         min(case when place > coalesce(paid.impressions, 0) then completed_at end) \
             as first_unpaid_at \
         from play left join paid on paid.assignment_id = play.assignment_id \
         group by play.assignment_id \
     ) \
     select a.id, a.channel_id, a.cpm_rate_e4, a.fixed_fee_minor, a.fee_committed_e7, \
     (a.status = 'accepted' and (a.ended_at is null or a.fee_committed_e7 > 0)) as accepted, \
     coalesce(settled.plays, 0) as plays, coalesce(settled.earned_e7, 0) as earned_e7, \
     settled.newest_at, settled.newest_price_e7, settled.first_unpaid_at, \
     coalesce(paid.payouts, 0) as paid_payouts, \
     coalesce(paid.impressions, 0) as paid_impressions, \
     coalesce(paid.minor, 0) as paid_minor, \
     p.id as pending_id, p.rate_type, p.rate_e4, p.delivered_impressions, p.amount_minor, \
     p.period_start, p.period_end \
     from campaign_assignments a \
     left join settled on settled.assignment_id = a.id \
     left join paid on paid.assignment_id = a.id \
     left join payouts p on p.assignment_id = a.id and p.status = 'pending' \
     where a.campaign_id = $1 order by a.created_at, a.id"
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
            newest_at: row.get("newest_at")?,
        },
        paid: Paid {
            payouts: row.get("paid_payouts")?,
            impressions: row.get("paid_impressions")?,
            minor: row.get("paid_minor")?,
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
            super::PayoutStatus::Pending,
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
     amount_minor = $5, period_start = $6, period_end = $7, updated_at = $8 \
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
    ];
    tx.run(&REWRITE, args).await?;
    Ok(())
}

sql!(
    LIST_CURRENT,
    "select * from ( \
         select p.*, a.created_at as assigned_at, row_number() over ( \
             partition by p.assignment_id \
             order by case when p.status = 'pending' then 0 else 1 end, p.paid_at desc, p.id desc \
         ) as place \
         from payouts p join campaign_assignments a on a.id = p.assignment_id \
         where p.campaign_id = $1 \
     ) ranked where place = 1 order by assigned_at, assignment_id"
);

/// The pending payout of each assignment, or its newest paid one.
pub(super) async fn list_current(tx: &mut Tx, id: CampaignId) -> Result<Vec<Payout>, DbError> {
    let rows = tx.rows(&LIST_CURRENT, args![id]).await?;
    rows.iter().map(read).collect()
}

sql!(
    FIND,
    "select p.* from payouts p join campaigns c on c.id = p.campaign_id \
     where p.id = $1 and ($2 or c.organization_id = $3)"
);

pub(super) async fn find(
    tx: &mut Tx,
    id: PayoutId,
    scope: Scope,
) -> Result<Option<Payout>, DbError> {
    let row = tx
        .row(&FIND, args![id, scope.is_all(), scope.organization()])
        .await?;
    row.as_ref().map(read).transpose()
}

sql!(
    MARK_PAID,
    "update payouts set status = 'paid', paid_at = $2, paid_by = $3, updated_at = $2 \
     where id = $1 and status = 'pending' returning *"
);

/// The payout as it is now; `None` when it was paid before.
pub(super) async fn mark_paid(
    tx: &mut Tx,
    id: PayoutId,
    by: Option<UserId>,
    now: Timestamp,
) -> Result<Option<Payout>, DbError> {
    let row = tx.row(&MARK_PAID, args![id, now, by]).await?;
    row.as_ref().map(read).transpose()
}

sql!(
    LIST,
    "select p.* from payouts p \
     join campaigns c on c.id = p.campaign_id \
     join channels ch on ch.id = p.channel_id \
     join streamer_profiles s on s.id = ch.streamer_profile_id \
     where ($1 or c.organization_id = $2 or c.brand_organization_id = $2 or s.user_id = $3) \
     and ($4 or p.campaign_id = $5) and ($6 or p.channel_id = $7) and ($8 or p.status = $9) \
     and (p.created_at, p.id) < ($10, $11) \
     order by p.created_at desc, p.id desc limit $12"
);

pub(super) async fn list(
    tx: &mut Tx,
    scope: Scope,
    filter: Filter,
    limit: Limit,
    after: Place,
) -> Result<Vec<Payout>, DbError> {
    let Filter {
        campaign_id,
        channel_id,
        status,
    } = filter;
    let args = args![
        scope.is_all(),
        scope.organization(),
        scope.streamer(),
        campaign_id.is_none(),
        campaign_id,
        channel_id.is_none(),
        channel_id,
        status.is_none(),
        status,
        after.at,
        after.id,
        limit.rows(),
    ];
    let rows = tx.rows(&LIST, args).await?;
    rows.iter().map(read).collect()
}

pub(super) fn read(row: &Row) -> Result<Payout, DbError> {
    Ok(Payout {
        id: row.get("id")?,
        campaign_id: row.get("campaign_id")?,
        channel_id: row.get("channel_id")?,
        rate_type: row.get("rate_type")?,
        rate: Decimal::from_scaled(row.get("rate_e4")?, RATE_SCALE),
        delivered_impressions: row.get("delivered_impressions")?,
        amount: Money::new(row.get("amount_minor")?, currency(row)?),
        status: row.get("status")?,
        period_start: row.get("period_start")?,
        period_end: row.get("period_end")?,
        created_at: row.get("created_at")?,
        paid_at: row.get("paid_at")?,
    })
}

fn currency(row: &Row) -> Result<Currency, DbError> {
    let column = "currency";
    let missing = || DbError::Column {
        column: column.into(),
        problem: "it is empty".into(),
    };
    parse_column(row, column)?.ok_or_else(missing)
}
