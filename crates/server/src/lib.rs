//! The program: reads its configuration, puts the parts together, serves, and stops in order.
//!
//! It decides nothing about ads. Read `commands` first, then `wiring`, then `serving`.

pub mod commands;
pub mod config;
pub mod wiring;
pub mod serving;
pub mod listener;
pub mod shutdown;
pub mod lock;
mod schedule;
pub mod demo;
pub mod secret_file;
