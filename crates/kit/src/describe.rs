//! How the types of this crate look in a description of an API: OpenAPI schemas with the bounds
//! that parsing holds.
//!
//! A type that reads more forms than it writes is described as it is written; [`read_as`] tells
//! how it is read. The module must not know any endpoint.

use std::borrow::Cow;

use serde_json::{Value, json};
pub use utoipa::{PartialSchema, ToSchema, openapi};

use crate::money::{AMOUNT_UNITS_MAX, CpmRate, Currency, Decimal, Money};
use crate::number::Whole;
use crate::page::{Cursor, Limit, Place};
use crate::text::{
    BoundedText, CountryCode, Email, HttpUrl, LanguageCode, RequestText, TimeZoneName,
};
use crate::time::{Day, Timestamp};

/// What describes a type.
pub type Schema = openapi::RefOr<openapi::Schema>;

/// A named type and its description.
pub type NamedSchema = (Cow<'static, str>, Schema);

/// Names of schemas that say nothing beyond their bounds begin with this; a document shows the
/// bounds in their place.
pub const NAMELESS: &str = "Bounded";

/// The first millisecond of the year 1.
const MILLIS_MIN: i64 = -62_135_596_800_000;
/// The last millisecond that lies in the year 9999 in every time zone.
const MILLIS_MAX: i64 = 253_402_207_200_000;

/// Reads a schema from its JSON.
///
/// # Panics
/// When it is none: schemas are written in code and read by tests.
pub fn schema(json: Value) -> Schema {
    serde_json::from_value(json).expect("a schema is written as JSON schema asks")
}

/// How a value arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// In a body of JSON.
    Json,
    /// As the text of a path, a query or a form.
    Text,
}

/// The name and the schema of what is read for a schema called `name`, where that is more or
/// other than what is written.
pub fn read_as(name: &str, arrival: Arrival) -> Option<(&'static str, Value)> {
    let time = json!({"type": "string", "format": "date-time"});
    let day = json!({"type": "string", "format": "date"});
    match (name, arrival) {
        ("Timestamp", Arrival::Json) => Some((
            "TimestampIn",
            json!({
                "description": "A time with an offset, a day (its midnight in UTC), or \
                    milliseconds since 1970.",
                "anyOf": [time, day, {"type": "integer", "minimum": MILLIS_MIN,
                    "maximum": MILLIS_MAX}],
                "examples": ["2026-03-01T12:00:00.000Z"],
            }),
        )),
        ("Timestamp", Arrival::Text) => Some((
            "TimestampText",
            json!({
                "description": "A time with an offset, or a day (its midnight in UTC).",
                "anyOf": [time, day],
                "examples": ["2026-03-01T12:00:00.000Z"],
            }),
        )),
        ("Decimal" | "Money" | "CpmRate", Arrival::Json) => Some((
            "DecimalIn",
            json!({
                "description": "A number of whole units with its decimals, read exactly.",
                "type": "number",
                "exclusiveMinimum": 0,
                "exclusiveMaximum": AMOUNT_UNITS_MAX + 1,
                "examples": [1234.57],
            }),
        )),
        ("Currency", _) => Some((
            "CurrencyIn",
            json!({
                "description": "The ISO 4217 code of a currency in use, in any case.",
                "type": "string",
                "pattern": "^[A-Za-z]{3}$",
                "examples": ["USD"],
            }),
        )),
        ("CountryCode", _) => Some((
            "CountryCodeIn",
            json!({
                "description": "The ISO 3166-1 alpha-2 code of a country, in any case.",
                "type": "string",
                "pattern": "^[A-Za-z]{2}$",
                "examples": ["DE"],
            }),
        )),
        _ => None,
    }
}

/// Describes a type that has one name.
macro_rules! described {
    ($($name:ty => $text:literal $json:tt)+) => {$(
        impl PartialSchema for $name {
            fn schema() -> Schema {
                schema(json!($json))
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($text)
            }
        }
    )+};
}

