//! What a payout is made of: its plays by day, and one by one where they are few. Read only.

pub(super) mod store;
#[cfg(test)]
mod tests;

use beta_kit::time::{Day, Timestamp};

use super::{Payout, PayoutError};
use crate::actor::Action;
use crate::campaigns::CreativeFormat;
use crate::id::{DeliveryId, PayoutId};
use crate::work::Work;

/// A payout of more plays than this lists its days only.
pub const PLAYS_MAX: i64 = 1_000;

/// A payout and what it is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The payout.
    pub payout: Payout,
    /// The streamer's name.
    pub payee: String,
    /// The channel's name.
    pub channel: String,
    /// The campaign's name.
    pub campaign: String,
    /// Who pays for the campaign.
    pub advertiser: String,
    /// The days on which its plays were settled, in order.
    pub days: Vec<SettledDay>,
    /// Its plays in the order in which they were settled; empty where there are more than
    /// [`PLAYS_MAX`].
    pub plays: Vec<SettledPlay>,
}

/// A day's part of a payout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettledDay {
    /// The UTC day.
    pub day: Day,
    /// How many plays were settled on it.
    pub impressions: i64,
    /// What they cost together, each at its own price.
    pub earned_e7: i64,
}

/// One play of a payout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettledPlay {
    /// The delivery.
    pub id: DeliveryId,
    /// When it was settled.
    pub at: Timestamp,
    /// What was shown.
    pub format: CreativeFormat,
    /// For how long, in seconds.
    pub duration_sec: i64,
    /// What it cost.
    pub earned_e7: i64,
}

/// The payout, when the actor may see it, and what it is made of. Payouts cover the plays of their
/// assignment in the order in which these were settled and those were paid.
pub async fn statement(work: &mut Work, id: PayoutId) -> Result<Statement, PayoutError> {
    work.may(Action::ReadPayouts)?;
    let scope = work.actor().scope();
    let statement = store::find(work.tx(), id, scope).await?;
    let mut statement = statement.ok_or(PayoutError::NotFound(id))?;
    statement.days = store::list_days(work.tx(), id).await?;
    if statement.payout.delivered_impressions <= PLAYS_MAX {
        statement.plays = store::list_plays(work.tx(), id).await?;
    }
    Ok(statement)
}
