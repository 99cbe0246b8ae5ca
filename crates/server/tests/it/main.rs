//! Integration tests: the whole program, as its visitors meet it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod browser;
mod campaigns;
mod creatives;
mod http;
mod process;
mod shutdown;
