//! Money is exact: round trips, sums and the vectors of the contract.

use proptest::prelude::*;

use super::*;

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

fn decimal(text: &str) -> Decimal {
    Decimal::parse(text).unwrap()
}

fn rate(text: &str) -> CpmRate {
    CpmRate::from_decimal(decimal(text)).unwrap()
}

#[test]
fn a_currency_is_read_in_any_case_and_kept_upper() {
    assert_eq!(currency("usd").as_str(), "USD");
    assert_eq!(currency("Eur"), Currency::EUR);
    assert_eq!(serde_json::to_string(&currency("jpy")).unwrap(), "\"JPY\"");
}

#[test]
fn a_currency_knows_its_decimals() {
    for (code, digits) in [("JPY", 0), ("KRW", 0), ("USD", 2), ("KWD", 3), ("TND", 3)] {
        assert_eq!(currency(code).minor_digits(), digits, "{code}");
    }
}

#[test]
fn what_nobody_pays_with_is_no_currency() {
    for code in [
        "", "US", "USDX", "ABC", "XXX", "XTS", "XAU", "HRK", "BGN", "CLF", "USN", "ÜSD", "U\0D",
    ] {
        assert_eq!(
            Currency::parse(code),
            Err(MoneyError::UnknownCurrency),
            "{code}"
        );
    }
    assert!(Currency::parse("VES").is_ok());
}

#[test]
fn every_currency_the_table_knows_can_be_asked_for_its_decimals() {
    let letters = || 'A'..='Z';
    let mut known = 0;
    for a in letters() {
        for (b, c) in letters().flat_map(|b| letters().map(move |c| (b, c))) {
            if let Ok(currency) = Currency::parse(&format!("{a}{b}{c}")) {
                assert!(currency.minor_digits() <= 3);
                known += 1;
            }
        }
    }
    assert!(known > 140, "{known}");
}

#[test]
fn amounts_print_without_trailing_zeros() {
    let vectors = [
        (500_000, "5000"),
        (123_457, "1234.57"),
        (0, "0"),
        (5, "0.05"),
        (50, "0.5"),
        (-50, "-0.5"),
        (i64::MIN, "-92233720368547758.08"),
    ];
    for (minor, text) in vectors {
        assert_eq!(usd(minor).to_string(), text);
        assert_eq!(serde_json::to_value(usd(minor)).unwrap(), text);
    }
    assert_eq!(Money::new(5_000, currency("JPY")).to_string(), "5000");
    assert_eq!(Money::new(5_001, currency("KWD")).to_string(), "5.001");
    assert_eq!(rate("15.12345").to_string(), "15.1235");
    assert_eq!(rate("15").price_per_unit().to_string(), "0.015");
}

#[test]
fn decimals_are_read_from_their_text() {
    let vectors = [
        ("0", 0),
        ("-0", 0),
        ("0.000", 0),
        ("0e999999999999999999999", 0),
        ("1", 100),
        ("1.5", 150),
        ("1e3", 100_000),
        ("1E+3", 100_000),
        ("12.5e-1", 125),
        ("1500", 150_000),
        ("0001", 100),
        ("-1234.57", -123_457),
        ("1.0000000000000000000000000000000000000", 100),
        ("90071992547409.91", 9_007_199_254_740_991),
    ];
    for (text, cents) in vectors {
        assert_eq!(parse_scaled(text, 2, Rounding::Refuse), Ok(cents), "{text}");
    }
}

#[test]
fn a_tie_goes_up() {
    let vectors = [
        ("1.005", 101),
        ("1.0049999999999999", 100),
        ("0.005", 1),
        ("0.0049", 0),
        ("-1.005", -101),
        ("1e-300", 0),
        ("5e-324", 0),
        ("0.015", 2),
    ];
    for (text, cents) in vectors {
        assert_eq!(parse_scaled(text, 2, Rounding::HalfUp), Ok(cents), "{text}");
    }
}

#[test]
fn decimals_that_do_not_fit_are_named_when_rounding_is_refused() {
    let refused = parse_scaled("1.005", 2, Rounding::Refuse);
    assert_eq!(refused, Err(MoneyError::TooManyDecimals { scale: 2 }));
    assert_eq!(parse_scaled("1.500", 1, Rounding::Refuse), Ok(15));
}

#[test]
fn what_is_no_number_is_refused() {
    for text in [
        "", "-", "+1", ".", "1.", ".5", "1e", "e1", "1e+", "1.2.3", "1,5", " 1", "1 ", "NaN",
        "Infinity", "0x1", "1_000", "--1", "١",
    ] {
        assert_eq!(
            Decimal::parse(text),
            Err(MoneyError::NotANumber),
            "{text:?}"
        );
    }
}

#[test]
fn what_is_too_large_is_refused() {
    let long = format!("1{}", "0".repeat(600));
    for text in [
        "1e19",
        "9223372036854775808",
        "1e999999999",
        "1e-999999999",
        "0.12345678901234567891",
        &long,
    ] {
        assert_eq!(Decimal::parse(text), Err(MoneyError::OutOfRange), "{text}");
    }
    assert_eq!(
        parse_scaled("9223372036854775807", 0, Rounding::Refuse),
        Ok(i64::MAX)
    );
    assert_eq!(
        parse_scaled("9223372036854775807", 1, Rounding::Refuse),
        Err(MoneyError::OutOfRange)
    );
}

