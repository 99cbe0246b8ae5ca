//! How much of the server one caller may have.

use std::time::Duration;

use axum::http::Method;
use beta_testkit::app::{Person, TestApp};
use beta_testkit::socketio::{Handshake, connect};
use beta_testkit::wait::{PATIENCE, until};
use serde_json::json;

#[tokio::test]
async fn a_client_that_asks_too_often_waits_for_the_next_minute() {
    let app = TestApp::with(|settings| settings.global_per_minute = 3).await;
    let nobody = app.nobody();
    for left in ["2", "1", "0"] {
        let answer = nobody.get("/metrics").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("x-ratelimit-limit"), "3");
        assert_eq!(answer.header("x-ratelimit-remaining"), left);
        assert_eq!(answer.header("ratelimit-limit"), "3");
        assert_eq!(answer.header("ratelimit-remaining"), left);
    }
    app.clock.advance(Duration::from_secs(20));
    let refused = nobody.get("/metrics").await;
    assert_eq!(refused.problem(429), "rate_limited");
    assert_eq!(refused.header("retry-after"), "40");
    assert_eq!(refused.header("x-ratelimit-reset"), "40");
    assert_eq!(refused.header("ratelimit-reset"), "40");
    // Probes and unknown paths are not counted.
    assert_eq!(nobody.get("/healthz").await.status, 200);
    let unknown = nobody.get("/no/such/path").await;
    assert_eq!(
        (unknown.status, unknown.header("x-ratelimit-limit")),
        (404, "")
    );
    app.clock.advance(Duration::from_secs(40));
    assert_eq!(nobody.get("/metrics").await.status, 200);
}

#[tokio::test]
async fn clients_behind_a_trusted_proxy_have_limits_of_their_own() {
    let trusting = |proxies: &'static str| {
        TestApp::with(move |settings| {
            settings.global_per_minute = 1;
            settings.trusted_proxies = proxies.parse().expect("is a list");
        })
    };
    let ask = async |app: &TestApp, client: &str| {
        let nobody = app.nobody();
        let request = nobody
            .request(Method::GET, "/metrics")
            .header("x-forwarded-for", client);
        nobody.send(request).await.status
    };
    let app = trusting("127.0.0.0/8").await;
    assert_eq!(ask(&app, "9.9.9.9, 1.2.3.4").await, 200);
    assert_eq!(ask(&app, "1.2.3.5").await, 200);
    assert_eq!(ask(&app, "8.8.8.8, 1.2.3.4").await, 429);
    let app = trusting("").await;
    assert_eq!(ask(&app, "1.2.3.4").await, 200);
    assert_eq!(ask(&app, "1.2.3.5").await, 429, "nobody chooses an address");
}

#[tokio::test]
async fn an_account_has_a_limit_wherever_it_comes_from() {
    let app = TestApp::with(|settings| {
        settings.account_per_minute = 2;
        settings.trusted_proxies = "127.0.0.0/8".parse().expect("is a list");
    })
    .await;
    let (kim, lee) = (app.streamer("kim").await, app.streamer("lee").await);
    let ask = async |who: &Person, client: &str| {
        let request = who.request(Method::GET, "/me");
        who.send(request.header("x-forwarded-for", client)).await
    };
    let first = ask(&kim, "1.1.1.1").await;
    assert_eq!(first.header("ratelimit-limit"), "2");
    assert_eq!(first.header("ratelimit-remaining"), "1");
    assert_eq!(ask(&kim, "2.2.2.2").await.status, 200);

    let refused = ask(&kim, "3.3.3.3").await;
    assert_eq!(refused.problem(429), "account_rate_limited");
    assert_eq!(refused.header("retry-after"), "60");
    assert_eq!(ask(&lee, "3.3.3.3").await.status, 200);
    app.clock.advance(Duration::from_mins(1));
    assert_eq!(ask(&kim, "3.3.3.3").await.status, 200);
}

#[tokio::test]
async fn a_key_has_a_limit_over_all_the_addresses_it_is_used_from() {
    let app = TestApp::with(|settings| {
        settings.ingest_per_minute = 1;
        settings.trusted_proxies = "127.0.0.0/8".parse().expect("is a list");
    })
    .await;
    let kim = app.streamer("kim").await;
    let channel = app.channel(&kim, "kim").await.id;
    let key = app.overlay_key(&kim, channel).await;
    let post = async |client: &str| {
        let nobody = app.nobody();
        let request = nobody.request(Method::POST, "/events/ingest");
        let request = request.header("x-overlay-key", &key).json(&json!({}));
        nobody.send(request.header("x-forwarded-for", client)).await
    };
    for client in ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4"] {
        assert_eq!(post(client).await.status, 400, "an empty event");
    }
    let refused = post("1.1.1.5").await;
    assert_eq!(refused.problem(429), "ingest_rate_limited");
}

#[tokio::test]
async fn a_client_and_a_key_have_so_many_sockets_and_no_more() {
    let app = TestApp::with(|settings| {
        settings.sockets_per_client = 3;
        settings.sockets_per_key = 2;
    })
    .await;
    let kim = app.streamer("kim").await;
    let channel = app.channel(&kim, "kim").await.id;
    let key = app.overlay_key(&kim, channel).await;
    let overlay = || Handshake::new(&app.url(""), "/overlay").auth(json!({ "key": key }));
    let token = kim.token.clone().expect("is signed in");
    let dashboard = || Handshake::new(&app.url(""), "/dashboard").auth(json!({ "token": token }));

    let first = connect(&overlay()).await.unwrap();
    let _second = connect(&overlay()).await.unwrap();
    let of_the_key = connect(&overlay()).await.unwrap_err();
    assert_eq!(of_the_key.message(), Some("too_many_sockets"));
    let _third = connect(&dashboard()).await.unwrap();
    let of_the_client = connect(&dashboard()).await.unwrap_err();
    assert_eq!(of_the_client.message(), Some("too_many_sockets"));

    drop(first);
    let again = until(PATIENCE, async || connect(&dashboard()).await.ok()).await;
    assert!(again.is_some(), "a place that was given back is free");
}

#[tokio::test]
async fn a_client_that_opens_sockets_too_often_waits() {
    let app = TestApp::with(|settings| settings.global_per_minute = 2).await;
    let ask = async || {
        let nobody = app.nobody();
        nobody.get("/socket.io/?EIO=4&transport=polling").await
    };
    assert_eq!((ask().await.status, ask().await.status), (200, 200));
    let refused = ask().await;
    assert_eq!(refused.problem(429), "too_many_handshakes");
    assert_eq!(refused.header("retry-after"), "60");
    let later = app
        .nobody()
        .get("/socket.io/?EIO=4&transport=polling&sid=x")
        .await;
    assert_eq!(later.status, 400, "is no new socket, and an unknown one");
    app.clock.advance(Duration::from_mins(1));
    assert_eq!(ask().await.status, 200);
}
