//! What the answers of handlers add to the description of an operation.

use axum::http::StatusCode;
use axum::response::Response;
use beta_kit::describe::ToSchema;
use serde_json::json;

use super::draft::{Draft, Way};
use crate::error::Error;
use crate::extract::{
    Created, CsvFile, Done, Found, Linked, Made, Paged, PdfFile, Repeatable, Versioned,
};

const JSON: &str = "application/json";
const NEXT: &str = "Where the next page starts, with `rel=\"next\"`; absent on the last page.";

/// What an answer says of its operation.
pub trait Answers {
    /// Adds the statuses, bodies and headers that may come.
    fn describe(draft: &mut Draft<'_>);
}

impl<A: Answers> Answers for Result<A, Error> {
    fn describe(draft: &mut Draft<'_>) {
        A::describe(draft);
    }
}

/// Says nothing by itself: the endpoint adds what is answered.
impl Answers for Response {
    fn describe(_: &mut Draft<'_>) {}
}

impl<T: ToSchema> Answers for Found<T> {
    fn describe(draft: &mut Draft<'_>) {
        let schema = draft.schema::<T>(Way::Out);
        draft.answers(StatusCode::OK, JSON, &schema);
    }
}

impl<T: ToSchema> Answers for Created<T> {
    fn describe(draft: &mut Draft<'_>) {
        let schema = draft.schema::<T>(Way::Out);
        draft.answers(StatusCode::CREATED, JSON, &schema);
    }
}

impl Answers for Done {
    fn describe(draft: &mut Draft<'_>) {
        draft.answers_nothing();
    }
}

impl<T: ToSchema> Answers for Repeatable<T> {
    fn describe(draft: &mut Draft<'_>) {
        Created::<T>::describe(draft);
        Found::<T>::describe(draft);
    }
}

impl<T: ToSchema> Answers for Paged<T>
where
    Vec<T>: ToSchema,
{
    fn describe(draft: &mut Draft<'_>) {
        Found::<Vec<T>>::describe(draft);
        draft.with_header("link", false, NEXT);
    }
}

impl<T: ToSchema> Answers for Linked<T> {
    fn describe(draft: &mut Draft<'_>) {
        Found::<T>::describe(draft);
        draft.with_header("link", false, NEXT);
    }
}

impl<T: ToSchema> Answers for Made<T> {
    fn describe(draft: &mut Draft<'_>) {
        Created::<T>::describe(draft);
        let replayed = "`true` when this is the answer to an earlier request with the same \
            idempotency key.";
        draft.with_header("idempotency-replayed", false, replayed);
    }
}

impl<T: ToSchema> Answers for Versioned<T> {
    fn describe(draft: &mut Draft<'_>) {
        Found::<T>::describe(draft);
        let version = "The version of what is answered, for the header `if-match` of a change.";
        draft.with_header("etag", true, version);
    }
}

impl Answers for CsvFile {
    fn describe(draft: &mut Draft<'_>) {
        let text = json!({"type": "string"});
        draft.answers(StatusCode::OK, Self::MEDIA_TYPE, &text);
        draft.with_header("content-disposition", true, "The name of the file.");
    }
}

impl Answers for PdfFile {
    fn describe(draft: &mut Draft<'_>) {
        let document = json!({"type": "string", "format": "binary"});
        draft.answers(StatusCode::OK, Self::MEDIA_TYPE, &document);
        draft.with_header("content-disposition", true, "The name of the file.");
    }
}
