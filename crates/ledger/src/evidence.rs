//! The door through which another chain's proofs come in. The ledger states what it needs to know; how finality and state are
//! proven is the affair of whoever implements [`Verifier`].

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    id::{ChainId, ObjectId, PublicKey, SourceId, TimeMs},
    kernel::k09_containment::stock_of,
    state::{
        Assurance, Content, Contradiction, Holder, Key, Mark, Object, Placement, SeenHeader, keys,
    },
    tx::Stated,
};

/// What is proven of an object that goes to another chain besides its record: the groups of it and of whatever is inside it,
/// and what it holds of each class and group.
pub fn beside(id: &ObjectId, object: &Object) -> Vec<Key> {
    let holder = Holder::Container(Placement {
        container: id.clone(),
        epoch: object.epoch,
    });
    let mut wanted: Vec<Key> = object.group.iter().map(keys::group).collect();
    for content in object.inside.keys() {
        if let Content::Group(group) = content {
            wanted.push(keys::group(group));
        }
        wanted.extend(stock_of(content).map(|stock| keys::balance(&holder, &stock)));
    }
    wanted
}

/// What a proof shows of another chain's state at one height.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The final header whose state this is.
    pub header: SeenHeader,
    /// Records by key; `None`: proven not to exist.
    pub entries: BTreeMap<Key, Option<Vec<u8>>>,
}

/// Why a proof shows nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadEvidence {
    /// Stable code.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
}

/// Checks proofs of other chains. Pure: the same bytes have the same answer on every machine and at any time, because
/// validators vote by it.
pub trait Verifier: Send + Sync {
    /// What `evidence` shows of the chain with this identity and key (the key as it was registered).
    fn verify(
        &self,
        chain: &ChainId,
        key: &[u8],
        evidence: &[u8],
    ) -> Result<Arc<Proven>, BadEvidence>;
}

/// An attempt to hand the chain's key on, as who checks it needs it.
#[derive(Debug, Clone, Copy)]
pub struct Resharing<'a> {
    /// This chain.
    pub chain: &'a ChainId,
    /// Its number.
    pub number: u64,
    /// The public part of the dealers' shares.
    pub sharing: &'a [u8],
    /// Who gets shares.
    pub players: &'a [PublicKey],
}

/// What two votes of one validator show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contradicted {
    /// The key of its node.
    pub validator: PublicKey,
    /// How it contradicted itself.
    pub kind: Contradiction,
    /// The epoch of its votes.
    pub epoch: u64,
    /// The turn of its votes.
    pub view: u64,
}

/// Checks what concerns the chain's own validators: how they hand the key on, and that one of them contradicted itself. Pure, as
/// [`Verifier`] is.
pub trait Seats: Send + Sync {
    /// Whether what a dealer dealt is complete and counts.
    fn log(
        &self,
        resharing: &Resharing<'_>,
        dealer: &PublicKey,
        log: &[u8],
    ) -> Result<(), BadEvidence>;

    /// The public part of the players' shares, if enough was dealt.
    fn conclude(
        &self,
        resharing: &Resharing<'_>,
        logs: &BTreeMap<PublicKey, Vec<u8>>,
    ) -> Result<Vec<u8>, BadEvidence>;

    /// What two votes show.
    fn contradicted(&self, chain: &ChainId, evidence: &[u8]) -> Result<Contradicted, BadEvidence>;
}

/// What a report of a source claims, with what is known of the source.
#[derive(Debug, Clone, Copy)]
pub struct Claimed<'a> {
    /// The source.
    pub source: &'a SourceId,
    /// How what it says is shown.
    pub assurance: &'a Assurance,
    /// What is believed of it, ascending by height.
    pub marks: &'a [Mark],
    /// The time of the block.
    pub now: TimeMs,
    /// Headers, or signatures.
    pub evidence: &'a [u8],
    /// The facts that they are to show.
    pub facts: &'a [Stated],
}

/// What a report shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// The facts are so.
    Shown {
        /// Marks that are believed from here on, besides those that were.
        marks: Vec<Mark>,
        /// As of which mark the facts are so.
        at: Mark,
    },
    /// The source contradicted itself: two headers, or statements, of this height are both as good as the rules of its kind ask for.
    Contradicted {
        /// The height.
        at: u64,
    },
}

/// Checks what sources of other kinds say. Pure, as [`Verifier`] is.
pub trait Sources: Send + Sync {
    /// What a report shows, if it shows everything that it claims.
    fn hear(&self, claimed: &Claimed<'_>) -> Result<Heard, BadEvidence>;
}
