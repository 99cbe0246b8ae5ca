//! What the audit log is told about a change: only what differs.

use serde_json::{Map, Value};

/// What something said before a change and after it, in the fields that differ.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    pub(super) before: Value,
    pub(super) after: Value,
}

/// The difference of two objects; `None` when there is none.
pub(super) fn changed(before: &Value, after: &Value) -> Option<Change> {
    let nothing = Map::new();
    let before = before.as_object().unwrap_or(&nothing);
    let after = after.as_object().unwrap_or(&nothing);
    let differing = |of: &Map<String, Value>, other: &Map<String, Value>| -> Map<String, Value> {
        of.iter()
            .filter(|(name, value)| other.get(*name) != Some(value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    let (was, is) = (differing(before, after), differing(after, before));
    if was.is_empty() && is.is_empty() {
        return None;
    }
    Some(Change {
        before: Value::Object(was),
        after: Value::Object(is),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_told() {
        let before = json!({ "a": 1, "b": null, "c": "same" });
        let after = json!({ "a": 2, "b": "new", "c": "same" });
        let change = Change {
            before: json!({ "a": 1, "b": null }),
            after: json!({ "a": 2, "b": "new" }),
        };
        assert_eq!(changed(&before, &after), Some(change));
        assert_eq!(changed(&before, &before), None);
    }
}
