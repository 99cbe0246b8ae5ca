//! Integration tests: the whole program, as its visitors meet it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod played;
mod program;
mod auth;
mod browser;
mod campaigns;
mod crash;
mod creatives;
mod http;
mod payouts;
mod process;
mod reports;
mod shutdown;
mod sockets;
mod streamers;
