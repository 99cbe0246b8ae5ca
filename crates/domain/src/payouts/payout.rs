//! The noun: money owed to the streamer of one assignment.

use beta_kit::money::{Decimal, Money};
use beta_kit::page::Place;
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

/// What is owed, or was paid, for some plays of an assignment.
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
    /// The impressions it covers.
    pub delivered_impressions: i64,
    /// How much it is.
    pub amount: Money,
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
