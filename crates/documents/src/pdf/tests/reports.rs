//! The report of a campaign.

use super::paper::Printed;
use super::samples::{any_script, empty, full, one_play};
use crate::pdf::Paper;
use crate::pdf::report::{Facts, report, report_file_name};

const MARGIN: f32 = 50.0;

fn printed(facts: &Facts) -> Printed {
    Printed::new(&report(facts, Paper::A4).unwrap())
}

#[track_caller]
fn holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

#[test]
fn the_facts_of_the_contract_are_in_the_report() {
    let text = printed(&full(20, 2)).text();

    holds(
        &text,
        &[
            "Beta Live Ads Platform",
            "Campaign Delivery Report",
            "Campaign: Spring launch",
            "Advertiser: Acme Drinks",
            "Objective: Awareness of the new cold brew",
            "Generated (UTC): 2026-06-01T10:30:00.000Z",
            "Impressions (ad_completed): 3961",
            "Clicks: 54",
            "CTR: 1.36%",
            "Minutes on screen proxy: 990.25",
            "Daily Timeline",
            "Date (UTC) Impressions Clicks Minutes On Screen",
            "2026-03-02 177 1 44.25",
        ],
    );
}

#[test]
fn everything_that_is_known_has_its_section() {
    let text = printed(&full(20, 2)).text();

    holds(
        &text,
        &[
            "An impression is a verified play",
            "Delivery by day",
            "Delivery by hour of the day (UTC)",
            "channel_number_1",
            "cold-brew-15s.mp4",
            "Spend against budget",
            "Fixed fees 450.00 EUR",
            "of 2,500.00 EUR spent",
            "E3 OBS had the source on program and streamed for the whole play",
            "E5 Matched in the broadcast",
            "Reported after the lease had ended 7",
            "QR code 40",
            "Audience impressions (profile)",
        ],
    );
}

#[test]
fn what_is_not_known_or_not_for_the_reader_is_left_out() {
    let text = printed(&one_play()).text();

    for part in [
        "Spend",
        "EUR",
        "Evidence",
        "Not counted",
        "Channels",
        "Creatives",
        "hour of the day",
        "Clicks by source",
        "Audience impressions (",
    ] {
        assert!(!text.contains(part), "{part}");
    }
    holds(&text, &["2026-03-02 1 0 0.25", "All days 1 0 0.25"]);
}

#[test]
fn a_campaign_of_which_nothing_was_shown_says_so_on_one_page() {
    let printed = printed(&empty());

    assert_eq!(printed.pages().len(), 1);
    let text = printed.text();
    holds(
        &text,
        &[
            "Impressions (ad_completed): 0",
            "CTR: 0.00%",
            "Nothing was delivered in this period.",
            "Page 1 of 1",
        ],
    );
}

#[test]
fn every_page_has_its_number_and_each_page_of_a_table_its_heads() {
    let pages = printed(&full(400, 50)).pages();

    assert!(pages.len() > 10, "{}", pages.len());
    for (index, page) in pages.iter().enumerate() {
        let number = format!("Page {} of {}", index + 1, pages.len());
        holds(page, &[&number, "01890a5d-ac96-774b-bcce-b302099a8057"]);
        let has_days = page.lines().any(|line| line.trim().starts_with("202"));
        let has_channels = page.contains("channel_number_");
        assert_eq!(has_days, page.contains("Minutes On Screen"), "{page}");
        if has_channels {
            holds(page, &["Channel", "Share"]);
        }
    }
}

#[test]
fn no_day_is_lost_or_doubled_between_pages() {
    let facts = full(400, 0);
    let pages = printed(&facts).pages().join("\n");

    let rows: Vec<&str> = pages
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|first| first.len() == 10 && first.starts_with("202"))
        .collect();
    let days: Vec<String> = facts.days.iter().map(|day| day.day.to_string()).collect();
    assert_eq!(rows, days);
}

