//! A channel on air: from the first overlay to five minutes after the last one left.
//!
//! A channel has at most one open session; the database holds that. The rules stand in
//! [`session`]; this module applies them to rows and writes down what they did.

mod session;
mod viewers;
mod listing;
mod store;
pub mod limits;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use beta_kit::db::DbError;
use beta_kit::time::Timestamp;
use serde_json::json;

pub use listing::{SessionsError, list};
pub use session::{Resolution, Session, SessionStatus};
pub use viewers::{
    Sample, Span, VIEWERS_METHOD, ViewerSource, Viewership, measure, sample_viewers, viewership,
};

use crate::id::{ChannelId, SessionId, StreamerProfileId};
use crate::journal::{self, EventType, Links};
use crate::work::Work;

/// The session a channel's overlay belongs to now: the open one, resumed if it was within its
/// grace, or a new one.
pub async fn resolve(
    work: &mut Work,
    channel_id: ChannelId,
    streamer_profile_id: StreamerProfileId,
) -> Result<Session, DbError> {
    let now = work.now;
    let latest = store::lock_latest(work.tx(), channel_id).await?;
    match session::resolve(latest.as_ref(), now) {
        Resolution::Keep(session) => Ok(session),
        Resolution::Touch(session) => {
            store::save(work.tx(), &session, now).await?;
            Ok(session)
        }
        Resolution::Replace {
            ended,
            why_ended,
            why_started,
        } => {
            if let Some(ended) = ended {
                end(work, &ended, why_ended).await?;
            }
            let started_at = session::start_after(latest.as_ref(), now);
            let session = Session {
                id: work.mint(),
                channel_id,
                streamer_profile_id,
                started_at,
                last_heartbeat_at: started_at,
                ended_at: None,
                status: SessionStatus::Active,
            };
            start(work, session, why_started).await
        }
    }
}

/// Holds the open sessions of these channels until the work ends, so that works which follow
/// several channels never wait for each other.
pub async fn hold(
    work: &mut Work,
    channels: Vec<ChannelId>,
) -> Result<HashMap<ChannelId, Session>, DbError> {
    store::lock_open(work.tx(), channels).await
}

/// An open session whose overlay is heard of at `now`, to be written by [`save_heard`]; `None`
/// when it is over by this, and [`resolve`] must find the next one.
pub fn hear(open: &Session, now: Timestamp) -> Option<Session> {
    match session::resolve(Some(open), now) {
        Resolution::Keep(session) | Resolution::Touch(session) => Some(session),
        Resolution::Replace { .. } => None,
    }
}

/// Writes sessions that are held and were heard of.
pub async fn save_heard(work: &mut Work, heard: Vec<Session>) -> Result<(), DbError> {
    let now = work.now;
    store::save_heard(work.tx(), heard, now).await
}

async fn start(
    work: &mut Work,
    session: Session,
    reason: &'static str,
) -> Result<Session, DbError> {
    if store::insert(work.tx(), &session).await? {
        let now = work.now;
        store::samples::take(work.tx(), session.channel_id, now).await?;
        note(work, EventType::SessionStarted, &session, reason).await?;
        return Ok(session);
    }
    // Another connection of the channel was first; its session is ours.
    let latest = store::find_latest(work.tx(), session.channel_id).await?;
    latest.ok_or(DbError::NoRow {
        statement: "the open session that refused ours",
    })
}

async fn end(work: &mut Work, session: &Session, reason: &'static str) -> Result<(), DbError> {
    let now = work.now;
    store::save(work.tx(), session, now).await?;
    note(work, EventType::SessionEnded, session, reason).await
}

async fn note(
    work: &mut Work,
    event_type: EventType,
    session: &Session,
    reason: &'static str,
) -> Result<(), DbError> {
    let mut event = journal::system_event(
        work,
        event_type,
        session.links(),
        json!({ "reason": reason }),
    );
    if let Some(ended_at) = session.ended_at {
        event.occurred_at = ended_at;
    }
    journal::append(work, vec![event]).await
}

/// The last overlay of the channel left: the session waits for it to come back.
pub async fn disconnect(work: &mut Work, channel_id: ChannelId) -> Result<(), DbError> {
    let now = work.now;
    let latest = store::lock_latest(work.tx(), channel_id).await?;
    match latest.and_then(|latest| session::disconnect(&latest, now)) {
        Some(session) => store::save(work.tx(), &session, now).await,
        None => Ok(()),
    }
}

/// Ends every session whose overlay has been silent for too long; returns how many ended.
pub async fn sweep(work: &mut Work) -> Result<usize, DbError> {
    let now = work.now;
    let silent_since = now.minus(limits::GRACE);
    let candidates = store::list_silent(work.tx(), silent_since, limits::SWEEP_MAX).await?;
    let mut ended = 0;
    for candidate in candidates {
        if let Some((session, reason)) = session::expire(&candidate, now) {
            end(work, &session, reason).await?;
            ended += 1;
        }
    }
    Ok(ended)
}

/// The channel's session that is on air at the instant of `work`, if any.
pub async fn find_on_air(
    work: &mut Work,
    channel_id: ChannelId,
) -> Result<Option<Session>, DbError> {
    let now = work.now;
    let latest = store::find_latest(work.tx(), channel_id).await?;
    Ok(latest.filter(|session| session.is_on_air(now)))
}

/// The channel's newest session, in any state.
pub async fn find_latest(
    work: &mut Work,
    channel_id: ChannelId,
) -> Result<Option<Session>, DbError> {
    store::find_latest(work.tx(), channel_id).await
}

/// Which of these sessions exist, and of which channel.
pub async fn channels_of(
    work: &mut Work,
    ids: Vec<SessionId>,
) -> Result<Vec<(SessionId, ChannelId)>, DbError> {
    store::channels_of(work.tx(), ids).await
}

impl Session {
    /// What an event of this session belongs to.
    pub fn links(&self) -> Links {
        Links {
            streamer_id: Some(self.streamer_profile_id),
            channel_id: Some(self.channel_id),
            session_id: Some(self.id),
            ..Links::default()
        }
    }
}
