//! The verbs that add and find creatives. Files are looked into and stored before a verb is
//! called; the room keeps what is known about them.

use beta_kit::page::{Limit, Place};
use serde_json::json;

use super::booking::{find_own as find_campaign, hold_own as hold_campaign};
use super::limits::{CREATIVES_MAX, STORED_BYTES_MAX, UPLOADS_MAX, UPLOADS_WINDOW};
use super::store::{campaigns, creatives};
use super::{
    ApprovalStatus, Campaign, CampaignCreative, CampaignError, CampaignPart, CampaignStatus,
    Creative, CreativeFilter, NewCreative,
};
use crate::accounts;
use crate::actor::{Action, Actor};
use crate::audit::{self, Act};
use crate::id::{CampaignId, CreativeId};
use crate::work::Work;

/// Refuses an upload that [`add`] would refuse, before its file is read.
pub async fn check_upload(
    work: &mut Work,
    campaign_id: CampaignId,
    status: ApprovalStatus,
) -> Result<(), CampaignError> {
    work.may(Action::UploadCreative)?;
    check_beginning(work.actor(), status)?;
    let campaign = find_campaign(work, campaign_id).await?;
    // The size of the file is not known yet; the smallest one is a byte.
    check_room(work, &campaign, 1).await
}

/// Adds a creative whose file lies in the store.
pub async fn add(work: &mut Work, new: NewCreative) -> Result<Creative, CampaignError> {
    work.may(Action::UploadCreative)?;
    new.format.check(new.file.kind)?;
    check_beginning(work.actor(), new.approval_status)?;
    let found = find_campaign(work, new.campaign_id).await?;
    // First what all campaigns of the agency share, then the campaign: everybody's order.
    accounts::hold_organization(work.tx(), found.organization_id).await?;
    let (campaign, _) = hold_campaign(work, new.campaign_id).await?;
    check_room(work, &campaign, new.file.size_bytes).await?;
    let id = work.mint();
    insert(work, id, &new).await
}

/// Refuses a file of this size where there is no room for it, now or at all.
async fn check_room(
    work: &mut Work,
    campaign: &Campaign,
    size_bytes: i64,
) -> Result<(), CampaignError> {
    if campaign.status == CampaignStatus::Completed {
        return Err(CampaignError::Completed);
    }
    if creatives::count(work.tx(), campaign.id).await? >= CREATIVES_MAX {
        let (part, max) = (CampaignPart::Creatives, CREATIVES_MAX);
        return Err(CampaignError::Full { part, max });
    }
    let agency = campaign.organization_id;
    let stored = creatives::stored_bytes(work.tx(), agency).await?;
    if stored.saturating_add(size_bytes) > STORED_BYTES_MAX {
        return Err(CampaignError::StorageFull);
    }
    let now = work.now;
    let (since, newer) = (now.minus(UPLOADS_WINDOW), UPLOADS_MAX - 1);
    let oldest = creatives::upload_before(work.tx(), agency, since, newer).await?;
    match oldest.map(|oldest| oldest.plus(UPLOADS_WINDOW).millis_since(now)) {
        None => Ok(()),
        Some(wait_ms) => Err(CampaignError::TooManyUploads {
            retry_after_sec: u64::try_from(wait_ms).unwrap_or(0).div_ceil(1_000).max(1),
        }),
    }
}

/// Writes a creative of a campaign that is known to be there.
pub(super) async fn insert(
    work: &mut Work,
    id: CreativeId,
    new: &NewCreative,
) -> Result<Creative, CampaignError> {
    let now = work.now;
    let uploaded_by = work.actor().user().map(|user| user.user_id);
    let creative = creatives::insert(work.tx(), (id, uploaded_by), new, now).await?;
    let payload = json!({
        "campaignId": creative.campaign_id,
        "format": creative.format,
        "sha256": creative.file.sha256,
        "approvalStatus": creative.approval_status,
    });
    record(work, "creative_uploaded", id, payload).await?;
    Ok(creative)
}

/// The creative and its campaign.
pub async fn find_creative(
    work: &mut Work,
    id: CreativeId,
) -> Result<CampaignCreative, CampaignError> {
    work.may(Action::ReadCreative)?;
    let creative = find_own(work, id).await?;
    let campaign = find_campaign(work, creative.campaign_id).await?;
    Ok(CampaignCreative { creative, campaign })
}

/// The actor's creatives that the filter names, each with its campaign, from `after` on.
pub async fn list_creatives(
    work: &mut Work,
    filter: CreativeFilter,
    limit: Limit,
    after: Option<Place>,
) -> Result<Vec<CampaignCreative>, CampaignError> {
    work.may(Action::ReadCreative)?;
    let visible = work.actor().scope().into();
    let found = creatives::list(work.tx(), visible, filter, limit, after).await?;
    let mut ids: Vec<CampaignId> = found.iter().map(|creative| creative.campaign_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let campaigns = campaigns::of_ids(work.tx(), ids).await?;
    let with_campaign = |creative: Creative| {
        let campaign = campaigns.iter().find(|one| one.id == creative.campaign_id);
        let campaign = campaign.cloned().ok_or(CampaignError::CampaignNotFound)?;
        Ok(CampaignCreative { creative, campaign })
    };
    found.into_iter().map(with_campaign).collect()
}

/// Which of these files no creative names.
pub async fn unnamed_files(
    work: &mut Work,
    keys: Vec<String>,
) -> Result<Vec<String>, CampaignError> {
    work.may(Action::ManageUsers)?;
    let named = creatives::named(work.tx(), keys.clone()).await?;
    Ok(keys
        .into_iter()
        .filter(|key| !named.contains(key))
        .collect())
}

/// Refuses a first state that is not the actor's to give.
fn check_beginning(actor: &Actor, status: ApprovalStatus) -> Result<(), CampaignError> {
    match actor.user() {
        Some(user) if !status.may_begin_as(user.role) => Err(CampaignError::approval_of(status)),
        _ => Ok(()),
    }
}

pub(super) async fn find_own(work: &mut Work, id: CreativeId) -> Result<Creative, CampaignError> {
    let visible = work.actor().scope().into();
    let creative = creatives::find(work.tx(), visible, id).await?;
    creative.ok_or(CampaignError::CreativeNotFound)
}

pub(super) async fn record(
    work: &mut Work,
    action: &'static str,
    id: CreativeId,
    payload: serde_json::Value,
) -> Result<(), CampaignError> {
    let act = Act {
        action,
        entity_type: "creative",
        entity_id: id.to_string(),
        payload,
    };
    Ok(audit::record(work, act).await?)
}
