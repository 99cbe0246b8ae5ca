//! The session machine against a model that knows only the definition.

use std::time::Duration;

use beta_kit::time::Timestamp;
use proptest::prelude::*;
use uuid_free::ids;

use crate::sessions::limits::{GRACE, SILENCE_MAX};
use crate::sessions::session::{
    Resolution, Session, SessionStatus, disconnect, expire, resolve, start_after,
};

/// Ids for rows that never reach a database.
mod uuid_free {
    use beta_kit::id::Id;

    use crate::id::{ChannelId, SessionId, StreamerProfileId};

    pub(super) fn ids(n: u8) -> (SessionId, ChannelId, StreamerProfileId) {
        let id = Id::from_bytes([n; 16]);
        (id.into(), id.into(), id.into())
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

fn started(now: Timestamp) -> Session {
    let (id, channel_id, streamer_profile_id) = ids(1);
    Session {
        id,
        channel_id,
        streamer_profile_id,
        started_at: now,
        last_heartbeat_at: now,
        ended_at: None,
        status: SessionStatus::Active,
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Heard,
    Left,
    Sweep,
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => Just(Step::Heard),
        2 => Just(Step::Left),
        1 => Just(Step::Sweep),
        4 => (0i64..700).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 0..80)
}

/// What the definition says: the time of the last sign of life, and whether an overlay is there.
#[derive(Clone, Copy, Debug)]
struct Model {
    alive_at: i64,
    present: bool,
}

impl Model {
    /// Seconds of silence after which the session is over.
    fn patience(self) -> i64 {
        let patience = if self.present { SILENCE_MAX } else { GRACE };
        i64::try_from(patience.as_secs()).expect("minutes fit")
    }

    fn is_over(self, now: i64) -> bool {
        now - self.alive_at > self.patience()
    }
}

proptest! {
    #[test]
    fn sessions_follow_the_definition(steps in steps()) {
        let mut now = 1_000_000;
        let mut row: Option<Session> = None;
        let mut model: Option<Model> = None;
        let mut sessions = 0_u32;
        let mut model_sessions = 0_u32;
        for step in steps {
            match step {
                Step::Wait(seconds) => now += seconds,
                Step::Heard => {
                    match resolve(row.as_ref(), at(now)) {
                        Resolution::Keep(session) | Resolution::Touch(session) => {
                            row = Some(session);
                        }
                        Resolution::Replace { ended, .. } => {
                            if let (Some(ended), Some(model)) = (ended, model) {
                                prop_assert_eq!(ended.status, SessionStatus::Ended);
                                prop_assert!(ended.ended_at <= Some(at(model.alive_at)));
                            }
                            sessions += 1;
                            row = Some(started(at(now)));
                        }
                    }
                    if model.is_none_or(|model| model.is_over(now)) {
                        model_sessions += 1;
                    }
                    // Between touches the row may lag by less than the touch interval.
                    let heard = row.as_ref().map_or(now, |row| row.last_heartbeat_at.as_seconds());
                    model = Some(Model { alive_at: heard, present: true });
                }
                Step::Left => {
                    if let Some(changed) = row.as_ref().and_then(|row| disconnect(row, at(now))) {
                        row = Some(changed);
                        model = model.map(|_| Model { alive_at: now, present: false });
                    }
                }
                Step::Sweep => {
                    if let Some((ended, _)) = row.as_ref().and_then(|row| expire(row, at(now))) {
                        prop_assert!(model.is_some_and(|model| model.is_over(now)));
                        prop_assert_eq!(ended.ended_at, Some(ended.last_heartbeat_at));
                        row = Some(ended);
                    }
                }
            }
            prop_assert_eq!(sessions, model_sessions);
            if let (Some(row), Some(model)) = (&row, model) {
                let on_air = model.present && !model.is_over(now);
                let expected = on_air && row.status != SessionStatus::Ended;
                prop_assert_eq!(row.is_on_air(at(now)), expected);
            }
        }
    }
}

#[test]
fn a_return_within_the_grace_resumes_and_a_later_one_starts_anew() {
    let left = disconnect(&started(at(0)), at(10)).expect("an active session can lose its overlay");
    let back = resolve(Some(&left), left.last_heartbeat_at.plus(GRACE));
    assert!(matches!(back, Resolution::Touch(session) if session.status == SessionStatus::Active));
    let late = left
        .last_heartbeat_at
        .plus(GRACE)
        .plus(Duration::from_millis(1));
    match resolve(Some(&left), late) {
        Resolution::Replace {
            ended: Some(ended),
            why_ended,
            ..
        } => {
            assert_eq!(why_ended, "disconnect_grace_elapsed");
            assert_eq!(
                ended.ended_at,
                Some(at(10)),
                "it ended when it was last heard of"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_ended_session_stays_ended() {
    let mut ended = started(at(0));
    ended.status = SessionStatus::Ended;
    ended.ended_at = Some(at(0));
    assert_eq!(disconnect(&ended, at(1)), None);
    assert_eq!(expire(&ended, at(1_000_000)), None);
    assert!(matches!(
        resolve(Some(&ended), at(1)),
        Resolution::Replace { ended: None, .. }
    ));
}

#[test]
fn a_new_session_starts_after_the_former_one_whatever_the_clock_says() {
    let former = started(at(100));
    assert_eq!(start_after(None, at(7)), at(7));
    assert_eq!(start_after(Some(&former), at(101)), at(101));
    for clock in [at(100), at(7)] {
        assert!(start_after(Some(&former), clock) > former.started_at);
    }
}
