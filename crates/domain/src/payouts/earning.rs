//! What an assignment has earned and what its next payout says: arithmetic only.
//!
//! A play is worth the price it was leased at, so a later rate changes nothing that is settled.
//! Amounts are rounded over the whole of what an assignment ever earned, and what was paid is
//! taken off afterwards: however often it is run and paid, the parts add up to the rounded whole.

use beta_kit::money::{Currency, Money};
use beta_kit::time::Timestamp;

use super::payout::RateType;
use crate::campaigns::{Campaign, CampaignStatus};
use crate::id::{AssignmentId, ChannelId, PayoutId};

/// Decimals of a stored rate.
const RATE_SCALE: u32 = 4;

/// What the campaign says about every payout of it.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    /// What everything is counted in.
    pub(super) currency: Currency,
    /// What all payouts together never pass, in minor units.
    pub(super) budget_minor: i64,
    /// Whether the campaign is over, so that fees are due even where nothing was shown.
    pub(super) completed: bool,
    /// When the campaign starts.
    pub(super) start: Timestamp,
}

impl Terms {
    /// What `campaign` says.
    pub(super) fn of(campaign: &Campaign) -> Self {
        Self {
            currency: campaign.budget.currency(),
            budget_minor: campaign.budget.minor(),
            completed: campaign.status == CampaignStatus::Completed,
            start: campaign.start_date,
        }
    }
}

/// Where an assignment stands: what it has earned, and what was paid of that.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) assignment_id: AssignmentId,
    pub(super) channel_id: ChannelId,
    /// The rate new plays are leased at.
    pub(super) cpm_rate_e4: Option<i64>,
    /// The fee as it stands now.
    pub(super) fixed_fee_minor: Option<i64>,
    /// What the campaign's ledger holds for the fee.
    pub(super) fee_committed_minor: i64,
    /// Whether the streamer has agreed, and the channel was not taken off before anything was
    /// leased.
    pub(super) accepted: bool,
    /// The settled plays.
    pub(super) plays: Plays,
    /// What was paid.
    pub(super) paid: Paid,
    /// The payout that is still open.
    pub(super) pending: Option<Pending>,
}

/// The settled plays of an assignment.
#[derive(Clone, Debug, Default)]
pub(super) struct Plays {
    pub(super) count: i64,
    /// What they cost together, each at its own price.
    pub(super) earned_e7: i64,
    /// The price of the newest that is in no paid payout.
    pub(super) newest_price_e7: Option<i64>,
    /// When the first that is in no paid payout was settled.
    pub(super) first_unpaid_at: Option<Timestamp>,
    /// When the newest that is in no paid payout was settled.
    pub(super) newest_unpaid_at: Option<Timestamp>,
}

/// What the paid payouts of an assignment add up to, without those that were reversed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Paid {
    /// How many there are, reversed or not.
    pub(super) payouts: i64,
    pub(super) impressions: i64,
    pub(super) minor: i64,
    /// How much of that was for the fixed fee.
    pub(super) fee_minor: i64,
}

/// An open payout as it is stored.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) id: PayoutId,
    pub(super) line: Line,
}

/// What a pending payout says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) rate_type: RateType,
    pub(super) rate_e4: i64,
    pub(super) delivered_impressions: i64,
    pub(super) amount_minor: i64,
    /// How much of the amount is for the fixed fee, before anything is rounded.
    pub(super) fee_minor: i64,
    pub(super) period_start: Timestamp,
    pub(super) period_end: Timestamp,
}

impl Standing {
    /// The fee agreed on, in minor units. One that was lowered after the ledger took it stays.
    pub(super) fn fee_minor(&self) -> i64 {
        self.fixed_fee_minor
            .unwrap_or(0)
            .max(self.fee_committed_minor)
    }

    /// A fee is due with the first settled play, or when the campaign is over and the streamer had
    /// agreed to it.
    pub(super) const fn fee_is_due(&self, terms: &Terms) -> bool {
        self.plays.count > 0 || (terms.completed && self.accepted)
    }

    /// All that was ever earned, in minor units, whether paid or not.
    pub(super) fn whole_amount_minor(&self, terms: &Terms) -> i64 {
        let plays = Money::from_e7(self.plays.earned_e7, terms.currency).minor();
        plays.saturating_add(self.fee_due_minor(terms))
    }

    /// The fee as far as it is due, whether paid or not.
    const fn fee_due_minor(&self, terms: &Terms) -> i64 {
        if self.fee_is_due(terms) {
            self.fee_committed_minor
        } else {
            0
        }
    }

    fn new_impressions(&self) -> i64 {
        self.plays.count - self.paid.impressions
    }

    fn rate(&self, terms: &Terms) -> (RateType, i64) {
        let fee_minor = self.fee_minor();
        if fee_minor > 0 {
            let e4 =
                fee_minor.saturating_mul(10_i64.pow(RATE_SCALE - terms.currency.minor_digits()));
            return (RateType::Fixed, e4);
        }
        // Ten-millionths for one impression are ten-thousandths for a thousand.
        let leased_at = self.plays.newest_price_e7;
        (RateType::Cpm, leased_at.or(self.cpm_rate_e4).unwrap_or(0))
    }

    /// What the open payout says when it is for `amount_minor`; `None` when everything is paid and
    /// there is nothing new to open one for.
    fn line(&self, terms: &Terms, amount_minor: i64) -> Option<Line> {
        let is_new = self.new_impressions() > 0 || amount_minor > 0;
        if !is_new && self.pending.is_none() && self.paid.payouts > 0 {
            return None;
        }
        let (rate_type, rate_e4) = self.rate(terms);
        Some(Line {
            rate_type,
            rate_e4,
            delivered_impressions: self.new_impressions(),
            amount_minor,
            fee_minor: (self.fee_due_minor(terms) - self.paid.fee_minor).max(0),
            period_start: self.plays.first_unpaid_at.unwrap_or(terms.start),
            period_end: self.plays.newest_unpaid_at.unwrap_or(terms.start),
        })
    }
}

/// The open payout of each assignment, in their order.
///
/// The ledger keeps prices exactly and payouts are rounded, so many small ones may round up past
/// the last cent of the budget; the assignments that come last get that much less.
pub(super) fn lines(terms: &Terms, standings: &[Standing]) -> Vec<Option<Line>> {
    let paid: i64 = standings.iter().map(|standing| standing.paid.minor).sum();
    let mut left_minor = (terms.budget_minor - paid).max(0);
    let share = |standing: &Standing| {
        let owed = standing.whole_amount_minor(terms) - standing.paid.minor;
        // Money that left is never asked back.
        let amount_minor = owed.max(0).min(left_minor);
        left_minor -= amount_minor;
        standing.line(terms, amount_minor)
    };
    standings.iter().map(share).collect()
}
