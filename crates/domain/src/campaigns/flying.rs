//! The verbs of flights.

use beta_kit::version::Version;
use serde_json::json;

use super::booking::{hold_own, record};
use super::changes::{Editor, check_open, told_flight};
use super::history::changed;
use super::limits::FLIGHTS_MAX;
use super::store::flights;
use super::{CampaignError, CampaignPart, Flight, FlightChanges, NewFlight};
use crate::actor::Action;
use crate::id::{CampaignId, FlightId};
use crate::work::Work;

/// Adds a flight to the campaign.
pub async fn add_flight(
    work: &mut Work,
    id: CampaignId,
    new: NewFlight,
) -> Result<Flight, CampaignError> {
    work.may(Action::CreateFlight)?;
    new.check()?;
    let (campaign, _) = hold_own(work, id).await?;
    check_open(campaign.status, Editor::of(work.actor()))?;
    if flights::count(work.tx(), id).await? >= FLIGHTS_MAX {
        let (part, max) = (CampaignPart::Flights, FLIGHTS_MAX);
        return Err(CampaignError::Full { part, max });
    }
    let flight_id = work.mint();
    insert(work, flight_id, id, &new).await
}

/// Writes a flight of a campaign that is known to be there.
pub(super) async fn insert(
    work: &mut Work,
    flight_id: FlightId,
    id: CampaignId,
    new: &NewFlight,
) -> Result<Flight, CampaignError> {
    let now = work.now;
    let flight = flights::insert(work.tx(), (flight_id, id), new, now).await?;
    let payload = json!({ "flightId": flight.id, "pacingPerHour": flight.pacing_per_hour });
    record(work, "campaign_flight_created", id, payload).await?;
    Ok(flight)
}

/// The flight.
pub async fn find_flight(work: &mut Work, id: FlightId) -> Result<Flight, CampaignError> {
    work.may(Action::ReadCampaign)?;
    find_own(work, id).await
}

/// Changes the flight, if it is still in the state `expected`. What is the same already is no
/// change.
pub async fn change_flight(
    work: &mut Work,
    id: FlightId,
    expected: Option<Version>,
    changes: FlightChanges,
) -> Result<Flight, CampaignError> {
    work.may(Action::UpdateFlight)?;
    let campaign_id = find_own(work, id).await?.campaign_id;
    let (campaign, _) = hold_own(work, campaign_id).await?;
    let before = find_own(work, id).await?;
    if !before.version.meets(expected) {
        return Err(CampaignError::Stale {
            current: before.version,
        });
    }
    check_open(campaign.status, Editor::of(work.actor()))?;
    let after = changes.apply(&before)?;
    let Some(change) = changed(&told_flight(&before), &told_flight(&after)) else {
        return Ok(before);
    };
    let now = work.now;
    let after = flights::change(work.tx(), &after, now).await?;
    let payload = json!({
        "flightId": id,
        "before": change.before,
        "after": change.after,
    });
    record(work, "campaign_flight_updated", campaign_id, payload).await?;
    Ok(after)
}

async fn find_own(work: &mut Work, id: FlightId) -> Result<Flight, CampaignError> {
    let visible = work.actor().scope().into();
    let flight = flights::find(work.tx(), visible, id).await?;
    flight.ok_or(CampaignError::FlightNotFound)
}
