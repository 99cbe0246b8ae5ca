//! Requests that create something, and may come again: with the header `idempotency-key` a retry
//! gets the first answer, and nothing is done twice.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use beta_domain::answers;
use beta_domain::work::Work;
use beta_kit::secret::Fingerprint;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::answer::json_text;
use super::body::read_body;
use super::json::check_type;
use super::{Created, IdempotencyKey, parse_json};
use crate::error::Error;

/// Says that an answer belongs to an earlier request with the same idempotency key.
const REPLAYED: &str = "idempotency-replayed";

/// A JSON body of exactly the shape of `T`, and what makes a retry of the request harmless.
#[derive(Clone, Debug)]
pub struct Once<T>(pub T, pub Retry);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Once<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let IdempotencyKey(key) = IdempotencyKey::from_request_parts(&mut parts, state).await?;
        check_type(&parts.headers)?;
        let bytes = read_body(body).await?;
        let value = parse_json(&bytes)?;
        let asked = format!("{} {}", parts.method, parts.uri.path());
        let retry = Retry::of(key, &[asked.as_bytes(), &bytes]);
        Ok(Self(value, retry))
    }
}

/// A request that may be a retry of one that was answered.
#[derive(Clone, Debug)]
pub struct Retry(Option<answers::Request>);

impl Retry {
    /// The request with this key; `parts` are everything that was asked. Without a key it is new.
    pub fn of(key: Option<String>, parts: &[&[u8]]) -> Self {
        Self(key.map(|key| answers::Request {
            key,
            digest: digest(parts),
        }))
    }

    /// What was answered before, if it was.
    ///
    /// # Errors
    /// 409 when the key came with another request.
    pub async fn earlier<T>(&self, work: &mut Work) -> Result<Option<Made<T>>, Error> {
        Ok(self.noted(work).await?.map(Made::Again))
    }

    /// What was noted before with [`Retry::note`], if it was.
    ///
    /// # Errors
    /// 409 when the key came with another request.
    pub async fn noted(&self, work: &mut Work) -> Result<Option<String>, Error> {
        match &self.0 {
            Some(request) => Ok(answers::claim(work, request).await?),
            None => Ok(None),
        }
    }

    /// Notes what a retry needs to find what was made. No secret belongs into it.
    pub async fn note(&self, work: &mut Work, text: &str) -> Result<(), Error> {
        if let Some(request) = &self.0 {
            answers::keep(work, request, text).await?;
        }
        Ok(())
    }

    /// Commits the work and answers with `body`, which a retry will get too. No secret belongs
    /// into it.
    pub async fn answer<T: Serialize>(&self, mut work: Work, body: T) -> Result<Made<T>, Error> {
        let text = serde_json::to_string(&body).map_err(|error| {
            tracing::error!(%error, "an answer could not be written as JSON");
            Error::internal()
        })?;
        self.note(&mut work, &text).await?;
        work.commit().await?;
        Ok(Made::Now(body))
    }
}

/// Digest of the parts, each with its length, so that none can flow into the next.
fn digest(parts: &[&[u8]]) -> String {
    let mut fingerprint = Fingerprint::default();
    for part in parts {
        fingerprint.update(&(part.len() as u64).to_be_bytes());
        fingerprint.update(part);
    }
    fingerprint.hex()
}

/// 201 with what was made, now or by the same request before.
#[derive(Clone, Debug)]
pub enum Made<T> {
    /// By this request.
    Now(T),
    /// By an earlier one: its answer, as it was, with the header `idempotency-replayed`.
    Again(String),
    /// By an earlier one: what it made, as it is now.
    Known(T),
}

impl<T: Serialize> IntoResponse for Made<T> {
    fn into_response(self) -> Response {
        let mut response = match self {
            Self::Now(body) => return Created(body).into_response(),
            Self::Again(text) => json_text(StatusCode::CREATED, text.into_bytes()),
            Self::Known(body) => Created(body).into_response(),
        };
        let replayed = HeaderValue::from_static("true");
        response.headers_mut().insert(REPLAYED, replayed);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_flow_into_each_other() {
        assert_ne!(digest(&[b"ab", b"c"]), digest(&[b"a", b"bc"]));
        assert_eq!(digest(&[b"ab", b"c"]), digest(&[b"ab", b"c"]));
    }
}
