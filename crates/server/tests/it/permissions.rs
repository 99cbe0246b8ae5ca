//! Who may ask what: the table of every endpoint, and that the gates hold to it.

use std::fmt::Write as _;

use axum::http::Method;
use beta_domain::actor::{Action, Role};
use beta_testkit::app::{Person, TestApp};
use beta_web::router::{Access, Endpoint, endpoints};

/// An id that nothing has.
const NOBODYS_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

#[test]
fn the_table_of_every_endpoint() {
    let mut endpoints = endpoints();
    endpoints.sort_by_key(|endpoint| (endpoint.path, endpoint.method.to_string()));
    let mut table = String::new();
    for Endpoint {
        method,
        path,
        access,
        ..
    } in &endpoints
    {
        let who = match access {
            Access::Public => "everybody".to_owned(),
            Access::SignedIn => "whoever is signed in".to_owned(),
            Access::OverlayKey => "an overlay, by its key".to_owned(),
            Access::Needs(action) => {
                let may = Role::ALL.iter().filter(|role| role.may(*action));
                let roles: Vec<&str> = may.map(|role| role.as_str()).collect();
                format!("{action}: {}", roles.join(", "))
            }
        };
        let method = method.as_str();
        writeln!(table, "{method:<6} {path:<42} {who}").expect("a text takes every line");
    }
    insta::assert_snapshot!(table);
}

#[test]
fn the_table_of_every_role() {
    let mut actions: Vec<Action> = Action::ALL.to_vec();
    actions.sort_by_key(|action| action.as_str());
    let roles: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
    let mut table = format!("{:<28} {}\n", "", roles.join(" "));
    for action in actions {
        write!(table, "{:<28}", action.as_str()).expect("a text takes every line");
        for role in Role::ALL {
            let (may, width) = (role.may(action), role.as_str().len());
            write!(table, " {:<width$}", if may { "x" } else { "." }).expect("and every word");
        }
        writeln!(table).expect("and every end of a line");
    }
    insta::assert_snapshot!(table);
}

/// Permissions that guard no endpoint: whoever may do this is let in by other means.
const GUARDED_OTHERWISE: [Action; 4] = [
    Action::RequestMagicLink,
    Action::VerifyMagicLink,
    Action::Logout,
    Action::IngestEvents,
];

#[test]
fn every_permission_guards_an_endpoint_or_is_known_not_to() {
    let guarding: Vec<Action> = endpoints()
        .iter()
        .filter_map(|endpoint| match endpoint.access {
            Access::Needs(action) => Some(action),
            Access::Public | Access::SignedIn | Access::OverlayKey => None,
        })
        .collect();
    for action in Action::ALL {
        let guards = guarding.contains(action);
        assert_ne!(guards, GUARDED_OTHERWISE.contains(action), "{action}");
    }
}

#[tokio::test]
async fn every_endpoint_lets_in_whom_the_table_names_and_nobody_else() {
    let app = TestApp::new().await;
    for endpoint in endpoints() {
        let path = fill(endpoint.path);
        let is_open = endpoint.access == Access::Public;
        let by_nobody = ask(&app.nobody(), &endpoint.method, &path).await;
        assert_eq!(
            by_nobody.is_refused(),
            !is_open,
            "{} {path}",
            endpoint.method
        );
        for role in Role::ALL {
            let person = person(&app, *role).await;
            let outcome = ask(&person, &endpoint.method, &path).await;
            let may = match endpoint.access {
                Access::Public | Access::SignedIn => true,
                Access::Needs(action) => role.may(action),
                Access::OverlayKey => false,
            };
            assert_eq!(
                outcome.is_refused(),
                !may,
                "{} {path} by {role}",
                endpoint.method
            );
        }
    }
}

/// What the gate said.
struct Outcome {
    status: u16,
    code: String,
    to_sign_in: bool,
}

impl Outcome {
    /// Whether the gate stayed closed; what a room says about one thing is another matter.
    fn is_refused(&self) -> bool {
        self.status == 401 || self.to_sign_in || self.code == "insufficient_permissions"
    }
}

/// Asks as a browser and as a program would: a page's cookie and a token at once.
async fn ask(person: &Person, method: &Method, path: &str) -> Outcome {
    let mut request = person.request(method.clone(), path);
    if let Some(token) = &person.token {
        request = request.header("cookie", format!("beta_login={token}"));
    }
    let answer = person
        .send(request.header("sec-fetch-site", "same-origin"))
        .await;
    assert!(answer.status < 500, "{method} {path}: {}", answer.text());
    let forbidden = answer.status == 403 && !answer.header("content-type").contains("json");
    let code = answer.json()["code"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    Outcome {
        status: answer.status,
        code: if forbidden {
            "insufficient_permissions".to_owned()
        } else {
            code
        },
        to_sign_in: answer.status == 303 && answer.header("location").starts_with("/auth/sign-in"),
    }
}

async fn person(app: &TestApp, role: Role) -> Person {
    match role {
        Role::Admin => app.admin().await,
        Role::Agency => app.agency("acme").await,
        Role::Brand => app.brand("bolt").await,
        Role::Streamer => app.streamer("kim").await,
        Role::Viewer => app.viewer("vic").await,
    }
}

/// The path with an id in the place of everything that varies.
fn fill(path: &str) -> String {
    let parts: Vec<&str> = path
        .split('/')
        .map(|part| {
            if part.starts_with('{') {
                NOBODYS_ID
            } else {
                part
            }
        })
        .collect();
    parts.join("/")
}
