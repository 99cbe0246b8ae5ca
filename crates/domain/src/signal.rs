//! What the rest of the program hears after a commit.
//!
//! A signal is only a hint to look; the row is the truth. Signals go out after the commit held,
//! in the order in which they were queued.

use beta_kit::time::Timestamp;
use tokio::sync::broadcast;

use crate::id::{
    CampaignId, ChannelId, CreativeId, DeliveryId, LoginId, SessionId, StreamerProfileId,
};

/// How many signals a slow listener may lag behind before it misses some.
const BUFFERED_SIGNALS: usize = 8_192;

/// Something happened that others may want to act on.
#[derive(Clone, Debug)]
pub enum Signal {
    /// The channel's overlay key was rotated or revoked: its sockets must go.
    KeyRevoked {
        /// The channel.
        channel_id: ChannelId,
    },
    /// How ads look on the channel was changed: its overlays must be told.
    OverlayChanged {
        /// The channel.
        channel_id: ChannelId,
    },
    /// A login ended: its sockets must go.
    LoginRevoked {
        /// The login.
        login_id: LoginId,
    },
    /// Something to show in the live feed.
    Live {
        /// Who may see it.
        audience: Audience,
        /// What to show.
        message: LiveMessage,
    },
}

/// Who may see a live message: the streamer whose channel it is, the agency and brand of the
/// campaign, or of every campaign on the channel when it is about none. Administrators always may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Audience {
    /// The streamer whose channel it is.
    pub streamer: StreamerProfileId,
    /// The channel.
    pub channel_id: ChannelId,
    /// The campaign, if it is about one.
    pub campaign_id: Option<CampaignId>,
}

/// A line of the live feed.
#[derive(Clone, Debug)]
pub enum LiveMessage {
    /// An overlay came or went.
    OverlayStatus {
        /// The channel.
        channel_id: ChannelId,
        /// Whether it came.
        connected: bool,
        /// The session it belongs to.
        session_id: SessionId,
        /// When.
        at: Timestamp,
    },
    /// An overlay is alive.
    OverlayHeartbeat {
        /// The channel.
        channel_id: ChannelId,
        /// The session it belongs to.
        session_id: SessionId,
        /// When.
        at: Timestamp,
    },
    /// A command went out.
    DeliverySent {
        /// The delivery.
        delivery_id: DeliveryId,
        /// The channel.
        channel_id: ChannelId,
        /// The campaign.
        campaign_id: CampaignId,
        /// The creative.
        creative_id: CreativeId,
        /// The session.
        session_id: SessionId,
        /// When.
        at: Timestamp,
    },
    /// A delivery moved to another state.
    DeliveryState {
        /// The delivery.
        delivery_id: DeliveryId,
        /// The channel.
        channel_id: ChannelId,
        /// The campaign.
        campaign_id: CampaignId,
        /// The new state.
        state: &'static str,
        /// Why, when it did not go well.
        reason: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// An overlay reported something about an ad.
    AdEvent {
        /// The event's type.
        event_type: &'static str,
        /// The channel.
        channel_id: ChannelId,
        /// The campaign.
        campaign_id: Option<CampaignId>,
        /// The creative.
        creative_id: Option<CreativeId>,
        /// The delivery it belongs to.
        delivery_id: Option<DeliveryId>,
        /// The session.
        session_id: Option<SessionId>,
        /// Whether it counts.
        counted: bool,
        /// Why it does not.
        reason: Option<&'static str>,
        /// When.
        at: Timestamp,
    },
}

/// Where signals go out and listeners join.
#[derive(Clone, Debug)]
pub struct Signals(broadcast::Sender<Signal>);

impl Default for Signals {
    fn default() -> Self {
        Self(broadcast::Sender::new(BUFFERED_SIGNALS))
    }
}

impl Signals {
    /// Tells every listener; nobody listening is fine.
    pub fn send(&self, signal: Signal) {
        // The only error is that nobody listens.
        let _ = self.0.send(signal);
    }

    /// Hears everything from now on.
    pub fn listen(&self) -> broadcast::Receiver<Signal> {
        self.0.subscribe()
    }
}
