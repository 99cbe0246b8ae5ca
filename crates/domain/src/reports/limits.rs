//! How much one answer holds.

/// Rows of the timeline for a caller who asks for no number.
pub(super) const TIMELINE_ROWS: usize = 300;
