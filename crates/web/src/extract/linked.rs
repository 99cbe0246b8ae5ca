//! Pages of questions that ask for more than a page: queries with filters, and answers that are
//! not bare lists.

use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use beta_kit::page::Limit;
use serde::Serialize;
use url::form_urlencoded;

use super::Found;
use super::page::Mark;
pub(crate) use super::page::{limit, mark, whole};

/// 200 with a page, and in the header `link` where the next one starts.
#[derive(Clone, Debug)]
pub struct Linked<T> {
    body: T,
    next: Option<HeaderValue>,
}

impl<T> Linked<T> {
    /// The answer to `uri`: its next page starts at `cursor`, when there is one.
    pub fn new(body: T, uri: &Uri, cursor: Option<&str>) -> Self {
        let next = cursor.and_then(|cursor| HeaderValue::try_from(link(uri, cursor)).ok());
        Self { body, next }
    }
}

/// Where the page behind this one starts, when this one is full.
pub(crate) fn next<T, M: Mark>(
    page: &[T],
    limit: Limit,
    mark: impl FnOnce(&T) -> M,
) -> Option<String> {
    let last = page.last().filter(|_| page.len() == limit.get())?;
    Some(mark(last).encode())
}

/// The same question with another cursor.
fn link(uri: &Uri, cursor: &str) -> String {
    let asked = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(asked.filter(|(name, _)| name != "cursor"))
        .append_pair("cursor", cursor)
        .finish();
    format!("<{}?{query}>; rel=\"next\"", uri.path())
}

impl<T: Serialize> IntoResponse for Linked<T> {
    fn into_response(self) -> Response {
        let mut response = Found(self.body).into_response();
        if let Some(next) = self.next {
            response.headers_mut().insert(header::LINK, next);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_keeps_every_question_but_the_cursor() {
        let uri: Uri = "/payouts?status=paid&cursor=old&limit=2".parse().unwrap();
        assert_eq!(
            link(&uri, "new"),
            "</payouts?status=paid&limit=2&cursor=new>; rel=\"next\""
        );
        let uri: Uri = "/payouts".parse().unwrap();
        assert_eq!(link(&uri, "new"), "</payouts?cursor=new>; rel=\"next\"");
    }
}
