//! The JSON API: one file per room, with the paths of the contract.

mod auth;
mod me;
mod streamers;
mod overlay_keys;
mod audit;

use crate::router::Endpoint;

/// Every endpoint of the API.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    [
        auth::endpoints(),
        me::endpoints(),
        streamers::endpoints(),
        overlay_keys::endpoints(),
        audit::endpoints(),
    ]
    .concat()
}
