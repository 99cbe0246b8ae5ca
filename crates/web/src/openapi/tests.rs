//! The description is complete, and the one that is checked in is that of the code.

use std::collections::{BTreeMap, BTreeSet};

use beta_domain::id::{CampaignId, ChannelId, CreativeId, DeliveryId, SessionId};
use beta_domain::signal::LiveMessage;
use beta_kit::id::Id;
use beta_kit::time::Timestamp;
use serde_json::Value;

use super::order::Ordered;
use super::{document, sockets};
use crate::dashboard::{event_of, payload_of};
use crate::layers::security::Surface;
use crate::overlay::protocol::names;
use crate::router::endpoints;

/// Where the files stand that are checked in.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");

fn whole() -> Value {
    document(&endpoints()).0
}

fn operations(document: &Value) -> BTreeMap<String, &Value> {
    let paths = document["paths"].as_object().expect("there are paths");
    let all = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("there are methods");
        methods
            .iter()
            .map(move |(method, operation)| (format!("{method} {path}"), operation))
    });
    all.collect()
}

#[test]
fn the_description_that_is_checked_in_is_that_of_the_code() {
    compare("openapi.json", &whole());
    compare("asyncapi.json", &sockets::document());
}

fn compare(name: &str, document: &Value) {
    let file = format!("{FOLDER}/{name}");
    let mut now = serde_json::to_string_pretty(&Ordered(document)).expect("it is JSON");
    now.push('\n');
    if std::env::var_os("REFRESH_OPENAPI").is_some() {
        std::fs::write(&file, &now).expect("the file can be written");
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kept == now,
        "docs/{name} is not what the code says: run `cargo xtask openapi` and read the diff"
    );
}

#[test]
fn what_is_in_the_api_is_described_and_nothing_else() {
    for endpoint in endpoints() {
        let name = format!("{} {}", endpoint.method, endpoint.path);
        let is_api = endpoint.surface() == Surface::Api;
        assert_eq!(endpoint.operation.is_some(), is_api, "{name}");
    }
}

#[test]
fn every_operation_is_complete() {
    let document = whole();
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let summary = operation["summary"].as_str().unwrap_or_default();
        assert!(
            !id.is_empty() && !summary.is_empty(),
            "{name} lacks `.says(…)`"
        );
        assert!(
            ids.insert(id.to_owned()),
            "{name}: {id} is the name of another"
        );
        let answers = operation["responses"].as_object().expect("has answers");
        let good = answers.keys().any(|status| status.starts_with(['2', '3']));
        assert!(
            good,
            "{name} says nothing of what it answers when all goes well"
        );
    }
}

#[test]
fn every_parameter_of_a_path_is_described() {
    let document = whole();
    for (name, operation) in operations(&document) {
        let named: BTreeSet<&str> = name.split(['{', '}']).skip(1).step_by(2).collect();
        let parameters = operation["parameters"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let described: BTreeSet<&str> = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "path")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        assert_eq!(named, described, "{name}");
    }
}

#[test]
fn each_name_means_one_schema_and_each_reference_finds_one() {
    let (document, clashes) = document(&endpoints());
    assert_eq!(clashes, Vec::<String>::new(), "two types want these names");
    let mut missing = Vec::new();
    find_missing(&document, &document, &mut missing);
    let sockets = sockets::document();
    find_missing(&sockets, &sockets, &mut missing);
    assert_eq!(missing, Vec::<String>::new());
}

fn find_missing(document: &Value, place: &Value, missing: &mut Vec<String>) {
    match place {
        Value::Object(entries) => {
            if let Some(Value::String(target)) = entries.get("$ref") {
                let pointer = target.trim_start_matches('#');
                if document.pointer(pointer).is_none() {
                    missing.push(target.clone());
                }
            }
            for entry in entries.values() {
                find_missing(document, entry, missing);
            }
        }
        Value::Array(items) => {
            for item in items {
                find_missing(document, item, missing);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The names of the messages of a namespace, as clients see them.
fn messages(channel: &str) -> BTreeMap<String, Value> {
    let document = sockets::document();
    let messages = document["channels"][channel]["messages"].clone();
    let messages = messages.as_object().cloned().expect("there are messages");
    let named = messages.into_values().map(|message| {
        let name = message["name"].as_str().unwrap_or_default().to_owned();
        (name, message)
    });
    named.collect()
}

#[test]
fn every_message_of_an_overlay_is_described() {
    let described = messages("overlay");
    for name in names::ALL {
        assert!(described.contains_key(name), "{name}");
    }
    // What is sent and heard goes by these names alone.
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/overlay");
    for file in std::fs::read_dir(folder).expect("the folder is there") {
        let path = file.expect("the folder can be read").path();
        let source = std::fs::read_to_string(path).expect("the file can be read");
        let compact: String = source.split_whitespace().collect();
        for call in [".emit(\"", ".on(\"", "emit_with_ack::<_,CommandAnswer>(\""] {
            assert!(!compact.contains(call), "{call}");
        }
    }
}

#[test]
fn every_message_to_a_dashboard_has_the_fields_that_are_described() {
    let described = messages("dashboard");
    for message in live_messages() {
        let name = event_of(&message);
        let described = described.get(name).unwrap_or_else(|| panic!("{name}"));
        let payload = payload_of(&message);
        let sent: BTreeSet<&String> = payload.as_object().expect("an object").keys().collect();
        let properties = &described["payload"]["properties"];
        let told: BTreeSet<&String> = properties.as_object().expect("fields").keys().collect();
        assert_eq!(sent, told, "{name}");
    }
}

/// One of each.
fn live_messages() -> Vec<LiveMessage> {
    let id = Id::nil();
    let at = Timestamp::from_micros(0);
    let (channel_id, session_id) = (ChannelId::from(id), SessionId::from(id));
    let (campaign_id, creative_id) = (CampaignId::from(id), CreativeId::from(id));
    let delivery_id = DeliveryId::from(id);
    let all = vec![
        LiveMessage::OverlayStatus {
            channel_id,
            connected: true,
            session_id,
            at,
        },
        LiveMessage::OverlayHeartbeat {
            channel_id,
            session_id,
            at,
        },
        LiveMessage::DeliverySent {
            delivery_id,
            channel_id,
            campaign_id,
            creative_id,
            session_id,
            at,
        },
        LiveMessage::DeliveryState {
            delivery_id,
            channel_id,
            campaign_id,
            state: "expired",
            reason: None,
            at,
        },
        LiveMessage::AdEvent {
            event_type: "ad_completed",
            channel_id,
            campaign_id: None,
            creative_id: None,
            delivery_id: None,
            session_id: None,
            counted: true,
            reason: None,
            at,
        },
    ];
    // A new kind does not compile until it stands above.
    for message in &all {
        match message {
            LiveMessage::OverlayStatus { .. }
            | LiveMessage::OverlayHeartbeat { .. }
            | LiveMessage::DeliverySent { .. }
            | LiveMessage::DeliveryState { .. }
            | LiveMessage::AdEvent { .. } => {}
        }
    }
    all
}
