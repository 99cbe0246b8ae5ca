//! An operation while it is being described, and the schemas that descriptions share.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use beta_kit::describe::{
    Arrival, NAMELESS, NamedSchema, ToSchema, bounded_text, openapi, read_as,
};
use serde_json::{Map, Value, json};

use super::names;

/// Where named schemas stand in the document.
const SCHEMAS: &str = "#/components/schemas/";

/// Which way a value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To us.
    In(Arrival),
    /// From us.
    Out,
}

/// An operation while it is being described.
#[derive(Debug)]
pub struct Draft<'a> {
    /// The path, with `{name}` for what varies.
    pub path: &'static str,
    /// The path, query and headers.
    pub parameters: Vec<Value>,
    /// The body that is asked for.
    pub body: Option<Value>,
    /// What is answered when all goes well, by status.
    pub answers: BTreeMap<u16, Value>,
    /// What is answered otherwise, by status, and when.
    pub refusals: BTreeMap<u16, &'static str>,
    schemas: &'a mut Schemas,
}

impl<'a> Draft<'a> {
    /// An operation of which nothing is known but its path.
    pub fn new(path: &'static str, schemas: &'a mut Schemas) -> Self {
        Self {
            path,
            parameters: Vec::new(),
            body: None,
            answers: BTreeMap::new(),
            refusals: BTreeMap::new(),
            schemas,
        }
    }

    /// The operation may refuse like this; what an endpoint says of a status wins over what a
    /// part says.
    pub fn refuses(&mut self, status: StatusCode, when: &'static str) {
        self.refusals.entry(status.as_u16()).or_insert(when);
    }

    /// The operation asks for this body.
    pub fn asks_for(&mut self, media_type: &str, schema: &Value) {
        self.body = Some(json!({
            "required": true,
            "content": {media_type: {"schema": schema}},
        }));
        self.refuses(StatusCode::BAD_REQUEST, "");
        self.refuses(StatusCode::REQUEST_TIMEOUT, "");
        self.refuses(StatusCode::PAYLOAD_TOO_LARGE, "");
        self.refuses(StatusCode::UNSUPPORTED_MEDIA_TYPE, "");
    }

    /// The operation takes this body, or none.
    pub fn may_be_told(&mut self, media_type: &str, schema: &Value) {
        self.asks_for(media_type, schema);
        if let Some(body) = &mut self.body {
            body["required"] = json!(false);
        }
    }

    /// The parts of the body are encoded like this.
    pub fn encodes(&mut self, media_type: &str, encoding: Value) {
        if let Some(body) = &mut self.body {
            body["content"][media_type]["encoding"] = encoding;
        }
    }

    /// The operation answers with this status and body.
    pub fn answers(&mut self, status: StatusCode, media_type: &str, schema: &Value) {
        let reason = status.canonical_reason().unwrap_or("Done");
        let answer = json!({
            "description": reason,
            "content": {media_type: {"schema": schema}},
        });
        self.answers.insert(status.as_u16(), answer);
    }

    /// The operation answers that it is done, without a body.
    pub fn answers_nothing(&mut self) {
        self.answers_empty(StatusCode::NO_CONTENT, "It is done");
    }

    /// The operation answers with this status and without a body.
    pub fn answers_empty(&mut self, status: StatusCode, what: &str) {
        let answer = json!({"description": what});
        self.answers.insert(status.as_u16(), answer);
    }

    /// Every good answer may carry this header.
    pub fn with_header(&mut self, name: &str, required: bool, description: &str) {
        for answer in self.answers.values_mut() {
            answer["headers"][name] = json!({
                "description": description,
                "required": required,
                "schema": {"type": "string"},
            });
        }
    }

    /// The operation reads this header.
    pub fn reads_header(&mut self, name: &str, description: &str, schema: &Value) {
        self.parameters.push(json!({
            "name": name,
            "in": "header",
            "description": description,
            "schema": schema,
        }));
        self.refuses(StatusCode::BAD_REQUEST, "");
    }

    /// The schema of `T`, by reference where it has a name.
    pub fn schema<T: ToSchema>(&mut self, way: Way) -> Value {
        let mut shared = Vec::new();
        T::schemas(&mut shared);
        for (name, schema) in shared {
            self.schemas.add(&names::of_schema(&name), &schema, way);
        }
        let schema = self.schemas.adapted(value(&T::schema()), way);
        match names::of_items::<T>() {
            Some(items) => {
                let mut list = schema;
                if let Some(inner) = list.get_mut("items") {
                    let named = inner.take();
                    *inner = self.schemas.named(&items, named);
                }
                list
            }
            None if is_nameless::<T>() => schema,
            None => self.schemas.named(&names::of_type::<T>(), schema),
        }
    }

    /// The schema of something in a path.
    pub fn segment(&mut self, (name, schema): NamedSchema) -> Value {
        let schema = self.schemas.adapted(value(&schema), Way::In(Arrival::Text));
        if name.starts_with(NAMELESS) || name == "String" {
            return schema;
        }
        self.schemas.named(&name, schema)
    }

