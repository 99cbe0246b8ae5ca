//! The SQL of campaigns.

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::money::Money;
use beta_kit::page::{Limit, Place};
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use super::{Visible, currency};
use crate::campaigns::{Campaign, CampaignFilter, CampaignStatus, NewCampaign, Order, Reason};
use crate::id::{CampaignId, ChannelId, OrganizationId};

sql!(
    INSERT,
    "insert into campaigns (id, organization_id, brand_organization_id, name, advertiser, \
     objective, start_date, end_date, budget_minor, currency, status, targeting, time_zone, \
     billable_evidence, created_at, updated_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15) returning *"
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
        new.time_zone.as_str(),
        new.billable_evidence,
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
    LIST_NEWEST,
    "select * from campaigns \
     where ($1 or organization_id = $2 or brand_organization_id = $2) \
     and ($3 or status = $4) \
     and ($5 or lower(name) like lower($6) escape '!' \
     or lower(advertiser) like lower($6) escape '!') \
     and ($7 or (created_at, id) < ($8, $9)) \
     order by created_at desc, id desc limit $10"
);

sql!(
    LIST_OLDEST,
    "select * from campaigns \
     where ($1 or organization_id = $2 or brand_organization_id = $2) \
     and ($3 or status = $4) \
     and ($5 or lower(name) like lower($6) escape '!' \
     or lower(advertiser) like lower($6) escape '!') \
     and ($7 or (created_at, id) > ($8, $9)) \
     order by created_at, id limit $10"
);

/// Those that may be seen, that the filter names, behind `after`.
pub(in crate::campaigns) async fn list(
    tx: &mut Tx,
    visible: Visible,
    filter: &CampaignFilter,
    limit: Limit,
    after: Option<Place>,
) -> Result<Vec<Campaign>, DbError> {
    let Visible {
        everything,
        organization,
    } = visible;
    let words = filter
        .words
        .as_ref()
        .map(|words| containing(words.as_str()));
    let args = args![
        everything,
        organization,
        filter.status.is_none(),
        filter.status,
        words.is_none(),
        words,
        after.is_none(),
        after.map(|place| place.at),
        after.map(|place| place.id),
        limit.rows(),
    ];
    let statement = match filter.order {
        Order::Newest => &LIST_NEWEST,
        Order::Oldest => &LIST_OLDEST,
    };
    tx.rows(statement, args).await?.iter().map(read).collect()
}

/// The pattern of texts that contain `words`.
fn containing(words: &str) -> String {
    let escaped = words
        .replace('!', "!!")
        .replace('%', "!%")
        .replace('_', "!_");
    format!("%{escaped}%")
}

sql!(OF_IDS, "select * from campaigns where id = any($1)");

/// The campaigns with these ids, in no order.
pub(in crate::campaigns) async fn of_ids(
    tx: &mut Tx,
    ids: Vec<CampaignId>,
) -> Result<Vec<Campaign>, DbError> {
    tx.rows(&OF_IDS, args![ids])
        .await?
        .iter()
        .map(read)
        .collect()
}

sql!(
    MOVE,
    "update campaigns set status = $2, updated_at = $3, version = version + 1 where id = $1 \
     returning *"
);

/// Moves a campaign that is held to another state.
pub(in crate::campaigns) async fn move_to(
    tx: &mut Tx,
    id: CampaignId,
    to: CampaignStatus,
    now: Timestamp,
) -> Result<Campaign, DbError> {
    read(&tx.one(&MOVE, args![id, to, now]).await?)
}

sql!(
    JUDGE,
    "update campaigns set review_reason = $2 where id = $1 returning *"
);

/// Keeps what a review of a campaign that is held said.
pub(in crate::campaigns) async fn judge(
    tx: &mut Tx,
    id: CampaignId,
    reason: Option<&Reason>,
) -> Result<Campaign, DbError> {
    let args = args![id, reason.map(Reason::as_str)];
    read(&tx.one(&JUDGE, args).await?)
}

sql!(
    CHANGE,
    "update campaigns set name = $2, advertiser = $3, objective = $4, start_date = $5, \
     end_date = $6, budget_minor = $7, targeting = $8, time_zone = $9, \
     brand_organization_id = $10, billable_evidence = $11, updated_at = $12, \
     version = version + 1 where id = $1 returning *"
);

/// Writes a campaign that is held as it is to be.
pub(in crate::campaigns) async fn change(
    tx: &mut Tx,
    campaign: &Campaign,
    now: Timestamp,
) -> Result<Campaign, DbError> {
    let args = args![
        campaign.id,
        &campaign.name,
        &campaign.advertiser,
        &campaign.objective,
        campaign.start_date,
        campaign.end_date,
        campaign.budget.minor(),
        campaign.targeting.clone(),
        &campaign.time_zone,
        campaign.brand_organization_id,
        campaign.billable_evidence,
        now,
    ];
    read(&tx.one(&CHANGE, args).await?)
}

sql!(
    RENEW,
    "update campaigns set status = $2, end_date = $3, updated_at = $4, version = version + 1 \
     where id = $1 returning *"
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
        review_reason: row.get("review_reason")?,
        version: row.get("version")?,
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
     join campaign_assignments a on a.campaign_id = c.id \
     where a.channel_id = $1 and a.ended_at is null \
     union select c.brand_organization_id from campaigns c \
     join campaign_assignments a on a.campaign_id = c.id \
     where a.channel_id = $1 and a.ended_at is null and c.brand_organization_id is not null"
);

pub(in crate::campaigns) async fn channel_watchers(
    tx: &mut Tx,
    id: ChannelId,
) -> Result<Vec<OrganizationId>, DbError> {
    let rows = tx.rows(&CHANNEL_WATCHERS, args![id]).await?;
    rows.iter().map(|row| row.get("id")).collect()
}
