//! Changes that hold only for the state somebody has seen: `etag` out, `if-match` in.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use beta_kit::version::Version;
use serde::Serialize;

use super::Found;
use crate::error::Error;

/// The header `if-match`: the state that the caller has seen; `None` when there is no header or
/// it says `*`, which any state meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IfMatch(pub Option<Version>);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else {
            return Ok(Self(None));
        };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self(None));
        }
        let version = read(text).ok_or_else(|| {
            let message = "must be the etag of one answer, such as \"7\", or *";
            Error::field("if-match", "invalid_if_match", message)
        })?;
        Ok(Self(Some(version)))
    }
}

/// The version that an entity tag of ours names.
fn read(text: &str) -> Option<Version> {
    let number = text.strip_prefix('"')?.strip_suffix('"')?;
    let plain = number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse().ok().filter(|_| plain).and_then(Version::new)
}

fn tag(version: Version) -> HeaderValue {
    HeaderValue::try_from(format!("\"{}\"", version.get()))
        .expect("digits between quotes are visible ASCII")
}

/// 200 with a body and, in the header `etag`, the version that a change of it may name.
#[derive(Clone, Copy, Debug)]
pub struct Versioned<T>(pub Version, pub T);

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let Self(version, body) = self;
        let mut response = Found(body).into_response();
        response.headers_mut().insert(header::ETAG, tag(version));
        response
    }
}

impl Error {
    /// 412: somebody else has changed it meanwhile; `current` is its version now.
    pub fn stale(current: Version) -> Self {
        let detail = "it was changed since you read it, read it again";
        Self::new(StatusCode::PRECONDITION_FAILED, "stale_version", detail)
            .with_header(header::ETAG, tag(current))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_a_version_between_quotes() {
        let seven = Version::new(7);
        assert_eq!(read("\"7\""), seven);
        assert_eq!(seven.map(tag), Some(HeaderValue::from_static("\"7\"")));
        for bad in [
            "",
            "7",
            "\"",
            "\"\"",
            "\"0\"",
            "\"+7\"",
            "\"x\"",
            "W/\"7\"",
            "\"7\",\"8\"",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
