//! What may be changed of what is booked, in which state and by whom: pure rules.
//!
//! An administrator approves a campaign as it is. Its agency may then change only what takes
//! nothing from the approval: how much it costs, and when it ends.

use beta_kit::money::Decimal;
use beta_kit::text::{HttpUrl, TimeZoneName};
use beta_kit::text_enum;
use beta_kit::time::Timestamp;
use serde_json::{Map, Value, json};

use super::campaign::{blame_start, check_budget, check_span};
use super::{
    ApprovalStatus, Campaign, CampaignError, CampaignName, CampaignStatus, Creative, Evidence,
    Flight, Objective, OnScreen, Targeting,
};
use crate::actor::{Actor, Role};
use crate::id::OrganizationId;

text_enum! {
    /// What can be changed of a campaign.
    pub enum CampaignField {
        /// What it is called.
        Name => "name",
        /// Whose ads it shows.
        Advertiser => "advertiser",
        /// What it is for.
        Objective => "objective",
        /// From when it may run.
        StartDate => "startDate",
        /// From when it may no longer run.
        EndDate => "endDate",
        /// The most it may cost.
        Budget => "budget",
        /// Whom it is meant for.
        Targeting => "targeting",
        /// The zone its reporting days are counted in.
        TimeZone => "timeZone",
        /// The brand that may read along.
        Brand => "brandOrganizationId",
        /// The level of evidence a play must have to be billed.
        BillableEvidence => "billableEvidence",
    }
}

impl CampaignField {
    /// Whether an agency may change it after the approval.
    const fn outlives_approval(self) -> bool {
        matches!(self, Self::Budget | Self::EndDate | Self::TimeZone)
    }

    /// What the campaign says there.
    fn told(self, campaign: &Campaign) -> Value {
        match self {
            Self::Name => json!(campaign.name),
            Self::Advertiser => json!(campaign.advertiser),
            Self::Objective => json!(campaign.objective),
            Self::StartDate => json!(campaign.start_date),
            Self::EndDate => json!(campaign.end_date),
            Self::Budget => json!(campaign.budget),
            Self::Targeting => campaign.targeting.clone(),
            Self::TimeZone => json!(campaign.time_zone),
            Self::Brand => json!(campaign.brand_organization_id),
            Self::BillableEvidence => json!(campaign.billable_evidence),
        }
    }
}

/// In whose eyes a change is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Editor {
    /// Somebody who books, and whose bookings are approved by others.
    Agency,
    /// An administrator, or the program itself.
    Admin,
}

impl Editor {
    pub(super) fn of(actor: &Actor) -> Self {
        match actor.user() {
            Some(user) if user.role != Role::Admin => Self::Agency,
            Some(_) | None => Self::Admin,
        }
    }
}

/// What somebody wants to change of a campaign. An empty field leaves what is there.
#[derive(Clone, Debug, Default)]
pub struct CampaignChanges {
    /// What it is called.
    pub name: Option<CampaignName>,
    /// Whose ads it shows.
    pub advertiser: Option<CampaignName>,
    /// What it is for.
    pub objective: Option<Objective>,
    /// From when it may run.
    pub start_date: Option<Timestamp>,
    /// From when it may no longer run.
    pub end_date: Option<Timestamp>,
    /// The most it may cost, in its own currency.
    pub budget: Option<Decimal>,
    /// Whom it is meant for.
    pub targeting: Option<Targeting>,
    /// The zone its reporting days are counted in.
    pub time_zone: Option<TimeZoneName>,
    /// The brand that may read along; `Some(None)` for none.
    pub brand_organization_id: Option<Option<OrganizationId>>,
    /// The level of evidence a play must have to be billed.
    pub billable_evidence: Option<Evidence>,
}

impl CampaignChanges {
    /// The campaign as it would be, checked as a new one is.
    pub(super) fn apply(self, campaign: &Campaign) -> Result<Campaign, CampaignError> {
        let budget = self
            .budget
            .map(|budget| check_budget(budget, campaign.budget.currency()))
            .transpose()?;
        let text = |new: Option<String>, old: &String| new.unwrap_or_else(|| old.clone());
        let evidence = self
            .billable_evidence
            .and_then(|level| u8::try_from(level.get()).ok());
        let targeting = self.targeting.map(|targeting| targeting.as_value().clone());
        let changed = Campaign {
            name: text(self.name.map(|name| name.to_string()), &campaign.name),
            advertiser: text(
                self.advertiser.map(|name| name.to_string()),
                &campaign.advertiser,
            ),
            objective: text(
                self.objective.map(|text| text.to_string()),
                &campaign.objective,
            ),
            start_date: self.start_date.unwrap_or(campaign.start_date),
            end_date: self.end_date.unwrap_or(campaign.end_date),
            budget: budget.unwrap_or(campaign.budget),
            targeting: targeting.unwrap_or_else(|| campaign.targeting.clone()),
            time_zone: text(
                self.time_zone.map(|zone| zone.to_string()),
                &campaign.time_zone,
            ),
            brand_organization_id: self
                .brand_organization_id
                .unwrap_or(campaign.brand_organization_id),
            billable_evidence: evidence.unwrap_or(campaign.billable_evidence),
            ..campaign.clone()
        };
        let span = check_span(
            ("startDate", changed.start_date),
            ("endDate", changed.end_date),
        );
        match span {
            Err(error) if self.end_date.is_none() => Err(blame_start(error, "startDate")),
            checked => checked.map(|()| changed),
        }
    }
}

