//! Our own client: one namespace over one WebSocket, in as few lines as that takes.

use std::collections::HashMap;

use futures::{SinkExt as _, StreamExt as _};
use http::Request;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::packet::{self, Packet};
use super::{Handshake, News, Order, Refused, Socket, Wire};
use crate::wait::PATIENCE;

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Connects with our own client.
///
/// # Errors
/// [`Refused`]: by the server with its message, or because there was no conversation.
pub async fn connect(handshake: &Handshake) -> Result<Socket, Refused> {
    let request = request(handshake).map_err(|error| Refused::Transport(error.to_string()))?;
    let entering = async {
        let (mut stream, _) = connect_async(request).await.map_err(transport)?;
        let id = enter(&mut stream, handshake).await?;
        Ok((stream, id))
    };
    let in_time = timeout(PATIENCE, entering).await;
    let (stream, id) =
        in_time.unwrap_or_else(|_| Err(Refused::Transport("no answer in time".to_owned())))?;
    let (socket, wire) = Socket::new(id);
    let conversation = Conversation {
        namespace: handshake.namespace.clone(),
        next_ack: 0,
        waiting: HashMap::new(),
    };
    tokio::spawn(conversation.run(stream, wire));
    Ok(socket)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is a conversion for `map_err`"
)]
fn transport(error: tokio_tungstenite::tungstenite::Error) -> Refused {
    Refused::Transport(error.to_string())
}

fn request(handshake: &Handshake) -> anyhow::Result<Request<()>> {
    let base = handshake.url.replacen("http", "ws", 1);
    let own = handshake
        .query
        .iter()
        .map(|(name, value)| format!("&{name}={value}"));
    let query: String = own.collect();
    let url = format!("{base}/socket.io/?EIO=4&transport=websocket{query}");
    let mut request = url.into_client_request()?;
    for (name, value) in &handshake.headers {
        let name: http::HeaderName = name.parse()?;
        request.headers_mut().append(name, value.parse()?);
    }
    Ok(request)
}

/// Waits for the server's greeting and enters the namespace; gives the socket's id.
async fn enter(stream: &mut Stream, handshake: &Handshake) -> Result<String, Refused> {
    while let Some(message) = stream.next().await {
        let message = message.map_err(transport)?;
        let Message::Text(text) = &message else {
            continue;
        };
        let answer = match packet::parse(text) {
            Some(Packet::Open) => packet::connect(&handshake.namespace, &handshake.auth),
            Some(Packet::Ping) => "3".to_owned(),
            Some(Packet::Connected(id)) => return Ok(id),
            Some(Packet::Refused(message)) => return Err(Refused::ByServer(message)),
            other => {
                return Err(Refused::Transport(format!(
                    "unexpected {other:?} from {text}"
                )));
            }
        };
        stream
            .send(Message::text(answer))
            .await
            .map_err(transport)?;
    }
    Err(Refused::Transport(
        "the server closed the connection".to_owned(),
    ))
}

struct Conversation {
    namespace: String,
    next_ack: u64,
    waiting: HashMap<u64, oneshot::Sender<Vec<Value>>>,
}

/// Whether to go on, or why it ended.
type Next = Result<Option<String>, &'static str>;

impl Conversation {
    async fn run(mut self, mut stream: Stream, mut wire: Wire) {
        let reason = loop {
            let next = tokio::select! {
                order = wire.orders.recv() => self.obey(order),
                message = stream.next() => match message {
                    Some(Ok(Message::Text(text))) => self.hear(&text, &wire),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => Err("transport close"),
                    Some(Ok(_)) => Ok(None),
                },
            };
            match next {
                Ok(None) => {}
                Ok(Some(frame)) => {
                    if stream.send(Message::text(frame)).await.is_err() {
                        break "transport error";
                    }
                }
                Err(reason) => break reason,
            }
        };
        if reason == "io client disconnect" {
            let goodbye = packet::disconnect(&self.namespace);
            let _ = stream.send(Message::text(goodbye)).await;
        }
        let _ = stream.close(None).await;
        let _ = wire.news.send(News::Gone(reason.to_owned()));
    }

    /// What the test wants.
    fn obey(&mut self, order: Option<Order>) -> Next {
        match order {
            None => Err("client dropped"),
            Some(Order::Disconnect) => Err("io client disconnect"),
            Some(Order::Ack { id, args }) => Ok(Some(packet::ack(&self.namespace, id, &args))),
            Some(Order::Emit { args, reply }) => {
                let ack = reply.map(|reply| self.remember(reply));
                Ok(Some(packet::event(&self.namespace, &args, ack)))
            }
        }
    }

    fn remember(&mut self, reply: oneshot::Sender<Vec<Value>>) -> u64 {
        let id = self.next_ack;
        self.next_ack += 1;
        self.waiting.insert(id, reply);
        id
    }

    /// What the server says.
    fn hear(&mut self, text: &str, wire: &Wire) -> Next {
        match packet::parse(text) {
            Some(Packet::Ping) => Ok(Some("3".to_owned())),
            Some(Packet::Event { name, args, ack }) => {
                let _ = wire.news.send(News::Event { name, args, ack });
                Ok(None)
            }
            Some(Packet::Ack { id, args }) => {
                if let Some(reply) = self.waiting.remove(&id) {
                    let _ = reply.send(args);
                }
                Ok(None)
            }
            Some(Packet::Disconnected) => Err("io server disconnect"),
            Some(Packet::Close) => Err("transport close"),
            _ => Ok(None),
        }
    }
}
