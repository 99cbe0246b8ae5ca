//! The named limits of what may be booked.

use std::time::Duration;

use beta_kit::time::Timestamp;

/// The most bytes a campaign's targeting may have as compact JSON.
pub const TARGETING_BYTES_MAX: usize = 16_384;
/// The most channels one call may assign.
pub const ASSIGNED_CHANNELS_MAX: usize = 200;
/// The most channels a campaign may have at the same time.
pub const ASSIGNMENTS_MAX: i64 = 500;
/// The most flights a campaign may have.
pub const FLIGHTS_MAX: i64 = 50;
/// The most creatives a campaign may have.
pub const CREATIVES_MAX: i64 = 100;
/// The most creatives an agency may upload within [`UPLOADS_WINDOW`].
pub const UPLOADS_MAX: i64 = 60;
/// The time that uploads are counted over.
pub const UPLOADS_WINDOW: Duration = Duration::from_hours(1);
/// The most bytes all files of an agency may have together: 5 GiB.
pub const STORED_BYTES_MAX: i64 = 5_368_709_120;
/// The highest level of evidence a campaign may ask for.
pub const EVIDENCE_MAX: i64 = 5;
/// Commands a flight may send per hour, over all channels.
pub const PACING_PER_HOUR_MAX: i64 = 1_000;
/// Plays per hour and per session that a flight may allow a channel.
pub const CAP_MAX: i64 = 200;
/// The longest pause a flight may ask for between two plays on a channel: a day.
pub const MIN_GAP_SEC_MAX: i64 = 86_400;
/// The longest a creative may stay on screen.
pub const DURATION_SEC_MAX: i64 = 120;
/// The largest file a creative may have: 50 MiB.
pub const CREATIVE_BYTES_MAX: u64 = 52_428_800;
/// The earliest time a campaign or flight may name: 2000-01-01.
pub const DATE_MIN: Timestamp = Timestamp::from_micros(946_684_800_000_000);
/// The first time it may no longer name: 2200-01-01.
pub const DATE_END: Timestamp = Timestamp::from_micros(7_258_118_400_000_000);