described! {
    RequestText => "RequestText" {
        "description": "The name a client gives its request, on one line.",
        "type": "string",
        "minLength": RequestText::LENGTH_MIN,
        "maxLength": RequestText::LENGTH_MAX,
        "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$",
        "examples": ["req_01HZX3"],
    }
    Email => "Email" {
        "description": "An e-mail address in ASCII.",
        "type": "string",
        "format": "email",
        "maxLength": Email::LENGTH_MAX,
        "pattern": "^(?!\\.)(?!.*\\.\\.)[A-Za-z0-9_'+.\\-]{0,63}[A-Za-z0-9_+\\-]@\
            ([A-Za-z0-9]([A-Za-z0-9\\-]{0,61}[A-Za-z0-9])?\\.)+[A-Za-z]{2,63}$",
        "examples": ["kim@example.com"],
    }
    HttpUrl => "HttpUrl" {
        "description": "An absolute http or https URL without user name and password.",
        "type": "string",
        "format": "uri",
        "maxLength": HttpUrl::LENGTH_MAX,
        "pattern": "^[Hh][Tt][Tt][Pp][Ss]?:",
        "examples": ["https://example.com/landing"],
    }
    CountryCode => "CountryCode" {
        "description": "The ISO 3166-1 alpha-2 code of a country.",
        "type": "string",
        "pattern": "^[A-Z]{2}$",
        "examples": ["DE"],
    }
    LanguageCode => "LanguageCode" {
        "description": "The ISO 639 code of a language, and after hyphens what else tells its \
            kind.",
        "type": "string",
        "minLength": LanguageCode::LENGTH_MIN,
        "maxLength": LanguageCode::LENGTH_MAX,
        "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]+)*$",
        "examples": ["en"],
    }
    TimeZoneName => "TimeZoneName" {
        "description": "The IANA name of a time zone.",
        "type": "string",
        "minLength": 1,
        "pattern": "^[A-Za-z0-9_+/\\-]+$",
        "examples": ["Europe/Berlin"],
    }
    Currency => "Currency" {
        "description": "The ISO 4217 code of a currency.",
        "type": "string",
        "pattern": "^[A-Z]{3}$",
        "examples": ["USD"],
    }
    Decimal => "Decimal" {
        "description": "An exact decimal number without trailing zeros.",
        "type": "string",
        "pattern": "^-?[0-9]+(\\.[0-9]*[1-9])?$",
        "examples": ["1234.57"],
    }
    Money => "Money" {
        "description": "An exact amount in whole units of its currency, without trailing zeros.",
        "type": "string",
        "pattern": "^-?[0-9]+(\\.[0-9]*[1-9])?$",
        "examples": ["5000"],
    }
    CpmRate => "CpmRate" {
        "description": "What a thousand cost, with up to four decimals.",
        "type": "string",
        "pattern": "^[0-9]+(\\.[0-9]{0,3}[1-9])?$",
        "examples": ["12.5"],
    }
    Timestamp => "Timestamp" {
        "description": "A time in UTC, with milliseconds.",
        "type": "string",
        "format": "date-time",
        "examples": ["2026-03-01T12:00:00.000Z"],
    }
    Day => "Day" {
        "description": "A calendar day.",
        "type": "string",
        "format": "date",
        "examples": ["2026-03-01"],
    }
    Limit => "Limit" {
        "description": "How many rows to answer with at most.",
        "type": "integer",
        "minimum": 1,
        "maximum": Limit::MAX,
        "examples": [50],
    }
    Cursor => "Cursor" {
        "description": "Where the page starts: comes from the header `link` of the page before.",
        "type": "string",
        "pattern": "^[A-Za-z0-9_\\-]{10}[AEIMQUYcgkosw048]$",
    }
    Place => "Place" {
        "description": "Where the page starts: comes from the header `link` of the page before.",
        "type": "string",
        "pattern": "^[A-Za-z0-9_\\-]{32}$",
    }
}

impl<const MIN: usize, const MAX: usize> PartialSchema for BoundedText<MIN, MAX> {
    fn schema() -> Schema {
        schema(bounded_text(MIN, MAX))
    }
}

/// Text of so many characters, without control characters but line ends and tabs.
pub fn bounded_text(min: usize, max: usize) -> Value {
    json!({
        "type": "string",
        "minLength": min,
        "maxLength": max,
        "pattern": "^[^\\u0000-\\u0008\\u000b-\\u001f]*$",
    })
}

