//! The program `beta-ads`. It has no commands yet.
fn main() {}
