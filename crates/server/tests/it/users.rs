//! People and organisations, for administrators, over HTTP.

use std::time::Duration;

use beta_testkit::app::{Person, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

/// An id that nothing has.
const NOBODYS_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

async fn organization(admin: &Person, name: &str, kind: &str) -> String {
    let body = json!({ "name": name, "kind": kind });
    let added = admin.post("/admin/organizations", &body).await.expect(201);
    added["id"].as_str().unwrap().to_owned()
}

fn path_of(user: &Value) -> String {
    format!("/admin/users/{}", user["id"].as_str().unwrap())
}

#[tokio::test]
async fn an_administrator_adds_people_and_organizations() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = organization(&admin, "Acme", "agency").await;
    let new = json!({ "email": "Kim@Example.com", "role": "agency", "organizationId": acme });
    let added = admin.post("/admin/users", &new).await.expect(201);
    let now = app.works.now().to_string();
    assert_eq!(
        added,
        json!({
            "id": added["id"],
            "email": "kim@example.com",
            "role": "agency",
            "organizationId": acme,
            "organization": { "id": acme, "name": "Acme", "kind": "agency" },
            "emailVerifiedAt": null,
            "disabledAt": null,
            "createdAt": now,
            "updatedAt": now,
        })
    );
    let found = admin.get(&path_of(&added)).await;
    assert_eq!(found.expect(200), added);
    assert_eq!(found.header("etag"), "\"1\"");
    let again = admin.post("/admin/users", &new).await;
    again.expect_problem(409, "email_taken");
    let row = &admin.get("/admin/audit?limit=1").await.expect(200)[0];
    assert_eq!(
        (&row["action"], &row["entityId"]),
        (&json!("user_added"), &added["id"])
    );
    let after = json!({ "after": { "role": "agency", "organizationId": acme } });
    assert_eq!(row["payload"], after);
    assert_eq!(row["actorUserId"], json!(admin.who().user_id));
}

#[tokio::test]
async fn a_retry_adds_nobody_twice() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let send = |path: &'static str, body: Value| {
        let request = admin.request(Method::POST, path).json(&body);
        admin.send(request.header("idempotency-key", "once"))
    };
    let new = json!({ "email": "kim@example.com", "role": "viewer" });
    let first = send("/admin/users", new.clone()).await;
    let again = send("/admin/users", new).await;
    assert_eq!(first.expect(201), again.expect(201));
    assert_eq!(again.header("idempotency-replayed"), "true");
}

#[tokio::test]
async fn what_is_not_asked_for_is_refused_with_its_name() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let brand = organization(&admin, "Fizz", "brand").await;
    let add = |body: Value| {
        let admin = admin.clone();
        async move { admin.post("/admin/users", &body).await }
    };
    for (extra, value) in [
        ("disabled", json!(true)),
        ("id", json!(NOBODYS_ID)),
        ("emailVerifiedAt", json!("2026-01-01")),
        ("version", json!(9)),
    ] {
        let mut body = json!({ "email": "kim@example.com", "role": "viewer" });
        body[extra] = value;
        add(body).await.expect_field(extra, "unknown_field");
    }
    add(json!({ "email": "kim", "role": "viewer" }))
        .await
        .expect_field("email", "not_an_email");
    add(json!({ "email": "kim@example.com", "role": "owner" }))
        .await
        .expect_field("role", "invalid_value");
    for organization in [brand.as_str(), NOBODYS_ID] {
        let body = json!({
            "email": "kim@example.com", "role": "agency", "organizationId": organization,
        });
        add(body)
            .await
            .expect_field("organizationId", "wrong_organization");
    }
    let kim = app.viewer("kim").await;
    let path = format!("/admin/users/{}", kim.who().user_id);
    for extra in ["email", "id", "emailVerifiedAt", "organization"] {
        let body = json!({ extra: null });
        let answer = admin.patch(&path, &body).await;
        answer.expect_field(extra, "unknown_field");
    }
    for (body, field) in [
        (json!({ "role": null }), "role"),
        (json!({ "disabled": "yes" }), "disabled"),
        (json!({ "organizationId": 7 }), "organizationId"),
    ] {
        admin
            .patch(&path, &body)
            .await
            .expect_field(field, "invalid_type");
    }
    let organizations = "/admin/organizations";
    let odd = json!({ "name": "Acme", "kind": "agency", "id": NOBODYS_ID });
    admin
        .post(organizations, &odd)
        .await
        .expect_field("id", "unknown_field");
    let short = json!({ "name": "A", "kind": "agency" });
    admin
        .post(organizations, &short)
        .await
        .expect_field("name", "too_short");
    kim.get("/me").await.expect(200);
}

