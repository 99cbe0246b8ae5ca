//! The tools of the tests, tested against small servers that stand in for the product.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod browser;
mod sockets;
