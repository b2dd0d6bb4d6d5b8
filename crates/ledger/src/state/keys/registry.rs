//! Keys of what is recorded of chains.

use std::sync::LazyLock;

use super::{Key, Namespace, join};
use crate::{codec::Wire as _, id::ChainId};

/// What this chain records of another, as a registry.
pub fn chain_record(chain: &ChainId) -> Key {
    Key::derive(Namespace::ChainRecord, &chain.0)
}

/// How many chains this chain knows of.
pub fn directory() -> Key {
    static KEY: LazyLock<Key> = LazyLock::new(|| Key::derive(Namespace::Directory, &[]));
    *KEY
}

/// An entry in the list of chains that this chain knows of.
pub fn listed(number: u64) -> Key {
    Key::derive(Namespace::Listed, &number.to_bytes())
}

/// That this chain follows a registry.
pub fn following(registry: &ChainId) -> Key {
    Key::derive(Namespace::Following, &registry.0)
}

/// The last record of a registry that was taken note of, of one chain.
pub fn noted(registry: &ChainId, chain: &ChainId) -> Key {
    Key::derive(
        Namespace::Noted,
        &join(&[&|w| registry.put(w), &|w| chain.put(w)]),
    )
}

/// Who decides whether a foreign chain is believed.
pub fn standing(chain: &ChainId) -> Key {
    Key::derive(Namespace::Standing, &chain.0)
}

/// That a chain certified two blocks of one height. Its absence proves that nobody has shown so.
pub fn fork(chain: &ChainId) -> Key {
    Key::derive(Namespace::Fork, &chain.0)
}
