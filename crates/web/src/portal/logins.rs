//! Where a person is signed in, on their account page, with a button to end each.

use axum::extract::State;
use axum::http::Method;
use axum::response::{IntoResponse, Redirect, Response};
use beta_domain::accounts::{self, AccountsError, OwnLogin};
use beta_domain::actor::{Action, Actor, UserActor};
use beta_domain::id::LoginId;
use beta_kit::page::Limit;
use maud::{Markup, html};
use serde::Deserialize;

use super::form::Form;
use super::format;
use super::layout::token_field;
use crate::error::Error;
use crate::extract::Who;
use crate::layers::security::Surface;
use crate::router::{Access, Endpoint, endpoint};
use crate::state::App;

const END: &str = "/account/logins/end";
const END_OTHERS: &str = "/account/logins/end-others";
/// Nobody has more at once, for links are limited.
const SHOWN_MAX: Limit = Limit::new(Limit::MAX).expect("the largest page is a page");

pub(super) fn endpoints() -> Vec<Endpoint> {
    let access = Access::Needs(Action::RevokeLogin);
    vec![
        endpoint(Method::POST, END, access, end).on(Surface::Portal),
        endpoint(Method::POST, END_OTHERS, access, end_others).on(Surface::Portal),
    ]
}

#[derive(Deserialize)]
struct EndFields {
    login: LoginId,
}

/// `POST /account/logins/end`
async fn end(
    State(app): State<App>,
    Who(actor): Who,
    form: Form<EndFields>,
) -> Result<Response, Error> {
    let mut work = app.works.begin(actor).await?;
    match accounts::revoke_login(&mut work, form.fields.login).await {
        // It may have ended by itself while the page was looked at.
        Ok(()) | Err(AccountsError::LoginNotFound) => work.commit().await?,
        Err(error) => return Err(error.into()),
    }
    Ok(Redirect::to("/account").into_response())
}

#[derive(Deserialize)]
struct Nothing {}

/// `POST /account/logins/end-others`
async fn end_others(
    State(app): State<App>,
    Who(actor): Who,
    _: Form<Nothing>,
) -> Result<Response, Error> {
    let mut work = app.works.begin(actor).await?;
    accounts::revoke_other_logins(&mut work).await?;
    work.commit().await?;
    Ok(Redirect::to("/account").into_response())
}

/// The rows for the person who looks.
pub(super) async fn load(app: &App, user: &UserActor) -> Result<Vec<LoginRow>, Error> {
    let mut work = app.works.read(Actor::User(user.clone())).await?;
    let logins = accounts::list_logins(&mut work, SHOWN_MAX, None).await?;
    Ok(logins.iter().map(LoginRow::new).collect())
}

/// One login, in words.
pub(super) struct LoginRow {
    id: String,
    program: String,
    signed_in: String,
    last_seen: String,
    is_current: bool,
}

impl LoginRow {
    fn new(login: &OwnLogin) -> Self {
        Self {
            id: login.id.to_string(),
            program: program(login.user_agent.as_deref().unwrap_or_default()),
            signed_in: format::moment(login.created_at),
            last_seen: format::moment(login.last_seen_at),
            is_current: login.is_current,
        }
    }

    #[cfg(test)]
    pub(super) fn samples() -> Vec<Self> {
        let row = |id: &str, agent: &str, is_current| Self {
            id: id.to_owned(),
            program: program(agent),
            signed_in: "3 May 2026, 14:05".to_owned(),
            last_seen: "3 May 2026, 16:40".to_owned(),
            is_current,
        };
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        vec![
            row("01890a5d-ac96-774b-bcce-b302099a8057", firefox, true),
            row("01890a5d-ac96-774b-bcce-b302099a8058", "tool <b>/1", false),
        ]
    }
}

/// What a program calls itself, in words where it is a browser that people know.
fn program(agent: &str) -> String {
    const BROWSERS: [(&str, &str); 6] = [
        ("OBS/", "OBS"),
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let known = |list: &[(&str, &'static str)]| {
        let found = list.iter().find(|(mark, _)| agent.contains(mark));
        found.map(|(_, name)| *name)
    };
    match (known(&BROWSERS), known(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, _) if agent.is_empty() => "A program without a name".to_owned(),
        (None, _) => agent.to_owned(),
    }
}

pub(super) fn section(token: &str, rows: &[LoginRow]) -> Markup {
    html! {
        section.card.stack aria-labelledby="logins" {
            h2 #logins { "Where you are signed in" }
            p.muted {
                "You do not know one of these? End it: whoever uses it is out at once. Then look "
                "after your mail, for the links arrive there."
            }
            ul.logins {
                @for row in rows { li { (login(token, row)) } }
            }
            @if rows.len() > 1 {
                form method="post" action=(END_OTHERS) {
                    (token_field(token))
                    button.button.plain type="submit" { "Sign out everywhere else" }
                }
            }
        }
    }
}

fn login(token: &str, row: &LoginRow) -> Markup {
    html! {
        div {
            p.login-name {
                strong { (row.program) }
                @if row.is_current { " " span.pill.good { "This browser" } }
            }
            p.small.muted {
                "Signed in " (row.signed_in) ", last seen " (row.last_seen)
            }
        }
        @if !row.is_current {
            form method="post" action=(END) {
                (token_field(token))
                input type="hidden" name="login" value=(row.id);
                button.button.plain.slim type="submit"
                    aria-label=(format!("End the login of {}", row.program)) { "End" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_browsers_are_named_and_others_name_themselves() {
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 \
            (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) \
            AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
        for (agent, expected) in [
            (chrome, "Chrome on Windows"),
            (iphone, "Safari on iPhone"),
            ("curl/8.5.0", "curl/8.5.0"),
            ("", "A program without a name"),
        ] {
            assert_eq!(program(agent), expected);
        }
    }
}
