//! Who asks, as the gate found out.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use beta_domain::actor::Actor;

use crate::error::Error;

/// Who asks, as the gate in front of every endpoint found out.
#[derive(Clone, Debug)]
pub struct Who(pub Actor);

impl<S: Sync> FromRequestParts<S> for Who {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let actor = parts.extensions.get::<Actor>().cloned();
        Ok(Self(actor.unwrap_or(Actor::Nobody)))
    }
}
