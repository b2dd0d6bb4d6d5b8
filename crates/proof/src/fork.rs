//! Two certified blocks of one height: what shows that the validators of a chain contradicted themselves.
//!
//! With at most f faulty validators there are never two. So a pair of them, each under the chain's own key, is evidence that nobody has
//! to be believed about: every chain that is shown it suspends the one that signed both.

use std::collections::BTreeMap;

use commonware_cryptography::sha256::Digest;
use thiserror::Error;

use crate::{
    foreign,
    header::Header,
    state::StateProof,
    trust::{FinalHeader, FinalityError, TrustedChain},
};

/// Two final headers of different blocks of one height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fork {
    /// The height: the lowest at which they differ.
    pub height: u64,
    /// One of them; it begins at that height.
    pub one: FinalHeader,
    /// The other.
    pub other: FinalHeader,
}

/// Which of two headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The first that was given.
    One,
    /// The second.
    Other,
}

/// Why two headers show no fork.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NoFork {
    /// One of them is not shown to be final.
    #[error("it is not shown to be final: {error}")]
    NotFinal {
        /// Which one.
        which: Which,
        /// Why.
        error: FinalityError,
    },
    /// Wherever both say something, they say the same.
    #[error(
        "both are of block {block} of height {height}: one block that was certified twice contradicts nothing"
    )]
    SameBlock {
        /// The lowest height of which both are.
        height: u64,
        /// The block.
        block: Digest,
    },
    /// They are of no common height.
    #[error(
        "one is of {one} and the other of {other}: blocks of different heights contradict nothing"
    )]
    OtherHeights {
        /// Heights of the first, in words.
        one: String,
        /// Heights of the second, in words.
        other: String,
    },
}

impl NoFork {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFinal { error, .. } => error.code(),
            Self::SameBlock { .. } => "same-block",
            Self::OtherHeights { .. } => "other-heights",
        }
    }
}

impl Fork {
    /// The fork that two headers show, if each of them is final on `trusted`.
    pub fn find(
        trusted: &TrustedChain,
        one: &FinalHeader,
        other: &FinalHeader,
    ) -> Result<Self, NoFork> {
        for (which, header) in [(Which::One, one), (Which::Other, other)] {
            header
                .verify(trusted)
                .map_err(|error| NoFork::NotFinal { which, error })?;
        }
        let theirs: BTreeMap<u64, (usize, Digest)> = places(other).collect();
        let mut same = None;
        for (height, (at, block)) in places(one) {
            let Some((there, found)) = theirs.get(&height) else {
                continue;
            };
            if *found != block {
                return Ok(Self {
                    height,
                    one: from(one, at),
                    other: from(other, *there),
                });
            }
            same.get_or_insert((height, block));
        }
        Err(match same {
            Some((height, block)) => NoFork::SameBlock { height, block },
            None => NoFork::OtherHeights {
                one: heights(one),
                other: heights(other),
            },
        })
    }

    /// The two blocks.
    pub fn blocks(&self) -> [Digest; 2] {
        [&self.one, &self.other].map(|header| {
            let first = header.headers.first();
            first.map_or(Digest::from([0; 32]), Header::digest)
        })
    }

    /// Both as deliveries carry them.
    pub fn evidence(&self) -> [Vec<u8>; 2] {
        [&self.one, &self.other].map(|header| {
            foreign::encode(&StateProof {
                header: header.clone(),
                entries: Vec::new(),
            })
        })
    }
}

/// Height, place in the run, and block of each header, ascending as the run does.
fn places(header: &FinalHeader) -> impl Iterator<Item = (u64, (usize, Digest))> {
    let headers = header.headers.iter().enumerate();
    headers.map(|(at, header)| (header.height.get(), (at, header.digest())))
}

/// The end of a run, which the same certificate makes final.
fn from(header: &FinalHeader, at: usize) -> FinalHeader {
    FinalHeader {
        headers: header.headers.iter().skip(at).cloned().collect(),
        certificate: header.certificate.clone(),
    }
}

fn heights(header: &FinalHeader) -> String {
    let at = |header: Option<&Header>| header.map_or(0, |header| header.height.get());
    let (first, last) = (at(header.headers.first()), at(header.headers.last()));
    if first == last {
        format!("height {first}")
    } else {
        format!("heights {first} to {last}")
    }
}
