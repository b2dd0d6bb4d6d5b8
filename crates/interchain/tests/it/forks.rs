//! A chain that certifies two blocks of one height, shown by different nodes of it: it is noticed, and those who believe it are told. With
//! real certificates and the real rules of those who are told.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::future::{BoxFuture, FutureExt as _};
use pangolin_interchain::{
    Board, ChainStatus, Detector, ForkStatus, Port, PortError, Ports, Relay, Settings, Witness,
};
use pangolin_ledger::{
    ChainId, GovernanceAction, Height,
    state::{ForeignChain, Fork, keys},
};
use pangolin_proof::{
    made_up::{Committee, digest},
    trust::FinalHeader,
};

use crate::{
    paper::machine,
    trade::{CHAINS, Trade},
};

/// A node of the chain: what it shows at which height.
struct Node {
    address: &'static str,
    blocks: Mutex<BTreeMap<u64, FinalHeader>>,
    silent: Mutex<bool>,
}

impl Node {
    fn shows(&self, header: FinalHeader) {
        let height = header.headers[0].height.get();
        self.blocks.lock().unwrap().insert(height, header);
    }
}

impl Witness for Node {
    fn address(&self) -> &str {
        self.address
    }

    fn header(&self, height: Option<Height>) -> BoxFuture<'_, Result<FinalHeader, PortError>> {
        async move {
            if *self.silent.lock().unwrap() {
                return Err(PortError::new("unreachable", "it does not answer"));
            }
            let blocks = self.blocks.lock().unwrap();
            let found = match height {
                Some(height) => blocks.get(&height.0),
                None => blocks.last_key_value().map(|(_, header)| header),
            };
            found
                .cloned()
                .ok_or_else(|| PortError::new("not-final", "no such block"))
        }
        .boxed()
    }
}

/// Chains of a trade, of which two believe a further one, and three nodes of that.
struct Stage {
    trade: Trade,
    committee: Committee,
    nodes: [Arc<Node>; 3],
    board: Arc<Board>,
    detector: Detector,
}

/// The chain that is watched is one that the relay carries for: here it stands in the place of the third.
fn chain() -> ChainId {
    CHAINS[2]
}

impl Stage {
    fn new() -> Self {
        let committee = Committee::of(7, chain().0.into(), "south");
        let trade = Trade::knowing(60_000, |_, other| other != 2);
        for at in [0, 1] {
            trade.decides(
                at,
                GovernanceAction::RegisterChain {
                    chain: chain(),
                    name: "south".into(),
                    key: committee.trusted.key_bytes(),
                    freshness_ms: 60_000,
                },
            );
        }
        let nodes = ["one", "two", "three"].map(|address| {
            Arc::new(Node {
                address,
                blocks: Mutex::default(),
                silent: Mutex::default(),
            })
        });
        let ports: Ports = CHAINS
            .iter()
            .zip(&trade.chains)
            .map(|(id, paper)| (*id, paper.clone() as Arc<dyn Port>))
            .collect();
        let relay = Relay::new(machine(), ports.clone(), Settings::default());
        let board = relay.board();
        let witnesses = nodes.iter().map(|node| node.clone() as Arc<dyn Witness>);
        let detector = Detector::new(
            committee.trusted.clone(),
            witnesses.collect(),
            ports,
            board.clone(),
            Duration::from_millis(1),
        );
        Self {
            trade,
            committee,
            nodes,
            board,
            detector,
        }
    }

    fn block(&self, height: u64, kind: u8) -> FinalHeader {
        let header = self.committee.header(height, digest(1), digest(kind));
        self.committee.certified(header)
    }

    /// What nodes show of heights 1 to `height`.
    fn grow(&self, nodes: &[usize], height: u64) {
        for at in nodes {
            for height in 1..=height {
                self.nodes[*at].shows(self.block(height, 2));
            }
        }
    }

    fn status(&self) -> ChainStatus {
        let mut chains = self.board.chains().into_iter();
        chains
            .find(|known| known.chain == chain().to_string())
            .unwrap()
    }

    fn trouble(&self, witness: &str) -> Option<String> {
        self.status().witnesses[witness].trouble.clone()
    }

    fn fork(&self) -> Option<ForkStatus> {
        self.status().fork
    }

    fn suspended(&self, at: usize) -> bool {
        let record: ForeignChain = self.trade.chains[at]
            .get(&keys::foreign_chain(&chain()))
            .unwrap();
        record.suspended.is_some()
    }
}

