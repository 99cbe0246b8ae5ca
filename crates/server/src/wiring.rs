//! Puts the parts together: database, files, rooms, and the state of the doors.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use beta_domain::schema::MIGRATIONS;
use beta_domain::work::Works;
use beta_kit::blobs::Blobs;
use beta_kit::db::Db;
use beta_kit::entropy::SystemEntropy;
use beta_kit::mail::Mailer;
use beta_kit::time::SystemClock;
use beta_web::layers::BODY_STALL_TIMEOUT;
use beta_web::state::{App, Settings};

use crate::config::{Config, Environment, Mail, addresses_at};
use crate::secret_file;

/// How often one client may ask for a link or use one in a minute. Whoever switches off the limit
/// of requests has a limit elsewhere, or is a test.
const SIGN_IN_PER_MINUTE: u32 = 20;
/// Where uploads lie until they are checked, below the data folder.
const SCRATCH: &str = "tmp";

/// Opens the database and brings it up to date; says how many migrations that took.
pub async fn open_database(config: &Config) -> Result<(Db, usize)> {
    if let Some(folder) = config
        .services
        .database_file
        .as_ref()
        .and_then(|file| file.parent())
    {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    }
    let db = Db::open(config.services.database_url.reveal())
        .await
        .context("the database cannot be opened")?;
    let applied = db
        .migrate(MIGRATIONS)
        .await
        .context("the database cannot be migrated")?;
    Ok((db, applied))
}

/// The rooms on the configured database.
pub async fn open_works(config: &Config) -> Result<Works> {
    let (db, _) = open_database(config).await?;
    Ok(Works::new(
        db,
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
    ))
}

/// The state of the doors of a server that listens at `local`.
pub async fn open_app(config: &Config, local: SocketAddr) -> Result<App> {
    let secret = match &config.secrets.jwt {
        Some(secret) => secret.clone(),
        None => secret_file::read_or_make(&config.data_dir, &SystemEntropy)?,
    };
    empty(&config.data_dir.join(SCRATCH))?;
    let works = open_works(config).await?;
    let blobs = Blobs::open(&config.services.storage_url, config.services.s3.as_ref())
        .context("the storage cannot be opened")?;
    Ok(App::new(works, blobs, settings(config, local), &secret))
}

/// The folder, made when it is not there, without the halves of uploads that a crash left behind.
fn empty(scratch: &Path) -> Result<()> {
    let emptied = match std::fs::remove_dir_all(scratch) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => std::fs::create_dir_all(scratch),
    };
    emptied.with_context(|| format!("the folder {} cannot be made empty", scratch.display()))
}

fn settings(config: &Config, local: SocketAddr) -> Settings {
    let addresses = addresses_at(config, local);
    Settings {
        public_url: addresses.overlay.clone(),
        overlay_url: addresses.overlay,
        portal_url: addresses.portal,
        magic_link_base_url: addresses.magic_link,
        former_secrets: config.secrets.former_jwt.iter().cloned().collect(),
        metrics_token: config.secrets.metrics.clone(),
        development: config.environment == Environment::Development,
        mailer: config.services.mail.as_ref().map(mailer),
        sign_in_per_minute: SIGN_IN_PER_MINUTE.min(config.limits.global_per_minute),
        global_per_minute: config.limits.global_per_minute,
        account_per_minute: config.limits.account_per_minute,
        ingest_per_minute: config.limits.ingest_per_minute,
        sockets_per_client: config.limits.sockets_per_client,
        sockets_per_key: config.limits.sockets_per_key,
        trusted_proxies: config.limits.trusted_proxies.clone(),
        body_stall_timeout: BODY_STALL_TIMEOUT,
        scratch_folder: config.data_dir.join(SCRATCH),
    }
}

fn mailer(mail: &Mail) -> Mailer {
    Mailer::smtp(&mail.server, mail.sender.clone())
}

/// What an operator should know about settings that are good but do less than one may think.
pub fn notices(config: &Config) -> Vec<&'static str> {
    let mut notices = Vec::new();
    if config.services.has_redis {
        notices.push("REDIS_URL is set, but this version runs as one node and does not use it");
    }
    if config.services.mail.is_none() && config.environment != Environment::Development {
        notices.push("SMTP_URL is not set: nobody can receive a sign-in link");
    }
    if config.environment == Environment::Development {
        notices.push("sign-in links are shown to whoever asks, because BETA_ENV is development");
    }
    notices
}
