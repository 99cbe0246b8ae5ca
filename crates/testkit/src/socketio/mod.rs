//! A Socket.IO client as tests see it: a stream of events, and answers as values.
//!
//! Two things speak for it: our own small client ([`connect`], nothing but WebSocket) and the
//! official JavaScript client in a Node.js process ([`Puppet`]). A test runs with either.
//! It must not hide what the server does: nothing is retried and nothing reconnects.

mod node;
mod packet;
mod websocket;

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::wait::PATIENCE;

pub use node::Puppet;
pub use websocket::connect;

/// Where to connect, and as whom.
#[derive(Clone, Debug)]
pub struct Handshake {
    url: String,
    namespace: String,
    auth: Value,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    transports: Vec<&'static str>,
}

impl Handshake {
    /// With the server at `url` (`http://127.0.0.1:4000`) and its namespace (`/overlay`).
    pub fn new(url: &str, namespace: &str) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
            namespace: namespace.to_owned(),
            auth: Value::Null,
            query: Vec::new(),
            headers: Vec::new(),
            transports: vec!["websocket"],
        }
    }

    /// The `auth` object of the handshake.
    #[must_use]
    pub fn auth(mut self, auth: Value) -> Self {
        self.auth = auth;
        self
    }

    /// A parameter of the handshake's URL. The value is sent as it stands.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A header of the handshake's request, such as `cookie`.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The transports the official client may use; ours knows WebSocket only.
    #[must_use]
    pub fn transports(mut self, transports: &[&'static str]) -> Self {
        self.transports = transports.to_vec();
        self
    }
}

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The server answered the handshake with `connect_error` and this message.
    #[error("the server refused the connection: {0}")]
    ByServer(String),
    /// There was no Socket.IO conversation at all.
    #[error("no conversation with the server: {0}")]
    Transport(String),
}

impl Refused {
    /// The message of `connect_error`, when there was one.
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::ByServer(message) => Some(message),
            Self::Transport(_) => None,
        }
    }
}

/// Why there is no event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoEvent {
    /// Nothing came in the given time.
    #[error("no event came in time")]
    Silence,
    /// The connection has ended; the reason is in the official client's words.
    #[error("the socket is disconnected: {0}")]
    Disconnected(String),
}

/// An event of the server.
#[derive(Debug)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// What came with it.
    pub args: Vec<Value>,
    ack: Option<u64>,
    sender: Sender,
}

impl Event {
    /// The first thing that came with it, or null.
    pub fn data(&self) -> &Value {
        self.args.first().unwrap_or(&Value::Null)
    }

    /// Whether the server wants an acknowledgement.
    pub fn wants_ack(&self) -> bool {
        self.ack.is_some()
    }

    /// Acknowledges; does nothing for an event that asks for no acknowledgement.
    pub fn ack(&self, answer: Value) {
        if let Some(id) = self.ack {
            let args = vec![answer];
            let _ = self.sender.orders.send(Order::Ack { id, args });
        }
    }
}

/// A connected socket. Dropping it ends the connection without a word.
#[derive(Debug)]
pub struct Socket {
    id: String,
    sender: Sender,
    news: mpsc::UnboundedReceiver<News>,
    gone: Option<String>,
}

impl Socket {
    /// The id the server gave to this socket.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What sends for this socket, to be used while another task reads from it.
    pub fn sender(&self) -> Sender {
        self.sender.clone()
    }

    /// Sends an event.
    pub fn emit(&self, name: &str, data: Value) {
        self.sender.emit(name, data);
    }

    /// Sends an event and waits for the server's acknowledgement: the first thing in it.
    pub async fn emit_with_ack(&self, name: &str, data: Value) -> Result<Value, NoEvent> {
        let (reply, answer) = oneshot::channel();
        self.sender.send(name, data, Some(reply));
        match timeout(PATIENCE, answer).await {
            Ok(Ok(args)) => Ok(args.into_iter().next().unwrap_or(Value::Null)),
            Ok(Err(_)) => Err(NoEvent::Disconnected(
                "before the acknowledgement".to_owned(),
            )),
            Err(_) => Err(NoEvent::Silence),
        }
    }

    /// The next event, whatever it is.
    pub async fn next_event(&mut self, patience: Duration) -> Result<Event, NoEvent> {
        if let Some(reason) = &self.gone {
            return Err(NoEvent::Disconnected(reason.clone()));
        }
        match timeout(patience, self.news.recv()).await {
            Err(_) => Err(NoEvent::Silence),
            Ok(Some(News::Event { name, args, ack })) => Ok(Event {
                name,
                args,
                ack,
                sender: self.sender.clone(),
            }),
            Ok(Some(News::Gone(reason))) => {
                self.gone = Some(reason.clone());
                Err(NoEvent::Disconnected(reason))
            }
            Ok(None) => Err(NoEvent::Disconnected("the client has ended".to_owned())),
        }
    }

    /// The next event of this name; others before it are thrown away.
    pub async fn next_named(&mut self, name: &str) -> Result<Event, NoEvent> {
        loop {
            let event = self.next_event(PATIENCE).await?;
            if event.name == name {
                return Ok(event);
            }
        }
    }

    /// Waits for the end of the connection and says its reason; events before it are thrown away.
    pub async fn ended(&mut self) -> Result<String, NoEvent> {
        loop {
            match self.next_event(PATIENCE).await {
                Ok(_) => {}
                Err(NoEvent::Disconnected(reason)) => return Ok(reason),
                Err(NoEvent::Silence) => return Err(NoEvent::Silence),
            }
        }
    }

    /// Says goodbye to the server and ends the connection.
    pub fn disconnect(&self) {
        self.sender.disconnect();
    }

    fn new(id: String) -> (Self, Wire) {
        let (orders, incoming_orders) = mpsc::unbounded_channel();
        let (outgoing_news, news) = mpsc::unbounded_channel();
        let socket = Self {
            id,
            sender: Sender { orders },
            news,
            gone: None,
        };
        (
            socket,
            Wire {
                orders: incoming_orders,
                news: outgoing_news,
            },
        )
    }
}

/// The sending half of a [`Socket`].
#[derive(Clone, Debug)]
pub struct Sender {
    orders: mpsc::UnboundedSender<Order>,
}

impl Sender {
    /// Sends an event.
    pub fn emit(&self, name: &str, data: Value) {
        self.send(name, data, None);
    }

    /// Says goodbye to the server and ends the connection.
    pub fn disconnect(&self) {
        let _ = self.orders.send(Order::Disconnect);
    }

    fn send(&self, name: &str, data: Value, reply: Option<oneshot::Sender<Vec<Value>>>) {
        let args = if data.is_null() {
            vec![json!(name)]
        } else {
            vec![json!(name), data]
        };
        let _ = self.orders.send(Order::Emit { args, reply });
    }
}

/// The other end of a [`Socket`]: what the one who speaks for it holds.
struct Wire {
    orders: mpsc::UnboundedReceiver<Order>,
    news: mpsc::UnboundedSender<News>,
}

/// What a test wants sent.
#[derive(Debug)]
enum Order {
    /// An event: its name, then its arguments.
    Emit {
        args: Vec<Value>,
        reply: Option<oneshot::Sender<Vec<Value>>>,
    },
    Ack {
        id: u64,
        args: Vec<Value>,
    },
    Disconnect,
}

/// What came from the server.
#[derive(Debug)]
enum News {
    Event {
        name: String,
        args: Vec<Value>,
        ack: Option<u64>,
    },
    Gone(String),
}
