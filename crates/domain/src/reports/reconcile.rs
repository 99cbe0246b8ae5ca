//! Recounts closed days from the log and compares: the sums are never simply believed.
//!
//! A difference is an alarm. It is told and written down, and never repaired in silence: whoever
//! reads it must find out why first.

use std::collections::{BTreeMap, BTreeSet};

use beta_kit::db::DbError;
use beta_kit::time::Day;
use beta_kit::zone::{QUARTER, Zone};
use serde_json::{Value, json};

use super::aggregate;
use super::limits::{DAYS_PER_ROUND, EVENTS_AT_ONCE};
use super::store::log::{self, Piece};
use super::store::sums::{self, Span, Step};
use super::sums::{Deltas, Grain, Quarter, Sums, day_of_slot, slot_of};
use crate::actor::Actor;
use crate::audit::{self, Act};
use crate::id::CampaignId;
use crate::work::{Work, Works};

/// The name under which the newest recounted day is kept.
const NEWEST: &str = "reconcile";
/// The name under which the day is kept that was last recounted once more.
const AGAIN: &str = "reconcile_again";

/// What a round found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Days that were recounted.
    pub days: usize,
    /// What differs.
    pub differences: Vec<Difference>,
}

/// A day of a campaign whose sums are not what its events give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The day: of UTC for quarters, else of the campaign's zone.
    pub day: Day,
    /// Which sums differ: `quarter` or `day`.
    pub grain: &'static str,
    /// What is kept, and what the recount gives.
    pub figures: Value,
}

/// Recounts the days that have closed since the last round; when there are none, days that were
/// recounted before, the one after the other.
///
/// # Errors
/// When the database fails; days that were recounted before that stay so.
pub async fn reconcile(works: &Works) -> Result<Reconciled, DbError> {
    let mut round = Reconciled::default();
    let mut seen = BTreeSet::new();
    while round.days < DAYS_PER_ROUND {
        let mut work = works.read(Actor::System).await?;
        let Some(due) = find_due(&mut work).await? else {
            break;
        };
        if !seen.insert(due.day) {
            break;
        }
        let differences = recount(&mut work, due.day).await?;
        drop(work);
        let mut work = works.begin(Actor::System).await?;
        let now = work.now;
        // Another worker may have recounted the same day: it has told what differs.
        if !sums::move_on(work.tx(), due.step, now).await? {
            break;
        }
        for difference in &differences {
            tell(&mut work, difference).await?;
        }
        work.commit().await?;
        round.days += 1;
        round.differences.extend(differences);
    }
    Ok(round)
}

/// The day to recount next.
#[derive(Clone, Copy, Debug)]
struct Due {
    day: Day,
    step: Step,
}

async fn find_due(work: &mut Work) -> Result<Option<Due>, DbError> {
    let Some(first) = log::find_first_day(work.tx()).await? else {
        return Ok(None);
    };
    let first = slot_of(first);
    let yesterday = slot_of(work.now.day()) - 1;
    let newest = sums::find_position(work.tx(), NEWEST).await?;
    let again = sums::find_position(work.tx(), AGAIN).await?;
    let Some((name, from, to)) = next(first, yesterday, newest, again) else {
        return Ok(None);
    };
    let step = Step { name, from, to };
    let day = day_of_slot(to);
    Ok(Some(Due { day, step }))
}

/// Which day is due, as the step from the one before it.
fn next(
    first: i64,
    yesterday: i64,
    newest: Option<i64>,
    again: Option<i64>,
) -> Option<(&'static str, Option<i64>, i64)> {
    if yesterday < first {
        return None;
    }
    let new = newest.map_or(first, |newest| newest + 1).max(first);
    if new <= yesterday {
        return Some((NEWEST, newest, new));
    }
    let old = again.map_or(first, |again| again + 1);
    let old = if (first..=yesterday).contains(&old) {
        old
    } else {
        first
    };
    Some((AGAIN, again, old)).filter(|_| again != Some(old))
}

