//! An overlay without a picture: it connects with a key, acknowledges commands and posts what a
//! real one would, or misbehaves as told.

mod ears;
mod manners;

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use beta_domain::id::{EventId, InstanceId};
use beta_kit::entropy::SystemEntropy;
use beta_kit::id::Minter;
use beta_kit::time::Clock;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::http;
use crate::socketio::{Handshake, Refused, Sender, connect};
use crate::wait::PATIENCE;
use ears::{Ears, Heard};

pub use manners::{Answer, Command, Manners, Play, Posted};

/// A connected overlay.
pub struct Overlay {
    http: reqwest::Client,
    url: String,
    key: String,
    clock: Arc<dyn Clock>,
    minter: Minter,
    manners: Manners,
    instance: String,
    sender: Sender,
    heard: Arc<Mutex<Heard>>,
    role: watch::Receiver<Option<String>>,
    settings: watch::Receiver<Option<Value>>,
    commands: mpsc::UnboundedReceiver<Command>,
    ended: watch::Receiver<Option<String>>,
    reader: JoinHandle<()>,
}

impl Overlay {
    /// Connects to the server at `url` and waits for its session. Times come from `clock`.
    ///
    /// # Errors
    /// [`Refused`]: by the server with its message, or because there was no conversation.
    pub async fn connect(
        url: &str,
        key: &str,
        clock: Arc<dyn Clock>,
        manners: Manners,
    ) -> Result<Self, Refused> {
        let minter = Minter::new(Arc::clone(&clock), Arc::new(SystemEntropy));
        let instance = minter.mint::<InstanceId>().to_string();
        let auth = if manners.legacy {
            json!({"key": key})
        } else {
            json!({"key": key, "instanceId": instance, "protocol": 2})
        };
        let mut socket = connect(&Handshake::new(url, "/overlay").auth(auth)).await?;
        let session = match socket.next_named("session").await {
            Ok(event) => event.data()["sessionId"].as_str().map(ToOwned::to_owned),
            Err(reason) => return Err(Refused::Transport(reason.to_string())),
        };
        let heard = Arc::new(Mutex::new(Heard {
            session,
            revoked: None,
        }));
        let sender = socket.sender();
        let (role_out, role) = watch::channel(None);
        let (settings_out, settings) = watch::channel(None);
        let (commands_out, commands) = mpsc::unbounded_channel();
        let (ended_out, ended) = watch::channel(None);
        let ears = Ears {
            heard: Arc::clone(&heard),
            answer: manners.answer,
            role: role_out,
            settings: settings_out,
            commands: commands_out,
            ended: ended_out,
        };
        let reader = tokio::spawn(ears.listen(socket));
        Ok(Self {
            http: http::client(),
            url: url.trim_end_matches('/').to_owned(),
            key: key.to_owned(),
            clock,
            minter,
            manners,
            instance,
            sender,
            heard,
            role,
            settings,
            commands,
            ended,
            reader,
        })
    }

    /// From now on posts go to this address: the server came back elsewhere.
    pub fn server_moved(&mut self, url: &str) {
        url.trim_end_matches('/').clone_into(&mut self.url);
    }

    /// The id of this instance.
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// The session the server named last.
    pub fn session(&self) -> Option<String> {
        self.heard().session.clone()
    }

    /// What came with `key_revoked`, if it came.
    pub fn revoked(&self) -> Option<Value> {
        self.heard().revoked.clone()
    }

    /// Waits until the server gave this instance the role `primary` or `standby`.
    pub async fn has_role(&mut self, role: &str) -> Result<()> {
        let waiting = self.role.wait_for(|now| now.as_deref() == Some(role));
        timeout(PATIENCE, waiting)
            .await
            .with_context(|| format!("never became {role}"))??;
        Ok(())
    }

    /// Waits until the server said that ads look so: `field` of its settings has this value.
    pub async fn has_looks(&mut self, field: &str, value: &Value) -> Result<Value> {
        let has = |now: &Option<Value>| now.as_ref().is_some_and(|now| now[field] == *value);
        let heard = timeout(PATIENCE, self.settings.wait_for(has)).await;
        let heard = heard.with_context(|| format!("{field} never became {value}"))??;
        Ok(heard.clone().unwrap_or_default())
    }

    /// The next command. It has been answered already, in this overlay's manner.
    pub async fn next_command(&mut self) -> Result<Command> {
        let command = timeout(PATIENCE, self.commands.recv())
            .await
            .context("no command came")?;
        command.context("the overlay was disconnected")
    }

