//! Fields that somebody adds to a body, hoping that they are taken over.

use axum::http::Method;
use beta_testkit::app::Person;
use beta_web::openapi::document;
use beta_web::router::{Access, Endpoint, endpoints};
use serde_json::{Value, json};

use super::asks::{self, Body};
use super::world::World;

/// What would give somebody more than is theirs, if a body could set it.
const WISHES: [&str; 16] = [
    "id",
    "role",
    "status",
    "state",
    "approvalStatus",
    "approval_status",
    "organizationId",
    "organization_id",
    "streamerProfileId",
    "userId",
    "disabled",
    "createdAt",
    "updatedAt",
    "version",
    "spent",
    "paidAt",
];

#[tokio::test]
async fn no_body_takes_a_field_that_is_not_its_own() {
    let all = endpoints();
    let (document, _) = document(&all);
    let world = World::new().await;
    let mut tried = 0;
    for endpoint in &all {
        let Body::Json(body) = asks::of(&endpoint.method, endpoint.path, &world).body else {
            continue;
        };
        let own = properties(&document, endpoint);
        for wish in WISHES
            .iter()
            .filter(|wish| !own.contains(&(**wish).to_owned()))
        {
            refuses(&world, endpoint, &body, wish).await;
            tried += 1;
        }
    }
    assert!(tried > 100, "only {tried} wishes were tried");
}

/// The fields that the endpoint's body is described with.
fn properties(document: &Value, endpoint: &Endpoint) -> Vec<String> {
    let method = endpoint.method.as_str().to_ascii_lowercase();
    let content = &document["paths"][endpoint.path][&method]["requestBody"]["content"];
    let mut schema = &content["application/json"]["schema"];
    while let Some(name) = schema["$ref"].as_str() {
        let pointer = name.trim_start_matches('#');
        schema = document.pointer(pointer).expect("the schema is there");
    }
    let fields = schema["properties"].as_object();
    let fields = fields.unwrap_or_else(|| panic!("no body of {method} {}", endpoint.path));
    fields.keys().cloned().collect()
}

async fn refuses(world: &World, endpoint: &Endpoint, body: &Value, wish: &str) {
    let mut body = body.clone();
    body[wish] = json!("admin");
    let path = asks::of(&endpoint.method, endpoint.path, world).path;
    let (who, key): (&Person, &str) = match endpoint.access {
        Access::OverlayKey => (world.nobody(), world.key()),
        Access::Public => (world.nobody(), ""),
        Access::SignedIn | Access::Needs(_) => (world.admin(), ""),
    };
    let mut request = who.request(endpoint.method.clone(), &path).json(&body);
    if !key.is_empty() {
        request = request.header("x-overlay-key", key);
    }
    let answer = who.send(request).await;
    let said = format!("{} {path} with {wish}: {}", endpoint.method, answer.text());
    assert_eq!(answer.status, 400, "{said}");
    assert_eq!(answer.json()["code"], "unknown_field", "{said}");
    assert_eq!(answer.json()["errors"][0]["field"], wish, "{said}");
    assert_ne!(endpoint.method, Method::GET, "a question has no body");
}
