//! The verbs of booking: campaigns are made, found and listed.

use std::collections::HashMap;

use beta_kit::page::{Limit, Place};
use serde_json::json;

use super::store::campaigns::Decided;
use super::store::{assignments, campaigns, creatives, flights, ledgers};
use super::{
    BookedCampaign, Campaign, CampaignError, CampaignFilter, CampaignStatus, FullCampaign, Ledger,
    NewCampaign,
};
use crate::accounts::{self, OrganizationKind};
use crate::actor::{Action, Actor, Role};
use crate::audit::{self, Act};
use crate::id::{CampaignId, OrganizationId};
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

/// The actor's campaigns that the filter names, with everything that hangs on them, from `after`
/// on.
pub async fn list(
    work: &mut Work,
    filter: &CampaignFilter,
    limit: Limit,
    after: Option<Place>,
) -> Result<Vec<BookedCampaign>, CampaignError> {
    work.may(Action::ReadCampaigns)?;
    let visible = work.actor().scope().into();
    let found = campaigns::list(work.tx(), visible, filter, limit, after).await?;
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

/// The campaign, when the actor may see it.
pub(super) async fn find_own(work: &mut Work, id: CampaignId) -> Result<Campaign, CampaignError> {
    let visible = work.actor().scope().into();
    let campaign = campaigns::find(work.tx(), visible, id).await?;
    campaign.ok_or(CampaignError::CampaignNotFound)
}

/// The campaign, when the actor may see it, and its ledger: held, so that until the work ends
/// nobody else leases, settles or changes anything of it.
pub(super) async fn hold_own(
    work: &mut Work,
    id: CampaignId,
) -> Result<(Campaign, Ledger), CampaignError> {
    find_own(work, id).await?;
    let ledger = ledgers::lock(work.tx(), id).await?;
    // Read anew: somebody may have changed it before the lock was ours.
    Ok((find_own(work, id).await?, ledger))
}

pub(super) async fn record(
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
