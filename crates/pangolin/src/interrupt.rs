//! Ctrl-C and SIGTERM, for commands that have something to say before they end.

use anyhow::{Context as _, Result};
use tokio::signal::unix::{SignalKind, signal};

/// Listens from the moment of the call on, instead of ending the process; the future ends with Ctrl-C or SIGTERM.
pub(crate) fn interrupted() -> Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => (),
            _ = terminate.recv() => (),
        }
    })
}
