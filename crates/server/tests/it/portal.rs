//! The portal over HTTP, as a browser without JavaScript meets it.

use beta_testkit::app::{Answer, Person, TestApp};
use reqwest::Method;
use serde_json::json;

/// A browser: keeps cookies, and sends what pages hold.
struct Visitor {
    person: Person,
    cookies: Vec<(String, String)>,
}

impl Visitor {
    fn new(app: &TestApp) -> Self {
        Self {
            person: app.nobody(),
            cookies: Vec::new(),
        }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let pairs = self.cookies.iter();
        let cookies: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        self.person
            .request(method, path)
            .header("accept", "text/html")
            .header("cookie", cookies.join("; "))
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Answer {
        let answer = self.person.send(request).await;
        for line in answer.headers.get_all("set-cookie") {
            let text = line.to_str().unwrap();
            assert!(text.contains("HttpOnly; SameSite=Lax"), "{text}");
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer
    }

    async fn open(&mut self, path: &str) -> Answer {
        let request = self.request(Method::GET, path);
        self.send(request).await
    }

    async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.request(Method::POST, path).form(fields);
        self.send(request).await
    }

    /// Sends a form as a browser does, which says where it comes from.
    async fn press(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.request(Method::POST, path).form(fields);
        self.send(request.header("sec-fetch-site", "same-origin"))
            .await
    }

    /// Signs in by the pages alone; gives the page that follows.
    async fn sign_in(&mut self, email: &str) -> Answer {
        let token = token_of(&self.open("/auth/sign-in").await);
        let fields = [("form_token", token.as_str()), ("email", email)];
        let sent = self.submit("/auth/sign-in", &fields).await;
        let link = between(&sent.text(), "/auth/verify?", "\"").replace("&amp;", "&");
        let page = self.open(&format!("/auth/verify?{link}")).await;
        let secret = between(&page.text(), "name=\"token\" value=\"", "\"");
        let token = token_of(&page);
        let fields = [
            ("form_token", token.as_str()),
            ("email", email),
            ("token", &secret),
        ];
        self.submit("/auth/verify", &fields).await
    }
}

fn between(text: &str, before: &str, after: &str) -> String {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split_once(after).unwrap().0.to_owned()
}

fn token_of(page: &Answer) -> String {
    between(&page.text(), "name=\"form_token\" value=\"", "\"")
}

#[tokio::test]
async fn a_visitor_signs_in_lands_on_their_page_and_signs_out() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let mut visitor = Visitor::new(&app);

    let refused = visitor.open("/agency").await;
    assert_eq!(
        (refused.status, refused.header("location")),
        (303, "/auth/sign-in")
    );
    let landed = visitor.sign_in(&agency.who().email).await;
    assert_eq!((landed.status, landed.header("location")), (303, "/agency"));
    let room = visitor.open("/agency").await;
    assert!(room.text().contains("Campaign Control Room"));
    assert_eq!(room.header("cache-control"), "no-store");
    let forbidden = visitor.open("/admin").await;
    assert_eq!(forbidden.status, 403);
    assert!(forbidden.header("content-type").starts_with("text/html"));

    let token = token_of(&room);
    let out = visitor
        .submit("/auth/sign-out", &[("form_token", &token)])
        .await;
    assert_eq!((out.status, out.header("location")), (303, "/"));
    assert_eq!(visitor.open("/agency").await.status, 303);
}

#[tokio::test]
async fn opening_the_link_does_not_use_it_up_and_using_it_does() {
    let app = TestApp::new().await;
    let streamer = app.streamer("kim").await;
    let email = streamer.who().email.clone();
    let asked = json!({ "email": email });
    let answer = app
        .nobody()
        .post("/auth/request-magic-link", &asked)
        .await
        .expect(201);
    let link = answer["debugMagicLink"].as_str().unwrap();
    let secret = link.split_once("&token=").unwrap().1;
    let mut visitor = Visitor::new(&app);

    for _ in 0..3 {
        let path = format!("/auth/verify?email={email}&token={secret}");
        let page = visitor.open(&path).await;
        assert_eq!(page.status, 200);
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        let request = visitor.request(Method::HEAD, &path);
        assert_eq!(visitor.send(request).await.status, 200);
    }
    let page = visitor
        .open(&format!("/auth/verify?email={email}&token={secret}"))
        .await;
    let token = token_of(&page);
    let fields = [
        ("form_token", token.as_str()),
        ("email", &email),
        ("token", secret),
    ];
    let first = visitor.submit("/auth/verify", &fields).await;
    assert_eq!((first.status, first.header("location")), (303, "/streamer"));
    let mut other = Visitor::new(&app);
    let token = token_of(&other.open("/auth/verify?email=a%40b.cc&token=x").await);
    let fields = [
        ("form_token", token.as_str()),
        ("email", &email),
        ("token", secret),
    ];
    assert_eq!(other.submit("/auth/verify", &fields).await.status, 401);
}

