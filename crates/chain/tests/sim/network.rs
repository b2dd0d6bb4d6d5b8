//! A network of real nodes inside the deterministic simulator: real engines, real stores, real transactions.

use commonware_cryptography::{Signer, ed25519};
use commonware_glue::simulate::{
    engine::{EngineDefinition, InitContext},
    processed::ProcessedHeight,
    tracker::FinalizationUpdate,
};
use commonware_p2p::simulated::{Oracle, Receiver, Sender};
use commonware_runtime::{
    Clock as _, Handle, Quota, Spawner as _, Storage as _, Supervisor as _, deterministic,
};
use commonware_utils::{
    TryCollect as _,
    channel::mpsc::UnboundedSender as MonitorSender,
    ordered::{Map, Set},
};
use pangolin_chain::{
    abstain::until_votes_are_over,
    engine::{self, CHANNELS, Config, QUOTA, Timing},
    genesis::{self, Genesis, GenesisFile, KeyOrigin, ValidatorEntry},
    handle::Chain,
    keys, node,
    seats::vault::InMemory,
    types::{ChainShare, NodeKey, NodeSecret},
};
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};

use crate::{
    clock::{Local, START_MS},
    conduct::{self, Vice},
    load::Load,
    trade,
    wire::Tapped,
    world::World,
};

/// Both ends of every channel of a node.
type Channels = Vec<(Sender<NodeKey, deterministic::Context>, Receiver<NodeKey>)>;

/// Heartbeat of simulated chains.
const HEARTBEAT_MS: u64 = 200;

/// How one node is set up.
#[derive(Clone, Default)]
pub(crate) struct Seat {
    /// What it does that it must not.
    pub(crate) vice: Option<Vice>,
    /// How far its clock is ahead.
    pub(crate) ahead_ms: i64,
    /// Final blocks it keeps.
    pub(crate) keep_blocks: Option<usize>,
    /// Whether it fetches the state when it starts late.
    pub(crate) sync_state: bool,
    /// When its first attempt to start is cut off.
    pub(crate) cut_off: Option<Duration>,
    /// Whether its record of its votes is gone when it starts again.
    pub(crate) forgets_votes: bool,
    /// Whether its record of its votes in epochs after the first is gone when it starts again.
    pub(crate) forgets_epochs: bool,
    /// Where its shares of later epochs are.
    pub(crate) vault: InMemory,
}

/// Validators and observers with one genesis file.
#[derive(Clone)]
pub(crate) struct Network {
    pub(crate) genesis: Arc<Genesis>,
    shares: Arc<Map<NodeKey, ChainShare>>,
    nodes: Vec<NodeKey>,
    secrets: Vec<NodeSecret>,
    pub(crate) seats: Vec<Seat>,
    pub(crate) load: Option<Load>,
    pub(crate) world: World,
}

impl Network {
    /// `validators` nodes that vote, in the first places, and `observers` that do not.
    pub(crate) fn new(validators: u64, observers: u64) -> Self {
        Self::with_epochs(validators, observers, None)
    }

    /// The same, with epochs of so many blocks.
    pub(crate) fn with_epochs(validators: u64, observers: u64, epoch_blocks: Option<u64>) -> Self {
        let mut secrets: Vec<NodeSecret> = (0..validators)
            .map(ed25519::PrivateKey::from_seed)
            .collect();
        secrets.sort_by_key(ed25519::PrivateKey::public_key);
        let keys: Set<NodeKey> = secrets
            .iter()
            .map(ed25519::PrivateKey::public_key)
            .try_collect()
            .unwrap();
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let (sharing, shares) = keys::trusted_dealer(&mut rng, keys).unwrap();
        let file = GenesisFile {
            format: genesis::FORMAT.into(),
            name: "simulated".into(),
            key_origin: KeyOrigin::TrustedDealer,
            created_ms: u64::try_from(START_MS).unwrap(),
            heartbeat_ms: HEARTBEAT_MS,
            epoch_blocks,
            validators: secrets
                .iter()
                .enumerate()
                .map(|(i, secret)| ValidatorEntry {
                    name: format!("v{i}"),
                    organisation: format!("organisation {i}"),
                    key: keys::public_hex(secret),
                })
                .collect(),
            chain_key: genesis::encode_sharing(&sharing),
            ledger: hex::encode(trade::ledger()),
        };
        let genesis = Genesis::parse(&serde_json::to_vec(&file).unwrap()).unwrap();
        let observing = (0..observers).map(|i| ed25519::PrivateKey::from_seed(1_000 + i));
        let secrets: Vec<NodeSecret> = secrets.into_iter().chain(observing).collect();
        let nodes: Vec<NodeKey> = secrets.iter().map(Signer::public_key).collect();
        Self {
            genesis: Arc::new(genesis),
            shares: Arc::new(shares),
            // not cloned: each node has a vault of its own
            seats: nodes.iter().map(|_| Seat::default()).collect(),
            nodes,
            secrets,
            load: None,
            world: World::default(),
        }
    }

