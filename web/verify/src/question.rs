//! What the page asks.

use commonware_codec::{Copying, DecodeExt as _};
use pangolin_proof::trust::{ChainKey, TrustedChain};
use serde::Deserialize;

/// The chain that the page trusts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trusted {
    #[serde(default)]
    name: String,
    chain: String,
    key: String,
}

/// A question, or what is wrong with it.
pub(crate) fn read(question: &[u8]) -> Result<(TrustedChain, &[u8]), &'static str> {
    let (length, rest) = question.split_first_chunk::<4>().ok_or("the question is cut off")?;
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| "too long")?;
    let (trusted, proof) = rest.split_at_checked(length).ok_or("the question is cut off")?;
    let trusted: Trusted = serde_json::from_slice(trusted)
        .map_err(|_| "the trusted chain is not an object with name, chain and key")?;
    let chain: [u8; 32] = hex::decode(&trusted.chain)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or("the trusted chain's identity is not 32 bytes in hexadecimal")?;
    let key = hex::decode(&trusted.key).ok();
    let key = key.and_then(|bytes| ChainKey::decode(Copying(&bytes)).ok());
    let trusted = TrustedChain {
        name: trusted.name,
        chain: chain.into(),
        key: key.ok_or("the trusted key is no chain's key in hexadecimal")?,
    };
    Ok((trusted, proof))
}
