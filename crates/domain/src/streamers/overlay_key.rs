//! Overlay keys: what the overlay of a channel signs in with.

use beta_kit::secret::Secret;
use beta_kit::time::Timestamp;

use super::limits::KEY_PREFIX_CHARS;
use crate::id::{ChannelId, OverlayKeyId, StreamerProfileId};

/// What may be known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// Its first characters.
    pub key_prefix: String,
    /// When it was made.
    pub rotated_at: Timestamp,
}

/// A new key. This is the only time that it can be seen.
#[derive(Clone, Debug)]
pub struct RotatedKey {
    /// The key.
    pub key: Secret<String>,
    /// Its first characters.
    pub prefix: String,
}

impl RotatedKey {
    /// Takes a key apart.
    pub(super) fn new(key: Secret<String>) -> Self {
        let prefix = key.reveal().chars().take(KEY_PREFIX_CHARS).collect();
        Self { key, prefix }
    }
}

/// The overlay behind a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverlayIdentity {
    /// The key.
    pub key_id: OverlayKeyId,
    /// The channel of the key.
    pub channel_id: ChannelId,
    /// The streamer who owns the channel.
    pub streamer_profile_id: StreamerProfileId,
}
