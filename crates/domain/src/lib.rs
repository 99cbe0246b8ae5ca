//! What the product is: one room per noun, with its rules, its rows and its jobs.
//!
//! A room knows nothing of HTTP. It may use only the rooms declared above it: the order below is
//! the law and the order in which to read.

pub mod id;
pub mod actor;
pub mod signal;
pub mod meters;
pub mod work;
pub mod schema;

pub mod audit;
pub mod answers;
pub mod accounts;
pub mod streamers;
pub mod campaigns;
pub mod journal;
pub mod sessions;
pub mod deliveries;
pub mod clicks;
pub mod events;
pub mod payouts;
pub mod reports;
pub mod directory;

pub mod upkeep;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