impl<const MIN: usize, const MAX: usize> ToSchema for BoundedText<MIN, MAX> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("{NAMELESS}Text{MIN}To{MAX}"))
    }
}

impl<const MIN: i64, const MAX: i64> PartialSchema for Whole<MIN, MAX> {
    fn schema() -> Schema {
        schema(json!({"type": "integer", "minimum": MIN, "maximum": MAX}))
    }
}

impl<const MIN: i64, const MAX: i64> ToSchema for Whole<MIN, MAX> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("{NAMELESS}Whole{MIN}To{MAX}"))
    }
}

/// The schema of an id.
pub fn id_schema(description: &str) -> Schema {
    schema(json!({
        "description": description.trim(),
        "type": "string",
        "format": "uuid",
        "examples": ["01890a5d-ac96-774b-bcce-b302099a8057"],
    }))
}

/// The schema of an enum with these spellings.
pub fn enum_schema(description: &str, spellings: &[&str]) -> Schema {
    schema(json!({"description": description.trim(), "type": "string", "enum": spellings}))
}

/// One thing that may vary in a path.
pub trait Segment: ToSchema {}

impl Segment for String {}

impl<const MIN: usize, const MAX: usize> Segment for BoundedText<MIN, MAX> {}

/// What varies in a path: one thing, or two.
pub trait Segments {
    /// The schemas, in the order of the path.
    fn segments() -> Vec<NamedSchema>;
}

impl<A: Segment> Segments for A {
    fn segments() -> Vec<NamedSchema> {
        vec![(A::name(), A::schema())]
    }
}

impl<A: Segment, B: Segment> Segments for (A, B) {
    fn segments() -> Vec<NamedSchema> {
        vec![(A::name(), A::schema()), (B::name(), B::schema())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written<T: ToSchema>() -> String {
        let schema = serde_json::to_value(T::schema()).expect("schemas are JSON");
        format!("{} {schema}", T::name())
    }

    #[test]
    fn types_tell_their_bounds() {
        assert_eq!(
            written::<BoundedText<2, 120>>(),
            concat!(
                r#"BoundedText2To120 {"maxLength":120,"minLength":2,"#,
                r#""pattern":"^[^\\u0000-\\u0008\\u000b-\\u001f]*$","type":"string"}"#
            )
        );
        assert_eq!(
            written::<Whole<1, 200>>(),
            r#"BoundedWhole1To200 {"maximum":200,"minimum":1,"type":"integer"}"#
        );
    }

    #[test]
    fn every_schema_is_one() {
        let names = [
            written::<RequestText>(),
            written::<Email>(),
            written::<HttpUrl>(),
            written::<CountryCode>(),
            written::<LanguageCode>(),
            written::<TimeZoneName>(),
            written::<Currency>(),
            written::<Decimal>(),
            written::<Money>(),
            written::<CpmRate>(),
            written::<Timestamp>(),
            written::<Day>(),
            written::<Limit>(),
            written::<Cursor>(),
            written::<Place>(),
        ];
        for text in names {
            assert!(text.contains("\"type\":"), "{text}");
        }
        for name in ["Timestamp", "Decimal", "Currency", "CountryCode"] {
            assert!(read_as(name, Arrival::Json).is_some(), "{name}");
        }
    }

    #[test]
    fn times_are_read_within_their_bounds() {
        for millis in [MILLIS_MIN, MILLIS_MAX] {
            assert!(Timestamp::from_millis(millis).is_some(), "{millis}");
        }
        for millis in [MILLIS_MIN - 1, MILLIS_MAX + 1] {
            assert!(Timestamp::from_millis(millis).is_none(), "{millis}");
        }
    }

    #[test]
    fn a_cursor_looks_as_it_is_described() {
        for number in [0, 1, 7, i64::MAX, i64::MIN] {
            let text = Cursor(number).encode();
            let last = text.chars().next_back();
            assert_eq!(text.len(), 11);
            assert!(
                last.is_some_and(|last| "AEIMQUYcgkosw048".contains(last)),
                "{text}"
            );
        }
        assert_eq!(Place::START.encode().len(), 32);
    }
}
