//! Running a node until it is told to stop.

use anyhow::{Context as _, Result, anyhow, bail};
use commonware_cryptography::Signer as _;
use commonware_runtime::{Handle as Task, Runner as _, Supervisor as _, tokio as runtime};
use pangolin_api::{
    ServeError,
    app::StartError,
    clock::SystemClock,
    config::{Access, Certificate, Tls, Token, Verify},
    deps::{Deps, Pace},
    trade::IndustryTrade,
    verify::{directory::Responder, policy::Policy},
};
use pangolin_chain::{
    abstain::until_votes_are_over,
    genesis::Genesis,
    handle::{Finals, Handle},
    keys::{self, KeyError},
    metrics::Links,
    node::{self, Settings},
};
use pangolin_index::{GenesisParty, SqliteIndex, TradeLens};
use pangolin_ledger::{ChainId, Height, Machine, Wire as _};
use pangolin_profiles::catalog::{self, Rules};
use pangolin_proof::foreign::LightClient;
use pangolin_sources::Listener;
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};
use tracing::{info, warn};

use crate::failure::Failure;

use super::{
    agents::{self, Agents},
    config::{Config, NeighbourEntry},
    evidence::Evidence,
    feed, first_block, identity, listening,
    proofs::Prover,
    rules,
    silence::{self, Pulse},
    stop,
    trouble::{self, Part, explained},
    vault::FileVault,
    votes::{self, Told},
};

/// Threads that run a node's tasks.
const WORKERS: usize = 2;
/// Threads for what blocks: files and the index. Each keeps memory of its own, so they are few.
const BLOCKING_THREADS: usize = 32;

/// The ledger with the profiles this software knows.
pub(crate) fn machine() -> Arc<Machine> {
    Arc::new(
        Machine::new(catalog::profiles())
            .believing(Arc::new(LightClient::new()))
            .hearing(Arc::new(Listener)),
    )
}

/// Runs the node in `dir` until it is told to stop or can't go on. `until_input_ends`: the end of standard input stops it too.
pub(crate) fn run(dir: &Path, until_input_ends: bool, told: Told) -> Result<()> {
    let mut told = told;
    while once(dir, until_input_ends, told)? == End::VotesAgain {
        told = Told::Nothing;
    }
    Ok(())
}

/// Why one run of a node came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It was told to stop.
    Stopped,
    /// It abstained and need not any more: it begins again, as a validator.
    VotesAgain,
}

