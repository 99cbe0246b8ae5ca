//! Integration tests: the whole program, as its visitors meet it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod auth;
mod browser;
mod campaigns;
mod creatives;
mod http;
mod payouts;
mod played;
mod process;
mod reports;
mod shutdown;
mod streamers;
