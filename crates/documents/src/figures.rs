//! Numbers as people read them. Ratios and minutes are divided here, in whole numbers.

use beta_kit::money::{Currency, Decimal, LEDGER_SCALE, Money};
use beta_kit::time::{Day, Timestamp};

const MILLIS_PER_HUNDREDTH_OF_MINUTE: i64 = 600;

/// `12,345`.
pub(crate) fn grouped(count: i64) -> String {
    let digits = count.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if count < 0 {
        text.push('-');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share with two decimals, `1.70%`; of nothing, `0.00%`.
pub(crate) fn percent(part: i64, whole: i64) -> String {
    if whole == 0 {
        return "0.00%".to_owned();
    }
    let hundredths = rounded(i128::from(part) * 10_000, i128::from(whole));
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

/// Minutes with two decimals, `3086.25`.
pub(crate) fn minutes(millis: i64) -> String {
    let hundredths = rounded(
        i128::from(millis),
        i128::from(MILLIS_PER_HUNDREDTH_OF_MINUTE),
    );
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// The same with its thousands grouped, `3,086.25`.
pub(crate) fn grouped_minutes(millis: i64) -> String {
    let text = minutes(millis);
    let (whole, rest) = text.split_once('.').unwrap_or((&text, "00"));
    let whole = whole.parse().map(grouped);
    format!("{}.{rest}", whole.unwrap_or_default())
}

/// Half up.
const fn rounded(part: i128, whole: i128) -> i128 {
    (2 * part + whole) / (2 * whole)
}

/// `1,234.50 EUR`, with as many decimals as the currency has.
pub(crate) fn amount(money: Money) -> String {
    let digits = money.currency().minor_digits();
    let unit = 10_u64.pow(digits);
    let minor = money.minor();
    let sign = if minor < 0 { "-" } else { "" };
    let (whole, rest) = (minor.unsigned_abs() / unit, minor.unsigned_abs() % unit);
    let whole = grouped(i64::try_from(whole).unwrap_or(i64::MAX));
    let width = usize::try_from(digits).unwrap_or_default();
    let decimals = if digits == 0 {
        String::new()
    } else {
        format!(".{rest:0width$}")
    };
    format!("{sign}{whole}{decimals} {}", money.currency())
}

/// An amount of the ledger to the nearest minor unit.
pub(crate) fn ledger_amount(e7: i64, currency: Currency) -> String {
    amount(Money::from_e7(e7, currency))
}

/// Amounts of the ledger as they are, all with as many decimals as the longest needs and the
/// currency has: `0.150`, `0.165`.
pub(crate) fn exact_amounts(amounts_e7: &[i64], currency: Currency) -> Vec<String> {
    let decimals = |e7: &i64| {
        let text = Decimal::from_scaled(*e7, LEDGER_SCALE).to_string();
        let decimals = text.split_once('.').map_or("", |(_, decimals)| decimals);
        (decimals.len(), text)
    };
    let texts: Vec<(usize, String)> = amounts_e7.iter().map(decimals).collect();
    let minor = usize::try_from(currency.minor_digits()).unwrap_or_default();
    let longest = texts.iter().map(|(decimals, _)| *decimals).max();
    let longest = longest.unwrap_or_default().max(minor);
    let pad = |(decimals, text): (usize, String)| {
        let point = if decimals == 0 && longest > 0 {
            "."
        } else {
            ""
        };
        format!("{text}{point}{}", "0".repeat(longest - decimals))
    };
    texts.into_iter().map(pad).collect()
}

/// `2026-03-01 to 2026-03-31`.
pub(crate) fn days(from: Day, to: Day) -> String {
    if from == to {
        from.to_string()
    } else {
        format!("{from} to {to}")
    }
}

/// `2026-03-02 10:30 UTC`.
pub(crate) fn minute(at: Timestamp) -> String {
    cut(at, "2026-03-02T10:30".len())
}

/// `2026-03-02 10:30:05 UTC`.
pub(crate) fn second(at: Timestamp) -> String {
    cut(at, "2026-03-02T10:30:05".len())
}

fn cut(at: Timestamp, letters: usize) -> String {
    let text = at.to_string();
    let shown = text.get(..letters).unwrap_or(&text).replace('T', " ");
    format!("{shown} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        for (count, expected) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (-1_234_567, "-1,234,567"),
            (i64::MIN, "-9,223,372,036,854,775,808"),
        ] {
            assert_eq!(grouped(count), expected);
        }
    }

    #[test]
    fn shares_and_minutes_have_two_decimals_rounded_half_up() {
        assert_eq!(percent(0, 0), "0.00%");
        assert_eq!(percent(1, 3), "33.33%");
        assert_eq!(percent(2, 3), "66.67%");
        assert_eq!(percent(3, 2), "150.00%");
        assert_eq!(percent(1, 20_000), "0.01%");
        assert_eq!(minutes(0), "0.00");
        assert_eq!(minutes(299), "0.00");
        assert_eq!(minutes(300), "0.01");
        assert_eq!(minutes(15_000), "0.25");
        assert_eq!(grouped_minutes(185_175_000), "3,086.25");
    }

    #[test]
    fn exact_amounts_have_their_decimals_below_each_other() {
        let euro = Currency::parse("EUR").unwrap();
        assert_eq!(
            exact_amounts(&[1_500_000, 10_000_000, 1_650_000], euro),
            ["0.150", "1.000", "0.165"]
        );
        assert_eq!(exact_amounts(&[10_000_000], euro), ["1.00"]);
        let yen = Currency::parse("JPY").unwrap();
        assert_eq!(exact_amounts(&[20_000_000], yen), ["2"]);
    }

    #[test]
    fn amounts_have_the_decimals_of_their_currency() {
        for (minor, code, expected) in [
            (1_234_567, "EUR", "12,345.67 EUR"),
            (5, "USD", "0.05 USD"),
            (1_234, "JPY", "1,234 JPY"),
            (1_005, "KWD", "1.005 KWD"),
            (-250, "EUR", "-2.50 EUR"),
        ] {
            let currency = Currency::parse(code).unwrap();
            assert_eq!(amount(Money::new(minor, currency)), expected);
        }
    }
}
