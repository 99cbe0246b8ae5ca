//! The JSON API: one file per room, with the paths of the contract.

use crate::router::Endpoint;

/// Every endpoint of the API.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    Vec::new()
}
