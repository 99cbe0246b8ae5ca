//! Sign-in links by mail, through a real SMTP server.

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use beta_domain::accounts;
use beta_domain::actor::Actor;
use beta_kit::mail::{Drawer, Mailer};
use beta_testkit::app::{Answer, Person, TestApp};
use beta_testkit::mailbox::{Mailbox, ReceivedLetter};
use beta_testkit::process::Installation;
use beta_web::state::Settings;
use serde_json::json;

const SENDER: &str = "Beta Ads <ads@example.com>";

async fn ask(person: &Person, email: &str) -> Answer {
    let asked = json!({ "email": email });
    person.post("/auth/request-magic-link", &asked).await
}

/// Uses the link of a letter.
async fn use_link(person: &Person, email: &str, link: &str) -> Answer {
    let (_, token) = link.split_once("&token=").unwrap();
    let proof = json!({ "email": email, "token": token });
    person.post("/auth/verify-magic-link", &proof).await
}

/// Links go to the server at this address, as in production.
fn by_smtp(url: &str) -> impl FnOnce(&mut Settings) {
    let mailer = Mailer::smtp(&url.parse().unwrap(), SENDER.parse().unwrap());
    move |settings| {
        settings.mailer = Some(mailer);
        settings.development = false;
    }
}

async fn app_with_drawer() -> (TestApp, Drawer) {
    let (mailer, drawer) = Mailer::drawer();
    let app = TestApp::with(|settings| {
        settings.mailer = Some(mailer);
        settings.development = false;
    });
    (app.await, drawer)
}

/// The letters, once there are so many.
async fn letters(drawer: &Drawer, count: usize) -> Vec<beta_kit::mail::Letter> {
    let enough = || async { Some(drawer.letters()).filter(|all| all.len() >= count) };
    let found = beta_testkit::wait::until(beta_testkit::wait::PATIENCE, enough).await;
    found.expect("the letters come in time")
}

