//! Where somebody is signed in, over HTTP.

use beta_testkit::app::{Answer, Person, TestApp};
use beta_testkit::socketio::{Handshake, connect};
use reqwest::Method;
use serde_json::{Value, json};

/// Signs in once more, with a program of this name.
async fn sign_in_with(person: &Person, email: &str, agent: &str) -> Person {
    let asked = json!({ "email": email });
    let answer = person.post("/auth/request-magic-link", &asked).await;
    let answer = answer.expect(201);
    let link = answer["debugMagicLink"].as_str().unwrap();
    let (_, token) = link.split_once("&token=").unwrap();
    let request = person
        .request(Method::POST, "/auth/verify-magic-link")
        .header("user-agent", agent)
        .json(&json!({ "email": email, "token": token }));
    let verified = person.send(request).await.expect(201);
    person.with_token(verified["accessToken"].as_str().unwrap())
}

fn ids(answer: &Answer) -> Vec<Value> {
    let rows = answer.expect(200);
    let rows = rows.as_array().unwrap();
    rows.iter().map(|row| row["id"].clone()).collect()
}

#[tokio::test]
async fn logins_are_listed_newest_first_with_the_program_that_made_them() {
    let app = TestApp::new().await;
    let desk = sign_in_with(&app.nobody(), "kim@example.com", "Firefox/140").await;
    app.clock.advance(std::time::Duration::from_secs(1));
    let phone = sign_in_with(&app.nobody(), "kim@example.com", &"x".repeat(300)).await;
    sign_in_with(&app.nobody(), "lee@example.com", "curl").await;

    let answer = desk.get("/auth/logins").await;
    let rows = answer.expect(200);
    assert_eq!(rows.as_array().unwrap().len(), 2);
    assert_eq!(rows[0]["userAgent"].as_str().unwrap().len(), 200);
    assert_eq!(
        rows[1],
        json!({
            "id": rows[1]["id"],
            "createdAt": "2026-03-01T12:00:00.000Z",
            "lastSeenAt": "2026-03-01T12:00:00.000Z",
            "expiresAt": "2026-03-02T00:00:00.000Z",
            "userAgent": "Firefox/140",
            "current": true,
        })
    );
    let page = phone.get("/auth/logins?limit=1").await;
    assert_eq!(ids(&page), [rows[0]["id"].clone()]);
    let link = page.header("link");
    let next = link.trim_start_matches('<').split('>').next().unwrap();
    assert_eq!(ids(&phone.get(next).await), [rows[1]["id"].clone()]);
}

#[tokio::test]
async fn a_login_is_ended_by_whose_it_is_and_by_nobody_else() {
    let app = TestApp::new().await;
    let desk = sign_in_with(&app.nobody(), "kim@example.com", "desk").await;
    let phone = sign_in_with(&app.nobody(), "kim@example.com", "phone").await;
    let lee = app.streamer("lee").await;
    let admin = app.admin().await;
    let all = phone.get("/auth/logins").await.expect(200);
    let current = |row: &&Value| row["current"] == json!(true);
    let id = all.as_array().unwrap().iter().find(current).unwrap()["id"].clone();
    let path = format!("/auth/logins/{}", id.as_str().unwrap());

    for person in [&lee, &admin] {
        person
            .delete(&path)
            .await
            .expect_problem(404, "login_not_found");
    }
    let nowhere = "/auth/logins/01890a5d-ac96-774b-bcce-b302099a8057";
    desk.delete(nowhere)
        .await
        .expect_problem(404, "login_not_found");
    phone.get("/me").await.expect(200);

    desk.delete(&path).await.expect(200);
    phone.get("/me").await.expect_problem(401, "login_ended");
    desk.delete(&path)
        .await
        .expect_problem(404, "login_not_found");
    desk.get("/me").await.expect(200);
}

#[tokio::test]
async fn the_sockets_of_an_ended_login_end_with_it() {
    let app = TestApp::new().await;
    let (desk, phone) = (app.agency("acme").await, app.agency("acme").await);
    let watch = async |who: &Person| {
        let token = who.token.as_deref().unwrap();
        let handshake = Handshake::new(&app.url(""), "/dashboard");
        connect(&handshake.auth(json!({ "token": token })))
            .await
            .unwrap()
    };
    let (mut staying, mut ending) = (watch(&desk).await, watch(&phone).await);
    let path = format!("/auth/logins/{}", phone.who().login_id);
    desk.delete(&path).await.expect(200);
    ending.ended().await.unwrap();

    let admin = app.admin().await;
    let path = format!("/admin/users/{}", desk.who().user_id);
    let out = json!({ "disabled": true });
    admin.patch(&path, &out).await.expect(200);
    staying.ended().await.unwrap();
}

#[tokio::test]
async fn all_other_logins_end_at_once() {
    let app = TestApp::new().await;
    let desk = sign_in_with(&app.nobody(), "kim@example.com", "desk").await;
    let phone = sign_in_with(&app.nobody(), "kim@example.com", "phone").await;
    let lee = app.streamer("lee").await;
    let ended = desk.delete("/auth/logins").await.expect(200);
    assert_eq!(ended, json!({ "ok": true, "ended": 1 }));
    phone.get("/me").await.expect_problem(401, "login_ended");
    for person in [desk, lee] {
        person.get("/me").await.expect(200);
    }
}

#[tokio::test]
async fn when_a_login_was_last_seen_is_known_to_five_minutes() {
    let app = TestApp::new().await;
    let kim = app.streamer("kim").await;
    app.clock.advance(std::time::Duration::from_mins(5));
    let rows = kim.get("/auth/logins").await.expect(200);
    assert_eq!(rows[0]["lastSeenAt"], "2026-03-01T12:05:00.000Z");
    app.clock.advance(std::time::Duration::from_mins(4));
    let rows = kim.get("/auth/logins").await.expect(200);
    assert_eq!(rows[0]["lastSeenAt"], "2026-03-01T12:05:00.000Z");
}
