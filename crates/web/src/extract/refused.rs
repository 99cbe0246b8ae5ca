//! From a parser's words to a field, a stable code and a message.

use axum::http::StatusCode;
use beta_kit::refusal;
use serde_json::Value;
use serde_json::error::Category;

use crate::error::{Error, FieldError};

/// What serde's messages start with, and the code each stands for.
const SERDE_WORDS: [(&str, &str); 5] = [
    ("unknown field", "unknown_field"),
    ("unknown variant", "unknown_value"),
    ("invalid type", "invalid_type"),
    ("invalid length", "invalid_length"),
    ("invalid value", "invalid_value"),
];

/// The answer to a body that `serde_json` refused at `path`.
pub(super) fn json(path: &str, error: &serde_json::Error) -> Error {
    let text = error.to_string();
    if text.contains("surrogate") || text.contains("unexpected end of hex escape") {
        return invalid_text(path);
    }
    match error.classify() {
        Category::Data => {
            let message = without_place(&text);
            Error::fields(vec![field(path, message)])
        }
        Category::Syntax | Category::Eof | Category::Io => {
            let detail = format!("the body is not valid JSON: {text}");
            Error::new(StatusCode::BAD_REQUEST, "invalid_json", detail)
        }
    }
}

/// What a serde message says about the field at `path`.
pub(super) fn field(path: &str, message: &str) -> FieldError {
    if let Some((code, message)) = refusal::parse(message) {
        return FieldError::new(name(path), code.to_owned(), message);
    }
    if let Some(missing) = quoted(message, "missing field `") {
        return FieldError::new(child(path, missing), "required", "is required");
    }
    if let Some(twice) = quoted(message, "duplicate field `") {
        return FieldError::new(child(path, twice), "duplicate_field", "is there twice");
    }
    let known = SERDE_WORDS
        .iter()
        .find(|(words, _)| message.starts_with(words));
    let code = known.map_or("invalid_value", |(_, code)| *code);
    FieldError::new(name(path), code, message)
}

/// Refuses NUL in any text or key: PostgreSQL cannot keep it, and nobody means it.
pub(super) fn refuse_nul(bytes: &[u8]) -> Result<(), Error> {
    const ESCAPED_NUL: &[u8] = br"\u0000";
    // Only a hint, for `\\u0000` is no NUL; a raw NUL byte is not JSON anyway.
    if !bytes
        .windows(ESCAPED_NUL.len())
        .any(|window| window == ESCAPED_NUL)
    {
        return Ok(());
    }
    // What is not JSON is refused with its own reason later.
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return Ok(());
    };
    find_nul(&value, String::new()).map_or(Ok(()), |path| Err(invalid_text(&path)))
}

/// Whether there is a NUL in any text or key.
pub(crate) fn has_nul(value: &Value) -> bool {
    find_nul(value, String::new()).is_some()
}

fn find_nul(value: &Value, path: String) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then_some(path),
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(index, item)| find_nul(item, format!("{path}[{index}]")))
        }
        Value::Object(entries) => entries.iter().find_map(|(key, item)| {
            if key.contains('\0') {
                return Some(path.clone());
            }
            let dot = if path.is_empty() { "" } else { "." };
            find_nul(item, format!("{path}{dot}{key}"))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

pub(super) fn invalid_text(path: &str) -> Error {
    Error::field(
        name(path),
        "invalid_text",
        "must not contain NUL or half a surrogate pair",
    )
}

/// The name that stands behind `start` and before the next backtick.
fn quoted<'a>(message: &'a str, start: &str) -> Option<&'a str> {
    message.strip_prefix(start)?.split('`').next()
}

/// The field `name` of whatever stands at `path`.
fn child(path: &str, name: &str) -> String {
    if path.is_empty() || path == "." {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// The name of the field at `path`; the whole body is called `body`.
fn name(path: &str) -> &str {
    if path.is_empty() || path == "." {
        "body"
    } else {
        path
    }
}

/// A message of `serde_json` without the line and column behind it.
fn without_place(text: &str) -> &str {
    text.rsplit_once(" at line ")
        .map_or(text, |(message, _)| message)
}
