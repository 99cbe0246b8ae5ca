//! The nouns of a summary: whole numbers, none of them rounded.

use beta_kit::time::Day;

use crate::campaigns::Campaign;
use crate::clicks::ClickSource;

/// The first and last day a report covers; an end that is `None` is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// The first day.
    pub from: Option<Day>,
    /// The last day.
    pub to: Option<Day>,
}

impl Range {
    /// Whether it leaves out no day.
    pub const fn is_open(self) -> bool {
        self.from.is_none() && self.to.is_none()
    }
}

/// What a campaign has delivered.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The campaign. Its budget is for those who see its spend only.
    pub campaign: Campaign,
    /// One row per UTC day on which something happened, in order, all channels together.
    pub rows: Vec<DayRow>,
    /// The sums of the rows.
    pub totals: Totals,
    /// How many reported events do not count, by reason.
    pub uncounted: Vec<(String, i64)>,
    /// The clicks by their source.
    pub clicks_by_source: Vec<(ClickSource, i64)>,
    /// What it cost; `None` for those who do not see the campaign's money.
    pub spend: Option<Spend>,
}

/// The figures of one UTC day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRow {
    /// The day.
    pub day: Day,
    /// What was shown on it.
    pub figures: Totals,
}

/// What was shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Verified plays.
    pub impressions: i64,
    /// Deduplicated clicks.
    pub clicks: i64,
    /// Creatives that were rendered, whether or not they were shown to the end.
    pub plays: i64,
    /// How long the verified plays were on screen, in milliseconds.
    pub on_screen_ms: i64,
}

impl Totals {
    /// These figures and those of one more day.
    #[must_use]
    pub(super) const fn plus(self, row: &DayRow) -> Self {
        Self {
            impressions: self.impressions + row.figures.impressions,
            clicks: self.clicks + row.figures.clicks,
            plays: self.plays + row.figures.plays,
            on_screen_ms: self.on_screen_ms + row.figures.on_screen_ms,
        }
    }
}

/// What a campaign cost, in ten-millionths of its currency's unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spend {
    /// The verified plays, each at the price it was leased at.
    pub plays_e7: i64,
    /// The fees that are committed. They belong to no day: a report of some days has none.
    pub fees_e7: i64,
}

impl Spend {
    /// Both together.
    pub const fn total_e7(self) -> i64 {
        self.plays_e7 + self.fees_e7
    }
}
