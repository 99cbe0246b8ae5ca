//! The JSON API: one file per room, with the paths of the contract.

mod auth;
mod logins;
mod me;
mod users;
mod organizations;
mod streamers;
mod overlay_keys;
mod channels;
mod overlay_settings;
mod sessions;
pub(crate) mod deliveries;
mod delivery_stories;
pub mod events;
mod campaigns;
mod flights;
mod assignments;
mod asked;
mod creatives;
mod upload;
mod keeping;
mod audit;
mod links;
mod payouts;
mod payout_statements;
mod reports;
mod report_bodies;
mod delivery_export;
mod jobs;

use crate::router::Endpoint;

/// Every endpoint of the API.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    [
        auth::endpoints(),
        logins::endpoints(),
        me::endpoints(),
        users::endpoints(),
        organizations::endpoints(),
        streamers::endpoints(),
        overlay_keys::endpoints(),
        channels::endpoints(),
        overlay_settings::endpoints(),
        sessions::endpoints(),
        deliveries::endpoints(),
        delivery_stories::endpoints(),
        events::endpoints(),
        campaigns::endpoints(),
        flights::endpoints(),
        assignments::endpoints(),
        asked::endpoints(),
        creatives::endpoints(),
        audit::endpoints(),
        links::endpoints(),
        payouts::endpoints(),
        payout_statements::endpoints(),
        reports::endpoints(),
        jobs::endpoints(),
    ]
    .concat()
}
