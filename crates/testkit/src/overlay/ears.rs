//! What an overlay hears while its test does something else.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use super::manners::{Answer, Command};
use crate::socketio::{Event, NoEvent, Socket};
use crate::wait::PATIENCE;

/// The task that hears the server while the test does something else.
pub(super) struct Ears {
    pub(super) heard: Arc<Mutex<Heard>>,
    pub(super) answer: Answer,
    pub(super) role: watch::Sender<Option<String>>,
    pub(super) settings: watch::Sender<Option<Value>>,
    pub(super) commands: mpsc::UnboundedSender<Command>,
    pub(super) ended: watch::Sender<Option<String>>,
}

impl Ears {
    pub(super) async fn listen(self, mut socket: Socket) {
        loop {
            match socket.next_event(PATIENCE).await {
                Ok(event) => self.hear(&event),
                Err(NoEvent::Silence) => {}
                Err(NoEvent::Disconnected(reason)) => {
                    self.ended.send_replace(Some(reason));
                    return;
                }
            }
        }
    }

    fn hear(&self, event: &Event) {
        let text = |field: &str| event.data()[field].as_str().map(ToOwned::to_owned);
        match event.name.as_str() {
            "session" => self.heard().session = text("sessionId"),
            "overlay:role" => drop(self.role.send_replace(text("role"))),
            "overlay:settings" => drop(self.settings.send_replace(Some(event.data().clone()))),
            "key_revoked" => self.heard().revoked = Some(event.data().clone()),
            "ad:command" => {
                match self.answer {
                    Answer::Yes => event.ack(json!({"ok": true})),
                    Answer::No(reason) => event.ack(json!({"ok": false, "reason": reason})),
                    Answer::Silence => {}
                }
                let _ = self.commands.send(Command(event.data().clone()));
            }
            _ => {}
        }
    }

    fn heard(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was heard and is asked for later.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) session: Option<String>,
    pub(super) revoked: Option<Value>,
}
