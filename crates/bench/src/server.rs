//! The servers that are measured: the product, and its floor. Each runs as a process of its own.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use axum::extract::State;
use axum::http::Method;
use beta_domain::events::Accepted;
use beta_domain::id::{ChannelId, OverlayKeyId, StreamerProfileId};
use beta_domain::journal::Verdict;
use beta_domain::streamers::OverlayIdentity;
use beta_kit::id::Id;
use beta_kit::telemetry::{self, LogFormat};
use beta_server::config::{Config, Sources};
use beta_server::{listener, serving, shutdown, wiring};
use beta_web::api::events::{AcceptedBody, EventBody};
use beta_web::error::Error;
use beta_web::extract::{Created, Json};
use beta_web::router::{Access, endpoint, router_of};
use beta_web::state::App;
use clap::{Args, ValueEnum};
use tokio::net::TcpListener;

/// The path that is measured.
pub(crate) const PATH: &str = "/events/ingest";
/// The clock ticks of a second in `/proc`, the same on every Linux.
const TICKS_PER_SECOND: u64 = 100;

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Reads and checks the body, and answers in the same shape; stores nothing.
    Floor,
    /// The program.
    Product,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Options {
    #[arg(long)]
    kind: Kind,
    #[arg(long)]
    folder: PathBuf,
    #[arg(long)]
    postgres: Option<String>,
}

/// The configuration of a program that keeps its data in `folder`, or on a PostgreSQL server.
pub(crate) fn config(folder: &Path, postgres: Option<&str>) -> Result<Config> {
    let mut environment: BTreeMap<String, String> = [
        ("BETA_ENV", "test"),
        ("API_PORT", "0"),
        ("RATE_LIMIT_GLOBAL_PER_MINUTE", "0"),
        ("RATE_LIMIT_INGEST_PER_MINUTE", "0"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    environment.insert("DATA_DIR".to_owned(), folder.display().to_string());
    if let Some(url) = postgres {
        environment.insert("DATABASE_URL".to_owned(), url.to_owned());
    }
    let sources = Sources {
        environment,
        file: None,
    };
    Config::load(&sources).map_err(|problems| anyhow!("{problems}"))
}

/// Runs one of the servers until it is stopped.
pub(crate) fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        // As the program does it: a line per request, in JSON, on standard output.
        telemetry::init(LogFormat::Json, telemetry::FILTER_DEFAULT)?;
        let config = config(&options.folder, options.postgres.as_deref())?;
        match options.kind {
            Kind::Product => serve_product(&config).await,
            Kind::Floor => serve_floor(&config).await,
        }
    })
}

async fn serve_product(config: &Config) -> Result<()> {
    let server = serving::start(config).await?;
    eprintln!("{}", server.app.settings.public_url);
    server.run(shutdown::on_signal()?).await
}

async fn serve_floor(config: &Config) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let app = wiring::open_app(config, listener.local_addr()?).await?;
    eprintln!("{}", app.settings.public_url);
    let router = router_of(
        app,
        vec![endpoint(Method::POST, PATH, Access::Public, floor)],
    );
    listener::serve(&listener, router, &shutdown::on_signal()?).await;
    Ok(())
}

/// What the product's handler does before and after the store, without asking who posts.
async fn floor(
    State(app): State<App>,
    Json(body): Json<EventBody>,
) -> Result<Created<AcceptedBody>, Error> {
    let nobody = OverlayIdentity {
        key_id: OverlayKeyId::from(Id::nil()),
        channel_id: ChannelId::from(Id::nil()),
        streamer_profile_id: StreamerProfileId::from(Id::nil()),
    };
    body.check(nobody)?;
    Ok(Created(AcceptedBody::from(&Accepted {
        id: app.works.mint(),
        repeated: false,
        session_id: Some(app.works.mint()),
        delivery_id: Some(app.works.mint()),
        verdict: Verdict::Counted,
    })))
}

/// One of the servers while it runs. Killed when dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Running {
    /// Starts a server of this kind on what lies in `folder`, and waits until it listens.
    pub(crate) fn start(kind: Kind, folder: &Path, postgres: Option<&str>) -> Result<Self> {
        let kind = kind.to_possible_value().context("every kind has a name")?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve", "--kind", kind.get_name(), "--folder"]);
        command.arg(folder);
        if let Some(url) = postgres {
            command.args(["--postgres", url]);
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut lines = BufReader::new(child.stderr.take().context("is piped")?).lines();
        let first = lines.next().context("the server ended at once")??;
        // Whatever else it says there belongs to the reader of the bench.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                eprintln!("{line}");
            }
        });
        let port = first.rsplit(':').next().unwrap_or_default();
        let port = port
            .parse()
            .with_context(|| format!("the server said {first:?}"))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Ok(Self { child, address })
    }

    /// The CPU time that all of its threads have used.
    pub(crate) fn cpu_time(&self) -> Result<Duration> {
        cpu_time(&self.child.id().to_string())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The CPU time that a process, by its number or `self`, has used with all of its threads.
pub(crate) fn cpu_time(process: &str) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name stands in brackets and may hold anything; utime and stime are 14th and 15th.
    let (_, after_name) = stat.rsplit_once(')').context("a name in brackets")?;
    let mut fields = after_name.split_whitespace().skip(11);
    let mut ticks = || -> Result<u64> { Ok(fields.next().context("a field")?.parse()?) };
    let used = ticks()? + ticks()?;
    Ok(Duration::from_millis(used * 1_000 / TICKS_PER_SECOND))
}
