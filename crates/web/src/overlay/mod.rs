//! The overlay: the page that OBS shows, and the socket it listens on.

pub(crate) mod page;

use crate::router::Endpoint;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    page::endpoints()
}
