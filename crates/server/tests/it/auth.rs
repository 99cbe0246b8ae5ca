//! Signing in and out over HTTP.

use std::time::Duration;

use beta_domain::accounts::{self, LINK_LIFE, LOGIN_LIFE, Membership};
use beta_domain::actor::{Actor, Role};
use beta_kit::secret::Secret;
use beta_testkit::app::{Person, TestApp};
use beta_web::tokens::Tokens;
use serde_json::{Value, json};

/// Asks for a link and takes the token out of it.
async fn ask(person: &Person, email: &str) -> String {
    let answer = person
        .post("/auth/request-magic-link", &json!({ "email": email }))
        .await;
    let link = text(&answer.expect(201), "debugMagicLink");
    link.split_once("&token=")
        .expect("the link ends with the token")
        .1
        .to_owned()
}

/// A text of an answer.
fn text(body: &Value, name: &str) -> String {
    body[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} is missing: {body}"))
        .to_owned()
}

fn proof(email: &str, token: &str) -> Value {
    json!({ "email": email, "token": token })
}

async fn sign_in(person: &Person, email: &str) -> Person {
    let token = ask(person, email).await;
    let answer = person
        .post("/auth/verify-magic-link", &proof(email, &token))
        .await;
    person.with_token(text(&answer.expect(201), "accessToken"))
}

#[tokio::test]
async fn a_stranger_signs_in_with_the_development_link_and_is_a_streamer() {
    let app = TestApp::new().await;
    let nobody = app.nobody();

    let request = json!({ "email": "Foo+1@Example.com" });
    let answer = nobody
        .post("/auth/request-magic-link", &request)
        .await
        .expect(201);
    assert_eq!(answer["ok"], true);
    let link = answer["debugMagicLink"].as_str().unwrap();
    let path = "/auth/verify?email=foo%2B1%40example.com&token=";
    let (_, token) = link.split_once(path).unwrap_or_else(|| panic!("{link}"));
    assert_eq!(token.len(), 43);

    let verified = nobody
        .post(
            "/auth/verify-magic-link",
            &proof("foo+1@example.com", token),
        )
        .await;
    let kim = nobody.with_token(text(&verified.expect(201), "accessToken"));
    let me = kim.get("/me").await.expect(200);
    assert_eq!(
        me,
        json!({
            "id": me["id"],
            "email": "foo+1@example.com",
            "role": "streamer",
            "emailVerifiedAt": app.works.now().to_string(),
            "streamerProfile": null,
        })
    );
}

#[tokio::test]
async fn an_access_token_says_what_the_contract_says() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let claims = app
        .app
        .tokens
        .verify(agency.token.as_deref().unwrap(), app.works.now())
        .unwrap();
    assert_eq!(claims.sub, agency.who().user_id);
    assert_eq!(claims.jti, agency.who().login_id);
    assert_eq!(
        (claims.email.as_str(), claims.role),
        ("acme@agency.example.com", Role::Agency)
    );
    assert_eq!(claims.exp - claims.iat, 43_200);
}

#[tokio::test]
async fn a_link_signs_in_once() {
    let app = TestApp::new().await;
    let token = ask(&app.nobody(), "kim@example.com").await;
    let use_it = || async {
        app.nobody()
            .post("/auth/verify-magic-link", &proof("kim@example.com", &token))
            .await
    };
    let (first, second) = tokio::join!(use_it(), use_it());
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 401]);
    use_it().await.expect_problem(401, "invalid_link");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_who_use_a_link_at_once_one_gets_in() {
    let app = TestApp::new().await;
    for round in 0..3 {
        let email = format!("kim{round}@example.com");
        let token = ask(&app.nobody(), &email).await;
        let body = proof(&email, &token);
        let attempts = (0..100).map(|_| async {
            let answer = app.nobody().post("/auth/verify-magic-link", &body).await;
            answer.status
        });
        let statuses = futures::future::join_all(attempts).await;
        let count = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
        assert_eq!((count(201), count(401)), (1, 99), "round {round}");
    }
}