    /// The fields of `T`, which is an object: name, whether it must be there, schema.
    pub fn fields<T: ToSchema>(&mut self) -> Vec<(String, bool, Value)> {
        let way = Way::In(Arrival::Text);
        let mut shared = Vec::new();
        T::schemas(&mut shared);
        for (name, schema) in shared {
            self.schemas.add(&names::of_schema(&name), &schema, way);
        }
        let object = self.schemas.adapted(value(&T::schema()), way);
        let required = object["required"].as_array().cloned().unwrap_or_default();
        let fields = object["properties"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        fields
            .into_iter()
            .map(|(name, schema)| {
                let is_required = required.contains(&json!(name));
                (name, is_required, without_null(schema))
            })
            .collect()
    }
}

/// Plain values, which need no name.
fn is_nameless<T: ToSchema>() -> bool {
    let schema = value(&T::schema());
    let is_plain = schema
        .get("type")
        .and_then(Value::as_str)
        .is_some_and(|kind| kind != "object");
    is_plain && (T::name().starts_with(NAMELESS) || T::name() == "String")
}

/// The schemas that operations share.
#[derive(Debug, Default)]
pub struct Schemas {
    by_name: BTreeMap<String, Value>,
    /// Names that two different schemas want.
    pub clashes: Vec<String>,
}

impl Schemas {
    /// All of them, as they stand in the document.
    pub fn into_map(self) -> Map<String, Value> {
        self.by_name.into_iter().collect()
    }

    fn add(&mut self, name: &str, schema: &openapi::RefOr<openapi::Schema>, way: Way) {
        if name.starts_with(NAMELESS) || read_differently(name, way).is_some() {
            return;
        }
        let schema = self.adapted(value(schema), way);
        self.named(name, schema);
    }

    /// Keeps the schema and gives a reference to it.
    fn named(&mut self, name: &str, schema: Value) -> Value {
        let reference = json!({"$ref": format!("{SCHEMAS}{name}")});
        if schema == reference {
            return reference;
        }
        match self.by_name.get(name) {
            Some(earlier) if *earlier != schema => self.clashes.push(name.to_owned()),
            Some(_) => {}
            None => {
                self.by_name.insert(name.to_owned(), schema);
            }
        }
        reference
    }

    /// The schema with the names that the document uses, and as it is read or written.
    fn adapted(&mut self, mut schema: Value, way: Way) -> Value {
        match &mut schema {
            Value::Array(items) => {
                for item in items {
                    *item = self.adapted(item.take(), way);
                }
            }
            Value::Object(entries) => {
                if let Some(Value::String(target)) = entries.get("$ref") {
                    let name = target.rsplit('/').next().unwrap_or_default().to_owned();
                    return self.referred(&name, entries, way);
                }
                for (_, entry) in entries.iter_mut() {
                    *entry = self.adapted(entry.take(), way);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        schema
    }

    /// What stands where the schema `name` is referred to.
    fn referred(&mut self, name: &str, entries: &Map<String, Value>, way: Way) -> Value {
        if let Some(bounds) = bounds(name) {
            let mut schema = bounds;
            if let Some(description) = entries.get("description") {
                schema["description"] = description.clone();
            }
            return schema;
        }
        let mut reference = match read_differently(name, way) {
            Some((name, schema)) => self.named(name, schema),
            None => json!({"$ref": format!("{SCHEMAS}{}", names::of_schema(name))}),
        };
        if let Some(description) = entries.get("description") {
            reference["description"] = description.clone();
        }
        reference
    }
}

/// How a schema is read, when that is not how it is written.
fn read_differently(name: &str, way: Way) -> Option<(&'static str, Value)> {
    match way {
        Way::In(arrival) => read_as(name, arrival),
        Way::Out => None,
    }
}

/// The bounds that a nameless schema is called after.
fn bounds(name: &str) -> Option<Value> {
    let rest = name.strip_prefix(NAMELESS)?;
    let kind = if rest.starts_with("Text") {
        "Text"
    } else {
        "Whole"
    };
    let (least, most) = rest.strip_prefix(kind)?.split_once("To")?;
    let (least, most): (i64, i64) = (least.parse().ok()?, most.parse().ok()?);
    Some(match kind {
        "Text" => bounded_text(usize::try_from(least).ok()?, usize::try_from(most).ok()?),
        _ => json!({"type": "integer", "minimum": least, "maximum": most}),
    })
}

fn value(schema: &openapi::RefOr<openapi::Schema>) -> Value {
    serde_json::to_value(schema).unwrap_or_default()
}

/// A field that may be left out is never sent as `null` in a query.
fn without_null(mut schema: Value) -> Value {
    let null = json!({"type": "null"});
    if let Some(Value::Array(choices)) = schema.get_mut("oneOf") {
        choices.retain(|choice| *choice != null);
        if let [only] = &mut choices[..] {
            return only.take();
        }
    }
    if let Some(Value::Array(kinds)) = schema.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = &mut kinds[..] {
            schema["type"] = only.take();
        }
    }
    schema
}
