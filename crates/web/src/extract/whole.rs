//! `15.0` is a whole number in JSON, though Rust's parser calls it a float.
//!
//! Only a body that was refused for it is read again, so that others cost nothing.

use serde::de::DeserializeOwned;
use serde_json::{Number, Value};

use super::refused;
use crate::error::Error;

/// Whole numbers up to here are exact as floats.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// Whether the parser found a float where it wanted a whole number.
pub(super) fn is_asked_for(error: &serde_json::Error) -> bool {
    error
        .to_string()
        .starts_with("invalid type: floating point")
}

/// Reads the body with every float that is whole as a whole number; `None` when it is no JSON.
pub(super) fn reread<T: DeserializeOwned>(bytes: &[u8]) -> Option<Result<T, Error>> {
    let mut value: Value = serde_json::from_slice(bytes).ok()?;
    make_whole(&mut value);
    let read = serde_path_to_error::deserialize(value);
    Some(read.map_err(|error| refused::json(&error.path().to_string(), error.inner())))
}

fn make_whole(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(whole) = whole(number) {
                *number = whole.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(make_whole),
        Value::Object(entries) => entries.values_mut().for_each(make_whole),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn whole(number: &Number) -> Option<i64> {
    let float = number.as_f64().filter(|_| number.is_f64())?;
    let is_whole = float.abs() <= EXACT_MAX && float.trunc().total_cmp(&float).is_eq();
    is_whole.then(|| format!("{float:.0}").parse().ok())?
}
