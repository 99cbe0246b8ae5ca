//! What events add up to: plain arithmetic, the same for the sums that are kept, for what lies
//! past them, and for the recount.

use std::collections::BTreeMap;

use beta_kit::id::Id;
use beta_kit::time::{Day, Timestamp};
use beta_kit::zone::{QUARTER, Zone};

use super::summary::{Audience, Totals};
use crate::clicks::ClickSource;
use crate::id::{CampaignId, ChannelId, CreativeId};

const MILLIS_PER_SECOND: i64 = 1_000;
/// How many levels of evidence there are, E0 to E5.
pub(super) const EVIDENCE_LEVELS: usize = 6;
/// How many sources of clicks there are.
pub(super) const CLICK_SOURCES: usize = ClickSource::ALL.len();

/// A quarter of an hour, counted from the epoch. Days and hours of every zone are made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Quarter(pub(super) i64);

impl Quarter {
    /// The quarter `time` falls in.
    pub(super) fn of(time: Timestamp) -> Self {
        Self(time.as_micros().div_euclid(micros_per_quarter()))
    }

    /// When it begins.
    pub(super) fn start(self) -> Timestamp {
        Timestamp::from_micros(self.0.saturating_mul(micros_per_quarter()))
    }
}

fn micros_per_quarter() -> i64 {
    i64::try_from(QUARTER.as_micros()).expect("a quarter of an hour is short")
}

/// What spans of time a sum is kept for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grain {
    /// Days in the campaign's own zone.
    Day,
    /// Quarters of an hour.
    Quarter,
}

impl Grain {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Quarter => "quarter",
        }
    }
}

/// The slot of a day.
pub(super) fn slot_of(day: Day) -> i64 {
    i64::from(day.epoch_days())
}

/// The day of a slot.
pub(super) fn day_of_slot(slot: i64) -> Day {
    let end = if slot < 0 { i32::MIN } else { i32::MAX };
    Day::from_epoch_days(i32::try_from(slot).unwrap_or(end))
}

/// An event as the log tells it, with what its delivery says of it.
#[derive(Clone, Debug)]
pub(super) struct Logged {
    pub(super) seq: i64,
    pub(super) event_type: String,
    pub(super) occurred_at: Timestamp,
    pub(super) campaign_id: Option<CampaignId>,
    pub(super) channel_id: Option<ChannelId>,
    pub(super) creative_id: Option<CreativeId>,
    pub(super) reason: Option<String>,
    /// Where a click came from.
    pub(super) click_source: Option<ClickSource>,
    pub(super) duration_sec: i64,
    pub(super) price_e7: i64,
    pub(super) evidence_level: u8,
    /// How many watched, when there is a figure.
    pub(super) viewers: Option<i64>,
}

/// What was shown somewhere in some span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// Impressions by the evidence there was for each.
    pub(super) evidence: [i64; EVIDENCE_LEVELS],
    pub(super) plays: i64,
    /// Clicks by their source, in the order of [`ClickSource::ALL`].
    pub(super) clicks: [i64; CLICK_SOURCES],
    /// Impressions times viewers.
    pub(super) viewers: i64,
    /// The impressions that have a figure of viewers.
    pub(super) viewers_known: i64,
    pub(super) on_screen_ms: i64,
    /// What the impressions cost.
    pub(super) price_e7: i64,
}

impl Sums {
    /// What a counted event adds; `None` when it is of a kind that is not added up.
    fn of(event: &Logged) -> Option<Self> {
        let mut sums = Self::default();
        match event.event_type.as_str() {
            "ad_completed" => {
                let level = usize::from(event.evidence_level).min(EVIDENCE_LEVELS - 1);
                sums.evidence[level] = 1;
                sums.on_screen_ms = event.duration_sec * MILLIS_PER_SECOND;
                sums.price_e7 = event.price_e7;
                sums.viewers = event.viewers.unwrap_or_default();
                sums.viewers_known = event.viewers.is_some().into();
            }
            "ad_rendered" => sums.plays = 1,
            "ad_click" => {
                let source = event.click_source.unwrap_or(ClickSource::Overlay);
                let mut places = sums.clicks.iter_mut().zip(ClickSource::ALL);
                if let Some((count, _)) = places.find(|(_, known)| **known == source) {
                    *count = 1;
                }
            }
            _ => return None,
        }
        Some(sums)
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (sum, more) in self.evidence.iter_mut().zip(other.evidence) {
            *sum += more;
        }
        for (sum, more) in self.clicks.iter_mut().zip(other.clicks) {
            *sum += more;
        }
        self.plays += other.plays;
        self.viewers += other.viewers;
        self.viewers_known += other.viewers_known;
        self.on_screen_ms += other.on_screen_ms;
        self.price_e7 += other.price_e7;
    }

