//! Keys and values of the authenticated stores, and the proofs about them.
//!
//! A store is the engine's `qmdb::current`: an append-only log of operations with a bitmap of those that are
//! current. A proof shows one operation, that it is current, and that both lead to the store's root.

use bytes::{BufMut, Bytes};
use commonware_codec::{Buf, EncodeSize, Error as CodecError, RangeCfg, Read, Write};
use commonware_cryptography::{Sha256, sha256::Digest};
use commonware_storage::{
    mmr,
    qmdb::{
        any::{unordered, value::VariableEncoding},
        current::{
            ordered::proof::constant::{ExclusionProof, KeyValueProof as OrderedProof},
            unordered::proof::constant::KeyValueProof as UnorderedProof,
        },
    },
};
use commonware_utils::sequence::FixedBytes;

/// Largest value of a state record, in bytes.
pub const MAX_VALUE_BYTES: usize = pangolin_ledger::limits::MAX_RECORD_BYTES;

/// Bytes of the activity bitmap that one proof carries.
pub const CHUNK_BYTES: usize = 32;

/// A state key: see `pangolin_ledger::Key`.
pub type StateKey = FixedBytes<32>;

/// The encoded record under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value(pub Bytes);

impl Write for Value {
    fn write(&self, buf: &mut impl BufMut) {
        self.0.write(buf);
    }
}

impl EncodeSize for Value {
    fn encode_size(&self) -> usize {
        self.0.encode_size()
    }
}

impl Read for Value {
    type Cfg = ();

    fn read_cfg(buf: &mut impl Buf, (): &()) -> Result<Self, CodecError> {
        Ok(Self(Bytes::read_cfg(
            buf,
            &RangeCfg::from(0..=MAX_VALUE_BYTES),
        )?))
    }
}

/// Encoding of values inside operations.
pub type ValueCodec = VariableEncoding<Value>;
/// Proof of what a key of the records store says now.
pub type RecordProof = UnorderedProof<mmr::Family, Digest, CHUNK_BYTES>;
/// Proof of what a key of the rules store says now.
pub type RuleProof = OrderedProof<mmr::Family, StateKey, Digest, CHUNK_BYTES>;
/// Proof that a key of the rules store has no entry.
pub type AbsenceProof = ExclusionProof<mmr::Family, StateKey, ValueCodec, Digest, CHUNK_BYTES>;

/// Whether `proof` shows that `key` holds `value` under the records root.
pub fn record_holds(proof: &RecordProof, key: &StateKey, value: &[u8], root: &Digest) -> bool {
    let update = unordered::Update(key.clone(), Value(Bytes::copy_from_slice(value)));
    proof.verify::<Sha256, _>(
        unordered::Operation::<mmr::Family, StateKey, ValueCodec>::Update(update),
        root,
    )
}

/// Whether `proof` shows that `key` holds `value` under the rules root.
pub fn rule_holds(proof: &RuleProof, key: &StateKey, value: &[u8], root: &Digest) -> bool {
    proof.verify::<Sha256, ValueCodec>(key.clone(), Value(Bytes::copy_from_slice(value)), root)
}

/// Whether `proof` shows that `key` has no entry under the rules root.
pub fn rule_absent(proof: &AbsenceProof, key: &StateKey, root: &Digest) -> bool {
    proof.verify::<Sha256>(key, root)
}
