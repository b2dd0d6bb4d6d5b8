//! Votes that show to anybody who gave them.
//!
//! A vote of the engine is a part of a threshold signature. Such parts do not name their signer to a third party: whoever holds
//! as many of them as a certificate needs can compute everybody else's. An honest validator that voted for the leader's
//! other block could be made to look as if it had voted for both. So each vote leaves a node in a *ballot*, with a signature of
//! the node's own key, and a ballot without one is not counted.
//!
//! **What holds.** Two ballots of one key that contradict each other show that its holder signed both, or let somebody else sign. Nobody
//! can make them for it. An honest node does not sign both: it does not vote twice in a turn, and without its journal of votes it does not
//! vote ([`crate::abstain`]).
//!
//! **What is found.** A node compares the ballots that it gets. A leader that proposes two blocks to two groups shows each of them
//! one of its ballots only; so a node that sees votes for two blocks in one turn sends the ballots of that turn's leader on
//! (`Seen::shared`), and whoever holds the other one has both. A validator that is not the leader and votes for
//! two blocks is found where both ballots reach one honest node. That somebody voted for an invalid block is not evidence: what
//! is valid depends on the state.

use bytes::{Bytes, BytesMut};
use commonware_actor::{Feedback, Unreliable};
use commonware_codec::{Copying, DecodeExt as _, Encode as _, Read as _, ReadExt as _, Write as _};
use commonware_codec::{FixedSize as _, RangeCfg};
use commonware_consensus::simplex::types::Vote;
use commonware_consensus::{Epochable as _, Viewable as _};
use commonware_cryptography::{Signer as _, Verifier as _, ed25519::Signature};
use commonware_p2p::{CheckedSender, LimitedSender, Message, Receiver, Recipients};
use commonware_runtime::{IoBuf, IoBufs};
use pangolin_ledger::{
    ChainId,
    evidence::{BadEvidence, Contradicted},
    limits::MAX_CONTRADICTION_BYTES,
    state::Contradiction,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};
use tracing::debug;

use super::to_ledger;
use crate::types::{Digest, NodeKey, NodeSecret, Scheme};

const DOMAIN: &[u8] = b"pangolin/ballot/1/";

/// Turns of which one validator's ballots are remembered.
const TURNS: usize = 64;

/// Bytes that a ballot adds to a vote.
pub const BALLOT_BYTES: usize = Signature::SIZE;

/// Largest vote in a ballot that is sent on, in bytes.
const MAX_VOTE_BYTES: usize = 512;

/// What ballots of a chain are signed under.
pub fn namespace(chain: &[u8]) -> Vec<u8> {
    [DOMAIN, chain].concat()
}

/// A vote and its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ballot {
    /// The engine's vote.
    pub vote: Bytes,
    /// By the node's own key.
    pub signature: Signature,
}

impl Ballot {
    /// Signs a vote.
    pub fn sign(secret: &NodeSecret, namespace: &[u8], vote: Bytes) -> Self {
        let signature = secret.sign(namespace, &vote);
        Self { vote, signature }
    }

    /// Whether `by` signed it.
    pub fn is_of(&self, by: &NodeKey, namespace: &[u8]) -> bool {
        by.verify(namespace, &self.vote, &self.signature)
    }

    /// As it travels.
    pub fn to_bytes(&self) -> Bytes {
        let mut bytes = BytesMut::with_capacity(self.vote.len() + BALLOT_BYTES);
        bytes.extend_from_slice(&self.vote);
        bytes.extend_from_slice(self.signature.as_ref());
        bytes.freeze()
    }

    /// Takes apart what travelled.
    pub fn from_bytes(mut bytes: Bytes) -> Option<Self> {
        let at = bytes.len().checked_sub(BALLOT_BYTES)?;
        let signature = bytes.split_off(at);
        let signature = Signature::decode(Copying(&signature)).ok()?;
        Some(Self {
            vote: bytes,
            signature,
        })
    }

