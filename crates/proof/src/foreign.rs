//! Proofs of one chain for another: how [`StateProof`]s travel in transactions, and what checks them there.
//!
//! A certificate is checked once, and so is a whole proof: how it came out is remembered by the hash of chain, key, and certificate or proof. So
//! what several deliveries show of one block costs one check of signatures, and what pool, proposal and vote look at costs one check in
//! all. That changes no answer, only how long it takes, so validators that remember differently vote alike.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use commonware_codec::{Copying, DecodeExt as _, Encode as _};
use pangolin_ledger::{
    ChainId, CodecError, Digest32, Height, Key, TimeMs, Wire as _,
    codec::{Reader, Writer},
    evidence::{BadEvidence, Proven, Verifier},
    hash::sha256,
    limits::MAX_EVIDENCE_BYTES,
    state::SeenHeader,
};

use crate::{
    header::Header,
    packed,
    record::MAX_VALUE_BYTES,
    state::{Entry, MAX_ENTRIES, StateProof},
    trust::{ChainKey, FinalHeader, MAX_HEADERS, TrustedChain},
};

/// Version of the encoding.
const VERSION: u8 = 2;

/// Most bytes of a proof that a tool reads, unpacked. What a transaction carries has at most [`MAX_EVIDENCE_BYTES`].
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Proofs that are remembered.
const REMEMBERED: usize = 1_024;

/// The bytes of a proof as a transaction carries them: a version, then the proof, packed.
pub fn encode(proof: &StateProof) -> Vec<u8> {
    let mut all = Writer::with_capacity(4_096);
    write(&mut all, proof);
    let mut w = Writer::with_capacity(1_024);
    w.u8(VERSION);
    packed::write(&mut w, all.as_bytes());
    w.into_bytes()
}

/// Whether a transaction may carry the bytes of a proof: if they, and what is packed in them, are not too long.
pub fn is_carried(bytes: &[u8]) -> bool {
    let mut r = Reader::new(bytes);
    let length = r
        .version(VERSION)
        .and_then(|()| r.length(MAX_EVIDENCE_BYTES));
    length.is_ok() && bytes.len() <= MAX_EVIDENCE_BYTES
}

/// Writes a proof as it is.
pub(crate) fn write(w: &mut Writer, proof: &StateProof) {
    write_final(w, &proof.header);
    w.varint(proof.entries.len() as u64);
    for entry in &proof.entries {
        w.fixed(&entry.key.0);
        w.u8(u8::from(entry.value.is_some()));
        if let Some(value) = &entry.value {
            w.bytes(value);
        }
        w.bytes(&entry.proof);
    }
}

fn write_final(w: &mut Writer, header: &FinalHeader) {
    w.varint(header.headers.len() as u64);
    for header in &header.headers {
        w.bytes(&header.encode());
    }
    w.bytes(&header.certificate);
}

/// Reads a proof that fills `bytes`. Places in errors are those of what is packed.
pub fn decode(bytes: &[u8]) -> Result<StateProof, CodecError> {
    decode_within(bytes, MAX_BYTES)
}

fn decode_within(bytes: &[u8], max: usize) -> Result<StateProof, CodecError> {
    let mut r = Reader::new(bytes);
    r.version(VERSION)?;
    let all = packed::read(r, max)?;
    let mut r = Reader::new(&all);
    let proof = read(&mut r)?;
    r.finish()?;
    Ok(proof)
}

/// Reads a proof as it is.
pub(crate) fn read(r: &mut Reader<'_>) -> Result<StateProof, CodecError> {
    let count = r.length(MAX_HEADERS)?;
    let mut headers = Vec::with_capacity(count);
    for _ in 0..count {
        let at = r.position();
        let header = Header::from_bytes(r.bytes(MAX_EVIDENCE_BYTES)?);
        headers.push(header.map_err(|_| CodecError::OutOfDomain { at })?);
    }
    let certificate = r.bytes(MAX_EVIDENCE_BYTES)?.to_vec();
    let count = r.length(MAX_ENTRIES)?;
    let mut entries = Vec::new();
    for _ in 0..count {
        let key = Key::take(r)?;
        let value = if r.flag()? {
            Some(r.bytes(MAX_VALUE_BYTES)?.to_vec())
        } else {
            None
        };
        let proof = r.bytes(MAX_EVIDENCE_BYTES)?.to_vec();
        entries.push(Entry { key, value, proof });
    }
    Ok(StateProof {
        header: FinalHeader {
            headers,
            certificate,
        },
        entries,
    })
}

