//! Gives every request its id, writes it into the answer and its problem, and logs one line.
//!
//! Headers, bodies, queries and addresses are never logged.

use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use beta_kit::id::Id;

use super::gate::Route;
use super::security::Surface;
use crate::error::{PROBLEM_JSON, Problem};
use crate::extract::RequestId;
use crate::state::App;

const HEADER: &str = "x-request-id";
/// The longest id that is taken over from a caller.
const LENGTH_MAX: usize = 128;

pub(super) async fn watch(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = given(request.headers()).unwrap_or_else(|| app.works.mint::<Id>().to_string());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    request.extensions_mut().insert(RequestId(id.clone()));
    let response = next.run(request).await;
    let mut response = name_problem(response, &id);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    let duration = started.elapsed().as_micros();
    tracing::info!(
        method = %method,
        path = shown(&path, &response),
        status = response.status().as_u16(),
        duration_ms = %format_args!("{}.{:03}", duration / 1_000, duration % 1_000),
        request_id = id,
        "request completed"
    );
    response
}

/// The caller's id, when it can be copied into a log without harm.
fn given(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let fits = (1..=LENGTH_MAX).contains(&text.len());
    (fits && text.bytes().all(plain)).then(|| text.to_owned())
}

/// A signed address opens a file to whoever has it, so that it is logged as it is declared.
fn shown<'a>(path: &'a str, response: &Response) -> &'a str {
    let extensions = response.extensions();
    match (extensions.get::<Surface>(), extensions.get::<Route>()) {
        (Some(Surface::Media), Some(Route(declared))) => declared,
        _ => path,
    }
}

/// Writes the request's id into the body of a problem.
fn name_problem(mut response: Response, id: &str) -> Response {
    let is_problem = response.headers().get(header::CONTENT_TYPE)
        == Some(&HeaderValue::from_static(PROBLEM_JSON));
    if !is_problem {
        return response;
    }
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    debug_assert_ne!(problem.status, StatusCode::OK, "a problem is not a success");
    response.headers_mut().remove(header::CONTENT_LENGTH);
    *response.body_mut() = Body::from(problem.json(Some(id)));
    response
}
