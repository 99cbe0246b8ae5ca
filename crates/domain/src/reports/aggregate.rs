//! Keeps the sums: folds what is new in the log into them, a bounded piece at a time.
//!
//! The sums and the place they reach in the log move in one transaction, so they are exact after a
//! crash anywhere. Of several workers that read the same piece one moves on, and the others have
//! done nothing. Only the log's own order matters here, so no clock can do harm.

use std::collections::BTreeMap;

use beta_kit::db::DbError;
use beta_kit::zone::Zone;

use super::ReportError;
use super::limits::EVENTS_PER_STEP;
use super::store::log::{self, Piece};
use super::store::sums::{self, Span, Step};
use super::sums::{Deltas, Grain};
use crate::actor::{Action, Actor};
use crate::id::CampaignId;
use crate::journal;
use crate::work::{Work, Works};

/// The name under which the place in the log is kept.
pub(super) const NAME: &str = "aggregation";

/// What a step has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Aggregated {
    /// Rows of sums that were made or changed.
    pub aggregated_rows: usize,
    /// Events that were read.
    pub sampled_events: usize,
    /// Whether there was more than fits into a step.
    pub has_more: bool,
}

/// How far the sums are behind the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// Places of the log that are not added up yet.
    pub events: i64,
    /// How long the first of them has waited.
    pub seconds: i64,
}

/// Adds up one piece of the log; nothing when there is nothing new, when writers that came before
/// are still at work, or when another worker was faster.
///
/// # Errors
/// When the database fails; then nothing has changed, and the next step begins anew.
pub async fn aggregate(works: &Works) -> Result<Aggregated, DbError> {
    let Some(folded) = fold(works, EVENTS_PER_STEP).await? else {
        return Ok(Aggregated::default());
    };
    let mut work = works.begin(Actor::System).await?;
    let Some(done) = put(&mut work, folded).await? else {
        return Ok(Aggregated::default());
    };
    work.commit().await?;
    Ok(done)
}

/// How far the sums are behind.
pub async fn lag(work: &mut Work) -> Result<Lag, ReportError> {
    work.may(Action::ReadAudit)?;
    let position = sums::find_position(work.tx(), NAME).await?.unwrap_or(0);
    let newest = journal::newest(work.tx()).await?;
    let since = log::find_waiting_since(work.tx(), position).await?;
    let waited_ms = since.map_or(0, |since| work.now.millis_since(since));
    Ok(Lag {
        events: newest - position,
        seconds: (waited_ms / 1_000).max(0),
    })
}

/// A piece of the log, added up.
#[derive(Debug)]
pub(super) struct Folded {
    step: Step,
    quarters: Deltas,
    events: usize,
    has_more: bool,
}

/// Reads the next piece of the log and adds it up, without holding up anybody who writes.
pub(super) async fn fold(works: &Works, events_max: usize) -> Result<Option<Folded>, DbError> {
    let Some(settled) = journal::settled(works).await? else {
        return Ok(None);
    };
    let mut work = works.read(Actor::System).await?;
    let from = sums::find_position(work.tx(), NAME).await?;
    let piece = Piece {
        after: from.unwrap_or(0),
        up_to: settled,
        events: i64::try_from(events_max).unwrap_or(i64::MAX),
    };
    if piece.up_to <= piece.after {
        return Ok(None);
    }
    let events = log::read(work.tx(), piece).await?;
    let has_more = events.len() == events_max;
    let mut quarters = Deltas::default();
    for event in &events {
        quarters.take(event);
    }
    let to = match events.last() {
        Some(last) if has_more => last.seq,
        Some(_) | None => settled,
    };
    Ok(Some(Folded {
        step: Step {
            name: NAME,
            from,
            to,
        },
        quarters,
        events: events.len(),
        has_more,
    }))
}

/// Adds a piece to the sums; `None` when another worker has done so.
pub(super) async fn put(work: &mut Work, folded: Folded) -> Result<Option<Aggregated>, DbError> {
    let now = work.now;
    // First of all: whoever moves on holds all others up here until it commits.
    if !sums::move_on(work.tx(), folded.step, now).await? {
        return Ok(None);
    }
    let mut quarters = folded.quarters;
    let zones = sums::list_zones(work.tx(), quarters.campaigns()).await?;
    let known: BTreeMap<CampaignId, Zone> = zones
        .iter()
        .map(|one| (one.campaign_id, Zone::named(&one.time_zone)))
        .collect();
    quarters.retain(|id| known.contains_key(&id));
    let mut days = quarters.by_day(&known);
    let mut rows = quarters.rows();
    sums::add(work.tx(), Grain::Quarter, &quarters).await?;
    for one in zones {
        if one.added_in.as_ref() == Some(&one.time_zone) {
            continue;
        }
        sums::set_zone(work.tx(), one.campaign_id, &one.time_zone).await?;
        if one.added_in.is_some() {
            days.retain(|id| id != one.campaign_id);
            rows += add_up_anew(work, one.campaign_id, &known).await?;
        }
    }
    rows += days.rows();
    sums::add(work.tx(), Grain::Day, &days).await?;
    Ok(Some(Aggregated {
        aggregated_rows: rows,
        sampled_events: folded.events,
        has_more: folded.has_more,
    }))
}

/// Makes the days of a campaign anew from its quarters: it has another zone now. That happens only
/// before its first lease, so there is little to do.
async fn add_up_anew(
    work: &mut Work,
    id: CampaignId,
    zones: &BTreeMap<CampaignId, Zone>,
) -> Result<usize, DbError> {
    let all = Span {
        campaign_id: id,
        grain: Grain::Quarter,
        first_slot: i64::MIN,
        last_slot: i64::MAX,
    };
    let days = sums::list(work.tx(), &all).await?.by_day(zones);
    sums::drop_days(work.tx(), id).await?;
    sums::add(work.tx(), Grain::Day, &days).await?;
    Ok(days.rows())
}
