//! A flight: how often a campaign may be shown, in which formats, and when.

use beta_kit::number::Whole;
use beta_kit::text_enum;
use beta_kit::time::Timestamp;
use beta_kit::version::Version;

use super::campaign::{blame_start, check_date, check_span};
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
    /// Which state of the row this is.
    pub version: Version,
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
        check(&self.allowed_formats, (self.start_at, self.end_at))
    }

    /// The allowed formats, each once, in the order in which they were first named.
    pub(super) fn distinct_formats(&self) -> Vec<CreativeFormat> {
        distinct(&self.allowed_formats)
    }
}

/// What somebody wants to change of a flight. An empty field leaves what is there.
#[derive(Clone, Debug, Default)]
pub struct FlightChanges {
    /// Commands per hour, over all channels.
    pub pacing_per_hour: Option<Pacing>,
    /// Plays per hour on one channel.
    pub cap_per_streamer_per_hour: Option<Cap>,
    /// Plays in one session.
    pub cap_per_session: Option<Cap>,
    /// What may be shown; a format named twice counts once.
    pub allowed_formats: Option<Vec<CreativeFormat>>,
    /// Who decides when.
    pub mode: Option<FlightMode>,
    /// The shortest pause between two plays on one channel.
    pub min_gap_sec: Option<MinGap>,
    /// From when the flight runs; `Some(None)` for as its campaign.
    pub start_at: Option<Option<Timestamp>>,
    /// From when it no longer runs; `Some(None)` for as its campaign.
    pub end_at: Option<Option<Timestamp>>,
}

impl FlightChanges {
    /// The flight as it would be.
    pub(super) fn apply(self, flight: &Flight) -> Result<Flight, CampaignError> {
        let formats = self.allowed_formats.as_deref().map(distinct);
        let changed = Flight {
            pacing_per_hour: self
                .pacing_per_hour
                .map_or(flight.pacing_per_hour, Whole::get),
            cap_per_streamer_per_hour: self
                .cap_per_streamer_per_hour
                .map_or(flight.cap_per_streamer_per_hour, Whole::get),
            cap_per_session: self
                .cap_per_session
                .map_or(flight.cap_per_session, Whole::get),
            allowed_formats: formats.unwrap_or_else(|| flight.allowed_formats.clone()),
            mode: self.mode.unwrap_or(flight.mode),
            min_gap_sec: self.min_gap_sec.map_or(flight.min_gap_sec, Whole::get),
            start_at: self.start_at.unwrap_or(flight.start_at),
            end_at: self.end_at.unwrap_or(flight.end_at),
            ..flight.clone()
        };
        match check(&changed.allowed_formats, (changed.start_at, changed.end_at)) {
            Err(error) if self.end_at.is_none() => Err(blame_start(error, "startAt")),
            checked => checked.map(|()| changed),
        }
    }
}

/// Refuses a flight that shows nothing, or ends before it starts.
fn check(
    formats: &[CreativeFormat],
    span: (Option<Timestamp>, Option<Timestamp>),
) -> Result<(), CampaignError> {
    if formats.is_empty() {
        let max = CreativeFormat::ALL.len();
        return Err(CampaignError::WrongCount {
            field: "allowedFormats",
            min: 1,
            max,
        });
    }
    match span {
        (Some(start), Some(end)) => check_span(("startAt", start), ("endAt", end)),
        (Some(start), None) => check_date("startAt", start),
        (None, Some(end)) => check_date("endAt", end),
        (None, None) => Ok(()),
    }
}

fn distinct(named: &[CreativeFormat]) -> Vec<CreativeFormat> {
    let mut formats = Vec::new();
    for format in named {
        if !formats.contains(format) {
            formats.push(*format);
        }
    }
    formats
}
