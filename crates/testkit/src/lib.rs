//! What the tests drive the product with: clients, browsers, and people who behave badly.
//!
//! Only tests, benches and simulations depend on this crate; the product must never.

pub mod app;
pub mod process;