    /// A command that is here already.
    pub fn waiting_command(&mut self) -> Option<Command> {
        self.commands.try_recv().ok()
    }

    /// Waits for the end of the connection and says its reason.
    pub async fn ended(&mut self) -> Result<String> {
        let waiting = self.ended.wait_for(Option::is_some);
        let reason = timeout(PATIENCE, waiting)
            .await
            .context("the socket stayed open")??;
        Ok(reason.clone().unwrap_or_default())
    }

    /// Plays a command in this overlay's manner. `time_on_screen` is what passes while it shows:
    /// a sleep, a step of a fake clock, or nothing.
    pub async fn play(
        &self,
        command: &Command,
        time_on_screen: impl Future<Output = ()>,
    ) -> Result<Vec<Posted>> {
        let mut posted = Vec::new();
        match self.manners.play {
            Play::Broken(reason) => return Ok(vec![self.fail(command, reason).await?]),
            Play::NeverShown => time_on_screen.await,
            Play::Hasty => posted.push(self.post("ad_rendered", command).await?),
            Play::Honest | Play::Twice => {
                posted.push(self.post("ad_rendered", command).await?);
                self.repeat("ad_rendered", command, &mut posted).await?;
                time_on_screen.await;
            }
        }
        posted.push(self.post("ad_completed", command).await?);
        self.repeat("ad_completed", command, &mut posted).await?;
        Ok(posted)
    }

    async fn repeat(&self, kind: &str, command: &Command, posted: &mut Vec<Posted>) -> Result<()> {
        if let Play::Twice = self.manners.play {
            posted.push(self.post(kind, command).await?);
        }
        Ok(())
    }

    /// Posts an event about a command.
    pub async fn post(&self, kind: &str, command: &Command) -> Result<Posted> {
        self.send(self.body(kind, Some(command), &json!({}))).await
    }

    /// Posts `ad_error` with this reason.
    pub async fn fail(&self, command: &Command, reason: &str) -> Result<Posted> {
        let more = json!({"reason": reason, "message": "told to fail"});
        self.send(self.body("ad_error", Some(command), &more)).await
    }

    /// Posts this body, whatever it is.
    pub async fn send(&self, body: Value) -> Result<Posted> {
        let request = self.http.post(format!("{}/events/ingest", self.url));
        let response = request
            .header("x-overlay-key", &self.key)
            .json(&body)
            .send()
            .await?;
        let status = response.status().as_u16();
        let answer = serde_json::from_slice(&response.bytes().await?).unwrap_or(Value::Null);
        Ok(Posted {
            body,
            status,
            answer,
        })
    }

    /// The body of an event, as this overlay writes it; `more` is added to its payload.
    pub fn body(&self, kind: &str, command: Option<&Command>, more: &Value) -> Value {
        let mut body = json!({
            "type": kind,
            "ts": self.clock.now(),
            "request_id": self.minter.mint::<EventId>(),
            "session_id": self.session(),
            "payload": more,
        });
        if let Some(command) = command {
            body["campaign_id"] = command.0["campaignId"].clone();
            body["creative_id"] = command.0["creativeId"].clone();
            body["payload"]["durationSec"] = command.0["durationSec"].clone();
        }
        if !self.manners.legacy {
            body["id"] = json!(self.minter.mint::<EventId>());
            body["payload"]["instanceId"] = json!(self.instance);
            body["payload"]["obs"] = json!({
                "pluginVersion": null, "streaming": null,
                "sourceActive": null, "sourceVisible": null,
            });
            if let Some(command) = command {
                body["payload"]["commandId"] = command.0["commandId"].clone();
            }
        }
        body
    }

    /// Sends a heartbeat over the socket.
    pub fn heartbeat(&self) {
        let data = json!({"requestId": self.minter.mint::<EventId>(), "payload": {}});
        self.sender.emit("overlay:heartbeat", data);
    }

    /// Reports what OBS says: whether the source is on program, visible, and streaming.
    pub fn report_state(&self, active: bool, visible: bool, streaming: bool) {
        let data = json!({
            "active": active, "visible": visible, "streaming": streaming, "pluginVersion": "2.24.0",
        });
        self.sender.emit("overlay:state", data);
    }

    /// Leaves with a goodbye. Dropping the overlay instead leaves without one.
    pub fn disconnect(&self) {
        self.sender.disconnect();
    }

    fn heard(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Overlay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overlay")
            .field("instance", &self.instance)
            .finish_non_exhaustive()
    }
}

impl Drop for Overlay {
    fn drop(&mut self) {
        self.reader.abort();
    }
}
