//! Refusals as pages: what the API says in JSON, said to a person in a browser.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};

use super::layout::{Frame, page};
use crate::error::Problem;
use crate::extract::RequestId;
use crate::layers::security::Surface;

/// Turns the problems of pages, and of paths that nobody knows, into pages where a person looks.
pub(crate) async fn problems_as_pages(request: Request, next: Next) -> Response {
    let wants_page = accepts(request.headers(), "text/html");
    let is_get = matches!(*request.method(), Method::GET | Method::HEAD);
    let id = request
        .extensions()
        .get::<RequestId>()
        .map(|id| id.0.clone());
    let mut response = next.run(request).await;
    let surface = response.extensions().get::<Surface>().copied();
    let concerned = match surface {
        Some(Surface::Portal) => true,
        Some(Surface::Overlay | Surface::Docs | Surface::Media | Surface::Api) => false,
        None => is_get,
    };
    if !wants_page || !concerned {
        return response;
    }
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    if problem.status == StatusCode::UNAUTHORIZED {
        return on_portal(Redirect::to("/auth/sign-in"));
    }
    let view = ProblemView::new(&problem, id.unwrap_or_default());
    let mut shown = on_portal((problem.status, render(&view)));
    if let Some(seconds) = response.headers_mut().remove(header::RETRY_AFTER) {
        shown.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    shown
}

fn on_portal(answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    response.extensions_mut().insert(Surface::Portal);
    response
}

fn accepts(headers: &HeaderMap, kind: &str) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains(kind))
}

/// A refusal in words.
pub(super) struct ProblemView {
    pub(super) heading: &'static str,
    pub(super) detail: String,
    pub(super) advice: &'static str,
    pub(super) code: String,
    pub(super) request_id: String,
}

impl ProblemView {
    fn new(problem: &Problem, request_id: String) -> Self {
        let (heading, advice) = match problem.status {
            StatusCode::FORBIDDEN if problem.code == "stale_form" => (
                "This form has grown old",
                "Go back, load the page again and send it once more. Nothing was changed.",
            ),
            StatusCode::FORBIDDEN => (
                "This page is for others",
                "The start page shows the way to yours.",
            ),
            StatusCode::NOT_FOUND => (
                "There is nothing here",
                "Check the address, or begin at the start page.",
            ),
            StatusCode::TOO_MANY_REQUESTS => (
                "That was too much at once",
                "Wait a minute, then try again.",
            ),
            status if status.is_server_error() => (
                "Something went wrong here",
                "Try again in a moment. If it stays so, tell whoever runs this installation the \
                 number below.",
            ),
            _ => (
                "This could not be done",
                "Go back, check what you sent and try again.",
            ),
        };
        let detail = match problem.code.as_ref() {
            // Its name in the permission table helps nobody here.
            "insufficient_permissions" => "Your role does not open it.".to_owned(),
            _ => sentence(&problem.detail),
        };
        let code = problem.code.to_string();
        Self {
            heading,
            detail,
            advice,
            code,
            request_id,
        }
    }

    #[cfg(test)]
    pub(super) fn samples() -> Vec<(&'static str, Self)> {
        let sample = |status, code: &'static str, detail: &'static str| {
            let error = crate::error::Error::new(status, code, detail);
            Self::new(error.problem(), "0198c0de".to_owned())
        };
        let denied = "this role may not deliveries:trigger";
        vec![
            (
                "forbidden",
                sample(StatusCode::FORBIDDEN, "insufficient_permissions", denied),
            ),
            (
                "stale",
                sample(StatusCode::FORBIDDEN, "stale_form", "this form is too old"),
            ),
            (
                "unknown",
                sample(
                    StatusCode::NOT_FOUND,
                    "unknown_route",
                    "nothing at this path",
                ),
            ),
            (
                "broken",
                sample(StatusCode::INTERNAL_SERVER_ERROR, "internal", "went wrong"),
            ),
        ]
    }
}

/// The text with a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

pub(super) fn render(view: &ProblemView) -> Markup {
    let frame = Frame {
        title: view.heading,
        is_bare: true,
        ..Frame::default()
    };
    page(
        &frame,
        &html! {
            div.narrow {
                div.card.raised.stack {
                    h1 { (view.heading) }
                    p { (view.detail) }
                    p.muted { (view.advice) }
                    p.row { a.button href="/" { "Start page" } }
                    p.small.muted {
                        "Reason " code { (view.code) }
                        @if !view.request_id.is_empty() { ", request " code { (view.request_id) } }
                    }
                }
            }
        },
    )
}
