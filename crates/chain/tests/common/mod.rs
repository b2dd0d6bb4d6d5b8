//! A network of real nodes inside the deterministic simulator.

use commonware_cryptography::{Signer as _, ed25519};
use commonware_glue::simulate::{
    engine::{EngineDefinition, InitContext},
    exit::ExitCondition,
    processed::ProcessedHeight,
    property::Property,
    tracker::{FinalizationUpdate, ProgressTracker},
};
use commonware_runtime::{Handle, Quota, Supervisor as _};
use commonware_utils::{
    TryCollect as _,
    ordered::{Map, Set},
};
use pangolin_chain::{
    app::FinalBlock,
    engine::{self, CHANNELS, Config, QUOTA, Timing},
    genesis::{self, Genesis, GenesisFile, KeyOrigin, ValidatorEntry},
    keys, node,
    types::{ChainShare, NodeKey, NodeSecret},
};
use pangolin_ledger::Machine;
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use std::{future::Future, pin::Pin, sync::Arc};
use tokio::sync::mpsc;

/// Four or more validators with one genesis file.
#[derive(Clone)]
pub(crate) struct Network {
    pub(crate) genesis: Arc<Genesis>,
    shares: Map<NodeKey, ChainShare>,
    pub(crate) machine: Arc<Machine>,
    pub(crate) sync_state: bool,
    pub(crate) keep_blocks: Option<usize>,
}

impl Network {
    pub(crate) fn new(n: u64, machine: Arc<Machine>, ledger: &[u8]) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let mut secrets: Vec<NodeSecret> = (0..n).map(ed25519::PrivateKey::from_seed).collect();
        secrets.sort_by_key(ed25519::PrivateKey::public_key);
        let keys: Set<NodeKey> = secrets
            .iter()
            .map(ed25519::PrivateKey::public_key)
            .try_collect()
            .unwrap();
        let (sharing, shares) = keys::trusted_dealer(&mut rng, keys).unwrap();
        let file = GenesisFile {
            format: genesis::FORMAT.into(),
            name: "simulated".into(),
            key_origin: KeyOrigin::TrustedDealer,
            created_ms: 0,
            heartbeat_ms: 200,
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
            ledger: hex::encode(ledger),
        };
        let genesis = Genesis::parse(&serde_json::to_vec(&file).unwrap()).unwrap();
        Self {
            genesis: Arc::new(genesis),
            shares,
            machine,
            sync_state: false,
            keep_blocks: None,
        }
    }
}

/// What properties may look at.
#[derive(Clone)]
pub(crate) struct Validator {
    pub(crate) chain: Arc<dyn pangolin_chain::handle::Chain>,
}

impl ProcessedHeight for Validator {
    async fn processed_height(&self) -> u64 {
        self.chain.status().height
    }
}

impl EngineDefinition for Network {
    type PublicKey = NodeKey;
    type Engine = Handle<()>;
    type State = Validator;

    fn participants(&self) -> Vec<NodeKey> {
        self.genesis.validators.iter().cloned().collect()
    }

    fn channels(&self) -> Vec<(u64, Quota)> {
        (0..CHANNELS as u64).map(|id| (id, QUOTA)).collect()
    }

    fn max_message_size(&self) -> u32 {
        engine::largest_message()
    }

    async fn init(&self, init: InitContext<'_, NodeKey>) -> (Handle<()>, Validator) {
        let InitContext {
            context,
            index,
            delayed,
            public_key,
            oracle,
            channels,
            monitor,
            ..
        } = init;
        let share = self.shares.get_value(public_key).cloned();
        let scheme = node::scheme_of(&self.genesis, public_key, share).unwrap();
        let (finals, _) = mpsc::unbounded_channel::<FinalBlock>();
        let (outgoing, outgoing_receiver) = mpsc::unbounded_channel();
        let parts =
            node::parts(&self.genesis, self.machine.clone(), node::forget(), finals).unwrap();
        let (pool, signatures) = (parts.pool.clone(), parts.signatures.clone());
        let me = public_key.clone();
        let engine = engine::start(
            context.child("engine"),
            Config {
                me: public_key.clone(),
                scheme,
                validators: self.participants(),
                peers: oracle.manager(),
                blocker: oracle.control(public_key.clone()),
                partition: format!("node-{index}"),
                cache_bytes: 1 << 20,
                parts,
                outgoing: outgoing_receiver,
                timing: Timing {
                    heartbeat: self.genesis.heartbeat(),
                    ..Timing::default()
                },
                on_tip: Arc::new(move |round, height, digest| {
                    let _ended = monitor.send(FinalizationUpdate {
                        pk: me.clone(),
                        round,
                        height,
                        block_digest: digest.as_ref().to_vec(),
                    });
                }),
                keep_blocks: self.keep_blocks,
                sync_state: self.sync_state && delayed,
            },
            channels,
        )
        .await;
        let (chain, handle) = node::attach(
            context.child("handle"),
            engine,
            &self.genesis,
            pool,
            signatures,
            outgoing,
            true,
        )
        .await;
        (handle, Validator { chain })
    }

    fn start(engine: Handle<()>) -> Handle<()> {
        engine
    }
}

/// Ends a run when every running validator has applied this height.
#[derive(Clone)]
pub(crate) struct Applied(pub(crate) u64);

impl ExitCondition<NodeKey, Validator> for Applied {
    fn name(&self) -> &str {
        "applied"
    }

    fn requires_polling(&self) -> bool {
        true
    }

    fn reached<'a>(
        &'a self,
        _tracker: &'a ProgressTracker<NodeKey>,
        states: &'a [&'a Validator],
        target: usize,
    ) -> Pin<Box<dyn Future<Output = Result<bool, String>> + Send + 'a>> {
        Box::pin(async move {
            let there = states
                .iter()
                .filter(|state| state.chain.status().height >= self.0)
                .count();
            Ok(there >= target)
        })
    }
}

/// All validators hold the same block at a height, and so the same state: the header commits to it.
#[derive(Clone)]
pub(crate) struct Agreement(pub(crate) u64);

impl Property<NodeKey, Validator> for Agreement {
    fn name(&self) -> &str {
        "agreement"
    }

    fn check<'a>(
        &'a self,
        _tracker: &'a ProgressTracker<NodeKey>,
        states: &'a [&'a Validator],
    ) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        Box::pin(async move {
            let mut seen = None;
            for state in states {
                let found = state
                    .chain
                    .final_header(self.0)
                    .await
                    .map_err(|e| e.to_string())?;
                let digest = found
                    .headers
                    .first()
                    .map(pangolin_proof::header::Header::digest);
                if digest.is_none() || seen.is_some() && seen != digest {
                    return Err(format!("validators disagree at height {}", self.0));
                }
                seen = digest;
            }
            Ok(())
        })
    }
}
