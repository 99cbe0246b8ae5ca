//! What stands behind the question mark.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use super::refused;
use crate::error::Error;

/// The query, of exactly the shape of `T`.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        for (name, value) in form_urlencoded::parse(query) {
            if name.contains('\0') || value.contains('\0') {
                return Err(refused::invalid_text(&name.replace('\0', "")));
            }
        }
        let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query));
        let value = serde_path_to_error::deserialize(pairs).map_err(|error| {
            let path = error.path().to_string();
            Error::fields(vec![refused::field(&path, &error.inner().to_string())])
        })?;
        Ok(Self(value))
    }
}
