//! A node on real sockets and disks, and its [`Chain`] handle.

use bytes::Bytes;
use commonware_codec::Encode as _;
use commonware_consensus::{
    marshal::{Identifier, core::Mailbox as MarshalMailbox},
    types::Height,
};
use commonware_cryptography::{ChaCha20Poly1305, Signer as _};
use commonware_glue::stateful::Mailbox as StatefulMailbox;
use commonware_p2p::{
    AddressableManager as _,
    authenticated::lookup::{self, Network},
};
use commonware_runtime::{
    Clock, Handle as Task, Metrics, Spawner, Storage, Supervisor as _, tokio as runtime,
};
use commonware_stream::{
    cups::{self, Cups},
    sake::{self, Sake},
};
use commonware_utils::NZUsize;
use futures::future::{BoxFuture, FutureExt as _};
use pangolin_ledger::{ChainId, Key, Machine, SignedTransaction, TxId, Wire as _};
use pangolin_proof::{
    header::Header,
    record::StateKey,
    state::{Entry, StateProof, encode_proof, is_rule},
    trust::FinalHeader,
};
use rand_core::CryptoRng;
use std::{
    net::SocketAddr,
    num::NonZeroUsize,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

use crate::{
    abstain::CLOCK_BOUND,
    app::{App, Keep, Parts, now_ms},
    certified::{Certified, certify},
    engine::{self, CHANNELS, Config, Engine, QUOTA, Timing},
    genesis::Genesis,
    handle::{Chain, Finals, ProveError, StateView, Status, SubmitError},
    judge,
    limits::{MAX_TX_BYTES, NETWORK_MAILBOX},
    metrics::{Meter, classic},
    pool::{Fate, Pending, Pool},
    seats::{
        Known,
        peers::{self, Configured},
        sharing::Referee,
        vault::Vault,
    },
    signatures::Signatures,
    store::Databases,
    types::{ChainShare, Digest, Dissemination, NodeKey, NodeSecret, Scheme},
};

/// Attempts to read both stores between two blocks.
const READ_ATTEMPTS: usize = 50;
/// Wait between two attempts.
const READ_RETRY: Duration = Duration::from_millis(4);

/// A peer of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its key.
    pub key: NodeKey,
    /// Where it listens.
    pub address: SocketAddr,
}

/// How a node is run.
pub struct Settings {
    /// This node's secret key.
    pub secret: NodeSecret,
    /// Its share of the genesis file's key; none for an observer, for a validator that came later, and for one that must not vote
    /// ([`crate::abstain`]).
    pub share: Option<ChainShare>,
    /// Whether it must not vote in this run, whatever shares it has.
    pub silent: bool,
    /// Where its shares of later epochs are kept.
    pub vault: Arc<dyn Vault>,
    /// Where it listens for peers.
    pub listen: SocketAddr,
    /// Validators and observers with their addresses, this node included.
    pub peers: Vec<Peer>,
    /// Bytes of file pages kept in memory.
    pub cache_bytes: usize,
    /// Final blocks to keep; everything when `None` (archive).
    pub keep_blocks: Option<usize>,
    /// Whether a node without state fetches it from its peers instead of replaying the chain.
    pub sync_state: bool,
    /// Keeps receipts and lineage of final blocks; [`forget`] where nobody will ask for proofs.
    pub keep: Keep,
}

/// Keeps nothing.
pub fn forget() -> Keep {
    Arc::new(|_| Ok(()))
}

/// Why a node cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The share is not one of this chain's key.
    #[error("the key share does not belong to this chain's key")]
    Share,
    /// A validator's key is in the genesis file but no share was given, or the other way round.
    #[error(
        "this node's key is not one of the validators of the genesis file, but it has a key share"
    )]
    NotAValidator,
    /// The ledger's initial entries are not accepted.
    #[error("the genesis file's ledger entries are not accepted: {0}")]
    Ledger(String),
    /// Two peers have one key.
    #[error("two peers have the same key")]
    Peers,
    /// The vault cannot be read.
    #[error("the vault of this node cannot be read: {0}")]
    Vault(String),
}

impl StartError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Share => "share-of-other-chain",
            Self::NotAValidator => "not-a-validator",
            Self::Ledger(_) => "genesis-ledger",
            Self::Peers => "peer-repeated",
            Self::Vault(_) => "vault",
        }
    }
}

