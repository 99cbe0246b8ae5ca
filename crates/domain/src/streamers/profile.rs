//! Profiles: what streamers say of themselves.

use beta_kit::text::BoundedText;
use beta_kit::time::Timestamp;
use serde_json::{Value, json};

use super::audience::{Audience, AudienceForm};
use crate::id::{StreamerProfileId, UserId};

/// A name or handle as it is shown.
pub type ProfileName = BoundedText<2, 80>;

/// A profile as somebody fills it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileForm {
    /// What viewers call them.
    pub display_name: ProfileName,
    /// Their name on Twitch.
    pub twitch_handle: ProfileName,
    /// Whom they reach.
    pub audience: AudienceForm,
}

/// What a streamer says of themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its id.
    pub id: StreamerProfileId,
    /// Whose it is.
    pub user_id: UserId,
    /// What viewers call them.
    pub display_name: String,
    /// Their name on Twitch.
    pub twitch_handle: String,
    /// Whom they reach.
    pub audience: Audience,
    /// When it was first filled in.
    pub created_at: Timestamp,
    /// When it was last filled in.
    pub updated_at: Timestamp,
}

impl Profile {
    /// What the audit log says of it.
    pub(super) fn noted(&self) -> Value {
        let mut noted = self.audience.noted();
        noted["displayName"] = json!(self.display_name);
        noted["twitchHandle"] = json!(self.twitch_handle);
        noted
    }
}
