//! A real SMTP server in a Node.js process, and the letters it took.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::wait::PATIENCE;

/// The folder with the server's package and program.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/js");

/// A mail server on the loopback address. It stops when it is dropped.
#[derive(Debug)]
pub struct Mailbox {
    port: u16,
    letters: mpsc::UnboundedReceiver<ReceivedLetter>,
    _process: Child,
}

/// A letter as a mail program reads it.
#[derive(Clone, Debug, Deserialize)]
pub struct ReceivedLetter {
    /// Who it is from, by the envelope.
    pub from: String,
    /// Who it is for, by the envelope.
    pub to: Vec<String>,
    /// What it is about.
    pub subject: String,
    /// The plain part.
    pub text: String,
    /// The part that is a page.
    pub html: String,
    /// Its headers, by their names in lower case.
    pub headers: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum News {
    Listening { port: u16 },
    Broken { broken: String },
    Letter(Box<ReceivedLetter>),
}

impl Mailbox {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// Names what is missing when Node.js or the server's package is not installed.
    pub async fn open() -> Result<Self> {
        Self::open_at(0).await
    }

    /// Starts one on this port.
    ///
    /// # Errors
    /// As [`Mailbox::open`], and when the port is taken.
    pub async fn open_at(port: u16) -> Result<Self> {
        if !Path::new(FOLDER).join("node_modules/smtp-server").is_dir() {
            bail!("the SMTP server is missing: run `npm ci` in tests/js, or `cargo xtask test`");
        }
        let mut process = Command::new("node")
            .args(["mailbox.mjs", &port.to_string()])
            .current_dir(FOLDER)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("Node.js is missing: install `node` 18 or newer, or run `cargo xtask test`")?;
        let output = process.stdout.take().context("the process has no stdout")?;
        let mut lines = BufReader::new(output).lines();
        let first = timeout(PATIENCE, lines.next_line()).await;
        let first = first.context("it does not start in time")??;
        let first = first.context("it ended at once")?;
        let port = match serde_json::from_str(&first)? {
            News::Listening { port } => port,
            News::Broken { broken } => bail!("it cannot listen: {broken}"),
            News::Letter(_) => bail!("a letter came before the port"),
        };
        let (to_test, letters) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Ok(News::Letter(letter)) = serde_json::from_str(&line) {
                    let _ = to_test.send(*letter);
                }
            }
        });
        Ok(Self {
            port,
            letters,
            _process: process,
        })
    }

    /// Where it listens, for `SMTP_URL`.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Where it listens.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The next letter.
    ///
    /// # Panics
    /// When none comes in time.
    pub async fn letter(&mut self) -> ReceivedLetter {
        let letter = timeout(PATIENCE, self.letters.recv()).await;
        letter
            .expect("a letter comes in time")
            .expect("the mail server runs")
    }

    /// The letters that came and were not read yet.
    pub fn rest(&mut self) -> Vec<ReceivedLetter> {
        std::iter::from_fn(|| self.letters.try_recv().ok()).collect()
    }
}

impl ReceivedLetter {
    /// The address in the plain part that begins with `start`.
    ///
    /// # Panics
    /// When there is none.
    pub fn link(&self, start: &str) -> &str {
        let words = self.text.split_whitespace();
        let mut links = words.filter(|word| word.starts_with(start));
        links.next().expect("the letter holds such a link")
    }
}
