//! Channels: where ads are shown.

use beta_kit::text::{BoundedText, CountryCode, LanguageCode};
use beta_kit::time::Timestamp;
use beta_kit::version::Version;
use serde_json::{Value, json};

use super::audience::{Audience, AudienceForm, AvgViewers, Categories, PricingTier};
use super::overlay::OverlayLooks;
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
    /// Which state of it this is.
    pub version: Version,
    /// Whose it is.
    pub streamer_profile_id: StreamerProfileId,
    /// Its name on Twitch.
    pub twitch_channel_name: String,
    /// Whom it reaches.
    pub audience: Audience,
    /// How ads look there.
    pub looks: OverlayLooks,
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

/// What somebody wants to be different about a channel. An empty field leaves what there is.
#[derive(Clone, Debug, Default)]
pub struct ChannelChange {
    /// Its name on Twitch.
    pub twitch_channel_name: Option<ChannelName>,
    /// Where most viewers live.
    pub country: Option<CountryCode>,
    /// What is spoken.
    pub language: Option<LanguageCode>,
    /// What it is about.
    pub categories: Option<Categories>,
    /// How many watch on average.
    pub avg_viewers: Option<AvgViewers>,
    /// What the streamer asks for.
    pub pricing_tier: Option<PricingTier>,
}

impl ChannelChange {
    /// The channel that comes of it.
    pub(super) fn apply(&self, before: &Channel) -> Channel {
        let mut after = before.clone();
        if let Some(name) = &self.twitch_channel_name {
            name.as_str().clone_into(&mut after.twitch_channel_name);
        }
        let audience = &mut after.audience;
        if let Some(country) = self.country {
            country.as_str().clone_into(&mut audience.country);
        }
        if let Some(language) = &self.language {
            language.as_str().clone_into(&mut audience.language);
        }
        if let Some(categories) = &self.categories {
            audience.categories = categories.to_texts();
        }
        if let Some(viewers) = self.avg_viewers {
            audience.avg_viewers = viewers.get();
        }
        if let Some(tier) = &self.pricing_tier {
            tier.as_str().clone_into(&mut audience.pricing_tier);
        }
        after
    }
}

/// The name as it is compared: Twitch knows neither upper case nor spaces.
pub(super) fn name_key(name: &str) -> String {
    name.trim().to_lowercase()
}

/// What the audit log says of a channel.
pub(super) fn noted(channel: &Channel) -> Value {
    let mut noted = channel.audience.noted();
    noted["twitchChannelName"] = json!(channel.twitch_channel_name);
    noted
}
