//! One batch: from well-formed reports to rows, in one transaction.

use beta_kit::db::DbError;

use super::facts::Facts;
use super::posted::{Accepted, Change, Item, Outcome, Posted, Refused};
use super::verdict::{Effect, Report, judge};
use super::writer::Presence;
use crate::actor::Actor;
use crate::deliveries::{Delivery, DeliveryState};
use crate::id::{DeliveryId, EventId, SessionId};
use crate::journal::{self, EventType, Links, NewEvent, NewHeartbeat, StoredEvent, Verdict};
use crate::sessions::{self, Session};
use crate::signal::{Audience, LiveMessage, Signal};
use crate::work::{Work, Works};

/// The rows a batch makes.
#[derive(Default)]
struct Rows {
    events: Vec<NewEvent>,
    heartbeats: Vec<NewHeartbeat>,
}

/// Judges and stores `items` in one durable transaction; one outcome per item, in order.
///
/// # Errors
/// When the database fails; then nothing of the batch was stored.
pub async fn commit(
    works: &Works,
    presence: &dyn Presence,
    items: &[Item],
) -> Result<Vec<Outcome>, DbError> {
    let mut work = works.begin(Actor::System).await?;
    let mut facts = Facts::load(&mut work, items).await?;
    let mut rows = Rows::default();
    let mut outcomes = Vec::with_capacity(items.len());
    for item in items {
        outcomes.push(match item {
            Item::Report(posted) => {
                report(&mut work, presence, &mut facts, &mut rows, posted).await?
            }
            Item::Change(id, change) => Ok(apply(&mut work, &mut facts, &mut rows, *id, change)),
        });
    }
    facts.save_deliveries(&mut work).await?;
    sessions::save_heard(&mut work, facts.touched_sessions()).await?;
    journal::append(&mut work, rows.events).await?;
    journal::append_heartbeats(&mut work, rows.heartbeats).await?;
    work.commit().await?;
    Ok(outcomes)
}

async fn report(
    work: &mut Work,
    presence: &dyn Presence,
    facts: &mut Facts,
    rows: &mut Rows,
    posted: &Posted,
) -> Result<Outcome, DbError> {
    if !facts.live_keys.contains(&posted.sender.key_id) {
        return Ok(Err(Refused::KeyRevoked));
    }
    if let Some(earlier) = posted.id.and_then(|id| Some((id, facts.stored.get(&id)?))) {
        return Ok(repeated(posted, earlier.0, earlier.1));
    }
    if let Err(refused) = check_links(facts, posted) {
        return Ok(Err(refused));
    }
    let session_id = session_of(work, presence, facts, posted).await?;
    let accepted = if posted.event_type.is_about_ad() {
        about_ad(work, facts, rows, posted, session_id)
    } else {
        about_overlay(work, rows, posted, session_id)
    };
    let stored = StoredEvent {
        channel_id: Some(posted.sender.channel_id),
        body_digest: Some(posted.digest.clone()),
        session_id: accepted.session_id,
        delivery_id: accepted.delivery_id,
        verdict: accepted.verdict,
    };
    facts.stored.insert(accepted.id, stored);
    Ok(Ok(accepted))
}

/// The same id again: the first answer if it is the same event, else a conflict.
fn repeated(posted: &Posted, id: EventId, earlier: &StoredEvent) -> Outcome {
    let same = earlier.channel_id == Some(posted.sender.channel_id)
        && earlier.body_digest.as_ref() == Some(&posted.digest);
    if !same {
        return Err(Refused::IdTaken);
    }
    Ok(Accepted {
        id,
        repeated: true,
        session_id: earlier.session_id,
        delivery_id: earlier.delivery_id,
        verdict: earlier.verdict,
    })
}

/// What a report names must belong to the channel of its key.
fn check_links(facts: &Facts, posted: &Posted) -> Result<(), Refused> {
    let channel_id = posted.sender.channel_id;
    if let Some(session) = posted.session_id
        && facts.session_channels.get(&session) != Some(&channel_id)
    {
        return Err(Refused::UnknownSession);
    }
    if let Some(campaign) = posted.campaign_id
        && !facts.assigned.contains(&(channel_id, campaign))
    {
        return Err(Refused::UnknownCampaign);
    }
    if let Some(creative) = posted.creative_id {
        let fits = facts.creatives.get(&creative).is_some_and(|owner| {
            posted.campaign_id.is_none_or(|named| named == *owner)
                && facts.assigned.contains(&(channel_id, *owner))
        });
        if !fits {
            return Err(Refused::UnknownCreative);
        }
    }
    Ok(())
}

