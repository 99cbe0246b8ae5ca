//! Tests of several rooms together, and what they share.

pub(crate) mod books;
mod upkeep;
