//! Exact money: whole minor units with their currency, rates per thousand, and decimal text.
//!
//! Nothing here touches a binary float: a number that arrives as JSON is read from its text, and
//! every division says where the rest goes. The module must not know what money is paid for.
#![deny(clippy::float_arithmetic, clippy::as_conversions)]

mod currency;
mod decimal;
mod rate;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Serialize, Serializer};

pub use currency::Currency;
pub use decimal::{Decimal, Rounding, parse_scaled};
pub use rate::{CPM_RATE_E4_MAX, CpmRate, Price, cpm_amount};

/// The largest whole part an amount may have when it comes from outside: 99,999,999,999 and any
/// fraction.
pub const AMOUNT_UNITS_MAX: i64 = 99_999_999_999;

/// Decimals of the ledger's unit, ten-millionths: one impression at any CPM rate is a whole number
/// of them.
pub const LEDGER_SCALE: u32 = 7;

const LEDGER_UNIT: i64 = 10_i64.pow(LEDGER_SCALE);

// Any amount that may come in can be kept in the ledger, and eight of them together as well.
const _: () = assert!(
    (AMOUNT_UNITS_MAX + 1)
        .checked_mul(LEDGER_UNIT * 8)
        .is_some()
);
const _: () = assert!(currency::MINOR_DIGITS_MAX < LEDGER_SCALE);

/// Why an amount, a rate or a currency was refused, or could not be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The text is not a decimal number.
    #[error("must be a decimal number")]
    NotANumber,
    /// More decimals than the unit has, where rounding was not asked for.
    #[error("must have at most {scale} decimals")]
    TooManyDecimals {
        /// How many decimals there may be.
        scale: u32,
    },
    /// Larger (or smaller) than may be stored.
    #[error("is out of range")]
    OutOfRange,
    /// Zero or less, or so small that it rounds to zero, where something is asked for.
    #[error("must be greater than 0")]
    NotPositive,
    /// Not the code of a currency in use.
    #[error("must be the ISO 4217 code of a currency in use")]
    UnknownCurrency,
    /// Two amounts that cannot be counted together.
    #[error("{left} and {right} cannot be counted together")]
    CurrencyMismatch {
        /// Currency of the amount acted on.
        left: Currency,
        /// Currency of the amount given.
        right: Currency,
    },
    /// There is nobody to share the amount out to.
    #[error("there is no weight to share the amount out by")]
    NoWeights,
}

impl MoneyError {
    /// The stable name of the reason, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotANumber => "not_a_number",
            Self::TooManyDecimals { .. } => "too_many_decimals",
            Self::OutOfRange => "out_of_range",
            Self::NotPositive => "not_positive",
            Self::UnknownCurrency => "unknown_currency",
            Self::CurrencyMismatch { .. } => "currency_mismatch",
            Self::NoWeights => "no_weights",
        }
    }
}

