//! The bodies of reports. Ratios and minutes are divided here and nowhere else.

use std::collections::BTreeMap;

use beta_domain::campaigns::{Campaign, CampaignStatus};
use beta_domain::clicks::ClickSource;
use beta_domain::id::{CampaignId, ChannelId, CreativeId, DeliveryId, EventId, SessionId};
use beta_domain::reports::{
    Audience, DayRow, GroupRow, Groups, Pace, ProofChannel, ProofCreative, ProofItem, ProofType,
    Spend, Summary, Totals, Verdict, WHOLE_PPM,
};
use beta_domain::sessions::{VIEWERS_METHOD, ViewerSource};
use beta_kit::describe::ToSchema;
use beta_kit::money::{Currency, Decimal, LEDGER_SCALE, Money};
use beta_kit::time::{Day, Timestamp};
use beta_kit::zone::Hour;
use serde::Serialize;
use serde_json::Value;

const MILLIS_PER_MINUTE: f64 = 60_000.0;

/// The answer of the summary.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SummaryBody {
    campaign: ReportedCampaignBody,
    /// The zone that days and hours are meant in.
    #[serde(rename = "timezone")]
    time_zone: String,
    rows: Vec<RowBody>,
    totals: TotalsBody,
    #[schema(required)]
    pacing: Option<PacingBody>,
}

/// How the campaign stands now against its plan, whatever days were asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PacingBody {
    /// Impressions that budget and flights allow in all.
    #[schema(required)]
    goal: Option<i64>,
    /// The goal times the share of the campaign's time that is gone.
    #[schema(required)]
    planned: Option<i64>,
    delivered: i64,
    /// How much of the campaign's time is gone, from 0 to 1.
    time_gone: f64,
}

/// A campaign without what hangs on it; its budget only for those who see its money.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReportedCampaignBody {
    id: CampaignId,
    name: String,
    advertiser: String,
    objective: String,
    start_date: Timestamp,
    end_date: Timestamp,
    #[schema(required)]
    budget: Option<Money>,
    currency: Currency,
    status: CampaignStatus,
    #[schema(value_type = Object)]
    targeting: Value,
    created_at: Timestamp,
    updated_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RowBody {
    /// In rows of days and hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    day: Option<Day>,
    /// When the hour began on the clocks of the zone, with their offset; in rows of hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    hour: Option<String>,
    /// In rows of channels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    channel: Option<ProofChannelBody>,
    /// In rows of creatives.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    creative: Option<ProofCreativeBody>,
    impressions: i64,
    clicks: i64,
    plays: i64,
    minutes_on_screen: f64,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TotalsBody {
    impressions: i64,
    clicks: i64,
    plays: i64,
    minutes_on_screen: f64,
    ctr: f64,
    uncounted: BTreeMap<String, i64>,
    clicks_by_source: BTreeMap<ClickSource, i64>,
    /// Verified plays times the viewers at that time: modelled, beside the impressions.
    audience_impressions: i64,
    audience: AudienceFiguresBody,
    /// Impressions by the evidence there was for each.
    evidence: BTreeMap<String, i64>,
    #[schema(required)]
    spend: Option<Decimal>,
}

/// Where the audience impressions are from.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AudienceFiguresBody {
    /// The impressions for which there is a figure of viewers; the others add nothing.
    impressions_with_figure: i64,
    source: ViewerSource,
    /// The name and version of how a figure is found.
    method: &'static str,
}

impl From<Audience> for AudienceFiguresBody {
    fn from(audience: Audience) -> Self {
        Self {
            impressions_with_figure: audience.plays_with_figure,
            source: ViewerSource::Profile,
            method: VIEWERS_METHOD,
        }
    }
}

impl From<Summary> for SummaryBody {
    fn from(summary: Summary) -> Self {
        let Summary {
            campaign,
            rows,
            totals,
            time_zone,
            groups,
            evidence,
            uncounted,
            clicks_by_source,
            audience,
            spend,
            pace,
        } = summary;
        let levels = evidence.iter().enumerate();
        Self {
            campaign: ReportedCampaignBody::new(campaign, spend.is_some()),
            time_zone,
            rows: row_bodies(&rows, groups),
            pacing: pace.map(PacingBody::from),
            totals: TotalsBody {
                impressions: totals.impressions,
                clicks: totals.clicks,
                plays: totals.plays,
                minutes_on_screen: minutes(&totals),
                ctr: ratio(totals.clicks, totals.impressions),
                uncounted: uncounted.into_iter().collect(),
                clicks_by_source: clicks_by_source.into_iter().collect(),
                audience_impressions: audience.impressions,
                audience: audience.into(),
                evidence: levels
                    .map(|(level, plays)| (format!("E{level}"), *plays))
                    .collect(),
                spend: spend
                    .map(Spend::total_e7)
                    .map(|e7| Decimal::from_scaled(e7, LEDGER_SCALE)),
            },
        }
    }
}

