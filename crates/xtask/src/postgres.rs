//! A private PostgreSQL for one test run.
//!
//! It listens on no port, only on a socket in a folder of its own that nobody else may enter, and
//! is gone afterwards. There is no password: a connection that is cut off while it logs in holds
//! up every `drop database` until its log-in times out, and tests end whenever they end.
//! A second process keeps it: that one sits in its own process group and stops
//! the server when its standard input closes, so a test run that is interrupted or killed leaves
//! no server behind.
//! Nothing here is durable (`fsync=off`): tests of durability start their own databases.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process::{command, folder_of, is_root, output};

const OWNER: &str = "postgres";
/// Names the socket; nothing else is in its folder.
const PORT: u16 = 5432;
const SETTINGS: &str = "-c listen_addresses= -c max_connections=300 -c shared_buffers=64MB \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off";

/// A running server; dropping it stops the server and removes its files.
pub(crate) struct Server {
    keeper: Child,
    /// Where to connect, as a user who may create databases.
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start() -> Result<Self> {
        let bin = bin_folder().context("found no `initdb` of PostgreSQL")?;
        let mut keeper = Command::new(std::env::current_exe()?)
            .arg("keep-postgres")
            .arg(bin)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the process that keeps PostgreSQL")?;
        let stdout = keeper
            .stdout
            .take()
            .context("the keeper has no standard output")?;
        let mut server = Self {
            keeper,
            url: String::new(),
        };
        BufReader::new(stdout).read_line(&mut server.url)?;
        server.url.truncate(server.url.trim_end().len());
        if server.url.is_empty() {
            bail!("PostgreSQL did not start; its reason stands above");
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        if let Err(error) = self.keeper.wait() {
            eprintln!("cannot wait for PostgreSQL to stop: {error}");
        }
    }
}

/// Runs a server, prints its address, and stops it when standard input closes.
pub(crate) fn keep(bin: &Path) -> Result<()> {
    let cluster = Cluster::create(bin)?;
    println!("{}", cluster.start()?);
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

/// The newest PostgreSQL that can create a cluster.
pub(crate) fn bin_folder() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    versions
        .filter_map(|version| {
            let number: u32 = version.file_name().to_str()?.parse().ok()?;
            Some((number, version.path().join("bin")))
        })
        .filter(|(_, bin)| bin.join("initdb").is_file())
        .max()
        .map(|(_, bin)| bin)
        .or_else(|| folder_of("initdb"))
}

struct Cluster {
    bin: PathBuf,
    folder: PathBuf,
    as_owner: bool,
}

impl Cluster {
    fn create(bin: &Path) -> Result<Self> {
        let as_owner = is_root()?;
        let mut make_folder = owned(as_owner, "mktemp");
        make_folder.args(["--directory", "-t", "beta-ads-postgres.XXXXXXXX"]);
        let folder = PathBuf::from(output(&mut make_folder)?);
        let cluster = Self {
            bin: bin.to_owned(),
            folder,
            as_owner,
        };
        let mut initdb = cluster.program("initdb");
        initdb.args([
            "--username=beta",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-sync",
        ]);
        output(initdb.arg("--locale=C"))?;
        Ok(cluster)
    }

    fn start(&self) -> Result<String> {
        let folder = self.folder.display();
        let options = format!("-p {PORT} -c unix_socket_directories={folder} {SETTINGS}");
        let mut start = self.program("pg_ctl");
        start.args(["start", "--wait", "--options", &options, "--log"]);
        output(start.arg(self.folder.join("log"))).with_context(|| {
            let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            format!("PostgreSQL says:\n{log}")
        })?;
        Ok(format!(
            "postgres://beta@localhost:{PORT}/postgres?host={folder}"
        ))
    }

    fn program(&self, name: &str) -> Command {
        let mut command = owned(self.as_owner, &self.bin.join(name).to_string_lossy());
        command.arg("--pgdata").arg(self.folder.join("data"));
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // A server that never came up cannot be stopped, which is no further news.
        drop(output(
            self.program("pg_ctl").args(["stop", "--mode=immediate"]),
        ));
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            eprintln!("cannot remove {}: {error}", self.folder.display());
        }
    }
}

/// PostgreSQL refuses to run as root, and its owner may not enter every folder.
fn owned(as_owner: bool, program: &str) -> Command {
    let mut owned = if as_owner {
        command("runuser", ["--user", OWNER, "--", program])
    } else {
        command(program, [])
    };
    owned.current_dir("/");
    owned
}
