//! Ingestion: what overlays report is verified, made durable and settled, once.
//!
//! Reports wait in a bounded queue. One writer takes everything that waits, judges each report
//! against its delivery, writes all of it in one transaction, and only then answers. An answer
//! therefore means that the report is durable, and the cost of a commit is shared by all who wait.

pub mod limits;
mod posted;
mod verdict;
mod facts;
mod batch;
mod writer;
#[cfg(test)]
mod tests;

pub use batch::commit;
pub use posted::{Accepted, Change, Item, Outcome, Posted, Refused};
pub use verdict::{Effect, Judgement, Report, judge};
pub use writer::{Ingest, Overloaded, Presence, start};
