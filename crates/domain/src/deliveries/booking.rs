//! What was booked for a channel, held while it is decided about.

use beta_kit::time::Timestamp;

use super::lease::TriggerError;
use super::policy::Refusal;
use crate::campaigns::{self, Assignment, AssignmentStatus, Campaign};
use crate::id::CampaignId;
use crate::streamers::Channel;
use crate::work::Work;

/// The campaign to show and what was agreed about it, when both allow a play now. The campaign's
/// ledger is held from here on, and with it everything that was booked: whoever pauses, changes or
/// ends any of it takes the same lock.
pub(super) async fn hold_booking(
    work: &mut Work,
    channel: &Channel,
    wanted: Option<CampaignId>,
) -> Result<(Campaign, Assignment), TriggerError> {
    let (campaign, _) = find(work, channel, wanted).await?;
    campaigns::lock_ledger(work.tx(), campaign.id).await?;
    // Read anew: somebody may have changed it before the lock was ours.
    find(work, channel, Some(campaign.id)).await
}

async fn find(
    work: &mut Work,
    channel: &Channel,
    wanted: Option<CampaignId>,
) -> Result<(Campaign, Assignment), TriggerError> {
    let scope = work.actor().scope();
    let booked = campaigns::deliverable_for(work.tx(), scope, channel.id, wanted).await?;
    let (campaign, assignment) = booked.ok_or(TriggerError::NoAssignment)?;
    check_booking(&campaign, &assignment, channel.paused_at, work.now)?;
    Ok((campaign, assignment))
}

pub(super) fn check_booking(
    campaign: &Campaign,
    assignment: &Assignment,
    paused_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), TriggerError> {
    let refusal = if paused_at.is_some() {
        Refusal::StreamerPaused
    } else if assignment.status == AssignmentStatus::Declined {
        Refusal::AssignmentDeclined
    } else if assignment.status == AssignmentStatus::Pending {
        Refusal::AssignmentPending
    } else if !campaign.status.is_deliverable() {
        Refusal::CampaignNotDeliverable
    } else if now < campaign.start_date {
        Refusal::CampaignNotStarted
    } else if now >= campaign.end_date {
        Refusal::CampaignEnded
    } else {
        return Ok(());
    };
    Err(TriggerError::Refused(refusal))
}
