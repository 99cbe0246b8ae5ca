//! Integration tests: the whole program, as its visitors meet it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod played;
mod program;
mod http;
mod process;
mod shutdown;
mod auth;
mod streamers;
mod payouts;
mod reports;
mod sockets;
mod browser;
mod crash;
