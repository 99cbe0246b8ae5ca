//! The named times of a session.

use std::time::Duration;

/// How long a session waits for its overlay to come back.
pub const GRACE: Duration = Duration::from_mins(5);

/// How often an overlay reports that it is alive.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(25);

/// How long an active session may be silent: two missed heartbeats and the grace.
pub const SILENCE_MAX: Duration =
    Duration::from_secs(2 * HEARTBEAT_INTERVAL.as_secs() + GRACE.as_secs());

/// A session's row is touched at most this often, however many heartbeats come.
pub const TOUCH_INTERVAL: Duration = Duration::from_secs(5);

/// How many silent sessions one sweep looks at.
pub const SWEEP_MAX: i64 = 500;

/// How often the viewers of a channel on air are counted.
pub const SAMPLE_INTERVAL: Duration = Duration::from_mins(5);

/// How far from a play its viewers may have been counted.
pub const VIEWERS_WINDOW: Duration = Duration::from_mins(5);

/// How many channels are counted at once.
pub const SAMPLES_MAX: i64 = 500;
