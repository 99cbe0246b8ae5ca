//! The nouns of a summary: whole numbers, none of them rounded.

use beta_kit::text::TimeZoneName;
use beta_kit::text_enum;
use beta_kit::time::Day;
use beta_kit::zone::Hour;

use super::pacing::Pace;
use super::timeline::{ProofChannel, ProofCreative};
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

    /// Whether the day is one of them.
    pub(super) fn covers(self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

text_enum! {
    /// What the rows of a summary are put together by.
    pub enum Group {
        /// One row per day.
        Day => "day",
        /// One row per hour on the clocks of the zone.
        Hour => "hour",
        /// One row per channel.
        Channel => "channel",
        /// One row per creative.
        Creative => "creative",
    }
}

/// What is asked of a summary.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The days, in the zone.
    pub range: Range,
    /// The zone of days and hours; `None` for the campaign's own.
    pub zone: Option<TimeZoneName>,
    /// What the rows are put together by.
    pub group: Group,
}

impl Default for Asked {
    /// All days, in the campaign's own zone.
    fn default() -> Self {
        Range::default().into()
    }
}

impl From<Range> for Asked {
    /// These days, in the campaign's own zone.
    fn from(range: Range) -> Self {
        Self {
            range,
            zone: None,
            group: Group::Day,
        }
    }
}

/// What a campaign has delivered.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The campaign. Its budget is for those who see its spend only.
    pub campaign: Campaign,
    /// The zone of its days and hours, by its name in the IANA database.
    pub time_zone: String,
    /// One row per day on which something happened, in order, all channels together.
    pub rows: Vec<DayRow>,
    /// The same figures put together by something else than days, where that was asked for.
    pub groups: Groups,
    /// The sums of the rows.
    pub totals: Totals,
    /// The impressions by the evidence there was for each, from E0 on.
    pub evidence: Vec<i64>,
    /// Audience impressions: modelled, and never mixed with the others.
    pub audience: Audience,
    /// How many reported events do not count, by reason.
    pub uncounted: Vec<(String, i64)>,
    /// The clicks by their source.
    pub clicks_by_source: Vec<(ClickSource, i64)>,
    /// What it cost; `None` for those who do not see the campaign's money.
    pub spend: Option<Spend>,
    /// How it stands against its plan, whatever days were asked for; `None` for those who do not
    /// see the campaign's money.
    pub pace: Option<Pace>,
}

/// Figures put together by something else than days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Groups {
    /// Nothing else was asked for.
    #[default]
    None,
    /// By the hour, in order.
    Hours(Vec<GroupRow<Hour>>),
    /// By channel, in the order of names; `None` for what no channel is named for.
    Channels(Vec<GroupRow<Option<ProofChannel>>>),
    /// By creative, in the order of ids; `None` for what no creative is named for.
    Creatives(Vec<GroupRow<Option<ProofCreative>>>),
}

/// The figures of an hour, a channel or a creative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRow<T> {
    /// Of what.
    pub of: T,
    /// What was shown.
    pub figures: Totals,
    /// What its impressions cost, in ten-millionths of the currency's unit; `None` for those who
    /// do not see the campaign's money.
    pub plays_e7: Option<i64>,
}

/// A summary, and the same figures put together in every other way.
#[derive(Clone, Debug, PartialEq)]
pub struct Whole {
    /// The summary, by day.
    pub summary: Summary,
    /// By the hour, in order.
    pub hours: Vec<GroupRow<Hour>>,
    /// By channel, in the order of names.
    pub channels: Vec<GroupRow<Option<ProofChannel>>>,
    /// By creative, in the order of ids.
    pub creatives: Vec<GroupRow<Option<ProofCreative>>>,
}

/// The figures of one day.
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

/// How many people the verified plays reached: plays times the viewers at that time, as far as
/// there are figures. Every figure is the median of the samples around its play, of what the
/// channel says of itself: see the room of sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    /// The sum over the plays with a figure.
    pub impressions: i64,
    /// How many verified plays have one.
    pub plays_with_figure: i64,
}
