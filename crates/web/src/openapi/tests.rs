//! The description is complete, and the one that is checked in is that of the code.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::document;
use super::order::Ordered;
use crate::layers::security::Surface;
use crate::router::endpoints;

/// The file that is checked in.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

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
    let whole = whole();
    let mut now = serde_json::to_string_pretty(&Ordered(&whole)).expect("it is JSON");
    now.push('\n');
    if std::env::var_os("REFRESH_OPENAPI").is_some() {
        std::fs::write(FILE, &now).expect("the file can be written");
    }
    let kept = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        kept == now,
        "docs/openapi.json is not what the code says: run `cargo xtask openapi` and read the diff"
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
