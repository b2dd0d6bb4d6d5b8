//! The binary form of a certificate: what a code for scanners holds, and what a transaction carries.

use pangolin_ledger::{
    ChainId, CodecError, Wire as _,
    codec::{Reader, Writer},
    walk::{MAX_CHAINS, Walk},
};

use super::{Certificate, Part};
use crate::foreign;

/// What a certificate in this form begins with.
const MAGIC: &[u8; 4] = b"PGC\x01";

/// Largest certificate, in bytes.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Whether bytes begin like a certificate in this form.
pub fn is_encoded(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// The bytes of a certificate.
pub fn encode(certificate: &Certificate) -> Vec<u8> {
    let mut w = Writer::with_capacity(2_048);
    w.fixed(MAGIC);
    w.varint(certificate.parts.len() as u64);
    for part in &certificate.parts {
        part.chain.put(&mut w);
        w.bytes(&foreign::encode(&part.state));
    }
    certificate.walk.put(&mut w);
    w.into_bytes()
}

/// Reads a certificate that fills `bytes`.
pub fn decode(bytes: &[u8]) -> Result<Certificate, CodecError> {
    if bytes.len() > MAX_BYTES {
        return Err(CodecError::TooLong {
            at: 0,
            len: bytes.len() as u64,
            max: MAX_BYTES,
        });
    }
    let mut r = Reader::new(bytes);
    if &r.fixed::<4>()? != MAGIC {
        return Err(CodecError::OutOfDomain { at: 0 });
    }
    let count = r.length(MAX_CHAINS)?;
    let mut parts = Vec::with_capacity(count);
    for _ in 0..count {
        let chain = ChainId::take(&mut r)?;
        let at = r.position();
        let state = foreign::decode(r.bytes(MAX_BYTES)?);
        let state = state.map_err(|_| CodecError::OutOfDomain { at })?;
        parts.push(Part { chain, state });
    }
    let walk = Walk::take(&mut r)?;
    r.finish()?;
    Ok(Certificate { parts, walk })
}
