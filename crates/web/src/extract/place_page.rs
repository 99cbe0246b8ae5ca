//! Pages of lists that are ordered by time, newest first.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use beta_kit::page::{Limit, Place};
use serde::{Deserialize, Serialize};

use super::{Found, Query};
use crate::error::Error;

/// How many rows come when nobody says how many.
const LIMIT_DEFAULT: u16 = 100;

/// Which page of a list is asked for: `?limit=&cursor=`.
#[derive(Clone, Debug)]
pub struct PlacePage {
    /// How many rows at most.
    pub limit: Limit,
    /// Behind which row.
    pub after: Place,
    path: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageQuery {
    limit: Option<u16>,
    cursor: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for PlacePage {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let Query(query) = Query::<PageQuery>::from_request_parts(parts, state).await?;
        let limit = Limit::new(query.limit.unwrap_or(LIMIT_DEFAULT));
        let message = format!("must be a whole number from 1 to {}", Limit::MAX);
        let limit = limit.ok_or_else(|| Error::field("limit", "invalid_limit", message))?;
        let after = match query.cursor {
            Some(text) => Place::decode(&text).ok_or_else(|| {
                Error::field("cursor", "invalid_cursor", "must come from a link header")
            })?,
            None => Place::START,
        };
        Ok(Self { limit, after, path: parts.uri.path().to_owned() })
    }
}

impl PlacePage {
    /// The answer: the rows, and where the next page starts when this one is full. `last` is the
    /// place of the last row.
    pub fn answer<T>(self, rows: Vec<T>, last: Option<Place>) -> Placed<T> {
        let next = last.filter(|_| rows.len() >= self.limit.get()).map(|place| {
            let (path, limit) = (&self.path, self.limit.get());
            format!("<{path}?limit={limit}&cursor={}>; rel=\"next\"", place.encode())
        });
        Placed { rows, next }
    }
}

/// 200 with one page of a list.
#[derive(Clone, Debug)]
pub struct Placed<T> {
    rows: Vec<T>,
    next: Option<String>,
}

impl<T: Serialize> IntoResponse for Placed<T> {
    fn into_response(self) -> Response {
        let mut response = Found(self.rows).into_response();
        if let Some(next) = self.next.and_then(|next| HeaderValue::try_from(next).ok()) {
            response.headers_mut().insert(header::LINK, next);
        }
        response
    }
}
