//! The walk back to the origin: how the record of an object came about, over every chain that it was on.
//!
//! A record's provenance digest is the hash of its parents' digests and of the event that made it, and it travels with the
//! object. A [`Walk`] lists the steps that lead to it, the origin first, so that each step costs one hash: the digest of a step
//! is computed from those it builds upon. Where the history goes from one chain to another, both must show it:
//!
//! * *arrival*: the source's outbox has the lock with the digest that left, the destination's inbox says that it was accepted;
//! * *carried*: the object came inside a container. It was brought in here, its record there says in which filling it was, and each
//!   move of the container, or of what that was in, is shown like an arrival.
//!
//! What a walk does not show is a [`Gap`]; what contradicts a proven record is a [`BadWalk`]. Proofs of the chains' states are the
//! affair of whoever calls: the walk reads what they prove and nothing else.
//!
//! A digest commits to events and not to names: whatever was made, packed and sent by the same events has the same one. So a walk says
//! under which names things came to each chain and left it, as both ends of each move say; a name that came nowhere was [`Made`] there.

mod carried;
mod crossing;
mod follow;
pub mod gather;
pub mod local;
mod rests;
mod sight;
pub mod together;

use std::collections::BTreeSet;

use thiserror::Error;

use crate::{
    hash::{arrival_mark, provenance, return_mark},
    id::{ChainId, Digest32, EventId, Height, ObjectId},
    report::Message,
    state::{EventRecord, Object},
};

pub use follow::{Denial, Judged, follow, judge};
pub use rests::rests_on;
pub use sight::Known;

/// Chains of one walk.
pub const MAX_CHAINS: usize = 64;
/// Steps of one walk.
pub const MAX_STEPS: usize = 10_000;
/// Digests that one step builds upon.
pub const MAX_PARENTS: usize = 10_000;
/// Digests that all steps build upon together.
pub const MAX_ALL_PARENTS: usize = 100_000;
/// Moves from chain to chain.
pub const MAX_MOVES: usize = 1_000;
/// Moves of containers on the way.
pub const MAX_HINTS: usize = 1_000;

/// How an object's record came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// The object.
    pub object: ObjectId,
    /// The chains, which steps name by their place in this list. The object's record is on the first.
    pub chains: Vec<ChainId>,
    /// The origin first; each after those it builds upon.
    pub steps: Vec<Step>,
    /// How containers that the object was in came from chain to chain.
    pub hints: Vec<Hint>,
}
wire_struct!(Walk v 1 { object, chains[list MAX_CHAINS], steps[list MAX_STEPS], hints[list MAX_HINTS] });

/// A lock, by the other chain and the number that it has between the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The other chain.
    pub chain: ChainId,
    /// Number of the lock.
    pub seq: u64,
}
wire_struct!(Origin { chain, seq });

/// A step. Parents are named by how many steps before this one they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// An event entered the history.
    Event {
        /// On which chain.
        chain: u8,
        /// The event, or the correcting transaction.
        event: EventId,
        /// What it builds upon; nothing at an origin.
        parents: Vec<u32>,
    },
    /// A chain let the object in.
    Arrival {
        /// The step with which the object left.
        parent: u32,
        /// The chain that let it in.
        chain: u8,
        /// Number of the lock.
        seq: u64,
    },
    /// Another chain did not let the object in, and it lives here again.
    Returned {
        /// The step with which it was locked.
        parent: u32,
        /// The other chain.
        other: u8,
        /// Number of the lock.
        seq: u64,
    },
    /// The object was brought in out of a container that came from another chain. It has the same digest there and here.
    Carried {
        /// The object's last step there.
        parent: u32,
        /// The chain that brought it in.
        chain: u8,
        /// The object.
        object: ObjectId,
        /// The container.
        container: ObjectId,
        /// The filling of it, as this chain counts.
        epoch: u32,
    },
    /// What came before is not shown.
    Gap {
        /// The chain on which it was.
        chain: u8,
        /// The digest with which what is shown begins.
        digest: Digest32,
    },
    /// The object left this chain, and what happened since it arrived is not shown.
    Hidden {
        /// The arrival.
        parent: u32,
        /// The digest with which it left.
        digest: Digest32,
    },
}
wire_enum!(Step {
    0 => Event { chain, event, parents[list MAX_PARENTS] },
    1 => Arrival { parent, chain, seq },
    2 => Returned { parent, other, seq },
    3 => Carried { parent, chain, object, container, epoch },
    4 => Gap { chain, digest },
    5 => Hidden { parent, digest },
});

impl Step {
    /// How far before it the steps stand that it builds upon; 0 is nothing.
    pub fn parents(&self) -> Vec<u32> {
        match self {
            Self::Event { parents, .. } => {
                parents.iter().copied().filter(|back| *back > 0).collect()
            }
            Self::Arrival { parent, .. }
            | Self::Returned { parent, .. }
            | Self::Carried { parent, .. }
            | Self::Hidden { parent, .. } => vec![*parent],
            Self::Gap { .. } => Vec::new(),
        }
    }

