//! `beta-ads check-config`: whatever is wrong was said before this runs.

use anyhow::Result;

use super::say;
use crate::config::Config;
use crate::wiring;

pub(super) fn run(config: &Config) -> Result<()> {
    for notice in wiring::notices(config) {
        say(notice)?;
    }
    say("the configuration is good")
}