impl ReportedCampaignBody {
    fn new(campaign: Campaign, with_budget: bool) -> Self {
        Self {
            id: campaign.id,
            name: campaign.name,
            advertiser: campaign.advertiser,
            objective: campaign.objective,
            start_date: campaign.start_date,
            end_date: campaign.end_date,
            currency: campaign.budget.currency(),
            budget: Some(campaign.budget).filter(|_| with_budget),
            status: campaign.status,
            targeting: campaign.targeting,
            created_at: campaign.created_at,
            updated_at: campaign.updated_at,
        }
    }
}

/// The rows of what was asked for.
fn row_bodies(days: &[DayRow], groups: Groups) -> Vec<RowBody> {
    match groups {
        Groups::None => days.iter().map(RowBody::of_day).collect(),
        Groups::Hours(rows) => rows.iter().map(RowBody::of_hour).collect(),
        Groups::Channels(rows) => rows.into_iter().map(RowBody::of_channel).collect(),
        Groups::Creatives(rows) => rows.into_iter().map(RowBody::of_creative).collect(),
    }
}

impl RowBody {
    fn of_day(DayRow { day, figures }: &DayRow) -> Self {
        Self {
            day: Some(*day),
            ..Self::of(figures)
        }
    }

    fn of_hour(row: &GroupRow<Hour>) -> Self {
        Self {
            day: Some(row.of.day()),
            hour: Some(row.of.to_string()),
            ..Self::of(&row.figures)
        }
    }

    fn of_channel(row: GroupRow<Option<ProofChannel>>) -> Self {
        Self {
            channel: row.of.map(ProofChannelBody::from),
            ..Self::of(&row.figures)
        }
    }

    fn of_creative(row: GroupRow<Option<ProofCreative>>) -> Self {
        Self {
            creative: row.of.map(ProofCreativeBody::from),
            ..Self::of(&row.figures)
        }
    }

    fn of(figures: &Totals) -> Self {
        Self {
            day: None,
            hour: None,
            channel: None,
            creative: None,
            impressions: figures.impressions,
            clicks: figures.clicks,
            plays: figures.plays,
            minutes_on_screen: minutes(figures),
        }
    }
}

impl From<Pace> for PacingBody {
    fn from(pace: Pace) -> Self {
        Self {
            goal: pace.goal,
            planned: pace.planned,
            delivered: pace.delivered,
            time_gone: ratio(pace.time_gone_ppm, WHOLE_PPM),
        }
    }
}

fn minutes(figures: &Totals) -> f64 {
    double(figures.on_screen_ms) / MILLIS_PER_MINUTE
}

fn ratio(part: i64, whole: i64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        double(part) / double(whole)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "JSON numbers are doubles, and counts fit them"
)]
const fn double(count: i64) -> f64 {
    count as f64
}

/// The answer of the proof timeline.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TimelineBody {
    campaign_id: CampaignId,
    events: Vec<ProofBody>,
}

impl TimelineBody {
    /// The events of a campaign.
    pub(super) fn new(campaign_id: CampaignId, items: Vec<ProofItem>) -> Self {
        Self {
            campaign_id,
            events: items.into_iter().map(Into::into).collect(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ProofBody {
    id: EventId,
    #[serde(rename = "type")]
    proof_type: ProofType,
    ts: Timestamp,
    occurred_at: Timestamp,
    request_id: String,
    #[schema(required)]
    channel: Option<ProofChannelBody>,
    #[schema(required)]
    creative: Option<ProofCreativeBody>,
    #[schema(required)]
    session_id: Option<SessionId>,
    /// Its whole story is at `/deliveries/{deliveryId}`.
    #[schema(required)]
    delivery_id: Option<DeliveryId>,
    #[schema(required)]
    evidence_level: Option<u8>,
    verdict: Verdict,
    #[schema(required)]
    reason: Option<String>,
    #[schema(value_type = Object)]
    payload: Value,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ProofChannelBody {
    id: ChannelId,
    twitch_channel_name: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ProofCreativeBody {
    id: CreativeId,
    object_key: String,
    format: String,
}

impl From<ProofChannel> for ProofChannelBody {
    fn from(channel: ProofChannel) -> Self {
        Self {
            id: channel.id,
            twitch_channel_name: channel.twitch_channel_name,
        }
    }
}

impl From<ProofCreative> for ProofCreativeBody {
    fn from(creative: ProofCreative) -> Self {
        Self {
            id: creative.id,
            object_key: creative.object_key,
            format: creative.format,
        }
    }
}

impl From<ProofItem> for ProofBody {
    fn from(item: ProofItem) -> Self {
        let channel = item.channel.map(ProofChannelBody::from);
        let creative = item.creative.map(ProofCreativeBody::from);
        Self {
            id: item.id,
            proof_type: item.proof_type,
            ts: item.ts,
            occurred_at: item.occurred_at,
            request_id: item.request_id,
            channel,
            creative,
            session_id: item.session_id,
            delivery_id: item.delivery_id,
            evidence_level: item.evidence_level,
            verdict: item.verdict,
            reason: item.reason,
            payload: item.payload,
        }
    }
}
