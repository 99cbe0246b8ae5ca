//! `/account`, `/streamer` and `/admin`: who one is, and what this version offers the role.

use axum::extract::State;
use axum::http::Method;
use axum::response::Response;
use beta_domain::actor::{Action, Role};
use maud::{Markup, html};

use super::layout::{Frame, answer, head, may_see_control_room, page};
use super::logins::{self, LoginRow};
use super::visit::Visit;
use crate::error::Error;
use crate::layers::security::Surface;
use crate::router::{Access, Endpoint, endpoint};
use crate::state::App;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let get = |path, access| (Method::GET, path, access);
    let (m, p, a) = get("/account", Access::SignedIn);
    let account = endpoint(m, p, a, show_account).on(Surface::Portal);
    let (m, p, a) = get("/streamer", Access::Needs(Action::ReadProfile));
    let streamer = endpoint(m, p, a, show_streamer).on(Surface::Portal);
    let (m, p, a) = get("/admin", Access::Needs(Action::ReadAudit));
    let admin = endpoint(m, p, a, show_admin).on(Surface::Portal);
    vec![account, streamer, admin]
}

/// `GET /account`
async fn show_account(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    let logins = match &visit.user {
        Some(user) => logins::load(&app, user).await?,
        None => Vec::new(),
    };
    show(&app, &visit, "/account", "Your Account", |role, base| {
        AccountView::new(role, base).with_logins(logins)
    })
}

/// `GET /streamer`
async fn show_streamer(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    show(
        &app,
        &visit,
        "/streamer",
        "Overlay Onboarding",
        |_, base| AccountView::new(Role::Streamer, base),
    )
}

/// `GET /admin`
async fn show_admin(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    show(
        &app,
        &visit,
        "/admin",
        "Operations and Audit",
        AccountView::new,
    )
}

fn show(
    app: &App,
    visit: &Visit,
    path: &'static str,
    heading: &'static str,
    view: impl FnOnce(Role, String) -> AccountView,
) -> Result<Response, Error> {
    let user = visit.user.as_ref();
    let user = user.ok_or_else(|| Error::unauthorized("not_signed_in", "sign in first"))?;
    let view = view(user.role, app.settings.public_url.to_string());
    let frame = Frame::new(visit, heading, path);
    Ok(answer(visit, render(&frame, &view)))
}

/// What a role is offered.
pub(super) struct AccountView {
    label: &'static str,
    lead: &'static str,
    offers: &'static [Offer],
    control_room: bool,
    /// Where they are signed in; shown when there is something.
    logins: Vec<LoginRow>,
    /// Where the API is, for the sample.
    base: String,
}

/// An endpoint, and what it is for.
type Offer = (&'static str, &'static str);

const STREAMER: &[Offer] = &[
    (
        "POST /streamers/profile",
        "Step 1, Profile: who you are and whom you reach.",
    ),
    (
        "POST /streamers/channels",
        "Step 2, Channel: the Twitch channel that shows ads.",
    ),
    (
        "POST /overlay/rotate-key",
        "Step 3, OBS browser source: gives the overlay address, once. \
                                  Paste it into a browser source of OBS, 1920 × 1080.",
    ),
    (
        "GET /streamers/channels",
        "Your channels, and when each key was made.",
    ),
    (
        "GET /reports/campaign/{id}/summary",
        "What a campaign on your channel has come to.",
    ),
];

const ADMIN: &[Offer] = &[
    ("GET /admin/audit", "Who did what to what, newest first."),
    (
        "GET /admin/users",
        "Who may come in, by address, role or organisation.",
    ),
    (
        "POST /admin/users",
        "Add a person; they get a first link by mail.",
    ),
    (
        "PATCH /admin/users/{id}",
        "Change a role or an organisation, keep somebody out.",
    ),
    ("POST /admin/organizations", "Add an agency or a brand."),
    (
        "POST /campaigns/{id}/status",
        "Approve, reject, activate, pause or complete a campaign.",
    ),
    (
        "POST /creatives/{id}/review",
        "Approve or reject a creative.",
    ),
    (
        "GET /payouts/run?campaignId={id}",
        "Work out what each channel is owed.",
    ),
    (
        "POST /payouts/{id}/mark-paid",
        "Say that a payout was paid.",
    ),
    ("GET /metrics", "Counters and gauges for monitoring."),
];

