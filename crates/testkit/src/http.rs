//! The HTTP client of the tests.

use std::sync::Once;

static PROVIDER: Once = Once::new();

/// A client that follows no redirects and keeps no cookies: a test sees what was answered.
pub fn client() -> reqwest::Client {
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client without certificates of its own can always be built")
}