#[test]
fn decimals_come_from_json_numbers_only() {
    let read = |json: &str| serde_json::from_str::<Decimal>(json);
    assert_eq!(read("1.005").unwrap(), decimal("1.005"));
    assert_eq!(read("1e3").unwrap(), decimal("1000"));
    assert_eq!(read("0.1").unwrap().to_string(), "0.1");
    assert_eq!(read("-7").unwrap().to_string(), "-7");
    for json in [
        "\"1\"",
        "null",
        "true",
        "[1]",
        "18446744073709551615",
        "1e300",
    ] {
        assert!(read(json).is_err(), "{json}");
    }
    let number: serde_json::Number = serde_json::from_str("1.005").unwrap();
    assert_eq!(Decimal::try_from(&number), Ok(decimal("1.005")));
}

#[test]
fn a_budget_ends_at_its_limit() {
    let budget = |text: &str, code: &str| Money::positive(decimal(text), currency(code));
    assert_eq!(
        budget("99999999999.99", "USD").unwrap().minor(),
        9_999_999_999_999
    );
    assert_eq!(
        budget("99999999999.995", "USD"),
        Err(MoneyError::OutOfRange)
    );
    assert_eq!(budget("100000000000", "USD"), Err(MoneyError::OutOfRange));
    assert_eq!(
        budget("99999999999.999", "KWD").unwrap().minor(),
        99_999_999_999_999
    );
    assert_eq!(
        budget("99999999999", "JPY").unwrap().minor(),
        99_999_999_999
    );
    assert_eq!(budget("100000000000", "JPY"), Err(MoneyError::OutOfRange));
    for nothing in ["0", "-1", "0.004"] {
        assert_eq!(
            budget(nothing, "USD"),
            Err(MoneyError::NotPositive),
            "{nothing}"
        );
    }
    assert_eq!(budget("0.005", "USD").unwrap().minor(), 1);
}

#[test]
fn a_rate_ends_at_its_limit() {
    assert_eq!(rate("999999.9999").e4(), CPM_RATE_E4_MAX);
    assert_eq!(
        CpmRate::from_e4(CPM_RATE_E4_MAX + 1),
        Err(MoneyError::OutOfRange)
    );
    assert_eq!(
        CpmRate::from_decimal(decimal("0.00004")),
        Err(MoneyError::NotPositive)
    );
    assert_eq!(rate("0.00005").e4(), 1);
    assert_eq!(Price::from_e7(-1), Err(MoneyError::OutOfRange));
    assert_eq!(
        Price::from_e7(CPM_RATE_E4_MAX + 1),
        Err(MoneyError::OutOfRange)
    );
    assert_eq!(Price::from_e7(0), Ok(Price::FREE));
}

#[test]
fn impressions_cost_what_the_contract_says() {
    let cost = |cpm: &str, impressions, code: &str| {
        cpm_amount(rate(cpm), impressions, currency(code))
            .unwrap()
            .to_string()
    };
    assert_eq!(cost("15", 2_500, "USD"), "37.5");
    assert_eq!(cost("15", 0, "USD"), "0");
    assert_eq!(cost("1.005", 1_000, "USD"), "1.01");
    assert_eq!(cost("15", 2_500, "JPY"), "38");
    assert_eq!(cost("15.0001", 1_000, "KWD"), "15");
    assert_eq!(cost("15.0005", 1_000, "KWD"), "15.001");
    assert_eq!(
        Money::positive(decimal("450"), Currency::USD)
            .unwrap()
            .to_string(),
        "450"
    );
}

#[test]
fn amounts_that_do_not_fit_are_refused() {
    let dearest = rate("999999.9999");
    assert_eq!(
        cpm_amount(dearest, i64::MAX, Currency::USD),
        Err(MoneyError::OutOfRange)
    );
    assert_eq!(
        cpm_amount(dearest, -1, Currency::USD),
        Err(MoneyError::OutOfRange)
    );
    assert_eq!(
        dearest.price_per_unit().total_e7(i64::MAX),
        Err(MoneyError::OutOfRange)
    );
    assert_eq!(
        dearest.price_per_unit().total_e7(-1),
        Err(MoneyError::OutOfRange)
    );
    assert_eq!(usd(i64::MAX).to_e7(), Err(MoneyError::OutOfRange));
    assert_eq!(
        usd(i64::MAX).checked_add(usd(1)),
        Err(MoneyError::OutOfRange)
    );
    assert_eq!(
        usd(i64::MIN).checked_sub(usd(1)),
        Err(MoneyError::OutOfRange)
    );
    let mixed = usd(1).checked_add(Money::new(1, Currency::EUR));
    assert!(matches!(mixed, Err(MoneyError::CurrencyMismatch { .. })));
}

