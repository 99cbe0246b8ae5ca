//! The verbs of booking: campaigns, their states, their flights and their channels.

use std::collections::{BTreeMap, HashMap};

use beta_kit::page::{Limit, Place};
use serde_json::json;

use super::store::assignments::Assigned;
use super::store::campaigns::Decided;
use super::store::{assignments, campaigns, creatives, flights, ledgers};
use super::{
    Assignment, AssignmentStatus, BookedCampaign, Campaign, CampaignError, CampaignStatus, Flight,
    FullCampaign, NewAssignments, NewCampaign, NewFlight, Reason,
};
use crate::accounts::{self, OrganizationKind};
use crate::actor::{Action, Actor, Role};
use crate::audit::{self, Act};
use crate::id::{CampaignId, ChannelId, FlightId, OrganizationId};
use crate::streamers;
use crate::work::Work;

/// Books a campaign for the actor's agency; an administrator may name another one.
pub async fn create(work: &mut Work, new: NewCampaign) -> Result<Campaign, CampaignError> {
    work.may(Action::CreateCampaign)?;
    let budget = new.check()?;
    check_beginning(work.actor(), new.status)?;
    let organization_id = owner_of(work, new.organization_id).await?;
    if let Some(brand) = new.brand_organization_id {
        check_brand(work, brand).await?;
    }

    let id = work.mint();
    let decided = Decided {
        id,
        organization_id,
        budget,
    };
    insert(work, decided, &new).await
}

/// Writes a campaign that was decided about, with its empty ledger.
pub(super) async fn insert(
    work: &mut Work,
    decided: Decided,
    new: &NewCampaign,
) -> Result<Campaign, CampaignError> {
    let now = work.now;
    let campaign = campaigns::insert(work.tx(), decided, new, now).await?;
    ledgers::open(work.tx(), campaign.id).await?;
    let payload = json!({ "campaignName": campaign.name });
    record(work, "campaign_created", campaign.id, payload).await?;
    Ok(campaign)
}

/// Refuses a first state that is not the actor's to give.
fn check_beginning(actor: &Actor, status: CampaignStatus) -> Result<(), CampaignError> {
    match actor.user() {
        Some(user) if !status.may_begin_as(user.role) => Err(CampaignError::ApprovalRequired {
            status: status.as_str(),
        }),
        _ => Ok(()),
    }
}

/// The agency a new campaign belongs to.
pub(super) async fn owner_of(
    work: &mut Work,
    named: Option<OrganizationId>,
) -> Result<OrganizationId, CampaignError> {
    let field = "organizationId";
    let (own, is_admin) = match work.actor().user() {
        Some(user) => (user.organization_id, user.role == Role::Admin),
        None => (None, true),
    };
    let id = named.or(own).ok_or(CampaignError::OrganizationRequired)?;
    // An agency that names another one must not learn whether that one exists.
    if !is_admin && own != Some(id) {
        return Err(CampaignError::OrganizationNotFound { field });
    }
    let kind = kind_of(work, id).await?;
    match (kind, named) {
        (Some(OrganizationKind::Agency), _) => Ok(id),
        (_, Some(_)) => Err(CampaignError::OrganizationNotFound { field }),
        // The actor's own organisation books nothing: they must say which agency.
        (_, None) => Err(CampaignError::OrganizationRequired),
    }
}

pub(super) async fn check_brand(work: &mut Work, id: OrganizationId) -> Result<(), CampaignError> {
    if kind_of(work, id).await? == Some(OrganizationKind::Brand) {
        return Ok(());
    }
    Err(CampaignError::OrganizationNotFound {
        field: "brandOrganizationId",
    })
}

async fn kind_of(
    work: &mut Work,
    id: OrganizationId,
) -> Result<Option<OrganizationKind>, CampaignError> {
    let organization = accounts::find_organization(work.tx(), id).await?;
    Ok(organization.map(|organization| organization.kind))
}

/// The actor's campaigns with everything that hangs on them, newest first, from `after` on.
pub async fn list(
    work: &mut Work,
    limit: Limit,
    after: Place,
) -> Result<Vec<BookedCampaign>, CampaignError> {
    work.may(Action::ReadCampaigns)?;
    let visible = work.actor().scope().into();
    let found = campaigns::list(work.tx(), visible, limit, after).await?;
    book(work, found).await
}

/// The campaign with everything that hangs on it, the channels themselves included.
pub async fn find(work: &mut Work, id: CampaignId) -> Result<FullCampaign, CampaignError> {
    work.may(Action::ReadCampaign)?;
    let campaign = find_own(work, id).await?;
    let booked = book(work, vec![campaign]).await?.into_iter().next();
    let booked = booked.ok_or(CampaignError::CampaignNotFound)?;
    let ids = booked
        .assignments
        .iter()
        .map(|assignment| assignment.channel_id);
    let channels = streamers::find_channels(work, ids.collect()).await?;
    let channels = channels
        .into_iter()
        .map(|channel| (channel.id, channel))
        .collect();
    Ok(FullCampaign { booked, channels })
}