#[tokio::test]
async fn another_role_and_being_kept_out_count_at_once() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = organization(&admin, "Acme", "agency").await;
    let kim = app.streamer("kim").await;
    let path = format!("/admin/users/{}", kim.who().user_id);
    let hire = json!({ "role": "agency", "organizationId": acme });
    let hired = admin.patch(&path, &hire).await;
    assert_eq!(hired.expect(200)["organization"]["name"], "Acme");
    assert_eq!(hired.header("etag"), "\"2\"");
    kim.get("/me").await.expect_problem(401, "login_ended");
    let row = &admin.get("/admin/audit?limit=1").await.expect(200)[0];
    assert_eq!(
        row["payload"],
        json!({
            "before": { "role": "streamer", "organizationId": null },
            "after": { "role": "agency", "organizationId": acme },
        })
    );

    let kim = Person::sign_in(&app.url(""), "kim@streamer.example.com").await;
    assert_eq!(kim.get("/me").await.expect(200)["role"], "agency");
    app.clock.advance(Duration::from_secs(1));
    let out = admin.patch(&path, &json!({ "disabled": true })).await;
    assert_eq!(out.expect(200)["disabledAt"], app.works.now().to_string());
    kim.get("/me").await.expect_problem(401, "login_ended");
    let back = admin.patch(&path, &json!({ "disabled": false })).await;
    assert_eq!(back.expect(200)["disabledAt"], json!(null));
    let nothing = admin.patch(&path, &json!({})).await;
    assert_eq!(nothing.expect(200), back.json());
    let free = admin.patch(&path, &json!({ "role": "viewer" })).await;
    assert_eq!(free.expect(200)["organizationId"], json!(null));
}

#[tokio::test]
async fn a_change_of_what_somebody_else_changed_is_refused() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let kim = app.viewer("kim").await;
    let acme = organization(&admin, "Acme", "agency").await;
    let user = format!("/admin/users/{}", kim.who().user_id);
    let house = format!("/admin/organizations/{acme}");
    for (path, body) in [
        (&user, json!({ "role": "streamer" })),
        (&house, json!({ "name": "Acme Media" })),
    ] {
        let change = |tag: &'static str| {
            let request = admin.request(Method::PATCH, path).json(&body);
            admin.send(request.header("if-match", tag))
        };
        let first = change("\"1\"").await;
        first.expect(200);
        assert_eq!(first.header("etag"), "\"2\"");
        let late = change("\"1\"").await;
        late.expect_problem(412, "stale_version");
        assert_eq!(late.header("etag"), "\"2\"");
        change("*").await.expect(200);
        change("2")
            .await
            .expect_field("if-match", "invalid_if_match");
    }
    assert_eq!(admin.get(&house).await.expect(200)["name"], "Acme Media");
    for path in ["/admin/users", "/admin/organizations"] {
        let path = format!("{path}/{NOBODYS_ID}");
        assert_eq!(admin.get(&path).await.status, 404);
        let body = json!({ "name": "Nobody" });
        let patched = admin.patch(&path, &body).await;
        assert!(matches!(patched.status, 400 | 404), "{}", patched.text());
    }
}

#[tokio::test]
async fn the_last_administrator_cannot_leave() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let path = format!("/admin/users/{}", admin.who().user_id);
    for body in [json!({ "role": "viewer" }), json!({ "disabled": true })] {
        let refused = admin.patch(&path, &body).await;
        refused.expect_problem(409, "last_admin");
    }
    admin.get("/me").await.expect(200);
    let second = json!({ "email": "second@example.com", "role": "admin" });
    admin.post("/admin/users", &second).await.expect(201);
    admin
        .patch(&path, &json!({ "role": "viewer" }))
        .await
        .expect(200);
    admin.get("/me").await.expect_problem(401, "login_ended");
}

