//! One page of a browser: what is on it, and what a person does to it.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::elements::Element;
use fantoccini::wd::WindowHandle;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use tokio::sync::MutexGuard;

use super::Focus;
use super::commands::DevTools;
use crate::wait::{PATIENCE, until};

/// Whether a person sees the first match of a selector: laid out, not hidden or nearly
/// transparent anywhere up to the root, and, for pictures and films, with something in it.
const IS_VISIBLE: &str = r"
    const found = document.querySelector(arguments[0]);
    if (!found) return false;
    const box = found.getBoundingClientRect();
    if (box.width === 0 || box.height === 0) return false;
    if (getComputedStyle(found).visibility !== 'visible') return false;
    for (let up = found; up; up = up.parentElement) {
        if (Number(getComputedStyle(up).opacity) < 0.5) return false;
    }
    if (found instanceof HTMLImageElement) return found.complete && found.naturalWidth > 0;
    if (found instanceof HTMLVideoElement) return found.readyState >= 2;
    return true;
";

/// A page. Commands to several pages of one browser take turns.
#[derive(Clone, Debug)]
pub struct Page {
    client: Client,
    window: WindowHandle,
    focus: Focus,
}

impl Page {
    pub(super) fn new(client: Client, window: WindowHandle, focus: Focus) -> Self {
        Self {
            client,
            window,
            focus,
        }
    }

    /// Opens an address and waits until it is loaded.
    pub async fn goto(&self, url: &str) -> Result<()> {
        let _focus = self.focus().await?;
        self.client
            .goto(url)
            .await
            .with_context(|| format!("cannot open {url}"))
    }

    /// Loads the page again.
    pub async fn reload(&self) -> Result<()> {
        let _focus = self.focus().await?;
        Ok(self.client.refresh().await?)
    }

    /// Closes it; it takes no more commands.
    pub async fn close(&self) -> Result<()> {
        let _focus = self.focus().await?;
        Ok(self.client.close_window().await?)
    }

    /// The address it is at.
    pub async fn url(&self) -> Result<String> {
        let _focus = self.focus().await?;
        Ok(self.client.current_url().await?.to_string())
    }

    /// Its title.
    pub async fn title(&self) -> Result<String> {
        let _focus = self.focus().await?;
        Ok(self.client.title().await?)
    }

    /// Its HTML as it is now.
    pub async fn html(&self) -> Result<String> {
        let _focus = self.focus().await?;
        Ok(self.client.source().await?)
    }

