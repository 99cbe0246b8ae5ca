//! Creative files, for whoever holds a signed address.
//!
//! Overlays and browsers cannot send a token with an image, so the address itself is the
//! permission: `/media/<expiry>.<signature>/<object key>`. It names one file and holds for a day.

use std::ops::Range;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use beta_kit::blobs::{BlobBody, BlobError};
use beta_kit::media::MediaKind;
use beta_kit::secret::Signer;
use beta_kit::time::Timestamp;
use futures::TryStreamExt;

use crate::error::Error;
use crate::extract::Path;
use crate::layers::security::Surface;
use crate::router::{Access, Endpoint, endpoint};
use crate::state::App;

/// How long an address holds at least.
const LIFE: Duration = Duration::from_hours(24);
/// Addresses of one file made within this time are equal, so that caches know them again.
const ROUNDING_SECONDS: i64 = 3_600;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let show = endpoint(Method::GET, "/media/{grant}/{*key}", Access::Public, show);
    vec![show.on(Surface::Media).unlimited()]
}

/// The address at which a creative's file can be fetched from now on for a day.
pub fn asset_url(app: &App, object_key: &str) -> String {
    let grant = grant(app.tokens.media(), object_key, app.works.now());
    app.settings
        .public_url
        .join(&format!("/media/{grant}/{object_key}"))
}

/// `GET /media/{grant}/{*key}`
async fn show(
    State(app): State<App>,
    Path((grant, key)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let left = seconds_left(app.tokens.media(), &grant, &key, app.works.now());
    let left = left.ok_or_else(|| {
        let detail = "this address is not valid, or not any more";
        Error::new(StatusCode::FORBIDDEN, "media_link_invalid", detail)
    })?;
    let wanted = headers
        .get(header::RANGE)
        .and_then(|range| range.to_str().ok());
    let found = match wanted.and_then(Wanted::parse) {
        Some(wanted) => part(&app, &key, wanted).await,
        None => app
            .blobs
            .get(&key, None)
            .await
            .map(|whole| whole.map(|body| (body, false))),
    };
    match found {
        Ok(Some((body, partial))) => Ok(answer(&key, body, partial, left)),
        Ok(None) => Err(Error::not_found("file_not_found", "there is no such file")),
        Err(BlobError::BadRange { size_bytes }) => Err(not_satisfiable(size_bytes)),
        Err(error) => Err(error.into()),
    }
}

/// Expiry and signature, as they stand in an address made `now`.
fn grant(signer: &Signer, key: &str, now: Timestamp) -> String {
    let expiry = now.plus(LIFE).as_seconds().div_euclid(ROUNDING_SECONDS) + 1;
    let expiry = expiry * ROUNDING_SECONDS;
    format!("{expiry}.{}", signer.sign(&signed(expiry, key)))
}

/// What is signed: everything an address says.
fn signed(expiry: i64, key: &str) -> String {
    format!("{expiry}/{key}")
}

/// For how many seconds the address still holds; `None` when it is not ours or holds no more.
fn seconds_left(signer: &Signer, grant: &str, key: &str, now: Timestamp) -> Option<i64> {
    let (text, signature) = grant.split_once('.')?;
    let expiry: i64 = text.parse().ok()?;
    let ours = signer.verify(&signed(expiry, key), signature);
    let left = expiry.checked_sub(now.as_seconds())?;
    // Another spelling of the same number, such as `+1`, is not an address we made.
    (ours && left > 0 && expiry.to_string() == text).then_some(left)
}

/// One range of bytes, as the header `range` asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// From the first number to before the second.
    Span(u64, u64),
    /// So many at the end.
    Last(u64),
}

impl Wanted {
    /// `None` for several ranges and for what is no range: then the whole file is the answer.
    fn parse(header: &str) -> Option<Self> {
        let (first, last) = header.strip_prefix("bytes=")?.trim().split_once('-')?;
        match (first, last) {
            ("", last) => number(last).map(Self::Last),
            (first, "") => Some(Self::Span(number(first)?, u64::MAX)),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then(|| Self::Span(first, last.saturating_add(1)))
            }
        }
    }

    const fn of_size(self, size_bytes: u64) -> Range<u64> {
        match self {
            Self::Span(start, end) => start..end,
            Self::Last(count) => size_bytes.saturating_sub(count)..size_bytes,
        }
    }
}

fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// The wanted part of the file.
async fn part(app: &App, key: &str, wanted: Wanted) -> Result<Option<(BlobBody, bool)>, BlobError> {
    let size_bytes = match wanted {
        Wanted::Span(..) => 0,
        // Only the end is known: ask how long the file is.
        Wanted::Last(_) => match app.blobs.get(key, None).await? {
            Some(whole) => whole.size_bytes,
            None => return Ok(None),
        },
    };
    let range = wanted.of_size(size_bytes);
    let found = app.blobs.get(key, Some(range)).await?;
    Ok(found.map(|body| (body, true)))
}

fn answer(key: &str, body: BlobBody, partial: bool, seconds_left: i64) -> Response {
    const INLINE: HeaderValue = HeaderValue::from_static("inline");
    const BYTES: HeaderValue = HeaderValue::from_static("bytes");
    let Range { start, end } = body.range;
    let size_bytes = body.size_bytes;
    let stream = body.stream.inspect_err(|error| {
        tracing::error!(
            error = error as &dyn std::error::Error,
            "a stored file broke off"
        );
    });
    let mut response = Body::from_stream(stream).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, content_type(key));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(end - start));
    headers.insert(header::ACCEPT_RANGES, BYTES);
    headers.insert(header::CONTENT_DISPOSITION, INLINE);
    let cache = format!("private, max-age={seconds_left}, immutable");
    set(headers, header::CACHE_CONTROL, &cache);
    if partial {
        let range = format!("bytes {start}-{}/{size_bytes}", end.saturating_sub(1));
        set(headers, header::CONTENT_RANGE, &range);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    response
}

/// The type of a stored file; its name ends as its content says.
fn content_type(key: &str) -> HeaderValue {
    let extension = key.rsplit_once('.').map_or("", |(_, extension)| extension);
    let kind = MediaKind::ALL
        .into_iter()
        .find(|kind| kind.extension() == extension);
    HeaderValue::from_static(kind.map_or("application/octet-stream", MediaKind::mime))
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // Numbers and plain words always make a header.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn not_satisfiable(size_bytes: u64) -> Error {
    let error = Error::from(BlobError::BadRange { size_bytes });
    match HeaderValue::from_str(&format!("bytes */{size_bytes}")) {
        Ok(value) => error.with_header(header::CONTENT_RANGE, value),
        Err(_) => error,
    }
}

#[cfg(test)]
mod tests {
    use beta_kit::secret::Secret;

    use super::*;

    const KEY: &str = "creatives/a/b.mp4";

    fn signer() -> Signer {
        Signer::derive(&Secret::new("s".repeat(32)), "media")
    }

    #[test]
    fn an_address_holds_for_a_day_and_for_its_file_only() {
        let signer = signer();
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        let address = grant(&signer, KEY, now);
        let left =
            |key: &str, address: &str, at: Timestamp| seconds_left(&signer, address, key, at);
        assert!(left(KEY, &address, now).is_some_and(|left| (86_400..=90_000).contains(&left)));
        assert!(left(KEY, &address, now.plus(LIFE)).is_some());
        assert_eq!(
            left(KEY, &address, now.plus(Duration::from_hours(26))),
            None
        );
        assert_eq!(left("creatives/a/c.mp4", &address, now), None);
        let (expiry, signature) = address.split_once('.').expect("has two parts");
        for forged in [
            format!("{expiry}0.{signature}"),
            format!("+{expiry}.{signature}"),
            format!("{expiry}."),
            expiry.to_owned(),
            ".".to_owned(),
            String::new(),
            format!("{}.{signature}", i64::MIN),
        ] {
            assert_eq!(left(KEY, &forged, now), None, "{forged}");
        }
    }

    #[test]
    fn addresses_made_within_an_hour_are_equal() {
        let signer = signer();
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        let address = |minutes| grant(&signer, KEY, now.plus(Duration::from_mins(minutes)));
        assert_eq!(address(0), address(59));
        assert_ne!(address(0), address(60));
    }

    #[test]
    fn one_range_is_understood_and_everything_else_means_the_whole_file() {
        assert_eq!(Wanted::parse("bytes=0-0"), Some(Wanted::Span(0, 1)));
        assert_eq!(Wanted::parse("bytes=7-"), Some(Wanted::Span(7, u64::MAX)));
        assert_eq!(Wanted::parse("bytes=-5"), Some(Wanted::Last(5)));
        assert_eq!(Wanted::Last(5).of_size(3), 0..3);
        for whole in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=5-4",
            "bytes=0-1,3-4",
            "items=0-1",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=1-99999999999999999999",
        ] {
            assert_eq!(Wanted::parse(whole), None, "{whole}");
        }
    }
}
