//! The Merkle tree over the leaves (RFC 6962 §2.1).

use sha2::{Digest as _, Sha256};

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update([1]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

fn above(level: &[[u8; 32]]) -> Vec<[u8; 32]> {
    level
        .chunks(2)
        .map(|pair| match pair {
            [left, right] => node(left, right),
            [odd] => *odd,
            _ => [0; 32],
        })
        .collect()
}

/// The root; of no leaves at all, zeros.
pub(super) fn root(leaves: Vec<[u8; 32]>) -> [u8; 32] {
    let mut level = leaves;
    while level.len() > 1 {
        level = above(&level);
    }
    level.first().copied().unwrap_or([0; 32])
}

/// All levels, leaves first.
pub(super) struct Tree(Vec<Vec<[u8; 32]>>);

impl Tree {
    pub(super) fn new(leaves: Vec<[u8; 32]>) -> Self {
        let mut levels = vec![leaves];
        while let Some(last) = levels.last().filter(|last| last.len() > 1) {
            let next = above(last);
            levels.push(next);
        }
        Self(levels)
    }

    /// The hashes beside the path of a leaf, upwards.
    pub(super) fn siblings(&self, leaf: usize) -> Vec<[u8; 32]> {
        let levels = self.0.iter().enumerate();
        levels
            .filter_map(|(height, level)| level.get((leaf >> height) ^ 1).copied())
            .collect()
    }
}

/// The root above `leaf`; `None` if there are too many or too few siblings.
pub(super) fn climb(
    leaf: [u8; 32],
    index: u32,
    count: u32,
    siblings: &[[u8; 32]],
) -> Option<[u8; 32]> {
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

    #[test]
    fn every_leaf_of_every_small_tree_climbs_to_the_root() {
        for count in 1u32..70 {
            let leaves: Vec<[u8; 32]> =
                (0..count).map(|n| [u8::try_from(n).unwrap(); 32]).collect();
            let (tree, root) = (Tree::new(leaves.clone()), root(leaves.clone()));
            for (index, leaf) in (0u32..).zip(&leaves) {
                let siblings = tree.siblings(index as usize);
                assert_eq!(climb(*leaf, index, count, &siblings), Some(root));
                assert_ne!(climb([255; 32], index, count, &siblings), Some(root));
                let mut more = siblings.clone();
                more.push([0; 32]);
                assert_eq!(climb(*leaf, index, count, &more), None);
                if count > 1 {
                    assert_eq!(climb(*leaf, index, count, &siblings[1..]), None);
                }
            }
        }
        assert_eq!(root(Vec::new()), [0; 32]);
    }
}
