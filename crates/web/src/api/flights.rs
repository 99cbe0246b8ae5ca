//! Flights: the rules a campaign runs under, and changes of them.

use axum::extract::State;
use axum::http::Method;
use beta_domain::actor::Action;
use beta_domain::campaigns::{
    self, Cap, CreativeFormat, Flight, FlightChanges, FlightMode, MinGap, NewFlight, Pacing,
};
use beta_domain::id::{CampaignId, FlightId};
use beta_kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::extract::{Created, IfMatch, Json, Path, Versioned, Who, nullable, present};
use crate::router::{Access, Endpoint, endpoint};
use crate::state::App;

pub(super) fn endpoints() -> Vec<Endpoint> {
    use Access::Needs;
    vec![
        endpoint(
            Method::POST,
            "/campaigns/{id}/flights",
            Needs(Action::CreateFlight),
            create,
        ),
        endpoint(
            Method::GET,
            "/flights/{id}",
            Needs(Action::ReadCampaign),
            find,
        ),
        endpoint(
            Method::PATCH,
            "/flights/{id}",
            Needs(Action::UpdateFlight),
            change,
        ),
    ]
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct NewFlightBody {
    pacing_per_hour: Pacing,
    cap_per_streamer_per_hour: Cap,
    cap_per_session: Cap,
    allowed_formats: Vec<CreativeFormat>,
    #[serde(default, deserialize_with = "present")]
    mode: Option<FlightMode>,
    #[serde(default, deserialize_with = "present")]
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
#[derive(Debug, Serialize)]
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
    start_at: Option<Timestamp>,
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
    Json(body): Json<NewFlightBody>,
) -> Result<Created<FlightBody>, Error> {
    let mut work = app.works.begin(actor).await?;
    let flight = campaigns::add_flight(&mut work, id, body.into()).await?;
    work.commit().await?;
    Ok(Created(flight.into()))
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct FlightChangesBody {
    #[serde(default, deserialize_with = "present")]
    pacing_per_hour: Option<Pacing>,
    #[serde(default, deserialize_with = "present")]
    cap_per_streamer_per_hour: Option<Cap>,
    #[serde(default, deserialize_with = "present")]
    cap_per_session: Option<Cap>,
    #[serde(default, deserialize_with = "present")]
    allowed_formats: Option<Vec<CreativeFormat>>,
    #[serde(default, deserialize_with = "present")]
    mode: Option<FlightMode>,
    #[serde(default, deserialize_with = "present")]
    min_gap_sec: Option<MinGap>,
    #[serde(default, deserialize_with = "nullable")]
    start_at: Option<Option<Timestamp>>,
    #[serde(default, deserialize_with = "nullable")]
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
