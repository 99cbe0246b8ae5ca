//! Who may do what to whose: every endpoint, asked by everybody, about things of one owner.
//!
//! The rows come from the list of endpoints: one without a row fails. The table of answers is
//! checked in. Beside it, three things hold for every endpoint:
//!
//! - an outsider who names a thing of others hears exactly what they hear about one that is not
//!   there;
//! - no answer to an outsider holds an id or a name of the owner's things;
//! - what outsiders ask changes nothing of the owner's.

mod asks;
mod fields;
mod world;

use std::fmt::Write as _;

use axum::http::Method;
use beta_testkit::app::{Answer, Person};
use beta_web::router::{Endpoint, endpoints};

use asks::{Ask, Body};
use world::World;

/// An id that nothing has.
const NOBODYS_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

#[tokio::test]
async fn the_table_of_every_endpoint_and_everybody() {
    let mut endpoints = endpoints();
    endpoints.sort_by_key(|endpoint| (endpoint.path, endpoint.method.to_string()));
    let mut table = String::new();
    let mut leaks = Vec::new();
    let names = World::new().await.names();
    writeln!(table, "{:<53} {}", "", names.join(" ")).expect("a text takes every line");
    for endpoint in &endpoints {
        let row = row(endpoint, &mut leaks).await;
        let name = format!("{} {}", endpoint.method, endpoint.path);
        let mut line = format!("{name:<53}");
        for (status, name) in row.iter().zip(&names) {
            write!(line, " {status:<width$}", width = name.len()).expect("and every word");
        }
        writeln!(table, "{}", line.trim_end()).expect("and every end of a line");
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    insta::assert_snapshot!(table);
}

/// Asks as everybody, outsiders first, in a world of its own; gives the status each one got.
async fn row(endpoint: &Endpoint, leaks: &mut Vec<String>) -> Vec<u16> {
    let world = World::new().await;
    let ask = asks::of(&endpoint.method, endpoint.path, &world);
    let before = world.state().await;
    let mut statuses = Vec::new();
    for outsider in world.outsiders() {
        let answer = send(outsider.who, &endpoint.method, &ask).await;
        let said = |what: &str| {
            format!(
                "{} {} by {}: {what}",
                endpoint.method, ask.path, outsider.name
            )
        };
        for secret in world.secrets() {
            if answer.text().contains(secret) {
                leaks.push(said(&format!("tells {secret}: {}", answer.text())));
            }
        }
        let unknown = ask.about_nothing(&world.hidden_from(&outsider));
        if unknown != ask {
            let nothing = send(outsider.who, &endpoint.method, &unknown).await;
            if verdict(&answer) != verdict(&nothing) {
                leaks.push(said(&format!(
                    "{:?}, not {:?}",
                    verdict(&answer),
                    verdict(&nothing)
                )));
            }
        }
        statuses.push(answer.status);
    }
    let after = world.state().await;
    if before != after {
        leaks.push(format!(
            "{} {}: an outsider changed {before} to {after}",
            endpoint.method, ask.path
        ));
    }
    for insider in world.insiders() {
        let answer = send(insider.who, &endpoint.method, &ask).await;
        assert!(
            answer.status < 500,
            "{} {}: {}",
            endpoint.method,
            ask.path,
            answer.text()
        );
        statuses.push(answer.status);
    }
    statuses
}

/// What an answer says about whether a thing is there.
fn verdict(answer: &Answer) -> (u16, String) {
    let body = answer.json();
    (
        answer.status,
        body["detail"].as_str().unwrap_or_default().to_owned(),
    )
}

/// Asks as a browser and as a program would: a page's cookie and a token at once.
async fn send(who: &Person, method: &Method, ask: &Ask) -> Answer {
    let mut request = who.request(method.clone(), &ask.path);
    if let Some(token) = &who.token {
        request = request.header("cookie", format!("beta_login={token}"));
    }
    request = request.header("sec-fetch-site", "same-origin");
    let request = match &ask.body {
        Body::None => request,
        Body::Json(body) => request.json(body),
        Body::Form(fields) => request.form(fields),
        Body::Upload { campaign } => request.multipart(world::picture(campaign)),
    };
    who.send(request).await
}
