//! Headers, votes, certificates and proofs, as they are in the simulation: a signature is a keyed hash whose key only its validator has,
//! so what a quorum did not sign is no certificate. A proof shows records of a state whose root a certified header names.
//!
//! What such a proof shows is checked against the states that became final: a hash that no state has shows nothing, as with real proofs.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use pangolin_ledger::{
    ChainId, CodecError, Digest32, Height, Key, TimeMs, Wire as _,
    codec::{Reader, Writer},
    evidence::{BadEvidence, Proven, Verifier},
    hash::sha256,
    state::SeenHeader,
};

/// A hash.
pub(crate) type Id = [u8; 32];
/// Validators of a chain.
pub(crate) const VALIDATORS: usize = 4;
/// Votes that decide.
pub(crate) const QUORUM: usize = 3;

/// Records of a state.
pub(crate) type Records = BTreeMap<Key, Arc<[u8]>>;
/// Changes of a state.
pub(crate) type Writes = BTreeMap<Key, Option<Arc<[u8]>>>;

/// What a block's certificate signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) chain: ChainId,
    pub(crate) view: u64,
    pub(crate) height: u64,
    pub(crate) parent: Id,
    pub(crate) time: i64,
    /// Of the transactions, and of whatever else the block holds.
    pub(crate) body: Id,
    /// Of the state after it.
    pub(crate) root: Id,
}

impl Header {
    fn put(&self, w: &mut Writer) {
        w.fixed(&self.chain.0);
        self.view.put(w);
        self.height.put(w);
        w.fixed(&self.parent);
        self.time.put(w);
        w.fixed(&self.body);
        w.fixed(&self.root);
    }

    fn take(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            chain: ChainId(r.fixed()?),
            view: u64::take(r)?,
            height: u64::take(r)?,
            parent: r.fixed()?,
            time: i64::take(r)?,
            body: r.fixed()?,
            root: r.fixed()?,
        })
    }

    pub(crate) fn id(&self) -> Id {
        let mut w = Writer::new();
        self.put(&mut w);
        sha256(&[b"block", w.as_bytes()])
    }
}

/// What a vote is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ballot {
    /// The block is good.
    Notarize,
    /// Nothing comes of this view.
    Nullify,
    /// The block is good, and nothing else came of this view.
    Finalize,
}

/// What is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Subject {
    pub(crate) ballot: Ballot,
    pub(crate) view: u64,
    /// Zero where there is no block.
    pub(crate) block: Id,
}

impl Subject {
    /// The signature of a validator with this secret.
    pub(crate) fn sign(&self, chain: &ChainId, secret: &Id) -> Id {
        let ballot = [self.ballot as u8];
        sha256(&[
            b"vote",
            secret,
            &chain.0,
            &ballot,
            &self.view.to_be_bytes(),
            &self.block,
        ])
    }
}

/// Votes of a quorum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Certificate {
    pub(crate) subject: Subject,
    pub(crate) votes: BTreeMap<u8, Id>,
}

/// What a record said, from which height on.
type Said = Vec<(u64, Option<Arc<[u8]>>)>;

#[derive(Default)]
struct Past {
    secrets: Vec<Id>,
    roots: Vec<Id>,
    records: BTreeMap<Key, Said>,
}

/// Checks certificates and proofs.
#[derive(Default)]
pub(crate) struct Notary(Mutex<BTreeMap<ChainId, Past>>);

/// Removes an entry from, or adds it to, the hash of a state.
fn enter(root: &mut Id, key: &Key, value: &[u8], add: bool) {
    let hash = sha256(&[b"entry", &key.0, value]);
    for (lane, part) in root.chunks_exact_mut(8).zip(hash.chunks_exact(8)) {
        let (old, one) = (word(lane), word(part));
        let sum = if add {
            old.wrapping_add(one)
        } else {
            old.wrapping_sub(one)
        };
        lane.copy_from_slice(&sum.to_be_bytes());
    }
}

fn word(bytes: &[u8]) -> u64 {
    u64::from_be_bytes(bytes.try_into().unwrap())
}

/// The hash of a state after changes: of what is in it, in whatever order it came.
pub(crate) fn root_after<'a>(
    mut root: Id,
    writes: &Writes,
    before: impl Fn(&Key) -> Option<&'a Arc<[u8]>>,
) -> Id {
    for (key, value) in writes {
        if let Some(old) = before(key) {
            enter(&mut root, key, old, false);
        }
        if let Some(value) = value {
            enter(&mut root, key, value, true);
        }
    }
    root
}

impl Notary {
    /// A chain begins with this state.
    pub(crate) fn begin(&self, chain: ChainId, secrets: Vec<Id>, records: &Records, root: Id) {
        let first = |value: &Arc<[u8]>| vec![(0, Some(value.clone()))];
        let past = Past {
            secrets,
            roots: vec![root],
            records: records
                .iter()
                .map(|(key, value)| (*key, first(value)))
                .collect(),
        };
        self.0.lock().unwrap().insert(chain, past);
    }

