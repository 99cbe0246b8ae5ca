//! The decision: one transaction from the question "may it run?" to a committed lease.

use std::time::Duration;

use beta_kit::db::DbError;
use beta_kit::time::Timestamp;
use serde_json::json;

use super::booking::hold_booking;
use super::delivery::{Delivery, DeliveryState};
use super::policy::{self, Caps, Refusal};
use super::{lock_channel, store};
use crate::actor::{Action, Denied};
use crate::audit::{self, Act};
use crate::campaigns::{self, Assignment, Campaign, Creative, FeeOutcome, Flight};
use crate::id::{CampaignId, ChannelId, CreativeId, DeliveryId, InstanceId};
use crate::journal::{self, EventType};
use crate::sessions::{self, Session};
use crate::streamers::Animation;
use crate::work::Work;

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct TriggerRequest {
    /// Where.
    pub channel_id: ChannelId,
    /// Which campaign; without it the newest that is assigned to the channel.
    pub campaign_id: Option<CampaignId>,
    /// Which creative; without it the one that was shown longest ago.
    pub creative_id: Option<CreativeId>,
    /// Seconds on screen, 1 to 120; without it the creative's own.
    pub duration_sec: Option<u16>,
    /// The caller's key that makes a retry harmless.
    pub idempotency_key: Option<String>,
    /// Digest of the request, so that the same key with another request is noticed.
    pub digest: String,
}

/// The overlay instance that would play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Who it is, if it says so.
    pub instance_id: Option<InstanceId>,
}

/// What is sent to the overlay.
#[derive(Clone, Debug)]
pub struct Command {
    /// The lease.
    pub delivery: Delivery,
    /// What to show.
    pub creative: Creative,
    /// How it comes on screen.
    pub animation: Animation,
}

/// The answer to a trigger.
#[derive(Clone, Debug)]
pub enum Lease {
    /// A new lease: send it once it is committed.
    New(Box<Command>),
    /// The same request was answered before.
    Earlier(Box<Delivery>),
}

