//! What every door holds: the rooms' works, the settings, and the handles of long-lived tasks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use beta_domain::work::Works;
use beta_kit::blobs::Blobs;
use beta_kit::metrics::Metrics;
use beta_kit::secret::Secret;

use crate::layers::client_ip::TrustedProxies;
use crate::layers::limit::RateLimit;
use crate::ops::Timings;
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
    /// Creative files.
    pub blobs: Blobs,
    /// The configuration.
    pub settings: Arc<Settings>,
    /// Access tokens and signed addresses.
    pub tokens: Arc<Tokens>,
    /// Every number the program keeps about itself.
    pub metrics: Metrics,
    /// How long answers take.
    pub timings: Timings,
    /// Requests per client.
    pub global_limit: Arc<RateLimit>,
    /// Events per key and client.
    pub ingest_limit: Arc<RateLimit>,
    /// Whether the program is on its way out.
    pub draining: Draining,
}

impl App {
    /// The state for these rooms, files and settings; `secret` signs tokens and addresses.
    ///
    /// # Panics
    /// When `works` is part of another app: its counters are registered once.
    pub fn new(works: Works, blobs: Blobs, settings: Settings, secret: &Secret<String>) -> Self {
        let metrics = Metrics::new();
        works
            .meters()
            .register(metrics.registry())
            .expect("the registry is new and its names are constants");
        Self {
            works,
            blobs,
            tokens: Arc::new(Tokens::new(secret)),
            timings: Timings::new(&metrics),
            metrics,
            global_limit: Arc::new(RateLimit::new(settings.global_per_minute)),
            ingest_limit: Arc::new(RateLimit::new(settings.ingest_per_minute)),
            settings: Arc::new(settings),
            draining: Draining::default(),
        }
    }
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
