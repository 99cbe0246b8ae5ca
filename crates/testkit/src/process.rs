//! The real program in a process of its own, to be stopped, killed and started again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};

const START_TIMEOUT: Duration = Duration::from_secs(30);
const END_TIMEOUT: Duration = Duration::from_secs(30);
/// What the program says before its port, in its log or in the demo's instructions.
const LISTENING: [&str; 2] = ["API listening on port ", " runs at http://localhost:"];

/// A place where the program keeps its data from one start to the next.
#[derive(Debug)]
pub struct Installation {
    binary: PathBuf,
    folder: TempDir,
    settings: BTreeMap<String, String>,
}

impl Installation {
    /// An empty one for the program at `binary`: `env!("CARGO_BIN_EXE_beta-ads")`.
    ///
    /// # Panics
    /// This and everything else here: when the machine does not give what a test needs.
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let data = folder.path().join("data").display().to_string();
        let settings = [("API_PORT", "0"), ("DATA_DIR", &data), ("BETA_ENV", "test")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            binary: binary.into(),
            folder,
            settings: settings.into(),
        }
    }

    /// The same with one more setting.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Where its data is.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A folder that is removed with it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .env_clear()
            .envs(&self.settings)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Runs a command to its end.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        let ended = tokio::time::timeout(END_TIMEOUT, self.command(arguments).output());
        ended
            .await
            .expect("the command ends in time")
            .expect("the program starts")
    }

    /// Starts `serve` and waits until it listens.
    pub async fn start(&self) -> Running {
        self.start_with(&["serve"]).await
    }

    /// Starts a command that serves, and waits until it listens.
    pub async fn start_with(&self, arguments: &[&str]) -> Running {
        let mut command = self.command(arguments);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let lines = Lines::default();
        lines.follow(child.stdout.take().expect("is piped"));
        lines.follow(child.stderr.take().expect("is piped"));
        let listening = tokio::time::timeout(START_TIMEOUT, lines.port()).await;
        let port = listening.unwrap_or_else(|_| panic!("it listens in time: {}", lines.text()));
        Running { child, port, lines }
    }
}

/// The program while it serves. Killed when dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// Where it listens on the loopback address.
    pub port: u16,
    lines: Lines,
}

impl Running {
    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What it has said so far.
    pub fn log(&self) -> String {
        self.lines.text()
    }

    /// Asks it to stop, and waits until it has.
    pub async fn stop(mut self) -> (ExitStatus, String) {
        self.signal("TERM").await;
        let ended = tokio::time::timeout(END_TIMEOUT, self.child.wait()).await;
        let status = ended.expect("it stops in time").expect("its end is heard");
        (status, self.lines.text())
    }

    /// Ends it as a power cut would: `kill -9`.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it can be killed");
    }

    /// Sends it a signal by name.
    pub async fn signal(&self, name: &str) {
        let pid = self.child.id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status().await;
        assert!(sent.expect("kill is there").success(), "the signal is sent");
    }
}

/// The lines a process wrote.
#[derive(Clone, Debug, Default)]
struct Lines {
    all: Arc<Mutex<Vec<String>>>,
    news: Arc<tokio::sync::Notify>,
}

impl Lines {
    fn follow(&self, stream: impl AsyncRead + Unpin + Send + 'static) {
        let lines = self.clone();
        tokio::spawn(async move {
            let mut reader = BufReader::new(stream).lines();
            while let Ok(Some(line)) = reader.next_line().await {
                lines
                    .all
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(line);
                lines.news.notify_waiters();
            }
        });
    }

    fn text(&self) -> String {
        self.all
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .join("\n")
    }

    async fn port(&self) -> u16 {
        loop {
            let news = self.news.notified();
            let text = self.text();
            let said = LISTENING.iter().find_map(|words| text.split_once(words));
            if let Some((_, rest)) = said {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                return digits.parse().expect("a port is a number");
            }
            news.await;
        }
    }
}
