//! What leaves the house on paper. It turns the numbers of a room into a file and decides nothing
//! about them; who may have the file is decided before.

pub mod csv;
pub mod chart;
pub mod pdf;
mod figures;
mod fonts;
