//! May this ad run here now? A pure answer from facts that were read under lock.

use std::time::Duration;

use beta_kit::text_enum;
use beta_kit::time::Timestamp;

text_enum! {
    /// Why an ad may not run, in the order in which the reasons are looked at.
    pub enum Refusal {
        /// The streamer has paused all ads on the channel.
        StreamerPaused => "streamer_paused",
        /// The streamer declined the campaign.
        AssignmentDeclined => "assignment_declined",
        /// The streamer has not accepted the campaign yet.
        AssignmentPending => "assignment_pending",
        /// The campaign is neither approved nor active.
        CampaignNotDeliverable => "campaign_not_deliverable",
        /// The campaign starts later.
        CampaignNotStarted => "campaign_not_started",
        /// The campaign is over.
        CampaignEnded => "campaign_ended",
        /// The named creative's format is not one of the flight's.
        FormatNotAllowed => "format_not_allowed",
        /// An ad is on the channel's screen.
        ChannelBusy => "channel_busy",
        /// The flight's least gap between two ads has not passed.
        GapNotElapsed => "gap_not_elapsed",
        /// The flight's cap for one channel in one hour is reached.
        StreamerHourlyCapReached => "streamer_hourly_cap_reached",
        /// The flight's cap for one session is reached.
        SessionCapReached => "session_cap_reached",
        /// The flight's cap over all channels in one hour is reached.
        CampaignPacingReached => "campaign_pacing_reached",
        /// The campaign's budget is spent or reserved.
        CampaignBudgetReached => "campaign_budget_reached",
    }
}

/// The limits of a flight.
#[derive(Clone, Copy, Debug)]
pub struct Caps {
    /// Plays over all channels in a rolling hour.
    pub pacing_per_hour: u32,
    /// Plays on one channel in a rolling hour.
    pub per_streamer_per_hour: u32,
    /// Plays in one session.
    pub per_session: u32,
    /// Time between the end of one ad on the channel and the start of the next.
    pub min_gap: Duration,
}

/// What counts against the caps now: impressions and open leases.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Of the flight on this channel in the last hour.
    pub channel_hour: u32,
    /// Of the flight in this session.
    pub session: u32,
    /// Leases of the flight on all channels in the last hour that were not released.
    pub flight_hour: u32,
}

/// What is on the channel's screen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Screen {
    /// The latest time until which an open lease takes the screen.
    pub busy_until: Option<Timestamp>,
    /// When the last ad left the screen.
    pub last_ended_at: Option<Timestamp>,
}

/// Refuses what the screen or a cap does not allow at `now`.
pub fn check(caps: Caps, counts: Counts, screen: Screen, now: Timestamp) -> Result<(), Refusal> {
    if screen.busy_until.is_some_and(|until| until > now) {
        return Err(Refusal::ChannelBusy);
    }
    if screen
        .last_ended_at
        .is_some_and(|ended| ended.plus(caps.min_gap) > now)
    {
        return Err(Refusal::GapNotElapsed);
    }
    if counts.channel_hour >= caps.per_streamer_per_hour {
        return Err(Refusal::StreamerHourlyCapReached);
    }
    if counts.session >= caps.per_session {
        return Err(Refusal::SessionCapReached);
    }
    if counts.flight_hour >= caps.pacing_per_hour {
        return Err(Refusal::CampaignPacingReached);
    }
    Ok(())
}
