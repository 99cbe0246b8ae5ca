//! Forms: the fields somebody sent from a page of ours, and proof that it was ours.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::visit::Visit;
use crate::error::Error;
use crate::extract::read_body;
use crate::layers::is_ours;
use crate::state::App;

/// The name of the hidden field that holds the token.
pub(super) const TOKEN_FIELD: &str = "form_token";

/// A form that a page of ours holds, sent by the browser it was shown to.
#[derive(Clone, Debug)]
pub(super) struct Form<T> {
    /// Who sent it.
    pub(super) visit: Visit,
    /// What they wrote.
    pub(super) fields: T,
}

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    form_token: String,
}

impl<T: DeserializeOwned> FromRequest<App> for Form<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, app).await?;
        if is_foreign(app, &parts.headers) {
            return Err(stale());
        }
        let body = read_body(body).await?;
        let token: Token = serde_urlencoded::from_bytes(&body).map_err(|_| unreadable())?;
        if !visit.gave(&token.form_token) {
            return Err(stale());
        }
        let fields = serde_urlencoded::from_bytes(&body).map_err(|_| unreadable())?;
        Ok(Self { visit, fields })
    }
}

/// Whether the browser says that another site sent this. A browser that does not say, or hides
/// the origin, is believed because of the token alone.
fn is_foreign(app: &App, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site != "same-origin";
    }
    match text(header::ORIGIN.as_str()) {
        None | Some("null") => false,
        Some(origin) => !is_ours(app, origin, text(header::HOST.as_str())),
    }
}

fn stale() -> Error {
    let detail = "this form is too old or belongs to another login: open the page again";
    Error::new(StatusCode::FORBIDDEN, "stale_form", detail)
}

fn unreadable() -> Error {
    Error::new(
        StatusCode::BAD_REQUEST,
        "unreadable_form",
        "the form could not be read",
    )
}
