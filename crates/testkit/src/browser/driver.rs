//! A chromedriver of our own, so that tests beside each other do not meet.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::wait::PATIENCE;

const FAREWELL: Duration = Duration::from_secs(5);

/// A running chromedriver. When it is dropped it ends its browsers and then itself.
#[derive(Debug)]
pub(super) struct Driver {
    port: u16,
    _process: Child,
}

impl Driver {
    pub(super) async fn start() -> Result<Self> {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context(
                "chromedriver is missing: install `chromium-driver`, or run `cargo xtask test`",
            )?;
        let output = process
            .stdout
            .take()
            .context("chromedriver has no stdout")?;
        let port = timeout(PATIENCE, read_port(output))
            .await
            .context("chromedriver hangs")??;
        Ok(Self {
            port,
            _process: process,
        })
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Asks it to end its browsers. Killed without being asked, it would leave them running.
    fn shut_down(&self) -> std::io::Result<()> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let mut stream = TcpStream::connect_timeout(&address, FAREWELL)?;
        stream.set_read_timeout(Some(FAREWELL))?;
        let host = address.to_string();
        write!(
            stream,
            "GET /shutdown HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
        )?;
        stream.read_to_end(&mut Vec::new())?;
        Ok(())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.shut_down();
    }
}

async fn read_port(output: ChildStdout) -> Result<u16> {
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            let port = port.trim_end_matches('.').parse()?;
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(port);
        }
    }
    anyhow::bail!("chromedriver ended before it listened")
}
