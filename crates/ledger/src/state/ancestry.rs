//! What the walk of an object's history over other chains, back to its origins, has shown.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    id::{ChainId, Digest32, EventId, Height, PartyId},
    limits::{MAX_PASSED, MAX_ROOTS},
};

/// What the last walk of an object's history has shown. It counts for as long as the object's record carries
/// [`Flags::WALKED`](super::Flags::WALKED) or [`Flags::REFUTED`](super::Flags::REFUTED): what the object goes through on this chain
/// leaves it as it is, and whatever comes from another chain has to be walked anew. What was made here of things that were walked has
/// what they had together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ancestry {
    /// The object's digest, to which the walk led.
    pub provenance: Digest32,
    /// What it has shown.
    pub verdict: Verdict,
    /// The other chains, with the heights of the (oldest) states by which it was followed.
    pub as_of: BTreeMap<ChainId, Height>,
    /// Block that followed it.
    pub height: Height,
}
wire_struct!(Ancestry v 1 { provenance, verdict, as_of[map MAX_PASSED], height });

/// What a walk has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The whole history, and nothing that speaks against it.
    Whole {
        /// The other chains on which the object, or something that it was made of, was made.
        made_on: BTreeSet<ChainId>,
        /// With which events that began; those of other things that entered the history too, as a container does that let the object
        /// out. If there are very many, the first.
        roots: Vec<Root>,
    },
    /// It claims to have come from a chain that did not send it.
    NotSent {
        /// The chain that did not send it.
        from: ChainId,
        /// The chain that says that it let it in.
        to: ChainId,
        /// Under which number.
        seq: u64,
    },
}
wire_enum!(Verdict {
    0 => Whole { made_on[set MAX_PASSED], roots[list MAX_ROOTS] },
    1 => NotSent { from, to, seq },
});

impl Verdict {
    /// Whether nothing speaks against it.
    pub const fn is_whole(&self) -> bool {
        matches!(self, Self::Whole { .. })
    }
}

/// An event with which something began.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root {
    /// The chain.
    pub chain: ChainId,
    /// The event.
    pub event: EventId,
    /// Who stated it there.
    pub issuer: PartyId,
}
wire_struct!(Root {
    chain,
    event,
    issuer
});
