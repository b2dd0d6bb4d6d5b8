//! `pangolin node`: make a node's directory, run a node.

use anyhow::{Context as _, Result};
use pangolin_api::own::Placement;
use pangolin_chain::{genesis::Genesis, keys};
use std::{collections::BTreeMap, fs, path::Path, process::ExitCode};

use crate::{
    cli::NodeCommand,
    failure::Failure,
    log,
    network::write_secret,
    node::{
        self,
        config::{Config, FILE, default_disclosures, default_verify_rate},
        votes::Told,
    },
    output,
};

/// Runs or prepares a node.
pub(super) fn run(command: NodeCommand, as_json: bool) -> Result<ExitCode> {
    match command {
        NodeCommand::Run {
            dir,
            until_input_ends,
            votes_lost,
            never_voted,
        } => {
            log::start();
            let told = match (votes_lost, never_voted) {
                (true, _) => Told::Lost,
                (_, true) => Told::Never,
                _ => Told::Nothing,
            };
            if let Err(error) = node::run(&dir, until_input_ends, told) {
                // in the log's own form, which is what operators keep; once
                let failure = Failure::of(&error);
                if as_json || !tracing::enabled!(tracing::Level::ERROR) {
                    output::failure(&failure, as_json);
                } else {
                    tracing::error!("the node ends: {}", failure.line());
                }
                return Ok(ExitCode::from(1));
            }
        }
        NodeCommand::Init {
            dir,
            genesis,
            name,
            listen,
            http,
        } => {
            if dir.join(FILE).exists() {
                return Err(Failure::local("directory-taken", "it holds a node already")
                    .at(dir.display().to_string())
                    .advising("name another directory; nothing of a node is overwritten")
                    .into());
            }
            let chain = genesis.as_deref().map(read_genesis).transpose()?;
            fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
            if let Some((bytes, _)) = &chain {
                fs::write(dir.join("genesis.json"), bytes)
                    .context("cannot copy the genesis file")?;
            }
            let secret = keys::generate(&mut rand::rng());
            write_secret(&dir.join("node.key"), &keys::encode_secret(&secret))?;
            let config = Config {
                name,
                genesis: "genesis.json".into(),
                secret: "node.key".into(),
                share: chain.is_none().then(|| "share.key".into()),
                data: "data".into(),
                listen,
                http,
                index: true,
                verify_rate: default_verify_rate(),
                disclosures: default_disclosures(),
                placement: Placement::default(),
                cache_mb: 8,
                archive: false,
                keep_blocks: 100_000,
                // nobody has a state to fetch when a chain begins
                sync_state: chain.is_some(),
                development: false,
                public_urls: Vec::new(),
                operators: Vec::new(),
                relays: Vec::new(),
                tls: None,
                clients: Vec::new(),
                tokens: BTreeMap::new(),
                agents: BTreeMap::new(),
                trust: Vec::new(),
                peers: Vec::new(),
                neighbours: Vec::new(),
            };
            config.save(&dir)?;
            let key = keys::public_hex(&secret);
            let Some((_, parsed)) = chain else {
                output::line("validator of a chain that has no key yet");
                output::line(format!("public key  {key}"));
                output::line(
                    "next: give that key and your address to whoever writes the draft, then `pangolin ceremony run`",
                );
                return Ok(ExitCode::SUCCESS);
            };
            output::line(format!(
                "node of chain {} ({})",
                parsed.file.name, parsed.chain
            ));
            output::line(format!("public key  {key}"));
            output::line(format!(
                "next: give that key to the other nodes, and add them as [[peer]] to {}",
                dir.join(FILE).display()
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read_genesis(path: &Path) -> Result<(Vec<u8>, Genesis)> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let genesis = Genesis::parse(&bytes)
        .with_context(|| format!("{} is not a genesis file", path.display()))?;
    Ok((bytes, genesis))
}
