//! An assignment: a campaign on a channel, at a price.

use beta_kit::money::{CpmRate, Currency, Decimal, Money, Price};
use beta_kit::text_enum;
use beta_kit::time::Timestamp;

use super::limits::ASSIGNED_CHANNELS_MAX;
use super::{CampaignError, LinkCode};
use crate::id::{AssignmentId, CampaignId, ChannelId};

text_enum! {
    /// What the streamer says to a campaign.
    pub enum AssignmentStatus {
        /// Nothing yet.
        Pending => "pending",
        /// It may run.
        Accepted => "accepted",
        /// It may not run.
        Declined => "declined",
    }
}

impl AssignmentStatus {
    /// Whether the streamer may say `next` after this.
    pub const fn can_become(self, next: Self) -> bool {
        match self {
            Self::Pending => matches!(next, Self::Accepted | Self::Declined),
            Self::Accepted => matches!(next, Self::Declined),
            Self::Declined => matches!(next, Self::Accepted),
        }
    }
}

/// A campaign on a channel, at a price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its id.
    pub id: AssignmentId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The channel.
    pub channel_id: ChannelId,
    /// What 1,000 impressions cost.
    pub cpm_rate: Option<CpmRate>,
    /// What the channel is paid once, whatever the number of impressions. It wins over the rate.
    pub fixed_fee: Option<Money>,
    /// What the streamer says.
    pub status: AssignmentStatus,
    /// When the channel was taken off the campaign.
    pub ended_at: Option<Timestamp>,
    /// Why the streamer declined, when they say so.
    pub decline_reason: Option<String>,
    /// The code of its short link; those from before there were links get theirs soon.
    pub link_code: Option<LinkCode>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Assignment {
    /// What one impression costs: nothing when a fixed fee pays for them all, or no rate was
    /// agreed.
    pub fn price_per_impression(&self) -> Price {
        match (self.fixed_fee, self.cpm_rate) {
            (None, Some(rate)) => rate.price_per_unit(),
            (Some(_), _) | (None, None) => Price::FREE,
        }
    }
}

/// What the streamer's answer is worth after the price of an assignment changed. An answer stays,
/// but nobody who wants to be asked is held to an agreement that became worse.
pub(super) fn answer_to(before: &Assignment, terms: Terms, auto_accept: bool) -> AssignmentStatus {
    let asks = before.status == AssignmentStatus::Accepted && !auto_accept;
    if asks && terms.are_worse_than(before) {
        AssignmentStatus::Pending
    } else {
        before.status
    }
}

/// Channels that somebody wants to assign to a campaign, all at the same price.
#[derive(Clone, Debug)]
pub struct NewAssignments {
    /// The channels; one named twice is assigned once.
    pub channel_ids: Vec<ChannelId>,
    /// What 1,000 impressions cost; `None` leaves what was agreed before.
    pub cpm_rate: Option<Decimal>,
    /// What each channel is paid once; `None` leaves what was agreed before.
    pub fixed_fee: Option<Decimal>,
}

/// The price of an assignment, checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) cpm_rate: Option<CpmRate>,
    pub(super) fixed_fee: Option<Money>,
}

impl Terms {
    /// Whether a streamer may get less by these than by what was agreed: less money of the same
    /// kind, or a fee in the place of a rate.
    fn are_worse_than(self, agreed: &Assignment) -> bool {
        let lower_fee = match (self.fixed_fee, agreed.fixed_fee) {
            (Some(offered), Some(agreed)) => offered.minor() < agreed.minor(),
            (Some(_), None) => agreed.cpm_rate.is_some(),
            (None, _) => false,
        };
        let lower_rate = match (self.cpm_rate, agreed.cpm_rate) {
            (Some(offered), Some(agreed)) => offered.e4() < agreed.e4(),
            (Some(_) | None, None) | (None, Some(_)) => false,
        };
        lower_fee || lower_rate
    }
}

impl NewAssignments {
    /// Checks the number of channels.
    pub(super) fn check(&self) -> Result<(), CampaignError> {
        let max = ASSIGNED_CHANNELS_MAX;
        if self.channel_ids.is_empty() || self.channel_ids.len() > max {
            return Err(CampaignError::WrongCount {
                field: "streamerChannelIds",
                min: 1,
                max,
            });
        }
        Ok(())
    }

    /// The price in the campaign's currency.
    pub(super) fn terms(&self, currency: Currency) -> Result<Terms, CampaignError> {
        let money = |field| move |problem| CampaignError::Money { field, problem };
        let cpm_rate = self
            .cpm_rate
            .map(CpmRate::from_decimal)
            .transpose()
            .map_err(money("cpmRate"))?;
        let fixed_fee = self
            .fixed_fee
            .map(|fee| Money::positive(fee, currency))
            .transpose()
            .map_err(money("fixedFee"))?;
        Ok(Terms {
            cpm_rate,
            fixed_fee,
        })
    }
}
