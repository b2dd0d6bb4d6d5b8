//! Provenance certificates: the history of one object over all chains that it was on, checked from one key.
//!
//! A certificate holds one state proof for each chain and a [`Walk`]. Whoever checks it trusts one chain: the one where the object is, or a
//! registry. That chain's state says which keys the others have ([`ForeignChain`], [`ChainRecord`]), theirs which keys still others have; so each key
//! is proven by the state of a chain that is trusted already. Then the walk is followed by what is proven.
//!
//! Nothing is added to trust by it: a chain on the way is believed as far as it is believed by whoever named its key. What a chain that
//! is missing would show is a gap, and so is a chain whose key nobody vouches for.

mod code;
mod encoding;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use commonware_codec::{Copying, DecodeExt as _};
use pangolin_ledger::{
    ChainId, Digest32, Height, Key, TimeMs,
    evidence::Proven,
    report::Message,
    say,
    state::{ChainRecord, ChainState, ForeignChain, Grade, SeenHeader, keys},
    walk::{BadWalk, Gap, Walk, Walked, follow},
};
use thiserror::Error;

use crate::{
    header::Header,
    state::{StateProof, StateProofError},
    trust::{ChainKey, TrustedChain},
};

pub use code::{MAX_CODE_BYTES, code, from_text, to_text};
pub use encoding::{MAX_BYTES, decode, encode, is_encoded};

/// What one chain shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The chain.
    pub chain: ChainId,
    /// What its state says at one height.
    pub state: StateProof,
}

/// The history of an object over chains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The chains' proofs, each chain once.
    pub parts: Vec<Part>,
    /// The history.
    pub walk: Walk,
}

/// Why a certificate is not accepted.
#[derive(Debug, Error)]
pub enum CertificateError {
    /// A chain has two parts.
    #[error("there are two proofs of one chain")]
    Repeated {
        /// Place of the second.
        part: usize,
    },
    /// There is no proof of the trusted chain.
    #[error("there is no proof of the trusted chain, only of {}", of(.0))]
    NoAnchor(Vec<ChainId>),
    /// What is said of a chain's key cannot be read.
    #[error("what is registered of a chain cannot be read")]
    Registration {
        /// Place of the part that says it.
        part: usize,
    },
    /// A state is not shown.
    #[error("the state of a chain is not shown: {error}")]
    State {
        /// Place of the part.
        part: usize,
        /// Why.
        #[source]
        error: StateProofError,
    },
    /// The walk contradicts what is proven.
    #[error("the history contradicts what is proven: {0}")]
    Walk(#[from] BadWalk),
}

fn of(chains: &[ChainId]) -> String {
    let names: Vec<String> = chains
        .iter()
        .map(|chain| format!("chain {chain}"))
        .collect();
    if names.is_empty() {
        "no chain at all".to_owned()
    } else {
        names.join(", ")
    }
}

impl CertificateError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Repeated { .. } => "repeated-chain",
            Self::NoAnchor(_) => "no-anchor",
            Self::Registration { .. } => "record-unreadable",
            Self::State { error, .. } => error.code(),
            Self::Walk(bad) => bad.code,
        }
    }
}

/// A chain as the check of a certificate saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownChain {
    /// Its name, as the chain that vouches for it says.
    pub name: String,
    /// Whose state says which key it has; `None`: it is the trusted chain.
    pub by: Option<ChainId>,
    /// Since when it is suspended there.
    pub suspended: Option<Height>,
    /// The header under which its state is proven; `None`: there is no proof of it.
    pub seen: Option<SeenHeader>,
    /// Entries of its state that are proven.
    pub entries: usize,
}

/// What a certificate shows.
#[derive(Debug)]
pub struct Certified {
    /// The history.
    pub walked: Walked,
    /// Each chain of which a key is known.
    pub chains: BTreeMap<ChainId, KnownChain>,
    /// What is not shown, besides what the walk itself leaves open.
    pub gaps: Vec<Gap>,
    /// What each chain proves.
    pub proven: BTreeMap<ChainId, Arc<Proven>>,
}

impl Certificate {
    /// What the certificate shows to whoever trusts one chain.
    pub fn verify(&self, trusted: &TrustedChain) -> Result<Certified, CertificateError> {
        let mut names = BTreeSet::new();
        if let Some(part) = self.parts.iter().position(|part| !names.insert(part.chain)) {
            return Err(CertificateError::Repeated { part });
        }
        let mut keys = Keys::new(trusted);
        let mut open: Vec<usize> = (0..self.parts.len()).collect();
        // each pass proves the chains whose keys the passes before have proven
        loop {
            let before = open.len();
            let mut left = Vec::new();
            for at in open {
                if !self.prove(at, &mut keys)? {
                    left.push(at);
                }
            }
            open = left;
            if open.is_empty() || open.len() == before {
                break;
            }
        }
        if !keys.proven.contains_key(&ChainId(trusted.chain.0)) {
            let shown = self.parts.iter().map(|part| part.chain);
            return Err(CertificateError::NoAnchor(shown.collect()));
        }
        let walked = follow(&self.walk, &keys.proven)?;
        let gaps = self.gaps(&open, &keys, &walked);
        Ok(Certified {
            walked,
            chains: keys.chains,
            gaps,
            proven: keys.proven,
        })
    }