    /// Runs a function body with these `arguments` and gives what it returns.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        let _focus = self.focus().await?;
        Ok(self.client.execute(script, arguments).await?)
    }

    /// Waits until a JavaScript expression is true.
    pub async fn until(&self, expression: &str) -> Result<()> {
        let script = format!("return Boolean({expression})");
        self.wait_while(expression, PATIENCE, || self.truth(&script, Vec::new()))
            .await
    }

    /// Waits until a person sees the first match of a selector.
    pub async fn sees(&self, selector: &str) -> Result<()> {
        let what = format!("{selector} to be visible");
        self.wait_while(&what, PATIENCE, || self.is_visible(selector))
            .await
    }

    /// Waits, no longer than `patience`, until a person does not see any match of a selector.
    pub async fn loses(&self, selector: &str, patience: Duration) -> Result<()> {
        let what = format!("{selector} to disappear");
        self.wait_while(&what, patience, async || {
            Ok(!self.is_visible(selector).await?)
        })
        .await
    }

    /// Waits until the first match of a selector contains a text.
    pub async fn reads(&self, selector: &str, text: &str) -> Result<()> {
        let script = "return Boolean(document.querySelector(arguments[0])?.textContent
            .replace(/\\s+/g, ' ').includes(arguments[1]))";
        let what = format!("{selector} to say {text:?}");
        let arguments = vec![json!(selector), json!(text)];
        self.wait_while(&what, PATIENCE, || self.truth(script, arguments.clone()))
            .await
    }

    /// Whether a person sees the first match of a selector now.
    pub async fn is_visible(&self, selector: &str) -> Result<bool> {
        self.truth(IS_VISIBLE, vec![json!(selector)]).await
    }

    /// The visible text of the first match of a selector.
    pub async fn text(&self, selector: &str) -> Result<String> {
        let _focus = self.focus().await?;
        Ok(self.find(selector).await?.text().await?)
    }

    /// Clicks on the first match of a selector, once it is visible.
    pub async fn click(&self, selector: &str) -> Result<()> {
        self.sees(selector).await?;
        let _focus = self.focus().await?;
        let element = self.find(selector).await?;
        element
            .click()
            .await
            .with_context(|| format!("cannot click {selector}"))
    }

    /// Replaces what stands in a field.
    pub async fn fill(&self, selector: &str, text: &str) -> Result<()> {
        self.sees(selector).await?;
        let _focus = self.focus().await?;
        let field = self.find(selector).await?;
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }

    /// Chooses the option of a list by its value.
    pub async fn choose(&self, selector: &str, value: &str) -> Result<()> {
        self.sees(selector).await?;
        let _focus = self.focus().await?;
        let list = self.find(selector).await?;
        let chosen = list.select_by_value(value).await;
        chosen.with_context(|| format!("{selector} has no option {value}"))
    }

    /// Makes what the page sees of the window this large, in CSS pixels.
    pub async fn viewport(&self, width: u32, height: u32) -> Result<()> {
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.dev_tools("Emulation.setDeviceMetricsOverride", metrics)
            .await?;
        Ok(())
    }

    /// Pretends that the person prefers something, such as
    /// `[("prefers-color-scheme", "dark"), ("prefers-reduced-motion", "reduce")]`.
    pub async fn prefers(&self, features: &[(&str, &str)]) -> Result<()> {
        let features: Vec<_> = features
            .iter()
            .map(|(name, value)| json!({"name": name, "value": value}))
            .collect();
        self.dev_tools("Emulation.setEmulatedMedia", json!({"features": features}))
            .await?;
        Ok(())
    }

    /// Cuts the page off from the network, or connects it again.
    pub async fn offline(&self, offline: bool) -> Result<()> {
        self.dev_tools("Network.enable", json!({})).await?;
        let conditions = json!({
            "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1,
        });
        self.dev_tools("Network.emulateNetworkConditions", conditions)
            .await?;
        Ok(())
    }

    /// Writes what the viewport shows to `target/screenshots/<name>.png`.
    pub async fn screenshot(&self, name: &str) -> Result<PathBuf> {
        self.capture(name, false).await
    }

    /// Writes the whole page, however long it is, to `target/screenshots/<name>.png`.
    pub async fn screenshot_whole(&self, name: &str) -> Result<PathBuf> {
        self.capture(name, true).await
    }

    async fn capture(&self, name: &str, whole: bool) -> Result<PathBuf> {
        let how = json!({"format": "png", "captureBeyondViewport": whole});
        let answer = self.dev_tools("Page.captureScreenshot", how).await?;
        let data = answer["data"]
            .as_str()
            .context("the browser sent no picture")?;
        let folder = target().join("screenshots");
        std::fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{name}.png"));
        std::fs::write(&path, STANDARD.decode(data)?)?;
        Ok(path)
    }

    /// A command of the Chrome `DevTools` protocol.
    pub async fn dev_tools(&self, name: &'static str, params: Value) -> Result<Value> {
        let _focus = self.focus().await?;
        let answer = self.client.issue_cmd(DevTools { name, params }).await;
        answer.with_context(|| format!("{name} failed"))
    }

    async fn truth(&self, script: &str, arguments: Vec<Value>) -> Result<bool> {
        Ok(self.run(script, arguments).await? == Value::Bool(true))
    }

    async fn find(&self, selector: &str) -> Result<Element> {
        let found = self.client.find(Locator::Css(selector)).await;
        found.with_context(|| format!("there is no {selector}"))
    }

    async fn wait_while(
        &self,
        what: &str,
        patience: Duration,
        ask: impl AsyncFn() -> Result<bool>,
    ) -> Result<()> {
        // A page may be on its way to another one; the last error counts only at the end.
        let last = std::cell::RefCell::new(None);
        let come = until(patience, || async {
            match ask().await {
                Ok(true) => Some(()),
                Ok(false) => None,
                Err(error) => {
                    last.replace(Some(error));
                    None
                }
            }
        });
        if come.await.is_some() {
            return Ok(());
        }
        let name = format!("failed-{}", std::process::id());
        let picture = self.screenshot(&name).await.unwrap_or_default();
        match last.into_inner() {
            Some(error) => Err(error.context(format!("waited in vain for {what}"))),
            None => bail!("waited in vain for {what}; see {}", picture.display()),
        }
    }

    /// Brings this page to the front, and keeps it there until the guard is dropped.
    async fn focus(&self) -> Result<MutexGuard<'_, WindowHandle>> {
        let mut focus = self.focus.lock().await;
        if *focus != self.window {
            self.client.switch_to_window(self.window.clone()).await?;
            focus.clone_from(&self.window);
        }
        Ok(focus)
    }
}

/// The folder cargo builds into.
fn target() -> PathBuf {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target");
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from(default), PathBuf::from)
}
