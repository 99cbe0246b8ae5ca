//! The SQL of creatives.

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::media::MediaKind;
use beta_kit::text::HttpUrl;
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use super::{Visible, broken};
use crate::campaigns::{ApprovalStatus, Creative, NewCreative, Reason, Review, StoredFile};
use crate::id::{CampaignId, CreativeId};

sql!(
    INSERT,
    "insert into creatives (id, campaign_id, format, duration_sec, click_url, fallback_url, \
     object_key, mime_type, size_bytes, sha256, width, height, media_duration_ms, \
     approval_status, created_at, updated_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15) returning *"
);

pub(in crate::campaigns) async fn insert(
    tx: &mut Tx,
    id: CreativeId,
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
    "update creatives set approval_status = $2, review_reason = $3, updated_at = $4 \
     where id = $1 returning *"
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
