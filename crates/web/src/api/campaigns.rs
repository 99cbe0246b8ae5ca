//! Campaigns: book, list, look, change, move through the states.

use axum::extract::{OriginalUri, State};
use axum::http::{Method, StatusCode};
use beta_domain::actor::Action;
use beta_domain::campaigns::{
    self, Assignment, BookedCampaign, Campaign, CampaignChanges, CampaignError, CampaignFilter,
    CampaignName, CampaignStatus, EVIDENCE_DEFAULT, Evidence, FullCampaign, NewCampaign, Objective,
    Order, Reason, Targeting, Words,
};
use beta_domain::id::{CampaignId, OrganizationId};
use beta_domain::streamers::Channel;
use beta_kit::describe::ToSchema;
use beta_kit::money::{Currency, Decimal, Money};
use beta_kit::page::{Limit, Place};
use beta_kit::text::TimeZoneName;
use beta_kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::assignments::AssignmentBody;
use super::creatives::CreativeBody;
use super::flights::FlightBody;
use super::streamers::ChannelBody;
use crate::error::Error;
use crate::extract::{
    Created, IfMatch, Json, Linked, Made, Once, Path, Query, Versioned, Who, linked, nullable,
    present,
};
use crate::openapi::draft::Way;
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::state::App;

/// How many campaigns come when nobody says how many.
const LIMIT_DEFAULT: Limit = Limit::new(100).expect("a hundred is a limit");

pub(super) fn endpoints() -> Vec<Endpoint> {
    use Access::Needs;
    let set = Needs(Action::SetCampaignStatus);
    vec![
        operation(
            Method::POST,
            "/campaigns",
            Needs(Action::CreateCampaign),
            create,
        )
        .says("createCampaign", "Book a campaign")
        .refuses(StatusCode::NOT_FOUND, "An organisation is not there"),
        operation(
            Method::GET,
            "/campaigns",
            Needs(Action::ReadCampaigns),
            list,
        )
        .says("listCampaigns", "List campaigns"),
        operation(
            Method::GET,
            "/campaigns/{id}",
            Needs(Action::ReadCampaign),
            find,
        )
        .says("readCampaign", "Read a campaign")
        .tells(|draft| drop(draft.schema::<AssignedChannelBody>(Way::Out))),
        operation(
            Method::PATCH,
            "/campaigns/{id}",
            Needs(Action::UpdateCampaign),
            change,
        )
        .says("updateCampaign", "Change a campaign")
        .refuses(
            StatusCode::CONFLICT,
            "Its state or its money does not allow the change",
        ),
        operation(Method::POST, "/campaigns/{id}/status", set, set_status)
            .says("setCampaignStatus", "Move a campaign to another status")
            .refuses(StatusCode::CONFLICT, "No campaign moves like this"),
    ]
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({
    "name": "Summer",
    "advertiser": "Acme",
    "objective": "More people know us",
    "startDate": "2026-06-01",
    "endDate": "2026-06-30T23:59:59Z",
    "budget": 5000,
    "currency": "EUR",
    "targeting": {"countries": ["DE"]},
}))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct NewCampaignBody {
    name: CampaignName,
    advertiser: CampaignName,
    objective: Objective,
    start_date: Timestamp,
    end_date: Timestamp,
    budget: Decimal,
    currency: Currency,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, value_type = Option<Object>)]
    targeting: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    time_zone: Option<TimeZoneName>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    billable_evidence: Option<Evidence>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    status: Option<CampaignStatus>,
    organization_id: Option<OrganizationId>,
    brand_organization_id: Option<OrganizationId>,
}

impl TryFrom<NewCampaignBody> for NewCampaign {
    type Error = CampaignError;

    fn try_from(body: NewCampaignBody) -> Result<Self, CampaignError> {
        Ok(Self {
            organization_id: body.organization_id,
            brand_organization_id: body.brand_organization_id,
            name: body.name,
            advertiser: body.advertiser,
            objective: body.objective,
            start_date: body.start_date,
            end_date: body.end_date,
            budget: body.budget,
            currency: body.currency,
            targeting: body
                .targeting
                .map(Targeting::parse)
                .transpose()?
                .unwrap_or_default(),
            time_zone: body.time_zone.unwrap_or_default(),
            billable_evidence: body.billable_evidence.unwrap_or(EVIDENCE_DEFAULT),
            status: body.status.unwrap_or(CampaignStatus::Draft),
        })
    }
}

/// A campaign on the wire.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CampaignBody {
    id: CampaignId,
    name: String,
    advertiser: String,
    objective: String,
    start_date: Timestamp,
    end_date: Timestamp,
    budget: Money,
    currency: Currency,
    status: CampaignStatus,
    #[schema(value_type = Object)]
    targeting: Value,
    organization_id: OrganizationId,
    brand_organization_id: Option<OrganizationId>,
    time_zone: String,
    billable_evidence: u8,
    review_reason: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Campaign> for CampaignBody {
    fn from(campaign: Campaign) -> Self {
        Self {
            id: campaign.id,
            name: campaign.name,
            advertiser: campaign.advertiser,
            objective: campaign.objective,
            start_date: campaign.start_date,
            end_date: campaign.end_date,
            budget: campaign.budget,
            currency: campaign.budget.currency(),
            status: campaign.status,
            targeting: campaign.targeting,
            organization_id: campaign.organization_id,
            brand_organization_id: campaign.brand_organization_id,
            time_zone: campaign.time_zone,
            billable_evidence: campaign.billable_evidence,
            review_reason: campaign.review_reason,
            created_at: campaign.created_at,
            updated_at: campaign.updated_at,
        }
    }
}

