//! A delivery: a lease given to one overlay instance to play one creative once.

use std::time::Duration;

use beta_kit::money::Price;
use beta_kit::text_enum;
use beta_kit::time::Timestamp;

use super::limits::{ACK_TIMEOUT, LOAD_ALLOWANCE, OFFERS_MAX, REPORT_WINDOW, UNANSWERED_WINDOW};
use crate::id::{
    AssignmentId, CampaignId, ChannelId, CreativeId, DeliveryId, FlightId, InstanceId, SessionId,
    StreamerProfileId,
};
use crate::journal::Links;
use crate::sessions::Viewership;
use crate::signal::Audience;

text_enum! {
    /// The state of a delivery.
    pub enum DeliveryState {
        /// Decided and committed; the overlay has not answered yet.
        Leased => "leased",
        /// The overlay has taken the command.
        Acknowledged => "acknowledged",
        /// The creative is on screen.
        Rendered => "rendered",
        /// The creative was on screen for its whole time: an impression.
        Completed => "completed",
        /// The overlay did not take the command.
        Failed => "failed",
        /// Nothing was heard of it in time.
        Expired => "expired",
        /// The overlay could not play it.
        Errored => "errored",
        /// Another delivery took its place.
        Superseded => "superseded",
    }
}

impl DeliveryState {
    /// Whether the lease still holds its place under the caps.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Leased | Self::Acknowledged | Self::Rendered)
    }

    /// Whether a delivery in this state may move to `next`.
    pub const fn can_become(self, next: Self) -> bool {
        match self {
            Self::Leased => !matches!(next, Self::Leased | Self::Completed),
            Self::Acknowledged => {
                !matches!(next, Self::Leased | Self::Acknowledged | Self::Completed)
            }
            Self::Rendered => !matches!(next, Self::Leased | Self::Acknowledged | Self::Rendered),
            Self::Completed | Self::Failed | Self::Expired | Self::Errored | Self::Superseded => {
                false
            }
        }
    }
}

/// A lease and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id, the `commandId` on the wire.
    pub id: DeliveryId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The flight it was decided under.
    pub flight_id: FlightId,
    /// The creative.
    pub creative_id: CreativeId,
    /// The assignment that priced it.
    pub assignment_id: AssignmentId,
    /// The channel.
    pub channel_id: ChannelId,
    /// The streamer who owns the channel.
    pub streamer_profile_id: StreamerProfileId,
    /// The session it runs in.
    pub session_id: SessionId,
    /// The overlay instance it was given to; `None` for one that does not say who it is.
    pub instance_id: Option<InstanceId>,
    /// Its state.
    pub state: DeliveryState,
    /// Why it did not complete.
    pub reason: Option<String>,
    /// Seconds on screen that make an impression.
    pub duration_sec: u16,
    /// What the impression costs.
    pub price: Price,
    /// How well the play is proven, 0 to 5.
    pub evidence_level: u8,
    /// When it was decided.
    pub leased_at: Timestamp,
    /// Until when the channel's screen is taken.
    pub busy_until: Timestamp,
    /// Until when it may be reported.
    pub report_until: Timestamp,
    /// When it counts for the rolling caps.
    pub counts_at: Timestamp,
    /// When the overlay took it.
    pub acknowledged_at: Option<Timestamp>,
    /// When the first frame was on screen, as the server settled it.
    pub rendered_at: Option<Timestamp>,
    /// The same by the overlay's own clock.
    pub rendered_ts: Option<Timestamp>,
    /// When it was complete, as the server settled it.
    pub completed_at: Option<Timestamp>,
    /// When it had its click.
    pub clicked_at: Option<Timestamp>,
    /// When it ended, well or not.
    pub ended_at: Option<Timestamp>,
    /// How many watched the channel meanwhile, for an impression.
    pub viewership: Option<Viewership>,
}

impl Delivery {
    /// Seconds on screen as a duration.
    pub fn duration(&self) -> Duration {
        Duration::from_secs(u64::from(self.duration_sec))
    }

    /// The times of a lease that starts at `now` and shows for `duration_sec`.
    pub fn lease_times(now: Timestamp, duration_sec: u16) -> LeaseTimes {
        let duration = Duration::from_secs(u64::from(duration_sec));
        let latest_start = now.plus(ACK_TIMEOUT * OFFERS_MAX).plus(LOAD_ALLOWANCE);
        let latest_end = latest_start.plus(duration);
        LeaseTimes {
            busy_until: latest_end,
            counts_at: latest_end,
            report_until: latest_end.plus(UNANSWERED_WINDOW),
        }
    }

    /// The overlay took the command.
    pub fn acknowledge(&mut self, now: Timestamp) {
        self.become_state(DeliveryState::Acknowledged);
        self.acknowledged_at = Some(now);
        self.report_until = self.leased_at.plus(REPORT_WINDOW);
    }

    /// The first frame is on screen, at `at` by the server and `ts` by the overlay.
    pub fn render(&mut self, at: Timestamp, ts: Timestamp) {
        self.become_state(DeliveryState::Rendered);
        self.acknowledged_at = self.acknowledged_at.or(Some(at));
        self.rendered_at = Some(at);
        self.rendered_ts = Some(ts);
        self.busy_until = at.plus(self.duration()).min(self.busy_until);
        self.report_until = self.leased_at.plus(REPORT_WINDOW);
    }

    /// The play was complete at `at`, proven at `evidence_level`.
    pub fn complete(&mut self, at: Timestamp, evidence_level: u8) {
        self.become_state(DeliveryState::Completed);
        self.completed_at = Some(at);
        self.counts_at = at;
        self.busy_until = at.min(self.busy_until);
        self.ended_at = Some(at);
        self.evidence_level = evidence_level;
    }

    /// The play did not come about, and the lease is released.
    pub fn release(&mut self, state: DeliveryState, reason: &str, now: Timestamp) {
        assert!(
            !state.is_open() && state != DeliveryState::Completed,
            "a release ends the lease"
        );
        self.become_state(state);
        self.reason = Some(reason.to_owned());
        self.busy_until = now.min(self.busy_until);
        self.ended_at = Some(now);
    }

    fn become_state(&mut self, next: DeliveryState) {
        assert!(
            self.state.can_become(next),
            "{} can not become {next}",
            self.state
        );
        self.state = next;
    }

    /// Who may follow it live.
    pub const fn audience(&self) -> Audience {
        Audience {
            streamer: self.streamer_profile_id,
            channel_id: self.channel_id,
            campaign_id: Some(self.campaign_id),
        }
    }

    /// What an event of this delivery belongs to.
    pub const fn links(&self) -> Links {
        Links {
            streamer_id: Some(self.streamer_profile_id),
            channel_id: Some(self.channel_id),
            session_id: Some(self.session_id),
            campaign_id: Some(self.campaign_id),
            creative_id: Some(self.creative_id),
            delivery_id: Some(self.id),
        }
    }
}

/// The times that follow from the start of a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseTimes {
    /// Until when the channel's screen is taken.
    pub busy_until: Timestamp,
    /// The latest possible end of the play.
    pub counts_at: Timestamp,
    /// Until when it may be reported.
    pub report_until: Timestamp,
}
