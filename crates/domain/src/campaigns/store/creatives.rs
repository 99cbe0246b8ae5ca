//! The SQL of creatives.

use std::collections::HashSet;

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::media::MediaKind;
use beta_kit::page::{Limit, Place};
use beta_kit::text::HttpUrl;
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use super::{Visible, broken};
use crate::campaigns::{
    ApprovalStatus, Creative, CreativeFilter, NewCreative, Order, Reason, Review, StoredFile,
};
use crate::id::{CampaignId, CreativeId, OrganizationId, UserId};

sql!(
    INSERT,
    "insert into creatives (id, campaign_id, format, duration_sec, click_url, fallback_url, \
     object_key, mime_type, size_bytes, sha256, width, height, media_duration_ms, \
     approval_status, uploaded_by, created_at, updated_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16) \
     returning *"
);

pub(in crate::campaigns) async fn insert(
    tx: &mut Tx,
    (id, uploaded_by): (CreativeId, Option<UserId>),
    new: &NewCreative,
    now: Timestamp,
) -> Result<Creative, DbError> {
    let file = &new.file;
    let args = args![
        id,
        new.campaign_id,
        new.format,
        new.duration_sec,
        new.click_url.as_str(),
        new.fallback_url.as_ref().map(HttpUrl::as_str),
        &file.object_key,
        file.kind.mime(),
        file.size_bytes,
        &file.sha256,
        file.width,
        file.height,
        file.media_duration_ms,
        new.approval_status,
        uploaded_by,
        now,
    ];
    read(&tx.one(&INSERT, args).await?)
}

sql!(
    FIND,
    "select r.* from creatives r join campaigns c on c.id = r.campaign_id \
     where r.id = $1 and ($2 or c.organization_id = $3 or c.brand_organization_id = $3)"
);

/// The creative, when it is one of those that may be seen.
pub(in crate::campaigns) async fn find(
    tx: &mut Tx,
    visible: Visible,
    id: CreativeId,
) -> Result<Option<Creative>, DbError> {
    let Visible {
        everything,
        organization,
    } = visible;
    let row = tx.row(&FIND, args![id, everything, organization]).await?;
    row.as_ref().map(read).transpose()
}

sql!(
    OF_CAMPAIGNS,
    "select * from creatives where campaign_id = any($1) order by created_at, id"
);

/// The creatives of these campaigns, oldest first.
pub(in crate::campaigns) async fn of_campaigns(
    tx: &mut Tx,
    ids: Vec<CampaignId>,
) -> Result<Vec<Creative>, DbError> {
    tx.rows(&OF_CAMPAIGNS, args![ids])
        .await?
        .iter()
        .map(read)
        .collect()
}

sql!(
    APPROVED,
    "select * from creatives where campaign_id = $1 and approval_status = 'approved' \
     order by created_at, id"
);

/// The creatives of a campaign that may be shown, oldest first.
pub(in crate::campaigns) async fn approved(
    tx: &mut Tx,
    campaign_id: CampaignId,
) -> Result<Vec<Creative>, DbError> {
    tx.rows(&APPROVED, args![campaign_id])
        .await?
        .iter()
        .map(read)
        .collect()
}

sql!(
    REVIEW,
    "update creatives set approval_status = $2, review_reason = $3, updated_at = $4, \
     version = version + 1 where id = $1 returning *"
);

pub(in crate::campaigns) async fn review(
    tx: &mut Tx,
    id: CreativeId,
    review: &Review,
    now: Timestamp,
) -> Result<Creative, DbError> {
    let status = ApprovalStatus::from(review.decision);
    let reason = review.reason.as_ref().map(Reason::as_str);
    read(&tx.one(&REVIEW, args![id, status, reason, now]).await?)
}

sql!(
    CHANGE,
    "update creatives set duration_sec = $2, click_url = $3, fallback_url = $4, \
     approval_status = $5, updated_at = $6, version = version + 1 where id = $1 returning *"
);

/// Writes a creative of a campaign that is held as it is to be.
pub(in crate::campaigns) async fn change(
    tx: &mut Tx,
    creative: &Creative,
    now: Timestamp,
) -> Result<Creative, DbError> {
    let args = args![
        creative.id,
        creative.duration_sec,
        &creative.click_url,
        creative.fallback_url.as_ref(),
        creative.approval_status,
        now,
    ];
    read(&tx.one(&CHANGE, args).await?)
}

