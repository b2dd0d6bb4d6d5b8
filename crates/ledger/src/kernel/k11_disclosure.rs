//! K11, disclosure: the commitment to a full event and the proof of single fields.
//!
//! The commitment is the root of a Merkle tree over the fields in ascending order of their names. A leaf is
//! `SHA-256(0x00 ‖ salt ‖ length of name ‖ name ‖ value)` with a secret salt of 32 bytes per field, so that a field that is
//! not disclosed cannot be guessed; a node is `SHA-256(0x01 ‖ left ‖ right)`; a last node without sibling moves up as it is.
//! The holder of the full event keeps the salts. [`Disclosure::verify`] needs only the commitment in the event.

use crate::{
    hash::sha256,
    id::Digest32,
    limits::{MAX_FIELD_BYTES, MAX_FIELD_LEVELS, MAX_FIELDS, MAX_TEXT_BYTES},
};

/// A field of a full event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name or path.
    pub name: String,
    /// Its value as bytes.
    pub value: Vec<u8>,
    /// Its salt.
    pub salt: [u8; 32],
}
wire_struct!(Field { name[text MAX_TEXT_BYTES], value[blob MAX_FIELD_BYTES], salt });

impl Field {
    fn leaf(&self) -> [u8; 32] {
        let length = (self.name.len() as u64).to_be_bytes();
        sha256(&[&[0], &self.salt, &length, self.name.as_bytes(), &self.value])
    }
}

/// The tree over the fields of one full event.
#[derive(Debug, Clone)]
pub struct Commitment {
    levels: Vec<Vec<[u8; 32]>>,
}

impl Commitment {
    /// Builds the tree; `None` if there are no fields, too many, or they are not strictly ascending by name.
    pub fn new(fields: &[Field]) -> Option<Self> {
        let ascending = fields.array_windows().all(|[a, b]| a.name < b.name);
        if fields.is_empty() || fields.len() > MAX_FIELDS || !ascending {
            return None;
        }
        let mut levels = vec![fields.iter().map(Field::leaf).collect::<Vec<_>>()];
        while let Some(last) = levels.last().filter(|last| last.len() > 1) {
            let next = last.chunks(2).map(|pair| match pair {
                [left, right] => node(left, right),
                rest => rest.first().copied().unwrap_or_default(),
            });
            let next = next.collect();
            levels.push(next);
        }
        Some(Self { levels })
    }

    /// The commitment.
    pub fn root(&self) -> Digest32 {
        Digest32(
            self.levels
                .last()
                .and_then(|level| level.first())
                .copied()
                .unwrap_or_default(),
        )
    }

    /// Discloses the field at `index`.
    pub fn disclose(&self, fields: &[Field], index: usize) -> Option<Disclosure> {
        let field = fields.get(index)?.clone();
        let mut path = Vec::new();
        for (level, nodes) in self
            .levels
            .iter()
            .enumerate()
            .take(self.levels.len().saturating_sub(1))
        {
            let place = index >> level;
            if let Some(sibling) = nodes.get(place ^ 1) {
                path.push(Sibling {
                    left: place & 1 == 1,
                    digest: *sibling,
                });
            }
        }
        Some(Disclosure { field, path })
    }
}

/// A sibling on the path to the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sibling {
    /// Whether it stands on the left.
    pub left: bool,
    /// Its digest.
    pub digest: [u8; 32],
}
wire_struct!(Sibling { left, digest });

/// A field with the proof that a commitment contains it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// The field.
    pub field: Field,
    /// Siblings from the leaf upwards.
    pub path: Vec<Sibling>,
}
wire_struct!(Disclosure v 1 { field, path[list MAX_FIELD_LEVELS] });

impl Disclosure {
    /// Whether `commitment` contains the field.
    pub fn verify(&self, commitment: &Digest32) -> bool {
        let root = self.path.iter().fold(self.field.leaf(), |at, sibling| {
            if sibling.left {
                node(&sibling.digest, &at)
            } else {
                node(&at, &sibling.digest)
            }
        });
        root == commitment.0
    }
}

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    sha256(&[&[1], left, right])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Wire as _;

    fn fields(n: u8) -> Vec<Field> {
        (0..n)
            .map(|i| Field {
                name: format!("f{i:03}"),
                value: vec![i; 3],
                salt: [i; 32],
            })
            .collect()
    }

    #[test]
    fn each_field_can_be_disclosed_alone() {
        for n in [1, 2, 3, 5, 8, 13] {
            let fields = fields(n);
            let tree = Commitment::new(&fields).unwrap();
            for index in 0..fields.len() {
                let proof = tree.disclose(&fields, index).unwrap();
                assert!(proof.verify(&tree.root()), "{index} of {n}");
                assert_eq!(Disclosure::from_bytes(&proof.to_bytes()), Ok(proof.clone()));
                let mut forged = proof.clone();
                forged.field.value[0] ^= 1;
                assert!(!forged.verify(&tree.root()));
                let mut resalted = proof;
                resalted.field.salt[0] ^= 1;
                assert!(!resalted.verify(&tree.root()));
            }
            assert!(tree.disclose(&fields, fields.len()).is_none());
        }
    }

    #[test]
    fn fields_must_be_ascending_and_present() {
        assert!(Commitment::new(&[]).is_none());
        let mut reversed = fields(2);
        reversed.reverse();
        assert!(Commitment::new(&reversed).is_none());
    }
}
