//! Assignments: the channels a campaign runs on, at a price.

use axum::extract::State;
use axum::http::Method;
use beta_domain::actor::Action;
use beta_domain::campaigns::{self, Assignment, AssignmentStatus, NewAssignments};
use beta_domain::id::{AssignmentId, CampaignId, ChannelId};
use beta_kit::money::{CpmRate, Decimal, Money};
use beta_kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::extract::{Made, Once, Path, Who, present};
use crate::router::{Access, Endpoint, endpoint};
use crate::state::App;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let access = Access::Needs(Action::AssignStreamers);
    vec![endpoint(
        Method::POST,
        "/campaigns/{id}/assign-streamers",
        access,
        assign,
    )]
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct NewAssignmentsBody {
    streamer_channel_ids: Vec<ChannelId>,
    #[serde(default, deserialize_with = "present")]
    cpm_rate: Option<Decimal>,
    #[serde(default, deserialize_with = "present")]
    fixed_fee: Option<Decimal>,
}

impl From<NewAssignmentsBody> for NewAssignments {
    fn from(body: NewAssignmentsBody) -> Self {
        let NewAssignmentsBody {
            streamer_channel_ids,
            cpm_rate,
            fixed_fee,
        } = body;
        Self {
            channel_ids: streamer_channel_ids,
            cpm_rate,
            fixed_fee,
        }
    }
}

/// An assignment on the wire.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssignmentBody {
    id: AssignmentId,
    campaign_id: CampaignId,
    channel_id: ChannelId,
    cpm_rate: Option<CpmRate>,
    fixed_fee: Option<Money>,
    status: AssignmentStatus,
    created_at: Timestamp,
}

impl From<Assignment> for AssignmentBody {
    fn from(assignment: Assignment) -> Self {
        Self {
            id: assignment.id,
            campaign_id: assignment.campaign_id,
            channel_id: assignment.channel_id,
            cpm_rate: assignment.cpm_rate,
            fixed_fee: assignment.fixed_fee,
            status: assignment.status,
            created_at: assignment.created_at,
        }
    }
}

#[derive(Debug, Serialize)]
struct AssignedBody {
    count: usize,
    assignments: Vec<AssignmentBody>,
}

/// `POST /campaigns/{id}/assign-streamers`
async fn assign(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<CampaignId>,
    Once(body, retry): Once<NewAssignmentsBody>,
) -> Result<Made<AssignedBody>, Error> {
    let mut work = app.works.begin(actor).await?;
    if let Some(earlier) = retry.earlier(&mut work).await? {
        return Ok(earlier);
    }
    let assigned = campaigns::assign(&mut work, id, body.into()).await?;
    let assignments: Vec<AssignmentBody> = assigned.into_iter().map(Into::into).collect();
    let body = AssignedBody {
        count: assignments.len(),
        assignments,
    };
    retry.answer(work, body).await
}
