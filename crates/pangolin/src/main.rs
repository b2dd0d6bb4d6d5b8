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
mod network;
mod node;
mod output;
mod shell;
mod sockets;
mod views;

use std::process::ExitCode;

use failure::Failure;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match cli::Cli::read() {
        Ok(cli) => cli,
        Err(error) => return not_understood(&error),
    };
    // fails only when one is installed already, which is as good
    let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let json = cli.output == output::Format::Json;
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) => {
            let failure = Failure::of(&error);
            output::failure(&failure, json);
            ExitCode::from(failure.exit())
        }
    }
}

/// Help and version are no failures; everything else is, in the form that was asked for.
fn not_understood(error: &clap::Error) -> ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    let json = words.iter().any(|word| word == "--output=json")
        || words
            .windows(2)
            .any(|two| matches!(two, [name, form] if name == "--output" && form == "json"));
    if error.use_stderr() && json {
        let text = error.render().to_string();
        let text = text.trim().trim_start_matches("error: ");
        let failure = Failure::usage(text);
        output::failure(&failure, true);
        return ExitCode::from(failure.exit());
    }
    // a closed pipe ends the output, not the program
    let _closed = error.print();
    ExitCode::from(if error.use_stderr() {
        failure::NOT_ASKED
    } else {
        0
    })
}
