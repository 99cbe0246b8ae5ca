//! `GET /me`: who the caller is, with the channels they own.

use axum::extract::State;
use axum::http::Method;
use beta_domain::actor::{Action, Role};
use beta_domain::id::UserId;
use beta_domain::{accounts, streamers};
use beta_kit::describe::ToSchema;
use beta_kit::time::Timestamp;
use serde::Serialize;

use super::streamers::{KeyedChannelBody, ProfileBody};
use crate::error::Error;
use crate::extract::{Found, Who};
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::state::App;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        operation(Method::GET, "/me", Access::Needs(Action::ReadMe), me)
            .says("readMe", "Read who is signed in"),
    ]
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MeBody {
    id: UserId,
    email: String,
    role: Role,
    #[schema(required)]
    email_verified_at: Option<Timestamp>,
    #[schema(required)]
    streamer_profile: Option<OwnProfileBody>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OwnProfileBody {
    #[serde(flatten)]
    profile: ProfileBody,
    channels: Vec<KeyedChannelBody>,
}

/// `GET /me`
async fn me(State(app): State<App>, Who(actor): Who) -> Result<Found<MeBody>, Error> {
    let mut work = app.works.read(actor).await?;
    let user = accounts::me(&mut work).await?;
    let own = streamers::find_self(&mut work).await?;
    let streamer_profile = own.map(|(profile, channels)| OwnProfileBody {
        profile: profile.into(),
        channels: channels.into_iter().map(Into::into).collect(),
    });
    let accounts::User {
        id,
        email,
        role,
        email_verified_at,
        ..
    } = user;
    Ok(Found(MeBody {
        id,
        email,
        role,
        email_verified_at,
        streamer_profile,
    }))
}
