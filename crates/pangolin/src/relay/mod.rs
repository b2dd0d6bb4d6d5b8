//! `pangolin relay`: carrying messages between chains. It keeps nothing: what is to be carried stands in the ledgers.

mod config;
mod page;
mod sources;

use anyhow::Result;
use pangolin_interchain::{Board, Detector, Ports, Relay, Settings};
use std::{path::Path, process::ExitCode, sync::Arc, time::Duration};

use crate::{
    cli::RelayCommand,
    commands, connect,
    failure::Failure,
    log,
    node::{machine, stop},
    views,
};
pub(crate) use config::{ChainEntry, Config, MAX_WITNESSES, default_compare, default_poll};
pub(crate) use page::Status;

/// Carries, or shows how it goes.
pub(crate) async fn run(command: &RelayCommand, as_json: bool) -> Result<ExitCode> {
    match command {
        RelayCommand::Run {
            file,
            until_input_ends,
        } => carry(file, *until_input_ends).await,
        RelayCommand::Status { address } => {
            let client = connect::quick(address, Duration::from_secs(10))?;
            let found = client.read("/status").await.map_err(|error| {
                let failure = Failure::asking(&error.into(), None).at(address);
                failure.advising(
                    "see that the relay runs and serves its status there: `listen` in its file says where (`DIR/relays/` holds the files of a \
                     network that this program started); the log of a relay is its standard error",
                )
            })?;
            commands::show(&found, as_json, |found: Status| views::relay(&found)).map_err(|error| {
                commands::no_such_answer(
                    &error,
                    address,
                    "a relay",
                    "a node answers to `pangolin status --node URL`",
                )
            })
        }
    }
}

async fn carry(file: &Path, until_input_ends: bool) -> Result<ExitCode> {
    log::start();
    let config = Config::load(file)?;
    let mut ports = Ports::new();
    let heralds = sources::heralds(&config.sources)?;
    for chain in config.ports(file)? {
        ports.insert(pangolin_interchain::Port::chain(&chain), Arc::new(chain));
    }
    let settings = Settings {
        poll: Duration::from_millis(config.poll_ms),
    };
    let machine = machine();
    let relay = Arc::new(Relay::new(
        machine.as_ref().clone(),
        ports.clone(),
        settings,
    ));
    let heralds = heralds.iter().flat_map(|source| {
        let board = relay.board();
        ports
            .values()
            .map(move |at| source.at(at.clone(), board.clone()).run())
    });
    let heralds = futures::future::join_all(heralds);
    let detectors = detectors(&config, file, &ports, &relay.board())?;
    let detectors = detectors.into_iter().map(Detector::run);
    let detectors = futures::future::join_all(detectors);
    let page = match config.listen {
        Some(address) => Some(page::bind(address, relay.board()).await?),
        None => None,
    };
    let stop = stop::asked(until_input_ends)?;
    let sources = config.sources.len();
    tracing::info!(chains = config.chains.len(), sources, "carrying");
    tokio::select! {
        () = relay.run() => {}
        () = carried(heralds, sources) => {}
        _ = detectors => {}
        () = page::serve(page) => {}
        why = stop => tracing::info!(why, "stopping; whoever carries next goes on from the ledgers"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Who compares the blocks of each chain.
fn detectors(
    config: &Config,
    file: &Path,
    ports: &Ports,
    board: &Arc<Board>,
) -> Result<Vec<Detector>> {
    let dir = file.parent().unwrap_or(Path::new("."));
    let every = Duration::from_millis(config.compare_ms);
    let all = config.chains.iter().map(|chain| {
        let (trusted, witnesses) = chain.witnesses(dir)?;
        let detector = Detector::new(trusted, witnesses, ports.clone(), board.clone(), every);
        Ok(detector)
    });
    all.collect()
}

/// Goes on for as long as somebody carries what sources say; for ever where there are none.
async fn carried(heralds: impl Future<Output = Vec<()>>, sources: usize) {
    if sources == 0 {
        return std::future::pending().await;
    }
    let _ended = heralds.await;
}