/// What differs between two states of a campaign.
pub(super) fn differing(before: &Campaign, after: &Campaign) -> Vec<CampaignField> {
    let differs = |field: &&CampaignField| field.told(before) != field.told(after);
    CampaignField::ALL.iter().filter(differs).copied().collect()
}

/// What the campaign says in these fields, for the audit log.
pub(super) fn told(campaign: &Campaign, fields: &[CampaignField]) -> Value {
    let told: Map<String, Value> = fields
        .iter()
        .map(|field| (field.as_str().to_owned(), field.told(campaign)))
        .collect();
    Value::Object(told)
}

/// Refuses changes of these fields that are not the editor's to make in this state.
pub(super) fn check_change(
    status: CampaignStatus,
    editor: Editor,
    was_shown: bool,
    fields: &[CampaignField],
) -> Result<(), CampaignError> {
    check_open(status, editor)?;
    let is_approved = matches!(
        status,
        CampaignStatus::Approved | CampaignStatus::Active | CampaignStatus::Paused
    );
    if is_approved && editor == Editor::Agency {
        let lapse = |field: &&CampaignField| !field.outlives_approval();
        let fields: Vec<CampaignField> = fields.iter().filter(lapse).copied().collect();
        if !fields.is_empty() {
            return Err(CampaignError::ApprovalWouldLapse { fields });
        }
    }
    if was_shown && fields.contains(&CampaignField::TimeZone) {
        return Err(CampaignError::AlreadyShown);
    }
    Ok(())
}

/// Refuses changes of a campaign, or of what hangs on it, that nobody may make in this state.
pub(super) const fn check_open(
    status: CampaignStatus,
    editor: Editor,
) -> Result<(), CampaignError> {
    match (status, editor) {
        (CampaignStatus::Completed, _) => Err(CampaignError::Completed),
        (CampaignStatus::Submitted, Editor::Agency) => Err(CampaignError::InReview),
        _ => Ok(()),
    }
}

/// What somebody wants to change of a creative. An empty field leaves what is there.
#[derive(Clone, Debug, Default)]
pub struct CreativeChanges {
    /// How long it stays on screen.
    pub duration_sec: Option<OnScreen>,
    /// Where a click leads.
    pub click_url: Option<HttpUrl>,
    /// What to show instead when it cannot be loaded; `Some(None)` for nothing.
    pub fallback_url: Option<Option<HttpUrl>>,
    /// The state it is to have.
    pub approval_status: Option<ApprovalStatus>,
}

impl CreativeChanges {
    /// The creative as it would be.
    pub(super) fn apply(
        self,
        creative: &Creative,
        editor: Editor,
    ) -> Result<Creative, CampaignError> {
        let changed = Creative {
            duration_sec: self
                .duration_sec
                .map_or(creative.duration_sec, OnScreen::get),
            click_url: self
                .click_url
                .map_or_else(|| creative.click_url.clone(), |url| url.to_string()),
            fallback_url: match self.fallback_url {
                Some(url) => url.map(|url| url.to_string()),
                None => creative.fallback_url.clone(),
            },
            ..creative.clone()
        };
        let is_same = told_creative(&changed) == told_creative(creative);
        let from = creative.approval_status;
        let approval_status = status_after(from, editor, !is_same, self.approval_status)?;
        Ok(Creative {
            approval_status,
            ..changed
        })
    }
}

/// What can be changed of a creative, for the audit log.
pub(super) fn told_creative(creative: &Creative) -> Value {
    json!({
        "durationSec": creative.duration_sec,
        "clickUrl": creative.click_url,
        "fallbackUrl": creative.fallback_url,
        "approvalStatus": creative.approval_status,
    })
}

/// The state of a creative after a change. What an agency changes after a review waits for the
/// next one; an approval or rejection comes from a review only.
pub(super) fn status_after(
    from: ApprovalStatus,
    editor: Editor,
    is_changed: bool,
    wanted: Option<ApprovalStatus>,
) -> Result<ApprovalStatus, CampaignError> {
    use ApprovalStatus as S;
    let reviewed = matches!(from, S::Approved | S::Rejected);
    let after = if editor == Editor::Agency && is_changed && reviewed {
        S::Submitted
    } else {
        from
    };
    match wanted {
        None => Ok(after),
        Some(S::Submitted) if matches!(from, S::Draft | S::Rejected) => Ok(S::Submitted),
        Some(S::Submitted) if after == S::Submitted => Ok(after),
        Some(to @ (S::Draft | S::Approved | S::Rejected)) if editor == Editor::Agency => {
            Err(CampaignError::approval_of(to))
        }
        Some(to) if to == after => Ok(after),
        Some(to) => Err(CampaignError::CreativeCannotBecome { from, to }),
    }
}

/// What can be changed of a flight, for the audit log.
pub(super) fn told_flight(flight: &Flight) -> Value {
    json!({
        "pacingPerHour": flight.pacing_per_hour,
        "capPerStreamerPerHour": flight.cap_per_streamer_per_hour,
        "capPerSession": flight.cap_per_session,
        "allowedFormats": flight.allowed_formats,
        "mode": flight.mode,
        "minGapSec": flight.min_gap_sec,
        "startAt": flight.start_at,
        "endAt": flight.end_at,
    })
}
