//! The description of the API, OpenAPI 3.1: made of the list of endpoints and of the types of
//! their handlers, so that it cannot say anything else than the code does.
//!
//! [`operation`] is an endpoint that describes itself. What its handler takes and answers adds to
//! a [`Draft`] through [`Part`] and [`Answers`]; a type that does neither does not compile.

pub mod draft;
pub mod operation;
pub mod part;
pub mod answer;
mod document;
mod door;
mod names;
mod order;
mod page;
mod problems;
mod rooms;
mod sockets;
#[cfg(test)]
mod tests;

pub use answer::Answers;
pub use document::document;

use crate::router::Endpoint;

/// The document, and the page that shows it.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    [door::endpoints(), page::endpoints()].concat()
}
pub use draft::Draft;
pub use operation::{Described, Operation, operation};
pub use part::Part;
