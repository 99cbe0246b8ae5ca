//! Long lists come in pages: how many rows are asked for, and where the next page starts.

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use beta_kit::number::Whole;
use beta_kit::page::{Cursor, Limit, Place};
use beta_kit::refusal::refuse;
use serde::{Deserialize, Deserializer, Serialize};
use url::form_urlencoded;

use super::{Found, Query};
use crate::error::Error;

/// What names a row of a list, so that the next page can start behind it.
pub trait Mark: Sized {
    /// The text a caller sends back.
    fn encode(self) -> String;

    /// Reads what [`Mark::encode`] wrote.
    fn decode(text: &str) -> Option<Self>;
}

impl Mark for Cursor {
    fn encode(self) -> String {
        Self::encode(self)
    }

    fn decode(text: &str) -> Option<Self> {
        Self::decode(text)
    }
}

impl Mark for Place {
    fn encode(self) -> String {
        Self::encode(self)
    }

    fn decode(text: &str) -> Option<Self> {
        Self::decode(text)
    }
}

/// The page that is asked for: `?limit=&cursor=`; `ROWS` when nobody says how many.
#[derive(Clone, Debug)]
pub struct Page<M = Cursor, const ROWS: u16 = 50> {
    /// How many rows.
    pub limit: Limit,
    /// The last row of the page before; `None` for the first page.
    pub after: Option<M>,
    path: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "M: Mark")]
struct PageQuery<M> {
    #[serde(default, deserialize_with = "limit")]
    limit: Option<Limit>,
    #[serde(default, deserialize_with = "mark")]
    cursor: Option<M>,
}

impl<S, M, const ROWS: u16> FromRequestParts<S> for Page<M, ROWS>
where
    S: Send + Sync,
    M: Mark,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let rows = const { Limit::new(ROWS).expect("the rows of a page are within the limit") };
        let Query(PageQuery { limit, cursor }) = Query::from_request_parts(parts, state).await?;
        let path = match parts.extensions.get::<OriginalUri>() {
            Some(uri) => uri.path().to_owned(),
            None => parts.uri.path().to_owned(),
        };
        Ok(Self {
            limit: limit.unwrap_or(rows),
            after: cursor,
            path,
        })
    }
}

impl<M: Mark, const ROWS: u16> Page<M, ROWS> {
    /// The answer: the rows of this page, and in the header `link` where the next one starts when
    /// this one is full. `last` is the place of the last row.
    pub fn answer<T>(self, rows: Vec<T>, last: Option<M>) -> Paged<T> {
        let next = last.filter(|_| rows.len() >= self.limit.get()).map(|mark| {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("limit", &self.limit.get().to_string())
                .append_pair("cursor", &mark.encode())
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

pub(crate) fn limit<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Limit>, D::Error> {
    let text = String::deserialize(input)?;
    let limit = text.parse().ok().and_then(Limit::new);
    limit
        .map(Some)
        .ok_or_else(|| refuse("invalid_limit", &"must be a whole number from 1 to 200"))
}

pub(crate) fn mark<'de, M: Mark, D: Deserializer<'de>>(input: D) -> Result<Option<M>, D::Error> {
    let text = String::deserialize(input)?;
    let mark = M::decode(&text);
    mark.map(Some)
        .ok_or_else(|| refuse("invalid_cursor", &"must come from a link header"))
}

/// For `#[serde(default, deserialize_with = "linked::whole")]`: a whole number of a query.
pub(crate) fn whole<'de, const MIN: i64, const MAX: i64, D: Deserializer<'de>>(
    input: D,
) -> Result<Option<Whole<MIN, MAX>>, D::Error> {
    let text = String::deserialize(input)?;
    let number: i64 = text
        .parse()
        .map_err(|_| refuse("invalid_type", &"must be a whole number"))?;
    let whole = Whole::new(number).map_err(|error| refuse(error.code(), &error))?;
    Ok(Some(whole))
}
