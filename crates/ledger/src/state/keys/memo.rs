//! Keys of subjects that come again and again.
//!
//! One transaction about one pack names two dozen licences and orders, and nearly all of them are those of the transaction
//! before. Finding such a key again costs a tenth of hashing it. The memory is small, of the thread, and holds results of a
//! pure function: whether a key is found in it changes nothing but the time it takes.

use std::cell::RefCell;

use super::{Key, Namespace};
use crate::codec::Writer;

/// Keys remembered by each thread; a power of two. An entry takes about 150 bytes.
const SLOTS: usize = 1 << 11;

struct Entry {
    namespace: Namespace,
    subject: Box<[u8]>,
    key: Key,
}

struct Memo {
    scratch: Writer,
    slots: Vec<Option<Entry>>,
}

thread_local! {
    static MEMO: RefCell<Memo> = RefCell::new(Memo {
        scratch: Writer::with_capacity(128),
        slots: std::iter::repeat_with(|| None).take(SLOTS).collect(),
    });
}

/// The key of the subject that `write` writes.
pub(super) fn key(namespace: Namespace, write: impl FnOnce(&mut Writer)) -> Key {
    MEMO.with_borrow_mut(|memo| {
        memo.scratch.clear();
        write(&mut memo.scratch);
        let subject = memo.scratch.as_bytes();
        let at = place(namespace, subject);
        let known = memo.slots.get_mut(at);
        if let Some(Some(entry)) = &known
            && entry.namespace == namespace
            && *entry.subject == *subject
        {
            return entry.key;
        }
        let key = Key::derive(namespace, subject);
        if let Some(slot) = known {
            *slot = Some(Entry {
                namespace,
                subject: subject.into(),
                key,
            });
        }
        key
    })
}

/// Where a subject is kept. Who makes two subjects share a place gains nothing but that both are hashed each time.
fn place(namespace: Namespace, subject: &[u8]) -> usize {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut mixed = namespace as u64;
    for chunk in subject.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        mixed = (mixed.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(FACTOR);
    }
    usize::try_from(mixed >> 53).unwrap_or(0) & (SLOTS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remembered_key_is_the_derived_one_whatever_shares_its_place() {
        // far more subjects than places, each asked for again while its neighbours push it out
        for round in 0..3u32 {
            for n in 0..3 * SLOTS {
                let bytes = n.to_be_bytes();
                let subject = [&bytes[..], &bytes[7..].repeat(4)].concat();
                for namespace in [Namespace::Licence, Namespace::OrdersOn] {
                    let found = key(namespace, |w| w.fixed(&subject));
                    assert_eq!(found, Key::derive(namespace, &subject), "{round} {n}");
                }
            }
        }
    }

    #[test]
    fn subjects_are_spread() {
        let mut used = std::collections::BTreeSet::new();
        for n in 0..SLOTS {
            used.insert(place(
                Namespace::Licence,
                format!("(414)95{n:08}").as_bytes(),
            ));
        }
        assert!(used.len() > SLOTS / 2, "{}", used.len());
    }
}
