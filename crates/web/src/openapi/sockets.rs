//! The description of the sockets, AsyncAPI 3.0: every message of both namespaces, to and from.
//!
//! What overlays are told and say comes from the types of their protocol; what dashboards are
//! shown is written here and compared with what is sent.

use beta_kit::describe::{Arrival, ToSchema};
use serde_json::{Map, Value, json};

use super::draft::{Draft, Schemas, Way};
use crate::overlay::protocol::{
    CommandAnswer, CommandMessage, ExceptionMessage, HeartbeatMessage, KeyRevokedMessage,
    RoleMessage, SessionMessage, SettingsMessage, StateMessage, names,
};

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const TIME: &str = "2026-03-01T12:00:00.000Z";

const ABOUT: &str = "Socket.IO 4 (protocol 5 over Engine.IO 4) on the port of the API, at \
    `/socket.io/`, by websocket or polling. `connect` stands for the packet that opens a \
    namespace, and what comes with it; `connect_error` is its refusal.";

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    Server,
    Client,
}

/// Something that is said in a namespace.
#[derive(Debug)]
struct Message {
    from: From,
    name: &'static str,
    summary: &'static str,
    payload: Value,
    example: Value,
    /// The message that acknowledges it.
    answered_by: Option<&'static str>,
}

/// The whole description.
pub(super) fn document() -> Value {
    let mut schemas = Schemas::default();
    let overlay = overlay(&mut Draft::new("/", &mut schemas));
    let dashboard = dashboard();
    let mut operations = Map::new();
    let channels = json!({
        "overlay": channel("/overlay", "One open overlay page.", &overlay),
        "dashboard": channel("/dashboard", "The live feed of whoever is signed in.", &dashboard),
    });
    for (channel, messages) in [("overlay", &overlay), ("dashboard", &dashboard)] {
        for message in messages {
            let (name, operation) = operation(channel, message);
            if message.name != ANSWER {
                operations.insert(name, operation);
            }
        }
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Beta Ads sockets",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "MIT OR Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"here": {
            "host": "{host}",
            "pathname": "/socket.io/",
            "protocol": "wss",
            "description": "The server that answers the API.",
            "variables": {"host": {"default": "localhost:4000"}},
        }},
        "channels": channels,
        "operations": operations,
        "components": {"schemas": schemas.into_map()},
    })
}

/// The acknowledgement of a command; not a message of its own.
const ANSWER: &str = "ad:command acknowledgement";

fn channel(address: &str, summary: &str, messages: &[Message]) -> Value {
    let messages: Map<String, Value> = messages
        .iter()
        .map(|message| {
            let described = json!({
                "name": message.name,
                "summary": message.summary,
                "payload": message.payload,
                "examples": [{"payload": message.example}],
            });
            (key(message.name), described)
        })
        .collect();
    json!({"address": address, "summary": summary, "messages": messages})
}

/// The name of an operation, and what it says: what the server sends, and what it hears.
fn operation(channel: &str, message: &Message) -> (String, Value) {
    let (verb, action) = match message.from {
        From::Server => ("Sends", "send"),
        From::Client => ("Hears", "receive"),
    };
    let reference = |name| json!({"$ref": format!("#/channels/{channel}/messages/{}", key(name))});
    let channel_reference = json!({"$ref": format!("#/channels/{channel}")});
    let mut operation = json!({
        "action": action,
        "channel": channel_reference,
        "summary": message.summary,
        "messages": [reference(message.name)],
    });
    if let Some(answer) = message.answered_by {
        let messages = [reference(answer)];
        operation["reply"] = json!({"channel": channel_reference, "messages": messages});
    }
    (format!("{channel}{verb}_{}", key(message.name)), operation)
}

/// A name as AsyncAPI allows it in a key.
fn key(name: &str) -> String {
    name.replace([':', ' '], "_")
}