    /// The same step with its parents elsewhere; `None` if one of them is nowhere.
    pub fn with_parents(&self, place: impl Fn(u32) -> Option<u32>) -> Option<Self> {
        let mut step = self.clone();
        match &mut step {
            Self::Event { parents, .. } => {
                for parent in parents.iter_mut().filter(|parent| **parent > 0) {
                    *parent = place(*parent)?;
                }
            }
            Self::Arrival { parent, .. }
            | Self::Returned { parent, .. }
            | Self::Carried { parent, .. }
            | Self::Hidden { parent, .. } => *parent = place(*parent)?,
            Self::Gap { .. } => {}
        }
        Some(step)
    }
}

/// The chain, by its place in the list, and the digest after each step; `None` if the steps are none.
pub fn digests(walk: &Walk) -> Option<Vec<(u8, Digest32)>> {
    let mut done: Vec<(u8, Digest32)> = Vec::with_capacity(walk.steps.len());
    for step in &walk.steps {
        let before = |back: u32| {
            let back = usize::try_from(back).ok().filter(|back| *back > 0)?;
            done.get(done.len().checked_sub(back)?).copied()
        };
        let next = match step {
            Step::Event {
                chain,
                event,
                parents,
            } => {
                let digest = |back: &u32| match back {
                    0 => Some(Digest32([0; 32])),
                    back => before(*back).map(|(_, digest)| digest),
                };
                let parents = parents.iter().map(digest).collect::<Option<_>>()?;
                (*chain, provenance(parents, event))
            }
            Step::Arrival { parent, chain, seq } => {
                let (from, left) = before(*parent)?;
                let from = walk.chains.get(usize::from(from))?;
                (*chain, provenance(vec![left], &arrival_mark(from, *seq)))
            }
            Step::Returned { parent, other, seq } => {
                let (chain, left) = before(*parent)?;
                let other = walk.chains.get(usize::from(*other))?;
                (chain, provenance(vec![left], &return_mark(other, *seq)))
            }
            Step::Carried { parent, chain, .. } => (*chain, before(*parent)?.1),
            Step::Gap { chain, digest } => (*chain, *digest),
            Step::Hidden { parent, digest } => (before(*parent)?.0, *digest),
        };
        done.push(next);
    }
    Some(done)
}

/// How a container came to a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// By a lock of its own.
    Lock {
        /// The chain it came to.
        chain: u8,
        /// The chain it came from.
        from: u8,
        /// Number of the lock.
        seq: u64,
    },
    /// Inside another container.
    Inside {
        /// The chain it came to.
        chain: u8,
        /// The container that came.
        object: ObjectId,
        /// What it was in.
        container: ObjectId,
        /// The filling of that, as this chain counts.
        epoch: u32,
    },
}
wire_enum!(Hint { 0 => Lock { chain, from, seq }, 1 => Inside { chain, object, container, epoch } });

/// What a walk shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walked {
    /// The object's record.
    pub record: Object,
    /// Every step, the origin first.
    pub steps: Vec<Shown>,
    /// Moves that both chains show, and those that one of them does.
    pub moves: Vec<Moved>,
    /// Every chain that the history, or a container, was on.
    pub over: BTreeSet<ChainId>,
    /// What left a chain under a name under which nothing had come to it: it was made there, of nothing or of something else.
    pub made: Vec<Made>,
    /// What is not shown.
    pub gaps: Vec<Gap>,
}

/// Something that was made on a chain, as its leaving shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The step at which it left.
    pub step: usize,
    /// The chain that it left.
    pub chain: ChainId,
    /// Under which name.
    pub object: ObjectId,
    /// Whether nothing of its history began on that chain: then it was made of other things that had come there, or is said to have a
    /// history that is another's.
    pub of_others: bool,
}

impl Walked {
    /// Whether the whole history is shown.
    pub const fn is_whole(&self) -> bool {
        self.gaps.is_empty()
    }

    /// The steps at which something came into being.
    pub fn origins(&self) -> impl Iterator<Item = &Shown> {
        self.steps.iter().filter(|step| step.is_origin)
    }
}

/// A step with what proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// On which chain it left the history.
    pub chain: ChainId,
    /// The digest after it.
    pub digest: Digest32,
    /// The event, where it is one.
    pub event: Option<EventId>,
    /// The chain's record of that event, where it is proven.
    pub record: Option<EventRecord>,
    /// Whether something came into being with it.
    pub is_origin: bool,
    /// The move by which it came about, by its place among [`Walked::moves`].
    pub by: Option<usize>,
}

/// A move from one chain to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// What moved: the object, or a container around it.
    pub object: ObjectId,
    /// From where.
    pub from: ChainId,
    /// To where.
    pub to: ChainId,
    /// Number of the lock; `None` where the object was inside.
    pub seq: Option<u64>,
    /// The digest with which it moved.
    pub digest: Digest32,
    /// Height of the lock, where the source shows it.
    pub left: Option<Height>,
    /// Height of the arrival, or of when it was brought in, where the destination shows it.
    pub came: Option<Height>,
}

/// What a walk does not show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Stable code.
    pub code: &'static str,
    /// The step where it is, or the end of them.
    pub step: usize,
    /// What is missing, and what is known all the same.
    pub message: Message,
}

/// Why a walk is no walk.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct BadWalk {
    /// Stable code.
    pub code: &'static str,
    /// Where in the walk: a JSON pointer.
    pub place: String,
    /// What is wrong.
    pub message: Message,
}
