//! The SQL of campaigns.

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::money::Money;
use beta_kit::page::{Limit, Place};
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use super::{Visible, currency};
use crate::campaigns::{Campaign, CampaignStatus, NewCampaign};
use crate::id::{CampaignId, ChannelId, OrganizationId};

sql!(
    INSERT,
    "insert into campaigns (id, organization_id, brand_organization_id, name, advertiser, \
     objective, start_date, end_date, budget_minor, currency, status, targeting, created_at, \
     updated_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13) returning *"
);

/// What the room decided about a new campaign.
#[derive(Clone, Copy, Debug)]
pub(in crate::campaigns) struct Decided {
    pub(in crate::campaigns) id: CampaignId,
    pub(in crate::campaigns) organization_id: OrganizationId,
    pub(in crate::campaigns) budget: Money,
}

pub(in crate::campaigns) async fn insert(
    tx: &mut Tx,
    decided: Decided,
    new: &NewCampaign,
    now: Timestamp,
) -> Result<Campaign, DbError> {
    let args = args![
        decided.id,
        decided.organization_id,
        new.brand_organization_id,
        new.name.as_str(),
        new.advertiser.as_str(),
        new.objective.as_str(),
        new.start_date,
        new.end_date,
        decided.budget.minor(),
        decided.budget.currency().as_str(),
        new.status,
        new.targeting.as_value().clone(),
        now,
    ];
    read(&tx.one(&INSERT, args).await?)
}

sql!(
    FIND,
    "select * from campaigns \
     where id = $1 and ($2 or organization_id = $3 or brand_organization_id = $3)"
);

/// The campaign, when it is one of those that may be seen.
pub(in crate::campaigns) async fn find(
    tx: &mut Tx,
    visible: Visible,
    id: CampaignId,
) -> Result<Option<Campaign>, DbError> {
    let Visible {
        everything,
        organization,
    } = visible;
    let row = tx.row(&FIND, args![id, everything, organization]).await?;
    row.as_ref().map(read).transpose()
}

sql!(
    LIST,
    "select * from campaigns \
     where ($1 or organization_id = $2 or brand_organization_id = $2) \
     and (created_at, id) < ($3, $4) \
     order by created_at desc, id desc limit $5"
);

/// Those that may be seen and are older than `after`, newest first.
pub(in crate::campaigns) async fn list(
    tx: &mut Tx,
    visible: Visible,
    limit: Limit,
    after: Place,
) -> Result<Vec<Campaign>, DbError> {
    let Visible {
        everything,
        organization,
    } = visible;
    let args = args![everything, organization, after.at, after.id, limit.rows()];
    tx.rows(&LIST, args).await?.iter().map(read).collect()
}

sql!(
    MOVE,
    "update campaigns set status = $3, updated_at = $4 where id = $1 and status = $2 returning *"
);

/// Moves the campaign from one state to another; `None` when it is no longer in the first.
pub(in crate::campaigns) async fn move_to(
    tx: &mut Tx,
    id: CampaignId,
    (from, to): (CampaignStatus, CampaignStatus),
    now: Timestamp,
) -> Result<Option<Campaign>, DbError> {
    let row = tx.row(&MOVE, args![id, from, to, now]).await?;
    row.as_ref().map(read).transpose()
}

sql!(
    RENEW,
    "update campaigns set status = $2, end_date = $3, updated_at = $4 where id = $1 returning *"
);

/// Puts a campaign that is there into a state, with a new end.
pub(in crate::campaigns) async fn renew(
    tx: &mut Tx,
    id: CampaignId,
    (status, end_date): (CampaignStatus, Timestamp),
    now: Timestamp,
) -> Result<Campaign, DbError> {
    read(&tx.one(&RENEW, args![id, status, end_date, now]).await?)
}

pub(super) fn read(row: &Row) -> Result<Campaign, DbError> {
    Ok(Campaign {
        id: row.get("id")?,
        organization_id: row.get("organization_id")?,
        brand_organization_id: row.get("brand_organization_id")?,
        name: row.get("name")?,
        advertiser: row.get("advertiser")?,
        objective: row.get("objective")?,
        start_date: row.get("start_date")?,
        end_date: row.get("end_date")?,
        time_zone: row.get("time_zone")?,
        budget: Money::new(row.get("budget_minor")?, currency(row)?),
        status: row.get("status")?,
        targeting: row.get("targeting")?,
        billable_evidence: row.get("billable_evidence")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

sql!(
    WATCHERS,
    "select organization_id as id from campaigns where id = $1 \
     union select brand_organization_id from campaigns \
     where id = $1 and brand_organization_id is not null"
);

pub(in crate::campaigns) async fn watchers(
    tx: &mut Tx,
    id: CampaignId,
) -> Result<Vec<OrganizationId>, DbError> {
    let rows = tx.rows(&WATCHERS, args![id]).await?;
    rows.iter().map(|row| row.get("id")).collect()
}

sql!(
    CHANNEL_WATCHERS,
    "select c.organization_id as id from campaigns c \
     join campaign_assignments a on a.campaign_id = c.id where a.channel_id = $1 \
     union select c.brand_organization_id from campaigns c \
     join campaign_assignments a on a.campaign_id = c.id \
     where a.channel_id = $1 and c.brand_organization_id is not null"
);

pub(in crate::campaigns) async fn channel_watchers(
    tx: &mut Tx,
    id: ChannelId,
) -> Result<Vec<OrganizationId>, DbError> {
    let rows = tx.rows(&CHANNEL_WATCHERS, args![id]).await?;
    rows.iter().map(|row| row.get("id")).collect()
}
