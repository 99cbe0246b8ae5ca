//! The doors: JSON API, pages, sockets and operations.
//!
//! A door parses what came, calls one verb of a room and shapes the answer. It decides nothing
//! about money, time or permission. Read `router` first: it is the list of everything that can
//! be asked.

pub mod router;
pub mod state;
pub mod urls;
pub mod tokens;
pub mod error;
pub mod extract;
pub mod layers;
pub mod openapi;
pub mod keys;
pub mod limits;
pub mod media;
pub mod press;
pub mod api;
pub mod overlay;
pub mod dashboard;
pub mod sockets;
pub mod assets;
mod letters;
mod sign_in;
pub mod portal;
pub mod ops;
