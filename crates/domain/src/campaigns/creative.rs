//! A creative: a picture or film to show, where a click leads, and whether it was approved.

use beta_kit::media::MediaKind;
use beta_kit::number::Whole;
use beta_kit::page::Place;
use beta_kit::text::HttpUrl;
use beta_kit::text_enum;
use beta_kit::time::Timestamp;
use beta_kit::version::Version;

use super::campaign::Order;
use super::limits::DURATION_SEC_MAX;
use super::{CampaignError, Reason};
use crate::actor::Role;
use crate::id::{CampaignId, CreativeId, UserId};

/// How long a creative stays on screen, in seconds.
pub type OnScreen = Whole<1, DURATION_SEC_MAX>;

text_enum! {
    /// What kind of thing is shown.
    pub enum CreativeFormat {
        /// A picture that stands still.
        Image => "image",
        /// A picture that moves.
        Gif => "gif",
        /// A film.
        Mp4 => "mp4",
    }
}

text_enum! {
    /// Whether a creative may be shown.
    pub enum ApprovalStatus {
        /// Being made.
        Draft => "draft",
        /// Waits for an administrator.
        Submitted => "submitted",
        /// May be shown.
        Approved => "approved",
        /// May not be shown.
        Rejected => "rejected",
    }
}

text_enum! {
    /// What an administrator decides about a creative.
    pub enum Decision {
        /// It may be shown.
        Approved => "approved",
        /// It may not be shown.
        Rejected => "rejected",
    }
}

impl CreativeFormat {
    /// Whether a file of this type can be shown in this format.
    pub const fn accepts(self, kind: MediaKind) -> bool {
        use MediaKind as M;
        matches!(
            (self, kind),
            (Self::Image, M::Png | M::Jpeg | M::WebP) | (Self::Gif, M::Gif) | (Self::Mp4, M::Mp4)
        )
    }

    /// What is said to somebody who sent another type of file.
    pub const fn expectation(self) -> &'static str {
        match self {
            Self::Image => "Expected png, jpeg, or webp for image creative format",
            Self::Gif => "Expected image/gif for gif creative format",
            Self::Mp4 => "Expected video/mp4 for mp4 creative format",
        }
    }

    /// Refuses a file whose type is not of this format.
    pub fn check(self, kind: MediaKind) -> Result<(), CampaignError> {
        if self.accepts(kind) {
            return Ok(());
        }
        Err(CampaignError::WrongFileType { format: self })
    }
}

impl ApprovalStatus {
    /// Whether somebody of this role may upload a creative in this state.
    pub const fn may_begin_as(self, role: Role) -> bool {
        match role {
            Role::Admin => true,
            Role::Agency => matches!(self, Self::Draft | Self::Submitted),
            Role::Brand | Role::Streamer | Role::Viewer => false,
        }
    }
}

impl From<Decision> for ApprovalStatus {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Approved => Self::Approved,
            Decision::Rejected => Self::Rejected,
        }
    }
}

/// A picture or film to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Creative {
    /// Its id.
    pub id: CreativeId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// What kind of thing it is.
    pub format: CreativeFormat,
    /// How long it stays on screen unless a trigger says otherwise.
    pub duration_sec: i64,
    /// Where a click leads.
    pub click_url: String,
    /// What to show instead when it cannot be loaded.
    pub fallback_url: Option<String>,
    /// Its file.
    pub file: StoredFile,
    /// Whether it may be shown.
    pub approval_status: ApprovalStatus,
    /// Why it was approved or rejected.
    pub review_reason: Option<String>,
    /// Who uploaded it; `None` for the program itself.
    pub uploaded_by: Option<UserId>,
    /// Which state of the row this is.
    pub version: Version,
    /// When it was uploaded.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Creative {
    /// Where it stands in a list.
    pub fn place(&self) -> Place {
        Place {
            at: self.created_at,
            id: self.id.uuid(),
        }
    }
}

/// A file that was looked into and lies in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Where it lies.
    pub object_key: String,
    /// What it is.
    pub kind: MediaKind,
    /// How large it is.
    pub size_bytes: i64,
    /// SHA-256 of its content, as hexadecimal.
    pub sha256: String,
    /// How wide it is, in pixels.
    pub width: i64,
    /// How high it is, in pixels.
    pub height: i64,
    /// How long it runs, when it is a film.
    pub media_duration_ms: Option<i64>,
}

/// A creative that somebody wants to add; its file already lies in the store.
#[derive(Clone, Debug)]
pub struct NewCreative {
    /// The campaign.
    pub campaign_id: CampaignId,
    /// What kind of thing it is.
    pub format: CreativeFormat,
    /// How long it stays on screen.
    pub duration_sec: OnScreen,
    /// Where a click leads.
    pub click_url: HttpUrl,
    /// What to show instead when it cannot be loaded.
    pub fallback_url: Option<HttpUrl>,
    /// The state it begins in.
    pub approval_status: ApprovalStatus,
    /// Its file.
    pub file: StoredFile,
}

/// What an administrator decides about a creative, and why.
#[derive(Clone, Debug)]
pub struct Review {
    /// The decision.
    pub decision: Decision,
    /// Why.
    pub reason: Option<Reason>,
}

/// Which creatives to list. An empty field asks for nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct CreativeFilter {
    /// Those of one campaign.
    pub campaign_id: Option<CampaignId>,
    /// Those in one state.
    pub status: Option<ApprovalStatus>,
    /// Which come first.
    pub order: Order,
}

/// A creative with the campaign it belongs to.
#[derive(Clone, Debug)]
pub struct CampaignCreative {
    /// The creative.
    pub creative: Creative,
    /// The campaign.
    pub campaign: super::Campaign,
}

/// Where the files of all creatives lie.
pub const FILES_PREFIX: &str = "creatives";

/// Where a new file of a campaign goes. `random` must not be used for any other file.
pub fn object_key(campaign_id: CampaignId, random: CreativeId, kind: MediaKind) -> String {
    format!("{FILES_PREFIX}/{campaign_id}/{random}.{}", kind.extension())
}
