//! What follows the head: charts, tables, and how far the figures can be trusted.

use super::super::PdfError;
use super::super::flow::Flow;
use super::super::table::{Column, Table};
use super::{Facts, Figures, Share, Spent, words};
use crate::chart::{self, Chart, DayCount};
use crate::figures::{grouped, grouped_minutes, ledger_amount, percent};

/// The highest level of evidence.
const EVIDENCE_MAX: u8 = 5;

/// The charts of days and hours.
///
/// # Errors
/// When a chart cannot be read.
pub(super) fn charts(flow: &mut Flow, facts: &Facts) -> Result<(), PdfError> {
    if facts.days.is_empty() {
        return Ok(());
    }
    let days: Vec<DayCount> = facts
        .days
        .iter()
        .map(|day| DayCount {
            day: day.day,
            impressions: day.figures.impressions,
            clicks: day.figures.clicks,
        })
        .collect();
    put(flow, "Delivery by day", chart::daily("daily", &days))?;
    if let Some(hours) = &facts.hours {
        let heading = format!("Delivery by hour of the day ({})", facts.time_zone);
        put(flow, &heading, chart::hours("hours", hours))?;
    }
    Ok(())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a height of some hundred points"
)]
fn put(flow: &mut Flow, heading: &str, chart: Chart) -> Result<(), PdfError> {
    let height = flow.width() * (chart.height / chart::WIDTH) as f32;
    flow.heading_before(heading, height + 12.0);
    flow.chart(&chart.svg, height, chart.words)
}

/// The table of days.
pub(super) fn days(flow: &mut Flow, facts: &Facts) {
    if facts.days.is_empty() {
        flow.heading("Daily Timeline");
        flow.paragraph("Nothing was delivered in this period.");
        return;
    }
    let cells = |name: String, figures: &Figures| {
        vec![
            name,
            grouped(figures.impressions),
            grouped(figures.clicks),
            grouped_minutes(figures.on_screen_ms),
        ]
    };
    Table {
        summary: "Impressions, clicks and minutes on screen of each day".to_owned(),
        columns: vec![
            Column::words(&format!("Date ({})", facts.time_zone), 2.0),
            Column::figures("Impressions", 1.2),
            Column::figures("Clicks", 1.2),
            Column::figures("Minutes On Screen", 1.6),
        ],
        rows: facts
            .days
            .iter()
            .map(|day| cells(day.day.to_string(), &day.figures))
            .collect(),
        sum: Some(cells("All days".to_owned(), &facts.totals)),
    }
    .flow(flow, "Daily Timeline", None);
}

/// The tables of channels and creatives.
pub(super) fn shares(flow: &mut Flow, facts: &Facts) {
    share(flow, "Channels", "Channel", &facts.channels);
    share(flow, "Creatives", "Creative", &facts.creatives);
}

fn share(flow: &mut Flow, heading: &str, column: &str, shares: &[Share]) {
    if shares.is_empty() {
        return;
    }
    let all: i64 = shares.iter().map(|share| share.figures.impressions).sum();
    let row = |Share { name, figures }: &Share| {
        vec![
            name.clone(),
            grouped(figures.impressions),
            percent(figures.impressions, all),
            grouped(figures.clicks),
            percent(figures.clicks, figures.impressions),
            grouped_minutes(figures.on_screen_ms),
        ]
    };
    Table {
        summary: format!("Figures of each {}", column.to_lowercase()),
        columns: vec![
            Column::words(column, 3.4),
            Column::figures("Impressions", 1.5),
            Column::figures("Share", 1.0),
            Column::figures("Clicks", 1.0),
            Column::figures("CTR", 1.0),
            Column::figures("Minutes", 1.3),
        ],
        rows: shares.iter().map(row).collect(),
        sum: None,
    }
    .flow(flow, heading, None);
}

