//! `POST /auth/sign-out`: ends the login of this browser.

use axum::extract::State;
use axum::http::Method;
use axum::response::{IntoResponse, Redirect, Response};
use beta_domain::accounts;
use beta_domain::actor::Actor;
use serde::Deserialize;

use super::cookies;
use super::form::Form;
use crate::error::Error;
use crate::layers::security::Surface;
use crate::router::{Access, Endpoint, endpoint};
use crate::state::App;
use crate::tokens::COOKIE;

pub(super) fn endpoints() -> Vec<Endpoint> {
    // Public, because a login that has ended already can still be signed out of.
    vec![endpoint(Method::POST, "/auth/sign-out", Access::Public, sign_out).on(Surface::Portal)]
}

#[derive(Deserialize)]
struct Nothing {}

/// `POST /auth/sign-out`
async fn sign_out(State(app): State<App>, form: Form<Nothing>) -> Result<Response, Error> {
    if let Some(user) = form.visit.user {
        let mut work = app.works.begin(Actor::User(user)).await?;
        accounts::logout(&mut work).await?;
        work.commit().await?;
    }
    Ok((cookies::gone(&app, COOKIE), Redirect::to("/")).into_response())
}