#[tokio::test]
async fn a_stranger_who_only_asks_is_not_a_user() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let token = ask(&app.nobody(), "kim@example.com").await;
    let people = || async {
        let found = admin.get("/admin/users?q=kim").await.expect(200);
        found.as_array().unwrap().len()
    };
    assert_eq!(people().await, 0);
    app.nobody()
        .post("/auth/verify-magic-link", &proof("kim@example.com", &token))
        .await
        .expect(201);
    assert_eq!(people().await, 1);
}

#[tokio::test]
async fn a_client_signs_in_only_so_often_and_others_do_not_wait_for_it() {
    let app = TestApp::with(|settings| settings.sign_in_per_minute = 3).await;
    let nobody = app.nobody();
    let (kim, token) = (json!({ "email": "kim@example.com" }), "x".repeat(43));
    let attempt = proof("kim@example.com", &token);
    nobody
        .post("/auth/request-magic-link", &kim)
        .await
        .expect(201);
    nobody
        .post("/auth/verify-magic-link", &attempt)
        .await
        .expect_problem(401, "invalid_link");
    nobody
        .post("/auth/request-magic-link", &kim)
        .await
        .expect(201);
    for path in ["/auth/request-magic-link", "/auth/verify-magic-link"] {
        // The limit is looked at before the body is.
        let answer = nobody.post(path, &json!({})).await;
        answer.expect_problem(429, "sign_in_rate_limited");
        assert_eq!(answer.header("retry-after"), "60");
    }
    for path in ["/auth/sign-in", "/auth/verify"] {
        let form = nobody.request(reqwest::Method::POST, path);
        let answer = nobody
            .send(form.form(&[("email", "kim@example.com")]))
            .await;
        answer.expect_problem(429, "sign_in_rate_limited");
    }
    nobody.get("/auth/sign-in").await;
    app.streamer("lee").await.get("/me").await.expect(200);
    app.clock.advance(Duration::from_mins(1));
    nobody
        .post("/auth/request-magic-link", &kim)
        .await
        .expect(201);
}

#[tokio::test]
async fn an_address_that_asks_too_often_gets_the_same_answer_and_no_link() {
    let app = TestApp::new().await;
    let nobody = app.nobody();
    let asked = json!({ "email": "kim@example.com" });
    let mut last = Value::Null;
    for _ in 0..5 {
        last = nobody
            .post("/auth/request-magic-link", &asked)
            .await
            .expect(201);
    }
    let answer = nobody.post("/auth/request-magic-link", &asked).await;
    assert_eq!(answer.expect(201), json!({ "ok": true }));
    let (_, token) = last["debugMagicLink"]
        .as_str()
        .unwrap()
        .split_once("&token=")
        .unwrap();
    nobody
        .post("/auth/verify-magic-link", &proof("kim@example.com", token))
        .await
        .expect(201);
    let metrics = nobody.get("/metrics").await.text();
    assert!(metrics.contains("beta_ads_sign_in_links_total{outcome=\"limited\"} 1"));
}

#[tokio::test]
async fn a_link_is_over_after_fifteen_minutes() {
    let app = TestApp::new().await;
    let nobody = app.nobody();
    let token = ask(&nobody, "kim@example.com").await;
    app.clock.advance(LINK_LIFE);
    let answer = nobody
        .post("/auth/verify-magic-link", &proof("kim@example.com", &token))
        .await;
    answer.expect_problem(401, "invalid_link");
}

#[tokio::test]
async fn asking_again_voids_the_former_link() {
    let app = TestApp::new().await;
    let nobody = app.nobody();
    let former = ask(&nobody, "kim@example.com").await;
    let newer = ask(&nobody, "KIM@example.com").await;
    let verify = |token: String| {
        let nobody = nobody.clone();
        async move {
            nobody
                .post("/auth/verify-magic-link", &proof("kim@example.com", &token))
                .await
        }
    };
    verify(former).await.expect_problem(401, "invalid_link");
    verify(newer).await.expect(201);
}

