//! Answers in JSON.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::error::Error;

/// 201 with a body: every `POST` that did what it was asked.
#[derive(Clone, Copy, Debug)]
pub struct Created<T>(pub T);

/// 200 with a body.
#[derive(Clone, Copy, Debug)]
pub struct Found<T>(pub T);

/// 204: there is nothing more to say.
#[derive(Clone, Copy, Debug)]
pub struct Gone;

impl IntoResponse for Gone {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        json(StatusCode::CREATED, &self.0)
    }
}

impl<T: Serialize> IntoResponse for Found<T> {
    fn into_response(self) -> Response {
        json(StatusCode::OK, &self.0)
    }
}

fn json<T: Serialize>(status: StatusCode, body: &T) -> Response {
    const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
    match serde_json::to_vec(body) {
        Ok(bytes) => (status, [(header::CONTENT_TYPE, JSON)], bytes).into_response(),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            Error::internal().into_response()
        }
    }
}