type Answer = Result<Arc<Proven>, BadEvidence>;

/// The latest answers to questions that are named by a hash.
struct Memory<T> {
    answers: BTreeMap<[u8; 32], T>,
    /// The oldest first.
    order: VecDeque<[u8; 32]>,
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self {
            answers: BTreeMap::new(),
            order: VecDeque::new(),
        }
    }
}

impl<T: Clone> Memory<T> {
    /// The answer that is remembered, or one that is found out without holding up others.
    fn recall(memory: &Mutex<Self>, name: [u8; 32], find_out: impl FnOnce() -> T) -> T {
        let lock = || memory.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = lock().answers.get(&name) {
            return answer.clone();
        }
        let answer = find_out();
        let mut memory = lock();
        if memory.answers.insert(name, answer.clone()).is_none() {
            memory.order.push_back(name);
        }
        if memory.order.len() > REMEMBERED
            && let Some(oldest) = memory.order.pop_front()
        {
            memory.answers.remove(&oldest);
        }
        answer
    }
}

/// Checks proofs of chains like this one.
#[derive(Default)]
pub struct LightClient {
    proofs: Mutex<Memory<Answer>>,
    certificates: Mutex<Memory<Result<(), BadEvidence>>>,
}

impl LightClient {
    /// One that remembers nothing yet.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Verifier for LightClient {
    fn verify(&self, chain: &ChainId, key: &[u8], evidence: &[u8]) -> Answer {
        let length = (key.len() as u64).to_be_bytes();
        let name = sha256(&[&chain.0, &length, key, evidence]);
        Memory::recall(&self.proofs, name, || self.check(chain, key, evidence))
    }
}

impl LightClient {
    fn check(&self, chain: &ChainId, key: &[u8], evidence: &[u8]) -> Answer {
        let proof = decode_within(evidence, MAX_EVIDENCE_BYTES).map_err(|error| {
            bad(
                "malformed-proof",
                format!("the proof is malformed: {error}"),
            )
        })?;
        self.is_final(chain, key, &proof.header)?;
        // a final header has one, or its certificate was not checked
        let header = proof.header.headers.first();
        let header = header.ok_or_else(|| bad("no-header", "the proof has no header".into()))?;
        proof
            .part_of(header)
            .map_err(|error| bad(error.code(), error.to_string()))?;
        let seen = SeenHeader {
            height: Height(header.height.get()),
            time: TimeMs(i64::try_from(header.time_ms).unwrap_or(i64::MAX)),
            block: Digest32(header.digest().0),
        };
        let mut entries = BTreeMap::new();
        for entry in proof.entries {
            entries.insert(entry.key, entry.value);
        }
        Ok(Arc::new(Proven {
            header: seen,
            entries,
        }))
    }

    /// Whether a header is final on a chain.
    fn is_final(
        &self,
        chain: &ChainId,
        key: &[u8],
        header: &FinalHeader,
    ) -> Result<(), BadEvidence> {
        let mut w = Writer::with_capacity(1_024);
        w.fixed(&chain.0);
        w.bytes(key);
        write_final(&mut w, header);
        let name = sha256(&[&w.into_bytes()]);
        Memory::recall(&self.certificates, name, || {
            let key = ChainKey::decode(Copying(key)).map_err(|_| {
                bad(
                    "malformed-key",
                    "the registered key is no chain's key".into(),
                )
            })?;
            let trusted = TrustedChain {
                name: chain.to_string(),
                chain: chain.0.into(),
                key,
            };
            let checked = header.verify(&trusted);
            checked
                .map(|_| ())
                .map_err(|error| bad(error.code(), error.to_string()))
        })
    }
}

const fn bad(code: &'static str, message: String) -> BadEvidence {
    BadEvidence { code, message }
}

#[cfg(test)]
mod tests;
