//! What varies in a path.

use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::Error;

/// What varies in the path: one id, a tuple, or a struct with the names of the path.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(refused(parts, state, rejection).await),
        }
    }
}

async fn refused<S: Send + Sync>(parts: &mut Parts, state: &S, rejection: PathRejection) -> Error {
    let PathRejection::FailedToDeserializePathParams(error) = rejection else {
        tracing::error!(%rejection, "a route without parameters was asked for them");
        return Error::internal();
    };
    let (field, message) = match error.into_kind() {
        ErrorKind::ParseErrorAtKey {
            key, expected_type, ..
        } => (Some(key), format!("is not a {expected_type}")),
        ErrorKind::InvalidUtf8InPathParam { key } => (Some(key), "is not UTF-8".to_owned()),
        ErrorKind::DeserializeError { key, message, .. } => (Some(key), message),
        ErrorKind::ParseError { expected_type, .. } => (None, format!("is not a {expected_type}")),
        ErrorKind::Message(message) => (None, message),
        _ => (None, "cannot be read".to_owned()),
    };
    let field = match field {
        Some(field) => field,
        None => first_name(parts, state).await,
    };
    Error::field(field, "invalid_path", message)
}

async fn first_name<S: Send + Sync>(parts: &mut Parts, state: &S) -> String {
    let params = RawPathParams::from_request_parts(parts, state).await;
    let name = params
        .ok()
        .and_then(|params| params.iter().next().map(|(name, _)| name.to_owned()));
    name.unwrap_or_else(|| "path".to_owned())
}
