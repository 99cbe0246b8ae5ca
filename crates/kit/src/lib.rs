//! Tools that know no product noun.

pub mod media;
pub mod money;
pub mod refusal;
pub mod text;