    /// Changes how node `index` is set up.
    pub(crate) fn seat(mut self, index: usize, change: impl FnOnce(&mut Seat)) -> Self {
        change(&mut self.seats[index]);
        self
    }

    /// Lets parties trade while the network runs.
    pub(crate) fn load(mut self, load: Load) -> Self {
        self.load = Some(load);
        self
    }

    pub(crate) fn secret(&self, index: usize) -> NodeSecret {
        self.secrets[index].clone()
    }

    pub(crate) fn node(&self, index: usize) -> NodeKey {
        self.nodes[index].clone()
    }

    pub(crate) fn honest(&self) -> Vec<usize> {
        (0..self.seats.len())
            .filter(|index| self.seats[*index].vice.is_none())
            .collect()
    }

    async fn attempt(
        &self,
        context: Local,
        start: Start,
        channels: Channels,
        votes: bool,
    ) -> (Handle<()>, Arc<dyn Chain>) {
        let Start {
            index,
            me,
            oracle,
            monitor,
            delayed,
        } = start;
        let seat = &self.seats[index];
        let share = self.shares.get_value(&me).filter(|_| votes).cloned();
        let scheme = node::scheme_of(&self.genesis, &me, share).unwrap();
        let (finals, _) = mpsc::unbounded_channel();
        let (outgoing, outgoing_receiver) = mpsc::unbounded_channel();
        let pass_on = outgoing.clone();
        let world = self.world.clone();
        let keep: pangolin_chain::app::Keep = Arc::new(move |block| {
            world.applied(index, block);
            Ok(())
        });
        let lax = matches!(seat.vice, Some(Vice::BreakRules));
        let parts = node::parts(&self.genesis, trade::machine(lax), keep, finals).unwrap();
        let (pool, signatures) = (parts.pool.clone(), parts.signatures.clone());
        conduct::corrupt_pool(seat.vice, &self.genesis.chain, &pool, &self.world);
        let plain = channels[conduct::VOTES].0.clone();
        let conduct = conduct::of(self, index, &scheme, plain);
        let channels: Vec<_> = channels
            .into_iter()
            .enumerate()
            .map(|(channel, (inner, receiver))| {
                let tapped = Tapped {
                    inner,
                    channel,
                    ahead_ms: seat.ahead_ms,
                    conduct: conduct.clone(),
                };
                (tapped, receiver)
            })
            .collect();
        if let Some(Vice::Garbage(only)) = seat.vice {
            conduct::spout(context.child("garbage"), only, &channels, &self.nodes, &me);
        }
        let (reporter, monitor) = (me.clone(), monitor);
        let engine = engine::start(
            context.child("engine"),
            Config {
                secret: self.secrets[index].clone(),
                scheme,
                validators: self.genesis.validators.clone(),
                sharing: self.genesis.sharing.clone(),
                helpers: Vec::new(),
                silent: !votes,
                vault: Arc::new(seat.vault.clone()),
                on_seats: Arc::new(|_| {}),
                pass_on,
                peers: oracle.manager(),
                blocker: oracle.control(me),
                partition: partition(index),
                cache_bytes: 1 << 20,
                parts,
                outgoing: outgoing_receiver,
                timing: Timing {
                    heartbeat: self.genesis.heartbeat(),
                    ..Timing::default()
                },
                on_tip: Arc::new(move |round, height, digest| {
                    let _ended = monitor.send(FinalizationUpdate {
                        pk: reporter.clone(),
                        round,
                        height,
                        block_digest: digest.as_ref().to_vec(),
                    });
                }),
                meter: Arc::default(),
                keep_blocks: seat.keep_blocks,
                sync_state: seat.sync_state && delayed,
            },
            channels,
        )
        .await;
        let (chain, handle) = node::attach(
            context.child("handle"),
            engine,
            &self.genesis,
            pool,
            signatures,
            outgoing,
        )
        .await;
        (handle, chain)
    }

    /// A node that follows without voting and begins again as a validator when it may. The others go on meanwhile: whoever
    /// starts after it must not wait for it, for its wait may need their votes.
    async fn abstain(
        &self,
        context: Local,
        start: Start,
        channels: Channels,
    ) -> (Handle<()>, Shown) {
        let (network, index) = (self.clone(), start.index);
        let (tell, told) = oneshot::channel();
        let handle = context.spawn(move |context| async move {
            let (silent, again) = (network.clone(), start.clone());
            let abstaining = context.child("abstaining");
            let task = abstaining.spawn(move |context| async move {
                let attempt = silent.attempt(context.child("node"), again, channels, false);
                let (_engine, chain) = Box::pin(attempt).await;
                silent.world.abstains(index, &chain);
                let shown = Arc::new(Mutex::new(chain.clone()));
                let _gone = tell.send(shown.clone());
                until_votes_are_over(&context, chain.as_ref()).await;
                shown
            });
            let shown = task.await.unwrap();
            let channels = network.channels_again(&start).await;
            let attempt = network.attempt(context.child("node"), start, channels, true);
            let (engine, chain) = Box::pin(attempt).await;
            network.world.votes_again(index, &chain);
            *shown.lock().unwrap() = chain;
            drop(shown);
            engine.await.unwrap();
        });
        (handle, told.await.unwrap())
    }

