//! Payouts as they are told.

use beta_kit::db::{DbError, Row, Tx, parse_column};
use beta_kit::money::{Currency, Decimal, Money};
use beta_kit::page::{Limit, Place};
use beta_kit::{args, sql};

use crate::actor::Scope;
use crate::id::{CampaignId, PayoutId};
use crate::payouts::{Filter, Parties, Payout, RateType};

/// Decimals of a stored rate.
const RATE_SCALE: u32 = 4;

/// The payouts `p` that a scope sees: all, those of an organisation, those of a streamer.
macro_rules! told {
    () => {
        "select p.*, (select r.id from payouts r where r.reverses = p.id) as reversed_by \
         from payouts p join campaigns c on c.id = p.campaign_id \
         join channels ch on ch.id = p.channel_id \
         join streamer_profiles s on s.id = ch.streamer_profile_id \
         where ($1 or c.organization_id = $2 or c.brand_organization_id = $2 or s.user_id = $3) "
    };
}

sql!(
    LIST_CURRENT,
    "select ranked.*, (select r.id from payouts r where r.reverses = ranked.id) as reversed_by \
     from ( \
         select p.*, a.created_at as assigned_at, row_number() over ( \
             partition by p.assignment_id \
             order by case when p.status = 'pending' then 0 else 1 end, p.paid_at desc, p.id desc \
         ) as place \
         from payouts p join campaign_assignments a on a.id = p.assignment_id \
         where p.campaign_id = $1 and p.reverses is null \
     ) ranked where place = 1 order by assigned_at, assignment_id"
);

/// The pending payout of each assignment, or its newest paid one.
pub(in crate::payouts) async fn list_current(
    tx: &mut Tx,
    id: CampaignId,
) -> Result<Vec<Payout>, DbError> {
    let rows = tx.rows(&LIST_CURRENT, args![id]).await?;
    rows.iter().map(read).collect()
}

sql!(
    PARTIES,
    "select s.display_name, ch.twitch_channel_name, c.name, c.advertiser from payouts p \
     join campaigns c on c.id = p.campaign_id \
     join channels ch on ch.id = p.channel_id \
     join streamer_profiles s on s.id = ch.streamer_profile_id where p.id = $1"
);

/// Who is paid by whom with a payout that is there.
pub(in crate::payouts) async fn parties(tx: &mut Tx, id: PayoutId) -> Result<Parties, DbError> {
    let row = tx.one(&PARTIES, args![id]).await?;
    Ok(Parties {
        payee: row.get("display_name")?,
        channel: row.get("twitch_channel_name")?,
        campaign: row.get("name")?,
        advertiser: row.get("advertiser")?,
    })
}

sql!(FIND, concat!(told!(), "and p.id = $4"));

pub(in crate::payouts) async fn find(
    tx: &mut Tx,
    id: PayoutId,
    scope: Scope,
) -> Result<Option<Payout>, DbError> {
    let args = args![scope.is_all(), scope.organization(), scope.streamer(), id];
    let row = tx.row(&FIND, args).await?;
    row.as_ref().map(read).transpose()
}

sql!(
    LIST,
    concat!(
        told!(),
        "and ($4 or p.campaign_id = $5) and ($6 or p.channel_id = $7) and ($8 or p.status = $9) \
         and (p.created_at, p.id) < ($10, $11) \
         order by p.created_at desc, p.id desc limit $12"
    )
);

pub(in crate::payouts) async fn list(
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

fn read(row: &Row) -> Result<Payout, DbError> {
    let currency = currency(row)?;
    let rate_type: RateType = row.get("rate_type")?;
    let (impressions, amount_minor): (i64, i64) =
        (row.get("delivered_impressions")?, row.get("amount_minor")?);
    let reverses: Option<PayoutId> = row.get("reverses")?;
    let fee_minor = match (row.get::<Option<i64>>("fee_minor")?, rate_type) {
        (Some(fee_minor), _) => fee_minor,
        (None, RateType::Fixed) => amount_minor,
        (None, RateType::Cpm) => 0,
    };
    Ok(Payout {
        id: row.get("id")?,
        campaign_id: row.get("campaign_id")?,
        channel_id: row.get("channel_id")?,
        rate_type,
        rate: Decimal::from_scaled(row.get("rate_e4")?, RATE_SCALE),
        delivered_impressions: if reverses.is_some() {
            -impressions
        } else {
            impressions
        },
        amount: Money::new(amount_minor, currency),
        fee: Money::new(fee_minor, currency),
        status: row.get("status")?,
        period_start: row.get("period_start")?,
        period_end: row.get("period_end")?,
        created_at: row.get("created_at")?,
        paid_at: row.get("paid_at")?,
        reference: row.get("reference")?,
        reverses,
        reversed_by: row.get("reversed_by")?,
        reversal_reason: row.get("reversal_reason")?,
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
