//! Assignments: the channels a campaign runs on, at a price.

use axum::extract::State;
use axum::http::{Method, StatusCode};
use beta_domain::actor::Action;
use beta_domain::campaigns::{self, Assignment, AssignmentStatus, NewAssignments};
use beta_domain::id::{AssignmentId, CampaignId, ChannelId};
use beta_kit::describe::ToSchema;
use beta_kit::money::{CpmRate, Decimal, Money};
use beta_kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::extract::{Done, Made, Once, Path, Who, present};
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::state::App;

pub(super) fn endpoints() -> Vec<Endpoint> {
    use Access::Needs;
    vec![
        operation(
            Method::POST,
            "/campaigns/{id}/assign-streamers",
            Needs(Action::AssignStreamers),
            assign,
        )
        .says("assignStreamers", "Run a campaign on channels")
        .refuses(
            StatusCode::CONFLICT,
            "The campaign is over, or has too many channels",
        ),
        operation(
            Method::DELETE,
            "/campaigns/{id}/assignments/{channel_id}",
            Needs(Action::UnassignStreamers),
            unassign,
        )
        .says("unassignStreamer", "Take a channel off a campaign")
        .refuses(StatusCode::CONFLICT, "The campaign is over"),
    ]
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({
    "streamerChannelIds": ["01890a5d-ac96-774b-bcce-b302099a8057"],
    "cpmRate": 12.5,
}))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct NewAssignmentsBody {
    #[schema(min_items = 1, max_items = 200)]
    streamer_channel_ids: Vec<ChannelId>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    cpm_rate: Option<Decimal>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
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
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssignmentBody {
    id: AssignmentId,
    campaign_id: CampaignId,
    channel_id: ChannelId,
    #[schema(required)]
    cpm_rate: Option<CpmRate>,
    #[schema(required)]
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

#[derive(Debug, Serialize, ToSchema)]
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

/// `DELETE /campaigns/{id}/assignments/{channel_id}`
async fn unassign(
    State(app): State<App>,
    Who(actor): Who,
    Path((id, channel_id)): Path<(CampaignId, ChannelId)>,
) -> Result<Done, Error> {
    let mut work = app.works.begin(actor).await?;
    campaigns::unassign(&mut work, id, channel_id).await?;
    work.commit().await?;
    Ok(Done)
}
