//! The page that OBS shows. It is the same for every key: the key never reaches the server with
//! it, unless somebody puts it into the query, and then nothing here reads it.

use std::sync::LazyLock;

use axum::http::{HeaderValue, Method, header};
use axum::response::{Html, IntoResponse};

use crate::assets;
use crate::layers::security::Surface;
use crate::router::{Access, Endpoint, endpoint};

const TEMPLATE: &str = include_str!("../assets/overlay/index.html");

static PAGE: LazyLock<String> =
    LazyLock::new(|| TEMPLATE.replace("{{assets}}", &assets::url("overlay")));

/// The page, pointing at the files of this version.
pub(crate) fn html() -> &'static str {
    &PAGE
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        endpoint(Method::GET, "/overlay", Access::Public, show)
            .on(Surface::Overlay)
            .unlimited()
            .compressed(),
    ]
}

/// `GET /overlay`
pub(crate) async fn show() -> impl IntoResponse {
    // The address may carry a key, so that no cache on the way may keep the answer under it.
    let headers = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (headers, Html(html()))
}
