//! The command line: one file per command.

mod check_config;
mod demo;
mod migrate;
mod seed;
mod serve;
mod user;

use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

use crate::config::{Config, Sources};

/// Shows ads on live streams, proves each one that was shown, and reports and pays per impression.
#[derive(Debug, Parser)]
#[command(name = "beta-ads", version)]
pub struct Cli {
    /// A TOML file with settings; the environment wins over it.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server.
    Serve,
    /// Try it: demo data, a running server, and a sign-in link for every role.
    Demo,
    /// Put the demo data in place, and end.
    Seed,
    /// Bring the database up to date, and end.
    Migrate,
    /// Check the settings, list everything that is wrong, and end.
    CheckConfig,
    /// Add and list people, and say what they may do.
    #[command(subcommand)]
    User(user::UserCommand),
}

/// Runs a command to its end.
pub fn run(cli: Cli) -> ExitCode {
    match try_run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be done when standard error is closed too.
            let _ = writeln!(std::io::stderr(), "beta-ads: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn try_run(cli: Cli) -> Result<()> {
    let mut sources = Sources::of_process(cli.config.as_deref())?;
    if matches!(cli.command, Command::Demo) {
        demo::prefer(&mut sources);
    }
    let config = Config::load(&sources)?;
    // The only error is that there is a provider already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the threads could not be started")?;
    runtime.block_on(async {
        match cli.command {
            Command::Serve => serve::run(config).await,
            Command::Demo => demo::run(config).await,
            Command::Seed => seed::run(&config).await,
            Command::Migrate => migrate::run(&config).await,
            Command::CheckConfig => check_config::run(&config),
            Command::User(command) => user::run(&config, command).await,
        }
    })
}

/// Tells the operator something on standard output.
fn say(line: impl fmt::Display) -> Result<()> {
    writeln!(std::io::stdout(), "{line}").context("standard output is closed")
}
