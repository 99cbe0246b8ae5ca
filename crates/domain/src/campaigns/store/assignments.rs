//! The SQL of assignments.

use beta_kit::db::{DbError, Row, Tx, parse_column};
use beta_kit::money::{CpmRate, Money};
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use super::{Visible, broken, currency};
use crate::campaigns::assignment::Terms;
use crate::campaigns::{Assignment, AssignmentStatus, Campaign, LinkCode};
use crate::id::{AssignmentId, CampaignId, ChannelId};

sql!(
    UPSERT,
    "insert into campaign_assignments as a (id, campaign_id, channel_id, cpm_rate_e4, \
     fixed_fee_minor, status, created_at, updated_at, link_code) \
     values ($1, $2, $3, $4, $5, $6, $7, $7, $8) \
     on conflict (campaign_id, channel_id) do update set \
     cpm_rate_e4 = coalesce(excluded.cpm_rate_e4, a.cpm_rate_e4), \
     fixed_fee_minor = coalesce(excluded.fixed_fee_minor, a.fixed_fee_minor), \
     status = excluded.status, ended_at = null, updated_at = excluded.updated_at, \
     link_code = coalesce(a.link_code, excluded.link_code) \
     returning *"
);

/// A channel that a campaign gets.
#[derive(Clone, Debug)]
pub(in crate::campaigns) struct Assigned {
    pub(in crate::campaigns) id: AssignmentId,
    pub(in crate::campaigns) channel_id: ChannelId,
    pub(in crate::campaigns) status: AssignmentStatus,
    /// For a channel that has no short link of the campaign yet.
    pub(in crate::campaigns) link_code: LinkCode,
}

/// Assigns the channel, or changes what was agreed about it.
pub(in crate::campaigns) async fn upsert(
    tx: &mut Tx,
    campaign: &Campaign,
    assigned: Assigned,
    terms: Terms,
    now: Timestamp,
) -> Result<Assignment, DbError> {
    let args = args![
        assigned.id,
        campaign.id,
        assigned.channel_id,
        terms.cpm_rate.map(CpmRate::e4),
        terms.fixed_fee.map(Money::minor),
        assigned.status,
        now,
        assigned.link_code.as_str(),
    ];
    let row = tx.one(&UPSERT, args).await?;
    read(&row, |minor| {
        Ok(Money::new(minor, campaign.budget.currency()))
    })
}

sql!(
    OF_CAMPAIGNS,
    "select a.*, c.currency from campaign_assignments a join campaigns c on c.id = a.campaign_id \
     where a.campaign_id = any($1) and a.ended_at is null order by a.created_at, a.id"
);

/// The assignments of these campaigns, oldest first.
pub(in crate::campaigns) async fn of_campaigns(
    tx: &mut Tx,
    ids: Vec<CampaignId>,
) -> Result<Vec<Assignment>, DbError> {
    tx.rows(&OF_CAMPAIGNS, args![ids])
        .await?
        .iter()
        .map(read_joined)
        .collect()
}

sql!(
    NEWEST,
    "select a.*, c.currency from campaign_assignments a join campaigns c on c.id = a.campaign_id \
     where a.channel_id = $1 and a.ended_at is null \
     and ($2 or c.organization_id = $3 or c.brand_organization_id = $3) \
     order by a.created_at desc, a.id desc limit 1"
);

/// The newest assignment of the channel among the campaigns that may be seen.
pub(in crate::campaigns) async fn newest(
    tx: &mut Tx,
    visible: Visible,
    channel_id: ChannelId,
) -> Result<Option<Assignment>, DbError> {
    let Visible {
        everything,
        organization,
    } = visible;
    let row = tx
        .row(&NEWEST, args![channel_id, everything, organization])
        .await?;
    row.as_ref().map(read_joined).transpose()
}

sql!(
    FIND,
    "select a.*, c.currency from campaign_assignments a join campaigns c on c.id = a.campaign_id \
     where a.channel_id = $1 and a.campaign_id = $2 and a.ended_at is null"
);

/// The assignment of the channel to this campaign.
pub(in crate::campaigns) async fn find(
    tx: &mut Tx,
    channel_id: ChannelId,
    campaign_id: CampaignId,
) -> Result<Option<Assignment>, DbError> {
    let row = tx.row(&FIND, args![channel_id, campaign_id]).await?;
    row.as_ref().map(read_joined).transpose()
}

sql!(
    HOLD,
    "select a.*, (select currency from campaigns c where c.id = a.campaign_id) as currency \
     from campaign_assignments a where a.campaign_id = $1 and a.channel_id = $2 for update"
);

/// The assignment of the channel to this campaign, ended or not, held until the work ends.
pub(in crate::campaigns) async fn hold(
    tx: &mut Tx,
    campaign_id: CampaignId,
    channel_id: ChannelId,
) -> Result<Option<Assignment>, DbError> {
    let row = tx.row(&HOLD, args![campaign_id, channel_id]).await?;
    row.as_ref().map(read_joined).transpose()
}

