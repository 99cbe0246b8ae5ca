//! A campaign: what is advertised, when, for how much money, and how far its booking has come.

use std::collections::HashMap;

use beta_kit::money::{Currency, Decimal, Money};
use beta_kit::number::Whole;
use beta_kit::page::Place;
use beta_kit::text::{BoundedText, TextError, TimeZoneName};
use beta_kit::text_enum;
use beta_kit::time::Timestamp;
use beta_kit::version::Version;
use serde_json::Value;

use super::limits::{DATE_END, DATE_MIN, EVIDENCE_MAX, TARGETING_BYTES_MAX};
use super::{Assignment, CampaignError, Creative, Flight};
use crate::actor::Role;
use crate::id::{CampaignId, ChannelId, OrganizationId};
use crate::streamers::Channel;

/// What a campaign or its advertiser is called.
pub type CampaignName = BoundedText<2, 120>;
/// What a campaign is for.
pub type Objective = BoundedText<2, 256>;
/// Why a state was changed.
pub type Reason = BoundedText<1, 500>;
/// A level of evidence that a play must have to be billed.
pub type Evidence = Whole<0, EVIDENCE_MAX>;
/// Words to look for in a list of campaigns.
pub type Words = BoundedText<1, 120>;

text_enum! {
    /// How far the booking of a campaign has come.
    pub enum CampaignStatus {
        /// Being written.
        Draft => "draft",
        /// Waits for an administrator.
        Submitted => "submitted",
        /// May run.
        Approved => "approved",
        /// Must be changed before it may run.
        Rejected => "rejected",
        /// Runs.
        Active => "active",
        /// Held back by the agency for a while.
        Paused => "paused",
        /// Over for good.
        Completed => "completed",
    }
}

impl CampaignStatus {
    /// Whether a campaign in this state may move to `next`.
    pub const fn can_become(self, next: Self) -> bool {
        use CampaignStatus as S;
        matches!(
            (self, next),
            (S::Draft, S::Submitted)
                | (S::Submitted, S::Approved | S::Rejected)
                | (S::Rejected, S::Draft)
                | (S::Approved | S::Paused, S::Active | S::Completed)
                | (S::Active, S::Paused | S::Completed)
        )
    }

    /// Whether ads of a campaign in this state may be shown.
    pub const fn is_deliverable(self) -> bool {
        matches!(self, Self::Approved | Self::Active)
    }

    /// Whether only an administrator may move a campaign here.
    pub const fn needs_approval(self) -> bool {
        matches!(self, Self::Approved | Self::Rejected)
    }

    /// Whether somebody of this role may create a campaign in this state.
    pub const fn may_begin_as(self, role: Role) -> bool {
        match role {
            Role::Admin => true,
            Role::Agency => matches!(self, Self::Draft | Self::Submitted),
            Role::Brand | Role::Streamer | Role::Viewer => false,
        }
    }
}

/// A booked campaign.
#[derive(Clone, Debug, PartialEq)]
pub struct Campaign {
    /// Its id.
    pub id: CampaignId,
    /// The agency that booked it.
    pub organization_id: OrganizationId,
    /// The brand that may read along.
    pub brand_organization_id: Option<OrganizationId>,
    /// What it is called.
    pub name: String,
    /// Whose ads it shows.
    pub advertiser: String,
    /// What it is for.
    pub objective: String,
    /// From when it may run.
    pub start_date: Timestamp,
    /// From when it may no longer run.
    pub end_date: Timestamp,
    /// The zone its reporting days are counted in.
    pub time_zone: String,
    /// The most it may cost.
    pub budget: Money,
    /// How far its booking has come.
    pub status: CampaignStatus,
    /// Whom it is meant for: an object of the booker's own making.
    pub targeting: Value,
    /// The level of evidence a play must have to be billed.
    pub billable_evidence: u8,
    /// What its last review said.
    pub review_reason: Option<String>,
    /// Which state of the row this is.
    pub version: Version,
    /// When it was booked.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Campaign {
    /// Where it stands in a list.
    pub fn place(&self) -> Place {
        Place {
            at: self.created_at,
            id: self.id.uuid(),
        }
    }

    /// The budget in the ledger's ten-millionths.
    pub fn budget_e7(&self) -> i64 {
        self.budget
            .to_e7()
            .expect("a stored budget fits the ledger")
    }
}

/// A campaign with everything that hangs on it.
#[derive(Clone, Debug)]
pub struct BookedCampaign {
    /// The campaign.
    pub campaign: Campaign,
    /// Its flights, newest first.
    pub flights: Vec<Flight>,
    /// Its creatives, oldest first.
    pub creatives: Vec<Creative>,
    /// The channels it may run on, oldest first.
    pub assignments: Vec<Assignment>,
}

