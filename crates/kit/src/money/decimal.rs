//! Decimal numbers as people write them, read from their text and never through a binary float.

use std::fmt;
use std::str::FromStr;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::MoneyError;
use crate::refusal::refuse;

/// No double has more decimals than this in its shortest text.
const SCALE_MAX: i64 = 400;

/// Longer texts are refused before they are looked at.
const TEXT_LENGTH_MAX: usize = 512;

/// What becomes of decimals that do not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest; a tie goes away from zero (1.005 becomes 1.01).
    HalfUp,
    /// They are an error.
    Refuse,
}

/// `digits` × 10<sup>-`scale`</sup>, with no trailing zero after the point.
///
/// It deserialises from a JSON number and serialises as decimal text. The JSON parser goes through
/// a double, which keeps every decimal of up to 15 digits: more than any amount or rate has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    digits: i64,
    scale: u32,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self {
        digits: 0,
        scale: 0,
    };

    /// `value` counted in units of 10<sup>-`scale`</sup>.
    pub fn from_scaled(value: i64, scale: u32) -> Self {
        let (mut digits, mut scale) = (value, scale);
        while scale > 0 && digits % 10 == 0 {
            digits /= 10;
            scale -= 1;
        }
        Self { digits, scale }
    }

    /// Reads a number written as in JSON: sign, digits, point and digits, exponent
    /// (`-12.5`, `1e3`, `2.50E-4`).
    ///
    /// # Errors
    /// `NotANumber` when it is not one, `OutOfRange` when its digits do not fit.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        if text.len() > TEXT_LENGTH_MAX {
            return Err(MoneyError::OutOfRange);
        }
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (digits_of(whole)?, digits_of(fraction)?),
            None => (digits_of(mantissa)?, ""),
        };
        // Zeros at either end carry no value: taken off, only digits that matter must fit.
        let written = format!("{whole}{fraction}");
        let significant = written.trim_end_matches('0');
        let dropped = length_of(&written) - length_of(significant);
        let scale = length_of(fraction) - dropped - exponent;
        let digits = significant.trim_start_matches('0');
        if digits.is_empty() {
            return Ok(Self::ZERO);
        }
        let magnitude: i64 = digits.parse().map_err(|_| MoneyError::OutOfRange)?;
        assemble(if negative { -magnitude } else { magnitude }, scale)
    }

    /// The value in units of 10<sup>-`scale`</sup>: 12.5 to scale 2 is 1250.
    ///
    /// # Errors
    /// `TooManyDecimals` when rounding is refused, `OutOfRange` when the result does not fit.
    pub fn to_scaled(self, scale: u32, rounding: Rounding) -> Result<i64, MoneyError> {
        if let Some(missing) = scale.checked_sub(self.scale) {
            let factor = 10_i64.checked_pow(missing).ok_or(MoneyError::OutOfRange);
            return match self.digits {
                0 => Ok(0),
                digits => digits.checked_mul(factor?).ok_or(MoneyError::OutOfRange),
            };
        }
        match rounding {
            // There are no trailing zeros, so a digit that does not fit is not nothing.
            Rounding::Refuse => Err(MoneyError::TooManyDecimals { scale }),
            Rounding::HalfUp => Ok(round(self.digits, self.scale - scale)),
        }
    }

    /// Whether it is more than nothing.
    pub fn is_positive(self) -> bool {
        self.digits > 0
    }
}

/// Reads a decimal number straight into units of 10<sup>-`scale`</sup>.
///
/// # Errors
/// As [`Decimal::parse`] and [`Decimal::to_scaled`].
pub fn parse_scaled(text: &str, scale: u32, rounding: Rounding) -> Result<i64, MoneyError> {
    Decimal::parse(text)?.to_scaled(scale, rounding)
}

fn parse_exponent(text: &str) -> Result<i64, MoneyError> {
    let (sign, digits) = match text.as_bytes().first() {
        Some(b'-') => (-1, &text[1..]),
        Some(b'+') => (1, &text[1..]),
        _ => (1, text),
    };
    let digits = digits_of(digits)?.trim_start_matches('0');
    if digits.is_empty() {
        return Ok(0);
    }
    // Far beyond every range; what matters is only which way.
    let size: i64 = if digits.len() > 6 {
        1_000_000
    } else {
        digits.parse().unwrap_or(1_000_000)
    };
    Ok(sign * size)
}

/// The text itself when it is one ASCII digit or more.
fn digits_of(text: &str) -> Result<&str, MoneyError> {
    let all_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits {
        Ok(text)
    } else {
        Err(MoneyError::NotANumber)
    }
}

fn length_of(text: &str) -> i64 {
    i64::try_from(text.len()).expect("a text of limited length")
}

/// A negative scale becomes zeros before the point.
fn assemble(digits: i64, scale: i64) -> Result<Decimal, MoneyError> {
    if scale > SCALE_MAX {
        return Err(MoneyError::OutOfRange);
    }
    if let Ok(scale) = u32::try_from(scale) {
        return Ok(Decimal { digits, scale });
    }
    let zeros = u32::try_from(-scale).map_err(|_| MoneyError::OutOfRange)?;
    let factor = 10_i64.checked_pow(zeros).ok_or(MoneyError::OutOfRange)?;
    let digits = digits.checked_mul(factor).ok_or(MoneyError::OutOfRange)?;
    Ok(Decimal { digits, scale: 0 })
}

/// Drops `places` decimals, to the nearest, a tie away from zero.
fn round(digits: i64, places: u32) -> i64 {
    // 19 digits at most: past 19 places nothing is left, and no half of anything.
    let Some(divisor) = 10_i128.checked_pow(places) else {
        return 0;
    };
    let rounded = super::rate::divide_half_up(i128::from(digits), divisor);
    i64::try_from(rounded).expect("a quotient is not larger than its dividend")
}

impl TryFrom<&serde_json::Number> for Decimal {
    type Error = MoneyError;

    /// Reads the number's shortest text that means the same double, so 1.005 is 1.005.
    fn try_from(number: &serde_json::Number) -> Result<Self, Self::Error> {
        Self::parse(&number.to_string())
    }
}

impl FromStr for Decimal {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        if self.scale == 0 {
            return write!(f, "{sign}{}", self.digits.unsigned_abs());
        }
        let scale = usize::try_from(self.scale).map_err(|_| fmt::Error)?;
        let written = format!("{:0>width$}", self.digits.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = written.split_at(written.len() - scale);
        write!(f, "{sign}{whole}.{fraction}")
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Decimal;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Decimal, E> {
        Ok(Decimal {
            digits: value,
            scale: 0,
        })
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Decimal, E> {
        let digits = i64::try_from(value).map_err(|_| out_of_range())?;
        Ok(Decimal { digits, scale: 0 })
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Decimal, E> {
        let number = serde_json::Number::from_f64(value).ok_or_else(|| E::custom("not finite"))?;
        Decimal::try_from(&number).map_err(|error| refuse(error.code(), &error))
    }
}

fn out_of_range<E: serde::de::Error>() -> E {
    let error = MoneyError::OutOfRange;
    refuse(error.code(), &error)
}