sql!(
    LIST_NEWEST,
    "select r.* from creatives r join campaigns c on c.id = r.campaign_id \
     where ($1 or c.organization_id = $2 or c.brand_organization_id = $2) \
     and ($3 or r.campaign_id = $4) and ($5 or r.approval_status = $6) \
     and ($7 or (r.created_at, r.id) < ($8, $9)) \
     order by r.created_at desc, r.id desc limit $10"
);

sql!(
    LIST_OLDEST,
    "select r.* from creatives r join campaigns c on c.id = r.campaign_id \
     where ($1 or c.organization_id = $2 or c.brand_organization_id = $2) \
     and ($3 or r.campaign_id = $4) and ($5 or r.approval_status = $6) \
     and ($7 or (r.created_at, r.id) > ($8, $9)) \
     order by r.created_at, r.id limit $10"
);

/// Those that may be seen, that the filter names, behind `after`.
pub(in crate::campaigns) async fn list(
    tx: &mut Tx,
    visible: Visible,
    filter: CreativeFilter,
    limit: Limit,
    after: Option<Place>,
) -> Result<Vec<Creative>, DbError> {
    let Visible {
        everything,
        organization,
    } = visible;
    let args = args![
        everything,
        organization,
        filter.campaign_id.is_none(),
        filter.campaign_id,
        filter.status.is_none(),
        filter.status,
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

sql!(
    COUNT,
    "select count(*) as creatives from creatives where campaign_id = $1"
);

pub(in crate::campaigns) async fn count(tx: &mut Tx, id: CampaignId) -> Result<i64, DbError> {
    tx.one(&COUNT, args![id]).await?.get("creatives")
}

sql!(
    STORED_BYTES,
    "select cast(coalesce(sum(r.size_bytes), 0) as bigint) as bytes from creatives r \
     join campaigns c on c.id = r.campaign_id where c.organization_id = $1"
);

/// How many bytes the files of an agency's campaigns have together.
pub(in crate::campaigns) async fn stored_bytes(
    tx: &mut Tx,
    id: OrganizationId,
) -> Result<i64, DbError> {
    tx.one(&STORED_BYTES, args![id]).await?.get("bytes")
}

sql!(
    UPLOAD_BEFORE,
    "select r.created_at from creatives r join campaigns c on c.id = r.campaign_id \
     where c.organization_id = $1 and r.created_at > $2 \
     order by r.created_at desc limit 1 offset $3"
);

/// When the agency uploaded the creative that has `newer` newer ones, if that is after `since`.
pub(in crate::campaigns) async fn upload_before(
    tx: &mut Tx,
    id: OrganizationId,
    since: Timestamp,
    newer: i64,
) -> Result<Option<Timestamp>, DbError> {
    let row = tx.row(&UPLOAD_BEFORE, args![id, since, newer]).await?;
    row.as_ref().map(|row| row.get("created_at")).transpose()
}

sql!(
    NAMED,
    "select object_key from creatives where object_key = any_text($1)"
);

/// Which of these files a creative names.
pub(in crate::campaigns) async fn named(
    tx: &mut Tx,
    keys: Vec<String>,
) -> Result<HashSet<String>, DbError> {
    let rows = tx.rows(&NAMED, args![keys]).await?;
    rows.iter().map(|row| row.get("object_key")).collect()
}

fn read(row: &Row) -> Result<Creative, DbError> {
    let mime: String = row.get("mime_type")?;
    let kind = MediaKind::ALL.into_iter().find(|kind| kind.mime() == mime);
    let file = StoredFile {
        object_key: row.get("object_key")?,
        kind: kind.ok_or_else(|| broken("mime_type", &"no type that can be shown"))?,
        size_bytes: row.get("size_bytes")?,
        sha256: row.get("sha256")?,
        width: row.get("width")?,
        height: row.get("height")?,
        media_duration_ms: row.get("media_duration_ms")?,
    };
    Ok(Creative {
        id: row.get("id")?,
        campaign_id: row.get("campaign_id")?,
        format: row.get("format")?,
        duration_sec: row.get("duration_sec")?,
        click_url: row.get("click_url")?,
        fallback_url: row.get("fallback_url")?,
        file,
        approval_status: row.get("approval_status")?,
        review_reason: row.get("review_reason")?,
        uploaded_by: row.get("uploaded_by")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

sql!(
    OWNERS,
    "select id, campaign_id from creatives where id = any($1)"
);

pub(in crate::campaigns) async fn owners(
    tx: &mut Tx,
    ids: Vec<CreativeId>,
) -> Result<Vec<(CreativeId, CampaignId)>, DbError> {
    let rows = tx.rows(&OWNERS, args![ids]).await?;
    rows.iter()
        .map(|row| Ok((row.get("id")?, row.get("campaign_id")?)))
        .collect()
}
