//! Who watched: the figure that every impression keeps from the moment it is one.
//!
//! It stands beside the impressions and never among them.

use beta_kit::db::DbError;
use beta_kit::time::Timestamp;

use super::{Delivery, store};
use crate::id::{CampaignId, ChannelId};
use crate::sessions::{self, Span, ViewerSource};
use crate::work::Work;

/// Gives deliveries that have just completed the number of viewers their channel had meanwhile.
pub async fn measure(work: &mut Work, completed: Vec<&mut Delivery>) -> Result<(), DbError> {
    let spans: Vec<Span> = completed.iter().map(|delivery| span(delivery)).collect();
    let figures = sessions::measure(work, &spans).await?;
    for (delivery, figure) in completed.into_iter().zip(figures) {
        delivery.viewership = figure;
    }
    Ok(())
}

fn span(delivery: &Delivery) -> Span {
    let from = delivery.rendered_at.unwrap_or(delivery.leased_at);
    Span {
        channel_id: delivery.channel_id,
        from,
        until: delivery.completed_at.unwrap_or(from),
    }
}

/// Which impressions to add up the viewers of.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Those of this campaign,
    pub campaign_id: CampaignId,
    /// on these channels, or on all,
    pub channels: Option<Vec<ChannelId>>,
    /// that were completed from this instant
    pub from: Timestamp,
    /// to that one.
    pub until: Timestamp,
}

/// The viewers of some impressions whose figures were found in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedSum {
    /// Where the figures are from; `None` for impressions without one.
    pub source: Option<ViewerSource>,
    /// How they were found.
    pub method: Option<String>,
    /// How many impressions there are.
    pub impressions: i64,
    /// The viewers of all of them together: the audience impressions.
    pub viewers: i64,
}

/// The viewers of impressions, added up by where the figures are from. For callers that know that
/// the campaign may be seen.
pub async fn sum_viewers(work: &mut Work, watched: Watched) -> Result<Vec<WatchedSum>, DbError> {
    store::viewers::sum(work.tx(), watched).await
}
