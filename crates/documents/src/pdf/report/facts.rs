//! What a report says, counted and not yet formatted.

use beta_domain::id::CampaignId;
use beta_domain::reports::{DayRow, Range, Summary, Totals};
use beta_kit::money::Money;
use beta_kit::time::{Day, Timestamp};

/// Everything in the report of a campaign. What is empty or `None` is not known, or not for the
/// reader, and its section is left out.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The campaign.
    pub campaign_id: CampaignId,
    /// Its name.
    pub name: String,
    /// Whose campaign it is.
    pub advertiser: String,
    /// What it is for.
    pub objective: String,
    /// The days that were asked for; an end that is `None` is open.
    pub range: Range,
    /// When the numbers were read.
    pub generated_at: Timestamp,
    /// Where the days begin and end: `UTC`, `Europe/Berlin`.
    pub time_zone: String,
    /// The days on which something happened, in order.
    pub days: Vec<DayFigures>,
    /// The sums of the days.
    pub totals: Figures,
    /// Impressions times viewers at that time.
    pub audience: Option<Audience>,
    /// Impressions by hour of the day, from midnight on.
    pub hours: Option<[i64; 24]>,
    /// What each channel has shown, by its name.
    pub channels: Vec<Share>,
    /// What was shown of each creative, by its name.
    pub creatives: Vec<Share>,
    /// Impressions by evidence level, from 0 to 5.
    pub evidence: Vec<(u8, i64)>,
    /// How many reported events do not count, by the code of the reason.
    pub uncounted: Vec<(String, i64)>,
    /// Clicks by their source.
    pub clicks_by_source: Vec<(String, i64)>,
    /// What it cost, for those who see the campaign's money.
    pub money: Option<Spent>,
}

/// What was shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Verified plays.
    pub impressions: i64,
    /// Deduplicated clicks.
    pub clicks: i64,
    /// Creatives that were rendered.
    pub plays: i64,
    /// How long the verified plays were on screen, in milliseconds.
    pub on_screen_ms: i64,
}

/// What was shown on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayFigures {
    /// The day.
    pub day: Day,
    /// What was shown.
    pub figures: Figures,
}

/// What a channel or a creative has of the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// How people know it.
    pub name: String,
    /// What was shown.
    pub figures: Figures,
}

/// Modelled reach, never mixed with impressions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// Impressions times viewers.
    pub impressions: i64,
    /// Where the number of viewers is from, in words.
    pub source: String,
}

/// What a campaign cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// The price of the plays, in ten-millionths of the currency's unit.
    pub plays_e7: i64,
    /// The fees that are committed, in the same unit. They belong to no day.
    pub fees_e7: i64,
    /// What may be spent, in the campaign's currency.
    pub budget: Money,
}

impl Facts {
    /// What the summary knows. Its days are those of UTC.
    pub fn of_summary(summary: Summary, range: Range, generated_at: Timestamp) -> Self {
        let Summary {
            campaign,
            rows,
            totals,
            uncounted,
            clicks_by_source,
            spend,
        } = summary;
        let money = spend.map(|spend| Spent {
            plays_e7: spend.plays_e7,
            fees_e7: spend.fees_e7,
            budget: campaign.budget,
        });
        let clicks_by_source = clicks_by_source
            .into_iter()
            .map(|(source, clicks)| (source.as_str().to_owned(), clicks))
            .collect();
        Self {
            campaign_id: campaign.id,
            name: campaign.name,
            advertiser: campaign.advertiser,
            objective: campaign.objective,
            range,
            generated_at,
            time_zone: "UTC".to_owned(),
            days: rows.into_iter().map(Into::into).collect(),
            totals: totals.into(),
            audience: None,
            hours: None,
            channels: Vec::new(),
            creatives: Vec::new(),
            evidence: Vec::new(),
            uncounted,
            clicks_by_source,
            money,
        }
    }
}

impl From<Totals> for Figures {
    fn from(totals: Totals) -> Self {
        Self {
            impressions: totals.impressions,
            clicks: totals.clicks,
            plays: totals.plays,
            on_screen_ms: totals.on_screen_ms,
        }
    }
}

impl From<DayRow> for DayFigures {
    fn from(DayRow { day, figures }: DayRow) -> Self {
        Self {
            day,
            figures: figures.into(),
        }
    }
}
