//! What a door says when it says no: `application/problem+json` as RFC 9457 describes it.
//!
//! One file per room turns that room's errors into this one, in exhaustive matches. Inner texts
//! of failures of ours never go out.

mod database;
mod payouts;
mod reports;
mod audit;
mod answers;
mod accounts;
mod streamers;
mod directory;
mod asked;
mod deliveries;
mod events;
mod campaigns;
mod files;

use std::borrow::Cow;
use std::fmt;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use beta_kit::describe::ToSchema;
use serde::Serialize;

pub(crate) use files::storage_unavailable;

/// The media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// An answer that is not what was asked for.
#[derive(Clone)]
pub struct Error(Box<Problem>);

/// The parts of an error. Rides on the response, so that layers can read and write it anew.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// The stable name of the reason, for programs.
    pub code: Cow<'static, str>,
    /// The reason, for people.
    pub detail: Cow<'static, str>,
    /// The fields at fault, if any.
    pub errors: Vec<FieldError>,
    headers: HeaderMap,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where: `name`, `flights[0].pacingPerHour`.
    pub field: String,
    /// The stable name of the reason.
    pub code: Cow<'static, str>,
    /// The reason, for people.
    pub message: String,
}

impl FieldError {
    /// What is wrong with `field`.
    pub fn new(
        field: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            code: code.into(),
            message: message.into(),
        }
    }
}

impl Error {
    /// An answer with this status, code and detail.
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Problem {
            status,
            code: code.into(),
            detail: detail.into(),
            errors: Vec::new(),
            headers: HeaderMap::new(),
        }))
    }

    /// 400: one field is wrong. The code is the field's.
    pub fn field(
        field: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self::fields(vec![FieldError::new(field, code, message)])
    }

    /// 400: these fields are wrong.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let [only] = &errors[..] else {
            let detail = "several fields are wrong";
            return Self::new(StatusCode::BAD_REQUEST, "validation_failed", detail)
                .with_errors(errors);
        };
        let detail = format!("{}: {}", only.field, only.message);
        Self::new(StatusCode::BAD_REQUEST, only.code.clone(), detail).with_errors(errors)
    }

    /// 401: we do not know who asks.
    pub fn unauthorized(code: &'static str, detail: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, detail)
            .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// 404: there is none, or the caller may not know that there is.
    pub fn not_found(code: &'static str, detail: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, detail)
    }

    /// 500: our fault. The cause is logged where it is known, and never goes out.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something went wrong here",
        )
    }

    /// The same, naming the fields at fault.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors = errors;
        self
    }

    /// The same, with one more header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// The same, saying after how many seconds to try again.
    #[must_use]
    pub fn with_retry_after(self, seconds: u64) -> Self {
        self.with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// Its parts.
    pub const fn problem(&self) -> &Problem {
        &self.0
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProblemBody<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    errors: &'a [FieldError],
}

impl Problem {
    /// The body that goes out.
    pub fn json(&self, request_id: Option<&str>) -> Vec<u8> {
        let body = ProblemBody {
            kind: format!("urn:beta-ads:problem:{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: &self.code,
            request_id,
            errors: &self.errors,
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let problem = *self.0;
        let mut response = Response::new(Body::from(problem.json(None)));
        *response.status_mut() = problem.status;
        response.headers_mut().extend(problem.headers.clone());
        let kind = HeaderValue::from_static(PROBLEM_JSON);
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response.extensions_mut().insert(problem);
        response
    }
}
