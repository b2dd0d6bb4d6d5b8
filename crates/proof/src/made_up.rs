//! Chains that never were, for tests: validators with shares of a key, headers, and certificates of whatever they are asked to sign.

#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

use commonware_codec::Encode as _;
use commonware_consensus::{
    simplex::types::{Finalization, Finalize, Proposal},
    types::{Epoch, Height, Round, View},
};
use commonware_cryptography::{
    Signer as _,
    bls12381::{
        dkg::feldman_desmedt::deal,
        primitives::{
            group::Share,
            sharing::{Mode, Sharing},
            variant::MinSig,
        },
    },
    ed25519,
    sha256::Digest,
};
use commonware_parallel::Sequential;
use commonware_storage::mmr::Location;
use commonware_utils::{
    Faults as _, N3f1, TryCollect as _, non_empty, non_empty_range, ordered::Set,
};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

use crate::{
    header::{ConsensusContext, Header, State, StoreRoot},
    trust::{FinalHeader, Scheme, TrustedChain, namespace},
};

/// Validators and the key they share: they sign whatever they are asked to.
#[derive(Debug)]
pub struct Committee {
    /// The chain.
    pub trusted: TrustedChain,
    schemes: Vec<Scheme>,
    quorum: usize,
    leader: ed25519::PublicKey,
}

impl Committee {
    /// The four validators that a seed makes, of a chain of tests.
    pub fn new(seed: u64) -> Self {
        Self::of(seed, digest(9), "test")
    }

    /// The four validators of a chain that a seed makes.
    pub fn of(seed: u64, chain: Digest, name: &str) -> Self {
        let keys: Set<ed25519::PublicKey> = (0..4)
            .map(|i| ed25519::PrivateKey::from_seed(i).public_key())
            .try_collect()
            .unwrap();
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let (output, shares) =
            deal::<MinSig, _, N3f1>(&mut rng, Mode::NonZeroCounter, keys.clone()).unwrap();
        let sharing = output.public().clone();
        let shares = keys
            .iter()
            .map(|key| shares.get_value(key).unwrap().clone());
        let trusted = TrustedChain {
            name: name.into(),
            chain,
            key: *sharing.public(),
        };
        Self::with_shares(trusted, &keys, &sharing, shares)
    }

    /// The validators of a chain whose shares somebody has: enough of them to certify.
    pub fn with_shares(
        trusted: TrustedChain,
        validators: &Set<ed25519::PublicKey>,
        sharing: &Sharing<MinSig>,
        shares: impl IntoIterator<Item = Share>,
    ) -> Self {
        let namespace = namespace(&trusted.chain);
        let schemes = shares.into_iter().map(|share| {
            let all = validators.clone();
            Scheme::signer(&namespace, all, sharing.clone(), share).unwrap()
        });
        Self {
            schemes: schemes.collect(),
            quorum: usize::try_from(N3f1::quorum(validators.len())).unwrap(),
            leader: validators.iter().next().unwrap().clone(),
            trusted,
        }
    }

    /// A header of this chain on top of `parent`.
    pub fn header(&self, height: u64, parent: Digest, receipts: Digest) -> Header {
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

    /// The certificate of a header: as many validators sign as must.
    pub fn certify(&self, header: &Header) -> Vec<u8> {
        let proposal = Proposal {
            round: header.context.round,
            parent: header.context.parent.0,
            payload: header.digest(),
        };
        let votes: Vec<_> = self
            .schemes
            .iter()
            .take(self.quorum)
            .map(|scheme| Finalize::sign(scheme, proposal.clone()).unwrap())
            .collect();
        let certificate =
            Finalization::from_finalizes(&self.schemes[0], non_empty![@votes.iter()], &Sequential)
                .unwrap();
        certificate.encode().to_vec()
    }

    /// A header alone, certified.
    pub fn certified(&self, header: Header) -> FinalHeader {
        FinalHeader {
            certificate: self.certify(&header),
            headers: vec![header],
        }
    }

    /// `count` headers, each the parent of the next, the last of them certified.
    pub fn run(&self, count: u64, receipts: Digest) -> FinalHeader {
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

/// A digest of equal bytes.
pub fn digest(n: u8) -> Digest {
    Digest::from([n; 32])
}
