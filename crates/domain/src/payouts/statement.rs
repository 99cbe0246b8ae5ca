//! What stands behind a payout: its lines by day, and its plays one by one.
//!
//! The amounts of the lines are exact and add up to the payout: one line says what was rounded.

use beta_kit::money::{Decimal, LEDGER_SCALE};
use beta_kit::page::{Limit, Place};
use beta_kit::text_enum;
use beta_kit::time::{Day, Timestamp};

use super::{Payout, PayoutError, find, store};
use crate::actor::Action;
use crate::campaigns::CreativeFormat;
use crate::id::{CreativeId, DeliveryId, PayoutId, SessionId};
use crate::work::Work;

/// A payout of more plays than this is told by its lines only where all of it stands on paper.
pub const PLAYS_MAX: i64 = 1_000;
/// Decimals of a rate.
const RATE_SCALE: u32 = 4;

text_enum! {
    /// What a line of a statement is for.
    pub enum LineKind {
        /// The plays of one day at one price.
        Plays => "plays",
        /// The fixed fee.
        Fee => "fee",
        /// What is missing to whole minor units, or above them: rounded over everything that the
        /// assignment ever earned, so that it evens out.
        Rounding => "rounding",
    }
}

/// The plays of a payout on one UTC day at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayOfPlays {
    /// The day on which they were settled.
    pub day: Day,
    /// What each costs, in ten-millionths of the currency's unit.
    pub price_e7: i64,
    /// How many there are.
    pub impressions: i64,
}

/// One line of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementLine {
    /// What it is for.
    pub kind: LineKind,
    /// The UTC day of the plays.
    pub day: Option<Day>,
    /// How many plays there are.
    pub impressions: Option<i64>,
    /// What a thousand of them cost.
    pub rate: Option<Decimal>,
    /// What that comes to, exactly, in ten-millionths of the currency's unit.
    pub amount_e7: i64,
}

impl StatementLine {
    /// The exact amount as a decimal number of whole units.
    pub fn amount(&self) -> Decimal {
        Decimal::from_scaled(self.amount_e7, LEDGER_SCALE)
    }
}

/// A payout with its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The payout.
    pub payout: Payout,
    /// Its lines: the plays by day and price, the fee, and what was rounded. They add up to it.
    pub lines: Vec<StatementLine>,
}

/// A play behind a payout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaidPlay {
    /// The delivery.
    pub delivery_id: DeliveryId,
    /// What was shown.
    pub creative_id: CreativeId,
    /// Its format.
    pub format: CreativeFormat,
    /// The time on air.
    pub session_id: SessionId,
    /// When it was settled.
    pub completed_at: Timestamp,
    /// Seconds on screen.
    pub duration_sec: u16,
    /// How well it is proven, 0 to 5.
    pub evidence_level: u8,
    /// What it costs, in ten-millionths of the currency's unit.
    pub price_e7: i64,
}

impl PaidPlay {
    /// Where the page behind it starts.
    pub fn place(&self) -> Place {
        Place {
            at: self.completed_at,
            id: self.delivery_id.uuid(),
        }
    }

    /// What it costs as a decimal number of whole units.
    pub fn price(&self) -> Decimal {
        Decimal::from_scaled(self.price_e7, LEDGER_SCALE)
    }
}

/// A payout that the actor may see, with its lines. Those of a reversal are those of the payout it
/// takes back, each for less than nothing.
pub async fn statement(work: &mut Work, id: PayoutId) -> Result<Statement, PayoutError> {
    work.may(Action::ReadPayouts)?;
    let payout = find(work, id).await?;
    let days = store::list_days(work.tx(), with_plays(&payout)).await?;
    let lines = lines(&payout, &days);
    Ok(Statement { payout, lines })
}

/// The plays behind a payout that the actor may see, the newest first, from `after` on.
pub async fn list_plays(
    work: &mut Work,
    id: PayoutId,
    limit: Limit,
    after: Place,
) -> Result<Vec<PaidPlay>, PayoutError> {
    work.may(Action::ReadPayouts)?;
    let payout = find(work, id).await?;
    Ok(store::list_plays(work.tx(), with_plays(&payout), limit, after).await?)
}

/// Who is paid by whom, in names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parties {
    /// The streamer.
    pub payee: String,
    /// The channel.
    pub channel: String,
    /// The campaign.
    pub campaign: String,
    /// Who pays for it.
    pub advertiser: String,
}

/// A statement with names and plays, for paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Itemized {
    /// The payout and its lines.
    pub statement: Statement,
    /// Who is paid by whom.
    pub parties: Parties,
    /// The plays, the oldest first; empty where there are more than [`PLAYS_MAX`].
    pub plays: Vec<PaidPlay>,
}

/// A payout that the actor may see, with everything that stands on its paper.
pub async fn itemized(work: &mut Work, id: PayoutId) -> Result<Itemized, PayoutError> {
    let statement = statement(work, id).await?;
    let parties = store::parties(work.tx(), id).await?;
    let count = statement.payout.delivered_impressions.abs();
    let plays = if count <= PLAYS_MAX {
        store::list_all_plays(work.tx(), with_plays(&statement.payout), PLAYS_MAX).await?
    } else {
        Vec::new()
    };
    Ok(Itemized {
        statement,
        parties,
        plays,
    })
}

/// The payout that has the plays.
fn with_plays(payout: &Payout) -> PayoutId {
    payout.reverses.unwrap_or(payout.id)
}

/// The lines of a payout with these plays.
pub(super) fn lines(payout: &Payout, days: &[DayOfPlays]) -> Vec<StatementLine> {
    let sign = if payout.reverses.is_some() { -1 } else { 1 };
    let mut lines: Vec<StatementLine> = days
        .iter()
        .map(|of| StatementLine {
            kind: LineKind::Plays,
            day: Some(of.day),
            impressions: Some(sign * of.impressions),
            rate: Some(Decimal::from_scaled(of.price_e7, RATE_SCALE)),
            amount_e7: sign * of.price_e7 * of.impressions,
        })
        .collect();
    let fee_e7 = payout.fee.to_e7().expect("a stored fee fits the ledger");
    let whole_e7 = payout.amount.to_e7().expect("and so does an amount");
    lines.extend((fee_e7 != 0).then(|| plain(LineKind::Fee, fee_e7)));
    let rest_e7 = whole_e7 - lines.iter().map(|line| line.amount_e7).sum::<i64>();
    lines.extend((rest_e7 != 0).then(|| plain(LineKind::Rounding, rest_e7)));
    lines
}

const fn plain(kind: LineKind, amount_e7: i64) -> StatementLine {
    StatementLine {
        kind,
        day: None,
        impressions: None,
        rate: None,
        amount_e7,
    }
}
