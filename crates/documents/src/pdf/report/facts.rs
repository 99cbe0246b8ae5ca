//! What a report says, counted and not yet formatted.

use beta_domain::id::CampaignId;
use beta_domain::reports::{
    self, DayRow, GroupRow, ProofChannel, ProofCreative, Range, Totals, Whole,
};
use beta_domain::sessions::VIEWERS_METHOD;
use beta_kit::money::Money;
use beta_kit::time::{Day, Timestamp};
use beta_kit::zone::Hour;

/// What stands for something that was not named.
const UNNAMED: &str = "not named";

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
    /// What the room of reports knows. Its days are those of the campaign's time zone.
    pub fn of_report(whole: Whole, range: Range, generated_at: Timestamp) -> Self {
        let Whole {
            summary,
            hours,
            channels,
            creatives,
        } = whole;
        let campaign = summary.campaign;
        let money = summary.spend.map(|spend| Spent {
            plays_e7: spend.plays_e7,
            fees_e7: spend.fees_e7,
            budget: campaign.budget,
        });
        let sources = summary.clicks_by_source.into_iter();
        Self {
            campaign_id: campaign.id,
            name: campaign.name,
            advertiser: campaign.advertiser,
            objective: campaign.objective,
            range,
            generated_at,
            time_zone: summary.time_zone,
            days: summary.rows.into_iter().map(Into::into).collect(),
            totals: summary.totals.into(),
            audience: audience(summary.audience),
            hours: Some(by_hour_of_day(&hours)),
            channels: channels.into_iter().map(channel_share).collect(),
            creatives: creatives.into_iter().map(creative_share).collect(),
            evidence: (0_u8..).zip(summary.evidence).collect(),
            uncounted: summary.uncounted,
            clicks_by_source: sources
                .map(|(source, clicks)| (source.as_str().to_owned(), clicks))
                .collect(),
            money,
        }
    }
}

/// `None` when no play has a figure of viewers.
fn audience(audience: reports::Audience) -> Option<Audience> {
    (audience.plays_with_figure > 0).then(|| Audience {
        impressions: audience.impressions,
        source: format!(
            "from what the channels say of themselves, for {} of the impressions; method \
             {VIEWERS_METHOD}",
            audience.plays_with_figure
        ),
    })
}

fn by_hour_of_day(rows: &[GroupRow<Hour>]) -> [i64; 24] {
    let mut hours = [0; 24];
    for row in rows {
        let place = usize::try_from(row.of.of_day()).ok();
        if let Some(hour) = place.and_then(|place| hours.get_mut(place)) {
            *hour += row.figures.impressions;
        }
    }
    hours
}

fn channel_share(row: GroupRow<Option<ProofChannel>>) -> Share {
    let name = row.of.map(|channel| channel.twitch_channel_name);
    Share {
        name: name.unwrap_or_else(|| UNNAMED.to_owned()),
        figures: row.figures.into(),
    }
}

/// Creatives have no names: the format and the end of the id tell them apart.
fn creative_share(row: GroupRow<Option<ProofCreative>>) -> Share {
    let name = row.of.map(|creative| {
        let id = creative.id.to_string();
        let end = id.rsplit('-').next().unwrap_or_default();
        format!("{} {end}", creative.format)
    });
    Share {
        name: name.unwrap_or_else(|| UNNAMED.to_owned()),
        figures: row.figures.into(),
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
