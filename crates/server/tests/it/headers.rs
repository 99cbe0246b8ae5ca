//! What every answer says to browsers, per face of the product.

use beta_testkit::app::{Answer, TestApp};

const PORTAL: &str = "/auth/sign-in";
const OVERLAY: &str = "/overlay?key=demo";

/// The directive of the answer's policy that begins with `name`.
fn policy(answer: &Answer, name: &str) -> String {
    let policy = answer.header("content-security-policy").to_owned();
    let mut directives = policy.split(';').map(str::trim);
    directives
        .find(|directive| directive.split(' ').next() == Some(name))
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn every_answer_keeps_browsers_from_guessing_and_telling() {
    let app = TestApp::new().await;
    for path in ["/healthz", "/no/such/path", "/me", PORTAL, OVERLAY, "/"] {
        let answer = app.nobody().get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-permitted-cross-domain-policies", "none"),
            (
                "strict-transport-security",
                "max-age=31536000; includeSubDomains",
            ),
            ("x-xss-protection", "0"),
            ("access-control-allow-origin", "*"),
            ("access-control-allow-credentials", ""),
        ] {
            assert_eq!(answer.header(name), value, "{name} of {path}");
        }
        assert!(answer.header("permissions-policy").contains("camera=()"));
        let script = policy(&answer, "script-src");
        let all = policy(&answer, "default-src");
        assert_eq!(all, "default-src 'none'", "{path}");
        assert!(
            script.is_empty() || script == "script-src 'self'",
            "no script inside a page of {path}: {script}"
        );
        let style = policy(&answer, "style-src");
        assert!(!style.contains("unsafe"), "{path}: {style}");
    }
}

#[tokio::test]
async fn only_the_overlay_may_be_framed_and_only_by_the_portal() {
    let app = TestApp::new().await;
    for (path, ancestors, frame) in [
        ("/healthz", "frame-ancestors 'none'", "DENY"),
        ("/me", "frame-ancestors 'none'", "DENY"),
        (PORTAL, "frame-ancestors 'none'", "DENY"),
        ("/", "frame-ancestors 'none'", "DENY"),
        (OVERLAY, "frame-ancestors 'self'", "SAMEORIGIN"),
        ("/media/x/creatives/a.png", "frame-ancestors 'none'", "DENY"),
    ] {
        let answer = app.nobody().get(path).await;
        assert_eq!(policy(&answer, "frame-ancestors"), ancestors, "{path}");
        assert_eq!(answer.header("x-frame-options"), frame, "{path}");
    }
}

#[tokio::test]
async fn no_page_hands_its_address_to_another_site() {
    let app = TestApp::new().await;
    for (path, expected) in [
        ("/healthz", "no-referrer"),
        (OVERLAY, "no-referrer"),
        (PORTAL, "same-origin"),
    ] {
        let answer = app.nobody().get(path).await;
        assert_eq!(answer.header("referrer-policy"), expected, "{path}");
    }
}

#[tokio::test]
async fn pages_of_people_are_kept_by_no_cache() {
    let app = TestApp::new().await;
    for path in [PORTAL, OVERLAY, "/"] {
        let answer = app.nobody().get(path).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
}

#[tokio::test]
async fn a_portal_behind_tls_asks_for_tls_everywhere() {
    let secure = TestApp::with(|settings| {
        settings.public_url = "https://ads.example.com".parse().expect("is an address");
    })
    .await;
    let answer = secure.nobody().get(PORTAL).await;
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("upgrade-insecure-requests"), "{policy}");
}
