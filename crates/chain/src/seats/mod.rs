//! Who validates, and how that changes while the chain's key stays.
//!
//! A chain whose genesis file states epochs may change its validators between two of them (ADR 012). The ledger records who is
//! wanted and what was dealt; this module does the rest:
//!
//! * [`sharing`]: the public part of the shares, and the referee that the ledger asks whether enough was dealt.
//! * `deal`: what one node does in one resharing: it deals, acknowledges, and computes its share.
//! * `keeper`: the actor that does so over the network, and brings evidence of contradictions into the chain.
//! * `ballot`: signatures of the nodes' own keys over votes, which show to anybody who contradicted itself.
//! * `epochs`: the actor that runs one engine of consensus for each epoch.
//! * [`vault`]: where shares and dealings are kept.
//!
//! **Invariants**
//! * Which validators an epoch has follows from the final state after the last block before it, and from nothing else.
//! * What is acknowledged is on disk before the acknowledgement leaves the node.
//! * A node votes in an epoch only with a share of that epoch's sharing; without one it follows.
//! * Epoch 0 of a chain without epochs never ends, and the node runs as if this module did not exist.

pub mod ballot;
pub(crate) mod deal;
pub(crate) mod epochs;
pub(crate) mod keeper;
mod network;
pub(crate) mod peers;
pub(crate) mod reader;
pub mod sharing;
#[cfg(test)]
mod tests;
pub mod vault;

pub(crate) use network::MAX_MESSAGE_BYTES;

use commonware_utils::{TryCollect as _, ordered::Set};
use pangolin_ledger::{PublicKey, state::Member};
use std::{
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
};

use crate::types::NodeKey;

/// A node that the chain knows as a validator, past, present or to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its key.
    pub key: NodeKey,
    /// Where it listens, if the chain says so.
    pub address: Option<SocketAddr>,
    /// Whether it validates now or is about to; otherwise it did before.
    pub counts: bool,
}

/// Told of the validators whenever they change, and once when the node starts.
pub type OnSeats = Arc<dyn Fn(&[Known]) + Send + Sync>;

/// Whom a node sends transactions to and asks for state: the validators of the present epoch, as far as it knows.
#[derive(Clone, Debug, Default)]
pub struct Council(Arc<RwLock<Vec<NodeKey>>>);

impl Council {
    /// Begins with these.
    pub fn new(validators: Vec<NodeKey>) -> Self {
        Self(Arc::new(RwLock::new(validators)))
    }

    /// All but `me`.
    pub fn others(&self, me: &NodeKey) -> Vec<NodeKey> {
        let list = self.0.read().unwrap_or_else(PoisonError::into_inner);
        list.iter().filter(|key| *key != me).cloned().collect()
    }

    fn replace(&self, validators: Vec<NodeKey>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = validators;
    }
}

/// A node's key as the ledger writes it.
pub(crate) fn to_ledger(key: &NodeKey) -> PublicKey {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(key.as_ref());
    PublicKey(bytes)
}

/// A node's key as the engine reads it; `None` when it is no key.
pub(crate) fn from_ledger(key: &PublicKey) -> Option<NodeKey> {
    use commonware_codec::{Copying, DecodeExt as _};
    NodeKey::decode(Copying(&key.0)).ok()
}

/// The keys of members; `None` when one is no key.
pub(crate) fn set_of(keys: &[PublicKey]) -> Option<Set<NodeKey>> {
    let keys: Option<Vec<NodeKey>> = keys.iter().map(from_ledger).collect();
    keys?.into_iter().try_collect().ok()
}

/// The keys of members.
pub(crate) fn keys_of(list: &[Member]) -> Vec<PublicKey> {
    list.iter().map(|member| member.key).collect()
}
