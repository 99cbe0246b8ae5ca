//! A flight: how often a campaign may be shown, in which formats, and when.

use beta_kit::number::Whole;
use beta_kit::text_enum;
use beta_kit::time::Timestamp;

use super::campaign::{check_date, check_span};
use super::limits::{CAP_MAX, MIN_GAP_SEC_MAX, PACING_PER_HOUR_MAX};
use super::{CampaignError, CreativeFormat};
use crate::id::{CampaignId, FlightId};

/// Commands per hour, over all channels.
pub type Pacing = Whole<1, PACING_PER_HOUR_MAX>;
/// Plays that a channel may have in an hour or a session.
pub type Cap = Whole<1, CAP_MAX>;
/// The shortest pause between two plays on one channel, in seconds.
pub type MinGap = Whole<0, MIN_GAP_SEC_MAX>;

text_enum! {
    /// Who decides when an ad of the flight is shown.
    pub enum FlightMode {
        /// A person.
        Manual => "manual",
        /// The engine.
        Auto => "auto",
    }
}

/// The rules a campaign runs under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flight {
    /// Its id.
    pub id: FlightId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// Commands per hour, over all channels.
    pub pacing_per_hour: i64,
    /// Plays per hour on one channel.
    pub cap_per_streamer_per_hour: i64,
    /// Plays in one session.
    pub cap_per_session: i64,
    /// What may be shown; never empty, no format twice.
    pub allowed_formats: Vec<CreativeFormat>,
    /// Who decides when.
    pub mode: FlightMode,
    /// The shortest pause between two plays on one channel.
    pub min_gap_sec: i64,
    /// From when the flight runs; `None` as its campaign.
    pub start_at: Option<Timestamp>,
    /// From when it no longer runs; `None` as its campaign.
    pub end_at: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Flight {
    /// Whether the flight runs at `now`, as far as its own times say.
    pub fn runs_at(&self, now: Timestamp) -> bool {
        self.start_at.is_none_or(|start| start <= now) && self.end_at.is_none_or(|end| now < end)
    }
}

/// A flight that somebody wants to add.
#[derive(Clone, Debug)]
pub struct NewFlight {
    /// Commands per hour, over all channels.
    pub pacing_per_hour: Pacing,
    /// Plays per hour on one channel.
    pub cap_per_streamer_per_hour: Cap,
    /// Plays in one session.
    pub cap_per_session: Cap,
    /// What may be shown; a format named twice counts once.
    pub allowed_formats: Vec<CreativeFormat>,
    /// Who decides when.
    pub mode: FlightMode,
    /// The shortest pause between two plays on one channel.
    pub min_gap_sec: MinGap,
    /// From when the flight runs.
    pub start_at: Option<Timestamp>,
    /// From when it no longer runs.
    pub end_at: Option<Timestamp>,
}

impl NewFlight {
    /// Checks what the types do not hold.
    pub(super) fn check(&self) -> Result<(), CampaignError> {
        if self.allowed_formats.is_empty() {
            let max = CreativeFormat::ALL.len();
            return Err(CampaignError::WrongCount {
                field: "allowedFormats",
                min: 1,
                max,
            });
        }
        match (self.start_at, self.end_at) {
            (Some(start), Some(end)) => check_span(("startAt", start), ("endAt", end)),
            (Some(start), None) => check_date("startAt", start),
            (None, Some(end)) => check_date("endAt", end),
            (None, None) => Ok(()),
        }
    }

    /// The allowed formats, each once, in the order in which they were first named.
    pub(super) fn distinct_formats(&self) -> Vec<CreativeFormat> {
        let mut formats = Vec::new();
        for format in &self.allowed_formats {
            if !formats.contains(format) {
                formats.push(*format);
            }
        }
        formats
    }
}