/// Why no lease was given.
#[derive(Debug, thiserror::Error)]
pub enum TriggerError {
    /// The role may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such channel.
    #[error("there is no such channel")]
    ChannelNotFound,
    /// No campaign of the caller's runs on the channel.
    #[error("no campaign is assigned to the channel")]
    NoAssignment,
    /// The campaign has no flight that runs now.
    #[error("the campaign has no flight that runs now")]
    NoFlight,
    /// The channel is not on air.
    #[error("the channel has no active session")]
    NoSession,
    /// There is nothing approved to show.
    #[error("the campaign has no approved creative")]
    NoCreative,
    /// A rule forbids it.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// No overlay of the channel is connected.
    #[error("no overlay of the channel is connected")]
    OverlayNotConnected,
    /// The idempotency key came with another request before.
    #[error("the idempotency key was used for another request")]
    IdempotencyKeyReused,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What a decision is made of.
struct Candidate {
    campaign: Campaign,
    assignment: Assignment,
    flight: Flight,
    session: Session,
    creative: Creative,
}

/// Decides, and leases if every rule allows it. Nothing is sent: that is for after the commit.
pub async fn lease(
    work: &mut Work,
    request: &TriggerRequest,
    target: Option<Target>,
) -> Result<Lease, TriggerError> {
    work.may(Action::TriggerDelivery)?;
    let channel = lock_channel(work, request.channel_id).await?;
    let channel = channel.ok_or(TriggerError::ChannelNotFound)?;
    if let Some(earlier) = find_earlier(work, request).await? {
        return Ok(Lease::Earlier(Box::new(earlier)));
    }
    let (campaign, assignment) = hold_booking(work, &channel, request.campaign_id).await?;
    let flights = running_flights(work, &campaign).await?;
    let session = sessions::find_on_air(work, channel.id)
        .await?
        .ok_or(TriggerError::NoSession)?;
    let choice = choose(work, request, &flights, &session).await?;
    let target = target.ok_or(TriggerError::OverlayNotConnected)?;
    let (flight, creative) = choice;
    let candidate = Candidate {
        campaign,
        assignment,
        flight,
        session,
        creative,
    };
    let delivery = draw_up(work, request, target, &candidate);
    commit_money(work, &candidate, &delivery).await?;
    let actor = work.actor().user().map(|user| user.user_id);
    store::insert(work.tx(), &delivery, actor, request).await?;
    write_down(work, request, &delivery).await?;
    Ok(Lease::New(Box::new(Command {
        delivery,
        creative: candidate.creative,
        animation: channel.looks.animation,
    })))
}

async fn find_earlier(
    work: &mut Work,
    request: &TriggerRequest,
) -> Result<Option<Delivery>, TriggerError> {
    let (Some(key), Some(user)) = (
        request.idempotency_key.clone(),
        work.actor().user().cloned(),
    ) else {
        return Ok(None);
    };
    let earlier = store::find_by_key(work.tx(), user.user_id, key).await?;
    match earlier {
        Some((_, digest)) if digest.as_deref() != Some(&request.digest) => {
            Err(TriggerError::IdempotencyKeyReused)
        }
        Some((delivery, _)) => Ok(Some(delivery)),
        None => Ok(None),
    }
}

/// The flights that run now, the one most behind its pace first; of equals the newest.
async fn running_flights(
    work: &mut Work,
    campaign: &Campaign,
) -> Result<Vec<Flight>, TriggerError> {
    let now = work.now;
    let since = now.minus(super::limits::CAP_WINDOW);
    let flights = campaigns::flights_of(work.tx(), campaign.id).await?;
    let mut running = Vec::new();
    for flight in flights.into_iter().filter(|flight| flight.runs_at(now)) {
        let leased = store::count_flight_hour(work.tx(), flight.id, since).await?;
        running.push((flight, leased));
    }
    if running.is_empty() {
        return Err(TriggerError::NoFlight);
    }
    // leased / pacing, compared without division.
    running.sort_by(|(a, a_leased), (b, b_leased)| {
        let a_share = i64::from(*a_leased) * b.pacing_per_hour;
        let b_share = i64::from(*b_leased) * a.pacing_per_hour;
        a_share
            .cmp(&b_share)
            .then(b.created_at.cmp(&a.created_at))
            .then(b.id.cmp(&a.id))
    });
    Ok(running.into_iter().map(|(flight, _)| flight).collect())
}

/// The first flight that allows a creative now; if none does, what the first one refused.
async fn choose(
    work: &mut Work,
    request: &TriggerRequest,
    flights: &[Flight],
    session: &Session,
) -> Result<(Flight, Creative), TriggerError> {
    let mut first_error = None;
    for flight in flights {
        let answer = match pick_creative(work, request, flight).await {
            Ok(creative) => check_flight(work, flight, session).await.map(|()| creative),
            Err(error) => Err(error),
        };
        match answer {
            Ok(creative) => return Ok((flight.clone(), creative)),
            Err(error @ TriggerError::Db(_)) => return Err(error),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(first_error.unwrap_or(TriggerError::NoFlight))
}

async fn pick_creative(
    work: &mut Work,
    request: &TriggerRequest,
    flight: &Flight,
) -> Result<Creative, TriggerError> {
    let approved = campaigns::approved_creatives(work.tx(), flight.campaign_id).await?;
    if let Some(wanted) = request.creative_id {
        let creative = approved.into_iter().find(|creative| creative.id == wanted);
        let creative = creative.ok_or(TriggerError::NoCreative)?;
        if !flight.allowed_formats.contains(&creative.format) {
            return Err(TriggerError::Refused(Refusal::FormatNotAllowed));
        }
        return Ok(creative);
    }
    let mut best: Option<(Option<Timestamp>, Creative)> = None;
    for creative in approved {
        if !flight.allowed_formats.contains(&creative.format) {
            continue;
        }
        let shown = store::last_leased(work.tx(), creative.id).await?;
        // `None` sorts first: what was never shown comes before what was shown longest ago.
        if best
            .as_ref()
            .is_none_or(|(best_shown, _)| shown < *best_shown)
        {
            best = Some((shown, creative));
        }
    }
    best.map(|(_, creative)| creative)
        .ok_or(TriggerError::NoCreative)
}

async fn check_flight(
    work: &mut Work,
    flight: &Flight,
    session: &Session,
) -> Result<(), TriggerError> {
    let now = work.now;
    let screen = store::screen(work.tx(), session.channel_id).await?;
    let counts = store::counts(work.tx(), flight.id, session, now).await?;
    policy::check(caps(flight), counts, screen, now).map_err(TriggerError::Refused)
}

fn caps(flight: &Flight) -> Caps {
    let bounded = |value: i64| u32::try_from(value).unwrap_or(0);
    Caps {
        pacing_per_hour: bounded(flight.pacing_per_hour),
        per_streamer_per_hour: bounded(flight.cap_per_streamer_per_hour),
        per_session: bounded(flight.cap_per_session),
        min_gap: Duration::from_secs(u64::try_from(flight.min_gap_sec).unwrap_or(0)),
    }
}

fn draw_up(
    work: &Work,
    request: &TriggerRequest,
    target: Target,
    candidate: &Candidate,
) -> Delivery {
    let own_duration = u16::try_from(candidate.creative.duration_sec).unwrap_or(1);
    let duration_sec = request.duration_sec.unwrap_or(own_duration);
    let times = Delivery::lease_times(work.now, duration_sec);
    Delivery {
        id: work.mint::<DeliveryId>(),
        campaign_id: candidate.campaign.id,
        flight_id: candidate.flight.id,
        creative_id: candidate.creative.id,
        assignment_id: candidate.assignment.id,
        channel_id: candidate.session.channel_id,
        streamer_profile_id: candidate.session.streamer_profile_id,
        session_id: candidate.session.id,
        instance_id: target.instance_id,
        state: DeliveryState::Leased,
        reason: None,
        duration_sec,
        price: candidate.assignment.price_per_impression(),
        evidence_level: 0,
        leased_at: work.now,
        busy_until: times.busy_until,
        report_until: times.report_until,
        counts_at: times.counts_at,
        acknowledged_at: None,
        rendered_at: None,
        rendered_ts: None,
        completed_at: None,
        clicked_at: None,
        ended_at: None,
        viewership: None,
    }
}

/// Reserves the price, and the fixed fee with the first lease of its assignment.
async fn commit_money(
    work: &mut Work,
    candidate: &Candidate,
    delivery: &Delivery,
) -> Result<(), TriggerError> {
    let refused = TriggerError::Refused(Refusal::CampaignBudgetReached);
    let Candidate {
        campaign,
        assignment,
        ..
    } = candidate;
    let fee = campaigns::commit_fee(work.tx(), campaign, assignment.id).await?;
    if fee == FeeOutcome::BudgetReached {
        return Err(refused);
    }
    if campaigns::reserve(work.tx(), campaign, delivery.price)
        .await?
        .is_none()
    {
        return Err(refused);
    }
    Ok(())
}

async fn write_down(
    work: &mut Work,
    request: &TriggerRequest,
    delivery: &Delivery,
) -> Result<(), DbError> {
    let how = if request.creative_id.is_some() {
        "manual"
    } else {
        "least_recently_shown"
    };
    let chosen = journal::system_event(
        work,
        EventType::AdCandidateSelected,
        delivery.links(),
        json!({ "reason": how }),
    );
    let sent = journal::made_by_server(
        work,
        EventType::AdCommandSent,
        delivery.links(),
        json!({ "durationSec": delivery.duration_sec, "transport": "websocket" }),
        delivery.id.to_string(),
    );
    journal::append(work, vec![chosen, sent]).await?;
    let act = Act {
        action: "delivery_triggered",
        entity_type: "delivery",
        entity_id: delivery.id.to_string(),
        payload: json!({
            "channelId": delivery.channel_id,
            "campaignId": delivery.campaign_id,
            "creativeId": delivery.creative_id,
        }),
    };
    audit::record(work, act).await
}
