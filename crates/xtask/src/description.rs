//! Schemathesis against the running program: is every answer one that its description allows?
//!
//! It comes from PyPI into an environment of its own under `target`, with pinned versions.

use std::fs;

use anyhow::{Context, Result};

use crate::process::{command, root, run};

/// What is installed, and what it is installed for.
const REQUIREMENTS: &str = "tests/schemathesis/requirements.txt";

/// Asks the program that was built last, as every caller, with these further arguments.
pub(crate) fn check(args: &[&str]) -> Result<()> {
    install()?;
    let python = environment().join("bin/python");
    let python = python.to_string_lossy();
    let mut check = command(
        &python,
        ["tests/schemathesis/run.py", "target/debug/beta-ads"],
    );
    run(check.args(args))
}

fn environment() -> std::path::PathBuf {
    root().join("target/schemathesis/venv")
}

/// Makes the environment when there is none for what is required now.
fn install() -> Result<()> {
    let required = fs::read_to_string(root().join(REQUIREMENTS)).context(REQUIREMENTS)?;
    let done = environment().join("installed.txt");
    if fs::read_to_string(&done).is_ok_and(|installed| installed == required) {
        return Ok(());
    }
    let folder = environment();
    let folder = folder.to_string_lossy();
    run(&mut command("python3", ["-m", "venv", "--clear", &folder]))?;
    let python = environment().join("bin/python");
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ];
    let mut pip = command(&python.to_string_lossy(), pip);
    run(pip.args(["--requirement", REQUIREMENTS]))?;
    fs::write(&done, required).with_context(|| done.display().to_string())
}