    /// Channels of a second attempt within one start.
    async fn channels_again(&self, start: &Start) -> Channels {
        let control = start.oracle.control(start.me.clone());
        let mut channels = Vec::new();
        for (id, quota) in self.channels() {
            channels.push(control.register(id, quota).await.unwrap());
        }
        channels
    }
}

/// Prefix of a node's files.
fn partition(index: usize) -> String {
    format!("node-{index}")
}

/// What is shown of a node that runs.
fn running(
    world: &World,
    index: usize,
    (handle, chain): (Handle<()>, Arc<dyn Chain>),
) -> (Handle<()>, Shown) {
    world.started(index, &chain);
    (handle, Arc::new(Mutex::new(chain)))
}

/// One start of one node.
#[derive(Clone)]
struct Start {
    index: usize,
    me: NodeKey,
    oracle: Oracle<NodeKey, deterministic::Context>,
    monitor: MonitorSender<FinalizationUpdate<NodeKey>>,
    delayed: bool,
}

/// The chain of a node as it is now.
type Shown = Arc<Mutex<Arc<dyn Chain>>>;

/// What properties may look at.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) index: usize,
    pub(crate) honest: bool,
    /// Another one when a node that abstained votes again.
    chain: Shown,
}

impl Node {
    pub(crate) fn chain(&self) -> Arc<dyn Chain> {
        self.chain.lock().unwrap().clone()
    }
}

impl ProcessedHeight for Node {
    async fn processed_height(&self) -> u64 {
        self.chain().status().height
    }
}

impl EngineDefinition for Network {
    type PublicKey = NodeKey;
    type Engine = Handle<()>;
    type State = Node;

    fn participants(&self) -> Vec<NodeKey> {
        self.nodes.clone()
    }

    fn channels(&self) -> Vec<(u64, Quota)> {
        (0..CHANNELS as u64).map(|id| (id, QUOTA)).collect()
    }

    fn max_message_size(&self) -> u32 {
        engine::largest_message()
    }

    async fn init(&self, init: InitContext<'_, NodeKey>) -> (Handle<()>, Node) {
        let index = init.index;
        let seat = &self.seats[index];
        let (channels, context) = (init.channels, init.context);
        if self.world.lock().oracle.is_none() {
            self.world.lock().oracle = Some(init.oracle.clone());
            self.world.lock().judge = Some(context.child("judge"));
        }
        let start = Start {
            index,
            me: init.public_key.clone(),
            oracle: init.oracle.clone(),
            monitor: init.monitor,
            delayed: init.delayed,
        };
        let local = |label| Local::new(context.child(label), seat.ahead_ms);
        let forgot = seat.forgets_votes && self.world.lock().running.contains_key(&index);
        if seat.forgets_epochs && self.world.lock().running.contains_key(&index) {
            for epoch in 1..10 {
                let journal = format!("{}-consensus-{epoch}", partition(index));
                // of most there is none
                let _removed = context.remove(&journal, None).await;
            }
        }
        let (handle, chain) = match seat.cut_off.filter(|_| init.delayed) {
            None if forgot => {
                let journal = format!("{}-consensus", partition(index));
                context.remove(&journal, None).await.unwrap();
                self.abstain(local("abstains"), start, channels).await
            }
            None => {
                let attempt = self.attempt(local("node"), start, channels, true);
                running(&self.world, index, Box::pin(attempt).await)
            }
            Some(after) => {
                // the task that owns the attempt ends, and with it every actor of the node
                let (network, again) = (self.clone(), start.clone());
                let task = local("cut_off").spawn(move |context| async move {
                    let _attempt = Box::pin(network.attempt(context, again, channels, true)).await;
                    network.world.lock().late_was_ready = true;
                    futures::future::pending::<()>().await;
                });
                context.sleep(after).await;
                task.abort();
                let channels = self.channels_again(&start).await;
                let attempt = self.attempt(local("node"), start, channels, true);
                running(&self.world, index, Box::pin(attempt).await)
            }
        };
        if let Some(load) = &self.load
            && self.world.begins_load()
        {
            let context = Local::new(context.child("load"), 0);
            load.clone()
                .begin(context, self.genesis.chain, self.world.clone());
        }
        let honest = seat.vice.is_none();
        (
            handle,
            Node {
                index,
                honest,
                chain,
            },
        )
    }

    fn start(engine: Handle<()>) -> Handle<()> {
        engine
    }
}
