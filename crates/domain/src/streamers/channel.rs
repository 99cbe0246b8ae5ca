//! Channels: where ads are shown.

use beta_kit::text::BoundedText;
use beta_kit::time::Timestamp;

use super::audience::{Audience, AudienceForm};
use super::overlay_key::KeyInfo;
use crate::id::{ChannelId, StreamerProfileId};

/// The name of a channel on Twitch.
pub type ChannelName = BoundedText<2, 120>;

/// A channel as somebody fills it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelForm {
    /// Its name on Twitch.
    pub twitch_channel_name: ChannelName,
    /// Whom it reaches.
    pub audience: AudienceForm,
}

/// A Twitch channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its id.
    pub id: ChannelId,
    /// Whose it is.
    pub streamer_profile_id: StreamerProfileId,
    /// Its name on Twitch.
    pub twitch_channel_name: String,
    /// Whom it reaches.
    pub audience: Audience,
    /// Whether campaigns may run as soon as they are assigned.
    pub auto_accept: bool,
    /// Since when the streamer wants no ads.
    pub paused_at: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A channel and what may be known of its overlay key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyedChannel {
    /// The channel.
    pub channel: Channel,
    /// Its key; `None` before the first one was made.
    pub key: Option<KeyInfo>,
}
