//! Keys of sources and of what is known of them.

use std::sync::LazyLock;

use super::{Key, Namespace, join};
use crate::{
    codec::Wire as _,
    id::{FactKey, SourceId},
};

/// A source.
pub fn source(source: &SourceId) -> Key {
    Key::derive(Namespace::Source, source.as_bytes())
}

/// The list of sources.
pub fn sources() -> Key {
    static KEY: LazyLock<Key> = LazyLock::new(|| Key::derive(Namespace::Sources, &[]));
    *KEY
}

/// What a source is known to say under a key.
pub fn fact(source: &SourceId, key: &FactKey) -> Key {
    Key::derive(
        Namespace::Fact,
        &join(&[&|w| source.put(w), &|w| key.put(w)]),
    )
}
