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

macro_rules! from_scalar {
    ($($kind:ty => $variant:ident),+ $(,)?) => {$(
        impl From<$kind> for Value {
            fn from(value: $kind) -> Self {
                Self::$variant(Some(value.into()))
            }
        }

        impl From<Option<$kind>> for Value {
            fn from(value: Option<$kind>) -> Self {
                Self::$variant(value.map(Into::into))
            }
        }
    )+};
}

from_scalar! {
    i64 => Int, i32 => Int, u32 => Int, u16 => Int, u8 => Int,
    bool => Bool,
    String => Text, &str => Text,
    Uuid => Uuid,
    Timestamp => Time,
    Day => Day,
    serde_json::Value => Json,
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::Text(Some(value.clone()))
    }
}

impl From<Vec<String>> for Value {
    fn from(values: Vec<String>) -> Self {
        Self::Texts(values)
    }
}
