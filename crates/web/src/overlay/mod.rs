//! The overlay: the page that OBS shows, and the socket it listens on.

pub mod protocol;
pub mod stage;
pub(crate) mod command;
pub(crate) mod socket;
pub(crate) mod looks;
mod heartbeat;
pub(crate) mod page;

use crate::router::Endpoint;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    page::endpoints()
}
