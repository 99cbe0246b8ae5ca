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
    let now = app.works.now();
    let mut spent = Spent::default();
    if pass.limited {
        spent.client = app.limits.request(client, now);
    }
    let mut response = match admit(&app, pass, &mut spent, request).await {
        Ok(request) => answer(pass, request, next).await,
        Err(error) => error.into_response(),
    };
    spent.write(response.headers_mut());
    app.timings
        .answered(&method, pass.path, response.status(), started.elapsed());
    response.extensions_mut().insert(pass.surface);
    response.extensions_mut().insert(Route(pass.path));
    response
}

/// What the request took from the limits that it counts against.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    /// The client's, that every request counts against.
    client: Option<Allowance>,
    /// The account's, or the overlay key's.
    caller: Option<Allowance>,
}

impl Spent {
    /// Tells the caller what is left of the tightest limit, and of the client's in the headers
    /// that first clients know.
    fn write(self, headers: &mut HeaderMap) {
        if let Some(client) = self.client {
            headers.insert("x-ratelimit-limit", HeaderValue::from(client.limit));
            headers.insert("x-ratelimit-remaining", HeaderValue::from(client.remaining));
            headers.insert("x-ratelimit-reset", HeaderValue::from(client.reset_seconds));
        }
        if let Some(tightest) = Allowance::tighter(self.client, self.caller) {
            tightest.write(headers);
        }
    }
}

async fn admit(
    app: &App,
    pass: Pass,
    spent: &mut Spent,
    mut request: Request,
) -> Result<Request, Error> {
    if let Some(allowance) = spent.client {
        allowance.check("rate_limited", "too many requests")?;
    }
    let now = app.works.now();
    if pass.access == Access::OverlayKey {
        // Keys that are not valid do not come further, so that guessing costs no memory.
        let identity = authenticate_overlay(app, request.headers()).await?;
        let client = request.extensions().get::<ClientIp>().copied();
        if let Some(client) = client {
            spent.caller = app.limits.sender(identity.key_id, client, now);
        }
        if let Some(allowance) = spent.caller {
            allowance.check("ingest_rate_limited", "Event ingest rate limit exceeded")?;
        }
        request.extensions_mut().insert(identity);
        return Ok(request);
    }
    let actor = identify(app, pass, request.method().is_safe(), request.headers()).await?;
    if let Some(user) = actor.user().filter(|_| pass.limited) {
        spent.caller = app.limits.account(user.user_id, now);
        if let Some(allowance) = spent.caller {
            allowance.check("account_rate_limited", "too many requests of this account")?;
        }
    }
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

    /// Tells the caller what is left, in the headers of the IETF's draft.
    fn write(self, headers: &mut HeaderMap) {
        headers.insert("ratelimit-limit", HeaderValue::from(self.limit));
        headers.insert("ratelimit-remaining", HeaderValue::from(self.remaining));
        headers.insert("ratelimit-reset", HeaderValue::from(self.reset_seconds));
    }
}
