//! What stands behind a payout, and taking one back.

use axum::extract::State;
use axum::http::{Method, StatusCode};
use beta_domain::actor::Action;
use beta_domain::id::{CreativeId, DeliveryId, PayoutId, SessionId};
use beta_domain::payouts::{self, LineKind, PaidPlay, ReversalReason, Statement, StatementLine};
use beta_kit::describe::ToSchema;
use beta_kit::money::Decimal;
use beta_kit::page::Place;
use beta_kit::time::{Day, Timestamp};
use serde::{Deserialize, Serialize};

use super::payouts::PayoutBody;
use crate::error::Error;
use crate::extract::{Found, Made, Once, Page, Paged, Path, Who};
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::state::App;

pub(super) fn endpoints() -> Vec<Endpoint> {
    use Access::Needs;
    vec![
        operation(
            Method::GET,
            "/payouts/{id}",
            Needs(Action::ReadPayouts),
            find,
        )
        .says("readPayout", "Read a payout with its statement"),
        operation(
            Method::GET,
            "/payouts/{id}/deliveries",
            Needs(Action::ReadPayouts),
            list_plays,
        )
        .says("listPaidDeliveries", "List the plays behind a payout"),
        operation(
            Method::POST,
            "/payouts/{id}/reverse",
            Needs(Action::MarkPaid),
            reverse,
        )
        .says("reversePayout", "Take a paid payout back")
        .refuses(
            StatusCode::CONFLICT,
            "The payout is not paid, already reversed, or a reversal",
        ),
    ]
}

/// A payout with the lines that add up to it.
#[derive(Debug, Serialize, ToSchema)]
struct StatementBody {
    #[serde(flatten)]
    payout: PayoutBody,
    /// The plays by UTC day and price, the fixed fee, and what was rounded.
    lines: Vec<StatementLineBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct StatementLineBody {
    kind: LineKind,
    #[schema(required)]
    day: Option<Day>,
    #[schema(required)]
    impressions: Option<i64>,
    /// What a thousand impressions cost.
    #[schema(required)]
    rate: Option<Decimal>,
    /// Exact, before anything is rounded.
    amount: Decimal,
}

impl From<StatementLine> for StatementLineBody {
    fn from(line: StatementLine) -> Self {
        Self {
            amount: line.amount(),
            kind: line.kind,
            day: line.day,
            impressions: line.impressions,
            rate: line.rate,
        }
    }
}

impl From<Statement> for StatementBody {
    fn from(statement: Statement) -> Self {
        Self {
            payout: statement.payout.into(),
            lines: statement.lines.into_iter().map(Into::into).collect(),
        }
    }
}

/// `GET /payouts/{id}`
async fn find(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<PayoutId>,
) -> Result<Found<StatementBody>, Error> {
    let mut work = app.works.read(actor).await?;
    let statement = payouts::statement(&mut work, id).await?;
    Ok(Found(statement.into()))
}

/// A play behind a payout. Its whole story is at `/deliveries/{deliveryId}`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PaidPlayBody {
    delivery_id: DeliveryId,
    creative_id: CreativeId,
    session_id: SessionId,
    completed_at: Timestamp,
    duration_sec: u16,
    evidence_level: u8,
    /// What the play is worth, exactly.
    price: Decimal,
}

impl From<PaidPlay> for PaidPlayBody {
    fn from(play: PaidPlay) -> Self {
        Self {
            price: play.price(),
            delivery_id: play.delivery_id,
            creative_id: play.creative_id,
            session_id: play.session_id,
            completed_at: play.completed_at,
            duration_sec: play.duration_sec,
            evidence_level: play.evidence_level,
        }
    }
}

/// `GET /payouts/{id}/deliveries`
async fn list_plays(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<PayoutId>,
    page: Page<Place>,
) -> Result<Paged<PaidPlayBody>, Error> {
    let mut work = app.works.read(actor).await?;
    let after = page.after.unwrap_or(Place::START);
    let plays = payouts::list_plays(&mut work, id, page.limit, after).await?;
    let last = plays.last().map(PaidPlay::place);
    Ok(page.answer(plays.into_iter().map(Into::into).collect(), last))
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"reason": "Sent to an account that is closed"}))]
#[serde(deny_unknown_fields)]
struct ReversalBody {
    reason: ReversalReason,
}

/// `POST /payouts/{id}/reverse`
async fn reverse(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<PayoutId>,
    Once(body, retry): Once<ReversalBody>,
) -> Result<Made<PayoutBody>, Error> {
    let mut work = app.works.begin(actor).await?;
    if let Some(earlier) = retry.earlier(&mut work).await? {
        return Ok(earlier);
    }
    let reversal = payouts::reverse(&mut work, id, &body.reason).await?;
    retry.answer(work, reversal.into()).await
}
