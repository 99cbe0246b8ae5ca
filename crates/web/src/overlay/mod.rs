//! The overlay's doors: its page.

pub(crate) mod page;

use crate::router::Endpoint;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    page::endpoints()
}