#[tokio::test]
async fn behind_tls_cookies_are_bound_to_this_very_host() {
    let app = TestApp::with(|settings| {
        settings.portal_url = "https://ads.example.com".parse().unwrap();
    })
    .await;
    let mut visitor = Visitor::new(&app);
    let page = visitor.open("/auth/sign-in").await;
    let form = page.header("set-cookie");
    assert!(form.starts_with("__Host-beta_form="), "{form}");
    assert!(form.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"));
    let agency = app.agency("acme").await;
    let landed = visitor.sign_in(&agency.who().email).await;
    let login = landed.header("set-cookie");
    assert!(login.starts_with("__Host-beta_login="), "{login}");
    assert!(login.contains("; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=43200"));
    assert_eq!(visitor.open("/account").await.status, 200);
    let id = agency.who().user_id;
    let outcome = format!("{id}.{id}.-.channel_busy.-");
    visitor
        .cookies
        .push(("__Host-beta_flash".to_owned(), outcome));
    let room = visitor.open("/agency").await;
    let taken = room.header("set-cookie");
    assert!(taken.starts_with("__Host-beta_flash=;"), "{taken}");
    for (name, _) in &mut visitor.cookies {
        *name = name.replace("__Host-", "");
    }
    assert_eq!(
        visitor.open("/account").await.status,
        303,
        "one may be planted"
    );
}

#[tokio::test]
async fn somebody_sees_where_they_are_signed_in_and_ends_it() {
    let app = TestApp::new().await;
    let (mut desk, mut phone) = (Visitor::new(&app), Visitor::new(&app));
    desk.sign_in("kim@example.com").await;
    phone.sign_in("kim@example.com").await;
    let page = desk.open("/account").await;
    assert_eq!(page.text().matches("This browser").count(), 1);
    assert_eq!(page.text().matches("last seen").count(), 2);
    let other = between(&page.text(), "name=\"login\" value=\"", "\"");
    let token = token_of(&page);

    let without = desk
        .press("/account/logins/end", &[("login", &other)])
        .await;
    assert_eq!(without.status, 403, "a form without its token");
    let fields = [("form_token", token.as_str()), ("login", &other)];
    let ended = desk.press("/account/logins/end", &fields).await;
    assert_eq!((ended.status, ended.header("location")), (303, "/account"));
    assert_eq!(phone.open("/account").await.status, 303);
    let again = desk.press("/account/logins/end", &fields).await;
    assert_eq!(again.status, 303, "it is over, as asked");

    phone.sign_in("kim@example.com").await;
    let token = token_of(&desk.open("/account").await);
    let fields = [("form_token", token.as_str())];
    desk.press("/account/logins/end-others", &fields).await;
    assert_eq!(phone.open("/account").await.status, 303);
    assert_eq!(desk.open("/account").await.status, 200);
}

#[tokio::test]
async fn nobody_ends_the_login_of_somebody_else() {
    let app = TestApp::new().await;
    let lee = app.streamer("lee").await;
    let mut kim = Visitor::new(&app);
    kim.sign_in("kim@example.com").await;
    let token = token_of(&kim.open("/account").await);
    let login = lee.who().login_id.to_string();
    let fields = [("form_token", token.as_str()), ("login", &login)];
    let ended = kim.press("/account/logins/end", &fields).await;
    assert_eq!(ended.status, 303, "as for a login that nobody has");
    lee.get("/me").await.expect(200);
}

#[tokio::test]
async fn a_form_is_taken_only_from_the_browser_and_the_login_it_was_shown_to() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let mut visitor = Visitor::new(&app);
    let before = token_of(&visitor.open("/auth/sign-in").await);
    visitor.sign_in(&agency.who().email).await;
    let token = token_of(&visitor.open("/agency").await);
    let mut stranger = Visitor::new(&app);
    let foreign = token_of(&stranger.open("/auth/sign-in").await);

    for wrong in ["", "x", before.as_str(), foreign.as_str()] {
        let answer = visitor
            .submit("/auth/sign-out", &[("form_token", wrong)])
            .await;
        assert_eq!(answer.status, 403, "{wrong}");
    }
    for (header, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://elsewhere.example"),
    ] {
        let request = visitor.request(Method::POST, "/auth/sign-out");
        let request = request
            .header(header, value)
            .form(&[("form_token", &token)]);
        assert_eq!(visitor.send(request).await.status, 403, "{header}: {value}");
    }
    assert_eq!(visitor.open("/agency").await.status, 200, "still signed in");
}

#[tokio::test]
async fn a_brand_looks_but_does_not_trigger() {
    let app = TestApp::new().await;
    let brand = app.brand("fizz").await;
    let mut visitor = Visitor::new(&app);
    visitor.sign_in(&brand.who().email).await;

    let room = visitor.open("/agency").await;
    assert_eq!(room.status, 200);
    assert!(!room.text().contains("data-trigger"));
    let token = token_of(&room);
    let request = visitor.request(Method::POST, "/agency/trigger");
    let request = request
        .header("sec-fetch-site", "same-origin")
        .form(&[("form_token", &token)]);
    assert_eq!(visitor.send(request).await.status, 403);
}

#[tokio::test]
async fn the_cookie_opens_pages_and_nothing_else() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let mut visitor = Visitor::new(&app);
    visitor.sign_in(&agency.who().email).await;

    assert_eq!(visitor.open("/account").await.status, 200);
    for path in ["/me", "/campaigns"] {
        let request = visitor.request(Method::GET, path);
        let request = request.header("sec-fetch-site", "same-origin");
        assert_eq!(visitor.send(request).await.status, 401, "{path}");
    }
}
