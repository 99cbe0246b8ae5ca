//! Deliveries: may an ad run, the lease that lets it, and what becomes of the lease.
//!
//! Every cap and the budget hold because a lease is decided and inserted in one transaction that
//! holds the channel and the campaign's ledger, and because an open lease counts like an
//! impression until it settles or is released. Nothing here talks to an overlay.

mod booking;
mod delivery;
mod lease;
mod policy;
mod refused;
mod stories;
mod export;
mod viewers;
mod store;
pub mod limits;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use beta_kit::db::DbError;
use beta_kit::time::Timestamp;
use serde_json::json;

pub use delivery::{Delivery, DeliveryState, LeaseTimes};
pub use export::{Export, ExportError, export};
pub use lease::{Command, Lease, Target, TriggerError, TriggerRequest, lease};
pub use policy::{Caps, Counts, Refusal, Screen, check};
pub use refused::note_refusal;
pub use stories::{Cost, Story, StoryError, StoryFilter, Told, list, story};
pub use viewers::measure;

use crate::campaigns::{self, Ended};
use crate::id::{AssignmentId, CampaignId, ChannelId, CreativeId, DeliveryId};
use crate::journal::{self, EventType};
use crate::signal::{LiveMessage, Signal};
use crate::streamers;
use crate::work::Work;

/// The deliveries with these ids, locked until the work ends.
pub async fn lock_many(
    work: &mut Work,
    ids: Vec<DeliveryId>,
) -> Result<HashMap<DeliveryId, Delivery>, DbError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    store::lock_many(work.tx(), ids).await
}

/// The delivery of this creative on this channel that a report without a `commandId` means: the
/// open one, else the newest.
pub async fn find_meant(
    work: &mut Work,
    channel_id: ChannelId,
    campaign_id: CampaignId,
    creative_id: CreativeId,
) -> Result<Option<DeliveryId>, DbError> {
    let of = store::Meant {
        channel: channel_id,
        campaign: campaign_id,
        creative: creative_id,
    };
    match store::find_newest_open_of(work.tx(), of).await? {
        Some(open) => Ok(Some(open)),
        None => store::find_newest_of(work.tx(), of).await,
    }
}

/// The creative that was shown last for this assignment.
pub(crate) async fn last_shown(
    work: &mut Work,
    id: AssignmentId,
) -> Result<Option<CreativeId>, DbError> {
    store::last_shown(work.tx(), id).await
}

/// One delivery, by its id.
pub async fn find(work: &mut Work, id: DeliveryId) -> Result<Option<Delivery>, DbError> {
    store::find(work.tx(), id).await
}

/// A delivery that moved on.
#[derive(Clone, Copy, Debug)]
pub struct Moved<'a> {
    /// As it was read.
    pub before: &'a Delivery,
    /// As it is now.
    pub after: &'a Delivery,
}

/// Writes deliveries that moved on, and moves their money with them: from reserved to spent when
/// one completed, back to the campaign when it was released.
pub async fn save(work: &mut Work, moved: &[Moved<'_>]) -> Result<(), DbError> {
    let mut ended: BTreeMap<CampaignId, Ended> = BTreeMap::new();
    for Moved { before, after } in moved {
        assert_eq!(before.id, after.id, "a delivery keeps its id");
        if before.state.is_open() && !after.state.is_open() {
            let sums = ended.entry(after.campaign_id).or_default();
            if after.state == DeliveryState::Completed {
                sums.spent_e7 += after.price.e7();
            } else {
                sums.released_e7 += after.price.e7();
            }
        }
    }
    store::save_many(work.tx(), moved).await?;
    campaigns::end_plays(work.tx(), &ended).await?;
    for Moved { before, after } in moved {
        if before.state != after.state {
            announce(work, after);
        }
    }
    Ok(())
}

/// Tells the live feed of a delivery's new state.
fn announce(work: &mut Work, delivery: &Delivery) {
    let message = LiveMessage::DeliveryState {
        delivery_id: delivery.id,
        channel_id: delivery.channel_id,
        campaign_id: delivery.campaign_id,
        state: delivery.state.as_str(),
        reason: delivery.reason.clone(),
        at: work.now,
    };
    work.after_commit(Signal::Live {
        audience: delivery.audience(),
        message,
    });
}

/// Releases a lease by an act of the server and writes down why.
pub async fn release(
    work: &mut Work,
    delivery: &Delivery,
    state: DeliveryState,
    reason: &'static str,
) -> Result<Delivery, DbError> {
    let mut released = delivery.clone();
    released.release(state, reason, work.now);
    let moved = Moved {
        before: delivery,
        after: &released,
    };
    save(work, &[moved]).await?;
    let payload = json!({ "reason": reason, "source": "server" });
    let event = journal::system_event(work, EventType::AdError, released.links(), payload);
    journal::append(work, vec![event]).await?;
    Ok(released)
}

/// Expires every lease whose time to report has passed; returns how many there were.
pub async fn sweep(work: &mut Work) -> Result<usize, DbError> {
    let now = work.now;
    let mut overdue = store::list_overdue(work.tx(), now, limits::SWEEP_MAX).await?;
    // Ledgers are locked in the order of campaigns, as everybody does who locks several.
    overdue.sort_unstable_by_key(|delivery| (delivery.campaign_id, delivery.id));
    for delivery in &overdue {
        release(work, delivery, DeliveryState::Expired, "lease_expired").await?;
    }
    Ok(overdue.len())
}

/// What an overlay's channel shows at `now`: the lease that takes its screen.
pub async fn find_on_screen(
    work: &mut Work,
    channel_id: ChannelId,
    now: Timestamp,
) -> Result<Option<Delivery>, DbError> {
    let newest = store::find_newest_open(work.tx(), channel_id).await?;
    Ok(newest.filter(|delivery| delivery.busy_until > now))
}

/// How many impressions each of these campaigns has; campaigns without any are left out. For
/// callers that know that the campaigns may be seen.
pub async fn count_impressions(
    work: &mut Work,
    ids: Vec<CampaignId>,
) -> Result<HashMap<CampaignId, i64>, DbError> {
    store::count_impressions(work.tx(), ids).await
}

/// How many impressions each of these assignments has; those without any are left out. For callers
/// that know that the assignments may be seen.
pub async fn count_impressions_of_assignments(
    work: &mut Work,
    ids: Vec<AssignmentId>,
) -> Result<HashMap<AssignmentId, i64>, DbError> {
    store::count_impressions_of_assignments(work.tx(), ids).await
}

/// Whether the channel exists, for a trigger that names it.
async fn lock_channel(
    work: &mut Work,
    channel_id: ChannelId,
) -> Result<Option<streamers::Channel>, DbError> {
    streamers::hold_channel(work.tx(), channel_id).await
}