/// A running node.
pub struct Node {
    /// What the rest of the process asks.
    pub chain: Arc<dyn Chain>,
    /// Final blocks, in order.
    pub finals: Finals,
    /// Measurements in Prometheus' text format.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// Ends when the node ends.
    pub task: Task<()>,
    /// Ends when the network ends.
    pub network: Task<()>,
}

/// Starts a node on real sockets and disks.
///
/// Boxed so that the engine is compiled once, with this crate, and not again in every program that runs a node.
pub fn start(
    context: runtime::Context,
    genesis: &Genesis,
    machine: Arc<Machine>,
    settings: Settings,
) -> BoxFuture<'_, Result<Node, StartError>> {
    run(context, genesis, machine, settings).boxed()
}

async fn run(
    context: runtime::Context,
    genesis: &Genesis,
    machine: Arc<Machine>,
    settings: Settings,
) -> Result<Node, StartError> {
    let me = settings.secret.public_key();
    let scheme = scheme_of(genesis, &me, settings.share)?;
    let configured = configured(&settings.peers)?;
    let mut known = peers::remembered(settings.vault.as_ref()).map_err(StartError::Vault)?;
    if known.is_empty() || genesis.epoch_blocks().is_none() {
        known = of_genesis(genesis);
    }
    let changes = genesis.epoch_blocks().is_some();
    let most = if changes {
        peers::most(&configured, &known)
    } else {
        configured.len()
    };
    let mut network_config = lookup::Config::local(
        Cups::<_, ChaCha20Poly1305>::new(
            Sake {
                signer: settings.secret.clone(),
                synchrony_bound: CLOCK_BOUND,
                max_handshake_age: Duration::from_secs(10),
                version: sake::Version::V1,
            },
            cups::Version::V1,
        ),
        &[b"pangolin/peer/1/".as_slice(), genesis.chain.as_ref()].concat(),
        settings.listen,
        NonZeroUsize::new(most).unwrap_or(NonZeroUsize::MIN),
        engine::largest_message(),
        NETWORK_MAILBOX,
    );
    network_config.tracked_peer_sets = NZUsize!(1);
    let (mut network, mut oracle) = Network::new(context.child("network"), network_config);
    oracle.track(0, peers::tracked(&configured, &known, most));
    let channels = (0..CHANNELS)
        .map(|id| network.register(id as u64, QUOTA))
        .collect();
    let network = network.start();
    let (finals_sender, finals) = mpsc::unbounded_channel();
    let (outgoing, outgoing_receiver) = mpsc::unbounded_channel();
    let meter = Arc::new(Meter::default());
    let parts = parts(
        genesis,
        machine,
        meter.counting(settings.keep),
        finals_sender,
    )?;
    let (pool, signatures) = (parts.pool.clone(), parts.signatures.clone());
    let engine = engine::start(
        context.child("engine"),
        Config {
            secret: settings.secret,
            scheme,
            validators: genesis.validators.clone(),
            sharing: genesis.sharing.clone(),
            helpers: if changes {
                configured.keys().cloned().collect()
            } else {
                Vec::new()
            },
            silent: settings.silent,
            on_seats: peers::following(oracle.clone(), configured, most, settings.vault.clone()),
            vault: settings.vault,
            peers: oracle.clone(),
            blocker: oracle,
            partition: "node".into(),
            cache_bytes: settings.cache_bytes,
            parts,
            outgoing: outgoing_receiver,
            pass_on: outgoing.clone(),
            timing: Timing {
                heartbeat: genesis.heartbeat(),
                ..Timing::default()
            },
            on_tip: Arc::new(|_, _, _| {}),
            meter: meter.clone(),
            keep_blocks: settings.keep_blocks,
            sync_state: settings.sync_state,
        },
        channels,
    )
    .await;
    let (chain, task) = attach(
        context.child("handle"),
        engine,
        genesis,
        pool.clone(),
        signatures,
        outgoing,
    )
    .await;
    let measured = chain.clone();
    let metrics = Arc::new(move || {
        let status = measured.status();
        let own = meter.text(&status, now_ms(&context), &pool.refusals());
        own + &classic(&context.encode())
    });
    Ok(Node {
        chain,
        finals,
        metrics,
        task,
        network,
    })
}

