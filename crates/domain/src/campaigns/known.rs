//! Rows under ids that the caller knows, for data that is put in place again and again and must
//! come out the same. Only whoever may manage people may do so.

use super::store::campaigns::Decided;
use super::store::{campaigns, creatives, flights};
use super::{Campaign, CampaignError, Creative, Flight, NewCampaign, NewCreative, NewFlight};
use super::{booking, flying, uploads};
use crate::actor::{Action, Scope};
use crate::id::{CampaignId, CreativeId, FlightId};
use crate::work::Work;

/// Books a campaign under this id, or gives the one that has it the state and the end of `new`.
pub async fn put_campaign(
    work: &mut Work,
    id: CampaignId,
    new: NewCampaign,
) -> Result<Campaign, CampaignError> {
    work.may(Action::ManageUsers)?;
    let budget = new.check()?;
    if let Some(found) = campaigns::find(work.tx(), Scope::All.into(), id).await? {
        let (now, life) = (work.now, (new.status, new.end_date));
        return Ok(campaigns::renew(work.tx(), found.id, life, now).await?);
    }
    let organization_id = booking::owner_of(work, new.organization_id).await?;
    if let Some(brand) = new.brand_organization_id {
        booking::check_brand(work, brand).await?;
    }
    let decided = Decided {
        id,
        organization_id,
        budget,
    };
    booking::insert(work, decided, &new).await
}

/// Adds a flight under this id to the campaign; the one that has it is left as it is.
pub async fn put_flight(
    work: &mut Work,
    id: FlightId,
    campaign_id: CampaignId,
    new: NewFlight,
) -> Result<Flight, CampaignError> {
    work.may(Action::ManageUsers)?;
    new.check()?;
    let flights = flights::of_campaigns(work.tx(), vec![campaign_id]).await?;
    match flights.into_iter().find(|flight| flight.id == id) {
        Some(flight) => Ok(flight),
        None => flying::insert(work, id, campaign_id, &new).await,
    }
}

/// Adds a creative under this id, whose file lies in the store; the one that has it is left as it
/// is.
pub async fn put_creative(
    work: &mut Work,
    id: CreativeId,
    new: NewCreative,
) -> Result<Creative, CampaignError> {
    work.may(Action::ManageUsers)?;
    match creatives::find(work.tx(), Scope::All.into(), id).await? {
        Some(creative) => Ok(creative),
        None => uploads::insert(work, id, &new).await,
    }
}