/// An amount in one currency, counted in its minor units.
///
/// It prints (and serialises) as decimal text without the currency and without trailing zeros:
/// `"5000"`, `"1234.57"`, `"0"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// `minor` units (cents for USD) of `currency`.
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in `currency`.
    pub fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// Takes a decimal number of whole units (dollars), rounding to minor units as asked.
    ///
    /// # Errors
    /// `OutOfRange` beyond [`AMOUNT_UNITS_MAX`], `TooManyDecimals` when rounding is refused.
    pub fn from_decimal(
        amount: Decimal,
        currency: Currency,
        rounding: Rounding,
    ) -> Result<Self, MoneyError> {
        let minor = amount.to_scaled(currency.minor_digits(), rounding)?;
        let limit = (AMOUNT_UNITS_MAX + 1) * power_of_ten(currency.minor_digits());
        if minor <= -limit || minor >= limit {
            return Err(MoneyError::OutOfRange);
        }
        Ok(Self { minor, currency })
    }

    /// As [`Money::from_decimal`], half-up, for an amount that must be more than nothing once it
    /// is rounded: a budget, a fee.
    pub fn positive(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let money = Self::from_decimal(amount, currency, Rounding::HalfUp)?;
        if money.minor <= 0 {
            return Err(MoneyError::NotPositive);
        }
        Ok(money)
    }

    /// Rounds ten-millionths of the currency's unit half-up to minor units.
    pub fn from_e7(e7: i64, currency: Currency) -> Self {
        let divisor = power_of_ten(LEDGER_SCALE - currency.minor_digits());
        let minor = rate::divide_half_up(i128::from(e7), i128::from(divisor));
        let minor = i64::try_from(minor).expect("a quotient is not larger than its dividend");
        Self { minor, currency }
    }

    /// The amount in ten-millionths of the currency's unit, exactly.
    ///
    /// # Errors
    /// `OutOfRange` when it does not fit; no amount within [`AMOUNT_UNITS_MAX`] can do that.
    pub fn to_e7(self) -> Result<i64, MoneyError> {
        let factor = power_of_ten(LEDGER_SCALE - self.currency.minor_digits());
        self.minor.checked_mul(factor).ok_or(MoneyError::OutOfRange)
    }

    /// How many minor units.
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// Of which currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// Whether it is neither owed nor owing.
    pub fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// The amount as a decimal number of whole units.
    pub fn decimal(self) -> Decimal {
        Decimal::from_scaled(self.minor, self.currency.minor_digits())
    }

    /// The sum of both.
    ///
    /// # Errors
    /// `CurrencyMismatch`, or `OutOfRange` when the sum does not fit.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// What is left after taking `other` away; it may be less than nothing.
    ///
    /// # Errors
    /// `CurrencyMismatch`, or `OutOfRange` when the difference does not fit.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    fn combine(
        self,
        other: Self,
        operation: fn(i64, i64) -> Option<i64>,
    ) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch {
                left: self.currency,
                right: other.currency,
            });
        }
        let minor = operation(self.minor, other.minor).ok_or(MoneyError::OutOfRange)?;
        Ok(Self { minor, ..self })
    }

    /// Shares the amount out in proportion to `weights`, one part per weight, in their order.
    ///
    /// Each part is rounded towards zero first; the units left over go one each to the parts that
    /// lost most by that, the earlier first. The parts always add up to the whole.
    ///
    /// # Errors
    /// `NoWeights` when there are none, or all are zero.
    pub fn share_out(self, weights: &[u64]) -> Result<Vec<Self>, MoneyError> {
        let total: u128 = weights.iter().copied().map(u128::from).sum();
        if total == 0 {
            return Err(MoneyError::NoWeights);
        }
        let whole = u128::from(self.minor.unsigned_abs());
        let products = weights.iter().map(|weight| whole * u128::from(*weight));
        let mut parts: Vec<u128> = products.clone().map(|product| product / total).collect();
        let mut by_loss: Vec<(usize, u128)> = products.map(|p| p % total).enumerate().collect();
        by_loss.sort_by_key(|(_, loss)| std::cmp::Reverse(*loss));

        let mut left_over = whole - parts.iter().sum::<u128>();
        for (index, _) in by_loss {
            if left_over == 0 {
                break;
            }
            parts[index] += 1;
            left_over -= 1;
        }
        assert!(
            left_over == 0,
            "less than one unit is left over for each part"
        );
        assert!(
            parts.iter().sum::<u128>() == whole,
            "the parts must add up to the whole"
        );
        Ok(parts
            .into_iter()
            .map(|part| self.with_magnitude(part))
            .collect())
    }

    /// The same sign and currency, another size.
    fn with_magnitude(self, magnitude: u128) -> Self {
        let size = i128::try_from(magnitude).expect("a part is not larger than the whole");
        let signed = if self.minor < 0 { -size } else { size };
        let minor = i64::try_from(signed).expect("a part is not larger than the whole");
        Self { minor, ..self }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.decimal().fmt(f)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// `10^digits`; callers pass a scale, never a number from outside.
const fn power_of_ten(digits: u32) -> i64 {
    10_i64.pow(digits)
}
