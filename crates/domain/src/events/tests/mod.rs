//! The verdicts as tables, batches on a real database, every order in which reports can come, and
//! the writer.

mod ingest;
mod judge;
mod properties;
mod writer;
