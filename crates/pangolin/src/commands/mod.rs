//! One file per command; each prints its result and says with which code the program ends.

mod ask;
mod capture;
mod ceremony;
mod certificate;
mod chains;
mod finality;
mod find;
mod fork;
mod genesis;
mod keys;
mod man;
mod node;
mod officer;
mod order;
mod sources;
mod validators;
mod verify;
mod warnings;

use anyhow::{Context as _, Result};
use std::process::ExitCode;

use crate::{
    bench,
    cli::{Cli, Command, NetworkCommand},
    demo,
    network::topology,
    output::Format,
    relay,
};

pub(crate) use ask::{no_such_answer, show};
pub(crate) use officer::{Officer, scope, terms};

/// Runs a command.
pub(crate) fn run(cli: Cli) -> Result<ExitCode> {
    let json = cli.output == Format::Json;
    match cli.command {
        Command::Node(command) => node::run(command, json),
        Command::Keys(command) => keys::run(&command, json),
        Command::Genesis(command) => genesis::run(&command, json),
        Command::Ceremony(command) => ceremony::run(&command, json),
        Command::Verify(args) => verify::run(&args, json),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::tree(), "pangolin", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
        Command::Man { dir } => man::run(dir.as_deref()),
        Command::Capture(args) => wait(capture::run(&args, json)),
        Command::Trace(args) => wait(ask::trace(&args, json)),
        Command::VerifyProduct(args) => wait(ask::verify_product(&args, json)),
        Command::Proof(command) => wait(ask::proof(&command, json)),
        Command::Disclosures(args) => wait(ask::disclosures(&args, json)),
        Command::Certificate(args) => wait(certificate::run(&args, json)),
        Command::Find(args) => wait(find::run(&args, json)),
        Command::Directory(args) => wait(find::directory(&args, json)),
        Command::Order(command) => wait(order::run(&command, json)),
        Command::Chains(command) => wait(chains::run(&command, json)),
        Command::Sources(command) => wait(sources::run(&command, json)),
        Command::Attest(args) => sources::attest(&args),
        Command::Status(node) => wait(ask::status(&node, json)),
        Command::Relay(command) => wait(relay::run(&command, json)),
        Command::Validators(command) => wait(validators::run(&command, json)),
        Command::Demo(args) => wait(demo::run(&args)),
        Command::Network(NetworkCommand::Check { file }) => topology::check(&file, json),
        Command::Network(NetworkCommand::Up(args)) => wait(topology::up(&args)),
        Command::Bench(args) => wait(bench::run(&args, json)),
    }
}

/// Runs a command that talks to nodes.
fn wait(command: impl Future<Output = Result<ExitCode>>) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime
        .context("cannot start the runtime")?
        .block_on(command)
}
