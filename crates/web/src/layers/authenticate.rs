//! Who asks: a bearer token, the portal's cookie, or an overlay's key.

use axum::http::{HeaderMap, StatusCode, header};
use beta_domain::accounts;
use beta_domain::actor::{Actor, UserActor};
use beta_domain::streamers::OverlayIdentity;

use crate::error::Error;
use crate::state::{App, Settings};
use crate::tokens::COOKIE;

/// The person behind a request, as the database knows them now.
///
/// A browser sends the cookie by itself, so where something changes (`safe` is false) the request
/// must also come from a page of ours.
///
/// # Errors
/// 401 when there is no token or its login has ended; 403 for a cookie sent from elsewhere.
pub async fn authenticate(
    app: &App,
    headers: &HeaderMap,
    safe: bool,
    cookie: bool,
) -> Result<UserActor, Error> {
    let token = match bearer(headers)? {
        Some(token) => token,
        None => match own_cookie(app, headers, COOKIE).filter(|_| cookie) {
            Some(token) if safe || is_same_origin(app, headers) => token,
            Some(_) => return Err(cross_site()),
            None => return Err(Error::unauthorized("not_signed_in", "sign in first")),
        },
    };
    authenticate_token(app, token).await
}

/// The person whose access token this is, as the database knows them now.
///
/// # Errors
/// 401 when the token is not ours or its login has ended.
pub async fn authenticate_token(app: &App, token: &str) -> Result<UserActor, Error> {
    let ended = || Error::unauthorized("login_ended", "this login has ended, sign in again");
    let claims = app
        .tokens
        .verify(token, app.works.now())
        .ok_or_else(ended)?;
    let mut work = app.works.read(Actor::System).await?;
    let found = accounts::find_login(&mut work, claims.jti).await?;
    let found = found.ok_or_else(ended)?;
    if found.is_due(&work) {
        drop(work);
        let mut work = app.works.begin(Actor::System).await?;
        accounts::see_login(&mut work, claims.jti).await?;
        work.commit().await?;
    }
    Ok(found.user)
}

/// The overlay behind a request, by the header `x-overlay-key`.
///
/// # Errors
/// 401 when there is no key or it is not the key of a channel now.
pub async fn authenticate_overlay(
    app: &App,
    headers: &HeaderMap,
) -> Result<OverlayIdentity, Error> {
    let key = headers
        .get("x-overlay-key")
        .and_then(|value| value.to_str().ok());
    let Some(key) = key.filter(|key| !key.is_empty()) else {
        return Err(Error::unauthorized(
            "missing_overlay_key",
            "send the header x-overlay-key",
        ));
    };
    let found = app.keys.find(&app.works, key).await?;
    found.ok_or_else(|| Error::unauthorized("invalid_overlay_key", "this overlay key is not valid"))
}

/// The token of `authorization: Bearer <token>`; a header of another form is refused.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Error> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let malformed = || Error::unauthorized("invalid_token", "send authorization: Bearer <token>");
    let text = value.to_str().map_err(|_| malformed())?;
    let (scheme, token) = text.split_once(' ').ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(malformed());
    }
    Ok(Some(token.trim()))
}

/// The value of our cookie called `wanted`, under the name that browsers know it by.
pub(crate) fn own_cookie<'a>(app: &App, headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let wanted = app.settings.cookie_name(wanted);
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|text| text.split(';'));
    pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == wanted).then_some(value)
    })
}

/// Whether a page of ours sent the request, by what browsers say and pages cannot forge.
pub(super) fn is_same_origin(app: &App, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    text("origin").is_some_and(|origin| is_ours(app, origin, text("host")))
}

/// Whether `origin` is one of ours, or the one this request was sent to.
pub(crate) fn is_ours(app: &App, origin: &str, host: Option<&str>) -> bool {
    let Settings {
        portal_url,
        public_url,
        ..
    } = &*app.settings;
    if origin == portal_url.origin() || origin == public_url.origin() {
        return true;
    }
    let named = origin.split_once("://").map(|(_, host)| host);
    named.is_some() && named == host
}

fn cross_site() -> Error {
    let detail = "a signed-in browser may send this from the portal only";
    Error::new(StatusCode::FORBIDDEN, "cross_site_request", detail)
}
