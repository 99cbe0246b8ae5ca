//! The verbs of assignments, as the side that books sees them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::assignment::answer_to;
use super::booking::{hold_own, record};
use super::history::changed;
use super::limits::ASSIGNMENTS_MAX;
use super::store::assignments;
use super::store::assignments::Assigned;
use super::{
    Assignment, AssignmentStatus, CampaignError, CampaignPart, CampaignStatus, LinkCode,
    NewAssignments,
};
use crate::actor::Action;
use crate::id::{CampaignId, ChannelId};
use crate::streamers;
use crate::work::Work;

/// Assigns channels to the campaign, or changes their price; answers in the order of the request,
/// a channel named twice included. Assigning again leaves the streamer's answer as it is, unless
/// the price became worse for somebody who wants to be asked. A channel that was taken off comes
/// back.
pub async fn assign(
    work: &mut Work,
    id: CampaignId,
    new: NewAssignments,
) -> Result<Vec<Assignment>, CampaignError> {
    work.may(Action::AssignStreamers)?;
    new.check()?;
    let (campaign, _) = hold_own(work, id).await?;
    if campaign.status == CampaignStatus::Completed {
        return Err(CampaignError::Completed);
    }
    let terms = new.terms(campaign.budget.currency())?;
    let (mut before, mut after) = (Vec::new(), Vec::new());
    // In the order of their ids, so that two calls never wait for each other.
    let mut assigned: BTreeMap<ChannelId, Assignment> = BTreeMap::new();
    for (channel_id, auto_accept) in channels_of(work, &new.channel_ids).await? {
        let known = assignments::hold(work.tx(), id, channel_id).await?;
        let status = match &known {
            Some(known) => answer_to(known, terms, auto_accept),
            None if auto_accept => AssignmentStatus::Accepted,
            None => AssignmentStatus::Pending,
        };
        let channel = Assigned {
            id: work.mint(),
            channel_id,
            status,
            link_code: LinkCode::mint(work),
        };
        let now = work.now;
        let row = assignments::upsert(work.tx(), &campaign, channel, terms, now).await?;
        let was = known.as_ref().map_or_else(|| json!({}), told);
        if let Some(change) = changed(&was, &told(&row)) {
            before.push(named(channel_id, change.before));
            after.push(named(channel_id, change.after));
        }
        assigned.insert(channel_id, row);
    }
    if assignments::count(work.tx(), id).await? > ASSIGNMENTS_MAX {
        let (part, max) = (CampaignPart::Assignments, ASSIGNMENTS_MAX);
        return Err(CampaignError::Full { part, max });
    }
    let payload = json!({
        "count": new.channel_ids.len(),
        "channelIds": new.channel_ids,
        "before": before,
        "after": after,
    });
    record(work, "campaign_streamers_assigned", id, payload).await?;
    Ok(new
        .channel_ids
        .iter()
        .filter_map(|channel| assigned.get(channel).cloned())
        .collect())
}

/// What can change of an assignment.
fn told(assignment: &Assignment) -> Value {
    json!({
        "cpmRate": assignment.cpm_rate,
        "fixedFee": assignment.fixed_fee,
        "status": assignment.status,
        "endedAt": assignment.ended_at,
    })
}

fn named(channel_id: ChannelId, mut told: Value) -> Value {
    told["channelId"] = json!(channel_id);
    told
}

/// Takes the channel off the campaign. What is leased there is settled as ever, and what was shown
/// is paid; nothing more is leased.
pub async fn unassign(
    work: &mut Work,
    id: CampaignId,
    channel_id: ChannelId,
) -> Result<(), CampaignError> {
    work.may(Action::UnassignStreamers)?;
    let (campaign, _) = hold_own(work, id).await?;
    let held = assignments::hold(work.tx(), id, channel_id).await?;
    let held = held.filter(|assignment| assignment.ended_at.is_none());
    let assignment = held.ok_or(CampaignError::AssignmentNotFound)?;
    if campaign.status == CampaignStatus::Completed {
        return Err(CampaignError::Completed);
    }
    let now = work.now;
    assignments::end(work.tx(), assignment.id, now).await?;
    let payload = json!({
        "channelId": channel_id,
        "before": { "endedAt": null },
        "after": { "endedAt": now },
    });
    record(work, "campaign_streamer_removed", id, payload).await
}

/// The channels that are named, each once, and whether they take every campaign by themselves.
async fn channels_of(
    work: &mut Work,
    named: &[ChannelId],
) -> Result<BTreeMap<ChannelId, bool>, CampaignError> {
    let found = streamers::find_channels(work, named.to_vec()).await?;
    let found: BTreeMap<ChannelId, bool> = found
        .into_iter()
        .map(|channel| (channel.id, channel.auto_accept))
        .collect();
    match named.iter().position(|id| !found.contains_key(id)) {
        Some(index) => Err(CampaignError::ChannelNotFound { index }),
        None => Ok(found),
    }
}