    /// A block became final.
    pub(crate) fn record(&self, header: &Header, writes: &Writes) {
        let mut all = self.0.lock().unwrap();
        let past = all.get_mut(&header.chain).unwrap();
        if past.roots.len() as u64 != header.height {
            return;
        }
        past.roots.push(header.root);
        for (key, value) in writes {
            let values = past.records.entry(*key).or_default();
            values.push((header.height, value.clone()));
        }
    }

    /// Whether at least so many validators signed this, and nobody else did.
    pub(crate) fn is_signed(
        &self,
        chain: &ChainId,
        certificate: &Certificate,
        least: usize,
    ) -> bool {
        let all = self.0.lock().unwrap();
        let Some(past) = all.get(chain) else {
            return false;
        };
        let good = certificate.votes.iter().all(|(signer, signature)| {
            let secret = past.secrets.get(usize::from(*signer));
            secret.is_some_and(|secret| certificate.subject.sign(chain, secret) == *signature)
        });
        good && certificate.votes.len() >= least
    }

    fn check(&self, chain: &ChainId, evidence: &[u8]) -> Result<Arc<Proven>, &'static str> {
        let Ok(Evidence {
            header,
            votes,
            entries,
        }) = Evidence::read(evidence)
        else {
            return Err("malformed");
        };
        if header.chain != *chain {
            return Err("another chain");
        }
        let certificate = Certificate {
            subject: Subject {
                ballot: Ballot::Finalize,
                view: header.view,
                block: header.id(),
            },
            votes,
        };
        if !self.is_signed(chain, &certificate, QUORUM) {
            return Err("not signed by a quorum");
        }
        let all = self.0.lock().unwrap();
        let past = &all[chain];
        let height = usize::try_from(header.height).unwrap_or(usize::MAX);
        if past.roots.get(height) != Some(&header.root) {
            return Err("no such state");
        }
        for (key, value) in &entries {
            let values = past.records.get(key);
            let then = values.and_then(|values| {
                let until = values.partition_point(|(at, _)| *at <= header.height);
                values[..until].last()
            });
            let then = then.and_then(|(_, value)| value.as_deref());
            if then != value.as_deref() {
                return Err("a record says something else");
            }
            if value.is_none() && !pangolin_proof::state::is_rule(key) {
                return Err("the absence of a record cannot be proven");
            }
        }
        Ok(Arc::new(Proven {
            header: SeenHeader {
                height: Height(header.height),
                time: TimeMs(header.time),
                block: Digest32(header.id()),
            },
            entries,
        }))
    }
}

impl Verifier for Notary {
    fn verify(
        &self,
        chain: &ChainId,
        key: &[u8],
        evidence: &[u8],
    ) -> Result<Arc<Proven>, BadEvidence> {
        let bad = |message: &str| BadEvidence {
            code: "simulated",
            message: message.into(),
        };
        if key != key_of(chain) {
            return Err(bad("another key"));
        }
        self.check(chain, evidence).map_err(bad)
    }
}

/// What a chain is registered with.
pub(crate) fn key_of(chain: &ChainId) -> Vec<u8> {
    sha256(&[b"key", &chain.0]).to_vec()
}

/// A proof as deliveries carry it.
#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    pub(crate) header: Header,
    pub(crate) votes: BTreeMap<u8, Id>,
    pub(crate) entries: BTreeMap<Key, Option<Vec<u8>>>,
}

impl Evidence {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut w = Writer::new();
        self.header.put(&mut w);
        w.varint(self.votes.len() as u64);
        for (signer, signature) in &self.votes {
            w.u8(*signer);
            w.fixed(signature);
        }
        w.varint(self.entries.len() as u64);
        for (key, value) in &self.entries {
            key.put(&mut w);
            w.u8(u8::from(value.is_some()));
            if let Some(value) = value {
                w.bytes(value);
            }
        }
        w.into_bytes()
    }

    pub(crate) fn read(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut r = Reader::new(bytes);
        let header = Header::take(&mut r)?;
        let mut votes = BTreeMap::new();
        for _ in 0..r.length(VALIDATORS)? {
            votes.insert(r.u8()?, r.fixed()?);
        }
        let mut entries = BTreeMap::new();
        for _ in 0..r.length(10_000)? {
            let key = Key::take(&mut r)?;
            let value = r
                .flag()?
                .then(|| r.bytes(1 << 24).map(<[u8]>::to_vec))
                .transpose()?;
            entries.insert(key, value);
        }
        r.finish()?;
        Ok(Self {
            header,
            votes,
            entries,
        })
    }
}
