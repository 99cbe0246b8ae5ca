//! Prices per thousand and per one unit. It must not know who pays whom.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{Currency, Decimal, LEDGER_UNIT, Money, MoneyError, Rounding, power_of_ten};

/// The highest CPM rate in ten-thousandths of a unit: 999,999.9999.
pub const CPM_RATE_E4_MAX: i64 = 9_999_999_999;

/// Decimals of a CPM rate.
const RATE_SCALE: u32 = 4;

/// Units a CPM rate is for.
const UNITS_PER_RATE: i64 = 1_000;

// Ten-thousandths per thousand are ten-millionths per one: the same whole number says both.
const _: () = assert!(10_i64.pow(RATE_SCALE) * UNITS_PER_RATE == LEDGER_UNIT);
// 900 million units at the highest rate still fit the ledger.
const _: () = assert!(CPM_RATE_E4_MAX.checked_mul(900_000_000).is_some());

/// What 1,000 units cost, in ten-thousandths of a currency's unit. Always more than nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CpmRate(i64);

impl CpmRate {
    /// A rate as it is stored.
    ///
    /// # Errors
    /// `NotPositive`, or `OutOfRange` beyond [`CPM_RATE_E4_MAX`].
    pub fn from_e4(e4: i64) -> Result<Self, MoneyError> {
        match e4 {
            ..=0 => Err(MoneyError::NotPositive),
            1..=CPM_RATE_E4_MAX => Ok(Self(e4)),
            _ => Err(MoneyError::OutOfRange),
        }
    }

    /// A rate as people write it, rounded half-up to four decimals.
    ///
    /// # Errors
    /// As [`CpmRate::from_e4`].
    pub fn from_decimal(rate: Decimal) -> Result<Self, MoneyError> {
        Self::from_e4(rate.to_scaled(RATE_SCALE, Rounding::HalfUp)?)
    }

    /// Ten-thousandths of the currency's unit per 1,000 units.
    pub fn e4(self) -> i64 {
        self.0
    }

    /// What one unit costs, exactly.
    pub fn price_per_unit(self) -> Price {
        Price(self.0)
    }
}

impl fmt::Display for CpmRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Decimal::from_scaled(self.0, RATE_SCALE).fmt(f)
    }
}

impl Serialize for CpmRate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What one unit costs, in ten-millionths of a currency's unit. Never less than nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Price(i64);

impl Price {
    /// Costs nothing: the unit is paid by a fixed fee.
    pub const FREE: Self = Self(0);

    /// A price as it is stored.
    ///
    /// # Errors
    /// `OutOfRange` below nothing and beyond the price of one unit at the highest rate.
    pub fn from_e7(e7: i64) -> Result<Self, MoneyError> {
        match e7 {
            0..=CPM_RATE_E4_MAX => Ok(Self(e7)),
            _ => Err(MoneyError::OutOfRange),
        }
    }

    /// Ten-millionths of the currency's unit.
    pub fn e7(self) -> i64 {
        self.0
    }

    /// What so many units cost together, in ten-millionths.
    ///
    /// # Errors
    /// `OutOfRange` when it does not fit, or `units` is negative.
    pub fn total_e7(self, units: i64) -> Result<i64, MoneyError> {
        if units < 0 {
            return Err(MoneyError::OutOfRange);
        }
        self.0.checked_mul(units).ok_or(MoneyError::OutOfRange)
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Decimal::from_scaled(self.0, super::LEDGER_SCALE).fmt(f)
    }
}

/// What `units` cost at `rate`, rounded once, half-up to the currency's minor unit.
///
/// # Errors
/// `OutOfRange` when the amount does not fit, or `units` is negative.
pub fn cpm_amount(rate: CpmRate, units: i64, currency: Currency) -> Result<Money, MoneyError> {
    if units < 0 {
        return Err(MoneyError::OutOfRange);
    }
    let e7 = i128::from(rate.price_per_unit().e7()) * i128::from(units);
    let divisor = power_of_ten(super::LEDGER_SCALE - currency.minor_digits());
    let minor = divide_half_up(e7, i128::from(divisor));
    let minor = i64::try_from(minor).map_err(|_| MoneyError::OutOfRange)?;
    Ok(Money::new(minor, currency))
}

/// The nearest whole quotient; a tie goes away from zero. `divisor` must be positive.
pub(super) fn divide_half_up(dividend: i128, divisor: i128) -> i128 {
    assert!(divisor > 0, "amounts are divided by powers of ten");
    let quotient = dividend / divisor;
    let rest = (dividend % divisor).abs();
    // `rest >= divisor / 2`, without halving an odd divisor.
    if rest >= divisor - rest {
        quotient + dividend.signum()
    } else {
        quotient
    }
}