/// What differs on a day, all campaigns together.
pub(super) async fn recount(work: &mut Work, day: Day) -> Result<Vec<Difference>, DbError> {
    let position = sums::find_position(work.tx(), aggregate::NAME).await?;
    let counted = count_anew(work, day, position.unwrap_or(0)).await?;
    let mut counted = counted.by_campaign();
    let mut zones: BTreeMap<CampaignId, Zone> = sums::list_added_up(work.tx())
        .await?
        .into_iter()
        .map(|(id, zone)| (id, Zone::named(&zone)))
        .collect();
    for id in counted.keys() {
        zones.entry(*id).or_insert_with(|| Zone::named("UTC"));
    }
    let mut differences = Vec::new();
    for (id, zone) in &zones {
        let own = counted.remove(id).unwrap_or_default();
        let quarters = quarters_of(*id, &Zone::named("UTC"), day);
        let kept = sums::list(work.tx(), &quarters).await?;
        differences.extend(compare(*id, day, Grain::Quarter, &kept, &own));

        // Every day of a zone has the beginning of a UTC day in it, so each has its turn.
        let local = zone.day_of(day.start());
        let quarters = quarters_of(*id, zone, local);
        let own = sums::list(work.tx(), &quarters).await?.by_day(&zones);
        let days = Span {
            campaign_id: *id,
            grain: Grain::Day,
            first_slot: slot_of(local),
            last_slot: slot_of(local),
        };
        let kept = sums::list(work.tx(), &days).await?;
        differences.extend(compare(*id, local, Grain::Day, &kept, &own));
    }
    Ok(differences)
}

/// The sums of a UTC day as the events up to `position` give them.
async fn count_anew(work: &mut Work, day: Day, position: i64) -> Result<Deltas, DbError> {
    let mut counted = Deltas::default();
    let mut after = 0;
    loop {
        let piece = Piece {
            after,
            up_to: position,
            events: i64::try_from(EVENTS_AT_ONCE).unwrap_or(i64::MAX),
        };
        let events = log::read_day(work.tx(), day, piece).await?;
        for event in &events {
            counted.take(event);
        }
        match events.last() {
            Some(last) if events.len() == EVENTS_AT_ONCE => after = last.seq,
            Some(_) | None => return Ok(counted),
        }
    }
}

/// The quarters of an hour of a day in a zone.
fn quarters_of(campaign_id: CampaignId, zone: &Zone, day: Day) -> Span {
    let next = day_of_slot(slot_of(day) + 1);
    Span {
        campaign_id,
        grain: Grain::Quarter,
        first_slot: Quarter::of(zone.start_of(day)).0,
        last_slot: Quarter::of(zone.start_of(next).minus(QUARTER)).0,
    }
}

fn compare(
    campaign_id: CampaignId,
    day: Day,
    grain: Grain,
    kept: &Deltas,
    recounted: &Deltas,
) -> Option<Difference> {
    (kept != recounted).then(|| Difference {
        campaign_id,
        day,
        grain: grain.as_str(),
        figures: json!({ "kept": figures(kept), "recounted": figures(recounted) }),
    })
}

/// The sums of all rows, for whoever looks into a difference.
fn figures(deltas: &Deltas) -> Value {
    let mut sums = Sums::default();
    for shown in deltas.shown.values() {
        sums.add(shown);
    }
    let totals = sums.totals();
    let uncounted: i64 = deltas.uncounted.values().sum();
    json!({
        "rows": deltas.rows(), "impressions": totals.impressions, "plays": totals.plays,
        "clicks": totals.clicks, "onScreenMs": totals.on_screen_ms, "priceE7": sums.price_e7,
        "uncounted": uncounted,
    })
}

async fn tell(work: &mut Work, difference: &Difference) -> Result<(), DbError> {
    let act = Act {
        action: "metrics_difference",
        entity_type: "campaign",
        entity_id: difference.campaign_id.to_string(),
        payload: json!({
            "day": difference.day, "grain": difference.grain, "figures": difference.figures,
        }),
    };
    audit::record(work, act).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_days_come_first_and_then_all_days_in_turn() {
        assert_eq!(next(10, 9, None, None), None, "nothing has closed");
        assert_eq!(next(10, 12, None, None), Some((NEWEST, None, 10)));
        assert_eq!(
            next(10, 12, Some(11), Some(10)),
            Some((NEWEST, Some(11), 12))
        );
        assert_eq!(next(10, 12, Some(12), None), Some((AGAIN, None, 10)));
        assert_eq!(
            next(10, 12, Some(12), Some(10)),
            Some((AGAIN, Some(10), 11))
        );
        assert_eq!(
            next(10, 12, Some(12), Some(12)),
            Some((AGAIN, Some(12), 10))
        );
        // The clock was set back: what was recounted is recounted once more.
        assert_eq!(
            next(10, 11, Some(12), Some(12)),
            Some((AGAIN, Some(12), 10))
        );
        assert_eq!(
            next(10, 10, Some(10), Some(10)),
            None,
            "the only day is done"
        );
    }
}
