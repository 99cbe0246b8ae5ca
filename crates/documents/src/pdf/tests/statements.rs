//! The statement of a payout.

use super::paper::Printed;
use super::samples::payout;
use crate::pdf::Paper;
use crate::pdf::statement::{Statement, statement, statement_file_name};

fn text(facts: &Statement) -> String {
    Printed::new(&statement(facts, Paper::A4).unwrap()).text()
}

#[track_caller]
fn holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

#[test]
fn a_statement_says_who_gets_what_for_which_plays() {
    let text = text(&payout("EUR", 3, 2));

    holds(
        &text,
        &[
            "Payout Statement",
            "Paid to: Kim Streams",
            "Channel: kim_live",
            "Campaign: Spring launch",
            "Advertiser: Acme Drinks",
            "Period (UTC): 2026-03-02 to 2026-03-31",
            "Rate: 15 EUR for a thousand impressions",
            "37.50 EUR",
            "For 2,500 verified plays",
            "Status: paid on 2026-04-02 09:00 UTC",
            "Reference: SEPA 2026-04-0017",
            "2026-03-02 10 0.150",
            "All days 33 0.495",
            "2026-03-02 09:33:20 UTC cold-brew-15s.mp4 0.015",
        ],
    );
}

#[test]
fn a_pending_payout_has_no_date_of_payment() {
    let pending = Statement {
        paid_at: None,
        reference: None,
        days: Vec::new(),
        plays: Vec::new(),
        ..payout("EUR", 0, 0)
    };
    let text = text(&pending);

    holds(&text, &["Status: pending"]);
    for part in ["paid on", "Reference", "By day", "By play"] {
        assert!(!text.contains(part), "{part}");
    }
}

#[test]
fn amounts_have_the_decimals_of_their_currency() {
    for (code, expected) in [
        ("JPY", "3,750 JPY"),
        ("USD", "37.50 USD"),
        ("KWD", "3.750 KWD"),
    ] {
        holds(&text(&payout(code, 0, 0)), &[expected]);
    }
}

#[test]
fn a_long_statement_repeats_its_heads() {
    let long = statement(&payout("EUR", 60, 200), Paper::Letter).unwrap();
    let pages = Printed::new(&long).pages();

    assert!(pages.len() > 5);
    for page in &pages[1..] {
        holds(page, &["Earned (EUR)"]);
    }
}

#[test]
fn the_file_is_named_after_the_payout() {
    assert_eq!(
        statement_file_name(payout("EUR", 0, 0).payout_id),
        "payout-01890a5d-ac96-774b-bcce-b302099a8058-statement.pdf"
    );
}
