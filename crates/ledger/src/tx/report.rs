//! What a source of another kind says, with whatever shows that it does.
//!
//! Whoever brings it has no say, as with deliveries: a report is judged by its evidence alone.

use crate::{
    id::{FactKey, SourceId},
    limits::{MAX_EVIDENCE_BYTES, MAX_FACT_BYTES, MAX_FACTS},
};

/// Facts of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The source.
    pub source: SourceId,
    /// Headers, or signatures, in the encoding of [`Sources`](crate::evidence::Sources).
    pub evidence: Vec<u8>,
    /// The facts that they show; none where only headers are to be believed.
    pub facts: Vec<Stated>,
}
wire_struct!(Report { source, evidence[blob MAX_EVIDENCE_BYTES], facts[list MAX_FACTS] });

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// Its key.
    pub key: FactKey,
    /// The value; `None`: there is none.
    pub value: Option<Vec<u8>>,
    /// What shows it, where the evidence alone does not.
    pub proof: Vec<u8>,
}

impl crate::codec::Wire for Stated {
    fn put(&self, w: &mut crate::codec::Writer) {
        self.key.put(w);
        w.u8(u8::from(self.value.is_some()));
        if let Some(value) = &self.value {
            w.bytes(value);
        }
        w.bytes(&self.proof);
    }
    fn take(r: &mut crate::codec::Reader<'_>) -> Result<Self, crate::codec::CodecError> {
        Ok(Self {
            key: FactKey::take(r)?,
            value: if r.flag()? {
                Some(r.bytes(MAX_FACT_BYTES)?.to_vec())
            } else {
                None
            },
            proof: r.bytes(MAX_EVIDENCE_BYTES)?.to_vec(),
        })
    }
}
