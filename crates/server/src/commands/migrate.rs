//! `beta-ads migrate`: brings the database up to date.

use anyhow::Result;

use super::say;
use crate::config::Config;
use crate::wiring;

pub(super) async fn run(config: &Config) -> Result<()> {
    let (db, applied) = wiring::open_database(config).await?;
    db.close().await;
    match applied {
        0 => say("the database is up to date"),
        1 => say("1 migration was applied"),
        more => say(format_args!("{more} migrations were applied")),
    }
}
