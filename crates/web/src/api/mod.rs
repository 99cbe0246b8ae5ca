//! The JSON API: one file per room, with the paths of the contract.

pub(crate) mod auth;
mod me;
mod streamers;
mod overlay_keys;
pub(crate) mod deliveries;
pub mod events;
mod campaigns;
mod flights;
mod assignments;
mod creatives;
mod upload;
mod keeping;
mod audit;
mod payouts;
mod reports;
mod report_bodies;

use crate::router::Endpoint;

/// Every endpoint of the API.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    [
        auth::endpoints(),
        me::endpoints(),
        streamers::endpoints(),
        overlay_keys::endpoints(),
        deliveries::endpoints(),
        events::endpoints(),
        campaigns::endpoints(),
        flights::endpoints(),
        assignments::endpoints(),
        creatives::endpoints(),
        audit::endpoints(),
        payouts::endpoints(),
        reports::endpoints(),
    ]
    .concat()
}
