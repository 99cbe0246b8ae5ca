//! What streamers are owed and were paid.

use axum::extract::{OriginalUri, State};
use axum::http::{Method, StatusCode};
use beta_documents::pdf::Paper;
use beta_documents::pdf::statement::{Statement, statement, statement_file_name};
use beta_domain::actor::Action;
use beta_domain::id::{CampaignId, ChannelId, PayoutId};
use beta_domain::payouts::{self, Filter, Payout, PayoutStatus, RateType, Reference};
use beta_domain::work::Work;
use beta_kit::describe::ToSchema;
use beta_kit::money::{Currency, Decimal, Money};
use beta_kit::page::{Limit, Place};
use beta_kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::extract::{
    Created, Found, JsonIfAny, Linked, Made, Once, Path, PdfFile, Query, Who, linked, present,
};
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::state::App;

/// How many payouts a page has when nobody says.
const LIMIT_DEFAULT: Limit = Limit::new(50).expect("fifty is a limit");

pub(super) fn endpoints() -> Vec<Endpoint> {
    use Access::Needs;
    vec![
        operation(Method::GET, "/payouts", Needs(Action::ReadPayouts), list)
            .says("listPayouts", "List payouts"),
        // A GET that writes: the API takes no cookie, so that no link can make it.
        operation(
            Method::GET,
            "/payouts/run",
            Needs(Action::RunPayouts),
            run_by_get,
        )
        .says(
            "runPayoutsByGet",
            "Bring the payouts of a campaign up to date",
        )
        .refuses(StatusCode::NOT_FOUND, ""),
        operation(
            Method::POST,
            "/payouts/run",
            Needs(Action::RunPayouts),
            run_by_post,
        )
        .says("runPayouts", "Bring the payouts of a campaign up to date")
        .refuses(StatusCode::NOT_FOUND, ""),
        operation(
            Method::POST,
            "/payouts/{id}/mark-paid",
            Needs(Action::MarkPaid),
            mark_paid,
        )
        .says("markPaid", "Mark a payout as paid")
        .refuses(StatusCode::CONFLICT, "It is paid already"),
        operation(
            Method::GET,
            "/payouts/{id}/statement.pdf",
            Needs(Action::ReadPayouts),
            export_statement,
        )
        .says("exportStatement", "Export what a payout is made of"),
    ]
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PayoutBody {
    id: PayoutId,
    campaign_id: CampaignId,
    channel_id: ChannelId,
    rate_type: RateType,
    rate: Decimal,
    /// Less than nothing for a reversal.
    delivered_impressions: i64,
    /// Less than nothing for a reversal.
    amount: Money,
    currency: Currency,
    status: PayoutStatus,
    period_start: Timestamp,
    period_end: Timestamp,
    created_at: Timestamp,
    #[schema(required)]
    paid_at: Option<Timestamp>,
    /// What the payment is called where it was made.
    #[schema(required)]
    reference: Option<String>,
    /// The payout that this one takes back.
    #[schema(required)]
    reverses: Option<PayoutId>,
    /// The payout that takes this one back.
    #[schema(required)]
    reversed_by: Option<PayoutId>,
    /// Why this one takes another back.
    #[schema(required)]
    reversal_reason: Option<String>,
}

impl From<Payout> for PayoutBody {
    fn from(payout: Payout) -> Self {
        Self {
            id: payout.id,
            campaign_id: payout.campaign_id,
            channel_id: payout.channel_id,
            rate_type: payout.rate_type,
            rate: payout.rate,
            delivered_impressions: payout.delivered_impressions,
            currency: payout.amount.currency(),
            amount: payout.amount,
            status: payout.status,
            period_start: payout.period_start,
            period_end: payout.period_end,
            created_at: payout.created_at,
            paid_at: payout.paid_at,
            reference: payout.reference,
            reverses: payout.reverses,
            reversed_by: payout.reversed_by,
            reversal_reason: payout.reversal_reason,
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"campaignId": "01890a5d-ac96-774b-bcce-b302099a8057"}))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RunRequest {
    campaign_id: CampaignId,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RunBody {
    campaign_id: CampaignId,
    count: usize,
    payouts: Vec<PayoutBody>,
}

/// `GET /payouts/run`
async fn run_by_get(
    State(app): State<App>,
    Who(actor): Who,
    Query(asked): Query<RunRequest>,
) -> Result<Found<RunBody>, Error> {
    let mut work = app.works.begin(actor).await?;
    let body = run(&mut work, asked.campaign_id).await?;
    work.commit().await?;
    Ok(Found(body))
}

/// `POST /payouts/run`
async fn run_by_post(
    State(app): State<App>,
    Who(actor): Who,
    Once(asked, retry): Once<RunRequest>,
) -> Result<Made<RunBody>, Error> {
    let mut work = app.works.begin(actor).await?;
    if let Some(earlier) = retry.earlier(&mut work).await? {
        return Ok(earlier);
    }
    let body = run(&mut work, asked.campaign_id).await?;
    retry.answer(work, body).await
}

async fn run(work: &mut Work, campaign_id: CampaignId) -> Result<RunBody, Error> {
    let payouts = payouts::run(work, campaign_id).await?;
    let payouts: Vec<PayoutBody> = payouts.into_iter().map(Into::into).collect();
    Ok(RunBody {
        campaign_id,
        count: payouts.len(),
        payouts,
    })
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(example = json!({"reference": "SEPA 2026-03-31/0815"}))]
#[serde(deny_unknown_fields)]
struct MarkPaidBody {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    reference: Option<Reference>,
}

/// `POST /payouts/{id}/mark-paid`
async fn mark_paid(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<PayoutId>,
    JsonIfAny(body): JsonIfAny<MarkPaidBody>,
) -> Result<Created<PayoutBody>, Error> {
    let mut work = app.works.begin(actor).await?;
    let payout = payouts::mark_paid(&mut work, id, body.reference.as_ref()).await?;
    work.commit().await?;
    Ok(Created(payout.into()))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ListQuery {
    campaign_id: Option<CampaignId>,
    channel_id: Option<ChannelId>,
    status: Option<PayoutStatus>,
    #[serde(default, deserialize_with = "linked::limit")]
    limit: Option<Limit>,
    #[serde(default, deserialize_with = "linked::mark")]
    cursor: Option<Place>,
}

/// `GET /payouts`
async fn list(
    State(app): State<App>,
    Who(actor): Who,
    OriginalUri(uri): OriginalUri,
    Query(asked): Query<ListQuery>,
) -> Result<Linked<Vec<PayoutBody>>, Error> {
    let ListQuery {
        campaign_id,
        channel_id,
        status,
        limit,
        cursor,
    } = asked;
    let filter = Filter {
        campaign_id,
        channel_id,
        status,
    };
    let limit = limit.unwrap_or(LIMIT_DEFAULT);
    let mut work = app.works.read(actor).await?;
    let page = payouts::list(&mut work, filter, limit, cursor.unwrap_or(Place::START)).await?;
    let next = linked::next(&page, limit, Payout::place);
    let rows = page.into_iter().map(Into::into).collect();
    Ok(Linked::new(rows, &uri, next.as_deref()))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StatementQuery {
    paper: Option<Paper>,
}

/// `GET /payouts/{id}/statement.pdf`
async fn export_statement(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<PayoutId>,
    Query(asked): Query<StatementQuery>,
) -> Result<PdfFile, Error> {
    let mut work = app.works.read(actor).await?;
    let itemized = payouts::itemized(&mut work, id).await?;
    let facts = Statement::of_payout(itemized, work.now);
    // The database is for others while the document is drawn.
    drop(work);
    let paper = asked.paper.unwrap_or(Paper::A4);
    let draw = move || statement(&facts, paper);
    Ok(PdfFile {
        name: statement_file_name(id),
        bytes: app.press.draw(draw).await?,
    })
}
