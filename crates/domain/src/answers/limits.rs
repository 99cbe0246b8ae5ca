//! The limits of the room of answers.

use std::time::Duration;

/// How long an answer is kept for whoever asks again.
pub const KEPT: Duration = Duration::from_hours(24);
/// The most answers that one round of upkeep drops.
pub const SWEEP_MAX: i64 = 1_000;