    /// The figures that are shown.
    pub(super) fn totals(&self) -> Totals {
        Totals {
            impressions: self.evidence.iter().sum(),
            clicks: self.clicks.iter().sum(),
            plays: self.plays,
            on_screen_ms: self.on_screen_ms,
        }
    }

    /// Impressions times viewers, as far as there are figures.
    pub(super) const fn audience(&self) -> Audience {
        Audience {
            impressions: self.viewers,
            plays_with_figure: self.viewers_known,
        }
    }

    pub(super) fn clicks_by_source(&self) -> Vec<(ClickSource, i64)> {
        let sources = ClickSource::ALL.iter().copied();
        sources.zip(self.clicks).collect()
    }
}

/// Where and when something was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shown {
    pub(super) campaign_id: CampaignId,
    /// A quarter or a day, by what the map around it says.
    pub(super) slot: i64,
    pub(super) channel_id: ChannelId,
    pub(super) creative_id: CreativeId,
}

/// Where, when and why something does not count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Uncounted {
    pub(super) campaign_id: CampaignId,
    /// A quarter or a day, by what the map around it says.
    pub(super) slot: i64,
    pub(super) channel_id: ChannelId,
    pub(super) reason: String,
}

/// What many events add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Deltas {
    pub(super) shown: BTreeMap<Shown, Sums>,
    pub(super) uncounted: BTreeMap<Uncounted, i64>,
}

impl Deltas {
    /// How many rows they touch.
    pub(super) fn rows(&self) -> usize {
        self.shown.len() + self.uncounted.len()
    }

    /// Adds an event, to its quarter of an hour; returns whether it is one that reports tell of.
    pub(super) fn take(&mut self, event: &Logged) -> bool {
        let Some(campaign_id) = event.campaign_id else {
            return false;
        };
        let nobody = || ChannelId::from(Id::nil());
        let channel_id = event.channel_id.unwrap_or_else(nobody);
        let slot = Quarter::of(event.occurred_at).0;
        if let Some(reason) = &event.reason {
            let key = Uncounted {
                campaign_id,
                slot,
                channel_id,
                reason: reason.clone(),
            };
            *self.uncounted.entry(key).or_default() += 1;
            return true;
        }
        let Some(sums) = Sums::of(event) else {
            return false;
        };
        let key = Shown {
            campaign_id,
            slot,
            channel_id,
            creative_id: event
                .creative_id
                .unwrap_or_else(|| CreativeId::from(Id::nil())),
        };
        self.shown.entry(key).or_default().add(&sums);
        true
    }

    /// The same, with quarters put together to days in the zone of each campaign.
    pub(super) fn by_day(&self, zones: &BTreeMap<CampaignId, Zone>) -> Self {
        let utc = Zone::named("UTC");
        let day = |campaign_id: CampaignId, quarter: i64| {
            let zone = zones.get(&campaign_id).unwrap_or(&utc);
            slot_of(zone.day_of(Quarter(quarter).start()))
        };
        let mut days = Self::default();
        for (key, sums) in &self.shown {
            let slot = day(key.campaign_id, key.slot);
            let key = Shown { slot, ..*key };
            days.shown.entry(key).or_default().add(sums);
        }
        for (key, events) in &self.uncounted {
            let slot = day(key.campaign_id, key.slot);
            let key = Uncounted {
                slot,
                ..key.clone()
            };
            *days.uncounted.entry(key).or_default() += events;
        }
        days
    }

    /// Keeps what is about the campaigns that `keep` names.
    pub(super) fn retain(&mut self, keep: impl Fn(CampaignId) -> bool) {
        self.shown.retain(|key, _| keep(key.campaign_id));
        self.uncounted.retain(|key, _| keep(key.campaign_id));
    }

    /// The same, campaign by campaign.
    pub(super) fn by_campaign(self) -> BTreeMap<CampaignId, Self> {
        let mut apart: BTreeMap<CampaignId, Self> = BTreeMap::new();
        for (key, sums) in self.shown {
            let own = apart.entry(key.campaign_id).or_default();
            own.shown.insert(key, sums);
        }
        for (key, events) in self.uncounted {
            let own = apart.entry(key.campaign_id).or_default();
            own.uncounted.insert(key, events);
        }
        apart
    }

    /// The campaigns that they are about.
    pub(super) fn campaigns(&self) -> Vec<CampaignId> {
        let shown = self.shown.keys().map(|key| key.campaign_id);
        let uncounted = self.uncounted.keys().map(|key| key.campaign_id);
        let mut ids: Vec<CampaignId> = shown.chain(uncounted).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}
