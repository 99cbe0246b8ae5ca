//! `beta-ads seed`: puts the demo data in place.

use anyhow::{Result, bail};
use beta_kit::blobs::Blobs;
use beta_web::urls;

use super::say;
use crate::config::{Config, Environment, addresses_of};
use crate::demo;
use crate::lock::Lock;
use crate::wiring;

pub(super) async fn run(config: &Config) -> Result<()> {
    if config.environment == Environment::Production {
        bail!("demo data does not belong into production (BETA_ENV)");
    }
    // A server that runs on the same file would not hear that the overlay key is another one.
    let _lock = match &config.services.database_file {
        Some(file) => Some(Lock::take(file)?),
        None => None,
    };
    let works = wiring::open_works(config).await?;
    let blobs = Blobs::open(&config.services.storage_url, config.services.s3.as_ref())?;
    let key = demo::put(&works, &blobs, &config.data_dir).await?;
    works.db().close().await;
    say("The demo data is in place. Its people sign in as:")?;
    for (role, email) in demo::PEOPLE {
        say(format_args!("  {:<9} {email}", role.as_str()))?;
    }
    say("The overlay of its channel, whose earlier addresses no longer work:")?;
    let overlay = addresses_of(config).overlay;
    say(format_args!("  {}", urls::overlay(&overlay, key.reveal())))
}