/// What it cost, beside what it may cost.
///
/// # Errors
/// When the chart cannot be read.
pub(super) fn money(flow: &mut Flow, facts: &Facts) -> Result<(), PdfError> {
    let Some(Spent {
        plays_e7,
        fees_e7,
        budget,
    }) = facts.money
    else {
        return Ok(());
    };
    let currency = budget.currency();
    let total_e7 = plays_e7 + fees_e7;
    let total = ledger_amount(total_e7, currency);
    let budget_e7 = budget.to_e7().unwrap_or(i64::MAX);
    let used = percent(total_e7, budget_e7);
    let allowed = crate::figures::amount(budget);
    let row = |name: &str, amount: String| vec![name.to_owned(), amount];
    Table {
        summary: "What the campaign cost".to_owned(),
        columns: vec![
            Column::words("Position", 3.0),
            Column::figures("Amount", 1.0),
        ],
        rows: vec![
            row("Verified plays", ledger_amount(plays_e7, currency)),
            row("Fixed fees", ledger_amount(fees_e7, currency)),
        ],
        sum: Some(row("Spend", total.clone())),
    }
    .flow(
        flow,
        "Spend against budget",
        Some(&format!("{total} of {allowed} spent ({used}).")),
    );
    let words = format!("{used} of the budget is spent");
    let meter = chart::meter("budget", total_e7, budget_e7, &words);
    put_meter(flow, meter)?;
    flow.skip(6.0);
    if !facts.range.is_open() {
        flow.note("Fixed fees belong to no day and are left out of a report of some days.");
    }
    Ok(())
}

#[expect(clippy::cast_possible_truncation, reason = "a height of some points")]
fn put_meter(flow: &mut Flow, meter: Chart) -> Result<(), PdfError> {
    let height = flow.width() * (meter.height / chart::WIDTH) as f32;
    flow.chart(&meter.svg, height, meter.words)
}

/// How well the figures are proven, what does not count, and where clicks came from.
pub(super) fn proof(flow: &mut Flow, facts: &Facts) {
    if !facts.evidence.is_empty() {
        let all: i64 = facts.evidence.iter().map(|(_, count)| count).sum();
        let row = |level: u8| {
            let of_level = facts.evidence.iter().filter(|(known, _)| *known == level);
            let count = of_level.map(|(_, count)| count).sum();
            vec![
                format!("E{level}"),
                words::evidence(level).to_owned(),
                grouped(count),
                percent(count, all),
            ]
        };
        Table {
            summary: "Impressions by evidence level".to_owned(),
            columns: vec![
                Column::words("Level", 0.7),
                Column::words("Meaning", 5.0),
                Column::figures("Impressions", 1.4),
                Column::figures("Share", 1.0),
            ],
            rows: (0..=EVIDENCE_MAX).map(row).collect(),
            sum: None,
        }
        .flow(flow, "Evidence", Some(words::EVIDENCE));
    }
    counts(
        flow,
        "Not counted",
        ["Reason", "Reports"],
        Some(words::UNCOUNTED),
        &facts.uncounted,
        words::reason,
    );
    counts(
        flow,
        "Clicks by source",
        ["Source", "Clicks"],
        None,
        &facts.clicks_by_source,
        words::source,
    );
}

/// A table of codes, in words, and how often each was seen.
fn counts(
    flow: &mut Flow,
    heading: &str,
    [first, second]: [&str; 2],
    before: Option<&str>,
    counted: &[(String, i64)],
    words: fn(&str) -> &str,
) {
    if counted.iter().all(|(_, count)| *count == 0) {
        return;
    }
    let row = |(code, count): &(String, i64)| vec![words(code).to_owned(), grouped(*count)];
    Table {
        summary: heading.to_owned(),
        columns: vec![Column::words(first, 4.0), Column::figures(second, 1.0)],
        rows: counted.iter().map(row).collect(),
        sum: None,
    }
    .flow(flow, heading, before);
}
