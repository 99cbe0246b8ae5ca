//! The overlay page in front of a server that can be told to fail.

mod theatre;

use std::time::Duration;

use beta_testkit::wait::{PATIENCE, until};
use serde_json::{Value, json};

use theatre::{Theatre, is_in_state};

const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn every_format_is_seen_with_its_label_and_ends_at_its_time() {
    let theatre = Theatre::open().await;
    let page = theatre.overlay().await;
    let formats = [
        ("png", "/assets/demo/demo.png", "image/png", ".ad img"),
        ("mp4", "/assets/demo/demo.mp4", "video/mp4", ".ad video"),
        ("gif", "/made/card.gif", "image/gif", ".ad img"),
        ("webp", "/made/card.webp", "image/webp", ".ad img"),
    ];
    for (name, asset, mime_type, media) in formats {
        let command = theatre.command(asset, mime_type, 1.5);
        assert_eq!(theatre.send(&command).await, json!({"ok": true}), "{name}");

        page.sees(media).await.unwrap();
        page.reads(".badge", "Sponsored").await.unwrap();
        page.until("document.getAnimations().every(a => a.playState === 'finished')")
            .await
            .unwrap();
        page.screenshot(&format!("overlay-{name}")).await.unwrap();
        page.loses(".ad", SOON).await.unwrap();

        let rendered = theatre.event("ad_rendered", &command).await;
        assert_eq!(rendered["session_id"], "s");
        assert_eq!(rendered["campaign_id"], "c");
        assert_eq!(rendered["payload"]["durationSec"], 1.5);
        theatre.event("ad_completed", &command).await;
        assert_eq!(
            theatre.reported(&command),
            ["ad_rendered", "ad_completed"],
            "{name}"
        );
    }
    assert_eq!(
        theatre.browser.console().await.unwrap(),
        Vec::<Value>::new()
    );
}

#[tokio::test]
async fn an_ad_stands_in_its_corner_and_moves_as_asked() {
    let theatre = Theatre::open().await;
    let page = theatre.overlay().await;
    for animation in ["fade", "slide", "pulse"] {
        let mut command = theatre.command("/assets/demo/demo.png", "image/png", 0.8);
        command["animation"] = json!(animation);
        theatre.send(&command).await;
        page.sees(".ad img").await.unwrap();
        let name = "getComputedStyle(document.querySelector('.ad')).animationName";
        page.until(&format!("{name} === '{animation}'"))
            .await
            .unwrap();
        page.screenshot(&format!("overlay-{animation}"))
            .await
            .unwrap();
        page.loses(".ad", SOON).await.unwrap();
    }

    page.prefers(&[("prefers-reduced-motion", "reduce")])
        .await
        .unwrap();
    theatre
        .send(&theatre.command("/assets/demo/demo.png", "image/png", 2.0))
        .await;
    page.sees(".ad img").await.unwrap();
    page.until("document.getAnimations().length === 0")
        .await
        .unwrap();
    let corner = "const box = document.querySelector('.ad').getBoundingClientRect();
        return [innerWidth - box.right, innerHeight - box.bottom, box.width]";
    let [right, bottom, width] = numbers(&page.run(corner, Vec::new()).await.unwrap());
    assert_eq!((right, bottom, width), (24.0, 24.0, 420.0));
    let background = "getComputedStyle(document.body).backgroundColor === 'rgba(0, 0, 0, 0)'";
    page.until(background).await.unwrap();
}

fn numbers<const N: usize>(list: &Value) -> [f64; N] {
    std::array::from_fn(|at| list[at].as_f64().unwrap())
}

#[tokio::test]
async fn an_asset_that_fails_is_reported_and_never_seen() {
    let theatre = Theatre::open().await;
    let page = theatre.overlay().await;
    for (asset, mime_type) in [
        ("/made/broken.png", "image/png"),
        ("/made/missing", "image/png"),
        ("/made/broken.png", "video/mp4"),
    ] {
        let command = theatre.command(asset, mime_type, 1.0);
        assert_eq!(theatre.send(&command).await, json!({"ok": true}));
        let error = theatre.event("ad_error", &command).await;
        assert_eq!(error["payload"]["reason"], "asset_load_failed", "{asset}");
        assert_eq!(theatre.reported(&command), ["ad_error"], "{asset}");
        is_in_state(&page, "idle").await;
    }

    let mut command = theatre.command("/made/broken.png", "image/png", 1.0);
    command["fallbackUrl"] = json!(format!("{}/assets/demo/demo.png", theatre.url));
    theatre.send(&command).await;
    page.sees(".ad img").await.unwrap();
    let rendered = theatre.event("ad_rendered", &command).await;
    assert_eq!(rendered["payload"]["fallback"], true);
}

#[tokio::test]
async fn a_command_that_cannot_be_played_is_refused_with_its_reason() {
    let theatre = Theatre::open().await;
    let page = theatre.overlay().await;
    let refused = |reason| json!({"ok": false, "reason": reason});
    theatre.tell(
        "overlay:role",
        &json!({"role": "standby", "instanceId": "i"}),
    );
    is_in_state(&page, "standby").await;
    let early = theatre.command("/assets/demo/demo.png", "image/png", 1.0);
    assert_eq!(theatre.send(&early).await, refused("standby"));
    theatre.tell(
        "overlay:role",
        &json!({"role": "primary", "instanceId": "i"}),
    );
    is_in_state(&page, "idle").await;

    let playing = theatre.command("/assets/demo/demo.png", "image/png", 60.0);
    theatre.send(&playing).await;
    page.sees(".ad img").await.unwrap();
    assert_eq!(theatre.send(&playing).await, refused("duplicate"));
    let next = theatre.command("/assets/demo/demo.png", "image/png", 1.0);
    assert_eq!(theatre.send(&next).await, refused("busy"));

    theatre.tell(
        "overlay:role",
        &json!({"role": "standby", "instanceId": "i"}),
    );
    theatre.tell("key_revoked", &json!({"reason": "rotated"}));
    page.loses(".ad", SOON).await.unwrap();
    let error = theatre.event("ad_error", &playing).await;
    assert_eq!(error["payload"]["reason"], "key_revoked");
}

