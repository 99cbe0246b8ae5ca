//! The checks and tests, in the order in which a failure is cheapest to learn.

use std::env;
use std::process::Command;

use anyhow::{Context, Result};

use crate::description;
use crate::needs;
use crate::postgres::Server;
use crate::process::{command, output, root, run};
use crate::steps::Steps;

/// Tests in modules of this name drive a real browser.
const BROWSER_TESTS: &str = "browser";

/// Everything: what CI runs.
pub(crate) fn test(steps: &mut Steps) -> Result<()> {
    steps.step("what the tests need", needs::install)?;
    let runner = steps.step("test runner", || Ok(find_runner()))?;
    steps.step("formatting", check_formatting)?;
    steps.step("clippy", check_clippy)?;
    steps.step("tidy", || run(&mut runner.tests(&["--package", "tidy"])))?;
    steps.step("Socket.IO client and mail server", install_packages)?;
    let server = steps.step("PostgreSQL", Server::start)?;
    steps.step("tests", || {
        let mut tests = runner.tests(&["--workspace", "--exclude", "tidy"]);
        run(tests.env("TEST_DATABASE_URL", &server.url))
    })?;
    steps.step("stop PostgreSQL", || {
        drop(server);
        Ok(())
    })?;
    steps.step("OpenAPI", || {
        run(&mut cargo(["build", "--locked", "--bin", "beta-ads"]))?;
        description::check(&[])
    })
}

/// Schemathesis alone, and for longer.
pub(crate) fn fuzz(steps: &mut Steps, minutes: u32, seed: u32) -> Result<()> {
    steps.step("what the tests need", needs::install)?;
    steps.step("the program", || {
        run(&mut cargo(["build", "--locked", "--bin", "beta-ads"]))
    })?;
    steps.step("OpenAPI", || {
        let (minutes, seed) = (minutes.to_string(), seed.to_string());
        description::check(&["--minutes", &minutes, "--seed", &seed])
    })
}

/// What can be said about the code without running it.
pub(crate) fn lint(steps: &mut Steps) -> Result<()> {
    steps.step("formatting", check_formatting)?;
    steps.step("clippy", check_clippy)?;
    steps.step("tidy", || {
        run(&mut cargo(["test", "--locked", "--package", "tidy"]))
    })?;
    steps.step("dependency policy", check_dependencies)
}

/// Only what needs a browser.
pub(crate) fn e2e(steps: &mut Steps) -> Result<()> {
    steps.step("what the tests need", needs::install)?;
    let runner = steps.step("test runner", || Ok(find_runner()))?;
    steps.step("browser tests", || {
        run(&mut runner.tests(&["--package", "beta-server", BROWSER_TESTS]))
    })
}

/// Writes the description of the API anew; the test that compares it also does that.
pub(crate) fn openapi() -> Result<()> {
    let mut tests = cargo(["test", "--locked", "--package", "beta-web", "--lib"]);
    run(tests.arg("openapi::").env("REFRESH_OPENAPI", "1"))
}

/// Hands over to the bench program, with its name and arguments.
pub(crate) fn bench(args: &[String]) -> Result<()> {
    let mut bench = cargo(["run", "--locked", "--release", "--package", "bench", "--"]);
    run(bench.args(args))
}

enum Runner {
    Nextest,
    CargoTest,
}

impl Runner {
    fn tests(&self, args: &[&str]) -> Command {
        let mut tests = match self {
            Self::Nextest => cargo(["nextest", "run", "--locked"]),
            Self::CargoTest => cargo(["test", "--locked", "--no-fail-fast"]),
        };
        tests.args(args);
        tests
    }
}

fn find_runner() -> Runner {
    let version = || output(&mut cargo(["nextest", "--version"]));
    if version().is_err() {
        println!("cargo-nextest is missing: building it into target/tools, once.");
        let tools = root().join("target/tools");
        let mut install = cargo(["install", "--locked", "--debug", "cargo-nextest", "--root"]);
        if let Err(error) = run(install.arg(tools)) {
            println!("{error}");
        }
    }
    if let Ok(text) = version() {
        println!("{}", text.lines().next().unwrap_or_default());
        return Runner::Nextest;
    }
    println!("Going on with `cargo test`, which does not run the heavy tests apart.");
    Runner::CargoTest
}

fn check_formatting() -> Result<()> {
    run(&mut cargo(["fmt", "--all", "--check"]))
}

fn check_clippy() -> Result<()> {
    let mut clippy = cargo(["clippy", "--locked", "--workspace", "--all-targets"]);
    run(clippy.args(["--quiet", "--", "--deny", "warnings"]))
}

fn install_packages() -> Result<()> {
    let mut npm = command("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    run(npm.current_dir(root().join("tests/js")))
}

fn check_dependencies() -> Result<()> {
    if output(&mut cargo(["deny", "--version"])).is_err() {
        println!("SKIPPED: cargo-deny is not installed (cargo install --locked cargo-deny).");
        return Ok(());
    }
    if output(&mut cargo(["deny", "fetch", "db"])).is_ok() {
        return run(&mut cargo(["deny", "check"]));
    }
    println!("SKIPPED: advisories, because their database cannot be reached.");
    run(&mut cargo(["deny", "check", "bans", "licenses", "sources"]))
}

/// Cargo, with the tools that `find_runner` may have built.
fn cargo<const N: usize>(args: [&str; N]) -> Command {
    let mut cargo = command("cargo", args);
    let tools = root().join("target/tools/bin");
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(tools).chain(env::split_paths(&path));
    match env::join_paths(folders).context("PATH cannot be extended") {
        Ok(path) => cargo.env("PATH", path),
        Err(error) => {
            println!("{error}");
            &mut cargo
        }
    };
    cargo
}
