//! What surrounds every endpoint, from the outside in: watching, headers, panics, slow bodies.
//!
//! What depends on the endpoint (limits, who may come in, time) stands in `gate`.

pub mod client_ip;
pub mod limit;
pub mod security;
pub(crate) mod gate;
mod authenticate;
mod cors;
mod handshake;
mod watch;

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::error::Error;
use crate::state::App;

pub use authenticate::{authenticate, authenticate_overlay, authenticate_token};
pub(crate) use authenticate::{bearer, is_ours, own_cookie};
pub use client_ip::{ClientIp, Peer};

/// How long a body may send nothing before it is given up, unless a test is less patient.
pub const BODY_STALL_TIMEOUT: Duration = Duration::from_secs(10);

/// Puts the layers around the routes.
pub(crate) fn around(routes: Router, app: App) -> Router {
    routes
        .layer(from_fn_with_state(app.clone(), handshake::handshake))
        .layer(RequestBodyTimeoutLayer::new(
            app.settings.body_stall_timeout,
        ))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(cors::cors))
        .layer(from_fn(crate::portal::problems_as_pages))
        .layer(from_fn_with_state(app.clone(), security::headers))
        .layer(from_fn_with_state(app, watch::watch))
}

/// The panic itself is logged by the program's panic hook.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    Error::internal().into_response()
}