const BOOKER: &[Offer] = &[
    (
        "POST /campaigns",
        "Book a campaign; flights, creatives and channels follow.",
    ),
    (
        "POST /campaigns/{id}/flights",
        "Say how often and in which formats it may run.",
    ),
    (
        "POST /creatives",
        "Upload an image, GIF or film, checked by its content.",
    ),
    (
        "POST /campaigns/{id}/assign-streamers",
        "Choose the channels and their price.",
    ),
    (
        "POST /deliveries/trigger",
        "Show an ad now, as the control room does.",
    ),
    (
        "GET /reports/campaign/{id}/summary",
        "Impressions, clicks and time on screen by day.",
    ),
    (
        "GET /reports/campaign/{id}/export.csv",
        "The same as a table.",
    ),
];

const BRAND: &[Offer] = &[
    (
        "GET /campaigns",
        "Your campaigns with their flights, creatives and channels.",
    ),
    (
        "GET /reports/campaign/{id}/summary",
        "Impressions, clicks and time on screen by day.",
    ),
    (
        "GET /reports/campaign/{id}/proof-timeline",
        "Every step of every ad.",
    ),
    (
        "GET /reports/campaign/{id}/export.csv",
        "The figures as a table.",
    ),
];

const VIEWER: &[Offer] = &[("GET /me", "Who you are to the platform.")];

impl AccountView {
    fn new(role: Role, base: String) -> Self {
        let (label, offers): (_, &[Offer]) = match role {
            Role::Admin => ("Operator", ADMIN),
            Role::Agency => ("Agency", BOOKER),
            Role::Brand => ("Brand", BRAND),
            Role::Streamer => ("Streamer", STREAMER),
            Role::Viewer => ("Viewer", VIEWER),
        };
        let lead = match role {
            Role::Admin => {
                "Campaigns and their ads are in the control room. Audit, approvals and payouts \
                 are done through the API."
            }
            Role::Agency | Role::Brand => {
                "Live campaigns are in the control room. Everything else is done through the API."
            }
            Role::Streamer => {
                "Three steps put an overlay into OBS. In this version they are done through \
                 the API."
            }
            Role::Viewer => {
                "You can sign in, and that is all for now. Whoever runs this installation can \
                 give you another role."
            }
        };
        let control_room = may_see_control_room(role);
        Self {
            label,
            lead,
            offers,
            control_room,
            logins: Vec::new(),
            base,
        }
    }

    fn with_logins(mut self, logins: Vec<LoginRow>) -> Self {
        self.logins = logins;
        self
    }

    #[cfg(test)]
    pub(super) fn samples() -> Vec<(&'static str, Self)> {
        let all = Role::ALL.iter();
        all.map(|role| {
            (
                role.as_str(),
                Self::new(*role, "http://localhost:4000".to_owned())
                    .with_logins(LoginRow::samples()),
            )
        })
        .collect()
    }
}

pub(super) fn render(frame: &Frame, view: &AccountView) -> Markup {
    page(
        frame,
        &html! {
            (head(view.label, frame.title, &html! { (view.lead) }))
            div.stack.loose {
                @if let Some(person) = &frame.person {
                    section.card aria-label="You" {
                        dl.facts {
                            div { dt { "Signed in as" } dd { (person.email) } }
                            div { dt { "Role" } dd { (person.role) } }
                        }
                    }
                }
                @if view.control_room {
                    p.row { a.button href="/agency" { "Open the control room" } }
                }
                @if !view.logins.is_empty() { (logins::section(&frame.token, &view.logins)) }
                section.card.stack aria-labelledby="offers" {
                    h2 #offers { "What you can do" }
                    ul.offers {
                        @for (endpoint, what) in view.offers {
                            li { code { (endpoint) } span { (what) } }
                        }
                    }
                }
                section.card.stack aria-labelledby="how" {
                    h2 #how { "How to call the API" }
                    p {
                        "Ask for a link, use it for a token, and send the token with each request. "
                        "Answers are JSON; a refusal says in " code { "code" } " and "
                        code { "detail" } " what was wrong."
                    }
                    (sample(&view.base))
                }
            }
        },
    )
}

fn sample(base: &str) -> Markup {
    let text = format!(
        "curl {base}/auth/request-magic-link --json '{{\"email\": \"you@example.com\"}}'\n\
         curl {base}/auth/verify-magic-link --json '{{\"email\": \"you@example.com\", \
         \"token\": \"…\"}}'\n\
         curl {base}/me -H 'authorization: Bearer <accessToken>'"
    );
    html! { pre.sample tabindex="0" aria-label="Example" { (text) } }
}
