//! The document as a whole, from the list of endpoints.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use beta_domain::actor::Role;
use serde_json::{Map, Value, json};

use super::draft::{Draft, Schemas, Way};
use super::operation::Operation;
use super::{problems, rooms};
use crate::error::FieldError;
use crate::router::{Access, Endpoint};

const ABOUT: &str = "Ads on live streams: booking, delivery, proof and payouts.\n\nEvery refusal \
    is a problem as RFC 9457 describes it, with a stable `code`. Answers may grow new fields; \
    bodies with unknown fields are refused. Times are UTC.";

/// The description of these endpoints, and the names that two schemas want at once.
pub fn document(endpoints: &[Endpoint]) -> (Value, Vec<String>) {
    let mut schemas = Schemas::default();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let mut tags = BTreeMap::new();
    Draft::new("/", &mut schemas).schema::<FieldError>(Way::Out);
    for endpoint in endpoints {
        let Some(operation) = &endpoint.operation else {
            continue;
        };
        let (tag, about) = rooms::room_of(endpoint.path);
        tags.insert(tag, about);
        let described = describe(endpoint, operation, tag, &mut schemas);
        let methods = paths.entry(endpoint.path).or_default();
        methods.insert(endpoint.method.as_str().to_ascii_lowercase(), described);
    }
    let tags: Vec<Value> = tags
        .into_iter()
        .map(|(name, about)| json!({"name": name, "description": about}))
        .collect();
    let clashes = std::mem::take(&mut schemas.clashes);
    let mut components = schemas.into_map();
    components.insert("Problem".to_owned(), problems::schema());
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Beta Ads",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This server"}],
        "tags": tags,
        "externalDocs": {
            "url": "/asyncapi.json",
            "description": "The sockets of overlays and live feeds, as AsyncAPI describes them",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": problems::responses(),
            "headers": problems::headers(),
            "securitySchemes": security_schemes(),
        },
    });
    (document, clashes)
}

fn security_schemes() -> Value {
    json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The `accessToken` that POST /auth/verify-magic-link answers with.",
        },
        "overlayKey": {
            "type": "apiKey",
            "in": "header",
            "name": "x-overlay-key",
            "description": "The key of a channel's overlay, from POST /overlay/rotate-key.",
        },
    })
}

fn describe(endpoint: &Endpoint, operation: &Operation, tag: &str, schemas: &mut Schemas) -> Value {
    let mut draft = Draft::new(endpoint.path, schemas);
    operation.describe(&mut draft);
    let security = admit(endpoint, &mut draft);
    let Draft {
        parameters,
        body,
        answers,
        refusals,
        ..
    } = draft;
    let answers = answers.into_iter().map(|(status, mut answer)| {
        problems::with_headers(&mut answer, endpoint.is_limited());
        (status, answer)
    });
    let refusals = refusals
        .into_iter()
        .map(|(status, when)| (status, problems::answer(status, when)));
    let responses: BTreeMap<u16, Value> = answers.chain(refusals).collect();
    let mut described = json!({
        "tags": [tag],
        "operationId": operation.id,
        "summary": operation.summary,
        "security": security,
        "responses": responses,
    });
    if let Some(roles) = roles(endpoint.access) {
        described["description"] = json!(roles);
    }
    if !parameters.is_empty() {
        described["parameters"] = Value::Array(parameters);
    }
    if let Some(body) = body {
        described["requestBody"] = body;
    }
    described
}

/// What the gate asks for, and what it answers to others.
fn admit(endpoint: &Endpoint, draft: &mut Draft<'_>) -> Value {
    if endpoint.is_limited() {
        draft.refuses(StatusCode::TOO_MANY_REQUESTS, "");
    }
    draft.refuses(StatusCode::SERVICE_UNAVAILABLE, "");
    match endpoint.access {
        Access::Public => json!([]),
        Access::SignedIn => {
            draft.refuses(StatusCode::UNAUTHORIZED, "");
            json!([{"bearer": []}])
        }
        Access::Needs(_) => {
            draft.refuses(StatusCode::UNAUTHORIZED, "");
            draft.refuses(StatusCode::FORBIDDEN, "");
            json!([{"bearer": []}])
        }
        Access::OverlayKey => {
            draft.refuses(
                StatusCode::UNAUTHORIZED,
                "The key is not valid, or not any more",
            );
            json!([{"overlayKey": []}])
        }
    }
}

/// Which roles may ask.
fn roles(access: Access) -> Option<String> {
    let Access::Needs(action) = access else {
        return None;
    };
    let roles: Vec<&str> = Role::ALL
        .iter()
        .filter(|role| role.may(action))
        .map(|role| role.as_str())
        .collect();
    Some(format!("For: {}.", roles.join(", ")))
}