    /// What it says: whether a block is there, final, or a turn over, in which turn.
    fn says(&self) -> Option<Says> {
        let vote = Vote::<Scheme, Digest>::decode(Copying(&self.vote)).ok()?;
        let (epoch, view) = (vote.epoch().get(), vote.view().get());
        let (kind, block) = match vote {
            Vote::Notarize(vote) => (Kind::Notarize, Some(vote.proposal.payload)),
            Vote::Nullify(_) => (Kind::Nullify, None),
            Vote::Finalize(vote) => (Kind::Finalize, Some(vote.proposal.payload)),
        };
        Some(Says {
            epoch,
            view,
            kind,
            block,
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Notarize,
    Nullify,
    Finalize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Says {
    epoch: u64,
    view: u64,
    kind: Kind,
    block: Option<Digest>,
}

/// How two statements of one validator contradict each other, if they do.
fn contradiction(one: &Says, other: &Says) -> Option<Contradiction> {
    if (one.epoch, one.view) != (other.epoch, other.view) {
        return None;
    }
    match (one.kind, other.kind) {
        (Kind::Notarize, Kind::Notarize) if one.block != other.block => {
            Some(Contradiction::Notarized)
        }
        (Kind::Finalize, Kind::Finalize) if one.block != other.block => {
            Some(Contradiction::Finalized)
        }
        (Kind::Nullify, Kind::Finalize) | (Kind::Finalize, Kind::Nullify) => {
            Some(Contradiction::Skipped)
        }
        _ => None,
    }
}

/// Two ballots of one validator, as the chain records them.
pub(super) fn evidence(by: &NodeKey, one: &Ballot, other: &Ballot) -> Vec<u8> {
    let mut bytes = by.encode().to_vec();
    for ballot in [one, other] {
        ballot.to_bytes().write(&mut bytes);
    }
    bytes
}

/// What evidence shows.
pub(super) fn contradicted(chain: &ChainId, evidence: &[u8]) -> Result<Contradicted, BadEvidence> {
    let bad = |code, message: &str| BadEvidence {
        code,
        message: message.into(),
    };
    let parts = || -> Option<(NodeKey, Ballot, Ballot)> {
        let mut buf = Copying(evidence);
        let by = NodeKey::read(&mut buf).ok()?;
        let mut ballot = || {
            let range = RangeCfg::from(0..=MAX_CONTRADICTION_BYTES);
            Ballot::from_bytes(Bytes::read_cfg(&mut buf, &range).ok()?)
        };
        let (one, other) = (ballot()?, ballot()?);
        let whole = self::evidence(&by, &one, &other) == evidence;
        whole.then_some((by, one, other))
    };
    let (by, one, other) =
        parts().ok_or_else(|| bad("ballots-syntax", "the two ballots cannot be read"))?;
    let namespace = namespace(&chain.0);
    if !one.is_of(&by, &namespace) || !other.is_of(&by, &namespace) {
        return Err(bad(
            "ballots-signature",
            "a ballot is not signed by the validator",
        ));
    }
    let says = one.says().zip(other.says());
    let (says, kind) = says
        .and_then(|(one, other)| Some((one, contradiction(&one, &other)?)))
        .ok_or_else(|| {
            bad(
                "ballots-agree",
                "the two ballots do not contradict each other",
            )
        })?;
    Ok(Contradicted {
        validator: to_ledger(&by),
        kind,
        epoch: says.epoch,
        view: says.view,
    })
}

/// What was seen that others should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// A validator contradicted itself: evidence for the chain.
    Contradiction(Vec<u8>),
    /// A leader's ballot in a turn with votes for two blocks.
    Shared(Box<(NodeKey, Ballot)>),
}

/// The ballots of one validator in one turn, by kind.
type Turn = BTreeMap<Kind, (Says, Ballot)>;

/// The ballots of one epoch.
#[derive(Debug)]
struct Book {
    epoch: u64,
    validators: Vec<NodeKey>,
    turns: BTreeMap<NodeKey, BTreeMap<u64, Turn>>,
    /// Turns of which the leader's ballot was sent on.
    shared: BTreeSet<u64>,
}

/// Where the ballots of an epoch are held against each other. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Booth {
    namespace: Arc<[u8]>,
    book: Arc<Mutex<Book>>,
}

impl Booth {
    /// For an epoch with these validators, in the order in which they lead.
    pub(crate) fn new(chain: &Digest, epoch: u64, validators: Vec<NodeKey>) -> Self {
        Self {
            namespace: namespace(chain.as_ref()).into(),
            book: Arc::new(Mutex::new(Book {
                epoch,
                validators,
                turns: BTreeMap::new(),
                shared: BTreeSet::new(),
            })),
        }
    }

    /// Takes note of a ballot of `by`. Nothing is seen in one that `by` did not sign, or that is of nobody here.
    pub(crate) fn hand_in(&self, by: &NodeKey, ballot: &Ballot) -> Option<Vec<Seen>> {
        if !ballot.is_of(by, &self.namespace) {
            return None;
        }
        Some(self.note(by, ballot))
    }

    fn note(&self, by: &NodeKey, ballot: &Ballot) -> Vec<Seen> {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(says) = ballot.says() else {
            return Vec::new();
        };
        if says.epoch != book.epoch || !book.validators.contains(by) {
            return Vec::new();
        }
        let mut seen = Vec::new();
        let turns = book.turns.entry(by.clone()).or_default();
        let turn = turns.entry(says.view).or_default();
        let against = turn
            .values()
            .find(|(other, _)| contradiction(other, &says).is_some());
        if let Some((_, other)) = against {
            seen.push(Seen::Contradiction(evidence(by, other, ballot)));
        }
        turn.entry(says.kind)
            .or_insert_with(|| (says, ballot.clone()));
        while turns.len() > TURNS {
            turns.pop_first();
        }
        seen.extend(book.share(says.view));
        seen
    }
}

impl Book {
    /// The leader's ballot of a turn in which there are votes for two blocks, once.
    fn share(&mut self, view: u64) -> Option<Seen> {
        if self.shared.contains(&view) {
            return None;
        }
        let of_turn = self.turns.values().filter_map(|turns| turns.get(&view));
        let mut blocks: Vec<Digest> = of_turn
            .filter_map(|turn| turn.get(&Kind::Notarize)?.0.block)
            .collect();
        blocks.sort_unstable();
        blocks.dedup();
        if blocks.len() < 2 {
            return None;
        }
        // the engine's validators take turns, one turn later in each epoch
        let count = u64::try_from(self.validators.len()).ok()?;
        let leader = self.epoch.wrapping_add(view).checked_rem(count)?;
        let leader = self.validators.get(usize::try_from(leader).ok()?)?.clone();
        let (_, ballot) = self.turns.get(&leader)?.get(&view)?.get(&Kind::Notarize)?;
        let ballot = ballot.clone();
        self.shared.insert(view);
        while self.shared.len() > TURNS {
            self.shared.pop_first();
        }
        Some(Seen::Shared(Box::new((leader, ballot))))
    }
}

impl commonware_codec::Write for Ballot {
    fn write(&self, buf: &mut impl bytes::BufMut) {
        self.vote.write(buf);
        self.signature.write(buf);
    }
}

impl commonware_codec::EncodeSize for Ballot {
    fn encode_size(&self) -> usize {
        self.vote.encode_size() + BALLOT_BYTES
    }
}

impl commonware_codec::Read for Ballot {
    type Cfg = ();

    fn read_cfg(
        buf: &mut impl commonware_codec::Buf,
        (): &(),
    ) -> Result<Self, commonware_codec::Error> {
        Ok(Self {
            vote: Bytes::read_cfg(buf, &RangeCfg::from(0..=MAX_VOTE_BYTES))?,
            signature: Signature::read(buf)?,
        })
    }
}

/// Puts what the engine sends into ballots.
#[derive(Clone)]
pub(crate) struct Signing<S> {
    pub(crate) inner: S,
    pub(crate) secret: NodeSecret,
    pub(crate) namespace: Arc<[u8]>,
}

/// A vote whose recipients passed the limits of the channel.
pub(crate) struct CheckedSigning<'a, C> {
    inner: C,
    secret: &'a NodeSecret,
    namespace: &'a [u8],
}

impl<S: LimitedSender<PublicKey = NodeKey>> LimitedSender for Signing<S> {
    type PublicKey = NodeKey;
    type Checked<'a> = CheckedSigning<'a, S::Checked<'a>>;

