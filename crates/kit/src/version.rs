//! Which state of a row somebody has seen, so that two people do not overwrite each other.

use crate::db::{DbError, FromColumn, Row, ToValue, Value};

/// The state of a row: 1 when it was made, and one more with every change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(i64);

impl Version {
    /// A row that was never changed.
    pub const FIRST: Self = Self(1);

    /// The number; `None` below 1.
    pub const fn new(number: i64) -> Option<Self> {
        if number >= Self::FIRST.0 {
            Some(Self(number))
        } else {
            None
        }
    }

    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Whether somebody who expects `expected`, or does not mind, may change this state.
    pub fn meets(self, expected: Option<Self>) -> bool {
        expected.is_none_or(|expected| expected == self)
    }
}

impl ToValue for Version {
    fn to_value(self) -> Value {
        Value::Int(Some(self.0))
    }

    fn null() -> Value {
        Value::Int(None)
    }
}

impl FromColumn for Version {
    fn from_column(row: &Row, name: &str) -> Result<Option<Self>, DbError> {
        let Some(number) = i64::from_column(row, name)? else {
            return Ok(None);
        };
        let version = Self::new(number).ok_or_else(|| DbError::Column {
            column: name.to_owned(),
            problem: format!("{number} is no version"),
        })?;
        Ok(Some(version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_begin_with_one() {
        assert_eq!(Version::new(0), None);
        assert_eq!(Version::new(1), Some(Version::FIRST));
        assert_eq!(Version::new(7).map(Version::get), Some(7));
    }

    #[test]
    fn only_the_expected_state_is_changed_unless_nobody_minds() {
        let seven = Version(7);
        assert!(seven.meets(None) && seven.meets(Some(seven)));
        assert!(!seven.meets(Some(Version::FIRST)));
    }
}
