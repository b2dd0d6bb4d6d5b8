//! What a run knows from outside the nodes: who runs, what was submitted, what each node said became of it, and
//! everything that must not have happened.

use commonware_p2p::simulated::Oracle;
use commonware_runtime::deterministic;
use pangolin_chain::{
    app::FinalBlock,
    handle::Chain,
    pool::Fate,
    simulated::conduct::{Notes, Overheard},
    types::NodeKey,
};
use pangolin_ledger::{Receipt, TxId};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, Weak},
};

/// What became of a submission, as its node said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Final { height: u64, receipt: Arc<Receipt> },
    Refused(&'static str),
    Expired,
}

impl From<Fate> for Told {
    fn from(fate: Fate) -> Self {
        match fate {
            Fate::Final { height, receipt } => Self::Final { height, receipt },
            Fate::Refused(refusal) => Self::Refused(refusal.code),
            Fate::Expired { .. } => Self::Expired,
        }
    }
}

/// A transaction handed to one run of one node.
#[derive(Clone, Debug)]
pub(crate) struct Submission {
    pub(crate) node: usize,
    pub(crate) life: u32,
    pub(crate) tx: TxId,
    pub(crate) told: Option<Told>,
    /// What whoever asked again after a refusal was told.
    pub(crate) again: Option<Told>,
}

/// One start of a node.
#[derive(Clone)]
pub(crate) struct Running {
    pub(crate) life: u32,
    /// Held by the simulator, which must see it go before the run ends.
    pub(crate) chain: Weak<dyn Chain>,
}

/// How far the load of a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Stage {
    #[default]
    Ahead,
    UnderWay,
    Over,
}

#[derive(Default)]
pub(crate) struct Inner {
    pub(crate) running: BTreeMap<usize, Running>,
    pub(crate) submissions: Vec<Submission>,
    pub(crate) load: Stage,
    /// What the first node that applied a height said of it.
    pub(crate) blocks: BTreeMap<u64, FinalBlock>,
    pub(crate) notes: Notes,
    pub(crate) violations: Vec<String>,
    /// What the judge found.
    pub(crate) verdict: Option<String>,
    /// Whether a start that was to be cut off had come to its end before.
    pub(crate) late_was_ready: bool,
    /// Nodes that lost their votes and do not vote.
    pub(crate) abstaining: BTreeSet<usize>,
    /// Nodes that abstained and vote again.
    pub(crate) abstained: BTreeSet<usize>,
    pub(crate) oracle: Option<Oracle<NodeKey, deterministic::Context>>,
    pub(crate) judge: Option<deterministic::Context>,
}

/// Shared by everything in one run.
#[derive(Clone, Default)]
pub(crate) struct World(Arc<Mutex<Inner>>);

impl World {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// Whether the load is still ahead; it is under way from here on.
    pub(crate) fn begins_load(&self) -> bool {
        let mut inner = self.lock();
        let ahead = inner.load == Stage::Ahead;
        if ahead {
            inner.load = Stage::UnderWay;
        }
        ahead
    }

    /// A node started; returns which of its lives this is.
    pub(crate) fn started(&self, node: usize, chain: &Arc<dyn Chain>) {
        let mut inner = self.lock();
        let life = inner.running.get(&node).map_or(0, |before| before.life + 1);
        inner.running.insert(
            node,
            Running {
                life,
                chain: Arc::downgrade(chain),
            },
        );
    }

    /// A node that lost its votes runs without voting.
    pub(crate) fn abstains(&self, node: usize, chain: &Arc<dyn Chain>) {
        self.started(node, chain);
        self.lock().abstaining.insert(node);
    }

    /// It votes again.
    pub(crate) fn votes_again(&self, node: usize, chain: &Arc<dyn Chain>) {
        self.started(node, chain);
        let mut inner = self.lock();
        inner.abstaining.remove(&node);
        inner.abstained.insert(node);
    }

    /// A node applied a final block: every node must say the same of a height, however often.
    pub(crate) fn applied(&self, node: usize, block: &FinalBlock) {
        let mut inner = self.lock();
        let height = block.block.header.height.get();
        match inner.blocks.get(&height) {
            None => {
                inner.blocks.insert(height, block.clone());
            }
            Some(first) if first.block == block.block && first.receipts == block.receipts => {}
            Some(_) => {
                inner.violations.push(format!(
                    "node {node} applied another block or other receipts at height {height}"
                ));
            }
        }
    }

    /// Whether the load is over, every submission to a node that has not crashed since has met its fate, and nobody abstains.
    pub(crate) fn settled(&self) -> bool {
        let inner = self.lock();
        inner.load == Stage::Over && inner.abstaining.is_empty() && inner.open().next().is_none()
    }
}

impl Inner {
    /// What was overheard of the nodes.
    pub(crate) fn notes(&self) -> MutexGuard<'_, Overheard> {
        self.notes.lock().unwrap()
    }

    /// Submissions that wait for their fate at a node that still lives the same life.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Submission> {
        self.submissions.iter().filter(|submission| {
            submission.told.is_none()
                && self
                    .running
                    .get(&submission.node)
                    .is_some_and(|running| running.life == submission.life)
        })
    }
}

impl World {
    /// Where a run stands, for a message about one that did not end.
    pub(crate) fn describe(&self) -> String {
        let inner = self.lock();
        let heights: Vec<_> = inner
            .running
            .iter()
            .map(|(node, running)| {
                let height = running.chain.upgrade().map(|chain| chain.status().height);
                (*node, running.life, height)
            })
            .collect();
        format!(
            "(node, life, height) {heights:?}, {} submitted, {} open, abstaining {:?}, load {:?}, violations {:?}, verdict {:?}",
            inner.submissions.len(),
            inner.open().count(),
            inner.abstaining,
            inner.load,
            inner.violations,
            inner.verdict
        )
    }
}
