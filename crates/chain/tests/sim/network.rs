//! A network of real nodes inside the deterministic simulator: real engines, real stores, real transactions.

use commonware_glue::simulate::{
    engine::{EngineDefinition, InitContext},
    processed::ProcessedHeight,
    tracker::FinalizationUpdate,
};
use commonware_p2p::simulated::Oracle;
use commonware_runtime::{
    Clock as _, Handle, Quota, Spawner as _, Storage as _, Supervisor as _, deterministic,
};
use commonware_utils::channel::mpsc::UnboundedSender as MonitorSender;
use pangolin_chain::{
    abstain::until_votes_are_over,
    engine::{self, CHANNELS, QUOTA},
    genesis::Genesis,
    handle::Chain,
    seats::vault::InMemory,
    simulated::{
        clock::Local,
        conduct::Vice,
        founding::{Founded, Plan, found},
        node::{self, Channels, Setup},
    },
    types::NodeKey,
};
use pangolin_ledger::{Body, SignedTransaction};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::oneshot;

use crate::{
    load::Load,
    trade::{self, Act},
    world::World,
};

/// Heartbeat of simulated chains, in milliseconds.
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
    founded: Founded,
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
        let founded = found(&Plan {
            name: "simulated",
            seed: 0,
            validators,
            observers,
            epoch_blocks,
            heartbeat_ms: HEARTBEAT_MS,
            ledger: &trade::ledger(),
        });
        Self {
            genesis: founded.genesis.clone(),
            // not cloned: each node has a vault of its own
            seats: founded.nodes.iter().map(|_| Seat::default()).collect(),
            founded,
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

    pub(crate) fn node(&self, index: usize) -> NodeKey {
        self.founded.nodes[index].clone()
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
            me: reporter,
            oracle,
            monitor,
            delayed,
        } = start;
        let (seat, world) = (&self.seats[index], self.world.clone());
        let notes = world.lock().notes.clone();
        let stash = self.forbidden(seat.vice);
        let lax = matches!(seat.vice, Some(Vice::BreakRules));
        let setup = Setup {
            founded: self.founded.clone(),
            index,
            partition: partition(index),
            machine: trade::machine(lax),
            keep: Arc::new(move |block| {
                world.applied(index, block);
                Ok(())
            }),
            on_tip: Arc::new(move |round, height, digest| {
                let _ended = monitor.send(FinalizationUpdate {
                    pk: reporter.clone(),
                    round,
                    height,
                    block_digest: digest.as_ref().to_vec(),
                });
            }),
            oracle,
            notes,
            vice: seat.vice,
            stash,
            ahead_ms: seat.ahead_ms,
            votes,
            vault: Arc::new(seat.vault.clone()),
            keep_blocks: seat.keep_blocks,
            sync_state: seat.sync_state && delayed,
        };
        node::start(context, setup, channels).await
    }

    /// What may never be final, for a faulty proposer's pool.
    fn forbidden(&self, vice: Option<Vice>) -> Option<SignedTransaction> {
        let (act, signer) = match vice? {
            Vice::BadSignature => (Act::Create, trade::PHARMACY),
            Vice::BreakRules => (Act::Forge, trade::MAKER),
            _ => return None,
        };
        let body = Body::Events(vec![trade::event(act, 666, 0, None, 666)]);
        let tx = trade::transaction(&self.genesis.chain, trade::MAKER, 500, body);
        let tx = trade::sign(tx, signer);
        self.world.lock().notes().forbidden_txs.insert(tx.id());
        Some(tx)
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
        self.founded.nodes.clone()
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
