//! Where the descriptions are read: `GET /openapi.json` and `GET /asyncapi.json`.

use std::sync::OnceLock;

use axum::http::Method;
use beta_kit::describe::{PartialSchema, Schema, ToSchema};
use serde::Serialize;
use serde_json::{Value, json};

use super::order::Ordered;
use super::{document, operation, sockets};
use crate::extract::Found;
use crate::router::{self, Access, Endpoint};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let describe = operation(Method::GET, "/openapi.json", Access::Public, show);
    let sockets = operation(Method::GET, "/asyncapi.json", Access::Public, show_sockets);
    vec![
        describe
            .says("describeApi", "Read this description")
            .compressed(),
        sockets
            .says("describeSockets", "Read the description of the sockets")
            .compressed(),
    ]
}

/// The description itself.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct OpenApi(Ordered<'static>);

impl PartialSchema for OpenApi {
    fn schema() -> Schema {
        beta_kit::describe::schema(json!({
            "description": "An OpenAPI 3.1 document.",
            "type": "object",
            "required": ["openapi", "info", "paths"],
        }))
    }
}

impl ToSchema for OpenApi {}

/// `GET /openapi.json`
async fn show() -> Found<OpenApi> {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    let document = DOCUMENT.get_or_init(|| document(&router::endpoints()).0);
    Found(OpenApi(Ordered(document)))
}

/// The description of the sockets itself.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct AsyncApi(Ordered<'static>);

impl PartialSchema for AsyncApi {
    fn schema() -> Schema {
        beta_kit::describe::schema(json!({
            "description": "An AsyncAPI 3.0 document.",
            "type": "object",
            "required": ["asyncapi", "info", "channels", "operations"],
        }))
    }
}

impl ToSchema for AsyncApi {}

/// `GET /asyncapi.json`
async fn show_sockets() -> Found<AsyncApi> {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    Found(AsyncApi(Ordered(DOCUMENT.get_or_init(sockets::document))))
}