sql!(
    END,
    "update campaign_assignments set ended_at = $2, updated_at = $2 where id = $1"
);

/// Ends an assignment that is held. The row stays: money depends on it.
pub(in crate::campaigns) async fn end(
    tx: &mut Tx,
    id: AssignmentId,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.run(&END, args![id, now]).await?;
    Ok(())
}

sql!(
    COUNT,
    "select count(*) as assignments from campaign_assignments \
     where campaign_id = $1 and ended_at is null"
);

pub(in crate::campaigns) async fn count(tx: &mut Tx, id: CampaignId) -> Result<i64, DbError> {
    tx.one(&COUNT, args![id]).await?.get("assignments")
}

sql!(
    LOCK_FEE,
    "select fixed_fee_minor, fee_committed_e7 from campaign_assignments where id = $1 for update"
);

/// The agreed fee in minor units, and how much of it the ledger already holds.
#[derive(Clone, Copy, Debug)]
pub(in crate::campaigns) struct Fee {
    pub(in crate::campaigns) agreed_minor: Option<i64>,
    pub(in crate::campaigns) committed_e7: i64,
}

pub(in crate::campaigns) async fn lock_fee(tx: &mut Tx, id: AssignmentId) -> Result<Fee, DbError> {
    let row = tx.one(&LOCK_FEE, args![id]).await?;
    Ok(Fee {
        agreed_minor: row.get("fixed_fee_minor")?,
        committed_e7: row.get("fee_committed_e7")?,
    })
}

sql!(
    SET_FEE,
    "update campaign_assignments set fee_committed_e7 = $2 where id = $1"
);

pub(in crate::campaigns) async fn set_fee(
    tx: &mut Tx,
    id: AssignmentId,
    committed_e7: i64,
) -> Result<(), DbError> {
    tx.run(&SET_FEE, args![id, committed_e7]).await?;
    Ok(())
}

pub(super) fn read_joined(row: &Row) -> Result<Assignment, DbError> {
    read(row, |minor| Ok(Money::new(minor, currency(row)?)))
}

fn read(row: &Row, money: impl Fn(i64) -> Result<Money, DbError>) -> Result<Assignment, DbError> {
    let rate: Option<i64> = row.get("cpm_rate_e4")?;
    let fee: Option<i64> = row.get("fixed_fee_minor")?;
    let rate = rate.map(CpmRate::from_e4).transpose();
    Ok(Assignment {
        id: row.get("id")?,
        campaign_id: row.get("campaign_id")?,
        channel_id: row.get("channel_id")?,
        cpm_rate: rate.map_err(|problem| broken("cpm_rate_e4", &problem))?,
        fixed_fee: fee.map(money).transpose()?,
        status: row.get("status")?,
        ended_at: row.get("ended_at")?,
        decline_reason: row.get("decline_reason")?,
        link_code: parse_column(row, "link_code")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

sql!(
    PAIRS,
    "select channel_id, campaign_id from campaign_assignments \
     where campaign_id = any($1) and channel_id = any($2)"
);

pub(in crate::campaigns) async fn pairs(
    tx: &mut Tx,
    campaigns: Vec<CampaignId>,
    channels: Vec<ChannelId>,
) -> Result<Vec<(ChannelId, CampaignId)>, DbError> {
    let rows = tx.rows(&PAIRS, args![campaigns, channels]).await?;
    rows.iter()
        .map(|row| Ok((row.get("channel_id")?, row.get("campaign_id")?)))
        .collect()
}

sql!(
    FIND_BY_CODE,
    "select id, campaign_id, channel_id from campaign_assignments where link_code = $1"
);

/// The assignment with this short link, its campaign and its channel.
pub(in crate::campaigns) async fn find_by_code(
    tx: &mut Tx,
    code: &str,
) -> Result<Option<(AssignmentId, CampaignId, ChannelId)>, DbError> {
    let row = tx.row(&FIND_BY_CODE, args![code]).await?;
    let read = |row: Row| {
        Ok((
            row.get("id")?,
            row.get("campaign_id")?,
            row.get("channel_id")?,
        ))
    };
    row.map(read).transpose()
}

sql!(
    WITHOUT_CODE,
    "select id from campaign_assignments where link_code is null limit $1"
);

pub(in crate::campaigns) async fn without_code(
    tx: &mut Tx,
    limit: i64,
) -> Result<Vec<AssignmentId>, DbError> {
    let rows = tx.rows(&WITHOUT_CODE, args![limit]).await?;
    rows.iter().map(|row| row.get("id")).collect()
}

sql!(
    SET_CODE,
    "update campaign_assignments set link_code = $2 where id = $1 and link_code is null"
);

pub(in crate::campaigns) async fn set_code(
    tx: &mut Tx,
    id: AssignmentId,
    code: &str,
) -> Result<(), DbError> {
    tx.run(&SET_CODE, args![id, code]).await?;
    Ok(())
}