#[tokio::test]
async fn what_two_nodes_show_differently_is_told_to_all_who_believe_the_chain() {
    let mut stage = Stage::new();
    stage.grow(&[0, 1, 2], 20);
    stage.detector.round().await;
    assert_eq!(
        (stage.fork(), stage.status().witnesses["one"].height),
        (None, 20)
    );
    // one node is ahead, one behind: they are compared where they can be
    stage.grow(&[0], 23);
    stage.detector.round().await;
    assert_eq!(stage.fork(), None);
    // two go on differently while the third stands still
    stage.nodes[0].shows(stage.block(24, 2));
    stage.nodes[1].shows(stage.block(24, 3));
    stage.nodes[1].shows(stage.block(25, 3));
    stage.detector.round().await;
    let fork = stage.fork().unwrap();
    assert_eq!(
        (fork.height, &fork.shown_by[..]),
        (24, &["one".into(), "two".into()][..])
    );
    let blocks = [2, 3].map(|kind| stage.block(24, kind).headers[0].digest().to_string());
    assert_eq!(fork.blocks, blocks);
    for at in [0, 1] {
        assert!(stage.suspended(at));
        let known: Fork = stage.trade.chains[at].get(&keys::fork(&chain())).unwrap();
        assert_eq!(known.at, Height(24));
        assert_eq!(fork.told[stage.trade.chains[at].name()], "knows it");
    }
    let metrics = stage.board.metrics();
    for expect in [
        "pangolin_relay_forked{chain=\"south\"} 1",
        "pangolin_relay_forked{chain=\"east\"} 0",
        "pangolin_relay_witness_up{chain=\"south\",witness=\"two\"} 1",
    ] {
        assert!(metrics.contains(expect), "{expect}: {metrics}");
    }

    // a lower one says nothing more
    *stage.nodes[1].silent.lock().unwrap() = true;
    stage.nodes[2].shows(stage.block(23, 3));
    stage.detector.round().await;
    assert_eq!(stage.fork().unwrap().height, 24);
    *stage.nodes[1].silent.lock().unwrap() = false;

    // told once; who takes the chain back is not told of the same again, and of a later one is
    let height = stage.trade.chains[0].height();
    stage.detector.round().await;
    assert_eq!(
        stage.trade.chains[0].height(),
        height,
        "nothing is handed in again"
    );
    stage
        .trade
        .decides(0, GovernanceAction::ResumeChain { chain: chain() });
    stage.detector.round().await;
    assert!(!stage.suspended(0));
    stage.nodes[0].shows(stage.block(25, 2));
    stage.detector.round().await;
    assert_eq!(stage.fork().unwrap().height, 25);
    assert!(stage.suspended(0));
}

/// A node that shows another history than it did is found by its own word.
#[tokio::test]
async fn a_node_that_changes_its_history_contradicts_itself() {
    let mut stage = Stage::new();
    stage.grow(&[0], 20);
    stage.detector.round().await;
    stage.nodes[0].shows(stage.block(20, 3));
    stage.nodes[0].shows(stage.block(21, 3));
    stage.detector.round().await;
    let fork = stage.fork().unwrap();
    assert_eq!(
        (fork.height, &fork.shown_by[..]),
        (20, &["one".into(), "one".into()][..])
    );
    assert!(stage.suspended(0) && stage.suspended(1));
}

/// Whoever shows what does not hold is listed, shows no fork, and keeps nobody from being compared.
#[tokio::test]
async fn lying_nodes_are_listed_and_change_nothing() {
    let mut stage = Stage::new();
    stage.grow(&[0], 20);
    let strangers = Committee::of(8, chain().0.into(), "strangers");
    let forged = strangers.header(20, digest(1), digest(3));
    stage.nodes[1].shows(strangers.certified(forged));
    let elsewhere = Committee::of(7, CHAINS[0].0.into(), "elsewhere");
    stage.nodes[2].shows(elsewhere.certified(elsewhere.header(20, digest(1), digest(3))));
    stage.detector.round().await;
    assert_eq!(stage.trouble("one"), None);
    assert!(stage.trouble("two").unwrap().contains("(bad-certificate)"));
    assert!(stage.trouble("three").unwrap().contains("(other-chain)"));
    assert!(
        stage
            .board
            .metrics()
            .contains("witness_up{chain=\"south\",witness=\"three\"} 0")
    );
    // an old block in the place of the one that was asked for
    let stale = stage.block(3, 2);
    stage.nodes[2].blocks.lock().unwrap().clear();
    stage.nodes[2].blocks.lock().unwrap().insert(20, stale);
    stage.detector.round().await;
    assert!(stage.trouble("three").unwrap().contains("(other-height)"));
    *stage.nodes[1].silent.lock().unwrap() = true;
    stage.detector.round().await;
    assert!(stage.trouble("two").unwrap().contains("(unreachable)"));
    assert_eq!(stage.fork(), None);
    // the real thing is noticed beside them
    *stage.nodes[1].silent.lock().unwrap() = false;
    stage.nodes[1].blocks.lock().unwrap().clear();
    stage.nodes[1].shows(stage.block(20, 3));
    stage.detector.round().await;
    assert_eq!(stage.fork().unwrap().height, 20);
    assert_eq!(stage.trouble("two"), None);
}

/// A chain that cannot be told is told later; the others are told at once.
#[tokio::test]
async fn who_cannot_be_reached_is_told_later() {
    let mut stage = Stage::new();
    stage.grow(&[0, 1], 20);
    stage.nodes[1].shows(stage.block(20, 3));
    let failing = &stage.trade.chains[0].failing;
    failing.store(1_000, std::sync::atomic::Ordering::Relaxed);
    stage.detector.round().await;
    assert!(stage.suspended(1) && !stage.suspended(0));
    let told = stage.fork().unwrap().told;
    assert!(told["east"].contains("(connection)"), "{told:?}");
    assert_eq!(told["west"], "knows it");
    let failing = &stage.trade.chains[0].failing;
    failing.store(0, std::sync::atomic::Ordering::Relaxed);
    stage.detector.round().await;
    assert!(stage.suspended(0));
    assert_eq!(stage.fork().unwrap().told["east"], "knows it");
}
