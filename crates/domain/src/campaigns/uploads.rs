//! The verbs of creatives. Files are looked into and stored before a verb is called; the room
//! keeps what is known about them.

use serde_json::json;

use super::store::{campaigns, creatives};
use super::{
    ApprovalStatus, Campaign, CampaignCreative, CampaignError, Creative, NewCreative, Review,
};
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
    find_campaign(work, campaign_id).await?;
    Ok(())
}

/// Adds a creative whose file lies in the store.
pub async fn add(work: &mut Work, new: NewCreative) -> Result<Creative, CampaignError> {
    work.may(Action::UploadCreative)?;
    new.format.check(new.file.kind)?;
    check_beginning(work.actor(), new.approval_status)?;
    find_campaign(work, new.campaign_id).await?;
    let id = work.mint();
    insert(work, id, &new).await
}

/// Writes a creative of a campaign that is known to be there.
pub(super) async fn insert(
    work: &mut Work,
    id: CreativeId,
    new: &NewCreative,
) -> Result<Creative, CampaignError> {
    let now = work.now;
    let creative = creatives::insert(work.tx(), id, new, now).await?;
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

/// Decides whether the creative may be shown.
pub async fn review(
    work: &mut Work,
    id: CreativeId,
    review: Review,
) -> Result<Creative, CampaignError> {
    work.may(Action::ReviewCreative)?;
    let before = find_own(work, id).await?.approval_status;
    let now = work.now;
    let creative = creatives::review(work.tx(), id, &review, now).await?;
    let payload = json!({
        "from": before,
        "to": creative.approval_status,
        "reason": creative.review_reason,
    });
    record(work, "creative_reviewed", id, payload).await?;
    Ok(creative)
}

/// Refuses a first state that is not the actor's to give.
fn check_beginning(actor: &Actor, status: ApprovalStatus) -> Result<(), CampaignError> {
    match actor.user() {
        Some(user) if !status.may_begin_as(user.role) => Err(CampaignError::approval_of(status)),
        _ => Ok(()),
    }
}

async fn find_campaign(work: &mut Work, id: CampaignId) -> Result<Campaign, CampaignError> {
    let visible = work.actor().scope().into();
    let campaign = campaigns::find(work.tx(), visible, id).await?;
    campaign.ok_or(CampaignError::CampaignNotFound)
}

async fn find_own(work: &mut Work, id: CreativeId) -> Result<Creative, CampaignError> {
    let visible = work.actor().scope().into();
    let creative = creatives::find(work.tx(), visible, id).await?;
    creative.ok_or(CampaignError::CreativeNotFound)
}

async fn record(
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
