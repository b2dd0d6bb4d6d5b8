//! How a node is told to stop: Ctrl-C, SIGTERM (what service managers and containers send), the end of its input.

use anyhow::{Context as _, Result};
use std::io::Read as _;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};

/// Listens from the moment of the call on; the future ends with what asked for the stop.
pub(crate) fn asked(until_input_ends: bool) -> Result<impl Future<Output = &'static str>> {
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut input = input_end(until_input_ends)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => "SIGINT",
            _ = terminate.recv() => "SIGTERM",
            () = ended(&mut input) => "end of input",
        }
    })
}

/// Ends when the reader of standard input has come to its end; never where nobody reads.
async fn ended(input: &mut Option<oneshot::Receiver<()>>) {
    match input {
        Some(input) => {
            // an error means that the reader ended without a word, which is an end too
            let _end = input.await;
        }
        None => std::future::pending().await,
    }
}

/// A thread of its own reads: a blocked read must not hold up the runtime at the end.
fn input_end(wanted: bool) -> Result<Option<oneshot::Receiver<()>>> {
    if !wanted {
        return Ok(None);
    }
    let (send, receive) = oneshot::channel();
    std::thread::Builder::new()
        .name("input".into())
        .spawn(move || {
            let mut input = std::io::stdin().lock();
            let mut ignored = [0; 256];
            while matches!(input.read(&mut ignored), Ok(read) if read > 0) {}
            let _stopped = send.send(());
        })
        .context("cannot start the reader of standard input")?;
    Ok(Some(receive))
}