#[test]
fn nothing_stands_outside_the_margins() {
    let mut long = any_script();
    long.name = "W".repeat(120);
    long.advertiser = "نص طويل ".repeat(15);
    for (facts, paper, width, height) in [
        (full(90, 50), Paper::A4, 595.3, 841.9),
        (full(90, 50), Paper::Letter, 612.0, 792.0),
        (long, Paper::Letter, 612.0, 792.0),
    ] {
        for word in Printed::new(&report(&facts, paper).unwrap()).words() {
            let inside = word.left >= MARGIN - 1.0
                && word.right <= width - MARGIN + 1.0
                && word.bottom <= height - 20.0;
            assert!(inside, "{word:?}");
            assert!(!word.text.is_empty());
        }
    }
}

#[test]
fn the_paper_has_the_size_that_was_asked_for() {
    for (paper, size) in [
        (Paper::A4, "(A4)"),
        (Paper::Letter, "612 x 792 pts (letter)"),
    ] {
        let printed = Printed::new(&report(&one_play(), paper).unwrap());
        holds(&printed.facts(), &[size]);
    }
}

#[test]
fn fonts_are_embedded_and_cut_to_what_is_used() {
    let fonts = printed(&any_script()).fonts();

    assert!(
        fonts.iter().all(|(_, is_embedded)| *is_embedded),
        "{fonts:?}"
    );
    for name in [
        "SpaceGrotesk-Bold",
        "NotoSansArabic-Regular",
        "NotoSansHebrew-Regular",
        "DroidSansFallback",
        "NotoEmoji-Regular",
    ] {
        assert!(fonts.iter().any(|(font, _)| font.ends_with(name)), "{name}");
    }
    let bytes = report(&any_script(), Paper::A4).unwrap().len();
    assert!(bytes < 150_000, "{bytes}");
}

#[test]
fn names_in_any_script_can_be_read_back() {
    let text = printed(&any_script()).text();

    holds(
        &text,
        &[
            "コールドブリューの認知度",
            "한국어 中文",
            "🎮",
            "नमस्ते",
            "Łukasz Żółć — Ελληνικά Кириллица",
            "配信者チャンネル",
            "המשחקים",
            "\u{fffd}",
        ],
    );
}

#[test]
fn the_document_is_tagged_for_those_who_hear_it() {
    let printed = printed(&full(40, 2));

    let facts = printed.facts();
    holds(
        &facts,
        &[
            "Tagged:          yes",
            "Campaign Delivery Report: Spring launch",
            "CreationDate:    Mon Jun  1 10:30:00 2026",
        ],
    );
    let structure = printed.structure();
    for part in [
        "H1",
        "H2",
        "P (block)",
        "Figure",
        "Table",
        "THead",
        "TH",
        "TD",
        "TR",
    ] {
        let is_there = structure
            .lines()
            .any(|line| line.trim_start().starts_with(part));
        assert!(is_there, "{part} is not in {structure}");
    }
    // The heads that are repeated on the second page are read once.
    assert_eq!(structure.matches("Minutes On Screen").count(), 1);
}

#[test]
fn the_title_of_the_file_holds_nothing_that_cannot_be_shown() {
    let facts = Facts {
        name: "a\u{1}b\u{202e}<&>\n".to_owned(),
        ..empty()
    };
    holds(
        &printed(&facts).facts(),
        &["Campaign Delivery Report: ab<&> "],
    );
}

#[test]
fn the_same_facts_give_the_same_bytes() {
    let once = report(&any_script(), Paper::A4).unwrap();
    let again = report(&any_script(), Paper::A4).unwrap();
    assert!(once == again);
}

#[test]
fn the_file_is_named_after_the_campaign() {
    assert_eq!(
        report_file_name(empty().campaign_id),
        "campaign-01890a5d-ac96-774b-bcce-b302099a8057-report.pdf"
    );
}
