//! What faulty validators do. A liar runs the real node; what leaves it is changed, and it signs what it changed.

use bytes::Bytes;
use commonware_codec::{Copying, DecodeExt as _, Encode as _, varint::UInt};
use commonware_consensus::{
    simplex::types::{Notarize, Proposal, Vote},
    types::Height,
};
use commonware_cryptography::Digestible as _;
use commonware_p2p::{Recipients, Sender as _, simulated, utils::mux};
use commonware_runtime::{Clock as _, IoBuf, Spawner as _, deterministic};
use pangolin_ledger::{SignedTransaction, TxId, Wire as _};
use rand::{RngExt as _, seq::IndexedRandom as _};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{
    clock::Local,
    wire::{Conduct, Outgoing, Tapped},
};
use crate::{
    block::Block,
    seats::ballot::{self, Ballot},
    types::{Digest, NodeKey, NodeSecret, Scheme},
};

/// What was overheard of the nodes of one chain, and what they must not do.
#[derive(Debug, Default)]
pub struct Overheard {
    /// Votes of honest nodes for finality: node and block.
    pub votes: BTreeSet<(usize, Digest)>,
    /// Blocks that no honest node may vote for, each with the reason.
    pub forbidden: BTreeMap<Digest, &'static str>,
    /// Transactions that may be in no final block.
    pub forbidden_txs: BTreeSet<TxId>,
}

/// Shared by all nodes of a chain.
pub type Notes = Arc<Mutex<Overheard>>;

/// The channel of votes.
pub(super) const VOTES: usize = 0;
const BLOCKS: usize = 4;
const SYNC: [usize; 2] = [5, 6];
const SEATS: usize = 9;
const SYNC_TAG_AT: usize = 8;
const SYNC_ANSWER: u8 = 1;

/// How a block is changed by its proposer before it is sent and signed.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// Another root of the records.
    State,
    /// Another root of the receipts.
    Receipts,
    /// A time an hour ahead.
    FarFuture,
    /// A time before the parent's.
    Past,
    /// Another chain.
    OtherChain,
    /// Another height.
    Height,
    /// A transaction that cannot be read.
    Junk,
}

/// What a faulty validator does.
#[derive(Clone, Copy, Debug)]
pub enum Vice {
    /// Sends nothing.
    Silent,
    /// Sends random bytes on every channel, or on one.
    Garbage(Option<usize>),
    /// Proposes two blocks in one view, to different peers.
    Equivocate,
    /// Proposes blocks that reach nobody, as if they were lost.
    Unheard,
    /// Proposes blocks that are wrong in one way.
    Change(Change),
    /// Proposes blocks that hold a transaction its party did not sign; all roots are right.
    BadSignature,
    /// Proposes blocks that hold a transaction that a rule refuses; all roots are right by its own rules.
    BreakRules,
    /// Serves wrong operations to nodes that fetch the state.
    WrongState,
    /// Deals shares that fit nothing, and acknowledges with signatures of nothing.
    WrongDealings,
}

/// Who conducts itself.
pub(super) struct Who<'a> {
    pub(super) index: usize,
    pub(super) me: NodeKey,
    pub(super) secret: NodeSecret,
    pub(super) chain: &'a Digest,
    pub(super) scheme: &'a Scheme,
    pub(super) vice: Option<Vice>,
    pub(super) notes: Notes,
}

/// The conduct of a node.
pub(super) fn of(
    who: Who<'_>,
    votes: simulated::Sender<NodeKey, deterministic::Context>,
) -> Arc<dyn Conduct> {
    let (index, notes) = (who.index, who.notes);
    match who.vice {
        None => Arc::new(Spied { index, notes }),
        Some(vice) => Arc::new(Liar {
            me: who.me,
            secret: who.secret,
            ballots: ballot::namespace(who.chain.as_ref()),
            scheme: who.scheme.clone(),
            vice,
            notes,
            votes: Mutex::new(votes),
            state: Mutex::default(),
        }),
    }
}

/// An honest node, whose votes for finality are written down.
struct Spied {
    index: usize,
    notes: Notes,
}

/// The vote in a ballot, as it travels behind the number of its epoch.
fn vote(bytes: &Bytes) -> Option<Vote<Scheme, Digest>> {
    let (_, ballot) = mux::parse(IoBuf::from(bytes.clone())).ok()?;
    let ballot = Ballot::from_bytes(Bytes::from(ballot))?;
    Vote::decode(Copying(&ballot.vote)).ok()
}

