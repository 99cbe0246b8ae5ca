//! What every door holds: the rooms' works, the settings, and the handles of long-lived tasks.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use beta_domain::events::{self, Ingest};
use beta_domain::work::Works;
use beta_kit::blobs::Blobs;
use beta_kit::mail::{Mailer, Outbox};
use beta_kit::metrics::{IntCounterVec, Metrics};
use beta_kit::secret::Secret;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::keys::Keys;
use crate::layers::client_ip::TrustedProxies;
use crate::limits::Limits;
use crate::ops::{Gauges, Jobs, Timings};
use crate::overlay::stage::Stage;
use crate::press::Press;
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
    /// Secrets that signed tokens and addresses before the one of now.
    pub former_secrets: Vec<Secret<String>>,
    /// What a scraper of `/metrics` must bring; `None` when everybody may read them.
    pub metrics_token: Option<Secret<String>>,
    /// Whether sign-in links may be shown to whoever asks.
    pub development: bool,
    /// How mail goes out; `None` when it does not.
    pub mailer: Option<Mailer>,
    /// Where uploads lie until they are stored.
    pub scratch_folder: PathBuf,
    /// Requests a client may make in a minute; 0 = as many as it likes.
    pub global_per_minute: u32,
    /// Requests somebody who is signed in may make in a minute; 0 = as many as they like.
    pub account_per_minute: u32,
    /// Links a client may ask for or use in a minute; 0 = as many as it likes.
    pub sign_in_per_minute: u32,
    /// Events a client may post in a minute with one key; 0 = as many as it likes.
    pub ingest_per_minute: u32,
    /// Sockets a client may have open; 0 = as many as it likes.
    pub sockets_per_client: u32,
    /// Sockets that may be open with one overlay key; 0 = any number.
    pub sockets_per_key: u32,
    /// Whose `x-forwarded-for` is believed.
    pub trusted_proxies: TrustedProxies,
    /// How long a body may send nothing before it is given up.
    pub body_stall_timeout: Duration,
}

impl Settings {
    /// The name under which browsers keep a cookie of ours: bound to this very host behind TLS.
    pub fn cookie_name(&self, name: &str) -> String {
        let bound = if self.portal_url.is_https() {
            "__Host-"
        } else {
            ""
        };
        format!("{bound}{name}")
    }
}

/// The state of every handler. Each layer around a request takes a clone, so that a clone must be
/// as cheap as can be: one count.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// What the state is made of.
#[derive(Debug)]
pub struct Parts {
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
    /// What is there now, and how the upkeep fares.
    pub gauges: Gauges,
    /// How the work that runs by the clock fares.
    pub jobs: Jobs,
    /// How much one caller may have.
    pub limits: Limits,
    /// Where documents are drawn.
    pub press: Press,
    /// Who is there: the overlays of this node.
    pub stage: Stage,
    /// The way to the writer of events.
    pub ingest: Ingest,
    /// Overlay keys that were seen lately.
    pub keys: Keys,
    /// Where letters are posted, when mail goes out.
    pub outbox: Option<Outbox>,
    /// Sign-in links by outcome: `made`, or `limited` when their address asked too often.
    pub links: IntCounterVec,
    /// When long-lived tasks stop and finish.
    pub lifecycle: Lifecycle,
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
        let stage = Stage::default();
        let ingest = events::start(works.clone(), Arc::new(stage.clone()));
        let lifecycle = Lifecycle::default();
        let (finish, writer) = (lifecycle.finish.clone(), ingest.clone());
        lifecycle.tasks.spawn(async move {
            finish.cancelled().await;
            writer.finish().await;
        });
        let outbox = outbox(&settings, &metrics, &lifecycle);
        let links = metrics.counters(
            "beta_ads_sign_in_links_total",
            "Sign-in links that were asked for",
            &["outcome"],
        );
        Self(Arc::new(Parts {
            outbox,
            links,
            stage,
            ingest,
            keys: Keys::default(),
            works,
            blobs,
            tokens: Arc::new(Tokens::knowing(secret, &settings.former_secrets)),
            timings: Timings::new(&metrics),
            gauges: Gauges::new(&metrics),
            jobs: Jobs::new(&metrics),
            metrics,
            limits: Limits::new(&settings),
            press: Press::default(),
            settings: Arc::new(settings),
            lifecycle,
        }))
    }
}

/// The outbox, when mail goes out.
fn outbox(settings: &Settings, metrics: &Metrics, lifecycle: &Lifecycle) -> Option<Outbox> {
    let mailer = settings.mailer.clone()?;
    let outcomes = metrics.counters(
        "beta_ads_letters_total",
        "Letters by what became of them",
        &["outcome"],
    );
    let (tasks, finish) = (lifecycle.tasks.clone(), lifecycle.finish.clone());
    Some(Outbox::new(mailer, outcomes, tasks, finish))
}

impl App {
    /// Ends what runs beside the requests, when no request is left: the sockets say good-bye,
    /// everything that was accepted becomes durable, and the database is closed.
    pub async fn end(&self) {
        self.lifecycle.end().await;
        self.works.db().close().await;
    }
}

/// The life of the long-lived tasks beside the requests. Clones belong to the same life.
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    /// Set when no new work is taken: sockets say good-bye, jobs stop, probes are told.
    pub stop: CancellationToken,
    /// Set when the last connection is gone: what was accepted is finished now.
    pub finish: CancellationToken,
    /// Every task that must end before the database is closed.
    pub tasks: TaskTracker,
}

impl Lifecycle {
    /// Tells the tasks to finish what they have, and waits for them.
    pub async fn end(&self) {
        self.stop.cancel();
        self.finish.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
