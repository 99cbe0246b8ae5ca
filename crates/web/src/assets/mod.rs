//! The files that pages are made of: built into the program and served for ever, because their
//! address changes with their content. No file of a user's is served here.

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use beta_kit::secret::Fingerprint;

use crate::error::Error;
use crate::layers::security::Surface;
use crate::router::{Access, Endpoint, endpoint};

/// The approved still of the demo data.
pub const DEMO_PICTURE: &[u8] = include_bytes!("demo/demo.png");
/// The approved film of the demo data.
pub const DEMO_FILM: &[u8] = include_bytes!("demo/demo.mp4");

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const WOFF2: &str = "font/woff2";

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const NOT_AT_ALL: HeaderValue = HeaderValue::from_static("no-store");

struct Asset {
    path: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

macro_rules! assets {
    ($($path:literal is $kind:ident),+ $(,)?) => {
        &[$(Asset { path: $path, kind: $kind, bytes: include_bytes!($path) }),+]
    };
}

static ASSETS: &[Asset] = assets![
    "fonts/ibm-plex-mono-400.woff2" is WOFF2,
    "fonts/ibm-plex-mono-500.woff2" is WOFF2,
    "fonts/space-grotesk.woff2" is WOFF2,
    "overlay/clock.js" is JAVASCRIPT,
    "overlay/id.js" is JAVASCRIPT,
    "overlay/looks.js" is JAVASCRIPT,
    "overlay/main.js" is JAVASCRIPT,
    "overlay/media.js" is JAVASCRIPT,
    "overlay/notice.js" is JAVASCRIPT,
    "overlay/obs.js" is JAVASCRIPT,
    "overlay/overlay.css" is CSS,
    "overlay/queue.js" is JAVASCRIPT,
    "overlay/report.js" is JAVASCRIPT,
    "overlay/socket.js" is JAVASCRIPT,
    "overlay/stage.js" is JAVASCRIPT,
    "portal/channels.js" is JAVASCRIPT,
    "portal/control-room.js" is JAVASCRIPT,
    "portal/feed.js" is JAVASCRIPT,
    "portal/portal.css" is CSS,
    "portal/trigger.js" is JAVASCRIPT,
    "portal/verify.js" is JAVASCRIPT,
    "portal/words.js" is JAVASCRIPT,
];

/// `/assets/<hash of all contents>`. One hash for all, because modules import each other by
/// relative paths.
static FOLDER: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Fingerprint::default();
    for asset in ASSETS {
        hash.update(asset.path.as_bytes());
        hash.update(&asset.bytes.len().to_be_bytes());
        hash.update(asset.bytes);
    }
    format!("/assets/{}", &hash.hex()[..16])
});

/// The address of the folder or file `path`, valid for as long as its content.
pub fn url(path: &str) -> String {
    format!("{}/{path}", *FOLDER)
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    const PATH: &str = "/assets/{hash}/{*path}";
    vec![
        endpoint(Method::GET, PATH, Access::Public, serve)
            .on(Surface::Media)
            .unlimited()
            .compressed(),
    ]
}

/// `GET /assets/{hash}/{*path}`
async fn serve(Path((hash, path)): Path<(String, String)>) -> Result<Response, Error> {
    let asset = ASSETS.iter().find(|asset| asset.path == path);
    let asset = asset.ok_or_else(|| Error::not_found("unknown_asset", "there is no such file"))?;
    // While nodes are replaced one by one, a page of the new version may ask a node of the old:
    // it gets what there is, and no cache keeps it.
    let is_current = FOLDER.strip_prefix("/assets/") == Some(&hash);
    let keep = if is_current { FOR_EVER } else { NOT_AT_ALL };
    let kind = HeaderValue::from_static(asset.kind);
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, keep)];
    Ok((headers, asset.bytes).into_response())
}
