//! Reading a whole body, but not more of it than there is room for.

use axum::body::Body;
use axum::http::StatusCode;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tower_http::timeout::TimeoutError;

use crate::error::Error;

/// The largest JSON body.
pub const BODY_BYTES_MAX: usize = 1_048_576;

/// The whole body, when it is no longer than [`BODY_BYTES_MAX`] and comes to its end.
pub async fn read_body(body: Body) -> Result<Bytes, Error> {
    match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) => Err(unreadable(&*error)),
    }
}

fn unreadable(error: &(dyn std::error::Error + 'static)) -> Error {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            let detail = format!("the body is larger than {BODY_BYTES_MAX} bytes");
            return Error::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail);
        }
        if error.is::<TimeoutError>() {
            let detail = "the body stopped coming before its end";
            return Error::new(StatusCode::REQUEST_TIMEOUT, "body_timeout", detail);
        }
        cause = error.source();
    }
    Error::new(
        StatusCode::BAD_REQUEST,
        "incomplete_body",
        "the body ended before its end",
    )
}
