//! `GET /docs`: the description as a page to read and try, by Swagger UI. Its files come from a
//! crate and from nowhere else; nothing on the page asks another host.

use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use utoipa_swagger_ui::{Config, SwaggerFile, serve};

use crate::error::Error;
use crate::extract::Path;
use crate::layers::security::Surface;
use crate::router::{Access, Endpoint, endpoint};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        endpoint(Method::GET, "/docs", Access::Public, enter).on(Surface::Docs),
        endpoint(Method::GET, "/docs/", Access::Public, index).on(Surface::Docs),
        endpoint(Method::GET, "/docs/{file}", Access::Public, show).on(Surface::Docs),
    ]
}

/// `GET /docs`: the files of the page are found beside it.
async fn enter() -> Redirect {
    Redirect::permanent("/docs/")
}

/// `GET /docs/`
async fn index() -> Result<Response, Error> {
    answer("index.html")
}

/// `GET /docs/{file}`
async fn show(Path(file): Path<String>) -> Result<Response, Error> {
    answer(&file)
}

fn answer(name: &str) -> Result<Response, Error> {
    let found = serve(name, config()).map_err(|error| {
        tracing::error!(error = &*error, name, "a file of the page /docs is broken");
        Error::internal()
    })?;
    let file = found.ok_or_else(|| Error::not_found("file_not_found", "there is no such file"))?;
    file_answer(file).ok_or_else(Error::internal)
}

fn file_answer(file: SwaggerFile<'_>) -> Option<Response> {
    const GZIP: HeaderValue = HeaderValue::from_static("gzip");
    let kind = HeaderValue::try_from(&file.content_type).ok()?;
    let mut response = Body::from(file.bytes.into_owned()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    if file.gzpipped {
        response
            .headers_mut()
            .insert(header::CONTENT_ENCODING, GZIP);
    }
    *response.status_mut() = StatusCode::OK;
    Some(response)
}

/// What the page shows, without the badge of a validator that would ask another host.
fn config() -> Arc<Config<'static>> {
    static CONFIG: OnceLock<Arc<Config<'static>>> = OnceLock::new();
    let config = CONFIG.get_or_init(|| {
        let config = Config::from("/openapi.json")
            .validator_url("none")
            .display_operation_id(true)
            .display_request_duration(true)
            .doc_expansion("list")
            .filter(true);
        Arc::new(config)
    });
    config.clone()
}
