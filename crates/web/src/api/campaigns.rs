//! Campaigns: book, list, look, move through the states.

use axum::extract::State;
use axum::http::{Method, StatusCode};
use beta_domain::actor::Action;
use beta_domain::campaigns::{
    self, Assignment, BookedCampaign, Campaign, CampaignError, CampaignName, CampaignStatus,
    FullCampaign, NewCampaign, Objective, Reason, Targeting,
};
use beta_domain::id::{CampaignId, OrganizationId};
use beta_domain::streamers::Channel;
use beta_kit::describe::ToSchema;
use beta_kit::money::{Currency, Decimal, Money};
use beta_kit::page::Place;
use beta_kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::assignments::AssignmentBody;
use super::creatives::CreativeBody;
use super::flights::FlightBody;
use super::streamers::ChannelBody;
use crate::error::Error;
use crate::extract::{Created, Found, Json, Made, Once, Page, Paged, Path, Who, present};
use crate::openapi::draft::Way;
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::state::App;

/// How many campaigns come when nobody says how many.
const PAGE_ROWS: u16 = 100;

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
        operation(Method::POST, "/campaigns/{id}/status", set, set_status)
            .says("setCampaignStatus", "Move a campaign to another status")
            .refuses(
                StatusCode::CONFLICT,
                "The campaign cannot go there from where it is",
            ),
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

/// `GET /campaigns`
async fn list(
    State(app): State<App>,
    Who(actor): Who,
    page: Page<Place, PAGE_ROWS>,
) -> Result<Paged<BookedBody<AssignmentBody>>, Error> {
    let mut work = app.works.read(actor).await?;
    let found = campaigns::list(&mut work, page.limit, page.after.unwrap_or(Place::START)).await?;
    let last = found.last().map(|booked| Place {
        at: booked.campaign.created_at,
        id: booked.campaign.id.uuid(),
    });
    let rows = found
        .into_iter()
        .map(|booked| BookedBody::new(booked, Into::into));
    Ok(page.answer(rows.collect(), last))
}

/// `GET /campaigns/{id}`
async fn find(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<CampaignId>,
) -> Result<Found<BookedBody<AssignedChannelBody>>, Error> {
    let mut work = app.works.read(actor).await?;
    let FullCampaign { booked, channels } = campaigns::find(&mut work, id).await?;
    Ok(Found(BookedBody::new(booked, |assignment| {
        let channel: Option<&Channel> = channels.get(&assignment.channel_id);
        let channel = channel.cloned().map(Into::into);
        AssignedChannelBody {
            assignment: assignment.into(),
            channel,
        }
    })))
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