/// The voting or verifying scheme of a node.
pub fn scheme_of(
    genesis: &Genesis,
    me: &NodeKey,
    share: Option<ChainShare>,
) -> Result<Scheme, StartError> {
    match share {
        Some(_) if genesis.validators.position(me).is_none() => Err(StartError::NotAValidator),
        Some(share) => genesis.signer(share).ok_or(StartError::Share),
        None => Ok(genesis.verifier()),
    }
}

/// The application's parts of a fresh node.
pub fn parts(
    genesis: &Genesis,
    machine: Arc<Machine>,
    keep: Keep,
    finals: mpsc::UnboundedSender<crate::app::FinalBlock>,
) -> Result<Parts, StartError> {
    let mut ledger = pangolin_ledger::Genesis::from_bytes(&genesis.ledger)
        .map_err(|e| StartError::Ledger(e.to_string()))?;
    // the chain's identity is the hash of the file, so the file cannot state it
    ledger.chain = ChainId(genesis.chain.0);
    let mut entries = machine
        .genesis(&ledger)
        .map_err(|e| StartError::Ledger(e.to_string()))?;
    entries.extend(genesis.seats());
    Ok(Parts {
        genesis: genesis.block::<runtime::Context, Databases<runtime::Context>>(),
        genesis_entries: entries.into_iter().collect(),
        machine: Arc::new(Arc::unwrap_or_clone(machine).seating(Arc::new(Referee))),
        pool: Pool::default(),
        signatures: Signatures::default(),
        keep,
        finals,
        epoch_blocks: genesis.epoch_blocks(),
    })
}

/// The peers of a configuration, each once.
fn configured(peers: &[Peer]) -> Result<Configured, StartError> {
    let all: Configured = peers
        .iter()
        .map(|peer| (peer.key.clone(), peer.address))
        .collect();
    if all.len() == peers.len() {
        Ok(all)
    } else {
        Err(StartError::Peers)
    }
}

fn of_genesis(genesis: &Genesis) -> Vec<Known> {
    let known = genesis.validators.iter().map(|key| Known {
        key: key.clone(),
        address: None,
        counts: true,
    });
    known.collect()
}

/// Gives a running engine its handle.
pub async fn attach<E>(
    context: E,
    engine: Engine<E>,
    genesis: &Genesis,
    pool: Pool,
    signatures: Signatures,
    outgoing: mpsc::UnboundedSender<Bytes>,
) -> (Arc<dyn Chain>, Task<()>)
where
    E: Clock + CryptoRng + Metrics + Spawner + Storage,
{
    // opened once the state is there, so that nothing is asked before
    drop(engine.stateful.subscribe_databases().await);
    if let Some((_, block)) = engine.marshal.get_anchor().await {
        engine.app.resume(&block.inner().header);
    }
    let machine = engine.app.machine();
    let (judging, waiting) = (engine.beside, pool.clone());
    let inner = Inner {
        chain: genesis.chain,
        app: engine.app,
        marshal: engine.marshal,
        stateful: engine.stateful,
        pool,
        signatures,
        outgoing,
        voter: engine.voter,
        context: Mutex::new(context),
    };
    let chain: Arc<dyn Chain> = Arc::new(inner);
    // a node that votes learns what a rule refuses when it makes blocks; who votes may change
    if genesis.epoch_blocks().is_some() || !chain.status().validator {
        let asked = Arc::downgrade(&chain);
        judging.spawn(|context| judge::watch(context, asked, machine, waiting));
    }
    (chain, engine.handle)
}

struct Inner<E: Clock + CryptoRng + Spawner + Storage + Metrics> {
    chain: Digest,
    app: App,
    marshal: MarshalMailbox<Scheme, Dissemination>,
    /// The stores themselves are not kept here: an open store would outlive an aborted engine.
    stateful: StatefulMailbox<E, App>,
    pool: Pool,
    signatures: Signatures,
    outgoing: mpsc::UnboundedSender<Bytes>,
    voter: Arc<AtomicBool>,
    context: Mutex<E>,
}