fn once(dir: &Path, until_input_ends: bool, told: Told) -> Result<End> {
    let config = Config::load(dir)?;
    let genesis_path = dir.join(&config.genesis);
    let genesis = fs::read(&genesis_path)
        .with_context(|| format!("cannot read {}", genesis_path.display()))?;
    let genesis = Genesis::parse(&genesis)
        .with_context(|| format!("{} is not a genesis file", genesis_path.display()))?;
    let rules = rules::spoken(&genesis)?;
    let secret = secret_of(&dir.join(&config.secret), keys::parse_secret)?;
    let share = config.share.as_ref().map(|path| dir.join(path));
    let vault = FileVault::of(dir, share.clone());
    let used = vault
        .is_used()
        .context("cannot read the vault of the node")?;
    // the chain may have handed its key on since: the genesis file's share is erased then
    let share = share.filter(|path| path.exists() || !used);
    let share = share.map(|path| secret_of(&path, keys::parse_share));
    let share = share.transpose()?;
    let data = dir.join(&config.data);
    fs::create_dir_all(&data).with_context(|| format!("cannot make {}", data.display()))?;
    let _lock = lock(&data)?;
    trouble::same_chain(&data, &genesis_path, &genesis.chain.to_string())?;
    let sockets = listening::sockets(&config, dir);
    listening::check(&sockets, dir)?;
    let abstains = match share {
        Some(_) => !votes::allowed(&data, told)?,
        None if used => told == Told::Lost,
        None => votes::only_for_validators(told).map(|()| false)?,
    };
    if abstains {
        // what is wrong with the share is said at once and not after the time of abstention
        node::scheme_of(&genesis, &secret.public_key(), share.clone())?;
        let why = match told {
            Told::Lost => "may be incomplete, as --votes-lost says".to_owned(),
            _ => format!("is not in {}", data.join("chain").display()),
        };
        warn!(
            "this validator abstains, because its record of its votes {why}: it follows the chain and takes documents, and votes again \
             once a block made after this moment is final, so that it does not contradict itself, for which its peers would block it"
        );
    }
    let evidence = Evidence::open(&data.join("evidence.sqlite"));
    let evidence = evidence.map_err(|error| explained(Part::Evidence, &data, &error))?;
    let evidence = Arc::new(evidence);
    let (keeper, kept) = (evidence.clone(), data.clone());
    let answers = config.http.is_some() && config.index;
    let settings = Settings {
        keep: if answers {
            Arc::new(move |block| {
                if let Err(error) = keeper.keep(block) {
                    trouble::stop(&explained(Part::Evidence, &kept, &error));
                }
                Ok(())
            })
        } else {
            node::forget()
        },
        secret,
        share: share.filter(|_| !abstains),
        silent: abstains,
        vault: Arc::new(vault),
        listen: config.listen,
        peers: config.peers()?,
        cache_bytes: config.cache_mb << 20,
        keep_blocks: (!config.archive).then_some(config.keep_blocks),
        sync_state: config.sync_state,
    };
    trouble::stop_on_panic(data.clone(), sockets);
    let runtime_config = runtime::Config::new()
        .with_storage_directory(data.join("chain"))
        .with_worker_threads(WORKERS)
        .with_max_blocking_threads(BLOCKING_THREADS);
    let parts = Parts {
        dir: dir.to_owned(),
        data: data.clone(),
        config,
        genesis,
        rules,
        settings,
        evidence,
        abstains,
    };
    runtime::Runner::new(runtime_config).start(move |context| async move {
        let stop = stop::asked(until_input_ends)?;
        serve(context, parts, stop).await
    })
}

/// What a node is started from.
struct Parts {
    dir: PathBuf,
    data: PathBuf,
    config: Config,
    genesis: Genesis,
    rules: &'static Rules,
    settings: Settings,
    evidence: Arc<Evidence>,
    abstains: bool,
}

/// A node that runs, and its interface where it has one.
struct Begun {
    chain: Handle,
    task: Task<()>,
    network: Task<()>,
    interface: Option<pangolin_api::Running>,
}

async fn serve(
    context: runtime::Context,
    parts: Parts,
    stop: impl Future<Output = &'static str>,
) -> Result<End> {
    let (abstains, data) = (parts.abstains, parts.data.clone());
    let clock = context.child("abstention");
    let mut stop = std::pin::pin!(stop);
    // a node that is still catching up is told to stop like any other
    let begun = tokio::select! {
        begun = begin(context, parts) => begun?,
        why = &mut stop => {
            info!(why, "stopping before the start was over");
            return Ok(End::Stopped);
        }
    };
    let end = tokio::select! {
        _ = begun.task => Err(anyhow!("the chain stopped; its log says why")),
        _ = begun.network => Err(anyhow!("the network stopped; its log says why")),
        why = stop => {
            info!(why, "stopping");
            Ok(End::Stopped)
        }
        () = until_votes_are_over(&clock, begun.chain.as_ref()), if abstains => {
            info!("no earlier vote of this validator can count any more: it begins again and votes");
            votes::resume(&data).map(|()| End::VotesAgain)
        }
    };
    if let Some(interface) = begun.interface {
        interface.stop().await;
    }
    end
}

