//! The order in which the document is written: by name, and the file of a form behind its texts,
//! because clients made from the document send the parts in the order in which they stand.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// The part of a form that comes last.
const LAST: &str = "file";

/// A value that writes its entries in that order.
#[derive(Debug)]
pub(super) struct Ordered<'a>(pub(super) &'a Value);

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Array(items) => out.collect_seq(items.iter().map(Ordered)),
            Value::Object(entries) => {
                let mut map = out.serialize_map(Some(entries.len()))?;
                for (name, entry) in entries.iter().filter(|(name, _)| *name != LAST) {
                    map.serialize_entry(name, &Ordered(entry))?;
                }
                if let Some(entry) = entries.get(LAST) {
                    map.serialize_entry(LAST, &Ordered(entry))?;
                }
                map.end()
            }
            plain => plain.serialize(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_file_comes_last() {
        let form = json!({"parts": [{"format": 1, "file": 2, "weight": null}]});
        assert_eq!(
            serde_json::to_string(&Ordered(&form)).unwrap(),
            r#"{"parts":[{"format":1,"weight":null,"file":2}]}"#
        );
    }
}
