//! Currencies by their ISO 4217 code. It must not hold rates or names of places.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::MoneyError;
use crate::refusal::refuse;

/// No currency in use has more decimals than this.
pub(super) const MINOR_DIGITS_MAX: u32 = 3;

/// Marked as superseded in the table we use, but the code that banks still send.
const STILL_IN_USE: [iso_currency::Currency; 1] = [iso_currency::Currency::VES];

/// A currency people pay with. Metals, funds, test codes and withdrawn currencies are refused.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// United States dollar.
    pub const USD: Self = Self(iso_currency::Currency::USD);
    /// Euro.
    pub const EUR: Self = Self(iso_currency::Currency::EUR);

    /// Reads a three-letter code in any case.
    ///
    /// # Errors
    /// `UnknownCurrency` for everything else.
    pub fn parse(code: &str) -> Result<Self, MoneyError> {
        let known = iso_currency::Currency::from_code(&code.to_ascii_uppercase());
        match known {
            Some(currency) if is_in_use(currency) => Ok(Self(currency)),
            _ => Err(MoneyError::UnknownCurrency),
        }
    }

    /// The code, upper-case.
    pub fn as_str(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals its minor unit has: 0 for JPY, 2 for USD, 3 for KWD.
    pub fn minor_digits(self) -> u32 {
        let digits = self
            .0
            .exponent()
            .expect("a currency in use has a minor unit");
        u32::from(digits)
    }
}

fn is_in_use(currency: iso_currency::Currency) -> bool {
    let superseded = currency.is_superseded().is_some() && !STILL_IN_USE.contains(&currency);
    let payable = currency
        .exponent()
        .is_some_and(|digits| u32::from(digits) <= MINOR_DIGITS_MAX);
    payable && !superseded && !currency.is_fund() && !currency.is_special()
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::parse(code)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::parse(&code).map_err(|error| refuse(error.code(), &error))
    }
}
