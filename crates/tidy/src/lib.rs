//! Tests about the code itself: what reviewers would otherwise have to repeat.
//!
//! Each rule is a function from a tree of files to what it found.
//! `tests/it` runs every rule on this repository; the tests beside the rules run them on small bad
//! samples, so that no rule can fall silent. Nothing here knows what the product does, except a
//! list of words that tools avoid.

pub mod exceptions;
pub mod finding;
pub mod rules;
pub mod source;
pub mod tree;
