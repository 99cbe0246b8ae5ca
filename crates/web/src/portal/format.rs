//! Numbers, money and times as people read them. Views hold nothing but these texts.

use beta_kit::money::Money;
use beta_kit::time::Timestamp;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// `12,345`
pub(super) fn number(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let sign = if value < 0 { "−" } else { "" };
    format!("{sign}{}", grouped(&digits))
}

/// `5,000 USD`, `1,234.50 USD`
pub(super) fn money(amount: Money) -> String {
    let text = amount.to_string();
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => ("−", rest),
        None => ("", text.as_str()),
    };
    let currency = amount.currency();
    match text.split_once('.') {
        Some((whole, cents)) => format!("{sign}{}.{cents:0<2} {currency}", grouped(whole)),
        None => format!("{sign}{} {currency}", grouped(text)),
    }
}

fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `3 May 2026`, in UTC.
pub(super) fn day(time: Timestamp) -> String {
    let text = time.day().to_string();
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    let month = month.and_then(|month| month.parse::<usize>().ok());
    match (
        year,
        month.and_then(|month| MONTHS.get(month.wrapping_sub(1))),
        day,
    ) {
        (Some(year), Some(month), Some(day)) => {
            format!("{} {month} {year}", day.trim_start_matches('0'))
        }
        _ => text,
    }
}

/// `3 May 2026, 14:05`, in UTC.
pub(super) fn moment(time: Timestamp) -> String {
    let text = time.to_string();
    let clock = text.split_once('T').map_or("", |(_, clock)| clock);
    let minutes: String = clock.chars().take("14:05".len()).collect();
    format!("{}, {minutes}", day(time))
}

/// `3 May – 2 Jun 2026`, `3 Dec 2026 – 2 Jan 2027`.
pub(super) fn days(first: Timestamp, last: Timestamp) -> String {
    let (first, last) = (day(first), day(last));
    match (first.rsplit_once(' '), last.rsplit_once(' ')) {
        (Some((start, year)), Some((_, same))) if year == same => format!("{start} – {last}"),
        _ => format!("{first} – {last}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use beta_kit::money::Currency;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let written = [0, 7, 999, 1_000, 1_234_567, -4_321].map(number);
        assert_eq!(written, ["0", "7", "999", "1,000", "1,234,567", "−4,321"]);
    }

    #[test]
    fn money_has_its_currency_and_two_decimals_or_none() {
        let dollars: Currency = "USD".parse().expect("is a currency");
        let written = [500_000, 123_450, 5, -250].map(|minor| money(Money::new(minor, dollars)));
        assert_eq!(
            written,
            ["5,000 USD", "1,234.50 USD", "0.05 USD", "−2.50 USD"]
        );
    }

    #[test]
    fn days_are_short() {
        let time = Timestamp::parse("2026-05-03T04:05:06.789Z").expect("is a time");
        assert_eq!(day(time), "3 May 2026");
        assert_eq!(moment(time), "3 May 2026, 04:05");
        let later = Timestamp::parse("2026-12-01").expect("is a time");
        assert_eq!(days(time, later), "3 May – 1 Dec 2026");
        let next_year = Timestamp::parse("2027-01-02").expect("is a time");
        assert_eq!(days(time, next_year), "3 May 2026 – 2 Jan 2027");
    }
}
