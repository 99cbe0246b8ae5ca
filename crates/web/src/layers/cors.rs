//! Pages of any origin may ask with a bearer token or an overlay key; cookies never come along.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

const METHODS: HeaderValue = HeaderValue::from_static("GET,HEAD,PUT,PATCH,POST,DELETE");
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "etag,link,location,retry-after,x-request-id,ratelimit-limit,ratelimit-remaining,\
    ratelimit-reset,x-ratelimit-limit,x-ratelimit-remaining,x-ratelimit-reset,\
    idempotency-replayed",
);
const ANY: HeaderValue = HeaderValue::from_static("*");
/// How long a browser may remember a preflight, in seconds.
const PREFLIGHT_SECONDS: HeaderValue = HeaderValue::from_static("3600");

pub(super) async fn cors(request: Request, next: Next) -> Response {
    let asked_headers = request
        .headers()
        .get(header::ACCESS_CONTROL_REQUEST_HEADERS)
        .cloned();
    let is_preflight = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if is_preflight {
        let mut response = StatusCode::NO_CONTENT.into_response();
        preflight(response.headers_mut(), asked_headers);
        response
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers
        .entry(header::ACCESS_CONTROL_ALLOW_ORIGIN)
        .or_insert(ANY);
    headers
        .entry(header::ACCESS_CONTROL_EXPOSE_HEADERS)
        .or_insert(EXPOSED);
    response
}

fn preflight(headers: &mut HeaderMap, asked_headers: Option<HeaderValue>) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS);
    if let Some(asked) = asked_headers {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
        headers.insert(
            header::VARY,
            HeaderValue::from_static("access-control-request-headers"),
        );
    }
}
