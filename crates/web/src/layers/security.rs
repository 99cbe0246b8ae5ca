//! What browsers must not do with our answers, per surface.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::state::App;

/// Which face of the product answers. Rides on the response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Surface {
    /// JSON, and whatever belongs to nothing else.
    #[default]
    Api,
    /// Pages for people who sign in.
    Portal,
    /// The overlay page: OBS shows it as a page of its own, the portal in a frame.
    Overlay,
    /// The page that shows the description of the API.
    Docs,
    /// Files that any page may show: assets and creatives.
    Media,
}

/// Answers for programs show nothing, run nothing, and stand in no frame.
const API_POLICY: &str = "default-src 'none';base-uri 'none';form-action 'none';\
    frame-ancestors 'none'";
const PORTAL_POLICY: &str = "default-src 'none';base-uri 'none';connect-src 'self';\
    font-src 'self';form-action 'self';frame-ancestors 'none';img-src 'self' data:;\
    media-src 'self';object-src 'none';script-src 'self';script-src-attr 'none';\
    style-src 'self'";
const OVERLAY_POLICY: &str = "default-src 'none';base-uri 'self';connect-src 'self';\
    form-action 'none';frame-ancestors 'self';img-src 'self' data: http: https:;\
    media-src 'self' http: https:;object-src 'none';script-src 'self';\
    script-src-attr 'none';style-src 'self'";
/// Of a picture that any page may show, and that does nothing when it is opened by itself.
pub(crate) const MEDIA_POLICY: &str = "default-src 'none';frame-ancestors 'none';sandbox";
/// The page writes styles and draws its icons as it goes, but runs only the scripts of its files.
const DOCS_POLICY: &str = "default-src 'none';base-uri 'none';connect-src 'self';\
    form-action 'none';frame-ancestors 'none';img-src 'self' data:;object-src 'none';\
    script-src 'self';script-src-attr 'none';style-src 'self' 'unsafe-inline'";

/// The same everywhere.
const COMMON: [(HeaderName, &str); 9] = [
    (HeaderName::from_static("origin-agent-cluster"), "?1"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        header::STRICT_TRANSPORT_SECURITY,
        "max-age=31536000; includeSubDomains",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("x-dns-prefetch-control"), "off"),
    (HeaderName::from_static("x-download-options"), "noopen"),
    (
        HeaderName::from_static("x-permitted-cross-domain-policies"),
        "none",
    ),
    (header::X_XSS_PROTECTION, "0"),
];

const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
pub(crate) const RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

pub(super) async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let surface = response
        .extensions()
        .get::<Surface>()
        .copied()
        .unwrap_or_default();
    write(
        response.headers_mut(),
        surface,
        app.settings.public_url.is_https(),
    );
    response
}

/// Adds what is missing; a handler that knows better wrote its own.
fn write(headers: &mut HeaderMap, surface: Surface, https: bool) {
    let mut set = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    match surface {
        Surface::Api => {
            set(header::CONTENT_SECURITY_POLICY, API_POLICY);
            set(OPENER, "same-origin");
            set(RESOURCE, "same-origin");
            set(header::X_FRAME_OPTIONS, "DENY");
        }
        Surface::Portal => {
            // Forms of our own pages must name their origin, which `no-referrer` would hide.
            set(header::REFERRER_POLICY, "same-origin");
            set(header::CONTENT_SECURITY_POLICY, PORTAL_POLICY);
            set(OPENER, "same-origin");
            set(RESOURCE, "same-origin");
            set(header::X_FRAME_OPTIONS, "DENY");
            set(header::CACHE_CONTROL, "no-store");
        }
        Surface::Overlay => {
            set(header::CONTENT_SECURITY_POLICY, OVERLAY_POLICY);
            set(RESOURCE, "cross-origin");
            set(header::X_FRAME_OPTIONS, "SAMEORIGIN");
        }
        Surface::Docs => {
            set(header::CONTENT_SECURITY_POLICY, DOCS_POLICY);
            set(OPENER, "same-origin");
            set(RESOURCE, "same-origin");
            set(header::X_FRAME_OPTIONS, "DENY");
        }
        Surface::Media => {
            set(header::CONTENT_SECURITY_POLICY, MEDIA_POLICY);
            set(RESOURCE, "cross-origin");
            set(header::X_FRAME_OPTIONS, "DENY");
        }
    }
    for (name, value) in COMMON {
        set(name, value);
    }
    // Asking browsers to upgrade what a server without TLS serves would break its own pages.
    if https && surface == Surface::Portal {
        let policy = format!("{PORTAL_POLICY};upgrade-insecure-requests");
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
    }
}
