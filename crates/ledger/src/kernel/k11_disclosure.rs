//! K11, disclosure: the commitment to a full event, and the proof of single fields of it.
//!
//! A full event is a list of fields, each a path and a text, in the order of the event. Its commitment is on the chain; whoever
//! keeps the event can show single fields, each with its salt and the hashes beside its way up, and whoever gets them needs
//! nothing but the commitment to check them:
//!
//! * leaf = `SHA-256(0x00 ‖ salt ‖ length of path (4 bytes, big-endian) ‖ path ‖ value)`, the salt being 32 secret bytes of that field
//!   alone, so that a field that is not shown cannot be found by trying;
//! * node = `SHA-256(0x01 ‖ left ‖ right)`, an odd last node goes up as it is (RFC 6962 §2.1);
//! * commitment = `SHA-256(0x02 ‖ number of fields (4 bytes, big-endian) ‖ root)`: so the number of fields is known, and all of
//!   them together are the whole event.
//!
//! What the fields of an event are called, and where salts come from, is the affair of whoever commits.

use thiserror::Error;

use crate::{
    hash::sha256,
    id::{Digest32, EventId},
    limits::MAX_FIELDS,
};

/// Some fields of an event with their proofs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// The event.
    pub event: EventId,
    /// How many fields it has.
    pub count: u32,
    /// The fields shown, ascending by place.
    pub fields: Vec<Disclosed>,
}

/// A field with its proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosed {
    /// Its place among the fields.
    pub index: u32,
    /// Where it stands in the event.
    pub path: String,
    /// Its canonical text.
    pub value: String,
    /// Its salt.
    pub salt: [u8; 32],
    /// Hashes beside the path, from the leaf upwards.
    pub siblings: Vec<[u8; 32]>,
}

/// Why a disclosure does not prove what it shows.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DisclosureError {
    /// Nothing is shown.
    #[error("the disclosure shows no field")]
    Empty,
    /// A field lies beyond the number of fields, or the fields are not ascending.
    #[error("field {index} of {count} is out of place")]
    OutOfPlace {
        /// The place stated.
        index: u32,
        /// Fields stated.
        count: u32,
    },
    /// A field does not lead to the commitment.
    #[error("field {path} does not belong to the commitment")]
    Mismatch {
        /// The field.
        path: String,
    },
}

impl DisclosureError {
    /// Stable code, kebab-case.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "disclosure-empty",
            Self::OutOfPlace { .. } => "disclosure-out-of-place",
            Self::Mismatch { .. } => "disclosure-mismatch",
        }
    }
}

impl Disclosure {
    /// Whether it shows the whole event.
    pub const fn is_whole(&self) -> bool {
        self.fields.len() == self.count as usize
    }

    /// Checks that every field shown belongs to the event behind `commitment`.
    pub fn verify(&self, commitment: &Digest32) -> Result<(), DisclosureError> {
        if self.fields.is_empty() {
            return Err(DisclosureError::Empty);
        }
        let count = self.count;
        let mut last = None;
        for shown in &self.fields {
            let index = shown.index;
            let after = last.is_none_or(|last| index > last);
            if index >= count || !after || count as usize > MAX_FIELDS {
                return Err(DisclosureError::OutOfPlace { index, count });
            }
            last = Some(index);
            let leaf = leaf(&shown.salt, &shown.path, &shown.value);
            let root = climb(leaf, index, count, &shown.siblings);
            if root.map(|root| seal(count, &root)) != Some(*commitment) {
                return Err(DisclosureError::Mismatch {
                    path: shown.path.clone(),
                });
            }
        }
        Ok(())
    }
}

/// The leaf of a field.
pub fn leaf(salt: &[u8; 32], path: &str, value: &str) -> [u8; 32] {
    let length = u32::try_from(path.len()).unwrap_or(u32::MAX).to_be_bytes();
    sha256(&[&[0], salt, &length, path.as_bytes(), value.as_bytes()])
}

/// The commitment to `count` fields under a root.
pub fn seal(count: u32, root: &[u8; 32]) -> Digest32 {
    Digest32(sha256(&[&[2], &count.to_be_bytes(), root]))
}

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    sha256(&[&[1], left, right])
}

fn above(level: &[[u8; 32]]) -> Vec<[u8; 32]> {
    let pairs = level.chunks(2).map(|pair| match pair {
        [left, right] => node(left, right),
        rest => rest.first().copied().unwrap_or_default(),
    });
    pairs.collect()
}

