//! The states of a session, as pure functions of the row and the time.

use std::time::Duration;

use beta_kit::text_enum;
use beta_kit::time::Timestamp;

use super::limits::{GRACE, SILENCE_MAX, TOUCH_INTERVAL};
use crate::id::{ChannelId, SessionId, StreamerProfileId};

text_enum! {
    /// The state of a session.
    pub enum SessionStatus {
        /// An overlay is there.
        Active => "active",
        /// The last overlay left, and may come back within the grace.
        Disconnected => "disconnected",
        /// Over.
        Ended => "ended",
    }
}

/// A channel on air.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The channel.
    pub channel_id: ChannelId,
    /// The streamer who owns the channel.
    pub streamer_profile_id: StreamerProfileId,
    /// When the first overlay came.
    pub started_at: Timestamp,
    /// When an overlay was last heard of.
    pub last_heartbeat_at: Timestamp,
    /// When it ended: the last time it was heard of.
    pub ended_at: Option<Timestamp>,
    /// Its state.
    pub status: SessionStatus,
}

impl Session {
    /// Whether an overlay is there and was heard of recently enough.
    pub fn is_on_air(&self, now: Timestamp) -> bool {
        self.status == SessionStatus::Active && self.last_heartbeat_at.plus(SILENCE_MAX) >= now
    }

    fn ended(&self) -> Self {
        Self {
            status: SessionStatus::Ended,
            ended_at: Some(self.last_heartbeat_at),
            ..self.clone()
        }
    }
}

/// What an overlay that is heard of does to the channel's newest session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Nothing: it was heard of a moment ago.
    Keep(Session),
    /// It goes on, with this row.
    Touch(Session),
    /// A new one starts.
    Replace {
        /// The former one, if it ends by this.
        ended: Option<Session>,
        /// Why it ends.
        why_ended: &'static str,
        /// Why the new one starts.
        why_started: &'static str,
    },
}

const FIRST: &str = "auto_started_on_overlay_connection";
const AGAIN: &str = "new_session_after_disconnect";
const GRACE_ELAPSED: &str = "disconnect_grace_elapsed";
const SILENT: &str = "heartbeats_stopped";

/// An overlay of the channel is heard of at `now`; `latest` is the channel's newest session.
pub(super) fn resolve(latest: Option<&Session>, now: Timestamp) -> Resolution {
    let Some(latest) = latest else {
        return Resolution::Replace {
            ended: None,
            why_ended: "",
            why_started: FIRST,
        };
    };
    if let Some((ended, why_ended)) = expire(latest, now) {
        return Resolution::Replace {
            ended: Some(ended),
            why_ended,
            why_started: AGAIN,
        };
    }
    let heard = Session {
        status: SessionStatus::Active,
        last_heartbeat_at: now.max(latest.last_heartbeat_at),
        ..latest.clone()
    };
    match latest.status {
        SessionStatus::Ended => Resolution::Replace {
            ended: None,
            why_ended: "",
            why_started: AGAIN,
        },
        SessionStatus::Active if latest.last_heartbeat_at.plus(TOUCH_INTERVAL) > now => {
            Resolution::Keep(latest.clone())
        }
        SessionStatus::Active | SessionStatus::Disconnected => Resolution::Touch(heard),
    }
}

/// When a session that begins at `now` starts: always after the one before it, also when the clock
/// went back meanwhile, so that the newest session is the one that began last.
pub(super) fn start_after(latest: Option<&Session>, now: Timestamp) -> Timestamp {
    match latest {
        Some(latest) => now.max(latest.started_at.plus(Duration::from_micros(1))),
        None => now,
    }
}

/// The last overlay left at `now`: the changed session, or `None` when nothing changes.
pub(super) fn disconnect(latest: &Session, now: Timestamp) -> Option<Session> {
    match latest.status {
        SessionStatus::Active => Some(Session {
            status: SessionStatus::Disconnected,
            last_heartbeat_at: now.max(latest.last_heartbeat_at),
            ..latest.clone()
        }),
        SessionStatus::Disconnected | SessionStatus::Ended => None,
    }
}

/// The ended session and why, if it has been silent for too long at `now`.
pub(super) fn expire(session: &Session, now: Timestamp) -> Option<(Session, &'static str)> {
    match session.status {
        SessionStatus::Disconnected if session.last_heartbeat_at.plus(GRACE) < now => {
            Some((session.ended(), GRACE_ELAPSED))
        }
        SessionStatus::Active if session.last_heartbeat_at.plus(SILENCE_MAX) < now => {
            Some((session.ended(), SILENT))
        }
        SessionStatus::Active | SessionStatus::Disconnected | SessionStatus::Ended => None,
    }
}
