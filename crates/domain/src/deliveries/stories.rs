//! What was shown, and the whole story of each: for whoever may know.
//!
//! A streamer sees no prices, and where an overlay was is told to its owner and to administrators
//! only.

use beta_kit::db::DbError;
use beta_kit::money::{Currency, Price};
use beta_kit::page::{Limit, Place};
use beta_kit::time::Timestamp;

use super::limits::STORY_EVENTS_MAX;
use super::store::stories;
use super::{Delivery, DeliveryState};
use crate::actor::{Action, Denied, Scope};
use crate::campaigns::CreativeFormat;
use crate::id::{CampaignId, ChannelId, DeliveryId};
use crate::journal::{self, LoggedEvent};
use crate::work::Work;

/// Why a story is not told.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    /// The role may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such delivery, or it is not the actor's to see.
    #[error("there is no such delivery")]
    DeliveryNotFound,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Which deliveries to list. An empty field asks for nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct StoryFilter {
    /// Those of one campaign.
    pub campaign_id: Option<CampaignId>,
    /// Those on one channel.
    pub channel_id: Option<ChannelId>,
    /// Those in one state.
    pub state: Option<DeliveryState>,
}

/// A delivery with the names of what it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The delivery.
    pub delivery: Delivery,
    /// The name of its campaign.
    pub campaign_name: String,
    /// The name of its channel on Twitch.
    pub channel_name: String,
    /// What kind of thing it shows.
    pub format: CreativeFormat,
    /// What it costs; `None` for whoever may not know.
    pub cost: Option<Cost>,
}

/// What a delivery costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// What was agreed for it.
    pub price: Price,
    /// What it cost: the price of an impression, and else nothing.
    pub spent: Price,
    /// In which currency.
    pub currency: Currency,
}

impl Told {
    /// Where the page behind it starts.
    pub fn place(&self) -> Place {
        Place {
            at: self.delivery.leased_at,
            id: self.delivery.id.uuid(),
        }
    }

    /// The states it has been in and since when, in order.
    pub fn states(&self) -> Vec<(DeliveryState, Timestamp)> {
        let delivery = &self.delivery;
        let ended = (!delivery.state.is_open()).then_some(delivery.state);
        let steps = [
            (DeliveryState::Leased, Some(delivery.leased_at)),
            (DeliveryState::Acknowledged, delivery.acknowledged_at),
            (DeliveryState::Rendered, delivery.rendered_at),
        ];
        let steps = steps.into_iter();
        let steps = steps.chain(ended.map(|state| (state, delivery.ended_at)));
        steps.filter_map(|(state, at)| Some((state, at?))).collect()
    }
}

/// A delivery and everything that was reported about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// The delivery.
    pub told: Told,
    /// Its events in the order of the log.
    pub events: Vec<LoggedEvent>,
    /// Whether there are more of them than are told.
    pub has_more_events: bool,
}

/// The deliveries behind `after` that the actor may see, the newest first.
pub async fn list(
    work: &mut Work,
    filter: StoryFilter,
    limit: Limit,
    after: Place,
) -> Result<Vec<Told>, StoryError> {
    work.may(Action::ReadDeliveries)?;
    let scope = work.actor().scope();
    let told = stories::list(work.tx(), scope, filter, limit, after).await?;
    Ok(told
        .into_iter()
        .map(|told| for_eyes_of(scope, told))
        .collect())
}

/// The whole story of one delivery.
pub async fn story(work: &mut Work, id: DeliveryId) -> Result<Story, StoryError> {
    work.may(Action::ReadDeliveries)?;
    let scope = work.actor().scope();
    let told = stories::find(work.tx(), scope, id).await?;
    let told = told.ok_or(StoryError::DeliveryNotFound)?;
    let mut events = journal::list_of_delivery(work.tx(), id, STORY_EVENTS_MAX + 1).await?;
    let has_more_events = events.len() > STORY_EVENTS_MAX;
    events.truncate(STORY_EVENTS_MAX);
    if !may_know_place(scope) {
        for event in &mut events {
            event.ip = None;
            event.user_agent = None;
        }
    }
    Ok(Story {
        told: for_eyes_of(scope, told),
        events,
        has_more_events,
    })
}

/// The address of an overlay is that of somebody's home.
const fn may_know_place(scope: Scope) -> bool {
    matches!(scope, Scope::All | Scope::Streamer(_))
}

pub(super) fn for_eyes_of(scope: Scope, mut told: Told) -> Told {
    if scope.streamer().is_some() {
        told.cost = None;
    }
    told
}
