//! Tests of documents on paper: they are read back with the tools of Poppler.

mod paper;
mod reports;
mod samples;
mod statements;
mod properties;
