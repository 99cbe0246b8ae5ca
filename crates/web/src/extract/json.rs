//! A body in JSON.

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::body::read_body;
use super::{refused, whole};
use crate::error::Error;

/// A body in JSON, of exactly the shape of `T`.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        check_type(request.headers())?;
        let bytes = read_body(request.into_body()).await?;
        parse_json(&bytes).map(Self)
    }
}

/// A body in JSON that may be left out altogether: then it is as if all its fields were.
#[derive(Clone, Copy, Debug)]
pub struct JsonIfAny<T>(pub T);

impl<S: Sync, T: DeserializeOwned + Default> FromRequest<S> for JsonIfAny<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        let (parts, body) = request.into_parts();
        let bytes = read_body(body).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        check_type(&parts.headers)?;
        parse_json(&bytes).map(Self)
    }
}

/// A body in JSON whose parts the handler reads one by one with [`parse_part`], so that what is
/// wrong with one of them is no matter of the others.
#[derive(Clone, Copy, Debug)]
pub struct JsonParts<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for JsonParts<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        check_type(request.headers())?;
        let bytes = read_body(request.into_body()).await?;
        refuse_empty(&bytes)?;
        let parsed = parse_exactly(&bytes).map_err(|refusal| refusal.error);
        parsed.map(Self)
    }
}

/// Reads a part of a body as if it were a body of its own.
pub fn parse_part<T: DeserializeOwned>(part: &Value) -> Result<T, Error> {
    parse_json(part.to_string().as_bytes())
}

/// Reads JSON of exactly the shape of `T`, or says which field is wrong and why.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    refuse_empty(bytes)?;
    refused::refuse_nul(bytes)?;
    match parse_exactly(bytes) {
        Err(Refusal {
            asks_for_whole: true,
            error,
        }) => whole::reread(bytes).unwrap_or(Err(error)),
        Err(refusal) => Err(refusal.error),
        Ok(value) => Ok(value),
    }
}

fn refuse_empty(bytes: &[u8]) -> Result<(), Error> {
    if !bytes.is_empty() {
        return Ok(());
    }
    let detail = "the body must not be empty";
    Err(Error::new(StatusCode::BAD_REQUEST, "empty_body", detail))
}

/// Why a body was refused, and whether `15.0` may stand where it should say `15`.
struct Refusal {
    error: Error,
    asks_for_whole: bool,
}

fn parse_exactly<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| Refusal {
        asks_for_whole: whole::is_asked_for(error.inner()),
        error: refused::json(&error.path().to_string(), error.inner()),
    })?;
    let end = json.end();
    end.map_err(|error| Refusal {
        asks_for_whole: false,
        error: refused::json("", &error),
    })?;
    Ok(value)
}

/// Refuses bodies that do not say that they are JSON.
pub(super) fn check_type(headers: &HeaderMap) -> Result<(), Error> {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let detail = "the body must be sent as application/json";
    Err(Error::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        detail,
    ))
}