fn overlay(draft: &mut Draft<'_>) -> Vec<Message> {
    let reasons = ["invalid_overlay_key", "too_many_sockets", "unavailable"];
    let mut hello = client("connect", "Comes with the key.", handshake());
    hello.example = json!({"key": "the-key-of-the-channel", "instanceId": ID, "protocol": 2});
    let mut command = command(draft);
    command.answered_by = Some(ANSWER);
    let mut messages = vec![
        hello,
        server("connect_error", "Does not let it in.", refusal(&reasons)),
        command,
    ];
    messages.extend(told_overlays(draft));
    messages.extend(said_by_overlays(draft));
    messages
}

fn command(draft: &mut Draft<'_>) -> Message {
    let example = json!({
        "commandId": ID,
        "campaignId": ID,
        "creativeId": ID,
        "durationSec": 15,
        "assetUrl": "https://ads.example.com/media/1.x/creatives/a.png",
        "clickUrl": "https://example.com/landing",
        "animation": "fade",
        "mimeType": "image/png",
        "sentAt": TIME,
    });
    told::<CommandMessage>(draft, names::COMMAND, "Show this ad now.", example)
}

fn told_overlays(draft: &mut Draft<'_>) -> [Message; 5] {
    let session = json!({"sessionId": ID, "channelId": ID});
    let role = json!({"role": "primary", "instanceId": ID, "serverTime": TIME});
    let settings = json!({
        "version": 3,
        "position": "top-right",
        "widthPercent": null,
        "marginPx": 24,
        "muted": true,
        "animation": "fade",
    });
    let revoked = json!({"reason": "key_rotated"});
    let exception = json!({
        "status": "error",
        "message": "Internal server error",
        "cause": {"pattern": names::HEARTBEAT, "data": null},
    });
    let gone = "The key is no longer valid; the socket is closed next.";
    let what = "A message was not understood.";
    [
        told::<SessionMessage>(draft, names::SESSION, "The overlay's session.", session),
        told::<RoleMessage>(draft, names::ROLE, "Whether this page shows ads.", role),
        told::<SettingsMessage>(draft, names::SETTINGS, "How ads look.", settings),
        told::<KeyRevokedMessage>(draft, names::KEY_REVOKED, gone, revoked),
        told::<ExceptionMessage>(draft, names::EXCEPTION, what, exception),
    ]
}

fn said_by_overlays(draft: &mut Draft<'_>) -> [Message; 3] {
    let beat = json!({"requestId": "ws_1", "payload": {"visible": true}});
    let state = json!({"active": true});
    let answer = json!({"ok": true});
    [
        said::<HeartbeatMessage>(draft, names::HEARTBEAT, "The overlay is alive.", beat),
        said::<StateMessage>(draft, names::STATE, "What OBS says of the source.", state),
        said::<CommandAnswer>(draft, ANSWER, "Whether a command is taken.", answer),
    ]
}

/// A message of the protocol that the server sends.
fn told<T: ToSchema>(
    draft: &mut Draft<'_>,
    name: &'static str,
    summary: &'static str,
    example: Value,
) -> Message {
    Message {
        example,
        ..server(name, summary, draft.schema::<T>(Way::Out))
    }
}

/// A message of the protocol that the server hears.
fn said<T: ToSchema>(
    draft: &mut Draft<'_>,
    name: &'static str,
    summary: &'static str,
    example: Value,
) -> Message {
    Message {
        example,
        ..client(name, summary, draft.schema::<T>(Way::In(Arrival::Json)))
    }
}

fn handshake() -> Value {
    json!({
        "type": "object",
        "description": "The `auth` of the handshake; the key may stand in the query `key` instead.",
        "properties": {
            "key": {"type": "string", "description": "The key of the channel's overlay."},
            "instanceId": {"type": "string", "format": "uuid",
                "description": "Which page it is; kept over reconnects."},
            "protocol": {"type": "integer", "minimum": 1,
                "description": "From 2 on the client acknowledges commands and hears its role."},
        },
    })
}

fn refusal(reasons: &[&str]) -> Value {
    json!({
        "type": "object",
        "required": ["message"],
        "properties": {"message": {"type": "string", "enum": reasons}},
    })
}

