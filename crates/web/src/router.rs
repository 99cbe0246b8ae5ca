//! Everything that can be asked, as one list, and the router made of it.
//!
//! Who may come in stands beside each path and is checked before the body is read, so that a
//! handler cannot forget it. The same list gives the permission table.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter};
use beta_domain::actor::Action;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};

use crate::error::Error;
use crate::layers;
use crate::layers::gate::{Pass, gate};
use crate::layers::security::Surface;
use crate::openapi::Operation;
use crate::sockets;
use crate::state::App;

/// How long an answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long an upload may take: 50 MiB over a slow line.
const UPLOAD_TIMEOUT: Duration = Duration::from_mins(15);

/// Who may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever is signed in with a role that may do this.
    Needs(Action),
    /// An overlay, by its key.
    OverlayKey,
}

/// One thing that can be asked.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its method.
    pub method: Method,
    /// Its path, with `{name}` for what varies.
    pub path: &'static str,
    /// Who may ask.
    pub access: Access,
    /// What the description of the API says of it; nothing for pages and files.
    pub operation: Option<Operation>,
    pass: Pass,
    route: MethodRouter<App>,
}

/// An endpoint that is not described: a page or a file. Those of the API are an `operation`.
///
/// # Panics
/// For methods that HTTP does not name; the list is made at start-up.
pub fn endpoint<H, T>(method: Method, path: &'static str, access: Access, handler: H) -> Endpoint
where
    H: Handler<T, App>,
    T: 'static,
{
    let filter = MethodFilter::try_from(method.clone())
        .expect("endpoints are declared with the methods of the HTTP standard");
    let pass = Pass {
        access,
        path,
        surface: Surface::Api,
        limited: true,
        timeout: ANSWER_TIMEOUT,
    };
    Endpoint {
        method,
        path,
        access,
        operation: None,
        pass,
        route: MethodRouter::new().on(filter, handler),
    }
}

impl Endpoint {
    /// Which face of the product it belongs to.
    pub const fn surface(&self) -> Surface {
        self.pass.surface
    }

    /// Whether it is counted against the caller's requests.
    pub const fn is_limited(&self) -> bool {
        self.pass.limited
    }

    /// Answers with the headers, and the way of saying no, of this surface.
    #[must_use]
    pub const fn on(mut self, surface: Surface) -> Self {
        self.pass.surface = surface;
        self
    }

    /// Is not counted against the caller's requests: for probes.
    #[must_use]
    pub const fn unlimited(mut self) -> Self {
        self.pass.limited = false;
        self
    }

    /// Is compressed for whoever takes that. Not for pages that hold a form's token.
    #[must_use]
    pub fn compressed(mut self) -> Self {
        self.route = self.route.layer(compression());
        self
    }

    /// Reads a large body by itself, counts its bytes itself, and may take long.
    #[must_use]
    pub fn upload(mut self) -> Self {
        self.pass.timeout = UPLOAD_TIMEOUT;
        self.route = self.route.layer(DefaultBodyLimit::disable());
        self
    }
}

/// Compresses text; pictures and fonts are compressed already.
pub(crate) fn compression() -> CompressionLayer<impl Predicate> {
    const FONTS: NotForContentType = NotForContentType::const_new("font/");
    CompressionLayer::new().compress_when(DefaultPredicate::new().and(FONTS))
}

/// Everything that can be asked.
pub fn endpoints() -> Vec<Endpoint> {
    [
        crate::api::endpoints(),
        crate::portal::endpoints(),
        crate::overlay::endpoints(),
        crate::assets::endpoints(),
        crate::media::endpoints(),
        crate::ops::endpoints(),
        crate::openapi::endpoints(),
    ]
    .concat()
}

/// The whole of the HTTP side.
pub fn router(app: App) -> Router {
    router_of(app, endpoints())
}

/// The HTTP side with these endpoints only; a path with a method twice is a panic at start-up.
pub fn router_of(app: App, endpoints: Vec<Endpoint>) -> Router {
    let sockets = sockets::layer(&app);
    let routes = routes(&app, endpoints).with_state(app.clone());
    layers::around(routes.layer(sockets), app)
}

/// The routes of a list of endpoints, each behind its gate.
fn routes(app: &App, endpoints: Vec<Endpoint>) -> Router<App> {
    let mut methods: BTreeMap<&'static str, Vec<Method>> = BTreeMap::new();
    let mut routes: BTreeMap<&'static str, MethodRouter<App>> = BTreeMap::new();
    for Endpoint {
        method,
        path,
        pass,
        route,
        ..
    } in endpoints
    {
        let guarded = route.route_layer(from_fn_with_state((app.clone(), pass), gate));
        let merged = match routes.remove(path) {
            Some(earlier) => earlier.merge(guarded),
            None => guarded,
        };
        routes.insert(path, merged);
        methods.entry(path).or_default().push(method);
    }
    let mut router = Router::new();
    for (path, route) in routes {
        let allow = allow(methods.remove(path).unwrap_or_default());
        router = router.route(
            path,
            route.fallback(move || async move { wrong_method(allow) }),
        );
    }
    router.fallback(unknown_route)
}

/// The value of `allow` for a path with these methods.
fn allow(mut methods: Vec<Method>) -> HeaderValue {
    if methods.contains(&Method::GET) {
        methods.push(Method::HEAD);
    }
    let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    HeaderValue::from_str(&names.join(", ")).expect("method names are ASCII")
}

fn wrong_method(allow: HeaderValue) -> Response {
    let error = Error::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this path does not answer to this method",
    );
    error.with_header(header::ALLOW, allow).into_response()
}

async fn unknown_route() -> Error {
    Error::new(
        StatusCode::NOT_FOUND,
        "unknown_route",
        "there is nothing at this path",
    )
}
