//! The limits of the room of clicks.

use std::time::Duration;

/// How long a visitor of a link is counted once. A disclosed choice: ad servers use an hour per
/// person, device and ad. The hour begins with the click that counted, so that two clicks a moment
/// apart never count twice.
pub const VISITOR_WINDOW: Duration = Duration::from_hours(1);
/// The most visitors that one round of upkeep forgets.
pub const SWEEP_MAX: i64 = 1_000;
