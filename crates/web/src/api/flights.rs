//! Flights: the rules a campaign runs under, and changes of them.

use axum::extract::State;
use axum::http::{Method, StatusCode};
use beta_domain::actor::Action;
use beta_domain::campaigns::{
    self, Cap, CreativeFormat, Flight, FlightChanges, FlightMode, MinGap, NewFlight, Pacing,
};
use beta_domain::id::{CampaignId, FlightId};
use beta_kit::describe::ToSchema;
use beta_kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::extract::{IfMatch, Json, Made, Once, Path, Versioned, Who, nullable, present};
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::state::App;

/// Why a flight is left as it is.
const HELD: &str = "The campaign is reviewed or over, or has too many flights";

pub(super) fn endpoints() -> Vec<Endpoint> {
    use Access::Needs;
    let create_access = Needs(Action::CreateFlight);
    let read = Needs(Action::ReadCampaign);
    let update = Needs(Action::UpdateFlight);
    vec![
        operation(
            Method::POST,
            "/campaigns/{id}/flights",
            create_access,
            create,
        )
        .says("createFlight", "Add a flight to a campaign")
        .refuses(StatusCode::CONFLICT, HELD),
        operation(Method::GET, "/flights/{id}", read, find).says("readFlight", "Read a flight"),
        operation(Method::PATCH, "/flights/{id}", update, change)
            .says("updateFlight", "Change a flight")
            .refuses(StatusCode::CONFLICT, HELD),
    ]
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({
    "pacingPerHour": 20,
    "capPerStreamerPerHour": 6,
    "capPerSession": 30,
    "allowedFormats": ["image", "mp4"],
}))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct NewFlightBody {
    pacing_per_hour: Pacing,
    cap_per_streamer_per_hour: Cap,
    cap_per_session: Cap,
    #[schema(min_items = 1, max_items = 3)]
    allowed_formats: Vec<CreativeFormat>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    mode: Option<FlightMode>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    min_gap_sec: Option<MinGap>,
    start_at: Option<Timestamp>,
    end_at: Option<Timestamp>,
}

impl From<NewFlightBody> for NewFlight {
    fn from(body: NewFlightBody) -> Self {
        Self {
            pacing_per_hour: body.pacing_per_hour,
            cap_per_streamer_per_hour: body.cap_per_streamer_per_hour,
            cap_per_session: body.cap_per_session,
            allowed_formats: body.allowed_formats,
            mode: body.mode.unwrap_or(FlightMode::Manual),
            min_gap_sec: body.min_gap_sec.unwrap_or(MinGap::MIN),
            start_at: body.start_at,
            end_at: body.end_at,
        }
    }
}

/// A flight on the wire.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FlightBody {
    id: FlightId,
    campaign_id: CampaignId,
    pacing_per_hour: i64,
    cap_per_streamer_per_hour: i64,
    cap_per_session: i64,
    allowed_formats: Vec<CreativeFormat>,
    mode: FlightMode,
    min_gap_sec: i64,
    #[schema(required)]
    start_at: Option<Timestamp>,
    #[schema(required)]
    end_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Flight> for FlightBody {
    fn from(flight: Flight) -> Self {
        Self {
            id: flight.id,
            campaign_id: flight.campaign_id,
            pacing_per_hour: flight.pacing_per_hour,
            cap_per_streamer_per_hour: flight.cap_per_streamer_per_hour,
            cap_per_session: flight.cap_per_session,
            allowed_formats: flight.allowed_formats,
            mode: flight.mode,
            min_gap_sec: flight.min_gap_sec,
            start_at: flight.start_at,
            end_at: flight.end_at,
            created_at: flight.created_at,
            updated_at: flight.updated_at,
        }
    }
}

/// `POST /campaigns/{id}/flights`
async fn create(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<CampaignId>,
    Once(body, retry): Once<NewFlightBody>,
) -> Result<Made<FlightBody>, Error> {
    let mut work = app.works.begin(actor).await?;
    if let Some(earlier) = retry.earlier(&mut work).await? {
        return Ok(earlier);
    }
    let flight = campaigns::add_flight(&mut work, id, body.into()).await?;
    retry.answer(work, flight.into()).await
}

/// `GET /flights/{id}`
async fn find(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<FlightId>,
) -> Result<Versioned<FlightBody>, Error> {
    let mut work = app.works.read(actor).await?;
    let flight = campaigns::find_flight(&mut work, id).await?;
    Ok(Versioned(flight.version, flight.into()))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct FlightChangesBody {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pacing_per_hour: Option<Pacing>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    cap_per_streamer_per_hour: Option<Cap>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    cap_per_session: Option<Cap>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_items = 1, max_items = 3)]
    allowed_formats: Option<Vec<CreativeFormat>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    mode: Option<FlightMode>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    min_gap_sec: Option<MinGap>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Timestamp>)]
    start_at: Option<Option<Timestamp>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Timestamp>)]
    end_at: Option<Option<Timestamp>>,
}

impl From<FlightChangesBody> for FlightChanges {
    fn from(body: FlightChangesBody) -> Self {
        Self {
            pacing_per_hour: body.pacing_per_hour,
            cap_per_streamer_per_hour: body.cap_per_streamer_per_hour,
            cap_per_session: body.cap_per_session,
            allowed_formats: body.allowed_formats,
            mode: body.mode,
            min_gap_sec: body.min_gap_sec,
            start_at: body.start_at,
            end_at: body.end_at,
        }
    }
}

/// `PATCH /flights/{id}`
async fn change(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<FlightId>,
    IfMatch(expected): IfMatch,
    Json(body): Json<FlightChangesBody>,
) -> Result<Versioned<FlightBody>, Error> {
    let mut work = app.works.begin(actor).await?;
    let flight = campaigns::change_flight(&mut work, id, expected, body.into()).await?;
    work.commit().await?;
    Ok(Versioned(flight.version, flight.into()))
}