#[tokio::test]
async fn whatever_is_wrong_with_a_link_the_answer_is_the_same() {
    let app = TestApp::new().await;
    let nobody = app.nobody();
    let token = ask(&nobody, "kim@example.com").await;
    ask(&nobody, "lee@example.com").await;
    let mut answers = Vec::new();
    for (email, token) in [
        ("unknown@example.com", token.as_str()),
        ("lee@example.com", &token),
        ("kim@example.com", &"x".repeat(43)),
    ] {
        let answer = nobody
            .post("/auth/verify-magic-link", &proof(email, token))
            .await;
        answer.expect_problem(401, "invalid_link");
        answers.push(answer.json()["detail"].clone());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
}

#[tokio::test]
async fn outside_development_no_answer_tells_anything() {
    let app = TestApp::with(|settings| settings.development = false).await;
    let admin = app.admin().await;
    let disabled = app.viewer("gone").await;
    let mut work = app.works.begin(Actor::System).await.unwrap();
    accounts::disable_user(&mut work, disabled.who().user_id)
        .await
        .unwrap();
    work.commit().await.unwrap();
    for email in [
        admin.who().email.as_str(),
        "gone@viewer.example.com",
        "unknown@example.com",
    ] {
        let request = json!({ "email": email });
        let answer = app
            .nobody()
            .post("/auth/request-magic-link", &request)
            .await;
        assert_eq!(answer.expect(201), json!({ "ok": true }), "{email}");
    }
}

#[tokio::test]
async fn signing_out_ends_the_token_at_once_and_no_other() {
    let app = TestApp::new().await;
    let laptop = sign_in(&app.nobody(), "kim@example.com").await;
    let phone = sign_in(&app.nobody(), "kim@example.com").await;
    laptop.get("/me").await.expect(200);

    assert_eq!(
        laptop.post_nothing("/auth/logout").await.expect(201),
        json!({ "ok": true })
    );

    laptop.get("/me").await.expect_problem(401, "login_ended");
    laptop
        .post_nothing("/auth/logout")
        .await
        .expect_problem(401, "login_ended");
    phone.get("/me").await.expect(200);
}

#[tokio::test]
async fn somebody_disabled_or_given_another_role_is_out_at_once() {
    let app = TestApp::new().await;
    let kim = app.streamer("kim").await;
    let lee = app.streamer("lee").await;
    kim.get("/me").await.expect(200);
    lee.get("/me").await.expect(200);
    let mut work = app.works.begin(Actor::System).await.unwrap();
    accounts::disable_user(&mut work, kim.who().user_id)
        .await
        .unwrap();
    let viewer = Membership::alone(Role::Viewer);
    accounts::set_role(&mut work, lee.who().user_id, viewer)
        .await
        .unwrap();
    work.commit().await.unwrap();

    kim.get("/me").await.expect_problem(401, "login_ended");
    lee.get("/me").await.expect_problem(401, "login_ended");
    let lee = sign_in(&app.nobody(), "lee@streamer.example.com").await;
    assert_eq!(lee.get("/me").await.expect(200)["role"], "viewer");
    lee.get("/streamers/profile")
        .await
        .expect_problem(403, "insufficient_permissions");
}

#[tokio::test]
async fn a_token_is_over_after_twelve_hours() {
    let app = TestApp::new().await;
    let kim = app.streamer("kim").await;
    app.clock
        .advance(LOGIN_LIFE.saturating_sub(Duration::from_secs(1)));
    kim.get("/me").await.expect(200);
    app.clock.advance(Duration::from_secs(1));
    kim.get("/me").await.expect_problem(401, "login_ended");
}

#[tokio::test]
async fn tokens_that_are_not_ours_open_nothing() {
    let app = TestApp::new().await;
    let kim = app.streamer("kim").await;
    let now = app.works.now();
    let other = Tokens::new(&Secret::new("another secret".repeat(4)));
    let forged = other.issue(kim.who(), now).unwrap();
    let own = kim.token.clone().unwrap();
    let parts: Vec<&str> = own.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        panic!("a token has three parts")
    };
    let admin = {
        let mut user = kim.who().clone();
        user.role = Role::Admin;
        let token = other.issue(&user, now).unwrap();
        token.split('.').nth(1).unwrap().to_owned()
    };
    let unsigned = [
        // {"alg":"none","typ":"JWT"} and {"alg":"none"}
        format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}."),
        format!("eyJhbGciOiJub25lIn0.{claims}.{signature}"),
        // {"alg":"HS512"} under the signature of HS256
        format!("eyJhbGciOiJIUzUxMiJ9.{claims}.{signature}"),
        format!("{header}.{admin}.{signature}"),
        format!("{header}.{claims}."),
        format!("{header}.{claims}"),
        forged,
        String::new(),
        "x".repeat(5_000),
    ];
    for token in unsigned {
        let answer = kim.with_token(&token).get("/me").await;
        assert_eq!(answer.status, 401, "{token}: {}", answer.text());
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        answer.problem(401);
    }
    app.nobody()
        .get("/me")
        .await
        .expect_problem(401, "not_signed_in");
    kim.get("/me").await.expect(200);
}

