//! The keys of overlays.

use axum::extract::State;
use axum::http::Method;
use beta_domain::actor::Action;
use beta_domain::id::ChannelId;
use beta_domain::streamers;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::extract::{Created, Json, Who};
use crate::router::{Access, Endpoint, endpoint};
use crate::state::App;
use crate::urls;

pub(super) fn endpoints() -> Vec<Endpoint> {
    use Access::Needs;
    vec![
        endpoint(
            Method::POST,
            "/overlay/rotate-key",
            Needs(Action::RotateOverlayKey),
            rotate_key,
        ),
        endpoint(
            Method::POST,
            "/overlay/revoke-key",
            Needs(Action::RevokeOverlayKey),
            revoke_key,
        ),
    ]
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct KeyOfBody {
    channel_id: ChannelId,
}

#[derive(Serialize)]
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

#[derive(Debug, Serialize)]
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
