//! The named times of a delivery.

use std::time::Duration;

/// How long an overlay may take to acknowledge a command.
pub const ACK_TIMEOUT: Duration = Duration::from_secs(3);

/// How many overlays of a channel a command is offered to: the primary, then one standby.
pub const OFFERS_MAX: u32 = 2;

/// How long an overlay may take to have the creative's first frame on screen.
pub const LOAD_ALLOWANCE: Duration = Duration::from_secs(15);

/// How long an acknowledged or rendered play may still be reported: an overlay that was cut off
/// keeps its proof and sends it when it is back. Until then the lease holds its place.
pub const REPORT_WINDOW: Duration = Duration::from_hours(24);

/// How long a lease is held for an overlay that does not acknowledge and has not rendered.
pub const UNANSWERED_WINDOW: Duration = Duration::from_mins(1);

/// The rolling window of the hourly caps.
pub const CAP_WINDOW: Duration = Duration::from_hours(1);

/// How many leases one sweep looks at.
pub const SWEEP_MAX: i64 = 500;

/// The longest a creative is shown, in seconds.
pub const DURATION_SEC_MAX: u16 = 120;

/// The most events that the story of one delivery tells.
pub const STORY_EVENTS_MAX: usize = 500;

/// How many deliveries an export reads at once.
pub const EXPORT_PAGE_ROWS: usize = 500;
