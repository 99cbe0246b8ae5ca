//! Long lists come in pages: how many rows are asked for, and where the next page starts.

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use beta_kit::page::{Cursor, Limit};
use beta_kit::refusal::refuse;
use serde::{Deserialize, Deserializer, Serialize};
use url::form_urlencoded;

use super::{Found, Query};
use crate::error::Error;

/// How many rows a page has when nobody says.
const LIMIT_DEFAULT: Limit = Limit::new(50).expect("fifty is a limit");

/// The page that is asked for: `?limit=&cursor=`.
#[derive(Clone, Debug)]
pub struct Page {
    /// How many rows.
    pub limit: Limit,
    /// The last row of the page before; `None` for the first page.
    pub after: Option<Cursor>,
    path: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageQuery {
    #[serde(default = "limit_default", deserialize_with = "limit")]
    limit: Limit,
    #[serde(default, deserialize_with = "cursor")]
    cursor: Option<Cursor>,
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let Query(PageQuery { limit, cursor }) = Query::from_request_parts(parts, state).await?;
        let path = match parts.extensions.get::<OriginalUri>() {
            Some(uri) => uri.path().to_owned(),
            None => parts.uri.path().to_owned(),
        };
        Ok(Self {
            limit,
            after: cursor,
            path,
        })
    }
}

impl Page {
    /// The answer: the rows of this page, and in the header `link` where the next one starts when
    /// this one is full. `last` is the place of the last row.
    pub fn answer<T>(self, rows: Vec<T>, last: Option<Cursor>) -> Paged<T> {
        let next = last
            .filter(|_| rows.len() >= self.limit.get())
            .map(|cursor| {
                let query = form_urlencoded::Serializer::new(String::new())
                    .append_pair("limit", &self.limit.get().to_string())
                    .append_pair("cursor", &cursor.encode())
                    .finish();
                format!("<{}?{query}>; rel=\"next\"", self.path)
            });
        Paged { rows, next }
    }
}

/// 200 with one page of a list.
#[derive(Clone, Debug)]
pub struct Paged<T> {
    rows: Vec<T>,
    next: Option<String>,
}

impl<T: Serialize> IntoResponse for Paged<T> {
    fn into_response(self) -> Response {
        let mut response = Found(self.rows).into_response();
        let next = self.next.and_then(|next| HeaderValue::try_from(next).ok());
        if let Some(next) = next {
            response.headers_mut().insert(header::LINK, next);
        }
        response
    }
}

fn limit_default() -> Limit {
    LIMIT_DEFAULT
}

fn limit<'de, D: Deserializer<'de>>(input: D) -> Result<Limit, D::Error> {
    let text = String::deserialize(input)?;
    let limit = text.parse().ok().and_then(Limit::new);
    limit.ok_or_else(|| refuse("invalid_limit", &"must be a whole number from 1 to 200"))
}

fn cursor<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Cursor>, D::Error> {
    let text = String::deserialize(input)?;
    let cursor = Cursor::decode(&text);
    cursor
        .map(Some)
        .ok_or_else(|| refuse("invalid_cursor", &"must come from a link header"))
}