/// What dashboards are shown.
fn dashboard() -> Vec<Message> {
    let token = json!({"type": "string", "description": "An access token."});
    let mut hello = client(
        "connect",
        "Comes with an access token, or the portal's cookie.",
        json!({"type": "object", "properties": {"token": token}}),
    );
    hello.example = json!({"token": "an-access-token"});
    let reasons = refusal(&["not_signed_in", "too_many_sockets"]);
    let mut messages = vec![
        hello,
        server("connect_error", "Does not let it in.", reasons),
    ];
    messages.extend(overlay_news());
    messages.extend(delivery_news());
    messages
}

fn overlay_news() -> [Message; 2] {
    let (id, time) = (id(), time());
    let status = json!({"type": "string", "enum": ["connected", "disconnected"]});
    let place = [("channelId", &id), ("sessionId", &id), ("at", &time)];
    let came = [&place[..], &[("status", &status)]].concat();
    [
        shown("overlay_status", "An overlay came or went.", &came),
        shown("overlay_heartbeat", "An overlay is alive.", &place),
    ]
}

fn delivery_news() -> [Message; 3] {
    let (id, time, text) = (id(), time(), json!({"type": "string"}));
    let or_null = |schema: &Value| json!({"oneOf": [{"type": "null"}, schema]});
    let (id_or_null, text_or_null) = (or_null(&id), or_null(&text));
    let verdict = json!({"type": "string", "enum": ["counted", "not_counted"]});
    let delivery = [("commandId", &id), ("channelId", &id), ("campaignId", &id)];
    let sent = [("creativeId", &id), ("sessionId", &id), ("sentAt", &time)];
    let moved = [("state", &text), ("reason", &text_or_null), ("at", &time)];
    let event = [
        ("type", &text),
        ("channelId", &id),
        ("campaignId", &id_or_null),
        ("creativeId", &id_or_null),
        ("deliveryId", &id_or_null),
        ("sessionId", &id_or_null),
        ("verdict", &verdict),
        ("reason", &text_or_null),
        ("at", &time),
    ];
    let (sent, moved) = ([delivery, sent].concat(), [delivery, moved].concat());
    [
        shown("delivery_sent", "A command went out.", &sent),
        shown(
            "delivery_state",
            "A delivery moved to another state.",
            &moved,
        ),
        shown(
            "ad_event",
            "An overlay reported something about an ad.",
            &event,
        ),
    ]
}

fn id() -> Value {
    json!({"type": "string", "format": "uuid"})
}

fn time() -> Value {
    json!({"type": "string", "format": "date-time"})
}

/// A message to dashboards whose fields are always there.
fn shown(name: &'static str, summary: &'static str, fields: &[(&str, &Value)]) -> Message {
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> = fields
        .iter()
        .map(|(name, schema)| ((*name).to_owned(), (*schema).clone()))
        .collect();
    let schema = json!({"type": "object", "required": names, "properties": properties});
    server(name, summary, schema)
}

fn server(name: &'static str, summary: &'static str, payload: Value) -> Message {
    Message {
        from: From::Server,
        name,
        summary,
        example: example_of(&payload),
        payload,
        answered_by: None,
    }
}

fn client(name: &'static str, summary: &'static str, payload: Value) -> Message {
    Message {
        from: From::Client,
        ..server(name, summary, payload)
    }
}

/// A value for each field of a plain schema.
fn example_of(schema: &Value) -> Value {
    let properties = schema["properties"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    let example: Map<String, Value> = properties
        .into_iter()
        .map(|(name, field)| {
            let words = field["enum"]
                .as_array()
                .and_then(|words| words.first().cloned());
            let example = match (words, field["format"].as_str(), field.get("oneOf")) {
                (Some(word), ..) => word,
                (_, Some("uuid"), _) => json!(ID),
                (_, Some("date-time"), _) => json!(TIME),
                (_, _, Some(_)) => Value::Null,
                _ => json!("ad_completed"),
            };
            (name, example)
        })
        .collect();
    Value::Object(example)
}
