//! Limits of reports and of the work that keeps their sums.

use std::time::Duration;

/// How many rows of the timeline are shown when nobody asks for another number.
pub(super) const TIMELINE_ROWS: usize = 300;
/// How often the log is added up.
pub const AGGREGATION_INTERVAL: Duration = Duration::from_mins(1);
/// How often closed days are recounted.
pub const RECONCILE_INTERVAL: Duration = Duration::from_hours(1);
/// Events that one step of the aggregation adds up.
pub const EVENTS_PER_STEP: usize = 5_000;
/// Events that are read at once where there is no other bound.
pub(super) const EVENTS_AT_ONCE: usize = 5_000;
/// Closed days that one round of the reconciliation recounts.
pub const DAYS_PER_ROUND: usize = 4;
