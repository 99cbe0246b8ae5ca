//! The whole product in the process of the test: its own database, a clock that only the test
//! moves, files in memory, and a real listener, so that sockets work as they do outside.

mod answer;
mod channels;
mod database;
mod people;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Once};
use std::time::Duration;

use beta_domain::schema::MIGRATIONS;
use beta_domain::work::Works;
use beta_kit::blobs::Blobs;
use beta_kit::db::Db;
use beta_kit::entropy::SeededEntropy;
use beta_kit::secret::Secret;
use beta_kit::time::{FakeClock, Timestamp};
use beta_server::config::own_address;
use beta_server::listener;
use beta_web::layers::client_ip::TrustedProxies;
use beta_web::router::{self, Endpoint};
use beta_web::state::{App, Settings};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use database::TestDatabase;

pub use answer::Answer;
pub use people::Person;

/// When every test begins.
pub const START: &str = "2026-03-01T12:00:00.000Z";
/// The seed of every test's ids and tokens.
const SEED: u64 = 20_260_301;
/// A test has no patience for bodies that do not come.
const BODY_STALL_TIMEOUT: Duration = Duration::from_millis(300);
/// Signs the tokens of every test.
const SECRET: &str = "a secret of the tests that nothing else uses";

static TLS: Once = Once::new();

/// The product, for one test.
#[derive(Debug)]
pub struct TestApp {
    /// The state of its doors.
    pub app: App,
    /// Starts work beside the doors.
    pub works: Works,
    /// The clock that everything reads.
    pub clock: Arc<FakeClock>,
    client: reqwest::Client,
    local: SocketAddr,
    stop: CancellationToken,
    _scratch: TempDir,
    // Dropped last, for it removes what the others use.
    _database: TestDatabase,
}

impl TestApp {
    /// The product as it is by default, without limits on requests.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// The product with other settings.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::start(change, Vec::new()).await
    }

    /// The product with other settings, and endpoints of the test beside its own.
    ///
    /// # Panics
    /// This and everything else here: when the machine does not give what a test needs.
    pub async fn start(change: impl FnOnce(&mut Settings), more: Vec<Endpoint>) -> Self {
        TLS.call_once(|| {
            // The only error is that there is a provider already.
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let database = TestDatabase::make().await;
        let db = Db::open(database.url()).await.expect("the database opens");
        db.migrate(MIGRATIONS).await.expect("the database migrates");
        let start: Timestamp = START.parse().expect("the start is a time");
        let clock = Arc::new(FakeClock::at(start));
        let works = Works::new(db, clock.clone(), Arc::new(SeededEntropy::new(SEED)));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port is free");
        let local = listener.local_addr().expect("the port is known");
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let mut settings = settings(local, scratch.path().to_owned());
        change(&mut settings);
        let secret = Secret::new(SECRET.to_owned());
        let app = App::new(works.clone(), Blobs::in_memory(), settings, &secret);
        let stop = CancellationToken::new();
        serve(listener, app.clone(), more, stop.clone());
        let client = client();
        Self {
            app,
            works,
            clock,
            client,
            local,
            stop,
            _scratch: scratch,
            _database: database,
        }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.local)
    }

    /// Where it listens, for tests that speak for themselves.
    pub const fn address(&self) -> SocketAddr {
        self.local
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn settings(local: SocketAddr, scratch_folder: PathBuf) -> Settings {
    let own = own_address(local);
    Settings {
        public_url: own.clone(),
        overlay_url: own.clone(),
        portal_url: own.clone(),
        magic_link_base_url: own,
        former_secrets: Vec::new(),
        metrics_token: None,
        development: true,
        mailer: None,
        scratch_folder,
        sign_in_per_minute: 0,
        global_per_minute: 0,
        account_per_minute: 0,
        ingest_per_minute: 0,
        sockets_per_client: 0,
        sockets_per_key: 0,
        trusted_proxies: TrustedProxies::default(),
        body_stall_timeout: BODY_STALL_TIMEOUT,
    }
}

fn serve(listener: TcpListener, app: App, more: Vec<Endpoint>, stop: CancellationToken) {
    tokio::spawn(async move {
        let all = [router::endpoints(), more].concat();
        let router = router::router_of(app.clone(), all);
        listener::serve(&listener, router, &stop)
            .await
            .drained()
            .await;
        app.end().await;
    });
}

/// A client that follows no redirects and keeps no cookies: a test sees what was answered.
fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client without certificates of its own can always be built")
}
