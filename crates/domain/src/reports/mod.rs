//! What was shown and proven, in numbers: the summary of a campaign and the timeline behind it.
//!
//! `aggregate` keeps sums of the log, `figures` reads them together with what lies past them, and
//! `reconcile` recounts. The room must not format, divide or round: whoever shows a number does
//! that.

pub mod limits;
mod summary;
mod timeline;
mod sums;
mod pacing;
mod store;
mod aggregate;
mod reconcile;
mod figures;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use beta_kit::db::DbError;
use beta_kit::money::Money;
use beta_kit::page::{Cursor, Limit};
use beta_kit::text::TimeZoneName;
use beta_kit::zone::Zone;

pub use aggregate::{Aggregated, Lag, aggregate, lag};
pub use pacing::{Pace, WHOLE_PPM};
pub use reconcile::{Difference, Reconciled, reconcile};
pub use summary::{
    Asked, Audience, DayRow, Group, GroupRow, Groups, Range, Spend, Summary, Totals, Whole,
};
pub use timeline::{ProofChannel, ProofCreative, ProofFilter, ProofItem, ProofType, Verdict};

use crate::actor::{Action, Denied, Scope};
use crate::campaigns::{self, Campaign};
use crate::id::{CampaignId, ChannelId};
use crate::work::Work;
use figures::{Figures, Question};
use pacing::Plan;
use sums::Sums;

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

impl View {
    /// Whether what ran on the channel is seen.
    fn sees(&self, id: ChannelId) -> bool {
        match self {
            Self::Whole => true,
            Self::Channels(channels) => channels.contains(&id),
        }
    }
}

/// What the campaign has delivered on the days that are asked for, each impression, click and play
/// counted once. A streamer sees what ran on their own channels, and no money.
///
/// It is read from the kept sums and from what lies past them in the log, so it is as new as the
/// last event, and costs by days and not by events.
pub async fn summary(
    work: &mut Work,
    campaign_id: CampaignId,
    asked: &Asked,
) -> Result<Summary, ReportError> {
    let (campaign, view) = view(work, campaign_id).await?;
    let zone = zone_of(&campaign, asked.zone.as_ref());
    let question = Question {
        campaign_id,
        zone: &zone,
        range: asked.range,
        group: asked.group,
        view: &view,
    };
    let figures = figures::read(work.tx(), &question).await?;
    let total = figures.total();
    let is_whole = matches!(view, View::Whole);
    let (spend, pace) = if is_whole {
        let spend = spend(work, campaign_id, asked.range, &total).await?;
        let pace = pace(work, &campaign, &question, &total).await?;
        (Some(spend), Some(pace))
    } else {
        (None, None)
    };
    let groups = groups(work, asked.group, &figures, is_whole).await?;
    let rows = figures.days.iter().map(|(day, sums)| DayRow {
        day: *day,
        figures: sums.totals(),
    });
    Ok(Summary {
        time_zone: zone.name().to_owned(),
        rows: rows.collect(),
        groups,
        totals: total.totals(),
        audience: total.audience(),
        evidence: total.evidence.to_vec(),
        uncounted: figures.uncounted.into_iter().collect(),
        clicks_by_source: total.clicks_by_source(),
        spend,
        pace,
        campaign,
    })
}

fn zone_of(campaign: &Campaign, asked: Option<&TimeZoneName>) -> Zone {
    asked.map_or_else(|| Zone::named(&campaign.time_zone), Zone::of)
}

async fn spend(
    work: &mut Work,
    campaign_id: CampaignId,
    range: Range,
    total: &Sums,
) -> Result<Spend, ReportError> {
    let plays_e7 = total.price_e7;
    let fees_e7 = if range.is_open() {
        store::sum_fees(work.tx(), campaign_id).await?
    } else {
        0
    };
    Ok(Spend { plays_e7, fees_e7 })
}

/// How the campaign stands now, whatever days are asked for.
async fn pace(
    work: &mut Work,
    campaign: &Campaign,
    question: &Question<'_>,
    total: &Sums,
) -> Result<Pace, ReportError> {
    let delivered = if question.range.is_open() {
        total.totals().impressions
    } else {
        let own = Zone::named(&campaign.time_zone);
        let ever = Question {
            zone: &own,
            range: Range::default(),
            group: Group::Day,
            ..*question
        };
        let figures = figures::read(work.tx(), &ever).await?;
        figures.total().totals().impressions
    };
    let rates = store::find_rates(work.tx(), campaign.id).await?;
    let fees = Money::new(rates.fees_minor, campaign.budget.currency());
    let plan = Plan {
        start: campaign.start_date,
        end: campaign.end_date,
        budget_e7: campaign.budget_e7(),
        fees_e7: fees.to_e7().unwrap_or(i64::MAX),
        rates_e7: rates.prices_e7,
        rated: rates.rated,
        flights: store::list_flights(work.tx(), campaign.id).await?,
    };
    Ok(plan.pace(delivered, work.now))
}

async fn groups(
    work: &mut Work,
    group: Group,
    figures: &Figures,
    with_money: bool,
) -> Result<Groups, ReportError> {
    Ok(match group {
        Group::Day => Groups::None,
        Group::Hour => Groups::Hours(rows_of(&figures.hours, with_money, |hour| *hour)),
        Group::Channel => {
            let ids = figures.channels.keys().copied().collect();
            let known = store::list_channels(work.tx(), ids).await?;
            let named = |id: &_| known.get(id).cloned();
            let mut rows = rows_of(&figures.channels, with_money, named);
            let name = |channel: &ProofChannel| channel.twitch_channel_name.clone();
            rows.sort_by_cached_key(|row| row.of.as_ref().map(name));
            Groups::Channels(rows)
        }
        Group::Creative => {
            let ids = figures.creatives.keys().copied().collect();
            let known = store::list_creatives(work.tx(), ids).await?;
            let named = |id: &_| known.get(id).cloned();
            Groups::Creatives(rows_of(&figures.creatives, with_money, named))
        }
    })
}

fn rows_of<K, T>(
    figures: &BTreeMap<K, Sums>,
    with_money: bool,
    told: impl Fn(&K) -> T,
) -> Vec<GroupRow<T>> {
    let row = |(of, sums): (&K, &Sums)| GroupRow {
        of: told(of),
        figures: sums.totals(),
        plays_e7: with_money.then_some(sums.price_e7),
    };
    figures.iter().map(row).collect()
}

/// A summary together with its hours, channels and creatives, all of one instant: what a report
/// on paper tells.
pub async fn whole(
    work: &mut Work,
    campaign_id: CampaignId,
    range: Range,
) -> Result<Whole, ReportError> {
    let mut asked: Asked = range.into();
    let summary = summary(work, campaign_id, &asked).await?;
    let mut groups = [Groups::None, Groups::None, Groups::None];
    for (place, group) in groups
        .iter_mut()
        .zip([Group::Hour, Group::Channel, Group::Creative])
    {
        asked.group = group;
        *place = self::summary(work, campaign_id, &asked).await?.groups;
    }
    let (mut hours, mut channels, mut creatives) = (Vec::new(), Vec::new(), Vec::new());
    for group in groups {
        match group {
            Groups::None => {}
            Groups::Hours(rows) => hours = rows,
            Groups::Channels(rows) => channels = rows,
            Groups::Creatives(rows) => creatives = rows,
        }
    }
    Ok(Whole {
        summary,
        hours,
        channels,
        creatives,
    })
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
