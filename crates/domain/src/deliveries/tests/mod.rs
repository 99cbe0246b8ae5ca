//! The rules as tables, the room on a real database, and crowds that want the same place.

mod crowd;
mod export;
mod limits;
mod rules;
mod stories;
mod trigger;
