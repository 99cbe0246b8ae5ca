//! Every page of the portal, on a desk and on a phone, by day and by night.

use beta_testkit::browser::{Browser, Page};
use serde_json::{Value, json};

use super::sign_in;
use crate::program::Program;

const PICTURE: &[u8] = include_bytes!("../../../../web/src/assets/demo/demo.png");

const WIDTHS: [(u32, u32); 2] = [(1440, 900), (390, 844)];
const SCHEMES: [&str; 2] = ["light", "dark"];

/// Fonts are there, and nothing is on its way from one colour to another.
const AT_REST: &str = "document.fonts.status === 'loaded' && document.getAnimations().every(
    (animation) => animation instanceof CSSAnimation || animation.playState !== 'running')";

/// What the overlay page may weigh, compressed.
const OVERLAY_BYTES_MAX: u64 = 20 * 1024;

/// What a page may weigh at its first visit, fonts included.
const FIRST_VISIT_BYTES_MAX: u64 = 100_000;

#[tokio::test]
async fn every_page_fits_every_width_and_scheme() {
    let program = Program::start().await;
    let stand = program.stand().await;
    stand.creative("image", "image/png", PICTURE).await;
    let browser = Browser::open().await.unwrap();
    let page = browser.first_page().await.unwrap();
    look_at(
        &program,
        &page,
        "nobody",
        &["/", "/auth/sign-in", "/auth/verify", "/no-such-page"],
    )
    .await;
    for (name, paths) in [
        ("agency", ["/agency"].as_slice()),
        ("brand", &["/agency"]),
        ("streamer", &["/streamer", "/agency", "/account"]),
        ("admin", &["/admin", "/agency"]),
        ("viewer", &["/"]),
    ] {
        sign_in(&program, &page, name).await;
        look_at(&program, &page, name, paths).await;
        page.goto(&program.url).await.unwrap();
        page.click("header form button").await.unwrap();
        page.sees("header a[href='/auth/sign-in']").await.unwrap();
    }

    // The browser itself notes the pages that are missing or not for everybody.
    let errors = browser.console_errors().await.unwrap();
    let ours: Vec<_> = errors
        .iter()
        .filter(|error| !error.contains("status of 40"))
        .collect();
    assert!(ours.is_empty(), "{ours:?}");
}

async fn look_at(program: &Program, page: &Page, who: &str, paths: &[&str]) {
    for path in paths {
        page.goto(&format!("{}{path}", program.url)).await.unwrap();
        page.sees("h1").await.unwrap();
        for (width, height) in WIDTHS {
            page.viewport(width, height).await.unwrap();
            for scheme in SCHEMES {
                page.prefers(&[("prefers-color-scheme", scheme)])
                    .await
                    .unwrap();
                page.until(AT_REST).await.unwrap();
                let wide = "return document.scrollingElement.scrollWidth - innerWidth";
                let over = page.run(wide, Vec::new()).await.unwrap();
                assert!(
                    over.as_i64() <= Some(0),
                    "{path} is {over} px too wide at {width}"
                );
                let name = path.replace('/', "-");
                page.screenshot_whole(&format!("portal-{who}{name}-{width}-{scheme}"))
                    .await
                    .unwrap();
            }
        }
    }
}

#[tokio::test]
async fn the_first_visit_is_light_and_nothing_jumps() {
    let program = Program::start().await;
    let browser = Browser::open().await.unwrap();
    let page = browser.first_page().await.unwrap();
    let watch = json!({"source": "
        window.jumps = 0;
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) window.jumps += entry.value;
        }).observe({ type: 'layout-shift', buffered: true });
    "});
    page.dev_tools("Page.addScriptToEvaluateOnNewDocument", watch)
        .await
        .unwrap();

    page.goto(&format!("{}/", program.url)).await.unwrap();
    page.until("document.fonts.status === 'loaded'")
        .await
        .unwrap();

    let bytes = weight(&page, "transferSize").await;
    assert!(
        bytes > 0 && bytes <= FIRST_VISIT_BYTES_MAX,
        "the first visit takes {bytes} bytes"
    );
    assert_eq!(
        page.run("return window.jumps", Vec::new()).await.unwrap(),
        json!(0)
    );
}

#[tokio::test]
async fn the_overlay_is_light_and_says_nothing_in_the_console() {
    let program = Program::start().await;
    let stand = program.stand().await;
    let browser = Browser::open().await.unwrap();
    let page = browser.first_page().await.unwrap();

    page.goto(&format!("{}/overlay#key={}", program.url, stand.key))
        .await
        .unwrap();
    page.until("document.documentElement.dataset.state === 'idle'")
        .await
        .unwrap();

    let bytes = weight(&page, "encodedBodySize").await;
    assert!(
        bytes > 0 && bytes <= OVERLAY_BYTES_MAX,
        "the overlay takes {bytes} bytes"
    );
    assert_eq!(browser.console().await.unwrap(), Vec::<Value>::new());
}

/// What the page and everything it loaded took, compressed.
async fn weight(page: &Page, measure: &str) -> u64 {
    let script = "const kinds = ['navigation', 'resource'];
        const entries = kinds.flatMap((kind) => performance.getEntriesByType(kind));
        return entries.reduce((sum, entry) => sum + entry[arguments[0]], 0)";
    let bytes = page.run(script, vec![json!(measure)]).await.unwrap();
    bytes.as_u64().unwrap()
}

#[tokio::test]
async fn an_agency_can_work_without_javascript() {
    let program = Program::start().await;
    let stand = program.stand().await;
    stand.creative("image", "image/png", PICTURE).await;
    let browser = Browser::open().await.unwrap();
    let page = browser.first_page().await.unwrap();
    page.dev_tools(
        "Emulation.setScriptExecutionDisabled",
        json!({"value": true}),
    )
    .await
    .unwrap();
    sign_in(&program, &page, "agency").await;
    page.click("form[data-trigger] button").await.unwrap();
    page.reads("[data-part=outcome]", "The channel is not on air")
        .await
        .unwrap();
    page.screenshot_whole("portal-refused-without-javascript")
        .await
        .unwrap();
    assert!(!page.is_visible("[data-part=pause]").await.unwrap());
    assert_eq!(browser.console().await.unwrap(), Vec::<Value>::new());
}
