//! The delivery report of a campaign: one line per day.

use beta_domain::id::CampaignId;
use beta_domain::reports::{DayRow, Summary};

use super::{Cell, CsvError, write};

const HEAD: [&str; 4] = ["day", "impressions", "clicks", "minutes_on_screen"];

/// Milliseconds in a ten-thousandth of a minute, the last decimal of the minutes.
const MILLIS_PER_LAST_DECIMAL: i64 = 6;
/// That decimal's units in a minute.
const LAST_DECIMALS_PER_MINUTE: i64 = 10_000;

/// The report as a table; the head alone when nothing was shown.
///
/// # Errors
/// When the table cannot be written.
pub fn report(summary: &Summary) -> Result<String, CsvError> {
    write(HEAD, summary.rows.iter().map(cells))
}

/// What the file is called.
pub fn report_file_name(campaign_id: CampaignId) -> String {
    format!("campaign-{campaign_id}-report.csv")
}

fn cells(row: &DayRow) -> [Cell; HEAD.len()] {
    [
        Cell::Text(row.day.to_string()),
        Cell::integer(row.figures.impressions),
        Cell::integer(row.figures.clicks),
        Cell::Number(minutes(row.figures.on_screen_ms)),
    ]
}

/// Minutes with exactly four decimals, the last one rounded to the nearest.
fn minutes(millis: i64) -> String {
    let decimals = (millis + MILLIS_PER_LAST_DECIMAL / 2) / MILLIS_PER_LAST_DECIMAL;
    let (whole, rest) = (
        decimals / LAST_DECIMALS_PER_MINUTE,
        decimals % LAST_DECIMALS_PER_MINUTE,
    );
    format!("{whole}.{rest:04}")
}

#[cfg(test)]
mod tests {
    use super::minutes;

    #[test]
    fn minutes_have_four_decimals_rounded_to_the_nearest() {
        for (millis, expected) in [
            (0, "0.0000"),
            (2, "0.0000"),
            (3, "0.0001"),
            (10_000, "0.1667"),
            (15_000, "0.2500"),
            (20_000, "0.3333"),
            (59_999, "1.0000"),
            (60_000, "1.0000"),
            (7_200_005_000, "120000.0833"),
        ] {
            assert_eq!(minutes(millis), expected, "{millis}");
        }
    }
}
