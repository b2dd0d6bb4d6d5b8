//! One file per command; each prints its result and says with which code the program ends.

mod genesis;
mod keys;
mod node;
mod verify;

use anyhow::Result;
use clap::CommandFactory as _;
use std::process::ExitCode;

use crate::{
    cli::{Cli, Command},
    output::{self, Format},
};

/// Runs a command.
pub(crate) fn run(cli: Cli) -> Result<ExitCode> {
    let json = cli.output == Format::Json;
    match cli.command {
        Command::Node(command) => node::run(command),
        Command::Keys(command) => keys::run(&command, json),
        Command::Genesis(command) => genesis::run(&command, json),
        Command::Verify(args) => verify::run(&args, json),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "pangolin", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
        Command::Man => {
            clap_mangen::Man::new(Cli::command()).render(&mut std::io::stdout())?;
            Ok(ExitCode::SUCCESS)
        }
        other => {
            output::note(format!("{other:?}"));
            Ok(ExitCode::FAILURE)
        }
    }
}
