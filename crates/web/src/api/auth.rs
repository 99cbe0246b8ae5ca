//! Signing in and out.

use axum::extract::State;
use axum::http::{Method, StatusCode};
use beta_domain::accounts;
use beta_domain::actor::Actor;
use beta_kit::describe::ToSchema;
use beta_kit::text::{BoundedText, Email};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::extract::{Created, Json, Program, Who};
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::sign_in::{self, SignInAllowed};
use crate::state::App;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        operation(
            Method::POST,
            "/auth/request-magic-link",
            Access::Public,
            request_magic_link,
        )
        .says("requestMagicLink", "Ask for a sign-in link"),
        operation(
            Method::POST,
            "/auth/verify-magic-link",
            Access::Public,
            verify_magic_link,
        )
        .says("verifyMagicLink", "Sign in with a link")
        .refuses(
            StatusCode::UNAUTHORIZED,
            "The link is not valid, or not any more",
        ),
        operation(Method::POST, "/auth/logout", Access::SignedIn, logout)
            .says("logOut", "Sign out"),
    ]
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"email": "kim@example.com"}))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct MagicLinkRequest {
    email: Email,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MagicLinkAnswer {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    debug_magic_link: Option<String>,
}

/// `POST /auth/request-magic-link`
///
/// The answer does not tell whether the address is known or may sign in.
async fn request_magic_link(
    State(app): State<App>,
    _: SignInAllowed,
    Json(body): Json<MagicLinkRequest>,
) -> Result<Created<MagicLinkAnswer>, Error> {
    let debug_magic_link = sign_in::ask(&app, &body.email).await?;
    Ok(Created(MagicLinkAnswer {
        ok: true,
        debug_magic_link,
    }))
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"email": "kim@example.com", "token": "from-the-link-that-was-mailed"}))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct MagicLinkProof {
    email: Email,
    token: BoundedText<20, 256>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AccessTokenBody {
    access_token: String,
}

/// `POST /auth/verify-magic-link`
async fn verify_magic_link(
    State(app): State<App>,
    _: SignInAllowed,
    Program(agent): Program,
    Json(body): Json<MagicLinkProof>,
) -> Result<Created<AccessTokenBody>, Error> {
    let mut work = app.works.begin(Actor::Nobody).await?;
    let MagicLinkProof { email, token } = body;
    let login = accounts::verify_link(&mut work, &email, token.as_str(), agent.as_ref()).await?;
    let access_token = app.tokens.issue(&login.user, login.issued_at)?;
    work.commit().await?;
    Ok(Created(AccessTokenBody { access_token }))
}

#[derive(Debug, Serialize, ToSchema)]
struct Done {
    ok: bool,
}

/// `POST /auth/logout`
async fn logout(State(app): State<App>, Who(actor): Who) -> Result<Created<Done>, Error> {
    let mut work = app.works.begin(actor).await?;
    accounts::logout(&mut work).await?;
    work.commit().await?;
    Ok(Created(Done { ok: true }))
}
