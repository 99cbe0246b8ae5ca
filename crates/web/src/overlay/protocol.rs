//! The messages between the server and an overlay, as they are on the wire.
//!
//! Clients of the first protocol send only a key and know `session` and `ad:command`. Those of the
//! second say who they are, acknowledge commands and are told their role.

use beta_domain::id::{CampaignId, ChannelId, CreativeId, DeliveryId, InstanceId, SessionId};
use beta_domain::streamers::{Animation, Channel, OverlayPosition};
use beta_kit::describe::ToSchema;
use beta_kit::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What each message is called; nothing else is sent or heard.
pub mod names {
    /// To an overlay: its session.
    pub const SESSION: &str = "session";
    /// To an overlay: whether it shows ads.
    pub const ROLE: &str = "overlay:role";
    /// To an overlay: how ads look.
    pub const SETTINGS: &str = "overlay:settings";
    /// To an overlay: show this.
    pub const COMMAND: &str = "ad:command";
    /// To an overlay: its key is no longer valid.
    pub const KEY_REVOKED: &str = "key_revoked";
    /// To an overlay: a message could not be handled.
    pub const EXCEPTION: &str = "exception";
    /// From an overlay: it is alive.
    pub const HEARTBEAT: &str = "overlay:heartbeat";
    /// From an overlay: what OBS says of it.
    pub const STATE: &str = "overlay:state";

    /// All of them.
    pub const ALL: [&str; 8] = [
        SESSION,
        ROLE,
        SETTINGS,
        COMMAND,
        KEY_REVOKED,
        EXCEPTION,
        HEARTBEAT,
        STATE,
    ];
}

/// What a client says when it connects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handshake {
    /// The overlay key.
    pub key: Option<String>,
    /// Which instance it is; kept over reconnects.
    pub instance_id: Option<InstanceId>,
    /// The protocol it speaks.
    pub protocol: Option<u64>,
}

impl Handshake {
    /// Reads the `auth` of a handshake. What is not of its type counts as not said.
    pub fn read(auth: Option<&serde_json::Value>) -> Self {
        let field = |name| auth.and_then(|auth| auth.get(name));
        let text = |name| field(name).and_then(serde_json::Value::as_str);
        Self {
            key: text("key").map(ToOwned::to_owned),
            instance_id: text("instanceId").and_then(|id| id.parse().ok()),
            protocol: field("protocol").and_then(serde_json::Value::as_u64),
        }
    }

    /// Whether the client acknowledges commands.
    pub fn is_modern(&self) -> bool {
        self.protocol.is_some_and(|version| version >= 2)
    }
}

/// `session`: the session the overlay belongs to.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionMessage {
    /// The session.
    pub session_id: SessionId,
    /// The channel.
    pub channel_id: ChannelId,
}

/// `overlay:role`: whether this instance is the one that shows ads.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleMessage {
    /// `primary` or `standby`.
    #[schema(pattern = "^(primary|standby)$")]
    pub role: &'static str,
    /// Which instance this is.
    #[schema(required)]
    pub instance_id: Option<InstanceId>,
    /// The server's time, from which a client learns how far its own clock is off.
    pub server_time: Timestamp,
}

/// `overlay:settings`: how ads look on this channel.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SettingsMessage {
    /// Which state of the channel says so; of two messages the higher one holds.
    pub version: i64,
    /// Where ads are shown.
    pub position: OverlayPosition,
    /// How wide they are, in percent of the screen; nothing for the usual width.
    #[schema(required)]
    pub width_percent: Option<i64>,
    /// How far they stay away from the edges, in pixels.
    pub margin_px: i64,
    /// Whether films are silent.
    pub muted: bool,
    /// How ads come on screen.
    pub animation: Animation,
}

impl From<&Channel> for SettingsMessage {
    fn from(channel: &Channel) -> Self {
        let looks = channel.looks;
        Self {
            version: channel.version.get(),
            position: looks.position,
            width_percent: looks.width_percent,
            margin_px: looks.margin_px,
            muted: looks.muted,
            animation: looks.animation,
        }
    }
}

/// `ad:command`: show this.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommandMessage {
    /// The delivery.
    pub command_id: DeliveryId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The creative.
    pub creative_id: CreativeId,
    /// Seconds on screen.
    #[schema(minimum = 1, maximum = 120)]
    pub duration_sec: u16,
    /// Where the file is.
    pub asset_url: String,
    /// Where a click leads.
    pub click_url: String,
    /// How it comes on screen.
    pub animation: &'static str,
    /// What the file is.
    pub mime_type: &'static str,
    /// A file to show when the first fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub fallback_url: Option<String>,
    /// When it was sent.
    pub sent_at: Timestamp,
}

/// The answer to a command.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct CommandAnswer {
    /// Whether it is taken.
    pub ok: bool,
    /// Why not: `busy`, `standby`, `expired`, `duplicate`, `invalid`.
    #[serde(default)]
    pub reason: Option<String>,
}

impl CommandAnswer {
    /// A command that was taken before is taken.
    pub fn is_taken(&self) -> bool {
        self.ok || self.reason.as_deref() == Some("duplicate")
    }
}

/// `overlay:state`: what OBS says of the source. Nothing is unknown.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct StateMessage {
    /// Whether the source is on program.
    pub active: Option<bool>,
}

/// `overlay:heartbeat`: the overlay is alive.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeartbeatMessage {
    /// The client's id for it.
    #[serde(default)]
    pub request_id: Option<String>,
    /// What else it says.
    #[serde(default)]
    pub payload: Option<serde_json::Map<String, serde_json::Value>>,
}

/// `key_revoked`: the key is no longer valid; the socket is closed next.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct KeyRevokedMessage {
    /// Why: `key_rotated` when there is a new one, `key_revoked` when there is none.
    pub reason: &'static str,
}

/// `exception`: a message could not be handled.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExceptionMessage {
    /// Always `error`.
    pub status: &'static str,
    /// What went wrong.
    pub message: &'static str,
    /// The message it was about.
    pub cause: ExceptionCause,
}

/// The message that could not be handled.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExceptionCause {
    /// Its name.
    pub pattern: &'static str,
    /// What it said.
    pub data: serde_json::Value,
}
