//! What streamers are asked to show, and what they say to it.

use std::collections::HashMap;

use axum::extract::{OriginalUri, State};
use axum::http::{Method, StatusCode};
use beta_domain::actor::Action;
use beta_domain::campaigns::{
    self, Answer, ApprovalStatus, Asked, AskedCampaign, AskedFilter, AssignmentStatus,
    CampaignStatus, Creative, CreativeFormat, LinkCode, Reason,
};
use beta_domain::deliveries;
use beta_domain::id::{AssignmentId, CampaignId, ChannelId, CreativeId};
use beta_domain::work::Work;
use beta_kit::describe::ToSchema;
use beta_kit::money::{CpmRate, Currency, Money};
use beta_kit::page::{Limit, Place};
use beta_kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::extract::{Created, Json, Linked, Path, Query, Who, linked, present};
use crate::media::asset_url;
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::state::App;
use crate::urls;

/// How many assignments a page has when nobody says.
const LIMIT_DEFAULT: Limit = Limit::new(50).expect("fifty is a limit");

pub(super) fn endpoints() -> Vec<Endpoint> {
    use Access::Needs;
    vec![
        operation(
            Method::GET,
            "/assignments",
            Needs(Action::ReadAssignments),
            list,
        )
        .says(
            "listAssignments",
            "Read what one's channels are asked to show",
        ),
        operation(
            Method::POST,
            "/assignments/{id}/accept",
            Needs(Action::AnswerAssignment),
            accept,
        )
        .says("acceptAssignment", "Let a campaign run on one's channel")
        .refuses(StatusCode::CONFLICT, "It is accepted already"),
        operation(
            Method::POST,
            "/assignments/{id}/decline",
            Needs(Action::AnswerAssignment),
            decline,
        )
        .says("declineAssignment", "Keep a campaign off one's channel")
        .refuses(StatusCode::CONFLICT, "It is declined already"),
    ]
}

/// What a streamer is asked to show, on the wire: without the campaign's budget.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AskedBody {
    id: AssignmentId,
    channel_id: ChannelId,
    status: AssignmentStatus,
    #[schema(required)]
    decline_reason: Option<String>,
    #[schema(required)]
    cpm_rate: Option<CpmRate>,
    #[schema(required)]
    fixed_fee: Option<Money>,
    currency: Currency,
    created_at: Timestamp,
    campaign: AskedCampaignBody,
    creatives: Vec<AskedCreativeBody>,
    /// Impressions so far, on this channel.
    impressions: i64,
    /// The short link to the landing page, for chat and panels.
    #[schema(required)]
    short_link: Option<ShortLinkBody>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ShortLinkBody {
    url: String,
    /// Its QR code, as SVG.
    qr_url: String,
}

impl ShortLinkBody {
    fn new(app: &App, code: &LinkCode) -> Self {
        let (base, code) = (&app.settings.public_url, code.as_str());
        Self {
            url: urls::short_link(base, code),
            qr_url: urls::qr_code(base, code),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AskedCampaignBody {
    id: CampaignId,
    name: String,
    advertiser: String,
    objective: String,
    start_date: Timestamp,
    end_date: Timestamp,
    status: CampaignStatus,
}

impl From<AskedCampaign> for AskedCampaignBody {
    fn from(campaign: AskedCampaign) -> Self {
        Self {
            id: campaign.id,
            name: campaign.name,
            advertiser: campaign.advertiser,
            objective: campaign.objective,
            start_date: campaign.start_date,
            end_date: campaign.end_date,
            status: campaign.status,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AskedCreativeBody {
    id: CreativeId,
    format: CreativeFormat,
    duration_sec: i64,
    approval_status: ApprovalStatus,
    asset_url: String,
}

impl AskedCreativeBody {
    fn new(app: &App, creative: &Creative) -> Self {
        Self {
            id: creative.id,
            format: creative.format,
            duration_sec: creative.duration_sec,
            approval_status: creative.approval_status,
            asset_url: asset_url(app, &creative.file.object_key),
        }
    }
}

/// The bodies of what somebody is asked, each with the impressions it has so far.
async fn bodies(app: &App, work: &mut Work, asked: Vec<Asked>) -> Result<Vec<AskedBody>, Error> {
    let ids = asked.iter().map(|one| one.assignment.id).collect();
    let impressions = deliveries::count_impressions_of_assignments(work, ids).await?;
    let body = |one| body(app, &impressions, one);
    Ok(asked.into_iter().map(body).collect())
}

fn body(app: &App, impressions: &HashMap<AssignmentId, i64>, asked: Asked) -> AskedBody {
    let Asked {
        assignment,
        campaign,
        creatives,
        currency,
    } = asked;
    let code = assignment.link_code.as_ref();
    let short_link = code.map(|code| ShortLinkBody::new(app, code));
    AskedBody {
        id: assignment.id,
        channel_id: assignment.channel_id,
        status: assignment.status,
        decline_reason: assignment.decline_reason,
        cpm_rate: assignment.cpm_rate,
        fixed_fee: assignment.fixed_fee,
        currency,
        created_at: assignment.created_at,
        campaign: campaign.into(),
        creatives: creatives
            .iter()
            .map(|creative| AskedCreativeBody::new(app, creative))
            .collect(),
        impressions: impressions.get(&assignment.id).copied().unwrap_or(0),
        short_link,
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct AskedQuery {
    channel_id: Option<ChannelId>,
    status: Option<AssignmentStatus>,
    #[serde(default, deserialize_with = "linked::limit")]
    limit: Option<Limit>,
    #[serde(default, deserialize_with = "linked::mark")]
    cursor: Option<Place>,
}

/// `GET /assignments`
async fn list(
    State(app): State<App>,
    Who(actor): Who,
    OriginalUri(uri): OriginalUri,
    Query(asked): Query<AskedQuery>,
) -> Result<Linked<Vec<AskedBody>>, Error> {
    let AskedQuery {
        channel_id,
        status,
        limit,
        cursor,
    } = asked;
    let filter = AskedFilter { channel_id, status };
    let (limit, after) = (
        limit.unwrap_or(LIMIT_DEFAULT),
        cursor.unwrap_or(Place::START),
    );
    let mut work = app.works.read(actor).await?;
    let page = campaigns::list_asked(&mut work, filter, limit, after).await?;
    let next = linked::next(&page, limit, Asked::place);
    let rows = bodies(&app, &mut work, page).await?;
    Ok(Linked::new(rows, &uri, next.as_deref()))
}

/// `POST /assignments/{id}/accept`
async fn accept(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<AssignmentId>,
) -> Result<Created<AskedBody>, Error> {
    let work = app.works.begin(actor).await?;
    say(&app, work, id, Answer::Accept).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"reason": "It does not fit my viewers"}))]
#[serde(deny_unknown_fields)]
struct DeclineBody {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    reason: Option<Reason>,
}

/// `POST /assignments/{id}/decline`
async fn decline(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<AssignmentId>,
    Json(body): Json<DeclineBody>,
) -> Result<Created<AskedBody>, Error> {
    let work = app.works.begin(actor).await?;
    say(&app, work, id, Answer::Decline(body.reason)).await
}

async fn say(
    app: &App,
    mut work: Work,
    id: AssignmentId,
    answer: Answer,
) -> Result<Created<AskedBody>, Error> {
    let asked = campaigns::answer(&mut work, id, &answer).await?;
    let body = bodies(app, &mut work, vec![asked]).await?.pop();
    work.commit().await?;
    body.map(Created).ok_or_else(Error::internal)
}
