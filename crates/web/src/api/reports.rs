//! What a campaign has delivered, and what proves it.

use axum::extract::{OriginalUri, State};
use axum::http::Method;
use beta_documents::csv;
use beta_documents::pdf::Paper;
use beta_documents::pdf::report::{Facts, report, report_file_name};
use beta_domain::actor::Action;
use beta_domain::id::{CampaignId, ChannelId, CreativeId, DeliveryId, SessionId};
use beta_domain::journal::Reason;
use beta_domain::reports::{self, Asked, Group, ProofFilter, ProofType, Range, Verdict};
use beta_kit::describe::ToSchema;
use beta_kit::page::{Cursor, Limit};
use beta_kit::refusal::refuse;
use beta_kit::text::TimeZoneName;
use beta_kit::time::{Day, Timestamp};
use serde::{Deserialize, Deserializer};

use super::delivery_export::{Detail, export_deliveries};
use super::report_bodies::{SummaryBody, TimelineBody};
use crate::error::Error;
use crate::extract::{CsvFile, Found, Linked, Path, PdfFile, Query, Who, linked};
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::state::App;

pub(super) fn endpoints() -> Vec<Endpoint> {
    const SUMMARY: &str = "/reports/campaign/{id}/summary";
    const TIMELINE: &str = "/reports/campaign/{id}/proof-timeline";
    const EXPORT: &str = "/reports/campaign/{id}/export.csv";
    const DOCUMENT: &str = "/reports/campaign/{id}/export.pdf";
    vec![
        operation(
            Method::GET,
            SUMMARY,
            Access::Needs(Action::ReadSummary),
            summary,
        )
        .says("readSummary", "Read what a campaign has delivered"),
        operation(
            Method::GET,
            TIMELINE,
            Access::Needs(Action::ReadSummary),
            timeline,
        )
        .says(
            "readProofTimeline",
            "Read what proves the deliveries of a campaign",
        ),
        operation(
            Method::GET,
            EXPORT,
            Access::Needs(Action::ExportCsv),
            export_csv,
        )
        .says("exportCsv", "Export what a campaign has delivered"),
        operation(
            Method::GET,
            DOCUMENT,
            Access::Needs(Action::ExportPdf),
            export_pdf,
        )
        .says(
            "exportPdf",
            "Export what a campaign has delivered, for its brand",
        ),
    ]
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct SummaryQuery {
    /// The first day, in the time zone.
    #[serde(default, deserialize_with = "day")]
    from: Option<Day>,
    /// The last day, in the time zone.
    #[serde(default, deserialize_with = "day")]
    to: Option<Day>,
    /// The IANA name of the zone that days and hours are meant in; the campaign's own otherwise.
    timezone: Option<TimeZoneName>,
    /// What the rows are put together by; days otherwise.
    group_by: Option<Group>,
}

impl TryFrom<SummaryQuery> for Asked {
    type Error = Error;

    fn try_from(asked: SummaryQuery) -> Result<Self, Error> {
        Ok(Self {
            range: range(asked.from, asked.to)?,
            zone: asked.timezone,
            group: asked.group_by.unwrap_or(Group::Day),
        })
    }
}

fn range(from: Option<Day>, to: Option<Day>) -> Result<Range, Error> {
    match (from, to) {
        (Some(first), Some(last)) if last < first => Err(Error::field(
            "to",
            "range_out_of_order",
            "must not be before from",
        )),
        _ => Ok(Range { from, to }),
    }
}

fn day<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Day>, D::Error> {
    let text = String::deserialize(input)?;
    let is_day = text.len() == "2026-01-01".len();
    let day = is_day
        .then(|| Timestamp::parse(&text))
        .flatten()
        .map(Timestamp::day);
    day.map(Some)
        .ok_or_else(|| refuse("invalid_day", &"must be a day such as 2026-03-01"))
}

/// `GET /reports/campaign/{id}/summary`
async fn summary(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<CampaignId>,
    Query(asked): Query<SummaryQuery>,
) -> Result<Found<SummaryBody>, Error> {
    let mut work = app.works.read(actor).await?;
    let summary = reports::summary(&mut work, id, &asked.try_into()?).await?;
    Ok(Found(summary.into()))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ExportQuery {
    /// What a line is about; days when left out.
    detail: Option<Detail>,
    #[serde(default, deserialize_with = "day")]
    from: Option<Day>,
    #[serde(default, deserialize_with = "day")]
    to: Option<Day>,
}

/// `GET /reports/campaign/{id}/export.csv`
async fn export_csv(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<CampaignId>,
    Query(asked): Query<ExportQuery>,
) -> Result<CsvFile, Error> {
    let ExportQuery { detail, from, to } = asked;
    let range = range(from, to)?;
    if detail == Some(Detail::Deliveries) {
        return export_deliveries(app, actor, id, range).await;
    }
    let mut work = app.works.read(actor).await?;
    let summary = reports::summary(&mut work, id, &range.into()).await?;
    let table = csv::report(&summary)?;
    let name = csv::report_file_name(id);
    let table = table.into();
    Ok(CsvFile { name, table })
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DocumentQuery {
    paper: Option<Paper>,
    #[serde(default, deserialize_with = "day")]
    from: Option<Day>,
    #[serde(default, deserialize_with = "day")]
    to: Option<Day>,
}

/// `GET /reports/campaign/{id}/export.pdf`
async fn export_pdf(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<CampaignId>,
    Query(asked): Query<DocumentQuery>,
) -> Result<PdfFile, Error> {
    let DocumentQuery { paper, from, to } = asked;
    let range = range(from, to)?;
    let mut work = app.works.read(actor).await?;
    let whole = reports::whole(&mut work, id, range).await?;
    let facts = Facts::of_report(whole, range, work.now);
    // The database is for others while the document is drawn.
    drop(work);
    let paper = paper.unwrap_or(Paper::A4);
    let draw = move || report(&facts, paper);
    Ok(PdfFile {
        name: report_file_name(id),
        bytes: app.press.draw(draw).await?,
    })
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct TimelineQuery {
    #[serde(rename = "type")]
    proof_type: Option<ProofType>,
    channel_id: Option<ChannelId>,
    creative_id: Option<CreativeId>,
    session_id: Option<SessionId>,
    delivery_id: Option<DeliveryId>,
    verdict: Option<Verdict>,
    reason: Option<Reason>,
    #[serde(default, deserialize_with = "day")]
    from: Option<Day>,
    #[serde(default, deserialize_with = "day")]
    to: Option<Day>,
    #[serde(default, deserialize_with = "linked::limit")]
    limit: Option<Limit>,
    #[serde(default, deserialize_with = "linked::mark")]
    cursor: Option<Cursor>,
}

impl TryFrom<TimelineQuery> for ProofFilter {
    type Error = Error;

    fn try_from(asked: TimelineQuery) -> Result<Self, Error> {
        let (from, to) = (asked.from, asked.to);
        let Range { from, to } = range(from, to)?;
        Ok(Self {
            proof_type: asked.proof_type,
            channel_id: asked.channel_id,
            creative_id: asked.creative_id,
            session_id: asked.session_id,
            delivery_id: asked.delivery_id,
            verdict: asked.verdict,
            reason: asked.reason,
            from,
            to,
        })
    }
}

/// `GET /reports/campaign/{id}/proof-timeline`
async fn timeline(
    State(app): State<App>,
    Who(actor): Who,
    OriginalUri(uri): OriginalUri,
    Path(id): Path<CampaignId>,
    Query(asked): Query<TimelineQuery>,
) -> Result<Linked<TimelineBody>, Error> {
    let (limit, cursor) = (asked.limit, asked.cursor);
    let filter = asked.try_into()?;
    let mut work = app.works.read(actor).await?;
    let (items, next) = reports::timeline(&mut work, id, filter, limit, cursor).await?;
    let next = next.map(Cursor::encode);
    Ok(Linked::new(
        TimelineBody::new(id, items),
        &uri,
        next.as_deref(),
    ))
}