/// A campaign with everything that hangs on it and the channels it may run on.
#[derive(Clone, Debug)]
pub struct FullCampaign {
    /// The campaign and its parts.
    pub booked: BookedCampaign,
    /// The channel of each assignment.
    pub channels: HashMap<ChannelId, Channel>,
}

/// What somebody wants to book.
#[derive(Clone, Debug)]
pub struct NewCampaign {
    /// The agency; `None` for the actor's own.
    pub organization_id: Option<OrganizationId>,
    /// The brand that may read along.
    pub brand_organization_id: Option<OrganizationId>,
    /// What it is called.
    pub name: CampaignName,
    /// Whose ads it shows.
    pub advertiser: CampaignName,
    /// What it is for.
    pub objective: Objective,
    /// From when it may run.
    pub start_date: Timestamp,
    /// From when it may no longer run.
    pub end_date: Timestamp,
    /// The most it may cost.
    pub budget: Decimal,
    /// In which currency.
    pub currency: Currency,
    /// Whom it is meant for.
    pub targeting: Targeting,
    /// The zone its reporting days are counted in.
    pub time_zone: TimeZoneName,
    /// The level of evidence a play must have to be billed.
    pub billable_evidence: Evidence,
    /// The state it begins in.
    pub status: CampaignStatus,
}

/// Which campaigns to list. An empty field asks for nothing.
#[derive(Clone, Debug, Default)]
pub struct CampaignFilter {
    /// Those in one state.
    pub status: Option<CampaignStatus>,
    /// Those with these words in their name or their advertiser's, in any case.
    pub words: Option<Words>,
    /// Which come first.
    pub order: Order,
}

text_enum! {
    /// Which rows of a list come first.
    pub enum Order {
        /// The newest.
        Newest => "newest",
        /// The oldest: for a queue.
        Oldest => "oldest",
    }
}

#[expect(
    clippy::derivable_impls,
    reason = "an enum of spellings takes no derives"
)]
impl Default for Order {
    fn default() -> Self {
        Self::Newest
    }
}

/// What every campaign asks for that does not say.
pub const EVIDENCE_DEFAULT: Evidence = match Evidence::new(1) {
    Ok(evidence) => evidence,
    Err(_) => Evidence::MIN,
};

impl NewCampaign {
    /// Checks what the fields say together; gives the budget in whole minor units.
    pub(super) fn check(&self) -> Result<Money, CampaignError> {
        check_span(("startDate", self.start_date), ("endDate", self.end_date))?;
        check_budget(self.budget, self.currency)
    }
}

/// The budget in whole minor units of the currency.
pub(super) fn check_budget(budget: Decimal, currency: Currency) -> Result<Money, CampaignError> {
    Money::positive(budget, currency).map_err(|problem| CampaignError::Money {
        field: "budget",
        problem,
    })
}

/// Refuses times out of range and an end that is not later than its start.
pub(super) fn check_span(
    (start_field, start): (&'static str, Timestamp),
    (end_field, end): (&'static str, Timestamp),
) -> Result<(), CampaignError> {
    check_date(start_field, start)?;
    check_date(end_field, end)?;
    if start >= end {
        return Err(CampaignError::DatesOutOfOrder {
            field: end_field,
            start,
            end,
        });
    }
    Ok(())
}

/// The refusal of a span of which only the start was changed names the start.
pub(super) fn blame_start(error: CampaignError, field: &'static str) -> CampaignError {
    match error {
        CampaignError::DatesOutOfOrder { start, end, .. } => {
            CampaignError::DatesOutOfOrder { field, start, end }
        }
        other => other,
    }
}

/// Refuses a time that is out of range.
pub(super) fn check_date(field: &'static str, date: Timestamp) -> Result<(), CampaignError> {
    if date < DATE_MIN || date >= DATE_END {
        return Err(CampaignError::DateOutOfRange { field });
    }
    Ok(())
}

/// Whom a campaign is meant for: an object of bounded size, without NUL in any text.
#[derive(Clone, Debug, PartialEq)]
pub struct Targeting(Value);

impl Targeting {
    /// Checks the value and keeps it.
    pub fn parse(value: Value) -> Result<Self, CampaignError> {
        if !value.is_object() {
            return Err(CampaignError::TargetingNotAnObject);
        }
        if value.to_string().len() > TARGETING_BYTES_MAX {
            return Err(CampaignError::TargetingTooLarge);
        }
        if has_nul(&value) {
            let problem = TextError::ControlCharacter;
            return Err(CampaignError::Text {
                field: "targeting",
                problem,
            });
        }
        Ok(Self(value))
    }

    /// The object.
    pub const fn as_value(&self) -> &Value {
        &self.0
    }
}

impl Default for Targeting {
    /// Meant for everybody.
    fn default() -> Self {
        Self(Value::Object(serde_json::Map::new()))
    }
}

/// Whether a NUL hides in any text or name of the value.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains('\0') || has_nul(value)),
    }
}
