//! The one binary: node, network, capture, verification, proofs, demonstration, benchmarks.
//!
//! The only place that wires the crates together.

mod cli;
mod commands;
mod demo;
mod http;
mod network;
mod node;
mod output;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    // fails only when one is installed already, which is as good
    let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let json = cli.output == output::Format::Json;
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) => {
            output::error(&error, json);
            ExitCode::from(1)
        }
    }
}