#[tokio::test]
async fn nobody_is_asked_who_they_are_before_the_body_is_read() {
    let app = TestApp::new().await;
    app.nobody()
        .post_text("/streamers/profile", "{")
        .await
        .expect_problem(401, "not_signed_in");
    let brand = app.brand("cola").await;
    let answer = brand.post_text("/streamers/profile", "{").await;
    answer.expect_problem(403, "insufficient_permissions");
}

#[tokio::test]
async fn malformed_requests_for_a_link_are_refused_with_their_reason() {
    let app = TestApp::new().await;
    let nobody = app.nobody();
    let labels = [63, 63, 63].map(|length| "a".repeat(length)).join(".");
    let longest = format!("{}@{labels}.com", "a".repeat(254 - 196));
    let too_long = format!("a{longest}");
    for (body, field, code) in [
        (json!({}), "email", "required"),
        (json!({ "email": null }), "email", "invalid_type"),
        (json!({ "email": 7 }), "email", "invalid_type"),
        (json!({ "email": ["a@b.cc"] }), "email", "invalid_type"),
        (json!({ "email": "" }), "email", "not_an_email"),
        (
            json!({ "email": " kim@example.com" }),
            "email",
            "not_an_email",
        ),
        (json!({ "email": "kim@example" }), "email", "not_an_email"),
        (
            json!({ "email": "k..m@example.com" }),
            "email",
            "not_an_email",
        ),
        (
            json!({ "email": "kim\u{0}@example.com" }),
            "email",
            "invalid_text",
        ),
        (json!({ "email": too_long }), "email", "too_long"),
        (
            json!({ "email": "kim@example.com", "role": "admin" }),
            "role",
            "unknown_field",
        ),
    ] {
        let answer = nobody.post("/auth/request-magic-link", &body).await;
        answer.expect_field(field, code);
    }
    nobody
        .post("/auth/request-magic-link", &json!({ "email": longest }))
        .await
        .expect(201);
    let and_more = r#"{"email":"kim@example.com"}}"#;
    for (body, code) in [
        ("", "empty_body"),
        ("{", "invalid_json"),
        (and_more, "invalid_json"),
    ] {
        nobody
            .post_text("/auth/request-magic-link", body)
            .await
            .expect_problem(400, code);
    }
}

#[tokio::test]
async fn a_token_of_a_link_has_20_to_256_characters() {
    let app = TestApp::new().await;
    let nobody = app.nobody();
    let verify = |token: Value| {
        let body = json!({ "email": "kim@example.com", "token": token });
        let nobody = nobody.clone();
        async move { nobody.post("/auth/verify-magic-link", &body).await }
    };
    verify(json!("x".repeat(19)))
        .await
        .expect_field("token", "too_short");
    verify(json!("x".repeat(20)))
        .await
        .expect_problem(401, "invalid_link");
    verify(json!("x".repeat(256)))
        .await
        .expect_problem(401, "invalid_link");
    verify(json!("x".repeat(257)))
        .await
        .expect_field("token", "too_long");
    verify(json!(12_345))
        .await
        .expect_field("token", "invalid_type");
    verify(json!("\u{0}".repeat(20)))
        .await
        .expect_field("token", "invalid_text");
}
