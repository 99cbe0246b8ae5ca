//! What is served, and how much of it.

use std::collections::BTreeSet;
use std::path::Path as FilePath;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::*;
use crate::overlay::page;

/// What the overlay may weigh in all, compressed as it is served.
const OVERLAY_BYTES_MAX: usize = 20 * 1024;

fn service() -> Router {
    Router::new()
        .route("/assets/{hash}/{*path}", get(serve))
        .route("/overlay", get(page::show))
        .layer(crate::router::compression())
}

async fn fetch(path: &str) -> Response {
    let request = Request::get(path).header("accept-encoding", "gzip");
    let request = request.body(Body::empty()).expect("is a request");
    service().oneshot(request).await.expect("cannot fail")
}

async fn bytes(response: Response) -> usize {
    assert_eq!(response.status(), StatusCode::OK);
    let body = response.into_body().collect().await.expect("has a body");
    body.to_bytes().len()
}

#[test]
fn every_file_of_the_folders_is_served_or_is_the_page_itself() {
    let folder = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("src/assets");
    let mut found = BTreeSet::new();
    for part in ["fonts", "overlay", "portal"] {
        for entry in std::fs::read_dir(folder.join(part)).expect("is there") {
            let name = entry.expect("can be read").file_name();
            found.insert(format!("{part}/{}", name.to_str().expect("is plain")));
        }
    }
    found.retain(|path| !path.ends_with(".md") && !path.ends_with(".txt"));
    assert!(found.remove("overlay/index.html"));
    let served: BTreeSet<_> = ASSETS.iter().map(|asset| asset.path.to_owned()).collect();
    assert_eq!(found, served);
}

#[tokio::test]
async fn a_file_is_kept_for_ever_under_its_own_hash_only() {
    let current = fetch(&url("overlay/main.js")).await;
    assert_eq!(current.headers()["cache-control"], FOR_EVER);
    assert_eq!(current.headers()["content-type"], JAVASCRIPT);
    assert_eq!(current.headers()["content-encoding"], "gzip");

    let other = fetch("/assets/0123456789abcdef/overlay/main.js").await;
    assert_eq!(other.status(), StatusCode::OK);
    assert_eq!(other.headers()["cache-control"], NOT_AT_ALL);

    let font = fetch(&url("fonts/space-grotesk.woff2")).await;
    assert!(
        !font.headers().contains_key("content-encoding"),
        "fonts are compressed already"
    );

    for unknown in ["overlay/../portal/portal.css", "demo/demo.png", "mod.rs"] {
        assert_eq!(
            fetch(&url(unknown)).await.status(),
            StatusCode::NOT_FOUND,
            "{unknown}"
        );
    }
}

#[tokio::test]
async fn the_overlay_is_light() {
    let mut total = bytes(fetch("/overlay").await).await;
    for asset in ASSETS
        .iter()
        .filter(|asset| asset.path.starts_with("overlay/"))
    {
        total += bytes(fetch(&url(asset.path)).await).await;
    }
    assert!(
        total <= OVERLAY_BYTES_MAX,
        "the overlay weighs {total} bytes"
    );
}

#[tokio::test]
async fn the_overlay_page_points_at_the_files_of_this_version() {
    let response = fetch("/overlay").await;
    assert_eq!(response.headers()["cache-control"], NOT_AT_ALL);
    let page = page::html();
    assert!(page.contains(&format!("<base href=\"{}/\">", url("overlay"))));
    assert!(!page.contains("{{"));
}
