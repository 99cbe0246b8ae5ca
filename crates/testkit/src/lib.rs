//! What the tests drive the product with: clients, browsers, and people who behave badly.
//!
//! Only tests, benches and simulations depend on this crate; the product must never.

pub mod app;
pub mod browser;
pub mod http;
pub mod mailbox;
pub mod overlay;
pub mod process;
pub mod socketio;
pub mod wait;
