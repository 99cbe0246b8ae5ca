//! The frame around every page, and the small parts that several pages use.

use axum::response::{IntoResponse, Response};
use beta_domain::actor::Role;
use maud::{DOCTYPE, Markup, html};

use super::form::TOKEN_FIELD;
use super::visit::{Visit, landing};
use crate::assets;

pub(crate) const PRODUCT: &str = "Beta Live Ads Platform";

/// Who the frame shows as signed in.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) email: String,
    pub(super) role: Role,
}

/// What stands around a page.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    /// The title of the page, without the product; empty on the home page.
    pub(super) title: &'static str,
    /// The path of the page, to mark it in the navigation.
    pub(super) path: &'static str,
    /// Who has signed in.
    pub(super) person: Option<Person>,
    /// What the sign-out form carries.
    pub(super) token: String,
    /// It is not known whether anybody has signed in.
    pub(super) is_bare: bool,
    /// Modules of the page.
    pub(super) scripts: &'static [&'static str],
}

impl Frame {
    pub(super) fn new(visit: &Visit, title: &'static str, path: &'static str) -> Self {
        let (person, token) = (visit.person(), visit.token().to_owned());
        Self {
            title,
            path,
            person,
            token,
            is_bare: false,
            scripts: &[],
        }
    }

    pub(super) fn with_script(mut self, scripts: &'static [&'static str]) -> Self {
        self.scripts = scripts;
        self
    }
}

/// A page in its frame, with the cookies of the visit.
pub(super) fn answer(visit: &Visit, page: Markup) -> Response {
    (visit.cookies(), page).into_response()
}

pub(super) fn page(frame: &Frame, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { (title(frame.title)) }
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                link rel="icon" href="data:,";
                @for font in ["space-grotesk", "ibm-plex-mono-500"] {
                    link rel="preload" as="font" type="font/woff2" crossorigin
                        href=(assets::url(&format!("fonts/{font}.woff2")));
                }
                link rel="stylesheet" href=(assets::url("portal/portal.css"));
                @for script in frame.scripts {
                    script type="module" src=(assets::url(script)) {}
                }
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                (top(frame))
                main #content { (content) }
                footer.foot { p { (PRODUCT) ". All times are UTC unless marked as yours." } }
            }
        }
    }
}

fn title(page: &str) -> String {
    if page.is_empty() {
        PRODUCT.to_owned()
    } else {
        format!("{page} · {PRODUCT}")
    }
}

fn top(frame: &Frame) -> Markup {
    html! {
        header.top {
            div.top-inner {
                a.brand href="/" { (lamp()) span { (PRODUCT) } }
                @match &frame.person {
                    Some(person) => (signed_in(frame, person)),
                    None if frame.is_bare => {},
                    None => {
                        div.who { a.button.plain.slim href="/auth/sign-in" { "Sign in" } }
                    },
                }
            }
        }
    }
}

fn signed_in(frame: &Frame, person: &Person) -> Markup {
    let link = |path: &str, text: &str| {
        let current = (path == frame.path).then_some("page");
        html! { a href=(path) aria-current=[current] { (text) } }
    };
    let home = landing(person.role);
    html! {
        nav aria-label="Main" {
            @if may_see_control_room(person.role) { (link("/agency", "Control room")) }
            @if person.role == Role::Streamer { (link(home, "Onboarding")) }
            @if person.role == Role::Admin { (link(home, "Operations")) }
            (link("/account", "Account"))
        }
        div.who {
            a href="/account" aria-label=(format!("Your account, {}", person.email)) {
                span.address { (person.email) }
                span.pill { (person.role) }
            }
            form method="post" action="/auth/sign-out" {
                (token_field(&frame.token))
                button.button.plain.slim type="submit" { "Sign out" }
            }
        }
    }
}

/// Whether somebody of this role has campaigns to look at.
pub(super) const fn may_see_control_room(role: Role) -> bool {
    matches!(role, Role::Admin | Role::Agency | Role::Brand)
}

/// The brand's sign: an on-air lamp.
fn lamp() -> Markup {
    html! {
        svg width="28" height="20" viewBox="0 0 28 20" aria-hidden="true" {
            rect.plate x="0.5" y="0.5" width="27" height="19" rx="5" {}
            circle.lamp cx="14" cy="10" r="5" {}
        }
    }
}

/// What every form carries.
pub(super) fn token_field(token: &str) -> Markup {
    html! { input type="hidden" name=(TOKEN_FIELD) value=(token); }
}

/// The head of a page: its heading and what it is for.
pub(super) fn head(label: &str, heading: &str, lead: &Markup) -> Markup {
    html! {
        div.page-head {
            p.label { (label) }
            h1 { (heading) }
            p { (lead) }
        }
    }
}
