//! The binary form of a certificate: what a code for scanners holds, and what a transaction carries.

use pangolin_ledger::{
    ChainId, CodecError, Wire as _,
    codec::{Reader, Writer},
    walk::{MAX_CHAINS, Walk},
};

use super::{Certificate, Part};
use crate::{foreign, packed};

/// What a certificate in this form begins with.
const MAGIC: &[u8; 4] = b"PGC\x02";

/// Largest certificate, in bytes, packed and unpacked.
pub const MAX_BYTES: usize = foreign::MAX_BYTES;

/// Whether bytes begin like a certificate in this form.
pub fn is_encoded(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// The bytes of a certificate.
pub fn encode(certificate: &Certificate) -> Vec<u8> {
    let mut w = Writer::with_capacity(8_192);
    w.varint(certificate.parts.len() as u64);
    for part in &certificate.parts {
        part.chain.put(&mut w);
        foreign::write(&mut w, &part.state);
    }
    certificate.walk.put(&mut w);
    let mut all = Writer::with_capacity(2_048);
    all.fixed(MAGIC);
    packed::write(&mut all, w.as_bytes());
    all.into_bytes()
}

/// Reads a certificate that fills `bytes`. Places in errors are those of what is packed.
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
    let all = packed::read(r, MAX_BYTES)?;
    let mut r = Reader::new(&all);
    let count = r.length(MAX_CHAINS)?;
    let mut parts = Vec::with_capacity(count);
    for _ in 0..count {
        let chain = ChainId::take(&mut r)?;
        let state = foreign::read(&mut r)?;
        parts.push(Part { chain, state });
    }
    let walk = Walk::take(&mut r)?;
    r.finish()?;
    Ok(Certificate { parts, walk })
}
