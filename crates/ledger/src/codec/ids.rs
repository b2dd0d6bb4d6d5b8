//! Front-coded lists of identifiers.
//!
//! The list is strictly ascending. Each entry is the number of leading bytes it shares with the entry before it, then
//! the rest with its length. The shared prefix must be maximal, so the form is canonical; serial numbers of one class
//! cost 8 to 12 bytes each.

use super::{CodecError, Reader, Writer};

/// Writes `items`, which must be strictly ascending.
pub(crate) fn put_ids<'a>(w: &mut Writer, items: impl ExactSizeIterator<Item = &'a [u8]>) {
    w.varint(items.len() as u64);
    let mut previous: &[u8] = &[];
    for item in items {
        let shared = previous
            .iter()
            .zip(item)
            .take_while(|(a, b)| a == b)
            .count();
        w.varint(shared as u64);
        w.bytes(item.get(shared..).unwrap_or_default());
        previous = item;
    }
}

/// Reads at most `max` identifiers of at most `max_bytes` each; `make` builds one from its bytes.
pub(crate) fn take_ids<T>(
    r: &mut Reader<'_>,
    max: usize,
    max_bytes: usize,
    mut make: impl FnMut(&[u8]) -> Option<T>,
) -> Result<Vec<T>, CodecError> {
    let n = r.length(max)?;
    let mut items = Vec::with_capacity(n.min(r.remaining()));
    let mut current: Vec<u8> = Vec::with_capacity(max_bytes);
    for _ in 0..n {
        let at = r.position();
        let shared = r.length(current.len())?;
        let rest = r.bytes(max_bytes.saturating_sub(shared))?;
        // Ascending and maximal at once: the first byte after the shared prefix is greater than the one it replaces.
        let ascending = match (current.get(shared), rest.first()) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(old), Some(fresh)) => fresh > old,
        };
        if !ascending {
            return Err(CodecError::NotAscending { at });
        }
        current.truncate(shared);
        current.extend_from_slice(rest);
        items.push(make(&current).ok_or(CodecError::OutOfDomain { at })?);
    }
    Ok(items)
}
