//! A real Chromium without a screen, with a new profile each, driven through chromedriver.
//!
//! A test looks at what a person sees: whether something is visible, not whether it exists. All
//! waiting is waiting for something; nothing sleeps for a guessed time.

mod commands;
mod driver;
mod page;

use std::sync::Arc;

use anyhow::{Context as _, Result};
use fantoccini::wd::WindowHandle;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Mutex;

use commands::ReadLog;
use driver::Driver;

pub use page::Page;

const FLAGS: [&str; 15] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--autoplay-policy=no-user-gesture-required",
    "--mute-audio",
    // A page that is not in front behaves like one in a window of its own.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--hide-scrollbars",
];

/// A browser. It ends, with its profile, when it is dropped.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    focus: Focus,
    // Fields are dropped in this order: the browser must have ended before its profile goes.
    _driver: Driver,
    _profile: TempDir,
}

/// The window that takes commands now; whoever holds the lock decides.
type Focus = Arc<Mutex<WindowHandle>>;

impl Browser {
    /// Starts chromedriver on a free port, and a browser with an empty profile.
    ///
    /// # Errors
    /// Names what is missing when chromedriver or the browser is not installed.
    pub async fn open() -> Result<Self> {
        let driver = Driver::start().await?;
        let profile = TempDir::new()?;
        let mut flags: Vec<_> = FLAGS.iter().map(|flag| json!(flag)).collect();
        flags.push(json!(format!(
            "--user-data-dir={}",
            profile.path().display()
        )));
        let Value::Object(capabilities) = json!({
            "goog:chromeOptions": {"args": flags},
            "goog:loggingPrefs": {"browser": "ALL"},
        }) else {
            unreachable!("it is written as an object")
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver.url())
            .await
            .context(
                "chromedriver cannot start a browser: is Chromium of its version installed?",
            )?;
        let window = client.window().await?;
        Ok(Self {
            client,
            focus: Arc::new(Mutex::new(window)),
            _driver: driver,
            _profile: profile,
        })
    }

    /// The page in the window that is open from the start.
    pub async fn first_page(&self) -> Result<Page> {
        let windows = self.client.windows().await?;
        let window = windows
            .into_iter()
            .next()
            .context("the browser has no window")?;
        Ok(Page::new(
            self.client.clone(),
            window,
            Arc::clone(&self.focus),
        ))
    }

    /// An empty page in a new tab.
    pub async fn new_tab(&self) -> Result<Page> {
        self.open_page(true).await
    }

    /// An empty page in a window of its own.
    pub async fn new_window(&self) -> Result<Page> {
        self.open_page(false).await
    }

    async fn open_page(&self, as_tab: bool) -> Result<Page> {
        let _focus = self.focus.lock().await;
        let window = self.client.new_window(as_tab).await?.handle;
        Ok(Page::new(
            self.client.clone(),
            window,
            Arc::clone(&self.focus),
        ))
    }

    /// What all pages wrote to the console since the last time, errors only.
    pub async fn console_errors(&self) -> Result<Vec<String>> {
        let lines = self.console().await?;
        let errors = lines.iter().filter(|line| line["level"] == "SEVERE");
        Ok(errors
            .filter_map(|line| line["message"].as_str())
            .map(ToOwned::to_owned)
            .collect())
    }

    /// Everything all pages wrote to the console since the last time.
    pub async fn console(&self) -> Result<Vec<Value>> {
        let _focus = self.focus.lock().await;
        let log = self.client.issue_cmd(ReadLog).await?;
        Ok(log.as_array().cloned().unwrap_or_default())
    }
}
