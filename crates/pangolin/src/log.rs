//! The log of what runs for long: a node, a relay.

use std::io::IsTerminal as _;

/// Logs to standard error, what `RUST_LOG` says.
pub(crate) fn start() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| "info,commonware_p2p=warn,commonware_consensus=warn".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // colours are for people in front of a terminal, not for files
        .with_ansi(std::io::stderr().is_terminal())
        // a log that cannot be written, because its disk is full, does not end what it is of
        .log_internal_errors(false)
        .init();
}
