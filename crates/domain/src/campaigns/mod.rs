//! What is booked: campaigns with their money, flights, creatives and the channels they run on.
//!
//! The room decides who may book and change what, and keeps every campaign within its budget. It
//! must not decide when an ad is shown, and it knows nothing of plays, only of their prices.

pub mod limits;
mod error;
mod campaign;
mod flight;
mod creative;
mod assignment;
mod link;
mod ledger;
mod changes;
mod history;
mod booking;
mod changing;
mod flying;
mod assigning;
mod asked;
mod uploads;
mod reviews;
mod known;
mod store;
#[cfg(test)]
mod tests;

use beta_kit::db::{DbError, Tx};

pub use asked::{Answer, AnswerError, Asked, AskedCampaign, AskedFilter, answer, list_asked};
pub use assigning::{assign, unassign};
pub use assignment::{Assignment, AssignmentStatus, NewAssignments};
pub use booking::{create, find, list};
pub use campaign::{
    BookedCampaign, Campaign, CampaignFilter, CampaignName, CampaignStatus, EVIDENCE_DEFAULT,
    Evidence, FullCampaign, NewCampaign, Objective, Order, Reason, Targeting, Words,
};
pub use changes::{CampaignChanges, CampaignField, CreativeChanges};
pub use changing::{change, set_status};
pub use creative::{
    ApprovalStatus, CampaignCreative, Creative, CreativeFilter, CreativeFormat, Decision,
    FILES_PREFIX, NewCreative, OnScreen, Review, StoredFile, object_key,
};
pub use error::{CampaignError, CampaignPart};
pub use flight::{Cap, Flight, FlightChanges, FlightMode, MinGap, NewFlight, Pacing};
pub use flying::{add_flight, change_flight, find_flight};
pub use known::{put_campaign, put_creative, put_flight};
pub(crate) use ledger::{Ended, FeeOutcome, Ledger, commit_fee, end_plays, lock_ledger, reserve};
pub use link::{LinkCode, NoLinkCode, give_codes};
pub(crate) use link::{Linked, find_linked};
pub use reviews::{change_creative, review};
pub use uploads::{add, check_upload, find_creative, list_creatives, unnamed_files};

use crate::actor::Scope;
use crate::id::{CampaignId, ChannelId, CreativeId, OrganizationId};
use store::{assignments, campaigns, creatives, flights};

/// The campaign, when `scope` may see it.
pub(crate) async fn find_campaign(
    tx: &mut Tx,
    scope: Scope,
    id: CampaignId,
) -> Result<Option<Campaign>, DbError> {
    campaigns::find(tx, scope.into(), id).await
}

/// The campaign to show on the channel and what was agreed about it: the one that is named, or
/// else the one that was assigned last. Only campaigns that `scope` may see are looked at. Neither
/// the campaign's state nor the streamer's answer is judged here.
pub(crate) async fn deliverable_for(
    tx: &mut Tx,
    scope: Scope,
    channel_id: ChannelId,
    campaign_id: Option<CampaignId>,
) -> Result<Option<(Campaign, Assignment)>, DbError> {
    let assignment = match campaign_id {
        Some(id) => assignments::find(tx, channel_id, id).await?,
        None => assignments::newest(tx, scope.into(), channel_id).await?,
    };
    let Some(assignment) = assignment else {
        return Ok(None);
    };
    let campaign = campaigns::find(tx, scope.into(), assignment.campaign_id).await?;
    Ok(campaign.map(|campaign| (campaign, assignment)))
}

/// The flights of the campaign, newest first.
pub(crate) async fn flights_of(tx: &mut Tx, id: CampaignId) -> Result<Vec<Flight>, DbError> {
    flights::of_campaigns(tx, vec![id]).await
}

/// The creatives of the campaign that may be shown, oldest first.
pub(crate) async fn approved_creatives(
    tx: &mut Tx,
    id: CampaignId,
) -> Result<Vec<Creative>, DbError> {
    creatives::approved(tx, id).await
}

/// Which of these campaigns run, or ran, on which of these channels.
pub(crate) async fn assigned_pairs(
    tx: &mut Tx,
    campaigns: Vec<CampaignId>,
    channels: Vec<ChannelId>,
) -> Result<Vec<(ChannelId, CampaignId)>, DbError> {
    assignments::pairs(tx, campaigns, channels).await
}

/// Whose these creatives are.
pub(crate) async fn campaigns_of_creatives(
    tx: &mut Tx,
    ids: Vec<CreativeId>,
) -> Result<Vec<(CreativeId, CampaignId)>, DbError> {
    creatives::owners(tx, ids).await
}

/// The agency and the brand that may follow the campaign live.
pub async fn watchers_of_campaign(
    tx: &mut Tx,
    id: CampaignId,
) -> Result<Vec<OrganizationId>, DbError> {
    campaigns::watchers(tx, id).await
}

/// The agencies and brands of every campaign on the channel.
pub async fn watchers_of_channel(
    tx: &mut Tx,
    id: ChannelId,
) -> Result<Vec<OrganizationId>, DbError> {
    campaigns::channel_watchers(tx, id).await
}