impl<E: Clock + CryptoRng + Spawner + Storage + Metrics> Chain for Inner<E> {
    fn submit(&self, bytes: Bytes) -> Result<TxId, SubmitError> {
        let size = bytes.len();
        if size > MAX_TX_BYTES {
            return Err(SubmitError::TooLarge {
                size,
                max: MAX_TX_BYTES,
            });
        }
        let tx = SignedTransaction::from_bytes(&bytes)
            .map_err(|e| SubmitError::Syntax(e.to_string()))?;
        self.submit_all(vec![(tx, bytes)])
            .pop()
            .unwrap_or(Err(SubmitError::Stopping))
    }

    fn submit_all(
        &self,
        transactions: Vec<(SignedTransaction, Bytes)>,
    ) -> Vec<Result<TxId, SubmitError>> {
        let mut results: Vec<Result<TxId, SubmitError>> = Vec::with_capacity(transactions.len());
        let mut fresh = Vec::with_capacity(transactions.len());
        // asked first: under overload most of what comes is told to come back, and that must cost little
        let room = self
            .pool
            .room(transactions.iter().map(|(tx, bytes)| (tx, bytes.len())));
        for ((tx, bytes), room) in transactions.into_iter().zip(room) {
            let checked = self
                .check(&tx, bytes.len())
                .and_then(|()| Ok(room.map(|_| tx.id())?));
            results.push(checked);
            if results.last().is_some_and(Result::is_ok) {
                fresh.push((results.len() - 1, Pending::new(Arc::new(tx), bytes)));
            }
        }
        let txs: Vec<_> = fresh
            .iter()
            .map(|(_, pending)| pending.tx.clone())
            .collect();
        let good = {
            let mut context = self.context.lock().unwrap_or_else(PoisonError::into_inner);
            self.signatures.check(&mut *context, &txs)
        };
        let (signed, forged): (Vec<_>, Vec<_>) =
            fresh.into_iter().zip(good).partition(|(_, good)| *good);
        for ((at, _), _) in forged {
            results[at] = Err(SubmitError::BadSignature);
        }
        let taken = self
            .pool
            .insert_all(signed.iter().map(|((_, pending), _)| pending.clone()));
        for (((at, pending), _), taken) in signed.into_iter().zip(taken) {
            let passed_on = match taken {
                Ok(true) => self
                    .outgoing
                    .send(pending.bytes)
                    .map_err(|_| SubmitError::Stopping),
                Ok(false) => Ok(()),
                Err(full) => Err(full.into()),
            };
            if let Err(error) = passed_on {
                results[at] = Err(error);
            }
        }
        results
    }

    fn watch(&self, id: TxId) -> oneshot::Receiver<Fate> {
        self.pool.watch(id)
    }

    fn status(&self) -> Status {
        let (pool_transactions, pool_bytes) = self.pool.size();
        let tip = self.app.tip();
        Status {
            height: tip.height.get(),
            time_ms: tip.time_ms,
            pool_transactions,
            pool_bytes,
            validator: self.voter.load(Ordering::Relaxed),
            block: tip.digest().to_string(),
            records_root: tip.state.records.root.to_string(),
            rules_root: tip.state.rules.root.to_string(),
        }
    }

    fn read(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<StateView, ProveError>> {
        async move {
            for _ in 0..READ_ATTEMPTS {
                {
                    let databases: Databases<E> = self.stateful.subscribe_databases().await;
                    let (records, rules) = (databases.0.read().await, databases.1.read().await);
                    if let Some(header) = self.app.header_with_state(&records.root(), &rules.root())
                    {
                        let mut values = Vec::with_capacity(keys.len());
                        for key in &keys {
                            let state_key = StateKey::new(key.0);
                            let value = if is_rule(key) {
                                rules.get(&state_key).await.map_err(storage)?
                            } else {
                                records.get(&state_key).await.map_err(storage)?
                            };
                            values.push(value.map(|value| Arc::from(value.0.as_ref())));
                        }
                        return Ok(StateView {
                            height: header.height.get(),
                            time_ms: header.time_ms,
                            values,
                        });
                    }
                }
                self.pause().await;
            }
            Err(ProveError::Moving)
        }
        .boxed()
    }

    fn prove(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<StateProof, ProveError>> {
        async move {
            for _ in 0..READ_ATTEMPTS {
                if let Some((header, entries)) = self.prove_once(&keys).await? {
                    match certify(self, header).await {
                        Ok(header) => return Ok(StateProof { header, entries }),
                        // it was not the final one of its height
                        Err(ProveError::OtherBlock { .. }) => {}
                        Err(error) => return Err(error),
                    }
                }
                self.pause().await;
            }
            Err(ProveError::Moving)
        }
        .boxed()
    }

    fn final_header(&self, height: u64) -> BoxFuture<'_, Result<FinalHeader, ProveError>> {
        async move {
            let block = self
                .marshal
                .get_block(Identifier::Height(Height::new(height)))
                .await;
            let block = block.ok_or(ProveError::Pruned { height })?;
            certify(self, block.inner().header.clone()).await
        }
        .boxed()
    }

    fn transactions(&self, height: u64) -> BoxFuture<'_, Result<Arc<Vec<Bytes>>, ProveError>> {
        async move {
            let block = self
                .marshal
                .get_block(Identifier::Height(Height::new(height)))
                .await;
            Ok(block
                .ok_or(ProveError::Pruned { height })?
                .inner()
                .transactions
                .clone())
        }
        .boxed()
    }
}

