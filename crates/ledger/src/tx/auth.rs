//! Signatures over one transaction, or one signature over many.
//!
//! A sender with many independent transactions builds a [`BatchTree`] over their identities and signs its root once.
//! Each transaction then carries that signature, its place and its path, and stays independent of the others.
//! The caller verifies [`Auth::signature`] over [`Auth::statement`]; equal statements of one key need one verification.

use crate::{
    codec::{CodecError, Reader, Wire, Writer},
    hash::sha256,
    id::{Signature, TxId},
    limits::MAX_BATCH_LEVELS,
};

/// First bytes of a statement over one transaction.
pub const SIGN_DOMAIN: &[u8; 16] = b"pangolin/sign/1\0";
/// First bytes of a statement over a tree of transactions.
pub const BATCH_DOMAIN: &[u8; 16] = b"pangolin/batch/1";
/// Bytes of a statement: a domain and a digest.
pub const STATEMENT_BYTES: usize = 48;

/// Who says that the key's owner signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    /// A signature over this transaction alone.
    Single(Signature),
    /// A signature over the root of a tree that holds this transaction.
    Batch {
        /// Signature over the root.
        signature: Signature,
        /// Place of the transaction among the leaves.
        index: u32,
        /// Siblings from the leaf upwards.
        path: Vec<[u8; 32]>,
    },
}

impl Auth {
    /// Most bytes an encoding can have.
    pub const MAX_BYTES: usize = 1 + 64 + 5 + 1 + 32 * MAX_BATCH_LEVELS;

    /// The signature to be verified.
    pub const fn signature(&self) -> &Signature {
        match self {
            Self::Single(signature) | Self::Batch { signature, .. } => signature,
        }
    }

    /// What was signed, if this is the signature of transaction `id`.
    pub fn statement(&self, id: &TxId) -> [u8; STATEMENT_BYTES] {
        match self {
            Self::Single(_) => join(SIGN_DOMAIN, &id.0),
            Self::Batch { index, path, .. } => {
                let mut node = leaf(id);
                for (level, sibling) in path.iter().enumerate() {
                    node = if index >> level & 1 == 0 {
                        parent(&node, sibling)
                    } else {
                        parent(sibling, &node)
                    };
                }
                join(BATCH_DOMAIN, &node)
            }
        }
    }
}

impl Wire for Auth {
    fn put(&self, w: &mut Writer) {
        match self {
            Self::Single(signature) => {
                w.u8(0);
                signature.put(w);
            }
            Self::Batch {
                signature,
                index,
                path,
            } => {
                w.u8(1);
                signature.put(w);
                index.put(w);
                w.list(path.iter());
            }
        }
    }

    fn take(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        let at = r.position();
        match r.u8()? {
            0 => Ok(Self::Single(Signature::take(r)?)),
            1 => {
                let signature = Signature::take(r)?;
                let at = r.position();
                let index = u32::take(r)?;
                let path: Vec<[u8; 32]> = r.list(MAX_BATCH_LEVELS)?;
                if u64::from(index) >> path.len() != 0 {
                    return Err(CodecError::OutOfDomain { at });
                }
                Ok(Self::Batch {
                    signature,
                    index,
                    path,
                })
            }
            tag => Err(CodecError::UnknownTag {
                at,
                tag: u64::from(tag),
            }),
        }
    }
}

fn join(domain: &[u8; 16], digest: &[u8; 32]) -> [u8; STATEMENT_BYTES] {
    let mut out = [0; STATEMENT_BYTES];
    let (head, tail) = out.split_at_mut(domain.len());
    head.copy_from_slice(domain);
    tail.copy_from_slice(digest);
    out
}

fn leaf(id: &TxId) -> [u8; 32] {
    sha256(&[&[0], &id.0])
}

fn parent(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    sha256(&[&[1], left, right])
}

/// A tree over transaction identities, padded to a power of two with a constant that is no leaf.
#[derive(Debug, Clone)]
pub struct BatchTree {
    levels: Vec<Vec<[u8; 32]>>,
    leaves: usize,
}

impl BatchTree {
    /// Most transactions under one signature.
    pub const MAX_LEAVES: usize = 1 << MAX_BATCH_LEVELS;

    /// Builds the tree; `None` when `ids` is empty or exceeds [`Self::MAX_LEAVES`].
    pub fn new(ids: &[TxId]) -> Option<Self> {
        if ids.is_empty() || ids.len() > Self::MAX_LEAVES {
            return None;
        }
        let mut level: Vec<_> = ids.iter().map(leaf).collect();
        level.resize(ids.len().next_power_of_two(), sha256(&[&[2]]));
        let mut levels = vec![level];
        while let Some(last) = levels.last().filter(|last| last.len() > 1) {
            let next = last
                .as_chunks::<2>()
                .0
                .iter()
                .map(|[a, b]| parent(a, b))
                .collect();
            levels.push(next);
        }
        Some(Self {
            levels,
            leaves: ids.len(),
        })
    }

    /// The bytes to sign once for all.
    pub fn statement(&self) -> [u8; STATEMENT_BYTES] {
        let root = self
            .levels
            .last()
            .and_then(|level| level.first())
            .copied()
            .unwrap_or_default();
        join(BATCH_DOMAIN, &root)
    }

    /// The authorisation of the transaction at `index`, given the signature over [`Self::statement`].
    pub fn auth(&self, index: usize, signature: Signature) -> Option<Auth> {
        if index >= self.leaves {
            return None;
        }
        let below_root = self.levels.split_last().map_or(&[][..], |(_, below)| below);
        let sibling =
            |(level, nodes): (usize, &Vec<[u8; 32]>)| nodes.get((index >> level) ^ 1).copied();
        let path = below_root.iter().enumerate().filter_map(sibling).collect();
        Some(Auth::Batch {
            signature,
            index: u32::try_from(index).ok()?,
            path,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> TxId {
        TxId([n; 32])
    }

    #[test]
    fn every_leaf_of_a_batch_leads_to_the_same_statement() {
        for n in [1usize, 2, 3, 5, 8, 9] {
            let ids: Vec<_> = (0..n).map(|i| id(u8::try_from(i).unwrap())).collect();
            let tree = BatchTree::new(&ids).unwrap();
            for (i, tx) in ids.iter().enumerate() {
                let auth = tree.auth(i, Signature([7; 64])).unwrap();
                assert_eq!(auth.statement(tx), tree.statement(), "{i} of {n}");
                assert_ne!(auth.statement(&id(200)), tree.statement());
                assert_eq!(Auth::from_bytes(&auth.to_bytes()), Ok(auth));
            }
            assert!(tree.auth(n, Signature([7; 64])).is_none());
        }
        assert!(BatchTree::new(&[]).is_none());
    }

    #[test]
    fn single_and_batch_statements_never_coincide() {
        let single = Auth::Single(Signature([0; 64])).statement(&id(1));
        let batch = BatchTree::new(&[id(1)]).unwrap().statement();
        assert_ne!(single, batch);
    }

    #[test]
    fn an_index_outside_the_path_is_refused() {
        let auth = Auth::Batch {
            signature: Signature([0; 64]),
            index: 2,
            path: vec![[0; 32]],
        };
        assert_eq!(
            Auth::from_bytes(&auth.to_bytes()).map_err(|e| e.code()),
            Err("out-of-domain")
        );
    }
}