/// The session a report is put in. A sign of life opens or resumes the channel's session; anything
/// else belongs to the one it names, or to the channel's newest.
async fn session_of(
    work: &mut Work,
    presence: &dyn Presence,
    facts: &mut Facts,
    posted: &Posted,
) -> Result<Option<SessionId>, DbError> {
    let sender = posted.sender;
    let channel_id = sender.channel_id;
    match posted.event_type {
        EventType::OverlayConnected | EventType::OverlayHeartbeat => {
            if let Some(id) = facts.heard.get(&channel_id) {
                return Ok(Some(*id));
            }
            let held = facts.held_sessions.get(&channel_id);
            let heard = match held.and_then(|held| sessions::hear(held, work.now)) {
                Some(heard) => heard,
                None => sessions::resolve(work, channel_id, sender.streamer_profile_id).await?,
            };
            let id = heard.id;
            facts.heard.insert(channel_id, id);
            facts.sessions.insert(channel_id, Some(heard));
            Ok(Some(id))
        }
        EventType::OverlayDisconnected => {
            // A late goodbye of a page that is back, or of one of several, ends nothing.
            if !presence.is_connected(channel_id) {
                let touched = facts.let_session_go(channel_id);
                sessions::save_heard(work, touched.into_iter().collect()).await?;
                sessions::disconnect(work, channel_id).await?;
            }
            newest(work, facts, posted).await
        }
        _ => newest(work, facts, posted).await,
    }
}

async fn newest(
    work: &mut Work,
    facts: &mut Facts,
    posted: &Posted,
) -> Result<Option<SessionId>, DbError> {
    if posted.session_id.is_some() {
        return Ok(posted.session_id);
    }
    if let Some(delivery) = facts.delivery_of(posted) {
        return Ok(Some(delivery.session_id));
    }
    let channel_id = posted.sender.channel_id;
    if let Some(known) = facts.sessions.get(&channel_id) {
        return Ok(known.as_ref().map(|session: &Session| session.id));
    }
    if let Some(held) = facts.held_sessions.get(&channel_id) {
        return Ok(Some(held.id));
    }
    let found = sessions::find_latest(work, channel_id).await?;
    let id = found.as_ref().map(|session| session.id);
    facts.sessions.insert(channel_id, found);
    Ok(id)
}

fn about_ad(
    work: &mut Work,
    facts: &mut Facts,
    rows: &mut Rows,
    posted: &Posted,
    session_id: Option<SessionId>,
) -> Accepted {
    let delivery = facts.delivery_of(posted).cloned();
    let reported = Report {
        event_type: posted.event_type,
        ts: posted.ts,
        received_at: posted.received_at,
        instance_id: posted.instance_id(),
        off_program: posted.is_off_program(),
        user_agent: posted.user_agent.as_deref(),
        error: posted.text("reason"),
    };
    let judgement = judge(&reported, delivery.as_ref());
    let links = Links {
        streamer_id: Some(posted.sender.streamer_profile_id),
        channel_id: Some(posted.sender.channel_id),
        session_id,
        campaign_id: delivery
            .as_ref()
            .map(|found| found.campaign_id)
            .or(posted.campaign_id),
        creative_id: delivery
            .as_ref()
            .map(|found| found.creative_id)
            .or(posted.creative_id),
        delivery_id: delivery.as_ref().map(|found| found.id),
    };
    if let Some(mut delivery) = delivery {
        affect(
            &mut delivery,
            &judgement.effect,
            judgement.occurred_at,
            posted,
        );
        facts.deliveries.insert(delivery.id, delivery);
    }
    let event = NewEvent {
        occurred_at: judgement.occurred_at,
        verdict: judgement.verdict,
        ..new_event(work, posted, links)
    };
    announce(work, &event);
    let accepted = accepted(event.id, links, judgement.verdict);
    rows.events.push(event);
    accepted
}

fn affect(
    delivery: &mut Delivery,
    effect: &Effect,
    at: beta_kit::time::Timestamp,
    posted: &Posted,
) {
    match effect {
        Effect::None => {}
        Effect::Render => delivery.render(at, posted.ts),
        Effect::Complete { evidence_level } => delivery.complete(at, *evidence_level),
        Effect::Fail { reason } => delivery.release(DeliveryState::Errored, reason, at),
        Effect::Click => delivery.clicked_at = Some(at),
    }
}