/// Starts the chain, brings the index up to it, serves HTTP.
async fn begin(context: runtime::Context, parts: Parts) -> Result<Begun> {
    let Parts {
        dir,
        data,
        config,
        genesis,
        rules,
        settings,
        evidence,
        abstains,
    } = parts;
    info!(name = config.name, chain = %genesis.chain, listen = %settings.listen, "starting");
    let identity = identity::of(&config, &genesis, keys::public_hex(&settings.secret));
    let node = node::start(context, &genesis, machine(), settings).await?;
    if config.share.is_some() && node.chain.status().height == 0 {
        let start = i64::try_from(genesis.file.created_ms).map(jiff::Timestamp::from_millisecond);
        let remark = start.ok().and_then(Result::ok);
        if let Some(remark) =
            remark.and_then(|start| first_block::remark(start, jiff::Timestamp::now()))
        {
            warn!("{remark}");
        }
    }
    let pulse = Pulse::new(node.chain.clone());
    tokio::spawn(silence::watch(pulse.clone(), genesis.heartbeat(), abstains));
    let mut running = None;
    if let Some(http) = config.http {
        let index = if config.index {
            let next = node.chain.status().height + 1;
            let first = first_indexed(&node.chain, next).await;
            let index = open_index(&data, &genesis, first)
                .map_err(|error| explained(Part::Index, &data, &error))?;
            feed::catch_up(&node.chain, &index, next)
                .await
                .map_err(|error| explained(Part::Index, &data, &error))?;
            Some(index)
        } else {
            None
        };
        let deps = Deps {
            chain: node.chain.clone(),
            chain_id: ChainId(genesis.chain.0),
            chain_key: genesis.trusted().key_bytes(),
            identity: Arc::new(identity),
            connected: Some(Arc::new({
                let links = Links::new(node.metrics.clone());
                move || links.connected()
            })),
            pace: Some(Pace {
                heartbeat: genesis.heartbeat(),
                silent: Arc::new(move || pulse.silent()),
            }),
            index: index.clone(),
            trade: Arc::new(IndustryTrade::new(rules)),
            signer: Arc::new(Agents::new(agents::load(&dir, &config.agents)?)),
            proofs: Arc::new(Prover {
                chain: node.chain.clone(),
                evidence,
                trusted: genesis.trusted(),
            }),
            clock: Arc::new(SystemClock),
            metrics: Some(node.metrics.clone()),
        };
        let interface = interface(http, &dir, &data, &config);
        let served = pangolin_api::serve(interface, deps).await;
        running = Some(served.map_err(|error| not_served(&dir, &data, &config, error))?);
        follow(node.chain.clone(), index, node.finals, data);
    } else {
        follow(node.chain.clone(), None, node.finals, data);
    }
    Ok(Begun {
        chain: node.chain,
        task: node.task,
        network: node.network,
        interface: running,
    })
}

/// Why the interface does not serve: its files, or its socket.
fn not_served(dir: &Path, data: &Path, config: &Config, error: ServeError) -> anyhow::Error {
    if let ServeError::Listen { address, source } = &error
        && let Some(socket) = listening::sockets(config, dir)
            .iter()
            .find(|socket| socket.address == *address)
    {
        return socket.failed(source).into();
    }
    let files = matches!(
        error,
        ServeError::Start(StartError::Store(_) | StartError::Spool(_) | StartError::Own(_))
    );
    let error = anyhow::Error::from(error).context("cannot serve HTTP");
    if files {
        explained(Part::Capture, data, &error).into()
    } else {
        error
    }
}

