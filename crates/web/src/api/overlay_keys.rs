//! The keys of overlays.

use axum::extract::State;
use axum::http::{Method, StatusCode};
use beta_domain::actor::Action;
use beta_domain::id::ChannelId;
use beta_domain::streamers;
use beta_kit::describe::ToSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::extract::{Created, Json, Who};
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::state::App;
use crate::urls;

pub(super) fn endpoints() -> Vec<Endpoint> {
    use Access::Needs;
    vec![
        operation(
            Method::POST,
            "/overlay/rotate-key",
            Needs(Action::RotateOverlayKey),
            rotate_key,
        )
        .says("rotateOverlayKey", "Give a channel a new overlay key")
        .refuses(StatusCode::NOT_FOUND, ""),
        operation(
            Method::POST,
            "/overlay/revoke-key",
            Needs(Action::RevokeOverlayKey),
            revoke_key,
        )
        .says("revokeOverlayKey", "Take a channel's overlay key away")
        .refuses(StatusCode::NOT_FOUND, ""),
    ]
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"channelId": "01890a5d-ac96-774b-bcce-b302099a8057"}))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct KeyOfBody {
    channel_id: ChannelId,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RotatedKeyBody {
    overlay_key: String,
    key_prefix: String,
    overlay_url: String,
}

/// `POST /overlay/rotate-key`
async fn rotate_key(
    State(app): State<App>,
    Who(actor): Who,
    Json(body): Json<KeyOfBody>,
) -> Result<Created<RotatedKeyBody>, Error> {
    let mut work = app.works.begin(actor).await?;
    let rotated = streamers::rotate_key(&mut work, body.channel_id).await?;
    work.commit().await?;
    let key = rotated.key.reveal();
    Ok(Created(RotatedKeyBody {
        overlay_url: urls::overlay(&app.settings.overlay_url, key),
        overlay_key: key.clone(),
        key_prefix: rotated.prefix,
    }))
}

#[derive(Debug, Serialize, ToSchema)]
struct RevokedBody {
    ok: bool,
}

/// `POST /overlay/revoke-key`
async fn revoke_key(
    State(app): State<App>,
    Who(actor): Who,
    Json(body): Json<KeyOfBody>,
) -> Result<Created<RevokedBody>, Error> {
    let mut work = app.works.begin(actor).await?;
    streamers::revoke_key(&mut work, body.channel_id).await?;
    work.commit().await?;
    Ok(Created(RevokedBody { ok: true }))
}
