//! What a channel's overlay does: how ads look there, and whether there are any.

use axum::extract::State;
use axum::http::Method;
use beta_domain::actor::Action;
use beta_domain::id::ChannelId;
use beta_domain::streamers::{
    self, Animation, Channel, MarginPx, OverlayChange, OverlayLooks, OverlayPosition, Width,
    WidthPercent,
};
use beta_kit::describe::ToSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::error::Error;
use crate::extract::{IfMatch, Json, Path, Versioned, Who, present};
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::state::App;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let needs = Access::Needs(Action::UpdateChannel);
    vec![
        operation(Method::GET, "/channels/{id}/overlay", needs, read)
            .says("readOverlay", "Read what a channel's overlay does"),
        operation(Method::PATCH, "/channels/{id}/overlay", needs, change)
            .says("changeOverlay", "Change what a channel's overlay does"),
    ]
}

/// The settings of an overlay on the wire.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OverlaySettingsBody {
    position: OverlayPosition,
    /// `null` stands for the usual width.
    #[schema(required)]
    width_percent: Option<i64>,
    margin_px: i64,
    muted: bool,
    animation: Animation,
    paused: bool,
    auto_accept: bool,
}

impl From<&Channel> for OverlaySettingsBody {
    fn from(channel: &Channel) -> Self {
        let OverlayLooks {
            position,
            width_percent,
            margin_px,
            muted,
            animation,
        } = channel.looks;
        Self {
            position,
            width_percent,
            margin_px,
            muted,
            animation,
            paused: channel.paused_at.is_some(),
            auto_accept: channel.auto_accept,
        }
    }
}

fn shown(channel: &Channel) -> Versioned<OverlaySettingsBody> {
    Versioned(channel.version, channel.into())
}

/// `GET /channels/{id}/overlay`
async fn read(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<ChannelId>,
) -> Result<Versioned<OverlaySettingsBody>, Error> {
    let mut work = app.works.read(actor).await?;
    let channel = streamers::overlay_of(&mut work, id).await?;
    Ok(shown(&channel))
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"position": "top-left", "widthPercent": 25, "paused": false}))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct OverlayChangeBody {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    position: Option<OverlayPosition>,
    /// `null` gives back the usual width.
    #[serde(default, deserialize_with = "width")]
    #[schema(value_type = Option<WidthPercent>)]
    width_percent: Option<Width>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    margin_px: Option<MarginPx>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    muted: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    animation: Option<Animation>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    paused: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    auto_accept: Option<bool>,
}

fn width<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Width>, D::Error> {
    let percent = Option::deserialize(input)?;
    Ok(Some(percent.map_or(Width::Usual, Width::Percent)))
}

impl From<OverlayChangeBody> for OverlayChange {
    fn from(body: OverlayChangeBody) -> Self {
        let OverlayChangeBody {
            position,
            width_percent,
            margin_px,
            muted,
            animation,
            paused,
            auto_accept,
        } = body;
        Self {
            position,
            width: width_percent,
            margin_px,
            muted,
            animation,
            paused,
            auto_accept,
        }
    }
}

/// `PATCH /channels/{id}/overlay`
async fn change(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<ChannelId>,
    IfMatch(expected): IfMatch,
    Json(body): Json<OverlayChangeBody>,
) -> Result<Versioned<OverlaySettingsBody>, Error> {
    let mut work = app.works.begin(actor).await?;
    let channel = streamers::change_overlay(&mut work, id, &body.into(), expected).await?;
    work.commit().await?;
    Ok(shown(&channel))
}
