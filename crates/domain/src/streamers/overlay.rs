//! What a streamer decides about a channel's overlay: how ads look there, and whether any are
//! shown. The label of an ad is not among it: it is always shown.

use beta_kit::number::Whole;
use beta_kit::text_enum;
use serde_json::{Value, json};

use super::channel::Channel;
use super::limits::{MARGIN_PX_MAX, WIDTH_PERCENT_MAX, WIDTH_PERCENT_MIN};

/// How much of the screen's width an ad takes.
pub type WidthPercent = Whole<WIDTH_PERCENT_MIN, WIDTH_PERCENT_MAX>;
/// How far an ad stays away from the edges, in pixels.
pub type MarginPx = Whole<0, MARGIN_PX_MAX>;

text_enum! {
    /// Where on the screen ads are shown.
    pub enum OverlayPosition {
        /// In the upper left corner.
        TopLeft => "top-left",
        /// In the middle of the upper edge.
        Top => "top",
        /// In the upper right corner.
        TopRight => "top-right",
        /// In the middle of the left edge.
        Left => "left",
        /// In the middle.
        Center => "center",
        /// In the middle of the right edge.
        Right => "right",
        /// In the lower left corner.
        BottomLeft => "bottom-left",
        /// In the middle of the lower edge.
        Bottom => "bottom",
        /// In the lower right corner.
        BottomRight => "bottom-right",
    }
}

text_enum! {
    /// How ads come on screen.
    pub enum Animation {
        /// They appear.
        Fade => "fade",
        /// They come in from the side.
        Slide => "slide",
        /// They breathe for as long as they are there.
        Pulse => "pulse",
    }
}

/// How ads look on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverlayLooks {
    /// Where they are shown.
    pub position: OverlayPosition,
    /// How wide they are; `None` for the usual width.
    pub width_percent: Option<i64>,
    /// How far they stay away from the edges.
    pub margin_px: i64,
    /// Whether films are silent.
    pub muted: bool,
    /// How they come on screen.
    pub animation: Animation,
}

/// How wide somebody wants ads to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// As wide as they are where nobody says.
    Usual,
    /// So much of the screen.
    Percent(WidthPercent),
}

/// What somebody wants to be different about an overlay. An empty field leaves what there is.
#[derive(Clone, Copy, Debug, Default)]
pub struct OverlayChange {
    /// Where ads are shown.
    pub position: Option<OverlayPosition>,
    /// How wide they are.
    pub width: Option<Width>,
    /// How far they stay away from the edges.
    pub margin_px: Option<MarginPx>,
    /// Whether films are silent.
    pub muted: Option<bool>,
    /// How they come on screen.
    pub animation: Option<Animation>,
    /// Whether the channel shows no ads at all.
    pub paused: Option<bool>,
    /// Whether campaigns may run as soon as they are assigned.
    pub auto_accept: Option<bool>,
}

impl OverlayChange {
    /// The looks that come of it.
    pub(super) fn looks(&self, before: OverlayLooks) -> OverlayLooks {
        OverlayLooks {
            position: self.position.unwrap_or(before.position),
            width_percent: match self.width {
                Some(Width::Usual) => None,
                Some(Width::Percent(percent)) => Some(percent.get()),
                None => before.width_percent,
            },
            margin_px: self.margin_px.map_or(before.margin_px, MarginPx::get),
            muted: self.muted.unwrap_or(before.muted),
            animation: self.animation.unwrap_or(before.animation),
        }
    }
}

/// What the audit log says of an overlay, but for its pause.
pub(super) fn noted(channel: &Channel) -> Value {
    let OverlayLooks {
        position,
        width_percent,
        margin_px,
        muted,
        animation,
    } = channel.looks;
    json!({
        "position": position,
        "widthPercent": width_percent,
        "marginPx": margin_px,
        "muted": muted,
        "animation": animation,
        "autoAccept": channel.auto_accept,
    })
}