#[tokio::test]
async fn an_outage_loses_no_proof_and_does_not_disturb_the_ad() {
    let theatre = Theatre::open().await;
    let page = theatre.overlay().await;
    theatre.refuse_events(true);
    let command = theatre.command("/assets/demo/demo.png", "image/png", 1.5);
    theatre.send(&command).await;
    page.sees(".ad img").await.unwrap();
    theatre.throw_out();
    page.loses(".ad", SOON).await.unwrap();
    assert_eq!(theatre.reported(&command), Vec::<String>::new());

    theatre.refuse_events(false);
    theatre.event("ad_completed", &command).await;
    assert_eq!(theatre.reported(&command), ["ad_rendered", "ad_completed"]);
    is_in_state(&page, "idle").await;
    let back = until(PATIENCE, async || (theatre.audience() == 1).then_some(())).await;
    assert!(back.is_some(), "the page did not come back");
}

#[tokio::test]
async fn a_key_that_is_no_good_stops_the_page_and_is_explained_outside_obs_only() {
    let theatre = Theatre::open().await;
    let page = theatre.overlay_with("a-bad-key").await;
    page.reads(".notice", "does not work").await.unwrap();
    page.screenshot("overlay-bad-key").await.unwrap();
    page.until("location.search === '' && location.hash === '#key=a-bad-key'")
        .await
        .unwrap();

    let page = theatre.overlay_with("a-good-key").await;
    is_in_state(&page, "idle").await;
    theatre.tell("key_revoked", &json!({"reason": "rotated"}));
    page.reads(".notice", "no longer valid").await.unwrap();
    let gone = until(PATIENCE, async || (theatre.audience() == 0).then_some(())).await;
    assert!(gone.is_some(), "the page stayed connected");

    theatre.browser.console().await.unwrap();
    let obs = json!({"source": "window.obsstudio = { pluginVersion: '2.24.0' }"});
    page.dev_tools("Page.addScriptToEvaluateOnNewDocument", obs)
        .await
        .unwrap();
    let page = theatre.overlay_with("another-bad-key").await;
    is_in_state(&page, "offline").await;
    page.until("document.querySelector('#stage').childElementCount === 0")
        .await
        .unwrap();
    assert_eq!(
        theatre.browser.console().await.unwrap(),
        Vec::<Value>::new()
    );
}

#[tokio::test]
async fn without_a_key_the_page_does_nothing() {
    let theatre = Theatre::open().await;
    let page = theatre.browser.first_page().await.unwrap();
    page.goto(&format!("{}/overlay", theatre.url))
        .await
        .unwrap();
    page.until("document.readyState === 'complete'")
        .await
        .unwrap();
    assert_eq!(page.title().await.unwrap(), "Beta Ads Overlay");
    page.until("document.querySelector('#stage').childElementCount === 0")
        .await
        .unwrap();
    assert_eq!(theatre.audience(), 0);
    assert_eq!(
        theatre.browser.console().await.unwrap(),
        Vec::<Value>::new()
    );
}

#[tokio::test]
async fn an_ad_stands_where_and_as_wide_as_the_channel_says() {
    let theatre = Theatre::open().await;
    let page = theatre.overlay().await;
    page.prefers(&[("prefers-reduced-motion", "reduce")])
        .await
        .unwrap();
    let command = theatre.command("/made/card.png", "image/png", 60.0);
    theatre.send(&command).await;
    page.sees(".ad img").await.unwrap();
    let places = [
        ("top-left", (0.0, 0.0)),
        ("top", (0.5, 0.0)),
        ("top-right", (1.0, 0.0)),
        ("left", (0.0, 0.5)),
        ("center", (0.5, 0.5)),
        ("right", (1.0, 0.5)),
        ("bottom-left", (0.0, 1.0)),
        ("bottom", (0.5, 1.0)),
        ("bottom-right", (1.0, 1.0)),
    ];
    for ((position, (x, y)), version) in places.into_iter().zip(1..) {
        let settings = json!({"version": version, "position": position, "widthPercent": 25,
            "marginPx": 40, "muted": true, "animation": "fade"});
        theatre.tell("overlay:settings", &settings);
        let stands = format!(
            "(() => {{
                const box = document.querySelector('.ad').getBoundingClientRect();
                const near = (is, wanted) => Math.abs(is - wanted) < 1;
                return near(box.width, innerWidth / 4)
                    && near(box.left, 40 + {x} * (innerWidth - 80 - box.width))
                    && near(box.top, 40 + {y} * (innerHeight - 80 - box.height));
            }})()"
        );
        page.until(&stands).await.unwrap();
    }

    let late = json!({"version": 1, "position": "top-left", "widthPercent": null,
        "marginPx": 0, "muted": true, "animation": "fade"});
    theatre.tell("overlay:settings", &late);
    let usual = json!({"version": 99, "position": "bottom-right", "widthPercent": null,
        "marginPx": 24, "muted": true, "animation": "fade"});
    theatre.tell("overlay:settings", &usual);
    page.until("document.querySelector('.ad').getBoundingClientRect().width === 420")
        .await
        .unwrap();
    page.until("document.getElementById('stage').dataset.position === 'bottom-right'")
        .await
        .unwrap();
}
