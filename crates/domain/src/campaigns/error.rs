//! Everything this room refuses.

use beta_kit::db::DbError;
use beta_kit::money::{Money, MoneyError};
use beta_kit::text::TextError;
use beta_kit::text_enum;
use beta_kit::time::Timestamp;
use beta_kit::version::Version;

use super::changes::CampaignField;
use super::{ApprovalStatus, CampaignStatus, CreativeFormat};
use crate::actor::Denied;
use crate::streamers::StreamersError;

/// Why a booking was refused.
#[derive(Debug, thiserror::Error)]
pub enum CampaignError {
    /// The role may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such campaign, or it is not the actor's to see.
    #[error("there is no such campaign")]
    CampaignNotFound,
    /// There is no such creative, or it is not the actor's to see.
    #[error("there is no such creative")]
    CreativeNotFound,
    /// There is no such flight, or it is not the actor's to see.
    #[error("there is no such flight")]
    FlightNotFound,
    /// The channel is not assigned to the campaign.
    #[error("the channel is not assigned to the campaign")]
    AssignmentNotFound,
    /// Somebody changed it after the caller read it.
    #[error("it was changed meanwhile")]
    Stale {
        /// Its state now.
        current: Version,
    },
    /// Nothing of a campaign that waits for its review may be changed by who submitted it.
    #[error("the campaign waits for its review and cannot be changed")]
    InReview,
    /// Nothing of a campaign that is over may be changed.
    #[error("the campaign is completed and cannot be changed")]
    Completed,
    /// What was approved must stay as it was approved.
    #[error(
        "the campaign was approved as it is: {} cannot be changed any more",
        names(fields)
    )]
    ApprovalWouldLapse {
        /// What was to be changed.
        fields: Vec<CampaignField>,
    },
    /// The days of a campaign that was shown may not be counted anew.
    #[error("the time zone cannot be changed any more, because the campaign was shown")]
    AlreadyShown,
    /// A budget below what is spent and set aside.
    #[error("the budget must be at least {committed}: so much is spent or set aside")]
    BudgetBelowCommitted {
        /// What is spent and set aside, rounded up.
        committed: Money,
    },
    /// A rejection without its reason.
    #[error("say why it is rejected")]
    ReasonRequired,
    /// A creative cannot move like this.
    #[error("a creative that is {from} cannot become {to}")]
    CreativeCannotBecome {
        /// What it is.
        from: ApprovalStatus,
        /// What was asked for.
        to: ApprovalStatus,
    },
    /// Nobody reviews what they uploaded themselves.
    #[error("whoever uploaded a creative cannot review it")]
    OwnUpload,
    /// The campaign has as many of these as it may have.
    #[error("a campaign may have at most {max} {part}")]
    Full {
        /// Of what.
        part: CampaignPart,
        /// How many it may have.
        max: i64,
    },
    /// The agency uploaded as much as it may for now.
    #[error("at most {} uploads are taken in an hour", super::limits::UPLOADS_MAX)]
    TooManyUploads {
        /// After how many seconds the next one is taken.
        retry_after_sec: u64,
    },
    /// The files of the agency have as many bytes as they may have.
    #[error(
        "the files of all campaigns may have at most {} bytes",
        super::limits::STORED_BYTES_MAX
    )]
    StorageFull,
    /// There is no such organisation of the kind that is asked for, or it is not the actor's.
    #[error("{field} names no organisation of the right kind")]
    OrganizationNotFound {
        /// The field that names it.
        field: &'static str,
    },
    /// A campaign needs an agency, and the actor neither belongs to one nor named one.
    #[error("say which agency the campaign belongs to")]
    OrganizationRequired,
    /// There is no such channel.
    #[error("streamerChannelIds[{index}] names no channel")]
    ChannelNotFound {
        /// Its place in the request.
        index: usize,
    },
    /// Only an administrator may put something into this state.
    #[error("only an administrator may set the status {status}")]
    ApprovalRequired {
        /// The state that was asked for.
        status: &'static str,
    },
    /// A campaign cannot move like this.
    #[error("a campaign that is {from} cannot become {to}")]
    CannotBecome {
        /// What it is.
        from: CampaignStatus,
        /// What was asked for.
        to: CampaignStatus,
    },
    /// Something ends before it starts.
    #[error("the end {end} must be later than the start {start}")]
    DatesOutOfOrder {
        /// The field of the end.
        field: &'static str,
        /// The start.
        start: Timestamp,
        /// The end.
        end: Timestamp,
    },
    /// A time too far from now to mean anything.
    #[error("{field} must lie in the years 2000 to 2199")]
    DateOutOfRange {
        /// The field.
        field: &'static str,
    },
    /// A list with too few or too many entries.
    #[error("{field} must have {min} to {max} entries")]
    WrongCount {
        /// The field.
        field: &'static str,
        /// The fewest there may be.
        min: usize,
        /// The most there may be.
        max: usize,
    },
    /// An amount that cannot be a budget, a rate or a fee.
    #[error("{field} {problem}")]
    Money {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: MoneyError,
    },
    /// A text that was refused.
    #[error("{field} {problem}")]
    Text {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: TextError,
    },
    /// Targeting that is not an object.
    #[error("targeting must be an object")]
    TargetingNotAnObject,
    /// Targeting that is too large.
    #[error(
        "targeting must have at most {} bytes as JSON",
        super::limits::TARGETING_BYTES_MAX
    )]
    TargetingTooLarge,
    /// A file that is not of its creative's format.
    #[error("{}", format.expectation())]
    WrongFileType {
        /// The format that was announced.
        format: CreativeFormat,
    },
    /// The channels could not be looked up.
    #[error(transparent)]
    Streamers(#[from] StreamersError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

text_enum! {
    /// What a campaign may have a limited number of.
    pub enum CampaignPart {
        /// Its flights.
        Flights => "flights",
        /// Its creatives.
        Creatives => "creatives",
        /// The channels it runs on.
        Assignments => "assignments",
    }
}

fn names(fields: &[CampaignField]) -> String {
    let names: Vec<&str> = fields.iter().map(|field| field.as_str()).collect();
    names.join(", ")
}

impl CampaignError {
    /// Refuses an approval that is not the actor's to give.
    pub(super) const fn approval_of(status: ApprovalStatus) -> Self {
        Self::ApprovalRequired {
            status: status.as_str(),
        }
    }
}
