//! A whole chain in a simulation, on a network of its own.

use commonware_p2p::{
    Manager as _,
    simulated::{Config, Link, Network, Oracle},
};
use commonware_runtime::{Handle, Supervisor as _, deterministic};
use commonware_utils::{NZUsize, Probability, TryCollect as _, ordered::Set};
use pangolin_ledger::{Machine, SignedTransaction};
use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{
    clock::Local,
    conduct::{Notes, Vice},
    founding::Founded,
    node::{self, Setup},
    simulation::Simulation,
};
use crate::{
    app::FinalBlock,
    engine::{self, CHANNELS, QUOTA},
    handle::Chain,
    seats::vault::InMemory,
    types::NodeKey,
};

/// How messages travel between two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Road {
    /// How long they take.
    pub latency_ms: u64,
    /// How much that varies.
    pub jitter_ms: u64,
    /// Of 100 messages so many are lost.
    pub loss_percent: u8,
}

impl Road {
    /// Nothing passes.
    pub const CUT: Self = Self {
        latency_ms: 10,
        jitter_ms: 0,
        loss_percent: 100,
    };

    fn link(self) -> Link {
        let passed = u64::from(100_u8.saturating_sub(self.loss_percent));
        Link {
            latency: Duration::from_millis(self.latency_ms),
            jitter: Duration::from_millis(self.jitter_ms),
            success_rate: Probability::new(passed, 100).unwrap(),
        }
    }
}

/// How one node of a chain is set up.
#[derive(Clone)]
pub struct Seat {
    /// Its rules, made anew for each of its lives.
    pub machine: Arc<dyn Fn() -> Machine + Send + Sync>,
    /// What it does that it must not.
    pub vice: Option<Vice>,
    /// Put into its pool past every check.
    pub stash: Option<SignedTransaction>,
    /// How far its clock is ahead, in milliseconds.
    pub ahead_ms: i64,
}

/// Told of the final blocks of each node, by its place.
pub type OnFinal = Arc<dyn Fn(usize, &FinalBlock) + Send + Sync>;

struct Alive {
    task: Handle<()>,
    chain: Arc<dyn Chain>,
}

/// A chain that runs.
pub struct SimulatedChain {
    simulation: Simulation,
    founded: Founded,
    seats: Vec<Seat>,
    on_final: OnFinal,
    notes: Notes,
    oracle: Oracle<NodeKey, deterministic::Context>,
    nodes: Vec<Mutex<(u32, Option<Alive>)>>,
}

impl SimulatedChain {
    /// Starts all nodes of a chain, one seat for each.
    pub async fn start(
        simulation: &Simulation,
        founded: Founded,
        seats: Vec<Seat>,
        road: Road,
        on_final: OnFinal,
    ) -> Self {
        let name = founded.genesis.file.name.clone();
        let context = simulation.context().child("network");
        let count = NonZeroUsize::new(founded.nodes.len()).unwrap();
        let (network, oracle) = Network::<_, NodeKey>::new(
            context.with_attribute("chain", name),
            Config {
                max_size: engine::largest_message(),
                max_peers_per_set: count,
                disconnect_on_block: true,
                tracked_peer_sets: NZUsize!(1),
            },
        );
        network.start();
        let peers: Set<NodeKey> = founded.nodes.iter().cloned().try_collect().unwrap();
        oracle.manager().track(0, peers);
        let nodes = founded.nodes.iter().map(|_| Mutex::default()).collect();
        let chain = Self {
            simulation: simulation.clone(),
            founded,
            seats,
            on_final,
            notes: Notes::default(),
            oracle,
            nodes,
        };
        chain.heal(road).await;
        for index in 0..chain.nodes.len() {
            chain.restart(index).await;
        }
        chain
    }

    /// What was overheard of its nodes.
    pub const fn notes(&self) -> &Notes {
        &self.notes
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// A node that runs. Nothing of it may be held when the run ends.
    pub fn node(&self, index: usize) -> Option<Arc<dyn Chain>> {
        let node = self.nodes[index].lock().unwrap();
        node.1.as_ref().map(|alive| alive.chain.clone())
    }

    /// A node stops wherever it is. Its files stay as they are.
    pub fn crash(&self, index: usize) {
        if let Some(alive) = self.nodes[index].lock().unwrap().1.take() {
            alive.task.abort();
        }
    }

    /// Starts a node, if it does not run.
    pub async fn restart(&self, index: usize) {
        let life = {
            let mut node = self.nodes[index].lock().unwrap();
            if node.1.is_some() {
                return;
            }
            node.0 += 1;
            node.0
        };
        let (name, me) = (&self.founded.genesis.file.name, &self.founded.nodes[index]);
        let control = self.oracle.control(me.clone());
        let mut channels = Vec::with_capacity(CHANNELS);
        for id in 0..CHANNELS as u64 {
            channels.push(control.register(id, QUOTA).await.unwrap());
        }
        let context = self.simulation.context().child("node");
        let context = context
            .with_attribute("chain", name)
            .with_attribute("index", index)
            .with_attribute("life", life);
        let (seat, on_final) = (&self.seats[index], self.on_final.clone());
        let setup = Setup {
            founded: self.founded.clone(),
            index,
            partition: format!("{name}-{index}"),
            machine: Arc::new((seat.machine)()),
            keep: Arc::new(move |block| {
                on_final(index, block);
                Ok(())
            }),
            on_tip: Arc::new(|_, _, _| {}),
            oracle: self.oracle.clone(),
            notes: self.notes.clone(),
            vice: seat.vice,
            stash: seat.stash.clone(),
            ahead_ms: seat.ahead_ms,
            votes: true,
            vault: Arc::new(InMemory::default()),
            keep_blocks: None,
            sync_state: false,
        };
        let context = Local::new(context, seat.ahead_ms);
        let (task, chain) = node::start(context, setup, channels).await;
        self.nodes[index].lock().unwrap().1 = Some(Alive { task, chain });
    }

    /// From now on, messages between these two nodes travel like this.
    pub async fn link(&self, from: usize, to: usize, road: Road) {
        let (from, to) = (&self.founded.nodes[from], &self.founded.nodes[to]);
        // at the beginning there is none
        let _removed = self.oracle.remove_link(from.clone(), to.clone()).await;
        let link = road.link();
        let added = self.oracle.add_link(from.clone(), to.clone(), link);
        added.await.unwrap();
    }

    /// From now on, messages between those named and all others travel like this, in both directions.
    pub async fn divide(&self, some: &[usize], road: Road) {
        for from in 0..self.len() {
            for to in 0..self.len() {
                if some.contains(&from) != some.contains(&to) {
                    self.link(from, to, road).await;
                }
            }
        }
    }

    /// From now on, all messages travel like this.
    pub async fn heal(&self, road: Road) {
        for from in 0..self.len() {
            for to in (0..self.len()).filter(|to| *to != from) {
                self.link(from, to, road).await;
            }
        }
    }

    /// Nodes, by their places, that blocked others, by theirs.
    pub async fn blocked(&self) -> Vec<(usize, usize)> {
        let nodes = &self.founded.nodes;
        let place = |key: &NodeKey| nodes.iter().position(|node| node == key).unwrap();
        let blocked = self.oracle.blocked().await.unwrap().into_iter();
        blocked
            .map(|(by, whom)| (place(&by), place(&whom)))
            .collect()
    }
}