/// The first block of an index that is made anew: a node that fetched its state, or prunes, has no blocks below one height.
async fn first_indexed(chain: &Handle, next: u64) -> Height {
    let (mut from, mut to) = (1, next);
    while from < to {
        let middle = u64::midpoint(from, to);
        if chain.transactions(middle).await.is_ok() {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    Height(from)
}

/// Feeds final blocks to the index, if there is one.
fn follow(chain: Handle, index: Option<Arc<SqliteIndex>>, mut finals: Finals, data: PathBuf) {
    tokio::spawn(async move {
        let Some(index) = index else {
            while finals.recv().await.is_some() {}
            return;
        };
        if let Err(error) = feed::run(chain, index, finals).await {
            trouble::stop(&explained(Part::Index, &data, &error));
        }
    });
}

/// The interface's configuration.
fn interface(
    http: SocketAddr,
    dir: &Path,
    data: &Path,
    config: &Config,
) -> pangolin_api::config::Config {
    let scheme = if config.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let mut public_urls = vec![format!("{scheme}://{http}")];
    public_urls.extend(config.public_urls.iter().cloned());
    pangolin_api::config::Config {
        listen: http,
        data_dir: data.join("capture"),
        public_urls,
        development: config.development,
        tls: config.tls.as_ref().map(|tls| Tls {
            certificate: dir.join(&tls.certificate),
            key: dir.join(&tls.key),
        }),
        capture: pangolin_api::config::Capture {
            placement: config.placement,
            ..pangolin_api::config::Capture::default()
        },
        access: Access {
            operators: config.operators.clone(),
            relays: config.relays.clone(),
            certificates: config
                .clients
                .iter()
                .map(|client| Certificate {
                    sha256: client.sha256.clone(),
                    party: client.party.clone(),
                    acts_for: client.acts_for.clone(),
                })
                .collect(),
            tokens: config
                .tokens
                .iter()
                .map(|(token, party)| Token {
                    token: token.clone(),
                    party: party.clone(),
                    acts_for: Vec::new(),
                })
                .collect(),
            ..Access::default()
        },
        verify: Verify {
            responders: vec![whoever_made_it()],
            rate: config.verify_rate,
            ..Verify::default()
        },
        find: pangolin_api::config::Find {
            neighbours: config.neighbours.iter().map(neighbour).collect(),
            trust: config.trust.iter().map(|file| dir.join(file)).collect(),
        },
        disclosures: config.disclosures,
    }
}

fn neighbour(entry: &NeighbourEntry) -> pangolin_api::config::NeighbourEntry {
    pangolin_api::config::NeighbourEntry {
        chain: entry.chain.clone(),
        endpoints: entry.endpoints.clone(),
        prefixes: entry.prefixes.clone(),
    }
}

/// Makers answer for their lots: verification works without a directory of responders.
fn whoever_made_it() -> Responder {
    Responder {
        gln: "maker".into(),
        gtins: Vec::new(),
        prefixes: Vec::new(),
        expiry_from: None,
        expiry_to: None,
        policy: Policy::default(),
    }
}

fn open_index(data: &Path, genesis: &Genesis, first: Height) -> Result<Arc<SqliteIndex>> {
    let lens = TradeLens::new(catalog::all().map(|rules| ((rules.profile)(), rules.lexicon())));
    let path: PathBuf = data.join("index.sqlite");
    let config = pangolin_index::Config {
        first,
        ..pangolin_index::Config::new(path)
    };
    let index = SqliteIndex::open(config, Arc::new(lens)).context("cannot open the index")?;
    let ledger = pangolin_ledger::Genesis::from_bytes(&genesis.ledger)
        .context("the genesis ledger cannot be read")?;
    let parties: Vec<GenesisParty> = ledger
        .parties
        .iter()
        .map(|party| GenesisParty {
            party: party.id.clone(),
            name: party.name.clone(),
        })
        .collect();
    index.genesis(&parties).context("cannot write the index")?;
    Ok(Arc::new(index))
}

/// Reads a secret from its file. The message names the file and shows nothing of it.
fn secret_of<T>(path: &Path, parse: impl Fn(&str) -> Result<T, KeyError>) -> Result<T> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text).map_err(|error| {
        let message = format!("{} cannot be used: {error}", path.display());
        let remedy = "put the file back from its backup; nobody else has it";
        Failure::with_remedy("secret-damaged", message, remedy).into()
    })
}

/// Two processes on the same stores would destroy them: the second one does not begin. The lock ends with the process.
pub(crate) fn lock(data: &Path) -> Result<fs::File> {
    let path = data.join("lock");
    let file =
        fs::File::create(&path).with_context(|| format!("cannot make {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => bail!(
            "another process runs the node in {}: end that one first",
            data.parent().unwrap_or(data).display()
        ),
        Err(fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}
