//! A server from its first connection to its last.

use std::time::Duration;

use anyhow::{Context, Result};
use beta_web::state::App;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::listener;
use crate::lock::Lock;
use crate::schedule;
use crate::wiring;

/// How long stopping may take before what is left is cut off.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);
/// How much of that the connections may use.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(12);

/// A server that is ready to take connections.
#[derive(Debug)]
pub struct Server {
    /// The state of its doors.
    pub app: App,
    listener: TcpListener,
    // Held as long as the server lives.
    _lock: Option<Lock>,
}

/// Takes the lock and the port, opens everything, and starts the tasks.
pub async fn start(config: &Config) -> Result<Server> {
    for notice in wiring::notices(config) {
        tracing::warn!("{notice}");
    }
    let lock = match &config.services.database_file {
        Some(file) => Some(Lock::take(file)?),
        None => None,
    };
    let address = config.listen.address();
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("{address} cannot be listened at"))?;
    let local = listener.local_addr().context("the port is not known")?;
    let app = wiring::open_app(config, local).await?;
    Ok(Server {
        app,
        listener,
        _lock: lock,
    })
}

impl Server {
    /// Serves until `stop`, then ends in order: no new connections, the open ones to their end,
    /// the tasks to theirs, the database last.
    pub async fn run(self, stop: CancellationToken) -> Result<()> {
        let Self { app, listener, .. } = &self;
        let port = listener
            .local_addr()
            .context("the port is not known")?
            .port();
        tracing::info!(port, "API listening on port {port}");
        app.lifecycle.tasks.spawn(schedule::run(app.clone()));
        let router = beta_web::router::router(app.clone());
        let connections = listener::serve(listener, router, &stop).await;
        tracing::info!("stopping");
        app.lifecycle.stop.cancel();
        let ended = tokio::time::timeout(STOP_TIMEOUT, async {
            if tokio::time::timeout(DRAIN_TIMEOUT, connections.drained())
                .await
                .is_err()
            {
                tracing::warn!("some connections did not end in time and are cut off");
            }
            app.end().await;
        });
        if ended.await.is_err() {
            tracing::error!("some work did not end in time");
        }
        tracing::info!("stopped");
        Ok(())
    }
}