#[tokio::test]
async fn a_link_arrives_as_text_and_as_a_page_and_signs_in_once() {
    let mut mailbox = Mailbox::open().await.unwrap();
    let place = Installation::new(env!("CARGO_BIN_EXE_beta-ads"))
        .set("SMTP_URL", &mailbox.url())
        .set("MAIL_FROM", SENDER)
        .set("PORTAL_URL", "https://ads.example.com");
    let running = place.start().await;
    let nobody = Person::at(&running.url(""));

    let answer = ask(&nobody, "Foo+1@Example.com").await;
    assert_eq!(answer.expect(201), json!({ "ok": true }));

    let letter = mailbox.letter().await;
    assert_eq!(letter.from, "ads@example.com");
    assert_eq!(letter.to, ["foo+1@example.com"]);
    assert_eq!(
        letter.subject,
        "Your sign-in link for Beta Live Ads Platform"
    );
    let link = letter
        .link("https://ads.example.com/auth/verify?")
        .to_owned();
    assert!(link.contains("email=foo%2B1%40example.com&token="));
    check_page(&letter, &link);
    check_headers(&letter);
    let verified = use_link(&nobody, "foo+1@example.com", &link).await;
    assert!(verified.expect(201)["accessToken"].is_string());
    use_link(&nobody, "foo+1@example.com", &link)
        .await
        .expect_problem(401, "invalid_link");

    ask(&nobody, "lee@example.com").await.expect(201);
    let (status, log) = running.stop().await;
    assert_eq!(status.code(), Some(0));
    assert_eq!(
        mailbox.letter().await.to,
        ["lee@example.com"],
        "a stop waits for the letter"
    );
    let (_, token) = link.split_once("&token=").unwrap();
    for secret in ["example.com\"", "foo+1", "lee@", token] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

/// The page holds the same link twice: behind the button, and to be read.
fn check_page(letter: &ReceivedLetter, link: &str) {
    let escaped = link.replace('&', "&amp;");
    assert_eq!(
        letter.html.matches(&format!("href=\"{escaped}\"")).count(),
        2
    );
    assert!(letter.html.contains(&format!(">{escaped}</a>")));
    for words in ["15 minutes", "ignore it"] {
        assert!(letter.html.contains(words) && letter.text.contains(words));
    }
}

fn check_headers(letter: &ReceivedLetter) {
    let header = |name: &str| letter.headers[name].as_str();
    assert_eq!(header("from"), "\"Beta Ads\" <ads@example.com>");
    assert_eq!(header("auto-submitted"), "auto-generated");
    assert!(header("message-id").ends_with("@example.com>"));
    assert!(header("date").ends_with("+0000"));
    assert!(header("content-type").starts_with("multipart/alternative"));
}

#[tokio::test]
async fn a_mail_server_that_is_away_delays_nobody_and_gets_the_letter_when_it_is_back() {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let app = TestApp::with(by_smtp(&format!("smtp://127.0.0.1:{port}"))).await;
    let began = Instant::now();
    ask(&app.nobody(), "kim@example.com").await.expect(201);
    assert!(began.elapsed() < Duration::from_secs(5));

    let mut mailbox = Mailbox::open_at(port).await.unwrap();
    let letter = mailbox.letter().await;
    let link = letter.link("http://").to_owned();
    use_link(&app.nobody(), "kim@example.com", &link)
        .await
        .expect(201);
    assert!(mailbox.rest().is_empty(), "one letter, not one per attempt");
}

#[tokio::test]
async fn a_mail_server_that_never_answers_delays_nobody() {
    let silent = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .unwrap();
    let port = silent.local_addr().unwrap().port();
    let app = TestApp::with(by_smtp(&format!("smtp://127.0.0.1:{port}"))).await;
    let began = Instant::now();
    for number in 0..5 {
        ask(&app.nobody(), &format!("kim{number}@example.com"))
            .await
            .expect(201);
    }
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn known_unknown_and_disabled_people_get_the_same_answer_and_the_same_letter() {
    let (app, drawer) = app_with_drawer().await;
    app.streamer("known").await;
    let gone = app.streamer("gone").await;
    let mut work = app.works.begin(Actor::System).await.unwrap();
    accounts::disable_user(&mut work, gone.who().user_id)
        .await
        .unwrap();
    work.commit().await.unwrap();
    let names = ["known", "gone", "never"].map(|name| format!("{name}@streamer.example.com"));
    for email in &names {
        let answer = ask(&app.nobody(), email).await;
        assert_eq!(answer.expect(201), json!({ "ok": true }));
    }
    let mut texts = Vec::new();
    for letter in letters(&drawer, 3).await {
        let email = letter.to.as_str().to_owned();
        let (_, token) = letter.text.split_once("&token=").unwrap();
        let token = token.split_whitespace().next().unwrap();
        let outcome = use_link(&app.nobody(), &email, &format!("&token={token}")).await;
        let expected = if email.starts_with("gone") { 401 } else { 201 };
        assert_eq!(outcome.status, expected, "{email}");
        let text = letter.text.replace(token, "TOKEN");
        let encoded = email.replace('@', "%40");
        texts.push(text.replace(&email, "EMAIL").replace(&encoded, "EMAIL"));
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
}

#[tokio::test]
async fn who_asks_too_often_gets_no_more_letters() {
    let (app, drawer) = app_with_drawer().await;
    for _ in 0..8 {
        let answer = ask(&app.nobody(), "kim@example.com").await;
        assert_eq!(answer.expect(201), json!({ "ok": true }));
    }
    app.app.lifecycle.finish.cancel();
    letters(&drawer, 5).await;
    ask(&app.nobody(), "lee@example.com").await.expect(201);
    assert_eq!(letters(&drawer, 6).await.len(), 6);
    let metrics = app.nobody().get("/metrics").await.text();
    assert!(metrics.contains("beta_ads_letters_total{outcome=\"sent\"} 6"));
}

#[tokio::test]
async fn somebody_who_is_added_gets_a_first_link() {
    let (app, drawer) = app_with_drawer().await;
    let admin = app.admin().await;
    let new = json!({ "email": "new@example.com", "role": "viewer" });
    let added = admin.post("/admin/users", &new).await.expect(201);
    assert_eq!(added["emailVerifiedAt"], json!(null));
    let letter = &letters(&drawer, 1).await[0];
    assert!(!added.to_string().contains("token"));
    let link = letter
        .text
        .split_whitespace()
        .find(|word| word.contains("&token="));
    let verified = use_link(&app.nobody(), "new@example.com", link.unwrap()).await;
    let new = app
        .nobody()
        .with_token(verified.expect(201)["accessToken"].as_str().unwrap());
    assert_eq!(new.get("/me").await.expect(200)["role"], "viewer");
}
