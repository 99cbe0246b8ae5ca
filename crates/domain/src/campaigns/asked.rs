//! What streamers are asked to show on their channels, and what they say to it.
//!
//! A streamer sees what runs there, when and at what rate, but never the budget.

use std::collections::HashMap;

use beta_kit::db::DbError;
use beta_kit::money::Currency;
use beta_kit::page::{Limit, Place};
use beta_kit::time::Timestamp;
use serde_json::json;

use super::store::{asked as rows, creatives};
use super::{ApprovalStatus, Assignment, AssignmentStatus, CampaignStatus, Creative, Reason};
use crate::actor::{Action, Denied};
use crate::audit::{self, Act};
use crate::id::{AssignmentId, CampaignId, ChannelId};
use crate::streamers;
use crate::work::Work;

/// Why a streamer's question or answer was refused.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// The role may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such assignment, or it is on a channel of somebody else.
    #[error("there is no such assignment")]
    AssignmentNotFound,
    /// An assignment cannot move like this.
    #[error("an assignment that is {from} cannot become {to}")]
    CannotBecome {
        /// What it is.
        from: AssignmentStatus,
        /// What was asked for.
        to: AssignmentStatus,
    },
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What a streamer may know of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedCampaign {
    /// Its id.
    pub id: CampaignId,
    /// Its name.
    pub name: String,
    /// Who advertises.
    pub advertiser: String,
    /// What it is for.
    pub objective: String,
    /// When it starts.
    pub start_date: Timestamp,
    /// When it is over.
    pub end_date: Timestamp,
    /// How far its booking has come.
    pub status: CampaignStatus,
}

/// What a streamer is asked to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The channel and the price.
    pub assignment: Assignment,
    /// The currency of the price.
    pub currency: Currency,
    /// The campaign.
    pub campaign: AskedCampaign,
    /// What may be shown, oldest first.
    pub creatives: Vec<Creative>,
}

impl Asked {
    /// Where the page behind it starts.
    pub fn place(&self) -> Place {
        Place {
            at: self.assignment.created_at,
            id: self.assignment.id.uuid(),
        }
    }
}

/// Which assignments to list. An empty field asks for nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct AskedFilter {
    /// Those of one channel.
    pub channel_id: Option<ChannelId>,
    /// Those with one answer.
    pub status: Option<AssignmentStatus>,
}

/// What a streamer says to a campaign.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It may run.
    Accept,
    /// It may not run, and perhaps why.
    Decline(Option<Reason>),
}

impl Answer {
    const fn status(&self) -> AssignmentStatus {
        match self {
            Self::Accept => AssignmentStatus::Accepted,
            Self::Decline(_) => AssignmentStatus::Declined,
        }
    }

    const fn action(&self) -> &'static str {
        match self {
            Self::Accept => "assignment_accepted",
            Self::Decline(_) => "assignment_declined",
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::Accept => None,
            Self::Decline(reason) => reason.as_ref().map(Reason::as_str),
        }
    }
}

/// What the actor's channels are asked to show, the newest first, from `after` on; for an
/// administrator, what all channels are asked.
pub async fn list_asked(
    work: &mut Work,
    filter: AskedFilter,
    limit: Limit,
    after: Place,
) -> Result<Vec<Asked>, AnswerError> {
    work.may(Action::ReadAssignments)?;
    let scope = work.actor().scope();
    let asked = rows::list(work.tx(), scope, filter, limit, after).await?;
    Ok(with_creatives(work, asked).await?)
}

/// Writes down what a streamer says. It holds from the commit on: whoever decides what the channel
/// shows takes the same lock. An ad that is on screen plays to its end.
///
/// # Errors
/// [`AnswerError::AssignmentNotFound`] also for channels of others; [`AnswerError::CannotBecome`]
/// for what was said already.
pub async fn answer(
    work: &mut Work,
    id: AssignmentId,
    answer: &Answer,
) -> Result<Asked, AnswerError> {
    work.may(Action::AnswerAssignment)?;
    let scope = work.actor().scope();
    let found = rows::find(work.tx(), scope, id).await?;
    let found = found.ok_or(AnswerError::AssignmentNotFound)?;
    let channel_id = found.assignment.channel_id;
    streamers::hold_channel(work.tx(), channel_id).await?;
    // What it was before is read once more, now that nobody else can change it.
    let found = rows::find(work.tx(), scope, id).await?;
    let before = found.ok_or(AnswerError::AssignmentNotFound)?;
    let (from, to) = (before.assignment.status, answer.status());
    if !from.can_become(to) {
        return Err(AnswerError::CannotBecome { from, to });
    }
    let now = work.now;
    rows::write(work.tx(), id, (to, answer.reason()), now).await?;
    let act = Act {
        action: answer.action(),
        entity_type: "assignment",
        entity_id: id.to_string(),
        payload: json!({
            "campaignId": before.assignment.campaign_id,
            "channelId": channel_id,
            "before": { "status": from, "declineReason": before.assignment.decline_reason },
            "after": { "status": to, "declineReason": answer.reason() },
        }),
    };
    audit::record(work, act).await?;
    let after = rows::find(work.tx(), scope, id).await?;
    let after = after.ok_or(AnswerError::AssignmentNotFound)?;
    let asked = with_creatives(work, vec![after]).await?.into_iter().next();
    asked.ok_or(AnswerError::AssignmentNotFound)
}

/// Adds what may be shown: one question, whatever the number of campaigns.
async fn with_creatives(work: &mut Work, mut asked: Vec<Asked>) -> Result<Vec<Asked>, DbError> {
    let campaigns = asked.iter().map(|one| one.campaign.id).collect();
    let mut approved: HashMap<CampaignId, Vec<Creative>> = HashMap::new();
    for creative in creatives::of_campaigns(work.tx(), campaigns).await? {
        if creative.approval_status == ApprovalStatus::Approved {
            let of_campaign = approved.entry(creative.campaign_id).or_default();
            of_campaign.push(creative);
        }
    }
    for one in &mut asked {
        one.creatives = approved.get(&one.campaign.id).cloned().unwrap_or_default();
    }
    Ok(asked)
}