/// The root over leaves; of no leaves at all, zeros.
pub fn root(leaves: Vec<[u8; 32]>) -> [u8; 32] {
    let mut level = leaves;
    while level.len() > 1 {
        level = above(&level);
    }
    level.first().copied().unwrap_or_default()
}

/// The tree over the leaves, all levels of it.
#[derive(Debug, Clone)]
pub struct Tree(Vec<Vec<[u8; 32]>>);

impl Tree {
    /// The tree over `leaves`.
    pub fn new(leaves: Vec<[u8; 32]>) -> Self {
        let mut levels = vec![leaves];
        while let Some(last) = levels.last().filter(|last| last.len() > 1) {
            let next = above(last);
            levels.push(next);
        }
        Self(levels)
    }

    /// The commitment.
    pub fn commitment(&self) -> Digest32 {
        let count = self.0.first().map_or(0, Vec::len);
        let root = self.0.last().and_then(|level| level.first());
        seal(
            u32::try_from(count).unwrap_or(u32::MAX),
            &root.copied().unwrap_or_default(),
        )
    }

    /// The hashes beside the path of a leaf, upwards.
    pub fn siblings(&self, leaf: usize) -> Vec<[u8; 32]> {
        let levels = self.0.iter().enumerate();
        levels
            .filter_map(|(height, level)| level.get((leaf >> height) ^ 1).copied())
            .collect()
    }
}

/// The root above `leaf`; `None` if there are too many or too few siblings.
fn climb(leaf: [u8; 32], index: u32, count: u32, siblings: &[[u8; 32]]) -> Option<[u8; 32]> {
    let (mut hash, mut at, mut width) = (leaf, index, count);
    let mut rest = siblings.iter();
    while width > 1 {
        if at % 2 == 1 {
            hash = node(rest.next()?, &hash);
        } else if at + 1 < width {
            hash = node(&hash, rest.next()?);
        }
        at /= 2;
        width = width.div_ceil(2);
    }
    rest.next().is_none().then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(count: u32) -> (Disclosure, Digest32) {
        let salt = |n: u32| sha256(&[b"salt", &n.to_be_bytes()]);
        let path = |n: u32| format!("/f{n}");
        let leaves = (0..count).map(|n| leaf(&salt(n), &path(n), "v")).collect();
        let tree = Tree::new(leaves);
        let fields = (0..count).map(|n| Disclosed {
            index: n,
            path: path(n),
            value: "v".into(),
            salt: salt(n),
            siblings: tree.siblings(n as usize),
        });
        let shown = Disclosure {
            event: EventId([1; 32]),
            count,
            fields: fields.collect(),
        };
        (shown, tree.commitment())
    }

    #[test]
    fn every_field_of_every_small_event_is_proven_alone() {
        for count in 1..70 {
            let (whole, commitment) = shown(count);
            assert_eq!(whole.verify(&commitment), Ok(()));
            assert!(whole.is_whole());
            for field in &whole.fields {
                let one = Disclosure {
                    fields: vec![field.clone()],
                    ..whole.clone()
                };
                assert_eq!(
                    one.verify(&commitment),
                    Ok(()),
                    "{} of {count}",
                    field.index
                );
                assert_eq!(one.is_whole(), count == 1);
                let mut more = one.clone();
                more.fields[0].siblings.push([0; 32]);
                assert!(more.verify(&commitment).is_err());
                let mut fewer = one;
                if fewer.fields[0].siblings.pop().is_some() {
                    assert!(fewer.verify(&commitment).is_err());
                }
            }
        }
        assert_eq!(root(Vec::new()), [0; 32]);
    }

    #[test]
    fn a_value_cannot_be_tried_without_its_salt() {
        let (whole, commitment) = shown(5);
        // all but one field are shown: whoever tries values for that one has every hash but no salt
        for guess in ["v", "w"] {
            for salt in [[0; 32], whole.fields[1].salt, sha256(&[b"salt"])] {
                let mut tried = whole.clone();
                tried.fields[2].value = guess.into();
                tried.fields[2].salt = salt;
                let error = tried.verify(&commitment).unwrap_err();
                assert_eq!(error.code(), "disclosure-mismatch");
            }
        }
    }
}
