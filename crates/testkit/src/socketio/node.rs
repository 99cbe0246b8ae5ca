//! The official JavaScript client, kept in a Node.js process and told what to do line by line.

use std::collections::HashMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::{Handshake, News, Order, Refused, Socket, Wire};
use crate::wait::PATIENCE;

/// The folder with the client's package and the puppet's program.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/js");

/// A Node.js process in which the official client connects as often as it is asked to.
///
/// Its sockets end when it is dropped.
#[derive(Debug)]
pub struct Puppet {
    lines: mpsc::UnboundedSender<Value>,
    sockets: Arc<Mutex<Sockets>>,
    _process: Child,
}

#[derive(Debug, Default)]
struct Sockets {
    next: u64,
    by_number: HashMap<u64, mpsc::UnboundedSender<Value>>,
}

impl Puppet {
    /// Starts the process.
    ///
    /// # Errors
    /// Names what is missing when Node.js or the client is not installed.
    pub fn start() -> Result<Self> {
        if !Path::new(FOLDER)
            .join("node_modules/socket.io-client")
            .is_dir()
        {
            bail!(
                "the Socket.IO client is missing: run `npm ci` in tests/js, or `cargo xtask test`"
            );
        }
        let mut process = Command::new("node")
            .arg("puppet.mjs")
            .current_dir(FOLDER)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("Node.js is missing: install `node` 18 or newer, or run `cargo xtask test`")?;
        let input = process.stdin.take().context("the process has no stdin")?;
        let output = process.stdout.take().context("the process has no stdout")?;
        let sockets = Arc::<Mutex<Sockets>>::default();
        let (lines, orders) = mpsc::unbounded_channel();
        tokio::spawn(write(input, orders));
        tokio::spawn(read(output, Arc::clone(&sockets)));
        Ok(Self {
            lines,
            sockets,
            _process: process,
        })
    }

    /// Connects with the official client.
    ///
    /// # Errors
    /// [`Refused`]: by the server with its message, or because there was no conversation.
    pub async fn connect(&self, handshake: &Handshake) -> Result<Socket, Refused> {
        let (number, mut news) = self.enlist();
        let order = json!({
            "do": "connect",
            "socket": number,
            "url": handshake.url,
            "namespace": handshake.namespace,
            "auth": handshake.auth,
            "query": pairs(&handshake.query),
            "headers": pairs(&handshake.headers),
            "transports": handshake.transports,
        });
        let _ = self.lines.send(order);
        let first = match timeout(PATIENCE, news.recv()).await {
            Ok(Some(first)) => first,
            Ok(None) => return Err(Refused::Transport("the puppet has ended".to_owned())),
            Err(_) => return Err(Refused::Transport("no answer in time".to_owned())),
        };
        let text = |name: &str| {
            first
                .get(name)
                .and_then(Value::as_str)
                .map(ToOwned::to_owned)
        };
        if let Some(id) = text("connected") {
            let (socket, wire) = Socket::new(id);
            let strings = Strings {
                number,
                next_reply: 0,
                waiting: HashMap::new(),
            };
            tokio::spawn(strings.run(wire, news, self.lines.clone()));
            return Ok(socket);
        }
        Err(match text("refused") {
            Some(message) => Refused::ByServer(message),
            None => Refused::Transport(text("broken").unwrap_or_else(|| first.to_string())),
        })
    }

    fn enlist(&self) -> (u64, mpsc::UnboundedReceiver<Value>) {
        let (to_socket, news) = mpsc::unbounded_channel();
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        sockets.next += 1;
        let number = sockets.next;
        sockets.by_number.insert(number, to_socket);
        (number, news)
    }
}

fn pairs(pairs: &[(String, String)]) -> Value {
    pairs
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect()
}

async fn write(mut input: ChildStdin, mut orders: mpsc::UnboundedReceiver<Value>) {
    while let Some(order) = orders.recv().await {
        if input
            .write_all(format!("{order}\n").as_bytes())
            .await
            .is_err()
        {
            return;
        }
    }
}

/// Hands each line to the socket it is about; at the end of the process all sockets hear of it.
async fn read(output: ChildStdout, sockets: Arc<Mutex<Sockets>>) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let Ok(news) = serde_json::from_str::<Value>(&line) else {
            continue;
        };
        let number = news
            .get("socket")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        let sockets = sockets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(socket) = sockets.by_number.get(&number) {
            let _ = socket.send(news);
        }
    }
    sockets
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .by_number
        .clear();
}

/// What moves one socket of the puppet.
struct Strings {
    number: u64,
    next_reply: u64,
    waiting: HashMap<u64, oneshot::Sender<Vec<Value>>>,
}

impl Strings {
    async fn run(
        mut self,
        mut wire: Wire,
        mut news: mpsc::UnboundedReceiver<Value>,
        lines: mpsc::UnboundedSender<Value>,
    ) {
        loop {
            tokio::select! {
                order = wire.orders.recv() => {
                    let is_last = order.is_none();
                    let _ = lines.send(self.line(order.unwrap_or(Order::Disconnect)));
                    if is_last {
                        return;
                    }
                }
                line = news.recv() => {
                    let gone = || json!({"gone": "the puppet has ended"});
                    match self.hear(line.unwrap_or_else(gone)) {
                        Some(News::Gone(reason)) => {
                            let _ = wire.news.send(News::Gone(reason));
                            return;
                        }
                        Some(event) => drop(wire.news.send(event)),
                        None => {}
                    }
                }
            }
        }
    }

    fn line(&mut self, order: Order) -> Value {
        let number = self.number;
        match order {
            Order::Emit { args, reply } => {
                let reply = reply.map(|reply| {
                    self.next_reply += 1;
                    self.waiting.insert(self.next_reply, reply);
                    self.next_reply
                });
                json!({"do": "emit", "socket": number, "args": args, "reply": reply})
            }
            Order::Ack { id, args } => {
                json!({"do": "ack", "socket": number, "id": id, "args": args})
            }
            Order::Disconnect => json!({"do": "disconnect", "socket": number}),
        }
    }

    fn hear(&mut self, mut line: Value) -> Option<News> {
        if let Some(reason) = line.get("gone").and_then(Value::as_str) {
            return Some(News::Gone(reason.to_owned()));
        }
        let Some(Value::Array(args)) = line.get_mut("args").map(Value::take) else {
            return None;
        };
        if let Some(reply) = line.get("reply").and_then(Value::as_u64) {
            if let Some(waiting) = self.waiting.remove(&reply) {
                let _ = waiting.send(args);
            }
            return None;
        }
        let name = line.get("event")?.as_str()?.to_owned();
        let ack = line.get("ack").and_then(Value::as_u64);
        Some(News::Event { name, args, ack })
    }
}
