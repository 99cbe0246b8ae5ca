//! `/auth/verify`: where a sign-in link leads. Opening it changes nothing, so that programs which
//! open every link of a mail do not use it up; the button does.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use beta_domain::accounts::{self, AccountsError};
use beta_domain::actor::Actor;
use beta_kit::text::Email;
use maud::{Markup, html};
use serde::Deserialize;

use super::cookies;
use super::form::Form;
use super::layout::{Frame, answer, page, token_field};
use super::visit::{Visit, landing};
use crate::error::Error;
use crate::extract::Program;
use crate::layers::security::Surface;
use crate::router::{Access, Endpoint, endpoint};
use crate::sign_in::SignInAllowed;
use crate::state::App;

const PATH: &str = "/auth/verify";

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        endpoint(Method::GET, PATH, Access::Public, show).on(Surface::Portal),
        endpoint(Method::POST, PATH, Access::Public, verify).on(Surface::Portal),
    ]
}

/// What the link carries, and the form sends on.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    email: String,
    #[serde(default)]
    token: String,
}

/// `GET /auth/verify`
async fn show(visit: Visit, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let fields: Fields = serde_urlencoded::from_str(&query).unwrap_or_default();
    let frame = Frame::new(&visit, "Sign in", PATH).with_script(&["portal/verify.js"]);
    let whole = !fields.email.is_empty() && !fields.token.is_empty();
    let markup = if whole {
        view(&frame, &fields)
    } else {
        refused_view(&frame)
    };
    // The token stands in the address.
    let silent = [(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    )];
    (silent, answer(&visit, markup)).into_response()
}

/// `POST /auth/verify`
async fn verify(
    State(app): State<App>,
    _: SignInAllowed,
    Program(agent): Program,
    form: Form<Fields>,
) -> Result<Response, Error> {
    let Form { visit, fields } = form;
    let login = match Email::parse(fields.email.trim()) {
        Ok(email) => {
            let mut work = app.works.begin(Actor::Nobody).await?;
            match accounts::verify_link(&mut work, &email, &fields.token, agent.as_ref()).await {
                Ok(login) => {
                    work.commit().await?;
                    Some(login)
                }
                Err(AccountsError::LinkRefused) => None,
                Err(error) => return Err(error.into()),
            }
        }
        Err(_) => None,
    };
    let Some(login) = login else {
        let frame = Frame::new(&visit, "Sign in", PATH);
        let page = refused_view(&frame);
        return Ok((StatusCode::UNAUTHORIZED, answer(&visit, page)).into_response());
    };
    let token = app.tokens.issue(&login.user, login.issued_at)?;
    let there = Redirect::to(landing(login.user.role));
    Ok((cookies::login(&app, &token), there).into_response())
}

pub(super) fn view(frame: &Frame, fields: &Fields) -> Markup {
    page(
        frame,
        &html! {
            div.narrow {
                div.card.raised.stack {
                    h1 { "Sign in as " (fields.email) }
                    p.muted { "One more step, so that only you use this link: press the button." }
                    form.row method="post" action=(PATH) {
                        (token_field(&frame.token))
                        input type="hidden" name="email" value=(fields.email);
                        input type="hidden" name="token" value=(fields.token);
                        button.button type="submit" { "Sign in" }
                        a href="/" { "Not me" }
                    }
                }
            }
        },
    )
}

pub(super) fn refused_view(frame: &Frame) -> Markup {
    page(
        frame,
        &html! {
            div.narrow {
                div.card.raised.stack {
                    h1 { "This link does not work any more" }
                    p {
                        "A link works once, for 15 minutes, and only until a newer one is asked "
                        "for. It may also have been cut off in copying."
                    }
                    p { a.button href="/auth/sign-in" { "Ask for a new link" } }
                }
            }
        },
    )
}

#[cfg(test)]
impl Fields {
    pub(super) fn sample() -> Self {
        let email = "agency+<b>@betaads.local".to_owned();
        Self {
            email,
            token: "Zm9v\"bar".to_owned(),
        }
    }
}