fn about_overlay(
    work: &mut Work,
    rows: &mut Rows,
    posted: &Posted,
    session_id: Option<SessionId>,
) -> Accepted {
    let links = Links {
        streamer_id: Some(posted.sender.streamer_profile_id),
        channel_id: Some(posted.sender.channel_id),
        session_id,
        ..Links::default()
    };
    let id = posted.id.unwrap_or_else(|| work.mint());
    match session_id {
        Some(session_id) if posted.event_type == EventType::OverlayHeartbeat => {
            rows.heartbeats.push(new_heartbeat(posted, id, session_id));
            let message = LiveMessage::OverlayHeartbeat {
                channel_id: posted.sender.channel_id,
                session_id,
                at: work.now,
            };
            work.after_commit(Signal::Live {
                audience: audience(posted, None),
                message,
            });
        }
        _ => rows.events.push(NewEvent {
            id,
            ..new_event(work, posted, links)
        }),
    }
    accepted(id, links, Verdict::Counted)
}

const fn accepted(id: EventId, links: Links, verdict: Verdict) -> Accepted {
    Accepted {
        id,
        repeated: false,
        session_id: links.session_id,
        delivery_id: links.delivery_id,
        verdict,
    }
}

fn new_event(work: &Work, posted: &Posted, links: Links) -> NewEvent {
    NewEvent {
        id: posted.id.unwrap_or_else(|| work.mint()),
        event_type: posted.event_type,
        ts: posted.ts,
        occurred_at: posted.received_at,
        received_at: posted.received_at,
        request_id: posted.request_id.clone(),
        http_request_id: posted.http_request_id.clone(),
        links,
        payload: posted.payload.clone(),
        body_digest: Some(posted.digest.clone()),
        verdict: Verdict::Counted,
        ip: posted.ip.clone(),
        user_agent: posted.user_agent.clone(),
    }
}

fn new_heartbeat(posted: &Posted, id: EventId, session_id: SessionId) -> NewHeartbeat {
    NewHeartbeat {
        id,
        ts: posted.ts,
        received_at: posted.received_at,
        request_id: posted.request_id.clone(),
        http_request_id: posted.http_request_id.clone(),
        streamer_id: posted.sender.streamer_profile_id,
        channel_id: posted.sender.channel_id,
        session_id,
        payload: posted.payload.clone(),
        body_digest: Some(posted.digest.clone()),
        ip: posted.ip.clone(),
        user_agent: posted.user_agent.clone(),
    }
}

fn announce(work: &mut Work, event: &NewEvent) {
    let (Some(streamer), Some(channel_id)) = (event.links.streamer_id, event.links.channel_id)
    else {
        return;
    };
    let message = LiveMessage::AdEvent {
        event_type: event.event_type.as_str(),
        channel_id,
        campaign_id: event.links.campaign_id,
        creative_id: event.links.creative_id,
        delivery_id: event.links.delivery_id,
        session_id: event.links.session_id,
        counted: event.verdict == Verdict::Counted,
        reason: event.verdict.reason().map(journal::Reason::as_str),
        at: work.now,
    };
    let audience = Audience {
        streamer,
        channel_id,
        campaign_id: event.links.campaign_id,
    };
    work.after_commit(Signal::Live { audience, message });
}

const fn audience(posted: &Posted, campaign_id: Option<crate::id::CampaignId>) -> Audience {
    Audience {
        streamer: posted.sender.streamer_profile_id,
        channel_id: posted.sender.channel_id,
        campaign_id,
    }
}

/// Applies what the server learnt from the overlay's socket. A report may have been faster; then
/// there is nothing to do.
fn apply(
    work: &mut Work,
    facts: &mut Facts,
    rows: &mut Rows,
    id: DeliveryId,
    change: &Change,
) -> Accepted {
    let now = work.now;
    let event_id: EventId = work.mint();
    if let Some(delivery) = facts.deliveries.get_mut(&id)
        && delivery.state == DeliveryState::Leased
    {
        match change {
            Change::Acknowledged => delivery.acknowledge(now),
            Change::Reassigned(instance_id) => delivery.instance_id = *instance_id,
            Change::Failed(reason) => {
                delivery.release(DeliveryState::Failed, reason, now);
                let payload = serde_json::json!({ "reason": reason, "source": "server" });
                let links = delivery.links();
                let event = journal::system_event(work, EventType::AdError, links, payload);
                rows.events.push(event);
            }
        }
    }
    Accepted {
        id: event_id,
        repeated: false,
        session_id: None,
        delivery_id: Some(id),
        verdict: Verdict::Counted,
    }
}
