//! `/auth/sign-in`: asking for a link by mail.

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use beta_domain::accounts::LINK_LIFE;
use beta_kit::text::Email;
use maud::{Markup, html};
use serde::Deserialize;

use super::form::Form;
use super::layout::{Frame, answer, page, token_field};
use super::visit::{Visit, landing};
use crate::error::Error;
use crate::layers::security::Surface;
use crate::router::{Access, Endpoint, endpoint};
use crate::sign_in::{self, SignInAllowed};
use crate::state::App;

const PATH: &str = "/auth/sign-in";

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        endpoint(Method::GET, PATH, Access::Public, show).on(Surface::Portal),
        endpoint(Method::POST, PATH, Access::Public, ask).on(Surface::Portal),
    ]
}

/// `GET /auth/sign-in`
async fn show(visit: Visit) -> Response {
    if let Some(user) = &visit.user {
        return Redirect::to(landing(user.role)).into_response();
    }
    let frame = Frame::new(&visit, "Sign in", PATH);
    answer(&visit, view(&frame, &SignInView::default()))
}

#[derive(Deserialize)]
struct Fields {
    #[serde(default)]
    email: String,
}

/// `POST /auth/sign-in`
///
/// Answers with the page itself, not with a redirect: in development it shows the link, which
/// must not lie anywhere else. The answer is the same whether or not the address is known.
async fn ask(
    State(app): State<App>,
    _: SignInAllowed,
    form: Form<Fields>,
) -> Result<Response, Error> {
    let Form { visit, fields } = form;
    let frame = Frame::new(&visit, "Sign in", PATH);
    let written = fields.email.trim().to_owned();
    let Ok(email) = Email::parse(&written) else {
        let problem = "Write an e-mail address such as name@example.com.";
        let refused = SignInView {
            email: written,
            problem: Some(problem),
        };
        let page = view(&frame, &refused);
        return Ok((StatusCode::BAD_REQUEST, answer(&visit, page)).into_response());
    };
    let link = sign_in::ask(&app, &email).await?;
    let sent = SentView {
        email: email.as_str().to_owned(),
        link,
        is_mailed: app.outbox.is_some(),
        minutes: LINK_LIFE.as_secs() / 60,
    };
    Ok(answer(&visit, sent_view(&frame, &sent)))
}

/// The form, empty or as it was refused.
#[derive(Default)]
pub(super) struct SignInView {
    pub(super) email: String,
    pub(super) problem: Option<&'static str>,
}

pub(super) fn view(frame: &Frame, view: &SignInView) -> Markup {
    let invalid = view.problem.map(|_| "true");
    let described = view.problem.map(|_| "email-problem");
    page(
        frame,
        &html! {
            div.narrow {
                div.card.raised.stack.loose {
                    div.stack {
                        h1 { "Sign in" }
                        p.muted { "No password: we send you a link that signs you in once." }
                    }
                    form.stack method="post" action=(PATH) novalidate {
                        (token_field(&frame.token))
                        div.field {
                            label for="email" { "E-mail address" }
                            input #email type="email" name="email" required autocomplete="email"
                                inputmode="email" value=(view.email)
                                aria-invalid=[invalid] aria-describedby=[described];
                            @if let Some(problem) = view.problem {
                                p.wrong #email-problem { (problem) }
                            }
                        }
                        button.button type="submit" { "Send me a link" }
                    }
                    p.small.muted {
                        "New here? A first sign-in makes you a streamer. Agencies, brands and "
                        "operators are added by whoever runs this installation."
                    }
                }
            }
        },
    )
}

/// What follows when the link is on its way.
pub(super) struct SentView {
    pub(super) email: String,
    /// The link itself; in development only.
    pub(super) link: Option<String>,
    /// Whether mail goes out at all.
    pub(super) is_mailed: bool,
    pub(super) minutes: u64,
}

pub(super) fn sent_view(frame: &Frame, view: &SentView) -> Markup {
    page(
        frame,
        &html! {
            div.narrow {
                div.card.raised.stack {
                    @if view.is_mailed || view.link.is_some() {
                        (link_sent(view))
                    } @else {
                        (no_mail(view))
                    }
                    p { a href=(PATH) { "Use another address" } }
                }
            }
        },
    )
}

fn link_sent(view: &SentView) -> Markup {
    html! {
        h1 { "Look in your mail" }
        p {
            "A link for " strong { (view.email) } " is on its way. It works once, within "
            (view.minutes) " minutes, and replaces any earlier one."
        }
        @match &view.link {
            Some(link) => div.notice {
                p { strong { "Development mode" } " shows the link here too:" }
                p { a href=(link) { "Sign in as " (view.email) } }
            },
            None => p.small.muted {
                "Nothing there after some minutes? Look among unwanted mail. Who asks too often "
                "gets no more links for a quarter of an hour."
            },
        }
    }
}

fn no_mail(view: &SentView) -> Markup {
    html! {
        h1 { "Ask for your link" }
        p {
            "This installation sends no mail. Whoever runs it can give you a link if "
            strong { (view.email) } " may sign in."
        }
    }
}

#[cfg(test)]
impl SignInView {
    pub(super) fn samples() -> Vec<(&'static str, Self)> {
        let refused = Self {
            email: "not <an> address".to_owned(),
            problem: Some("Write an e-mail address such as name@example.com."),
        };
        vec![("empty", Self::default()), ("refused", refused)]
    }
}

#[cfg(test)]
impl SentView {
    pub(super) fn samples() -> Vec<(&'static str, Self)> {
        let email = || "agency@betaads.local".to_owned();
        let link = Some("http://localhost:4000/auth/verify?email=a&token=b".to_owned());
        vec![
            (
                "development",
                Self {
                    email: email(),
                    link,
                    is_mailed: false,
                    minutes: 15,
                },
            ),
            (
                "by_mail",
                Self {
                    email: email(),
                    link: None,
                    is_mailed: true,
                    minutes: 15,
                },
            ),
            (
                "without_mail",
                Self {
                    email: email(),
                    link: None,
                    is_mailed: false,
                    minutes: 15,
                },
            ),
        ]
    }
}
