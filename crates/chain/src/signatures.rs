//! Checking signatures once: on arrival, in batches, remembered until the block comes.
//!
//! The rules are those of ZIP 215: a batch accepts exactly what single checks accept, so all validators
//! agree whichever way they check. One signature may stand over many transactions
//! ([`Auth::Batch`](pangolin_ledger::Auth)); equal statements of one key are checked once.

use ed25519_zebra::{Signature, VerificationKey, VerificationKeyBytes, batch};
use pangolin_ledger::{Auth, SignedTransaction, tx::STATEMENT_BYTES};
use rand_core::CryptoRng;
use std::{
    collections::HashSet,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

/// Signatures over trees remembered as good, at most twice this many. A signature over one transaction is not worth it:
/// the pool remembers the transaction.
const REMEMBERED: usize = 8_192;

/// Below this many, a failed batch is checked one by one instead of being halved.
const BISECT_FLOOR: usize = 4;

/// A key, what it signed, and the signature.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Claim {
    key: [u8; 32],
    statement: [u8; STATEMENT_BYTES],
    signature: [u8; 64],
}

impl Claim {
    fn of(tx: &SignedTransaction) -> Self {
        Self {
            key: tx.tx().key.0,
            statement: tx.statement(),
            signature: tx.auth().signature().0,
        }
    }

    fn holds(&self) -> bool {
        VerificationKey::try_from(VerificationKeyBytes::from(self.key))
            .and_then(|key| key.verify(&Signature::from(self.signature), &self.statement))
            .is_ok()
    }
}

#[derive(Default)]
struct Seen {
    young: HashSet<Claim>,
    old: HashSet<Claim>,
}

impl Seen {
    fn contains(&self, claim: &Claim) -> bool {
        self.young.contains(claim) || self.old.contains(claim)
    }

    fn insert(&mut self, claim: Claim) {
        if self.young.len() >= REMEMBERED {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(claim);
    }
}

/// Checks signatures and remembers the good ones. Clones share their memory.
#[derive(Clone, Default)]
pub struct Signatures {
    seen: Arc<Mutex<Seen>>,
}

impl Signatures {
    /// Which of `txs` are signed by their keys, in order.
    pub fn check(&self, rng: &mut impl CryptoRng, txs: &[Arc<SignedTransaction>]) -> Vec<bool> {
        let claims: Vec<Claim> = txs.iter().map(|tx| Claim::of(tx)).collect();
        let mut fresh: Vec<Claim> = {
            let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            claims
                .iter()
                .filter(|claim| !seen.contains(claim))
                .cloned()
                .collect()
        };
        let mut unique = HashSet::with_capacity(fresh.len());
        fresh.retain(|claim| unique.insert(claim.clone()));
        let mut bad = HashSet::new();
        find_bad(rng, &fresh, &mut bad);
        if txs.iter().any(|tx| is_tree(tx)) {
            let trees: HashSet<Claim> = txs
                .iter()
                .filter(|tx| is_tree(tx))
                .map(|tx| Claim::of(tx))
                .collect();
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            for claim in fresh {
                if !bad.contains(&claim) && trees.contains(&claim) {
                    seen.insert(claim);
                }
            }
        }
        claims.iter().map(|claim| !bad.contains(claim)).collect()
    }
}

const fn is_tree(tx: &SignedTransaction) -> bool {
    matches!(tx.auth(), Auth::Batch { .. })
}

fn find_bad(rng: &mut impl CryptoRng, claims: &[Claim], bad: &mut HashSet<Claim>) {
    if claims.len() <= BISECT_FLOOR {
        bad.extend(claims.iter().filter(|claim| !claim.holds()).cloned());
        return;
    }
    let mut verifier = batch::Verifier::new();
    for claim in claims {
        verifier.queue((
            VerificationKeyBytes::from(claim.key),
            Signature::from(claim.signature),
            &claim.statement,
        ));
    }
    if verifier.verify(&mut *rng).is_err() {
        let (left, right) = claims.split_at(claims.len() / 2);
        find_bad(rng, left, bad);
        find_bad(rng, right, bad);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_zebra::SigningKey;
    use pangolin_ledger::{
        BatchTree, Body, ChainId, DataClass, Height, OrderBody, OrderId, PartyId, ProfileRef,
        PublicKey, Transaction,
    };
    use rand::SeedableRng as _;

    fn transaction(key: &SigningKey, number: u8) -> Transaction {
        Transaction {
            chain: ChainId([1; 32]),
            profile: ProfileRef { id: 1, version: 1 },
            class: DataClass::Transaction,
            issuer: PartyId::new("maker").unwrap(),
            key: PublicKey(VerificationKeyBytes::from(key).into()),
            valid_until: Height(9),
            body: Body::Order(OrderBody::Approve {
                order: OrderId([number; 32]),
            }),
        }
    }

    fn single(key: &SigningKey, number: u8) -> Arc<SignedTransaction> {
        let tx = transaction(key, number);
        let unsigned = Auth::Single(pangolin_ledger::Signature([0; 64]));
        let signature = key.sign(&unsigned.statement(&tx.id()));
        let auth = Auth::Single(pangolin_ledger::Signature(signature.into()));
        Arc::new(SignedTransaction::new(tx, auth))
    }

    fn forged(of: &SignedTransaction) -> Arc<SignedTransaction> {
        let mut signature = of.auth().signature().0;
        signature[40] ^= 1;
        let auth = Auth::Single(pangolin_ledger::Signature(signature));
        Arc::new(SignedTransaction::new(of.tx().clone(), auth))
    }

    #[test]
    fn the_bad_ones_are_found_among_many() {
        let key = SigningKey::from([7; 32]);
        let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut txs: Vec<_> = (0..40).map(|i| single(&key, i)).collect();
        for bad in [[3].as_slice(), &[0, 39], &[7, 8, 9, 30]] {
            let good = txs.clone();
            for at in bad {
                txs[*at] = forged(&txs[*at]);
            }
            let expected: Vec<bool> = (0..40).map(|i| !bad.contains(&i)).collect();
            assert_eq!(Signatures::default().check(&mut rng, &txs), expected);
            txs = good;
        }
    }

    #[test]
    fn one_signature_stands_over_a_tree_and_over_nothing_else() {
        let key = SigningKey::from([8; 32]);
        let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(2);
        let txs: Vec<_> = (0..9).map(|i| transaction(&key, i)).collect();
        let ids: Vec<_> = txs.iter().map(Transaction::id).collect();
        let tree = BatchTree::new(&ids).unwrap();
        let signature = pangolin_ledger::Signature(key.sign(&tree.statement()).into());
        let mut signed: Vec<_> = txs
            .iter()
            .enumerate()
            .map(|(i, tx)| {
                Arc::new(SignedTransaction::new(
                    tx.clone(),
                    tree.auth(i, signature).unwrap(),
                ))
            })
            .collect();
        let checked = Signatures::default();
        assert_eq!(checked.check(&mut rng, &signed), [true; 9]);
        // the path of one transaction does not carry another, even when the signature is remembered
        signed[0] = Arc::new(SignedTransaction::new(
            transaction(&key, 99),
            tree.auth(0, signature).unwrap(),
        ));
        assert_eq!(checked.check(&mut rng, &signed)[..2], [false, true]);
    }
}
