//! The description of the API, as programs read it and as a page shows it.

use beta_testkit::app::TestApp;

const FILE: &str = include_str!("../../../../docs/openapi.json");

#[tokio::test]
async fn everybody_may_read_the_description() {
    let app = TestApp::new().await;

    let description = app.nobody().get("/openapi.json").await.expect(200);

    let kept: serde_json::Value = serde_json::from_str(FILE).unwrap();
    assert_eq!(description, kept);
    assert_eq!(description["openapi"], "3.1.0");
}

#[tokio::test]
async fn the_page_that_shows_it_has_every_file_it_asks_for() {
    let app = TestApp::new().await;
    let nobody = app.nobody();

    let entry = nobody.get("/docs").await;
    entry.expect(308);
    assert_eq!(entry.header("location"), "/docs/");

    for (file, kind) in [
        ("", "text/html"),
        ("index.css", "text/css"),
        ("swagger-ui.css", "text/css"),
        ("swagger-ui-bundle.js", "text/javascript"),
        ("swagger-ui-standalone-preset.js", "text/javascript"),
        ("favicon-32x32.png", "image/png"),
    ] {
        let answer = nobody.get(&format!("/docs/{file}")).await;
        answer.expect(200);
        assert_eq!(answer.header("content-type"), kind, "{file}");
        assert_eq!(answer.header("content-encoding"), "gzip", "{file}");
        assert!(answer.bytes.starts_with(&[0x1f, 0x8b]), "{file}");
    }
    nobody
        .get("/docs/none.js")
        .await
        .expect_problem(404, "file_not_found");
}

#[tokio::test]
async fn the_page_asks_no_other_host_and_runs_only_its_own_scripts() {
    let app = TestApp::new().await;
    let nobody = app.nobody();

    let page = nobody.get("/docs/").await;
    let settings = nobody.get("/docs/swagger-initializer.js").await.text();

    let policy = page.header("content-security-policy");
    let rules: Vec<&str> = policy.split(';').map(str::trim).collect();
    for rule in [
        "default-src 'none'",
        "connect-src 'self'",
        "script-src 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(rules.contains(&rule), "{rule} in {policy}");
    }
    assert!(!policy.contains("http"), "{policy}");
    assert!(settings.contains(r#""validatorUrl": "none""#), "{settings}");
    assert!(settings.contains(r#""url": "/openapi.json""#), "{settings}");
}
