//! The browser, on a page that does a little of everything.

use std::time::Duration;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use beta_testkit::browser::Browser;
use tokio::net::TcpListener;

const PAGE: &str = r#"<!doctype html><title>A page</title><link rel="icon" href="data:,">
<style>body{background:white} @media (prefers-color-scheme: dark){body{background:black}}</style>
<form><input name="who"><select name="kind"><option value="a">A<option value="b">B</select>
<button type="button">Say</button></form>
<p id="said" hidden></p><p id="faint" style="opacity:0.1">faint</p>
<script>
  document.querySelector("button").onclick = () => {
    const said = document.querySelector('#said');
    const form = document.forms[0];
    setTimeout(() => { said.textContent = form.who.value + form.kind.value;
      said.hidden = false; }, 50);
    setTimeout(() => { said.hidden = true; }, 1000);
  };
</script>"#;

async fn site() -> String {
    let router = Router::new().route("/", get(async || Html(PAGE)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

#[tokio::test]
async fn a_page_is_filled_in_clicked_and_seen() {
    let url = site().await;
    let browser = Browser::open().await.unwrap();
    let page = browser.first_page().await.unwrap();
    page.goto(&url).await.unwrap();
    assert_eq!(page.title().await.unwrap(), "A page");
    assert!(!page.is_visible("#said").await.unwrap());
    assert!(!page.is_visible("#faint").await.unwrap());

    page.fill("[name=who]", "kim").await.unwrap();
    page.choose("[name=kind]", "b").await.unwrap();
    page.click("button").await.unwrap();
    page.sees("#said").await.unwrap();
    page.reads("#said", "kimb").await.unwrap();
    page.loses("#said", Duration::from_secs(10)).await.unwrap();
    assert_eq!(
        browser.console_errors().await.unwrap(),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn pages_have_their_own_size_and_preferences() {
    let url = site().await;
    let browser = Browser::open().await.unwrap();
    let first = browser.first_page().await.unwrap();
    let second = browser.new_tab().await.unwrap();
    let third = browser.new_window().await.unwrap();
    for page in [&first, &second, &third] {
        page.goto(&url).await.unwrap();
    }
    second.viewport(390, 844).await.unwrap();
    second
        .prefers(&[
            ("prefers-color-scheme", "dark"),
            ("prefers-reduced-motion", "reduce"),
        ])
        .await
        .unwrap();
    second.until("innerWidth === 390").await.unwrap();
    second
        .until("matchMedia('(prefers-reduced-motion: reduce)').matches")
        .await
        .unwrap();
    second
        .until("getComputedStyle(document.body).backgroundColor === 'rgb(0, 0, 0)'")
        .await
        .unwrap();
    first.until("innerWidth !== 390").await.unwrap();
    first
        .until("getComputedStyle(document.body).backgroundColor === 'rgb(255, 255, 255)'")
        .await
        .unwrap();
    let picture = second.screenshot("testkit-dark").await.unwrap();
    assert!(std::fs::metadata(picture).unwrap().len() > 100);

    third
        .run("console.error('to be found')", Vec::new())
        .await
        .unwrap();
    let errors = browser.console_errors().await.unwrap();
    assert!(
        errors.iter().any(|error| error.contains("to be found")),
        "{errors:?}"
    );
}
