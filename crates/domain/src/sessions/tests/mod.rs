//! The machine against a model, and the room on a real database.

mod machine;
mod room;
mod viewers;