/// Adds what hangs on each campaign: one question per table, whatever their number.
async fn book(work: &mut Work, found: Vec<Campaign>) -> Result<Vec<BookedCampaign>, CampaignError> {
    let ids: Vec<CampaignId> = found.iter().map(|campaign| campaign.id).collect();
    let tx = work.tx();
    let mut all_flights = group(flights::of_campaigns(tx, ids.clone()).await?, |f| {
        f.campaign_id
    });
    let mut all_creatives = group(creatives::of_campaigns(tx, ids.clone()).await?, |c| {
        c.campaign_id
    });
    let mut all_assignments = group(assignments::of_campaigns(tx, ids).await?, |a| a.campaign_id);
    let booked = found.into_iter().map(|campaign| BookedCampaign {
        flights: all_flights.remove(&campaign.id).unwrap_or_default(),
        creatives: all_creatives.remove(&campaign.id).unwrap_or_default(),
        assignments: all_assignments.remove(&campaign.id).unwrap_or_default(),
        campaign,
    });
    Ok(booked.collect())
}

fn group<T>(items: Vec<T>, key: impl Fn(&T) -> CampaignId) -> HashMap<CampaignId, Vec<T>> {
    let mut groups: HashMap<CampaignId, Vec<T>> = HashMap::new();
    for item in items {
        groups.entry(key(&item)).or_default().push(item);
    }
    groups
}

/// Moves the campaign to another state.
pub async fn set_status(
    work: &mut Work,
    id: CampaignId,
    to: CampaignStatus,
    reason: Option<Reason>,
) -> Result<Campaign, CampaignError> {
    work.may(Action::SetCampaignStatus)?;
    let from = find_own(work, id).await?.status;
    let is_agency = work
        .actor()
        .user()
        .is_some_and(|user| user.role != Role::Admin);
    if is_agency && to.needs_approval() {
        return Err(CampaignError::ApprovalRequired {
            status: to.as_str(),
        });
    }
    if !from.can_become(to) {
        return Err(CampaignError::CannotBecome { from, to });
    }
    let now = work.now;
    let moved = campaigns::move_to(work.tx(), id, (from, to), now).await?;
    // Somebody else moved it between our look and our step.
    let campaign = moved.ok_or(CampaignError::CannotBecome { from, to })?;
    let reason = reason.as_ref().map(Reason::as_str);
    let payload = json!({ "from": from.as_str(), "to": to.as_str(), "reason": reason });
    record(work, "campaign_status_changed", id, payload).await?;
    Ok(campaign)
}

/// Adds a flight to the campaign.
pub async fn add_flight(
    work: &mut Work,
    id: CampaignId,
    new: NewFlight,
) -> Result<Flight, CampaignError> {
    work.may(Action::CreateFlight)?;
    new.check()?;
    find_own(work, id).await?;
    let flight_id = work.mint();
    insert_flight(work, flight_id, id, &new).await
}

/// Writes a flight of a campaign that is known to be there.
pub(super) async fn insert_flight(
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

/// Assigns channels to the campaign, or changes their price; answers in the order of the request,
/// a channel named twice included. Assigning again leaves the streamer's answer as it is.
pub async fn assign(
    work: &mut Work,
    id: CampaignId,
    new: NewAssignments,
) -> Result<Vec<Assignment>, CampaignError> {
    work.may(Action::AssignStreamers)?;
    new.check()?;
    let campaign = find_own(work, id).await?;
    let terms = new.terms(campaign.budget.currency())?;
    // In the order of their ids, so that two calls never wait for each other.
    let mut assigned: BTreeMap<ChannelId, Assignment> = BTreeMap::new();
    for (channel_id, auto_accept) in channels_of(work, &new.channel_ids).await? {
        let status = if auto_accept {
            AssignmentStatus::Accepted
        } else {
            AssignmentStatus::Pending
        };
        let channel = Assigned {
            id: work.mint(),
            channel_id,
            status,
        };
        let now = work.now;
        let row = assignments::upsert(work.tx(), &campaign, channel, terms, now).await?;
        assigned.insert(channel_id, row);
    }
    let payload = json!({ "count": new.channel_ids.len(), "channelIds": new.channel_ids });
    record(work, "campaign_streamers_assigned", id, payload).await?;
    Ok(new
        .channel_ids
        .iter()
        .filter_map(|channel| assigned.get(channel).cloned())
        .collect())
}

/// The channels that are named, each once, and whether they take every campaign by themselves.
async fn channels_of(
    work: &mut Work,
    named: &[ChannelId],
) -> Result<BTreeMap<ChannelId, bool>, CampaignError> {
    let found = streamers::find_channels(work, named.to_vec()).await?;
    let found: BTreeMap<ChannelId, bool> = found
        .into_iter()
        .map(|channel| (channel.id, channel.auto_accept))
        .collect();
    match named.iter().position(|id| !found.contains_key(id)) {
        Some(index) => Err(CampaignError::ChannelNotFound { index }),
        None => Ok(found),
    }
}

/// The campaign, when the actor may see it.
async fn find_own(work: &mut Work, id: CampaignId) -> Result<Campaign, CampaignError> {
    let visible = work.actor().scope().into();
    let campaign = campaigns::find(work.tx(), visible, id).await?;
    campaign.ok_or(CampaignError::CampaignNotFound)
}

async fn record(
    work: &mut Work,
    action: &'static str,
    id: CampaignId,
    payload: serde_json::Value,
) -> Result<(), CampaignError> {
    let act = Act {
        action,
        entity_type: "campaign",
        entity_id: id.to_string(),
        payload,
    };
    Ok(audit::record(work, act).await?)
}
