//! Whole numbers within bounds, checked once when they come in.
//!
//! The module must not know which field a number belongs to.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::db::{ToValue, Value};
use crate::refusal::refuse;

/// A whole number from `MIN` to `MAX`. In JSON, `15.0` is one too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Whole<const MIN: i64, const MAX: i64>(i64);

/// Why a number was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Smaller than the smallest.
    #[error("must be at least {min}")]
    TooSmall {
        /// The smallest.
        min: i64,
    },
    /// Larger than the largest.
    #[error("must be at most {max}")]
    TooLarge {
        /// The largest.
        max: i64,
    },
    /// Something stands behind the point.
    #[error("must be a whole number")]
    NotWhole,
}

impl NumberError {
    /// The stable name of the reason, for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooSmall { .. } => "too_small",
            Self::TooLarge { .. } => "too_large",
            Self::NotWhole => "not_whole",
        }
    }
}

impl<const MIN: i64, const MAX: i64> Whole<MIN, MAX> {
    /// Checks the number.
    ///
    /// # Errors
    /// `TooSmall` or `TooLarge`.
    pub const fn new(number: i64) -> Result<Self, NumberError> {
        const { assert!(MIN <= MAX, "no number would fit") };
        if number < MIN {
            return Err(NumberError::TooSmall { min: MIN });
        }
        if number > MAX {
            return Err(NumberError::TooLarge { max: MAX });
        }
        Ok(Self(number))
    }

    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }

    fn from_float(number: f64) -> Result<Self, NumberError> {
        if number.fract() != 0.0 {
            return Err(NumberError::NotWhole);
        }
        // What text does not fit a whole number is beyond every bound on its own side.
        let beyond = if number.is_sign_negative() {
            i64::MIN
        } else {
            i64::MAX
        };
        Self::new(format!("{number:.0}").parse().unwrap_or(beyond))
    }
}

impl<const MIN: i64, const MAX: i64> Whole<MIN, MAX> {
    /// The smallest.
    pub const MIN: Self = Self(MIN);
}

impl<const MIN: i64, const MAX: i64> fmt::Display for Whole<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const MIN: i64, const MAX: i64> Serialize for Whole<MIN, MAX> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_i64(self.0)
    }
}

impl<'de, const MIN: i64, const MAX: i64> Deserialize<'de> for Whole<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Number<const MIN: i64, const MAX: i64>;

        impl<const MIN: i64, const MAX: i64> Visitor<'_> for Number<MIN, MAX> {
            type Value = Whole<MIN, MAX>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a whole number from {MIN} to {MAX}")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                Whole::new(number).map_err(|error| refuse(error.code(), &error))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
                Whole::from_float(number).map_err(|error| refuse(error.code(), &error))
            }
        }

        input.deserialize_any(Number)
    }
}

impl<const MIN: i64, const MAX: i64> ToValue for Whole<MIN, MAX> {
    fn to_value(self) -> Value {
        Value::Int(Some(self.0))
    }

    fn null() -> Value {
        Value::Int(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal;

    type Cap = Whole<1, 200>;

    fn code(json: &str) -> Option<String> {
        let error = serde_json::from_str::<Cap>(json)
            .expect_err("is refused")
            .to_string();
        refusal::parse(&error).map(|(code, _)| code.to_owned())
    }

    #[test]
    fn a_number_keeps_its_bounds() {
        assert_eq!(Cap::new(0), Err(NumberError::TooSmall { min: 1 }));
        assert_eq!(Cap::new(1).map(Cap::get), Ok(1));
        assert_eq!(Cap::new(200).map(Cap::get), Ok(200));
        assert_eq!(Cap::new(201), Err(NumberError::TooLarge { max: 200 }));
    }

    #[test]
    fn json_may_write_a_whole_number_with_a_point() {
        for json in ["15", "15.0", "1.5e1"] {
            assert_eq!(
                serde_json::from_str::<Cap>(json).ok(),
                Cap::new(15).ok(),
                "{json}"
            );
        }
        for (json, expected) in [
            ("15.5", "not_whole"),
            ("0", "too_small"),
            ("-1", "too_small"),
            ("-1e300", "too_small"),
            ("201", "too_large"),
            ("18446744073709551615", "too_large"),
            ("1e300", "too_large"),
        ] {
            assert_eq!(code(json).as_deref(), Some(expected), "{json}");
        }
        for json in ["\"15\"", "null", "true", "[15]"] {
            assert_eq!(code(json), None, "{json} is of another type");
        }
    }
}
