//! What was shown, and the whole story of each play.

use axum::extract::{OriginalUri, State};
use axum::http::Method;
use beta_domain::actor::Action;
use beta_domain::campaigns::CreativeFormat;
use beta_domain::deliveries::{self, DeliveryState, Story, StoryFilter, Told};
use beta_domain::id::{CampaignId, ChannelId, CreativeId, DeliveryId, EventId, SessionId};
use beta_domain::journal::{EventType, LoggedEvent, Reason};
use beta_domain::sessions::{ViewerSource, Viewership};
use beta_kit::describe::ToSchema;
use beta_kit::money::Currency;
use beta_kit::page::{Limit, Place};
use beta_kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::extract::{Found, Linked, Path, Query, Who, linked};
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::state::App;

/// How many deliveries a page has when nobody says.
const LIMIT_DEFAULT: Limit = Limit::new(50).expect("fifty is a limit");

pub(super) fn endpoints() -> Vec<Endpoint> {
    let needs = Access::Needs(Action::ReadDeliveries);
    vec![
        operation(Method::GET, "/deliveries", needs, list)
            .says("listDeliveries", "List what was shown"),
        operation(Method::GET, "/deliveries/{id}", needs, find)
            .says("readDelivery", "Read the whole story of one play"),
    ]
}

/// A delivery on the wire.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DeliveryBody {
    id: DeliveryId,
    campaign: DeliveredCampaignBody,
    channel: DeliveredChannelBody,
    creative: DeliveredCreativeBody,
    session_id: SessionId,
    status: DeliveryState,
    #[schema(required)]
    reason: Option<String>,
    duration_sec: u16,
    evidence_level: u8,
    leased_at: Timestamp,
    #[schema(required)]
    acknowledged_at: Option<Timestamp>,
    #[schema(required)]
    rendered_at: Option<Timestamp>,
    #[schema(required)]
    completed_at: Option<Timestamp>,
    #[schema(required)]
    clicked_at: Option<Timestamp>,
    #[schema(required)]
    ended_at: Option<Timestamp>,
    /// How many watched meanwhile, for an impression. Modelled: it stands beside the impression
    /// and is none.
    #[schema(required)]
    audience: Option<PlayAudienceBody>,
    /// What was agreed for an impression, for whoever may know.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    price: Option<String>,
    /// What it cost in the end, for whoever may know.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cost: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    currency: Option<Currency>,
}

#[derive(Debug, Serialize, ToSchema)]
struct PlayAudienceBody {
    viewers: i64,
    source: ViewerSource,
    /// The name and version of how the figure was found.
    method: String,
}

impl From<Viewership> for PlayAudienceBody {
    fn from(figure: Viewership) -> Self {
        Self {
            viewers: figure.viewers,
            source: figure.source,
            method: figure.method,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct DeliveredCampaignBody {
    id: CampaignId,
    name: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DeliveredChannelBody {
    id: ChannelId,
    twitch_channel_name: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct DeliveredCreativeBody {
    id: CreativeId,
    format: CreativeFormat,
}

impl From<Told> for DeliveryBody {
    fn from(told: Told) -> Self {
        let delivery = told.delivery;
        Self {
            id: delivery.id,
            campaign: DeliveredCampaignBody {
                id: delivery.campaign_id,
                name: told.campaign_name,
            },
            channel: DeliveredChannelBody {
                id: delivery.channel_id,
                twitch_channel_name: told.channel_name,
            },
            creative: DeliveredCreativeBody {
                id: delivery.creative_id,
                format: told.format,
            },
            session_id: delivery.session_id,
            status: delivery.state,
            reason: delivery.reason,
            duration_sec: delivery.duration_sec,
            evidence_level: delivery.evidence_level,
            leased_at: delivery.leased_at,
            acknowledged_at: delivery.acknowledged_at,
            rendered_at: delivery.rendered_at,
            completed_at: delivery.completed_at,
            clicked_at: delivery.clicked_at,
            ended_at: delivery.ended_at,
            audience: delivery.viewership.map(Into::into),
            price: told.cost.map(|cost| cost.price.to_string()),
            cost: told.cost.map(|cost| cost.spent.to_string()),
            currency: told.cost.map(|cost| cost.currency),
        }
    }
}

/// A delivery with everything that was reported about it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StoryBody {
    #[serde(flatten)]
    delivery: DeliveryBody,
    states: Vec<StoryStateBody>,
    events: Vec<StoryEventBody>,
    /// Whether there are more events than are told here.
    has_more_events: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct StoryStateBody {
    state: DeliveryState,
    at: Timestamp,
}

/// An event of a delivery on the wire.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StoryEventBody {
    id: EventId,
    #[serde(rename = "type")]
    event_type: EventType,
    ts: Timestamp,
    occurred_at: Timestamp,
    received_at: Timestamp,
    request_id: String,
    #[schema(required)]
    session_id: Option<SessionId>,
    verdict: &'static str,
    #[schema(required)]
    reason: Option<Reason>,
    payload: serde_json::Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    user_agent: Option<String>,
}

impl From<LoggedEvent> for StoryEventBody {
    fn from(event: LoggedEvent) -> Self {
        Self {
            id: event.id,
            event_type: event.event_type,
            ts: event.ts,
            occurred_at: event.occurred_at,
            received_at: event.received_at,
            request_id: event.request_id,
            session_id: event.session_id,
            verdict: event.verdict.as_str(),
            reason: event.verdict.reason(),
            payload: event.payload,
            ip: event.ip,
            user_agent: event.user_agent,
        }
    }
}

impl From<Story> for StoryBody {
    fn from(story: Story) -> Self {
        let states = story.told.states().into_iter();
        Self {
            states: states
                .map(|(state, at)| StoryStateBody { state, at })
                .collect(),
            delivery: story.told.into(),
            events: story.events.into_iter().map(Into::into).collect(),
            has_more_events: story.has_more_events,
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct DeliveriesQuery {
    campaign_id: Option<CampaignId>,
    channel_id: Option<ChannelId>,
    status: Option<DeliveryState>,
    #[serde(default, deserialize_with = "linked::limit")]
    limit: Option<Limit>,
    #[serde(default, deserialize_with = "linked::mark")]
    cursor: Option<Place>,
}

/// `GET /deliveries`
async fn list(
    State(app): State<App>,
    Who(actor): Who,
    OriginalUri(uri): OriginalUri,
    Query(asked): Query<DeliveriesQuery>,
) -> Result<Linked<Vec<DeliveryBody>>, Error> {
    let filter = StoryFilter {
        campaign_id: asked.campaign_id,
        channel_id: asked.channel_id,
        state: asked.status,
    };
    let limit = asked.limit.unwrap_or(LIMIT_DEFAULT);
    let after = asked.cursor.unwrap_or(Place::START);
    let mut work = app.works.read(actor).await?;
    let page = deliveries::list(&mut work, filter, limit, after).await?;
    let next = linked::next(&page, limit, Told::place);
    let rows = page.into_iter().map(Into::into).collect();
    Ok(Linked::new(rows, &uri, next.as_deref()))
}

/// `GET /deliveries/{id}`
async fn find(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<DeliveryId>,
) -> Result<Found<StoryBody>, Error> {
    let mut work = app.works.read(actor).await?;
    Ok(Found(deliveries::story(&mut work, id).await?.into()))
}
