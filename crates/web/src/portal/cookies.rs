//! The cookies of the portal. None can be read by scripts or is sent along from other sites.
//!
//! Behind TLS their names begin with `__Host-`: then browsers keep them only when they came over
//! TLS from this very host, so that no neighbouring host can plant one.

use std::convert::Infallible;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponseParts, ResponseParts};

use crate::state::App;
use crate::tokens;

/// Whose forms these are, before anybody has signed in.
pub(super) const FORM: &str = "beta_form";
/// What the last form came to, for the page that follows it.
pub(super) const FLASH: &str = "beta_flash";

/// How long the outcome of a form waits for its page, in seconds.
const FLASH_SECONDS: i64 = 60;

/// A cookie on its way to the browser.
#[derive(Clone, Debug)]
pub(super) struct SetCookie(String);

impl IntoResponseParts for SetCookie {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        // Names and values are tokens, ids and codes, all of them ASCII.
        if let Ok(value) = HeaderValue::from_str(&self.0) {
            parts.headers_mut().append(header::SET_COOKIE, value);
        }
        Ok(parts)
    }
}

/// A cookie that ends with the browser.
pub(super) fn plain(app: &App, name: &str, value: &str) -> SetCookie {
    let secure = if app.settings.portal_url.is_https() {
        "; Secure"
    } else {
        ""
    };
    let name = app.settings.cookie_name(name);
    SetCookie(format!(
        "{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}"
    ))
}

/// Keeps the access token of a login for as long as it holds.
pub(super) fn login(app: &App, token: &str) -> SetCookie {
    lasting(plain(app, tokens::COOKIE, token), tokens::LIFE_SECONDS)
}

/// Keeps the outcome of a form until its page is shown.
pub(super) fn flash(app: &App, value: &str) -> SetCookie {
    lasting(plain(app, FLASH, value), FLASH_SECONDS)
}

/// Takes a cookie back.
pub(super) fn gone(app: &App, name: &str) -> SetCookie {
    lasting(plain(app, name, ""), 0)
}

fn lasting(SetCookie(text): SetCookie, seconds: i64) -> SetCookie {
    SetCookie(format!("{text}; Max-Age={seconds}"))
}
