//! The gate in front of every endpoint: limit, then who asks, then whether they may, then time.
//! Nothing of the body is read before it opens.

use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use beta_domain::actor::{Actor, Denied};

use super::authenticate::{authenticate, authenticate_overlay};
use super::client_ip::{ClientIp, client_ip};
use super::limit::Allowance;
use super::security::Surface;
use crate::error::Error;
use crate::router::Access;
use crate::state::App;

/// What the gate of one endpoint asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pass {
    pub(crate) access: Access,
    pub(crate) path: &'static str,
    pub(crate) surface: Surface,
    pub(crate) limited: bool,
    pub(crate) timeout: Duration,
}

/// The path of the endpoint that answered, as it is declared. Rides on the response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route(pub(crate) &'static str);

pub(crate) async fn gate(
    State((app, pass)): State<(App, Pass)>,
    mut request: Request,
    next: Next,
) -> Response {
    let client = client_ip(&request, &app.settings.trusted_proxies);
    request.extensions_mut().insert(client);
    let started = Instant::now();
    let method = request.method().clone();
    let allowance = if pass.limited {
        take(&app, client)
    } else {
        None
    };
    let mut response = match admit(&app, pass, allowance, request).await {
        Ok(request) => answer(pass, request, next).await,
        Err(error) => error.into_response(),
    };
    if let Some(allowance) = allowance {
        allowance.write(response.headers_mut());
    }
    app.timings
        .answered(&method, pass.path, response.status(), started.elapsed());
    response.extensions_mut().insert(pass.surface);
    response.extensions_mut().insert(Route(pass.path));
    response
}

fn take(app: &App, client: ClientIp) -> Option<Allowance> {
    app.global_limit.take(&client.network(), app.works.now())
}

async fn admit(
    app: &App,
    pass: Pass,
    allowance: Option<Allowance>,
    mut request: Request,
) -> Result<Request, Error> {
    if let Some(allowance) = allowance {
        allowance.check("rate_limited", "too many requests")?;
    }
    if pass.access == Access::OverlayKey {
        let identity = authenticate_overlay(app, request.headers()).await?;
        request.extensions_mut().insert(identity);
        return Ok(request);
    }
    let actor = identify(app, pass, request.method().is_safe(), request.headers()).await?;
    request.extensions_mut().insert(actor);
    Ok(request)
}

/// Who asks, when they may.
async fn identify(app: &App, pass: Pass, safe: bool, headers: &HeaderMap) -> Result<Actor, Error> {
    match pass.access {
        Access::Public | Access::OverlayKey => Ok(Actor::Nobody),
        Access::SignedIn => {
            let cookie = pass.surface == Surface::Portal;
            Ok(Actor::User(authenticate(app, headers, safe, cookie).await?))
        }
        Access::Needs(action) => {
            let cookie = pass.surface == Surface::Portal;
            let actor = Actor::User(authenticate(app, headers, safe, cookie).await?);
            if actor.may(action) {
                Ok(actor)
            } else {
                Err(Denied { action }.into())
            }
        }
    }
}

async fn answer(pass: Pass, request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(pass.timeout, next.run(request)).await;
    answered.unwrap_or_else(|_| {
        tracing::error!(path = pass.path, "an answer took too long and was given up");
        let detail = "the answer took too long and was given up";
        Error::new(StatusCode::SERVICE_UNAVAILABLE, "answer_timeout", detail)
            .with_retry_after(1)
            .into_response()
    })
}

impl Allowance {
    /// Refuses when there is nothing left.
    pub(crate) fn check(self, code: &'static str, what: &'static str) -> Result<(), Error> {
        if self.allowed {
            return Ok(());
        }
        let seconds = self.reset_seconds;
        let detail = format!("{what}, try again in {seconds} s");
        Err(Error::new(StatusCode::TOO_MANY_REQUESTS, code, detail).with_retry_after(seconds))
    }

    /// Tells the caller what is left.
    fn write(self, headers: &mut HeaderMap) {
        headers.insert("x-ratelimit-limit", HeaderValue::from(self.limit));
        headers.insert("x-ratelimit-remaining", HeaderValue::from(self.remaining));
        headers.insert("x-ratelimit-reset", HeaderValue::from(self.reset_seconds));
    }
}
