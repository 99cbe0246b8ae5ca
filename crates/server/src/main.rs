//! The binary `beta-ads`.

use std::process::ExitCode;

use beta_server::commands::Cli;
use clap::Parser;

fn main() -> ExitCode {
    beta_server::commands::run(Cli::parse())
}
