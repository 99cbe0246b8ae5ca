//! The named limits of ingestion.

/// Events one batch request may carry.
pub const EVENTS_PER_REQUEST_MAX: usize = 100;

/// Items the writer commits at once. More would make the first wait long for the last.
pub const COMMIT_MAX: usize = 256;

/// Items that may wait for the writer; beyond this the door answers 503.
pub const QUEUE_MAX: usize = 4_096;

/// Bytes of an event's payload as compact JSON.
pub const PAYLOAD_BYTES_MAX: usize = 16_384;

/// How often a commit is tried again when the engine was busy or away for a moment.
pub const RETRIES_MAX: u32 = 3;

const _: () = assert!(EVENTS_PER_REQUEST_MAX <= COMMIT_MAX && COMMIT_MAX <= QUEUE_MAX);
