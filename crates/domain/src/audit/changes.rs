//! What was different before and after an act.

use serde_json::{Map, Value, json};

/// The fields of two objects that differ, as `{"before": {…}, "after": {…}}`; `None` when none
/// does. A thing that was not there before, or is not there after, is `null`.
pub fn changes(before: &Value, after: &Value) -> Option<Value> {
    if before == after {
        return None;
    }
    let (Value::Object(was), Value::Object(is)) = (before, after) else {
        return Some(json!({ "before": before, "after": after }));
    };
    let only_changed = |one: &Map<String, Value>, other: &Map<String, Value>| {
        let changed = one
            .iter()
            .filter(|(name, value)| other.get(*name) != Some(value));
        let changed = changed.map(|(name, value)| (name.clone(), value.clone()));
        changed.collect::<Map<String, Value>>()
    };
    Some(json!({ "before": only_changed(was, is), "after": only_changed(is, was) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_told() {
        let before = json!({ "name": "a", "size": 1, "gone": true });
        let after = json!({ "name": "a", "size": 2 });
        assert_eq!(
            changes(&before, &after),
            Some(json!({ "before": { "size": 1, "gone": true }, "after": { "size": 2 } }))
        );
        assert_eq!(changes(&before, &before), None);
    }

    #[test]
    fn what_was_not_there_before_is_told_whole() {
        let made = json!({ "name": "a" });
        assert_eq!(
            changes(&Value::Null, &made),
            Some(json!({ "before": null, "after": { "name": "a" } }))
        );
    }
}
