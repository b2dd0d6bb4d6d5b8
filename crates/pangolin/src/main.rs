//! The one binary: node, network, capture, verification, proofs, demonstration, benchmarks.
//!
//! The only place that wires the crates together.

mod bench;
mod cli;
mod commands;
mod demo;
mod network;
mod node;
mod output;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let json = cli.output == output::Format::Json;
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) => {
            output::error(&error, json);
            ExitCode::from(1)
        }
    }
}