    /// Proves a chain whose key is known; whether it is.
    fn prove(&self, at: usize, keys: &mut Keys) -> Result<bool, CertificateError> {
        let Some(part) = self.parts.get(at) else {
            return Ok(false);
        };
        let Some(trusted) = keys.trusted.get(&part.chain) else {
            return Ok(false);
        };
        let header = part
            .state
            .verify(trusted)
            .map_err(|error| CertificateError::State { part: at, error })?;
        let proven = Arc::new(Proven {
            header: seen(header),
            entries: part
                .state
                .entries
                .iter()
                .map(|entry| (entry.key, entry.value.clone()))
                .collect(),
        });
        if let Some(known) = keys.chains.get_mut(&part.chain) {
            known.seen = Some(proven.header.clone());
            known.entries = proven.entries.len();
        }
        let others = self.parts.iter().map(|part| part.chain);
        for chain in others.chain(self.walk.chains.iter().copied()) {
            keys.learn(&part.chain, chain, &proven)
                .map_err(|()| CertificateError::Registration { part: at })?;
        }
        keys.proven.insert(part.chain, proven);
        Ok(true)
    }

    /// Chains that nobody vouches for, and those that are suspended where they are vouched for.
    fn gaps(&self, open: &[usize], keys: &Keys, walked: &Walked) -> Vec<Gap> {
        let end = self.walk.steps.len();
        let gap = |code, message: Message| Gap {
            code,
            step: end,
            message,
        };
        let unknown = open
            .iter()
            .filter_map(|at| self.parts.get(*at))
            .map(|part| {
                let message = say![
                    "which key ",
                    part.chain,
                    " has: no chain that is trusted says so, and its proof counts for nothing"
                ];
                gap("chain-not-vouched", message)
            });
        let suspended = keys.chains.iter().filter_map(|(chain, known)| {
            let since = known.suspended.filter(|_| walked.over.contains(chain))?;
            let by = known.by.unwrap_or(*chain);
            let message = say![
                "that what ",
                *chain,
                " says may be believed: ",
                by,
                " has suspended or retired it since height ",
                since.0
            ];
            Some(gap("chain-suspended", message))
        });
        unknown.chain(suspended).collect()
    }
}

/// The keys that are proven, and the states under them.
struct Keys {
    trusted: BTreeMap<ChainId, TrustedChain>,
    chains: BTreeMap<ChainId, KnownChain>,
    proven: BTreeMap<ChainId, Arc<Proven>>,
}

impl Keys {
    fn new(anchor: &TrustedChain) -> Self {
        let chain = ChainId(anchor.chain.0);
        let known = KnownChain {
            name: anchor.name.clone(),
            by: None,
            suspended: None,
            seen: None,
            entries: 0,
        };
        Self {
            trusted: BTreeMap::from([(chain, anchor.clone())]),
            chains: BTreeMap::from([(chain, known)]),
            proven: BTreeMap::new(),
        }
    }

    /// Takes a chain's key from the state of another, unless it is known. That a chain is suspended counts whoever says so.
    fn learn(&mut self, by: &ChainId, chain: ChainId, proven: &Proven) -> Result<(), ()> {
        let Some(record) = Vouched::of(&chain, proven)? else {
            return Ok(());
        };
        if let Some(known) = self.chains.get_mut(&chain) {
            if known.by.is_some() && known.suspended.is_none() && record.suspended.is_some() {
                known.suspended = record.suspended;
                known.by = Some(*by);
            }
            return Ok(());
        }
        let key = ChainKey::decode(Copying(&record.key)).map_err(drop)?;
        let trusted = TrustedChain {
            name: record.name.clone(),
            chain: chain.0.into(),
            key,
        };
        let known = KnownChain {
            name: record.name,
            by: Some(*by),
            suspended: record.suspended,
            seen: None,
            entries: 0,
        };
        self.trusted.insert(chain, trusted);
        self.chains.insert(chain, known);
        Ok(())
    }
}

/// What a chain's state says of another: as it is registered there, or recorded, where that one is a registry.
struct Vouched {
    name: String,
    key: Vec<u8>,
    suspended: Option<Height>,
}

impl Vouched {
    fn of(chain: &ChainId, proven: &Proven) -> Result<Option<Self>, ()> {
        let registered: Option<ForeignChain> = shown(proven, &keys::foreign_chain(chain))?;
        let record: Option<ChainRecord> = shown(proven, &keys::chain_record(chain))?;
        let recorded = record.filter(|record| record.identity.grade == Grade::Native);
        let ended = recorded
            .as_ref()
            .filter(|record| record.state != ChainState::Active)
            .map(|record| record.changed);
        Ok(match (registered, recorded) {
            (Some(known), _) => Some(Self {
                name: known.name,
                key: known.key,
                suspended: known.suspended.or(ended),
            }),
            (None, Some(record)) => Some(Self {
                name: record.about.name,
                key: record.identity.key,
                suspended: ended,
            }),
            (None, None) => None,
        })
    }
}

/// The record under a key, if one is shown.
fn shown<T: pangolin_ledger::Wire>(proven: &Proven, key: &Key) -> Result<Option<T>, ()> {
    let value = proven.entries.get(key).and_then(Option::as_ref);
    value
        .map(|bytes| T::from_bytes(bytes))
        .transpose()
        .map_err(drop)
}

/// A header as the ledger names it.
pub fn seen(header: &Header) -> SeenHeader {
    SeenHeader {
        height: Height(header.height.get()),
        time: TimeMs(i64::try_from(header.time_ms).unwrap_or(i64::MAX)),
        block: Digest32(header.digest().0),
    }
}