/// A campaign with everything that hangs on it.
#[derive(Debug, Serialize, ToSchema)]
struct BookedBody<A> {
    #[serde(flatten)]
    campaign: CampaignBody,
    flights: Vec<FlightBody>,
    creatives: Vec<CreativeBody>,
    assignments: Vec<A>,
}

impl<A> BookedBody<A> {
    fn new(booked: BookedCampaign, tell: impl Fn(Assignment) -> A) -> Self {
        Self {
            campaign: booked.campaign.into(),
            flights: booked.flights.into_iter().map(Into::into).collect(),
            creatives: booked.creatives.into_iter().map(Into::into).collect(),
            assignments: booked.assignments.into_iter().map(tell).collect(),
        }
    }
}

/// An assignment with its channel.
#[derive(Debug, Serialize, ToSchema)]
struct AssignedChannelBody {
    #[serde(flatten)]
    assignment: AssignmentBody,
    #[schema(required)]
    channel: Option<ChannelBody>,
}

/// `POST /campaigns`
async fn create(
    State(app): State<App>,
    Who(actor): Who,
    Once(body, retry): Once<NewCampaignBody>,
) -> Result<Made<CampaignBody>, Error> {
    let new = body.try_into()?;
    let mut work = app.works.begin(actor).await?;
    if let Some(earlier) = retry.earlier(&mut work).await? {
        return Ok(earlier);
    }
    let campaign = campaigns::create(&mut work, new).await?;
    retry.answer(work, campaign.into()).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ListQuery {
    status: Option<CampaignStatus>,
    q: Option<Words>,
    order: Option<Order>,
    #[serde(default, deserialize_with = "linked::limit")]
    limit: Option<Limit>,
    #[serde(default, deserialize_with = "linked::mark")]
    cursor: Option<Place>,
}

/// `GET /campaigns`
async fn list(
    State(app): State<App>,
    Who(actor): Who,
    OriginalUri(uri): OriginalUri,
    Query(asked): Query<ListQuery>,
) -> Result<Linked<Vec<BookedBody<AssignmentBody>>>, Error> {
    let filter = CampaignFilter {
        status: asked.status,
        words: asked.q,
        order: asked.order.unwrap_or_default(),
    };
    let limit = asked.limit.unwrap_or(LIMIT_DEFAULT);
    let mut work = app.works.read(actor).await?;
    let found = campaigns::list(&mut work, &filter, limit, asked.cursor).await?;
    let next = linked::next(&found, limit, |last| last.campaign.place());
    let rows = found
        .into_iter()
        .map(|booked| BookedBody::new(booked, Into::into));
    Ok(Linked::new(rows.collect(), &uri, next.as_deref()))
}

/// `GET /campaigns/{id}`
async fn find(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<CampaignId>,
) -> Result<Versioned<BookedBody<AssignedChannelBody>>, Error> {
    let mut work = app.works.read(actor).await?;
    let FullCampaign { booked, channels } = campaigns::find(&mut work, id).await?;
    let version = booked.campaign.version;
    let body = BookedBody::new(booked, |assignment| {
        let channel: Option<&Channel> = channels.get(&assignment.channel_id);
        let channel = channel.cloned().map(Into::into);
        AssignedChannelBody {
            assignment: assignment.into(),
            channel,
        }
    });
    Ok(Versioned(version, body))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct CampaignChangesBody {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    name: Option<CampaignName>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    advertiser: Option<CampaignName>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    objective: Option<Objective>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    start_date: Option<Timestamp>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    end_date: Option<Timestamp>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    budget: Option<Decimal>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, value_type = Option<Object>)]
    targeting: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    time_zone: Option<TimeZoneName>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<OrganizationId>)]
    brand_organization_id: Option<Option<OrganizationId>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    billable_evidence: Option<Evidence>,
}

impl TryFrom<CampaignChangesBody> for CampaignChanges {
    type Error = CampaignError;

    fn try_from(body: CampaignChangesBody) -> Result<Self, CampaignError> {
        Ok(Self {
            name: body.name,
            advertiser: body.advertiser,
            objective: body.objective,
            start_date: body.start_date,
            end_date: body.end_date,
            budget: body.budget,
            targeting: body.targeting.map(Targeting::parse).transpose()?,
            time_zone: body.time_zone,
            brand_organization_id: body.brand_organization_id,
            billable_evidence: body.billable_evidence,
        })
    }
}

/// `PATCH /campaigns/{id}`
async fn change(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<CampaignId>,
    IfMatch(expected): IfMatch,
    Json(body): Json<CampaignChangesBody>,
) -> Result<Versioned<CampaignBody>, Error> {
    let changes = body.try_into()?;
    let mut work = app.works.begin(actor).await?;
    let campaign = campaigns::change(&mut work, id, expected, changes).await?;
    work.commit().await?;
    Ok(Versioned(campaign.version, campaign.into()))
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"status": "paused"}))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct StatusBody {
    status: CampaignStatus,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    reason: Option<Reason>,
}

/// `POST /campaigns/{id}/status`
async fn set_status(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<CampaignId>,
    Json(body): Json<StatusBody>,
) -> Result<Created<CampaignBody>, Error> {
    let mut work = app.works.begin(actor).await?;
    let campaign = campaigns::set_status(&mut work, id, body.status, body.reason).await?;
    work.commit().await?;
    Ok(Created(campaign.into()))
}