impl Conduct for Spied {
    fn send(&self, channel: usize, message: Outgoing) -> Vec<Outgoing> {
        if channel == VOTES {
            // the first vote of a view says that the block is there; the second, that it is valid
            if let Some(Vote::Finalize(vote)) = vote(&message.1) {
                let block = vote.proposal.payload;
                self.notes.lock().unwrap().votes.insert((self.index, block));
            }
        }
        vec![message]
    }
}

#[derive(Default)]
struct Lies {
    /// Blocks of this proposer by their true digest, as they were sent.
    told: BTreeMap<Digest, Block>,
    /// Votes for own blocks that wait until the block was seen.
    waiting: Vec<(Vec<NodeKey>, Notarize<Scheme, Digest>)>,
}

/// A faulty validator.
struct Liar {
    me: NodeKey,
    secret: NodeSecret,
    ballots: Vec<u8>,
    scheme: Scheme,
    vice: Vice,
    notes: Notes,
    votes: Mutex<simulated::Sender<NodeKey, deterministic::Context>>,
    state: Mutex<Lies>,
}

impl Liar {
    fn lie(&self, block: &Block) -> Option<Block> {
        let mut lie = block.clone();
        let header = &mut lie.header;
        let why = match self.vice {
            Vice::Equivocate => {
                header.time_ms += 1;
                return Some(lie);
            }
            Vice::Change(change) => {
                match change {
                    Change::State => header.state.records.root = Digest::from([7; 32]),
                    Change::Receipts => header.receipts = Digest::from([7; 32]),
                    Change::FarFuture => header.time_ms += 3_600_000,
                    Change::Past => header.time_ms = 1,
                    Change::OtherChain => header.chain = Digest::from([7; 32]),
                    Change::Height => header.height = Height::new(header.height.get() + 1),
                    Change::Junk => {
                        let mut transactions = lie.transactions.as_ref().clone();
                        transactions.push(Bytes::from_static(b"junk"));
                        header.transactions = Block::transactions_root(&transactions);
                        lie = Block::new(header.clone(), transactions);
                    }
                }
                "a changed block"
            }
            Vice::BadSignature | Vice::BreakRules => {
                let notes = self.notes.lock().unwrap();
                let holds = |bytes: &Bytes| {
                    SignedTransaction::from_bytes(bytes)
                        .is_ok_and(|tx| notes.forbidden_txs.contains(&tx.id()))
                };
                if !block.transactions.iter().any(holds) {
                    return None;
                }
                "a block with a forbidden transaction"
            }
            _ => return None,
        };
        self.notes
            .lock()
            .unwrap()
            .forbidden
            .insert(lie.digest(), why);
        Some(lie)
    }

    fn block(&self, (to, bytes): Outgoing) -> Vec<Outgoing> {
        let own = Block::decode(Copying(&bytes))
            .ok()
            .filter(|block| block.header.context.leader == self.me);
        if own.is_some() && matches!(self.vice, Vice::Unheard) {
            return Vec::new();
        }
        let Some((block, lie)) = own.and_then(|block| Some((block.clone(), self.lie(&block)?)))
        else {
            return vec![(to, bytes)];
        };
        let mut state = self.state.lock().unwrap();
        state.told.insert(block.digest(), lie.clone());
        let (ready, waiting) = std::mem::take(&mut state.waiting)
            .into_iter()
            .partition(|(_, vote)| vote.proposal.payload == block.digest());
        state.waiting = waiting;
        drop(state);
        for (to, vote) in ready {
            for (to, bytes) in self.votes_for(&vote, &lie, to) {
                let mut votes = self.votes.lock().unwrap();
                votes.send(Recipients::Some(to), bytes, true);
            }
        }
        let (truth, lied) = self.split(to, block.header.height.get());
        vec![(truth, bytes), (lied, lie.encode())]
    }

    /// Who is told the truth, and who is lied to.
    fn split(&self, mut to: Vec<NodeKey>, height: u64) -> (Vec<NodeKey>, Vec<NodeKey>) {
        if matches!(self.vice, Vice::Equivocate) && to.len() > 1 {
            to.sort();
            let at = 1 + usize::try_from(height).unwrap() % (to.len() - 1);
            let lied = to.split_off(at);
            return (to, lied);
        }
        (Vec::new(), to)
    }

