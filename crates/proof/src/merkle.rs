//! Binary Merkle trees over lists of leaves, with domain-separated hashes.
//!
//! A block commits to its transactions and to its receipts with such a tree. Leaves and inner nodes are
//! hashed under different prefixes, as RFC 6962 does, so that no inner node can be shown as a leaf.
//! An odd node at the end of a level is carried up unchanged: the number of leaves is part of the
//! proof and of the commitment, so two lists never share a root.

use sha2::{Digest as _, Sha256};

/// Longest path a proof may have: trees of up to 2^32 leaves.
pub const MAX_PATH: usize = 32;

/// A SHA-256 digest.
pub type Hash = [u8; 32];

const LEAF: u8 = 0x00;
const NODE: u8 = 0x01;
const ROOT: u8 = 0x02;

/// Hashes the bytes of one leaf.
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([LEAF])
        .chain_update(bytes)
        .finalize()
        .into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([NODE])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

fn seal(top: &Hash, leaves: u64) -> Hash {
    Sha256::new()
        .chain_update([ROOT])
        .chain_update(leaves.to_be_bytes())
        .chain_update(top)
        .finalize()
        .into()
}

fn level_up(level: &[Hash]) -> Vec<Hash> {
    level
        .chunks(2)
        .map(|pair| match pair {
            [left, right] => node_hash(left, right),
            [single] => *single,
            _ => [0; 32],
        })
        .collect()
}

/// The commitment to `leaves` (each already a [`leaf_hash`]) and to how many there are.
pub fn root(leaves: &[Hash]) -> Hash {
    if leaves.is_empty() {
        return seal(&[0; 32], 0);
    }
    let mut level = leaves.to_vec();
    while level.len() > 1 {
        level = level_up(&level);
    }
    seal(&level[0], leaves.len() as u64)
}

/// The path from one leaf to the root of its tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Position of the leaf, from 0.
    pub index: u64,
    /// Number of leaves of the tree.
    pub leaves: u64,
    /// Sibling hashes from the leaf upwards; levels without a sibling are left out.
    pub siblings: Vec<Hash>,
}

impl Path {
    /// The path of leaf `index` of `leaves`, or nothing if there is no such leaf.
    pub fn new(leaves: &[Hash], index: usize) -> Option<Self> {
        if index >= leaves.len() {
            return None;
        }
        let mut siblings = Vec::new();
        let mut level = leaves.to_vec();
        let mut at = index;
        while level.len() > 1 {
            if let Some(sibling) = level.get(at ^ 1) {
                siblings.push(*sibling);
            }
            level = level_up(&level);
            at /= 2;
        }
        Some(Self {
            index: index as u64,
            leaves: leaves.len() as u64,
            siblings,
        })
    }

    /// Whether this path leads from `leaf` to `root`.
    pub fn verify(&self, leaf: &Hash, root: &Hash) -> bool {
        self.fold(leaf).is_some_and(|computed| computed == *root)
    }

    fn fold(&self, leaf: &Hash) -> Option<Hash> {
        if self.index >= self.leaves || self.siblings.len() > MAX_PATH {
            return None;
        }
        let (mut at, mut width, mut hash) = (self.index, self.leaves, *leaf);
        let mut siblings = self.siblings.iter();
        while width > 1 {
            if at ^ 1 < width {
                let sibling = siblings.next()?;
                hash = if at & 1 == 0 {
                    node_hash(&hash, sibling)
                } else {
                    node_hash(sibling, &hash)
                };
            }
            at /= 2;
            width = width.div_ceil(2);
        }
        siblings.next().is_none().then(|| seal(&hash, self.leaves))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(n: u32) -> Vec<Hash> {
        (0..n).map(|i| leaf_hash(&i.to_be_bytes())).collect()
    }

    #[test]
    fn every_leaf_of_every_small_tree_has_a_path_that_verifies() {
        for n in 1..40 {
            let leaves = leaves(n);
            let root = root(&leaves);
            for (i, leaf) in leaves.iter().enumerate() {
                let path = Path::new(&leaves, i).unwrap();
                assert!(path.verify(leaf, &root), "leaf {i} of {n}");
                let other = &leaves[(i + 1) % leaves.len()];
                assert_eq!(
                    path.verify(other, &root),
                    other == leaf,
                    "wrong leaf {i} of {n}"
                );
            }
        }
    }

    #[test]
    fn a_path_is_bound_to_its_index_its_count_and_its_siblings() {
        let leaves = leaves(7);
        let root = root(&leaves);
        let good = Path::new(&leaves, 2).unwrap();
        for bad in [
            Path {
                index: 3,
                ..good.clone()
            },
            Path {
                index: 7,
                ..good.clone()
            },
            Path {
                leaves: 8,
                ..good.clone()
            },
            Path {
                leaves: 0,
                ..good.clone()
            },
            Path {
                siblings: good.siblings[1..].to_vec(),
                ..good.clone()
            },
            Path {
                siblings: [good.siblings.clone(), vec![[9; 32]]].concat(),
                ..good.clone()
            },
        ] {
            assert!(!bad.verify(&leaves[2], &root), "{bad:?}");
        }
    }

    #[test]
    fn lists_that_differ_only_in_length_have_different_roots() {
        assert_ne!(root(&[]), root(&leaves(1)));
        assert_ne!(root(&leaves(3)), root(&leaves(4)));
        assert!(Path::new(&leaves(3), 3).is_none());
    }
}
