//! A chain of headers with real certificates, from fixed seeds.

use commonware_codec::Encode as _;
use commonware_consensus::{
    simplex::types::{Finalization, Finalize, Proposal},
    types::{Epoch, Height, Round, View},
};
use commonware_cryptography::{
    Signer as _,
    bls12381::{
        dkg::feldman_desmedt::deal,
        primitives::{sharing::Mode, variant::MinSig},
    },
    ed25519,
    sha256::Digest,
};
use commonware_parallel::Sequential;
use commonware_storage::mmr::Location;
use commonware_utils::{N3f1, TryCollect as _, non_empty, non_empty_range, ordered::Set};
use pangolin_ledger::{Digest32, EventId, EventOutcome, EventReceipt, Receipt, TxId, Wire as _};
use pangolin_proof::{
    header::{ConsensusContext, Header, State, StoreRoot},
    merkle,
    trust::{FinalHeader, Scheme, TrustedChain, namespace},
};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

/// Four validators and the key they share.
pub(crate) struct Committee {
    pub(crate) trusted: TrustedChain,
    schemes: Vec<Scheme>,
    leader: ed25519::PublicKey,
}

impl Committee {
    /// The committee that a seed makes.
    pub(crate) fn new(seed: u64) -> Self {
        Self::of(seed, digest(9), "test")
    }

    /// The committee of a chain that a seed makes.
    pub(crate) fn of(seed: u64, chain: Digest, name: &str) -> Self {
        let keys: Set<ed25519::PublicKey> = (0..4)
            .map(|i| ed25519::PrivateKey::from_seed(i).public_key())
            .try_collect()
            .unwrap();
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let (output, shares) =
            deal::<MinSig, _, N3f1>(&mut rng, Mode::NonZeroCounter, keys.clone()).unwrap();
        let sharing = output.public().clone();
        let schemes = keys
            .iter()
            .map(|key| {
                let share = shares.get_value(key).unwrap().clone();
                Scheme::signer(&namespace(&chain), keys.clone(), sharing.clone(), share).unwrap()
            })
            .collect();
        let trusted = TrustedChain {
            name: name.into(),
            chain,
            key: *sharing.public(),
        };
        let leader = keys.iter().next().unwrap().clone();
        Self {
            trusted,
            schemes,
            leader,
        }
    }

    /// A header of this chain on top of `parent`.
    pub(crate) fn header(&self, height: u64, parent: Digest, receipts: Digest) -> Header {
        let store = |n| StoreRoot {
            root: digest(n),
            operations: digest(n + 1),
            range: non_empty_range!(Location::new(3), Location::new(70_000)),
        };
        Header {
            chain: self.trusted.chain,
            context: ConsensusContext {
                round: Round::new(Epoch::zero(), View::new(height + 1)),
                leader: self.leader.clone(),
                parent: (View::new(height), parent),
            },
            parent,
            height: Height::new(height),
            time_ms: 1_700_000_000_000 + height,
            state: State {
                records: store(20),
                rules: store(30),
            },
            transactions: digest(40),
            receipts,
        }
    }

    /// The certificate of a header: three of four validators sign.
    pub(crate) fn certify(&self, header: &Header) -> Vec<u8> {
        let proposal = Proposal {
            round: header.context.round,
            parent: header.context.parent.0,
            payload: header.digest(),
        };
        let votes: Vec<_> = self
            .schemes
            .iter()
            .take(3)
            .map(|scheme| Finalize::sign(scheme, proposal.clone()).unwrap())
            .collect();
        let certificate =
            Finalization::from_finalizes(&self.schemes[0], non_empty![@votes.iter()], &Sequential)
                .unwrap();
        certificate.encode().to_vec()
    }

    /// `count` headers, each the parent of the next, the last of them certified.
    pub(crate) fn run(&self, count: u64, receipts: Digest) -> FinalHeader {
        let mut headers: Vec<Header> = Vec::new();
        for height in 5..5 + count {
            let parent = headers.last().map_or(digest(1), Header::digest);
            headers.push(self.header(height, parent, receipts));
        }
        let certificate = self.certify(headers.last().unwrap());
        FinalHeader {
            headers,
            certificate,
        }
    }
}

pub(crate) fn digest(n: u8) -> Digest {
    Digest::from([n; 32])
}

/// Receipts of a block.
pub(crate) fn receipts(count: u8) -> Vec<Receipt> {
    (0..count)
        .map(|n| Receipt {
            tx: TxId([n; 32]),
            events: vec![EventReceipt {
                id: EventId([n + 100; 32]),
                outcome: EventOutcome::Applied,
                objects: 1,
                digest: Digest32([n + 200; 32]),
            }],
            effects: Vec::new(),
        })
        .collect()
}

/// Leaves of their tree.
pub(crate) fn leaves(receipts: &[Receipt]) -> Vec<merkle::Hash> {
    receipts
        .iter()
        .map(|receipt| merkle::leaf_hash(&receipt.to_bytes()))
        .collect()
}
