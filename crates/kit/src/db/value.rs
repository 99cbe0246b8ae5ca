//! Values on their way into a statement.

use sqlx::postgres::Postgres;
use sqlx::query::Query;
use sqlx::sqlite::Sqlite;
use uuid::Uuid;

use super::postgres_types::{PgDay, PgTime};
use crate::secret::hex;
use crate::time::{Day, Timestamp};

/// A parameter of a statement. A missing value still knows its type: PostgreSQL asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `bigint`.
    Int(Option<i64>),
    /// `boolean`; 0 or 1 on SQLite.
    Bool(Option<bool>),
    /// `text`.
    Text(Option<String>),
    /// `uuid`; sixteen bytes on SQLite.
    Uuid(Option<Uuid>),
    /// `timestamptz`; microseconds since the epoch on SQLite.
    Time(Option<Timestamp>),
    /// `date`; days since the epoch on SQLite.
    Day(Option<Day>),
    /// `jsonb`; text on SQLite.
    Json(Option<serde_json::Value>),
    /// A list for `= any($n)`.
    Uuids(Vec<Uuid>),
    /// A list for `= any_text($n)`.
    Texts(Vec<String>),
}

impl Value {
    pub(super) fn bind_sqlite(
        self,
        query: Query<'_, Sqlite, <Sqlite as sqlx::Database>::Arguments>,
    ) -> Query<'_, Sqlite, <Sqlite as sqlx::Database>::Arguments> {
        match self {
            Self::Int(value) => query.bind(value),
            Self::Bool(value) => query.bind(value),
            Self::Text(value) => query.bind(value),
            Self::Uuid(value) => query.bind(value.map(|id| id.as_bytes().to_vec())),
            Self::Time(value) => query.bind(value.map(Timestamp::as_micros)),
            Self::Day(value) => query.bind(value.map(|day| i64::from(day.epoch_days()))),
            Self::Json(value) => query.bind(value.map(|json| json.to_string())),
            Self::Uuids(ids) => {
                let ids: Vec<String> = ids.iter().map(|id| hex(id.as_bytes())).collect();
                query.bind(serde_json::Value::from(ids).to_string())
            }
            Self::Texts(texts) => query.bind(serde_json::Value::from(texts).to_string()),
        }
    }

    pub(super) fn bind_postgres(
        self,
        query: Query<'_, Postgres, <Postgres as sqlx::Database>::Arguments>,
    ) -> Query<'_, Postgres, <Postgres as sqlx::Database>::Arguments> {
        match self {
            Self::Int(value) => query.bind(value),
            Self::Bool(value) => query.bind(value),
            Self::Text(value) => query.bind(value),
            Self::Uuid(value) => query.bind(value),
            Self::Time(value) => query.bind(value.map(PgTime)),
            Self::Day(value) => query.bind(value.map(PgDay)),
            Self::Json(value) => query.bind(value),
            Self::Uuids(ids) => query.bind(ids),
            Self::Texts(texts) => query.bind(texts),
        }
    }
}

/// A type that can be a parameter of a statement.
pub trait ToValue: Sized {
    /// The parameter.
    fn to_value(self) -> Value;

    /// The parameter that says "nothing", with the type of `Self`.
    fn null() -> Value;
}

/// A type of which a list can be a parameter.
pub trait ToList: Sized {
    /// The list as one parameter.
    fn to_list(items: Vec<Self>) -> Value;
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(self) -> Value {
        self.map_or_else(T::null, T::to_value)
    }

    fn null() -> Value {
        T::null()
    }
}

impl<T: ToList> ToValue for Vec<T> {
    fn to_value(self) -> Value {
        T::to_list(self)
    }

    fn null() -> Value {
        T::to_list(Self::new())
    }
}

macro_rules! scalar {
    ($($kind:ty => $variant:ident),+ $(,)?) => {$(
        impl ToValue for $kind {
            fn to_value(self) -> Value {
                Value::$variant(Some(self.into()))
            }

            fn null() -> Value {
                Value::$variant(None)
            }
        }
    )+};
}

scalar! {
    i64 => Int, i32 => Int, u32 => Int, u16 => Int, u8 => Int,
    bool => Bool,
    String => Text, &str => Text, &String => Text,
    Uuid => Uuid,
    Timestamp => Time,
    Day => Day,
    serde_json::Value => Json,
}

impl ToList for Uuid {
    fn to_list(items: Vec<Self>) -> Value {
        Value::Uuids(items)
    }
}

impl ToList for String {
    fn to_list(items: Vec<Self>) -> Value {
        Value::Texts(items)
    }
}
