//! Tests of charts.

use usvg::roxmltree::{Document, Node};

use super::*;

/// 2026-03-02.
const FIRST_DAY: i32 = 20_514;

fn days(count: i32) -> Vec<DayCount> {
    (0..count)
        .filter(|index| index % 5 != 3)
        .map(|index| DayCount {
            day: Day::from_epoch_days(FIRST_DAY + index),
            impressions: i64::from(index * 37 % 101 + 20),
            clicks: i64::from(index % 4),
        })
        .collect()
}

#[test]
fn a_chart_of_some_days() {
    insta::assert_snapshot!(daily("d", &days(12)).svg);
}

#[test]
fn a_chart_of_one_day_without_clicks() {
    insta::assert_snapshot!(daily("d", &days(1)).svg);
}

#[test]
fn a_chart_of_no_days() {
    insta::assert_snapshot!(daily("d", &[]).svg);
}

#[test]
fn a_chart_of_many_days_has_a_bar_for_each_week() {
    insta::assert_snapshot!(daily("d", &days(200)).svg);
}

#[test]
fn a_chart_of_hours() {
    let hours_of_day = std::array::from_fn(|hour| i64::try_from(hour * hour % 17).unwrap());
    insta::assert_snapshot!(hours("h", &hours_of_day).svg);
}

#[test]
fn a_meter_never_passes_its_end() {
    insta::assert_snapshot!(meter("m", 3, 4, "75% is <spent>").svg);
    let full = meter("m", 4, 4, "").svg;
    assert_eq!(meter("m", 9, 4, "").svg, full);
    assert_eq!(meter("m", 0, 0, "").svg, meter("m", -1, 4, "").svg);
}

#[test]
fn bars_add_up_to_the_days_however_many_there_are() {
    for count in [1, 119, 120, 121, 400, 3_000] {
        let days = days(count);
        let groups = groups(&days);
        assert!(groups.counts.len() <= BARS_MAX, "{count}");
        let sum = |counts: &[DayCount]| -> i64 { counts.iter().map(|c| c.impressions).sum() };
        assert_eq!(sum(&groups.counts), sum(&days), "{count}");
    }
}

#[test]
fn words_say_what_the_picture_shows() {
    assert_eq!(
        daily("d", &days(3)).words,
        "171 impressions and 3 clicks on 3 days with activity; most impressions, 94, on \
         2026-03-04."
    );
    let mut busy = [0; 24];
    busy[20] = 1_234;
    assert_eq!(
        hours("h", &busy).words,
        "Most impressions, 1,234, were between 20:00 and 21:00."
    );
    assert_eq!(hours("h", &[0; 24]).words, "Nothing was shown at any hour.");
}

#[test]
fn a_chart_needs_no_style_sheet_and_no_script() {
    let svg = daily("d", &days(12)).svg;
    let document = Document::parse(&svg).unwrap();
    for element in document.descendants().filter(Node::is_element) {
        let name = element.tag_name().name();
        assert!(!["style", "script", "a", "image"].contains(&name), "{name}");
        for attribute in element.attributes() {
            let name = attribute.name();
            let acts = name.starts_with("on") || ["style", "href"].contains(&name);
            assert!(!acts, "{name}");
        }
    }
}
