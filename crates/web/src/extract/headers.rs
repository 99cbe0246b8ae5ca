//! Single headers that handlers take.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use beta_domain::accounts::UserAgent;

use crate::error::Error;

/// The longest idempotency key.
pub(crate) const IDEMPOTENCY_KEY_MAX: usize = 128;

/// The id of this request, as it is returned and logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts
            .extensions
            .get()
            .cloned()
            .unwrap_or_else(|| Self(String::new())))
    }
}

/// The header `idempotency-key`, when there is one: 1 to 128 printable ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let Some(value) = parts.headers.get("idempotency-key") else {
            return Ok(Self(None));
        };
        let text = value.to_str().unwrap_or_default();
        let printable = text.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
        if text.is_empty() || text.len() > IDEMPOTENCY_KEY_MAX || !printable {
            return Err(Error::field(
                "idempotency-key",
                "invalid_idempotency_key",
                "must have 1 to 128 printable ASCII characters without spaces",
            ));
        }
        Ok(Self(Some(text.to_owned())))
    }
}

/// The program that asks, as it calls itself in the header `user-agent`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program(pub Option<UserAgent>);

impl<S: Sync> FromRequestParts<S> for Program {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let value = parts.headers.get(header::USER_AGENT);
        let text = value.and_then(|value| value.to_str().ok());
        Ok(Self(text.and_then(UserAgent::from_header)))
    }
}
