//! What the tests need on the machine, and how it gets there.
//!
//! Debian gets it by `apt-get`. On other systems nothing is installed: what is missing is named.

use std::fs;

use anyhow::{Result, bail};

use crate::postgres;
use crate::process::{command, is_root, is_there, output, run};

struct Need {
    what: &'static str,
    package: &'static str,
    is_met: fn() -> bool,
}

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

const NEEDS: [Need; 6] = [
    Need {
        what: "Chromium or Chrome, for the browser tests",
        package: "chromium",
        is_met: || BROWSERS.into_iter().any(is_there),
    },
    Need {
        what: "chromedriver of the same version as the browser",
        package: "chromium-driver",
        is_met: || is_there("chromedriver"),
    },
    Need {
        what: "PostgreSQL 15 or newer with `initdb` and `pg_ctl`; no server has to run",
        package: "postgresql",
        is_met: || postgres::bin_folder().is_some(),
    },
    Need {
        what: "pdftotext, pdfinfo and pdffonts of Poppler, which read our PDFs back",
        package: "poppler-utils",
        is_met: || {
            ["pdftotext", "pdfinfo", "pdffonts"]
                .into_iter()
                .all(is_there)
        },
    },
    Need {
        what: "Node.js 18 or newer, for the official Socket.IO client and a mail server",
        package: "nodejs",
        is_met: || is_there("node"),
    },
    Need {
        what: "npm, which installs both from the lock file in tests/js",
        package: "npm",
        is_met: || is_there("npm"),
    },
    Need {
        what: "Python 3.10 or newer with venv, for Schemathesis",
        package: "python3-venv",
        is_met: has_venv,
    },
];

/// Installs on Debian what is missing; elsewhere says what is missing and fails.
pub(crate) fn install() -> Result<()> {
    let missing = missing();
    if missing.is_empty() {
        println!("Everything the tests need is here.");
        return Ok(());
    }
    let packages: Vec<_> = missing.iter().map(|need| need.package).collect();
    if !is_debian() {
        bail!("please install:\n{}", listed(&missing));
    }
    let root = is_root()?;
    if !root && !is_there("sudo") {
        bail!(
            "please install, as root: apt-get install {}\n{}",
            packages.join(" "),
            listed(&missing)
        );
    }
    println!("Installing {}", packages.join(", "));
    apt_get(root, &["update"])?;
    apt_get(
        root,
        &[
            &["install", "--yes", "--no-install-recommends"],
            &packages[..],
        ]
        .concat(),
    )?;
    let missing = self::missing();
    if !missing.is_empty() {
        bail!("still missing after apt-get:\n{}", listed(&missing));
    }
    Ok(())
}

/// Prints the version of every tool that a test run uses.
pub(crate) fn print_versions() {
    for program in [
        "rustc",
        "cargo",
        "cargo-nextest",
        "node",
        "npm",
        "python3",
        "chromedriver",
    ] {
        print_version(program);
    }
    BROWSERS
        .into_iter()
        .filter(|browser| is_there(browser))
        .take(1)
        .for_each(print_version);
    if let Some(folder) = postgres::bin_folder() {
        print_version(&folder.join("postgres").to_string_lossy());
    }
}

fn print_version(program: &str) {
    match output(&mut command(program, ["--version"])) {
        Ok(text) => println!("{program}: {}", text.lines().next().unwrap_or_default()),
        Err(_) => println!("{program}: not found"),
    }
}

fn missing() -> Vec<Need> {
    NEEDS.into_iter().filter(|need| !(need.is_met)()).collect()
}

fn listed(needs: &[Need]) -> String {
    needs
        .iter()
        .map(|need| format!("  - {}", need.what))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Debian ships Python without what a new environment needs.
fn has_venv() -> bool {
    output(&mut command("python3", ["-c", "import ensurepip, venv"])).is_ok()
}

fn is_debian() -> bool {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    release.lines().any(|line| line == "ID=debian")
}

fn apt_get(root: bool, args: &[&str]) -> Result<()> {
    let settings = ["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"];
    let mut apt_get = if root {
        command("env", settings)
    } else {
        sudo(settings)
    };
    run(apt_get.args(args))
}

fn sudo(settings: [&str; 3]) -> std::process::Command {
    let mut sudo = command("sudo", ["env"]);
    sudo.args(settings);
    sudo
}
