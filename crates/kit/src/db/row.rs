//! Values on their way out of a row.

use std::str::FromStr;

use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::DbError;
use super::postgres_types::{PgDay, PgTime};
use crate::time::{Day, Timestamp};

/// One row of an answer.
#[derive(Debug)]
pub enum Row {
    /// From the embedded file.
    Sqlite(SqliteRow),
    /// From a server.
    Postgres(PgRow),
}

impl Row {
    /// The value of the column; `T` may be an `Option` when the column may be empty.
    ///
    /// # Errors
    /// When there is no such column, it is empty, or it holds another type.
    pub fn get<T: Column>(&self, name: &str) -> Result<T, DbError> {
        T::read(self, name)
    }
}

/// A type that a column can hold.
pub trait FromColumn: Sized {
    /// The value, or `None` when the column is empty.
    fn from_column(row: &Row, name: &str) -> Result<Option<Self>, DbError>;
}

/// A [`FromColumn`] type, or an `Option` of one.
pub trait Column: Sized {
    /// Reads the column.
    fn read(row: &Row, name: &str) -> Result<Self, DbError>;
}

impl<T: FromColumn> Column for T {
    fn read(row: &Row, name: &str) -> Result<Self, DbError> {
        T::from_column(row, name)?.ok_or_else(|| broken(name, &"it is empty"))
    }
}

impl<T: FromColumn> Column for Option<T> {
    fn read(row: &Row, name: &str) -> Result<Self, DbError> {
        T::from_column(row, name)
    }
}

fn broken(column: &str, problem: &impl ToString) -> DbError {
    DbError::Column {
        column: column.to_owned(),
        problem: problem.to_string(),
    }
}

/// Reads a text column through [`FromStr`].
pub fn parse_column<T>(row: &Row, name: &str) -> Result<Option<T>, DbError>
where
    T: FromStr<Err: std::fmt::Display>,
{
    let Some(text) = String::from_column(row, name)? else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|error| broken(name, &error))
}

/// Reads one native type per engine and converts it.
macro_rules! from_native {
    ($($kind:ty: sqlite $sqlite:ty => $from_sqlite:expr, postgres $pg:ty => $from_pg:expr;)+) => {$(
        impl FromColumn for $kind {
            fn from_column(row: &Row, name: &str) -> Result<Option<Self>, DbError> {
                match row {
                    Row::Sqlite(row) => {
                        let value: Option<$sqlite> = row.try_get_unchecked(name)?;
                        value.map($from_sqlite).transpose().map_err(|e: String| broken(name, &e))
                    }
                    Row::Postgres(row) => {
                        let value: Option<$pg> = row.try_get(name)?;
                        value.map($from_pg).transpose().map_err(|e: String| broken(name, &e))
                    }
                }
            }
        }
    )+};
}

from_native! {
    i64: sqlite i64 => Ok, postgres i64 => Ok;
    bool: sqlite i64 => |value| Ok(value != 0), postgres bool => Ok;
    String: sqlite String => Ok, postgres String => Ok;
    Uuid: sqlite Vec<u8> => |bytes| Self::from_slice(&bytes).map_err(|e| e.to_string()),
        postgres Uuid => Ok;
    Timestamp: sqlite i64 => |micros| Ok(Self::from_micros(micros)),
        postgres PgTime => |time| Ok(time.0);
    Day: sqlite i64 => |days| {
            i32::try_from(days).map(Self::from_epoch_days).map_err(|e| e.to_string())
        },
        postgres PgDay => |day| Ok(day.0);
    serde_json::Value: sqlite String => |text| {
            serde_json::from_str(&text).map_err(|e| e.to_string())
        },
        postgres serde_json::Value => Ok;
}

macro_rules! from_bigint {
    ($($kind:ty),+) => {$(
        impl FromColumn for $kind {
            fn from_column(row: &Row, name: &str) -> Result<Option<Self>, DbError> {
                let value = i64::from_column(row, name)?;
                value.map(|value| Self::try_from(value).map_err(|e| broken(name, &e))).transpose()
            }
        }
    )+};
}

from_bigint!(i32, u64, u32, u16, u8);

impl FromColumn for Vec<String> {
    fn from_column(row: &Row, name: &str) -> Result<Option<Self>, DbError> {
        let Some(json) = serde_json::Value::from_column(row, name)? else {
            return Ok(None);
        };
        serde_json::from_value(json)
            .map(Some)
            .map_err(|error| broken(name, &error))
    }
}
