//! Making a chain: secrets of its nodes, shares of its key, its genesis file.

use commonware_cryptography::{Signer as _, ed25519};
use commonware_utils::{
    TryCollect as _,
    ordered::{Map, Set},
};
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use std::sync::Arc;

use super::clock::START_MS;
use crate::{
    genesis::{self, Genesis, GenesisFile, KeyOrigin, ValidatorEntry},
    keys,
    types::{ChainShare, NodeKey, NodeSecret},
};

/// Seeds of observers' secrets begin so far behind those of validators.
const OBSERVERS: u64 = 1_000;

/// What a chain is to be like.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// Its name.
    pub name: &'a str,
    /// What its secrets are drawn from; those of two chains must be at least 2,000 apart.
    pub seed: u64,
    /// Nodes that vote.
    pub validators: u64,
    /// Nodes that do not.
    pub observers: u64,
    /// Blocks of an epoch, if validators may change.
    pub epoch_blocks: Option<u64>,
    /// Longest time between two blocks of an idle chain, in milliseconds.
    pub heartbeat_ms: u64,
    /// The ledger at genesis, in its canonical encoding.
    pub ledger: &'a [u8],
}

/// A chain that can be started.
#[derive(Clone)]
pub struct Founded {
    /// What all nodes have.
    pub genesis: Arc<Genesis>,
    /// Of the validators, by their keys.
    pub shares: Arc<Map<NodeKey, ChainShare>>,
    /// Of all nodes, validators first, in the order of their keys.
    pub secrets: Vec<NodeSecret>,
    /// The keys to these secrets.
    pub nodes: Vec<NodeKey>,
}

/// Makes a chain. Its key is dealt by one machine.
pub fn found(plan: &Plan<'_>) -> Founded {
    let mut secrets: Vec<NodeSecret> = (0..plan.validators)
        .map(|number| ed25519::PrivateKey::from_seed(plan.seed + number))
        .collect();
    secrets.sort_by_key(ed25519::PrivateKey::public_key);
    let keys: Set<NodeKey> = secrets
        .iter()
        .map(ed25519::PrivateKey::public_key)
        .try_collect()
        .unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(plan.seed + 7);
    let (sharing, shares) = keys::trusted_dealer(&mut rng, keys).unwrap();
    let file = GenesisFile {
        format: genesis::FORMAT.into(),
        name: plan.name.into(),
        key_origin: KeyOrigin::TrustedDealer,
        created_ms: u64::try_from(START_MS).unwrap(),
        heartbeat_ms: plan.heartbeat_ms,
        epoch_blocks: plan.epoch_blocks,
        validators: secrets
            .iter()
            .enumerate()
            .map(|(i, secret)| ValidatorEntry {
                name: format!("v{i}"),
                organisation: format!("organisation {i}"),
                key: keys::public_hex(secret),
            })
            .collect(),
        chain_key: genesis::encode_sharing(&sharing),
        ledger: hex::encode(plan.ledger),
    };
    let genesis = Genesis::parse(&serde_json::to_vec(&file).unwrap()).unwrap();
    let observing = (0..plan.observers)
        .map(|number| ed25519::PrivateKey::from_seed(plan.seed + OBSERVERS + number));
    let secrets: Vec<NodeSecret> = secrets.into_iter().chain(observing).collect();
    let nodes = secrets
        .iter()
        .map(ed25519::PrivateKey::public_key)
        .collect();
    Founded {
        genesis: Arc::new(genesis),
        shares: Arc::new(shares),
        secrets,
        nodes,
    }
}