    fn votes_for(
        &self,
        vote: &Notarize<Scheme, Digest>,
        lie: &Block,
        to: Vec<NodeKey>,
    ) -> Vec<Outgoing> {
        let (truth, lied) = self.split(to, lie.header.height.get());
        let proposal = Proposal {
            payload: lie.digest(),
            ..vote.proposal.clone()
        };
        let changed = Notarize::sign(&self.scheme, proposal).unwrap();
        let epoch = vote.proposal.round.epoch().get();
        let encode = |vote| {
            let vote = Vote::<Scheme, Digest>::Notarize(vote).encode();
            let ballot = Ballot::sign(&self.secret, &self.ballots, vote);
            Bytes::from([UInt(epoch).encode(), ballot.to_bytes()].concat())
        };
        vec![(truth, encode(vote.clone())), (lied, encode(changed))]
    }

    fn vote(&self, (to, bytes): Outgoing) -> Vec<Outgoing> {
        let Some(Vote::Notarize(own)) = vote(&bytes) else {
            return vec![(to, bytes)];
        };
        let lies = matches!(self.vice, Vice::Equivocate | Vice::Change(_));
        // a leader votes for its own block alone before anybody else can
        let leads = self.leads(&own);
        if !lies || !leads {
            return vec![(to, bytes)];
        }
        let mut state = self.state.lock().unwrap();
        if let Some(lie) = state.told.get(&own.proposal.payload).cloned() {
            drop(state);
            self.votes_for(&own, &lie, to)
        } else {
            state.waiting.push((to, own));
            Vec::new()
        }
    }

    /// Whether this node leads the view of a vote: validators take turns.
    fn leads(&self, vote: &Notarize<Scheme, Digest>) -> bool {
        use commonware_cryptography::certificate::Scheme as _;
        let participants = self.scheme.participants();
        let view = vote.proposal.round.view().get();
        let leader = usize::try_from(view).unwrap() % participants.len();
        participants.get(leader) == Some(&self.me)
    }
}

impl Conduct for Liar {
    fn send(&self, channel: usize, (to, bytes): Outgoing) -> Vec<Outgoing> {
        let sent = match (self.vice, channel) {
            (Vice::Silent, _) => Vec::new(),
            (_, BLOCKS) => self.block((to, bytes)),
            (_, VOTES) => self.vote((to, bytes)),
            (Vice::WrongState, channel)
                if SYNC.contains(&channel) && bytes.get(SYNC_TAG_AT) == Some(&SYNC_ANSWER) =>
            {
                vec![(to, touched(&bytes))]
            }
            (Vice::WrongDealings, SEATS) => vec![(to, touched(&bytes))],
            _ => vec![(to, bytes)],
        };
        sent.into_iter().filter(|(to, _)| !to.is_empty()).collect()
    }
}

/// The same but for its last bit.
fn touched(bytes: &Bytes) -> Bytes {
    let mut wrong = bytes.to_vec();
    if let Some(last) = wrong.last_mut() {
        *last ^= 1;
    }
    wrong.into()
}

/// Sends random bytes to everybody, from a moment when the chain runs.
pub(super) fn spout(
    context: Local,
    only: Option<usize>,
    channels: &[(Tapped, simulated::Receiver<NodeKey>)],
    nodes: &[NodeKey],
    me: &NodeKey,
) {
    let mut senders: Vec<_> = channels
        .iter()
        .map(|(tapped, _)| tapped.inner.clone())
        .collect();
    let peers: Vec<NodeKey> = nodes.iter().filter(|node| *node != me).cloned().collect();
    context.spawn(move |mut context| async move {
        context.sleep(Duration::from_secs(1)).await;
        loop {
            context.sleep(Duration::from_millis(30)).await;
            let channel = only.unwrap_or_else(|| context.random_range(0..senders.len()));
            let length = context.random_range(0..2_000);
            let mut bytes = vec![0u8; length];
            context.fill(bytes.as_mut_slice());
            let Some(peer) = peers.choose(&mut context).cloned() else {
                return;
            };
            senders[channel].send(Recipients::One(peer), Bytes::from(bytes), false);
        }
    });
}
