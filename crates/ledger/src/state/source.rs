//! Sources: systems and chains of another kind, and what is known of them (K6, `kernel/k06_sources`).
//!
//! A source has no objects that live there. It has *facts*: under a key there is a value, or there is none, as of a height and a
//! time of the source. How a fact is proven depends on how the source is assured ([`Assurance`]), and its [`Grade`] follows from that.

use std::collections::BTreeSet;

use super::Grade;
use crate::{
    id::{Digest32, FactKey, Height, PublicKey, SourceId, TimeMs},
    limits::{
        MAX_ATTESTERS, MAX_FACT_SHOWN, MAX_FOREIGN_NAME_BYTES, MAX_MARKS, MAX_SOURCES,
        MAX_TEXT_BYTES, MAX_TREES,
    },
};

/// How what a source says is shown. Never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assurance {
    /// By a light client of CometBFT chains: headers with the signatures of their validators, and ICS-23 proofs under them.
    CometBft(CometBft),
    /// By signatures of those who attest it. Nothing shows that they say the same to all, or that what they say is final.
    Attested(Attesters),
}
wire_enum!(Assurance { 0 => CometBft(terms), 1 => Attested(terms) });

impl Assurance {
    /// The grade of whatever rests on it.
    pub const fn grade(&self) -> Grade {
        match self {
            Self::CometBft(_) => Grade::LightClient,
            Self::Attested(_) => Grade::Attested,
        }
    }
}

/// How a CometBFT chain is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CometBft {
    /// Its chain id (1 to 50 bytes).
    pub chain: String,
    /// How long a header's validators are believed about later headers, in milliseconds: less than their stake stays bonded.
    pub trusting_ms: u64,
    /// How far the time of a header may be ahead of this chain's, in milliseconds.
    pub drift_ms: u64,
    /// The trees in which its state lies, the innermost first (1 to 4).
    pub trees: Vec<Tree>,
    /// Under which key each tree but the last lies in the one around it.
    pub stores: Vec<FactKey>,
}
wire_struct!(CometBft { chain[text MAX_FOREIGN_NAME_BYTES], trusting_ms, drift_ms, trees[list MAX_TREES], stores[list MAX_TREES] });

/// A kind of tree with proofs, by the specification of ICS-23.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tree {
    /// An IAVL tree: the store of one module.
    Iavl,
    /// The simple Merkle tree of CometBFT: the list of stores.
    Simple,
}
wire_enum!(Tree { 0 => Iavl, 1 => Simple });

impl Tree {
    /// Its name in files and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Iavl => "iavl",
            Self::Simple => "simple",
        }
    }
}

/// Who attests what a source says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attesters {
    /// Their keys (1 to 16).
    pub keys: BTreeSet<PublicKey>,
    /// How many of them must sign.
    pub threshold: u8,
}
wire_struct!(Attesters { keys[set MAX_ATTESTERS], threshold });

/// A header of a CometBFT chain that is believed, or a statement of those who attest a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Its height; of statements, their number.
    pub height: u64,
    /// Its time.
    pub time: TimeMs,
    /// Its hash.
    pub digest: Digest32,
    /// Hash of the validators of the next height; zeros for a statement.
    pub next: Digest32,
    /// The root of the state that it commits to, if it is a SHA-256; zeros for a statement.
    pub root: Option<Digest32>,
}
wire_struct!(Mark {
    height,
    time,
    digest,
    next,
    root
});

/// A source that the governance registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What it is, for people.
    pub name: String,
    /// How what it says is shown.
    pub assurance: Assurance,
    /// How old its facts may be when something rests on them, in milliseconds.
    pub freshness_ms: u64,
    /// Block that registered it.
    pub registered: Height,
    /// Since when it is suspended: nothing rests on it.
    pub suspended: Option<Height>,
    /// The latest marks, ascending by height.
    pub marks: Vec<Mark>,
}
wire_struct!(Source v 1 { name[text MAX_TEXT_BYTES], assurance, freshness_ms, registered, suspended, marks[list MAX_MARKS] });

impl Source {
    /// Remembers a mark; the lowest goes when there are too many. Whether it is kept.
    pub(crate) fn remember(&mut self, mark: Mark) -> bool {
        let at = self
            .marks
            .partition_point(|known| known.height < mark.height);
        if self
            .marks
            .get(at)
            .is_some_and(|known| known.height == mark.height)
        {
            return false;
        }
        self.marks.insert(at, mark);
        if self.marks.len() > MAX_MARKS {
            self.marks.remove(0);
            return at > 0;
        }
        true
    }
}

/// The sources of this chain, in the order in which they were registered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceList {
    /// Their names.
    pub sources: Vec<SourceId>,
}
wire_struct!(SourceList v 1 { sources[list MAX_SOURCES] });

/// What a source is known to say under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// SHA-256 of the value; `None`: there is none.
    pub value: Option<Digest32>,
    /// The value, if it has at most 256 bytes.
    pub shown: Vec<u8>,
    /// Height, or number of the statement, at which it is so.
    pub height: u64,
    /// Time of the source at that height.
    pub time: TimeMs,
    /// Block that took note of it.
    pub recorded: Height,
}
wire_struct!(Fact v 1 { value, shown[blob MAX_FACT_SHOWN], height, time, recorded });

/// What an event says that a source says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Expected {
    /// There is a value, whatever it is.
    Present,
    /// There is the value with this SHA-256.
    Value(Digest32),
    /// There is none.
    Absent,
}
wire_enum!(Expected { 0 => Present, 1 => Value(digest), 2 => Absent });

/// A fact that an event rests on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rest {
    /// The source.
    pub source: SourceId,
    /// Its key there.
    pub key: FactKey,
    /// What must be under it.
    pub expected: Expected,
}
wire_struct!(Rest {
    source,
    key,
    expected
});
