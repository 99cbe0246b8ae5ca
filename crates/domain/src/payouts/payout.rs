//! The noun: money owed to the streamer of one assignment.

use beta_kit::money::{Decimal, Money};
use beta_kit::page::Place;
use beta_kit::text::BoundedText;
use beta_kit::text_enum;
use beta_kit::time::Timestamp;

use crate::id::{CampaignId, ChannelId, PayoutId};

text_enum! {
    /// How an assignment is paid.
    pub enum RateType {
        /// By the thousand impressions.
        Cpm => "cpm",
        /// Once, whatever is shown.
        Fixed => "fixed",
    }
}

text_enum! {
    /// Whether the money has left.
    pub enum PayoutStatus {
        /// It is owed; the next run may still change the figures.
        Pending => "pending",
        /// It was paid; nothing changes it any more.
        Paid => "paid",
    }
}

/// What a payment is called where it was made: the number of a transfer, for example.
pub type Reference = BoundedText<1, 120>;

/// Why a payout was reversed.
pub type ReversalReason = BoundedText<1, 500>;

/// What is owed, or was paid, for some plays of an assignment; or the reversal of that, for as much
/// less than nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payout {
    /// Its id.
    pub id: PayoutId,
    /// The campaign that pays.
    pub campaign_id: CampaignId,
    /// The channel that is paid.
    pub channel_id: ChannelId,
    /// How it is paid.
    pub rate_type: RateType,
    /// The price of a thousand impressions, or the fee.
    pub rate: Decimal,
    /// The impressions it covers; less than nothing for a reversal.
    pub delivered_impressions: i64,
    /// How much it is; less than nothing for a reversal.
    pub amount: Money,
    /// How much of that is for the fixed fee.
    pub fee: Money,
    /// Whether it was paid.
    pub status: PayoutStatus,
    /// When the first play it covers was settled; the campaign's start when it covers none.
    pub period_start: Timestamp,
    /// When the last play it covers was settled; the campaign's start when it covers none.
    pub period_end: Timestamp,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// What the payment is called where it was made.
    pub reference: Option<String>,
    /// The payout that this one takes back.
    pub reverses: Option<PayoutId>,
    /// The payout that takes this one back.
    pub reversed_by: Option<PayoutId>,
    /// Why this one takes another back.
    pub reversal_reason: Option<String>,
}

impl Payout {
    /// Where the page after this payout starts.
    pub fn place(&self) -> Place {
        Place {
            at: self.created_at,
            id: self.id.uuid(),
        }
    }
}
