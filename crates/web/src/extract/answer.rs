//! Answers in JSON.

use axum::body::Body;
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

/// 201 for what is new, 200 for what was there already.
#[derive(Clone, Copy, Debug)]
pub enum Repeatable<T> {
    /// It is new.
    First(T),
    /// It was there already.
    Again(T),
}

/// 204: it is done, and there is nothing more to say.
#[derive(Clone, Copy, Debug)]
pub struct Done;

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

/// 200 with a table to keep as a file.
#[derive(Debug)]
pub struct CsvFile {
    /// What the file is called.
    pub name: String,
    /// Its rows: all at once, or as they come.
    pub table: Body,
}

/// 200 with a document to keep as a file.
#[derive(Clone, Debug)]
pub struct PdfFile {
    /// What the file is called.
    pub name: String,
    /// The document.
    pub bytes: Vec<u8>,
}

impl CsvFile {
    /// The media type.
    pub const MEDIA_TYPE: &str = "text/csv; charset=utf-8";
}

impl PdfFile {
    /// The media type.
    pub const MEDIA_TYPE: &str = "application/pdf";
}

impl IntoResponse for CsvFile {
    fn into_response(self) -> Response {
        file(Self::MEDIA_TYPE, &self.name, self.table)
    }
}

impl IntoResponse for PdfFile {
    fn into_response(self) -> Response {
        file(Self::MEDIA_TYPE, &self.name, self.bytes)
    }
}

fn file(media_type: &'static str, name: &str, body: impl IntoResponse) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename={name}"),
        ),
    ];
    (headers, body).into_response()
}

impl<T: Serialize> IntoResponse for Repeatable<T> {
    fn into_response(self) -> Response {
        match self {
            Self::First(body) => Created(body).into_response(),
            Self::Again(body) => Found(body).into_response(),
        }
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
    match serde_json::to_vec(body) {
        Ok(bytes) => json_text(status, bytes),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            Error::internal().into_response()
        }
    }
}

/// An answer whose body is JSON already.
pub(super) fn json_text(status: StatusCode, text: Vec<u8>) -> Response {
    const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
    (status, [(header::CONTENT_TYPE, JSON)], text).into_response()
}
