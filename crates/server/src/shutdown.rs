//! Hears the system ask the program to stop.

use anyhow::{Context, Result};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that is cancelled by SIGTERM or Ctrl-C.
///
/// # Errors
/// When the system does not let signals be heard.
pub fn on_signal() -> Result<CancellationToken> {
    let hear = |kind| signal(kind).context("signals cannot be heard");
    let (mut terminate, mut interrupt) = (
        hear(SignalKind::terminate())?,
        hear(SignalKind::interrupt())?,
    );
    let stop = CancellationToken::new();
    let heard = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        heard.cancel();
    });
    Ok(stop)
}
