//! One node in the deterministic runtime: the real engine on simulated sockets and disks.

use bytes::Bytes;
use commonware_p2p::simulated::{Oracle, Receiver, Sender};
use commonware_runtime::{Handle, Supervisor as _, deterministic};
use futures::future::{BoxFuture, FutureExt as _};
use pangolin_ledger::{Machine, SignedTransaction, Wire as _};
use std::sync::Arc;
use tokio::sync::mpsc;

use super::{
    clock::Local,
    conduct::{self, Notes, Vice, Who},
    founding::Founded,
    wire::Tapped,
};
use crate::{
    app::Keep,
    engine::{self, Config, OnTip, Timing},
    handle::Chain,
    node,
    pool::Pending,
    seats::vault::Vault,
    types::NodeKey,
};

/// Both ends of every channel of a node.
pub type Channels = Vec<(Sender<NodeKey, deterministic::Context>, Receiver<NodeKey>)>;

/// How one node is started.
pub struct Setup {
    /// The chain.
    pub founded: Founded,
    /// Which of its nodes this is.
    pub index: usize,
    /// Prefix of its files.
    pub partition: String,
    /// Its rules.
    pub machine: Arc<Machine>,
    /// Told of its final blocks.
    pub keep: Keep,
    /// Told of the network's final tips.
    pub on_tip: OnTip,
    /// The network.
    pub oracle: Oracle<NodeKey, deterministic::Context>,
    /// Where what it sends is written down.
    pub notes: Notes,
    /// What it does that it must not.
    pub vice: Option<Vice>,
    /// Put into its pool past every check.
    pub stash: Option<SignedTransaction>,
    /// How far its clock is ahead, in milliseconds.
    pub ahead_ms: i64,
    /// Whether it may vote in this run.
    pub votes: bool,
    /// Where its shares of later epochs are.
    pub vault: Arc<dyn Vault>,
    /// Final blocks it keeps; everything when `None`.
    pub keep_blocks: Option<usize>,
    /// Whether it fetches the state if it has none.
    pub sync_state: bool,
}

/// Starts a node. It ends with its handle.
///
/// Boxed so that the engine is compiled for this runtime once, with this crate.
pub fn start(
    context: Local,
    setup: Setup,
    channels: Channels,
) -> BoxFuture<'static, (Handle<()>, Arc<dyn Chain>)> {
    run(context, setup, channels).boxed()
}

async fn run(context: Local, setup: Setup, channels: Channels) -> (Handle<()>, Arc<dyn Chain>) {
    let (founded, index) = (&setup.founded, setup.index);
    let (genesis, me) = (&founded.genesis, founded.nodes[index].clone());
    let share = founded.shares.get_value(&me).filter(|_| setup.votes);
    let scheme = node::scheme_of(genesis, &me, share.cloned()).unwrap();
    let (finals, _) = mpsc::unbounded_channel();
    let (outgoing, outgoing_receiver) = mpsc::unbounded_channel();
    let parts = node::parts(genesis, setup.machine, setup.keep, finals).unwrap();
    let (pool, signatures) = (parts.pool.clone(), parts.signatures.clone());
    if let Some(tx) = setup.stash {
        let bytes = Bytes::from(tx.to_bytes());
        pool.insert(Pending::new(Arc::new(tx), bytes)).unwrap();
    }
    let who = Who {
        index,
        me: me.clone(),
        secret: founded.secrets[index].clone(),
        chain: &genesis.chain,
        scheme: &scheme,
        vice: setup.vice,
        notes: setup.notes,
    };
    let conduct = conduct::of(who, channels[conduct::VOTES].0.clone());
    let channels: Vec<_> = channels
        .into_iter()
        .enumerate()
        .map(|(channel, (inner, receiver))| {
            let tapped = Tapped {
                inner,
                channel,
                ahead_ms: setup.ahead_ms,
                conduct: conduct.clone(),
            };
            (tapped, receiver)
        })
        .collect();
    if let Some(Vice::Garbage(only)) = setup.vice {
        let garbage = context.child("garbage");
        conduct::spout(garbage, only, &channels, &founded.nodes, &me);
    }
    let engine = engine::start(
        context.child("engine"),
        Config {
            secret: founded.secrets[index].clone(),
            scheme,
            validators: genesis.validators.clone(),
            sharing: genesis.sharing.clone(),
            helpers: Vec::new(),
            silent: !setup.votes,
            vault: setup.vault,
            on_seats: Arc::new(|_| {}),
            pass_on: outgoing.clone(),
            peers: setup.oracle.manager(),
            blocker: setup.oracle.control(me),
            partition: setup.partition,
            cache_bytes: 1 << 20,
            parts,
            outgoing: outgoing_receiver,
            timing: Timing {
                heartbeat: genesis.heartbeat(),
                ..Timing::default()
            },
            on_tip: setup.on_tip,
            meter: Arc::default(),
            keep_blocks: setup.keep_blocks,
            sync_state: setup.sync_state,
        },
        channels,
    )
    .await;
    let handle = context.child("handle");
    let (chain, task) = node::attach(handle, engine, genesis, pool, signatures, outgoing).await;
    (task, chain)
}
