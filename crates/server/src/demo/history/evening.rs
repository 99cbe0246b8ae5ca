//! An evening: channels go on air, show ads now and then, and leave.

use std::time::Duration;

use anyhow::Result;
use beta_domain::events;
use beta_domain::journal::EventType;
use beta_domain::streamers::OverlayIdentity;
use beta_domain::upkeep;
use beta_kit::time::Day;
use serde_json::json;

use super::chance::Chance;
use super::plays::{self, Silent};
use super::{Cast, Past};

/// When an evening begins at the earliest, after midnight.
const EARLIEST: Duration = Duration::from_hours(17);
/// How often an overlay is heard of: often enough for its session to go on.
const STEP: Duration = Duration::from_mins(5);
/// A channel is on air for so many steps at least, and for some more.
const STEPS_MIN: u64 = 20;
const STEPS_MORE: u64 = 10;
/// The other channel stays away on so many evenings out of a hundred.
const AWAY_PERCENT: u64 = 30;
/// How often an ad is shown in a step, out of a hundred times.
const AD_PERCENT: u64 = 38;
/// Long enough for a session to end after its overlay left.
const AFTERWARDS: Duration = Duration::from_mins(6);

/// A channel in an evening.
struct OnAir {
    overlay: OverlayIdentity,
    first_step: u64,
    last_step: u64,
}

pub(super) async fn pass(past: &Past, cast: &Cast, chance: &mut Chance, day: Day) -> Result<()> {
    let [first, second] = cast.overlays;
    let mut channels = vec![on_air(first, chance)];
    if !chance.percent(AWAY_PERCENT) {
        channels.push(on_air(second, chance));
    }
    let begin = day.start().plus(EARLIEST);
    let minutes = Duration::from_secs(chance.below(3_600));
    let last_step = channels.iter().map(|one| one.last_step).max();
    for step in 0..=last_step.unwrap_or_default() {
        let so_far = STEP * u32::try_from(step)?;
        past.clock.set(begin.plus(minutes).plus(so_far));
        let items = channels
            .iter()
            .filter_map(|channel| Some((channel.overlay, sign_of(channel, step)?)))
            .map(|(overlay, sign)| plays::posted(past, overlay, sign, json!({})))
            .map(plays::item)
            .collect::<Vec<_>>();
        events::commit(&past.works, &Silent, &items).await?;
        upkeep::run_once(&past.works).await?;
        for channel in &channels {
            let is_there = channel.first_step <= step && step < channel.last_step;
            if is_there && chance.percent(AD_PERCENT) {
                plays::one(past, cast, chance, channel.overlay).await?;
            }
        }
    }
    past.clock.advance(AFTERWARDS);
    upkeep::run_once(&past.works).await?;
    Ok(())
}

fn on_air(overlay: OverlayIdentity, chance: &mut Chance) -> OnAir {
    let first_step = chance.below(4);
    OnAir {
        overlay,
        first_step,
        last_step: first_step + STEPS_MIN + chance.below(STEPS_MORE),
    }
}

/// What is heard of the channel's overlay in a step.
fn sign_of(channel: &OnAir, step: u64) -> Option<EventType> {
    if step == channel.first_step {
        Some(EventType::OverlayConnected)
    } else if step == channel.last_step {
        Some(EventType::OverlayDisconnected)
    } else if channel.first_step < step && step < channel.last_step {
        Some(EventType::OverlayHeartbeat)
    } else {
        None
    }
}
