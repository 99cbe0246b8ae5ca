//! Where somebody is signed in, and the end of it.

use axum::extract::State;
use axum::http::Method;
use beta_domain::accounts::{self, OwnLogin};
use beta_domain::actor::Action;
use beta_domain::id::LoginId;
use beta_kit::describe::ToSchema;
use beta_kit::page::Place;
use beta_kit::time::Timestamp;
use serde::Serialize;

use crate::error::Error;
use crate::extract::{Found, Page, Paged, Path, Who};
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::state::App;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let revoke = Access::Needs(Action::RevokeLogin);
    vec![
        operation(
            Method::GET,
            "/auth/logins",
            Access::Needs(Action::ReadLogins),
            list,
        )
        .says("listLogins", "List where you are signed in"),
        operation(Method::DELETE, "/auth/logins", revoke, revoke_others)
            .says("endOtherLogins", "Sign out everywhere else"),
        operation(Method::DELETE, "/auth/logins/{id}", revoke, revoke_one)
            .says("endLogin", "End one of your logins"),
    ]
}

/// A login on the wire.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LoginBody {
    id: LoginId,
    created_at: Timestamp,
    last_seen_at: Timestamp,
    expires_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    user_agent: Option<String>,
    current: bool,
}

impl From<OwnLogin> for LoginBody {
    fn from(login: OwnLogin) -> Self {
        Self {
            id: login.id,
            created_at: login.created_at,
            last_seen_at: login.last_seen_at,
            expires_at: login.expires_at,
            user_agent: login.user_agent,
            current: login.is_current,
        }
    }
}

/// `GET /auth/logins`
async fn list(
    State(app): State<App>,
    Who(actor): Who,
    page: Page<Place>,
) -> Result<Paged<LoginBody>, Error> {
    let mut work = app.works.read(actor).await?;
    let logins = accounts::list_logins(&mut work, page.limit, page.after).await?;
    let last = logins.last().map(OwnLogin::place);
    Ok(page.answer(logins.into_iter().map(Into::into).collect(), last))
}

/// What was ended.
#[derive(Debug, Serialize, ToSchema)]
struct EndedBody {
    ok: bool,
    /// How many logins.
    ended: usize,
}

/// `DELETE /auth/logins/{id}`
async fn revoke_one(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<LoginId>,
) -> Result<Found<EndedBody>, Error> {
    let mut work = app.works.begin(actor).await?;
    accounts::revoke_login(&mut work, id).await?;
    work.commit().await?;
    Ok(Found(EndedBody { ok: true, ended: 1 }))
}

/// `DELETE /auth/logins`
///
/// Ends all but the login that asks.
async fn revoke_others(State(app): State<App>, Who(actor): Who) -> Result<Found<EndedBody>, Error> {
    let mut work = app.works.begin(actor).await?;
    let ended = accounts::revoke_other_logins(&mut work).await?;
    work.commit().await?;
    Ok(Found(EndedBody { ok: true, ended }))
}