impl<E: Clock + CryptoRng + Spawner + Storage + Metrics> Inner<E> {
    /// Size, form and chain of a transaction that is handed in.
    fn check(&self, tx: &SignedTransaction, size: usize) -> Result<(), SubmitError> {
        if size > MAX_TX_BYTES {
            return Err(SubmitError::TooLarge {
                size,
                max: MAX_TX_BYTES,
            });
        }
        tx.tx().check().map_err(|e| SubmitError::Inconsistent {
            code: e.code(),
            place: e.place().to_owned(),
            message: e.to_string(),
        })?;
        if tx.tx().chain.0 != self.chain.0 {
            return Err(SubmitError::OtherChain);
        }
        Ok(())
    }

    /// Waits a moment for the stores, by the runtime's clock.
    async fn pause(&self) {
        let pause = {
            let context = self.context.lock().unwrap_or_else(PoisonError::into_inner);
            context.sleep(READ_RETRY)
        };
        pause.await;
    }

    /// Reads and proves `keys` in one state; `None` when the stores are between two blocks.
    async fn prove_once(&self, keys: &[Key]) -> Result<Option<(Header, Vec<Entry>)>, ProveError> {
        let databases: Databases<E> = self.stateful.subscribe_databases().await;
        let (records, rules) = (databases.0.read().await, databases.1.read().await);
        let Some(header) = self.app.header_with_state(&records.root(), &rules.root()) else {
            return Ok(None);
        };
        let mut entries = Vec::with_capacity(keys.len());
        for key in keys {
            let state_key = StateKey::new(key.0);
            let (value, proof) = if is_rule(key) {
                if let Some(value) = rules.get(&state_key).await.map_err(storage)? {
                    let proof = rules.key_value_proof(state_key).await.map_err(storage)?;
                    (Some(value.0.to_vec()), encode_proof(&proof))
                } else {
                    let proof = rules.exclusion_proof(&state_key).await.map_err(storage)?;
                    (None, encode_proof(&proof))
                }
            } else {
                let value = records
                    .get(&state_key)
                    .await
                    .map_err(storage)?
                    .ok_or(ProveError::Unprovable)?;
                let proof = records.key_value_proof(state_key).await.map_err(storage)?;
                (Some(value.0.to_vec()), encode_proof(&proof))
            };
            entries.push(Entry {
                key: *key,
                value,
                proof,
            });
        }
        Ok(Some((header, entries)))
    }
}

impl<E: Clock + CryptoRng + Spawner + Storage + Metrics> Certified for Inner<E> {
    async fn certificate(&self, height: u64) -> Option<(Digest, Vec<u8>)> {
        let found = self.marshal.get_finalization(Height::new(height)).await?;
        Some((found.proposal.payload, found.encode().to_vec()))
    }

    async fn header(&self, height: u64) -> Option<Header> {
        let block = Identifier::Height(Height::new(height));
        let block = self.marshal.get_block(block).await?;
        Some(block.inner().header.clone())
    }

    async fn pause(&self) {
        self.pause().await;
    }
}

fn storage(error: impl std::fmt::Display) -> ProveError {
    ProveError::Storage(error.to_string())
}
