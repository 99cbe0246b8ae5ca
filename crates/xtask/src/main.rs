//! `cargo xtask …`: the commands a contributor and CI run.
//!
//! It starts other programs and reads their result; it holds no rule about the code (those are in
//! `tidy`) and nothing of the product.
#![expect(
    clippy::print_stdout,
    reason = "a command-line tool answers on standard output"
)]

mod description;
mod needs;
mod postgres;
mod process;
mod steps;
mod suite;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::steps::Steps;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "What contributors and CI run")]
enum Xtask {
    /// Install what the tests need, then run every check and every test.
    Test,
    /// Formatting, clippy, tidy, and the dependency policy where it can be checked.
    Lint,
    /// Only the tests that drive a real browser.
    E2e,
    /// Ask the running server what its description allows, and what it does not, for long.
    Fuzz {
        /// For about so many minutes.
        #[arg(long, default_value_t = 10)]
        minutes: u32,
        /// Another seed gives other questions.
        #[arg(long, default_value_t = 1)]
        seed: u32,
    },
    /// Write `docs/openapi.json` anew from the code.
    Openapi,
    /// Run a bench in release mode: `bench ingest`, with its own arguments after the name.
    Bench {
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Print the versions of every tool, then do what `test` does.
    Ci,
    /// Keep a private PostgreSQL until standard input closes.
    #[command(hide = true, name = "keep-postgres")]
    KeepPostgres { bin: PathBuf },
}

fn main() -> ExitCode {
    match run(Xtask::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The chain alone: a backtrace of this tool would bury the command that failed.
            eprintln!("\nFAILED: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(xtask: Xtask) -> Result<()> {
    match xtask {
        Xtask::Test => Steps::run(suite::test),
        Xtask::Lint => Steps::run(suite::lint),
        Xtask::E2e => Steps::run(suite::e2e),
        Xtask::Fuzz { minutes, seed } => Steps::run(|steps| suite::fuzz(steps, minutes, seed)),
        Xtask::Openapi => suite::openapi(),
        Xtask::Bench { args } => suite::bench(&args),
        Xtask::Ci => {
            needs::print_versions();
            Steps::run(suite::test)
        }
        Xtask::KeepPostgres { bin } => postgres::keep(&bin),
    }
}
