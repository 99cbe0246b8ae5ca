//! Everything this room refuses.

use beta_kit::db::DbError;
use beta_kit::money::MoneyError;
use beta_kit::text::TextError;
use beta_kit::time::Timestamp;

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

impl CampaignError {
    /// Refuses an approval that is not the actor's to give.
    pub(super) const fn approval_of(status: ApprovalStatus) -> Self {
        Self::ApprovalRequired {
            status: status.as_str(),
        }
    }
}
