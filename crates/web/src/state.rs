//! What every door holds: the rooms' works, the settings, and the handles of long-lived tasks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use beta_domain::work::Works;

use crate::layers::client_ip::TrustedProxies;
use crate::layers::limit::RateLimit;
use crate::tokens::Tokens;
use crate::urls::BaseUrl;

/// What the doors need to know of the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the server is reached from outside.
    pub public_url: BaseUrl,
    /// Where the overlay page is reached.
    pub overlay_url: BaseUrl,
    /// Where the portal is reached.
    pub portal_url: BaseUrl,
    /// What sign-in links start with.
    pub magic_link_base_url: BaseUrl,
    /// Whether sign-in links may be shown to whoever asks.
    pub development: bool,
    /// Requests a client may make in a minute; 0 = as many as it likes.
    pub global_per_minute: u32,
    /// Events a client may post in a minute with one key; 0 = as many as it likes.
    pub ingest_per_minute: u32,
    /// Whose `x-forwarded-for` is believed.
    pub trusted_proxies: TrustedProxies,
}

/// The state of every handler. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    /// Where units of work begin.
    pub works: Works,
    /// The configuration.
    pub settings: Arc<Settings>,
    /// Access tokens and signed addresses.
    pub tokens: Arc<Tokens>,
    /// Requests per client.
    pub global_limit: Arc<RateLimit>,
    /// Events per key and client.
    pub ingest_limit: Arc<RateLimit>,
    /// Whether the program is on its way out.
    pub draining: Draining,
}

/// Set once when the program begins to stop, so that load balancers look elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// From now on the program is stopping.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is stopping.
    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