#[tokio::test]
async fn people_are_found_by_address_role_organization_and_state_page_by_page() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let mut expected = vec![admin.who().email.clone()];
    for name in ["ann", "ben", "cat"] {
        app.clock.advance(Duration::from_secs(1));
        expected.insert(0, app.viewer(name).await.who().email.clone());
    }
    let mut found = Vec::new();
    let mut next = Some("/admin/users?limit=3".to_owned());
    while let Some(path) = next {
        let answer = admin.get(&path).await;
        let rows = answer.expect(200);
        found.extend(rows.as_array().unwrap().iter().map(email));
        let link = answer.header("link");
        next = link
            .strip_prefix('<')
            .and_then(|link| link.split_once('>'))
            .map(|(path, _)| path.to_owned());
    }
    assert_eq!(found, expected);
    let acme = app.agency("acme").await;
    let house = acme.who().organization_id.unwrap();
    for (query, count) in [
        ("q=ANN".to_owned(), 1),
        ("q=viewer".to_owned(), 3),
        ("q=%25".to_owned(), 0),
        ("role=viewer&q=ben".to_owned(), 1),
        (format!("organizationId={house}"), 1),
        ("disabled=true".to_owned(), 0),
        ("disabled=false&role=admin".to_owned(), 1),
    ] {
        let rows = admin
            .get(&format!("/admin/users?{query}"))
            .await
            .expect(200);
        assert_eq!(rows.as_array().unwrap().len(), count, "{query}");
    }
    for (query, field) in [
        ("role=owner", "role"),
        ("disabled=maybe", "disabled"),
        ("organizationId=7", "organizationId"),
        ("limit=0", "limit"),
        ("cursor=x", "cursor"),
        ("name=x", "name"),
    ] {
        let answer = admin.get(&format!("/admin/users?{query}")).await;
        assert_eq!(answer.expect(400)["errors"][0]["field"], field, "{query}");
    }
}

fn email(row: &Value) -> String {
    row["email"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn organizations_are_listed_page_by_page_and_renaming_is_written_down() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for (name, kind) in [("Acme", "agency"), ("Fizz", "brand")] {
        organization(&admin, name, kind).await;
        app.clock.advance(Duration::from_secs(1));
    }
    let first = admin.get("/admin/organizations?limit=1").await;
    assert_eq!(first.expect(200)[0]["name"], "Fizz");
    let link = first.header("link");
    let next = link.trim_start_matches('<').split('>').next().unwrap();
    let second = admin.get(next).await.expect(200);
    assert_eq!(second[0]["name"], "Acme");
    let path = format!("/admin/organizations/{}", second[0]["id"].as_str().unwrap());
    let renamed = admin.patch(&path, &json!({ "name": "Acme Media" })).await;
    assert_eq!(renamed.expect(200)["kind"], "agency");
    let row = &admin.get("/admin/audit?limit=1").await.expect(200)[0];
    assert_eq!(row["action"], "organization_renamed");
    let payload = json!({ "before": { "name": "Acme" }, "after": { "name": "Acme Media" } });
    assert_eq!(row["payload"], payload);
}

#[tokio::test]
async fn nobody_but_administrators_sees_or_changes_people() {
    let app = TestApp::new().await;
    let kim = app.streamer("kim").await;
    let people = [
        app.agency("acme").await,
        app.brand("fizz").await,
        kim.clone(),
        app.viewer("vic").await,
    ];
    let own = format!("/admin/users/{}", kim.who().user_id);
    for person in &people {
        for path in ["/admin/users", "/admin/organizations", &own] {
            let answer = person.get(path).await;
            answer.expect_problem(403, "insufficient_permissions");
        }
        let answer = person.patch(&own, &json!({ "role": "admin" })).await;
        answer.expect_problem(403, "insufficient_permissions");
    }
    kim.get("/me").await.expect(200);
}