#[test]
fn the_ledger_unit_is_exact_both_ways() {
    assert_eq!(usd(123_457).to_e7(), Ok(12_345_700_000));
    assert_eq!(Money::from_e7(12_345_700_000, Currency::USD), usd(123_457));
    assert_eq!(Money::from_e7(49_999, Currency::USD), usd(0));
    assert_eq!(Money::from_e7(50_000, Currency::USD), usd(1));
    assert_eq!(Money::from_e7(-50_000, Currency::USD), usd(-1));
}

#[test]
fn an_amount_is_shared_out_without_losing_a_unit() {
    let shares = |minor, weights: &[u64]| -> Vec<i64> {
        usd(minor)
            .share_out(weights)
            .unwrap()
            .into_iter()
            .map(Money::minor)
            .collect()
    };
    assert_eq!(shares(100, &[1, 1, 1]), [34, 33, 33]);
    assert_eq!(shares(-100, &[1, 1, 1]), [-34, -33, -33]);
    assert_eq!(shares(5, &[0, 1]), [0, 5]);
    assert_eq!(shares(10, &[1, 2, 3]), [2, 3, 5]);
    assert_eq!(shares(1, &[1, 1_000_000]), [0, 1]);
    assert_eq!(usd(5).share_out(&[]), Err(MoneyError::NoWeights));
    assert_eq!(usd(5).share_out(&[0, 0]), Err(MoneyError::NoWeights));
}

proptest! {
    #[test]
    fn reading_never_panics(text in ".*") {
        let _ = Decimal::parse(&text);
        let _ = Currency::parse(&text);
    }

    #[test]
    fn reading_what_looks_like_a_number_never_panics(
        text in "-?[0-9]{0,25}\\.?[0-9]{0,25}([eE][+-]?[0-9]{0,12})?", scale in 0_u32..=18
    ) {
        let _ = parse_scaled(&text, scale, Rounding::HalfUp);
        let _ = parse_scaled(&text, scale, Rounding::Refuse);
    }

    #[test]
    fn text_reads_back_as_it_was_written(value: i64, scale in 0_u32..=18) {
        prop_assume!(value != i64::MIN);
        let text = Decimal::from_scaled(value, scale).to_string();
        prop_assert_eq!(parse_scaled(&text, scale, Rounding::Refuse), Ok(value));
        prop_assert!(!text.contains('.') || !text.ends_with('0'));
    }

    #[test]
    fn an_exponent_only_moves_the_point(value in -1_000_000_i64..1_000_000, places in 0_u32..=6) {
        let moved = Decimal::parse(&format!("{value}e-{places}"));
        prop_assert_eq!(moved, Ok(Decimal::from_scaled(value, places)));
    }

    #[test]
    fn every_amount_of_cents_survives_json(minor in -9_999_999_999_999_i64..=9_999_999_999_999) {
        let read: Decimal = serde_json::from_str(&usd(minor).to_string()).unwrap();
        prop_assert_eq!(read.to_scaled(2, Rounding::Refuse), Ok(minor));
    }

    #[test]
    fn every_rate_survives_json(e4 in 1..=CPM_RATE_E4_MAX) {
        let rate = CpmRate::from_e4(e4).unwrap();
        let read: Decimal = serde_json::from_str(&rate.to_string()).unwrap();
        prop_assert_eq!(CpmRate::from_decimal(read), Ok(rate));
    }

    #[test]
    fn every_finite_double_is_read_or_refused(number in proptest::num::f64::NORMAL) {
        let number = serde_json::Number::from_f64(number).unwrap();
        if let Ok(read) = Decimal::try_from(&number) {
            prop_assert_eq!(read.to_string().parse().ok(), number.as_f64());
        }
    }

    #[test]
    fn shares_add_up(minor: i64, weights in prop::collection::vec(any::<u64>(), 1..40)) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        let parts = usd(minor).share_out(&weights).unwrap();
        let sum: i128 = parts.iter().map(|part| i128::from(part.minor())).sum();
        prop_assert_eq!(sum, i128::from(minor));
        for (part, weight) in parts.iter().zip(&weights) {
            prop_assert!(*weight > 0 || part.is_zero());
        }
    }

    #[test]
    fn rounding_once_is_within_half_a_unit(
        e4 in 1..=CPM_RATE_E4_MAX, impressions in 0_i64..1_000_000_000
    ) {
        let rate = CpmRate::from_e4(e4).unwrap();
        let minor = cpm_amount(rate, impressions, Currency::USD).unwrap().minor();
        let exact = i128::from(e4) * i128::from(impressions);
        let twice_the_error = 2 * (i128::from(minor) * 100_000 - exact);
        prop_assert!((-100_000..=100_000).contains(&twice_the_error));
        prop_assert!(twice_the_error != -100_000, "a tie goes up");
    }

    #[test]
    fn the_ledger_gives_back_what_it_took(minor in 0_i64..=9_999_999_999_999) {
        prop_assert_eq!(Money::from_e7(usd(minor).to_e7().unwrap(), Currency::USD), usd(minor));
    }
}
