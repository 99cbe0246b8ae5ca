//! Integration tests: the whole program, as its visitors meet it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod browser;
mod http;
mod process;
mod shutdown;
