//! Reads what a campaign has delivered: the kept sums, and what lies past them in the log.
//!
//! Both are read in one snapshot together with the place that divides them, so every event is in
//! one of them, and in one only.

use std::collections::BTreeMap;

use beta_kit::db::{DbError, Tx};
use beta_kit::time::Day;
use beta_kit::zone::{Hour, QUARTER, Zone};

use super::View;
use super::aggregate::NAME;
use super::limits::EVENTS_AT_ONCE;
use super::store::log;
use super::store::sums::{self, Span};
use super::summary::{Group, Range};
use super::sums::{Deltas, Grain, Quarter, Sums, day_of_slot, slot_of};
use crate::id::{CampaignId, ChannelId, CreativeId};

/// Whose figures are asked for, and how.
#[derive(Clone, Debug)]
pub(super) struct Question<'a> {
    pub(super) campaign_id: CampaignId,
    pub(super) zone: &'a Zone,
    pub(super) range: Range,
    pub(super) group: Group,
    pub(super) view: &'a View,
}

/// What a campaign has delivered, put together by day and by what was asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    pub(super) days: BTreeMap<Day, Sums>,
    pub(super) hours: BTreeMap<Hour, Sums>,
    pub(super) channels: BTreeMap<ChannelId, Sums>,
    pub(super) creatives: BTreeMap<CreativeId, Sums>,
    pub(super) uncounted: BTreeMap<String, i64>,
}

impl Figures {
    /// All days together.
    pub(super) fn total(&self) -> Sums {
        let mut total = Sums::default();
        for sums in self.days.values() {
            total.add(sums);
        }
        total
    }
}

/// Reads them.
pub(super) async fn read(tx: &mut Tx, asked: &Question<'_>) -> Result<Figures, DbError> {
    let position = sums::find_position(tx, NAME).await?.unwrap_or(0);
    let mut figures = read_kept(tx, asked).await?;
    let past = read_past(tx, asked.campaign_id, position).await?;
    add_past(&mut figures, asked, &past);
    Ok(figures)
}

async fn read_kept(tx: &mut Tx, asked: &Question<'_>) -> Result<Figures, DbError> {
    let span = span(tx, asked).await?;
    let view = asked.view;
    let mut figures = Figures {
        uncounted: sums::uncounted_by_reason(tx, &span, view).await?,
        ..Figures::default()
    };
    for (slot, sums) in sums::by_slot(tx, &span, view).await? {
        let day = match span.grain {
            Grain::Day => day_of_slot(slot),
            Grain::Quarter => asked.zone.day_of(Quarter(slot).start()),
        };
        figures.days.entry(day).or_default().add(&sums);
        if asked.group == Group::Hour {
            let hour = asked.zone.hour_of(Quarter(slot).start());
            figures.hours.entry(hour).or_default().add(&sums);
        }
    }
    match asked.group {
        Group::Day | Group::Hour => {}
        Group::Channel => figures.channels = sums::by_channel(tx, &span, view).await?,
        Group::Creative => figures.creatives = sums::by_creative(tx, &span, view).await?,
    }
    Ok(figures)
}

/// The sums that answer the question: those of days where they were kept in the zone that is asked
/// for, and otherwise those of quarters of an hour.
async fn span(tx: &mut Tx, asked: &Question<'_>) -> Result<Span, DbError> {
    let zones = sums::list_zones(tx, vec![asked.campaign_id]).await?;
    let kept_in = zones.into_iter().next().and_then(|zones| zones.added_in);
    let is_kept = kept_in.is_some_and(|name| name == asked.zone.name());
    let Range { from, to } = asked.range;
    if is_kept && asked.group != Group::Hour {
        return Ok(Span {
            campaign_id: asked.campaign_id,
            grain: Grain::Day,
            first_slot: from.map_or(i64::MIN, slot_of),
            last_slot: to.map_or(i64::MAX, slot_of),
        });
    }
    let end = |last: Day| {
        let next = day_of_slot(slot_of(last) + 1);
        Quarter::of(asked.zone.start_of(next).minus(QUARTER)).0
    };
    Ok(Span {
        campaign_id: asked.campaign_id,
        grain: Grain::Quarter,
        first_slot: from.map_or(i64::MIN, |day| Quarter::of(asked.zone.start_of(day)).0),
        last_slot: to.map_or(i64::MAX, end),
    })
}

/// What the log says of the campaign past the kept sums: little, unless the aggregation is behind.
async fn read_past(tx: &mut Tx, id: CampaignId, position: i64) -> Result<Deltas, DbError> {
    let (mut past, mut after) = (Deltas::default(), position);
    let at_once = i64::try_from(EVENTS_AT_ONCE).unwrap_or(i64::MAX);
    loop {
        let events = log::read_campaign(tx, id, after, at_once).await?;
        for event in &events {
            past.take(event);
        }
        match events.last() {
            Some(last) if events.len() == EVENTS_AT_ONCE => after = last.seq,
            Some(_) | None => return Ok(past),
        }
    }
}

fn add_past(figures: &mut Figures, asked: &Question<'_>, past: &Deltas) {
    let day_of = |quarter: i64| asked.zone.day_of(Quarter(quarter).start());
    for (key, sums) in &past.shown {
        let day = day_of(key.slot);
        if !asked.range.covers(day) || !asked.view.sees(key.channel_id) {
            continue;
        }
        figures.days.entry(day).or_default().add(sums);
        match asked.group {
            Group::Day => {}
            Group::Hour => {
                let hour = asked.zone.hour_of(Quarter(key.slot).start());
                figures.hours.entry(hour).or_default().add(sums);
            }
            Group::Channel => {
                let channel = figures.channels.entry(key.channel_id).or_default();
                channel.add(sums);
            }
            Group::Creative => {
                let creative = figures.creatives.entry(key.creative_id).or_default();
                creative.add(sums);
            }
        }
    }
    for (key, events) in &past.uncounted {
        if asked.range.covers(day_of(key.slot)) && asked.view.sees(key.channel_id) {
            *figures.uncounted.entry(key.reason.clone()).or_default() += events;
        }
    }
}
