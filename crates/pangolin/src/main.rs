//! The one binary: node, network, capture, verification, proofs, demonstration, benchmarks.
//!
//! The only place that wires the crates together.

mod bench;
mod ceremony;
mod cli;
mod commands;
mod connect;
mod demo;
mod failure;
mod help;
mod interrupt;
mod log;
mod network;
mod node;
mod output;
mod relay;
mod shell;
mod sockets;
mod usage;
mod views;

use std::process::ExitCode;

use failure::Failure;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match cli::Cli::read() {
        Ok(cli) => cli,
        Err(error) => return usage::not_understood(&error),
    };
    // fails only when one is installed already, which is as good
    let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let json = cli.output == output::Format::Json;
    let node = cli.command.node().cloned();
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) => {
            let failure = Failure::asking(&error, node.as_ref());
            output::failure(&failure, json);
            ExitCode::from(failure.exit())
        }
    }
}
