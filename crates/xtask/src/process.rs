//! Child processes whose failure names the command that failed.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A command that starts in the root of the workspace.
pub(crate) fn command<const N: usize>(program: &str, args: [&str; N]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root());
    command
}

/// Runs a command whose output the reader sees.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| cannot_start(command))?;
    if !status.success() {
        bail!("`{}` failed: {status}", shown(command));
    }
    Ok(())
}

/// Runs a command and returns what it printed; its messages are shown only when it fails.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| cannot_start(command))?;
    if !status.success() {
        let messages = String::from_utf8_lossy(&stderr);
        bail!(
            "`{}` failed: {status}\n{}",
            shown(command),
            messages.trim_end()
        );
    }
    Ok(String::from_utf8_lossy(&stdout).trim_end().to_owned())
}

/// The first folder of `PATH` that holds `program`.
pub(crate) fn folder_of(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).find(|folder| folder.join(program).is_file())
}

/// Whether `program` can be started by its name.
pub(crate) fn is_there(program: &str) -> bool {
    folder_of(program).is_some()
}

/// Whether this process may install packages and must not run a database.
pub(crate) fn is_root() -> Result<bool> {
    Ok(output(&mut command("id", ["-u"]))? == "0")
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

fn cannot_start(command: &Command) -> String {
    format!("cannot start `{}`", shown(command))
}
