//! What was shown and proven, in numbers: the summary of a campaign and the timeline behind it.
//!
//! Everything is counted live from the events and the deliveries, which it reads with read-only
//! SQL of its own. It must not write, format, divide or round: whoever shows a number does that.

mod limits;
mod summary;
mod timeline;
mod store;
#[cfg(test)]
mod tests;

use beta_kit::db::DbError;
use beta_kit::page::{Cursor, Limit};

pub use summary::{DayRow, Range, Spend, Summary, Totals};
pub use timeline::{ProofChannel, ProofCreative, ProofFilter, ProofItem, ProofType, Verdict};

use crate::actor::{Action, Denied, Scope};
use crate::campaigns::{self, Campaign};
use crate::id::{CampaignId, ChannelId};
use crate::work::Work;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The role may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such campaign for this actor.
    #[error("no campaign {0}")]
    CampaignNotFound(CampaignId),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// How much of a campaign an actor sees.
#[derive(Clone, Debug)]
enum View {
    /// All of it, with the money.
    Whole,
    /// What ran on these channels, without money.
    Channels(Vec<ChannelId>),
}

/// The figures of the campaign on the days of `range`, each impression, click and play counted
/// once. A streamer sees those of their own channels, and no money.
pub async fn summary(
    work: &mut Work,
    campaign_id: CampaignId,
    range: Range,
) -> Result<Summary, ReportError> {
    let (campaign, view) = view(work, campaign_id).await?;
    let days = store::list_days(work.tx(), campaign_id, range, &view).await?;
    let uncounted = store::count_uncounted(work.tx(), campaign_id, range, &view).await?;
    let spend = match view {
        View::Whole => Some(spend(work, campaign_id, range, &days).await?),
        View::Channels(_) => None,
    };
    let rows: Vec<DayRow> = days.into_iter().map(|day| day.row).collect();
    let totals = rows.iter().fold(Totals::default(), Totals::plus);
    let clicks_by_source = store::count_clicks(work.tx(), campaign_id, range, &view).await?;
    Ok(Summary {
        campaign,
        rows,
        totals,
        uncounted,
        clicks_by_source,
        spend,
    })
}

async fn spend(
    work: &mut Work,
    campaign_id: CampaignId,
    range: Range,
    days: &[store::Day],
) -> Result<Spend, ReportError> {
    let plays_e7 = days.iter().map(|day| day.price_e7).sum();
    let fees_e7 = if range.is_open() {
        store::sum_fees(work.tx(), campaign_id).await?
    } else {
        0
    };
    Ok(Spend { plays_e7, fees_e7 })
}

/// What proves the figures: the events of the campaign's plays before `before`, newest first, and
/// where the next page starts. A streamer sees those of their own channels.
pub async fn timeline(
    work: &mut Work,
    campaign_id: CampaignId,
    filter: ProofFilter,
    limit: Option<Limit>,
    before: Option<Cursor>,
) -> Result<(Vec<ProofItem>, Option<Cursor>), ReportError> {
    let (_, view) = view(work, campaign_id).await?;
    let rows = limit.map_or(limits::TIMELINE_ROWS, Limit::get);
    let page = store::ProofPage {
        filter,
        rows,
        before,
    };
    let items = store::list_proof(work.tx(), campaign_id, &view, page).await?;
    let next = items
        .last()
        .filter(|_| items.len() == rows)
        .map(|item| item.cursor);
    Ok((items, next))
}

/// The campaign and how much of it the actor sees.
async fn view(work: &mut Work, id: CampaignId) -> Result<(Campaign, View), ReportError> {
    work.may(Action::ReadSummary)?;
    let scope = work.actor().scope();
    let (scope, view) = match scope {
        Scope::All | Scope::Organization(_) | Scope::None => (scope, View::Whole),
        Scope::Streamer(user) => {
            let channels = store::list_own_channels(work.tx(), id, user).await?;
            if channels.is_empty() {
                return Err(ReportError::CampaignNotFound(id));
            }
            (Scope::All, View::Channels(channels))
        }
    };
    let campaign = campaigns::find_campaign(work.tx(), scope, id).await?;
    Ok((campaign.ok_or(ReportError::CampaignNotFound(id))?, view))
}
