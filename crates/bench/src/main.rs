//! Measures the hot paths of the product beside their floors, in one run on one machine.
//!
//! It drives the real program over its real port and knows nothing of its insides, except to
//! prepare what the load needs. Read `ingest` first.
#![expect(
    clippy::print_stdout,
    reason = "a command-line tool answers on standard output"
)]

mod aggregation;
mod client;
mod disk;
mod ingest;
mod mix;
mod rank;
mod reports;
mod server;
mod signin;
mod table;
mod world;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

#[derive(Debug, Parser)]
#[command(name = "bench", about = "Measures the product beside its floors")]
enum Bench {
    /// Durable ingestion beside a handler that only reads and checks the same body.
    Ingest(ingest::Options),
    /// The documents of a campaign.
    Reports(reports::Options),
    /// Whether the time of an answer tells which addresses are known.
    Signin(signin::Options),
    /// What new events and a summary cost after a short and after a long history.
    Aggregation(aggregation::Options),
    /// One of the servers that are measured.
    #[command(hide = true)]
    Serve(server::Options),
}

fn main() -> ExitCode {
    let ended = match Bench::parse() {
        Bench::Ingest(options) => ingest::run(&options),
        Bench::Reports(options) => reports::run(&options),
        Bench::Signin(options) => signin::run(&options),
        Bench::Aggregation(options) => aggregation::run(&options),
        Bench::Serve(options) => server::run(&options),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The threads of a generator: one, so that it takes little from what it measures.
fn one_thread() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?)
}