    fn check(&mut self, recipients: Recipients<NodeKey>) -> Result<Self::Checked<'_>, SystemTime> {
        Ok(CheckedSigning {
            inner: self.inner.check(recipients)?,
            secret: &self.secret,
            namespace: &self.namespace,
        })
    }
}

impl<C: CheckedSender<PublicKey = NodeKey>> CheckedSender for CheckedSigning<'_, C> {
    type PublicKey = NodeKey;

    fn recipients(&self) -> Vec<NodeKey> {
        self.inner.recipients()
    }

    fn send(self, message: impl Into<IoBufs> + Send, priority: bool) -> Unreliable<Feedback> {
        let vote = Bytes::from(message.into().coalesce());
        let ballot = Ballot::sign(self.secret, self.namespace, vote);
        self.inner.send(ballot.to_bytes(), priority)
    }
}

/// Gives the engine the votes of signed ballots, and tells of what was seen in them.
pub(crate) struct Checking<R> {
    pub(crate) inner: R,
    pub(crate) booth: Booth,
    pub(crate) seen: tokio::sync::mpsc::UnboundedSender<Seen>,
}

impl<R> fmt::Debug for Checking<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checking").finish_non_exhaustive()
    }
}

impl<R: Receiver<PublicKey = NodeKey>> Receiver for Checking<R> {
    type Error = R::Error;
    type PublicKey = NodeKey;

    async fn recv(&mut self) -> Result<Message<NodeKey>, R::Error> {
        loop {
            let (peer, message) = self.inner.recv().await?;
            let ballot = Ballot::from_bytes(Bytes::from(message));
            let Some((ballot, seen)) = ballot
                .and_then(|ballot| Some((ballot.clone(), self.booth.hand_in(&peer, &ballot)?)))
            else {
                debug!(%peer, "a vote that its sender did not sign is not counted");
                continue;
            };
            for seen in seen {
                // nobody listens once the node is stopping
                let _ended = self.seen.send(seen);
            }
            return Ok((peer, IoBuf::from(ballot.vote)));
        }
    }

    fn capacity(&self) -> NonZeroUsize {
        self.inner.capacity()
    }
}
