//! `/`: what this is, and the way in.

use axum::http::Method;
use axum::response::Response;
use maud::{Markup, html};

use super::layout::{Frame, PRODUCT, answer, page};
use super::visit::{Visit, landing};
use crate::layers::security::Surface;
use crate::router::{Access, Endpoint, endpoint};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![endpoint(Method::GET, "/", Access::Public, show).on(Surface::Portal)]
}

/// `GET /`
async fn show(visit: Visit) -> Response {
    answer(&visit, view(&Frame::new(&visit, "", "/")))
}

/// A card that leads to a part of the portal.
struct Door {
    path: &'static str,
    label: &'static str,
    title: &'static str,
    text: &'static str,
}

const DOORS: [Door; 3] = [
    Door {
        path: "/agency",
        label: "Agencies and brands",
        title: "Agency and Brand Portal",
        text: "Set-up, approvals, delivery and exports: send an ad to a live channel and watch it \
               arrive.",
    },
    Door {
        path: "/streamer",
        label: "Streamers",
        title: "Streamer Portal",
        text: "Onboarding, channel, key rotation and sessions: one browser source in OBS is all \
               it takes.",
    },
    Door {
        path: "/admin",
        label: "Operators",
        title: "Admin Portal",
        text: "Audit, payouts and operations: who did what, what is owed, and what was paid.",
    },
];

const STEPS: [(&str, &str); 3] = [
    (
        "Send",
        "Press Trigger. The caps, the pacing and the budget are checked before a command leaves.",
    ),
    (
        "Show",
        "The overlay loads the ad first, shows it whole, and reports each step as it happens.",
    ),
    (
        "Prove",
        "Only a play that was seen to its end counts: once, priced to the cent, with its record.",
    ),
];

pub(super) fn view(frame: &Frame) -> Markup {
    let way_in = match &frame.person {
        Some(person) => (landing(person.role), "Go to your page"),
        None => ("/auth/sign-in", "Sign in with your e-mail"),
    };
    page(
        frame,
        html! {
            section.hero {
                p.label { (PRODUCT) }
                h1 { "Control live ads. Prove every one." }
                p.intro {
                    "Show ads on Twitch streams through an overlay in OBS, see each of them arrive "
                    "while the stream is on air, and pay for exactly what was played."
                }
                p.row { a.button href=(way_in.0) { (way_in.1) } }
            }
            section aria-label="Portals" {
                ul.doors {
                    @for door in &DOORS {
                        li {
                            a.card.card-link.dotted href=(door.path) {
                                span.label { (door.label) }
                                h2 { (door.title) }
                                span.muted { (door.text) }
                                span.go { "Open " (door.path) }
                            }
                        }
                    }
                }
            }
            ol.steps aria-label="From trigger to proof" {
                @for (title, text) in &STEPS {
                    li { h3 { (title) } p.muted { (text) } }
                }
            }
        },
    )
}
