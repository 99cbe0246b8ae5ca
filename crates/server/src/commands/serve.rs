//! `beta-ads serve`: runs the server until it is told to stop.

use anyhow::Result;
use beta_kit::telemetry;

use crate::config::Config;
use crate::serving;
use crate::shutdown;

pub(super) async fn run(config: Config) -> Result<()> {
    telemetry::init(config.log.format, telemetry::FILTER_DEFAULT)?;
    let stop = shutdown::on_signal()?;
    serving::start(&config).await?.run(stop).await
}
