//! What the arguments of handlers add to the description of an operation.

use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderMap, StatusCode};
use beta_kit::describe::{Arrival, Segments, ToSchema};
use serde_json::json;

use super::draft::{Draft, Way};
use crate::extract::{
    IDEMPOTENCY_KEY_MAX, IdempotencyKey, IfMatch, Json, JsonIfAny, JsonParts, Once, Page, Path,
    Program, Query, RequestId, Who,
};
use crate::layers::ClientIp;
use crate::sign_in::SignInAllowed;

/// What an argument of a handler says of its operation.
pub trait Part {
    /// Adds what the argument reads, and what is answered when that cannot be read.
    fn describe(draft: &mut Draft<'_>);
}

/// Arguments that callers neither send nor see.
macro_rules! silent {
    ($([$($generics:tt)*] $name:ty),+ $(,)?) => {$(
        impl<$($generics)*> Part for $name {
            fn describe(_: &mut Draft<'_>) {}
        }
    )+};
}

silent!([S] State<S>, [] Who, [] RequestId, [] ClientIp, [] OriginalUri, [] HeaderMap, [] Request,
    [] Program);

impl Part for SignInAllowed {
    fn describe(draft: &mut Draft<'_>) {
        draft.refuses(StatusCode::TOO_MANY_REQUESTS, "");
    }
}

impl<T: ToSchema> Part for Json<T> {
    fn describe(draft: &mut Draft<'_>) {
        let schema = draft.schema::<T>(Way::In(Arrival::Json));
        draft.asks_for("application/json", &schema);
    }
}

impl<T: ToSchema> Part for JsonIfAny<T> {
    fn describe(draft: &mut Draft<'_>) {
        let schema = draft.schema::<T>(Way::In(Arrival::Json));
        draft.may_be_told("application/json", &schema);
    }
}

impl<T: ToSchema> Part for JsonParts<T> {
    fn describe(draft: &mut Draft<'_>) {
        Json::<T>::describe(draft);
    }
}

impl<T: Segments> Part for Path<T> {
    fn describe(draft: &mut Draft<'_>) {
        let names = draft.path.split(['{', '}']).skip(1).step_by(2);
        for (name, segment) in names.zip(T::segments()) {
            let schema = draft.segment(segment);
            draft.parameters.push(json!({
                "name": name.trim_start_matches('*'),
                "in": "path",
                "required": true,
                "schema": schema,
            }));
        }
        draft.refuses(StatusCode::BAD_REQUEST, "");
        draft.refuses(StatusCode::NOT_FOUND, "");
    }
}

impl<T: ToSchema> Part for Query<T> {
    fn describe(draft: &mut Draft<'_>) {
        for (name, required, mut schema) in draft.fields::<T>() {
            let description = schema
                .as_object_mut()
                .and_then(|schema| schema.remove("description"));
            let mut parameter = json!({
                "name": name,
                "in": "query",
                "required": required,
                "schema": schema,
            });
            if let Some(description) = description {
                parameter["description"] = description;
            }
            draft.parameters.push(parameter);
        }
        draft.refuses(StatusCode::BAD_REQUEST, "");
    }
}

impl<M: ToSchema, const ROWS: u16> Part for Page<M, ROWS> {
    fn describe(draft: &mut Draft<'_>) {
        let limit = draft.schema::<beta_kit::page::Limit>(Way::In(Arrival::Text));
        let cursor = draft.schema::<M>(Way::In(Arrival::Text));
        draft.parameters.push(json!({
            "name": "limit",
            "in": "query",
            "description": format!("How many rows to answer with at most; {ROWS} when left out."),
            "schema": limit,
        }));
        draft.parameters.push(json!({
            "name": "cursor",
            "in": "query",
            "schema": cursor,
        }));
        draft.refuses(StatusCode::BAD_REQUEST, "");
    }
}

impl Part for IdempotencyKey {
    fn describe(draft: &mut Draft<'_>) {
        draft.reads_header(
            "idempotency-key",
            "Makes the request safe to repeat: the same key with the same body gives the same \
             answer once more.",
            &json!({
                "type": "string",
                "minLength": 1,
                "maxLength": IDEMPOTENCY_KEY_MAX,
                "pattern": "^[!-~]+$",
            }),
        );
        draft.refuses(
            StatusCode::CONFLICT,
            "The idempotency key belongs to another request",
        );
    }
}

impl<T: ToSchema> Part for Once<T> {
    fn describe(draft: &mut Draft<'_>) {
        IdempotencyKey::describe(draft);
        Json::<T>::describe(draft);
    }
}

impl Part for IfMatch {
    fn describe(draft: &mut Draft<'_>) {
        draft.reads_header(
            "if-match",
            "Do it only to the state with this `etag`; `*` or nothing means any state.",
            &json!({
                "type": "string",
                "minLength": 1,
                "pattern": "^(\\*|\"[1-9][0-9]{0,17}\")$",
                "examples": ["\"7\""],
            }),
        );
        draft.refuses(StatusCode::PRECONDITION_FAILED, "");
    }
}
