//! The text of Engine.IO 4 and Socket.IO 5 packets, as far as text goes: no attachments.

use serde_json::Value;

/// What an Engine.IO text frame says.
#[derive(Debug, PartialEq)]
pub(super) enum Packet {
    Open,
    Close,
    Ping,
    /// Accepted in a namespace, under this socket id.
    Connected(String),
    Refused(String),
    Disconnected,
    /// An event: its name, its arguments, and the number to acknowledge it by.
    Event {
        name: String,
        args: Vec<Value>,
        ack: Option<u64>,
    },
    Ack {
        id: u64,
        args: Vec<Value>,
    },
    /// Anything else; a client ignores it.
    Other,
}

/// Reads one frame.
pub(super) fn parse(frame: &str) -> Option<Packet> {
    let mut chars = frame.chars();
    match chars.next()? {
        '0' => Some(Packet::Open),
        '1' => Some(Packet::Close),
        '2' => Some(Packet::Ping),
        '4' => parse_message(chars.as_str()),
        _ => Some(Packet::Other),
    }
}

fn parse_message(text: &str) -> Option<Packet> {
    let mut chars = text.chars();
    let kind = chars.next()?;
    let rest = skip_namespace(chars.as_str());
    let digits = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (id, data) = rest.split_at(digits);
    let id = id.parse().ok();
    let field = |name: &str| {
        let data: Value = serde_json::from_str(data).ok()?;
        data.get(name)?.as_str().map(ToOwned::to_owned)
    };
    match kind {
        '0' => Some(Packet::Connected(field("sid")?)),
        '1' => Some(Packet::Disconnected),
        '2' => {
            let mut args: Vec<Value> = serde_json::from_str(data).ok()?;
            if args.is_empty() {
                return None;
            }
            let Value::String(name) = args.remove(0) else {
                return None;
            };
            Some(Packet::Event {
                name,
                args,
                ack: id,
            })
        }
        '3' => Some(Packet::Ack {
            id: id?,
            args: serde_json::from_str(data).ok()?,
        }),
        '4' => Some(Packet::Refused(field("message")?)),
        _ => Some(Packet::Other),
    }
}

fn skip_namespace(text: &str) -> &str {
    if !text.starts_with('/') {
        return text;
    }
    text.split_once(',').map_or("", |(_, rest)| rest)
}

/// The frame that asks to enter a namespace.
pub(super) fn connect(namespace: &str, auth: &Value) -> String {
    let auth = if auth.is_null() {
        String::new()
    } else {
        auth.to_string()
    };
    format!("40{namespace},{auth}")
}

/// The frame of an event; `args` begins with its name.
pub(super) fn event(namespace: &str, args: &[Value], ack: Option<u64>) -> String {
    let ack = ack.map(|id| id.to_string()).unwrap_or_default();
    format!("42{namespace},{ack}{}", Value::from(args))
}

/// The frame that acknowledges.
pub(super) fn ack(namespace: &str, id: u64, args: &[Value]) -> String {
    format!("43{namespace},{id}{}", Value::from(args))
}

/// The frame that leaves a namespace.
pub(super) fn disconnect(namespace: &str) -> String {
    format!("41{namespace},")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn packets_are_read_with_and_without_namespace_and_number() {
        let event = |ack| Packet::Event {
            name: "a".to_owned(),
            args: vec![json!({"b": 1})],
            ack,
        };
        assert_eq!(parse("2"), Some(Packet::Ping));
        assert_eq!(parse(r#"42["a",{"b":1}]"#), Some(event(None)));
        assert_eq!(parse(r#"42/overlay,["a",{"b":1}]"#), Some(event(None)));
        assert_eq!(
            parse(r#"42/overlay,17["a",{"b":1}]"#),
            Some(event(Some(17)))
        );
        assert_eq!(
            parse("43/overlay,3[true]"),
            Some(Packet::Ack {
                id: 3,
                args: vec![json!(true)]
            })
        );
        assert_eq!(
            parse(r#"40/overlay,{"sid":"x"}"#),
            Some(Packet::Connected("x".to_owned()))
        );
        assert_eq!(
            parse(r#"44/overlay,{"message":"no"}"#),
            Some(Packet::Refused("no".to_owned()))
        );
        assert_eq!(parse("41/overlay,"), Some(Packet::Disconnected));
    }

    #[test]
    fn nonsense_is_no_packet() {
        for frame in [
            "", "4", "42[]", "42[1]", "42{}", "43/x,[1]", "40/x,{}", "42/x,1",
        ] {
            assert_eq!(parse(frame), None, "{frame}");
        }
    }
}
