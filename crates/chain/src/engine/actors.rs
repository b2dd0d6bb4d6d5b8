//! The actors below consensus, each with what it is given.
//!
//! A [`Site`] is what all actors of one node share. [`super::start`] asks it for one actor after the other, in the
//! order in which they need each other; what only one actor is given stands in that actor's method.

use bytes::Bytes;
use commonware_broadcast::buffered;
use commonware_consensus::{
    marshal::{
        self,
        core::{Actor, Floor, Mailbox as MarshalMailbox},
        resolver::{handler, p2p as backfill},
    },
    types::{Epoch, ViewDelta},
};
use commonware_cryptography::{Digested, Digestible as _, certificate::ConstantProvider};
use commonware_glue::stateful::{
    Config as StatefulConfig, Mailbox as StatefulMailbox, PruneConfig, Stateful, SyncPlan,
    db::SyncEngineConfig,
    probe::{self, Probe},
};
use commonware_p2p::{Blocker, Provider, Receiver, Sender};
use commonware_parallel::Sequential;
use commonware_runtime::{Clock, Metrics, Spawner, Storage, buffer::paged::CacheRef};
use commonware_storage::{archive::prunable, translator::EightCap};
use commonware_utils::{NZDuration, NZU64, NZUsize};
use rand_core::CryptoRng;
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;

use super::{BLOCKS_PER_SECTION, MAX_PENDING_BLOCKS, READ_BUFFER, WRITE_BUFFER, nonzero};
use crate::{
    app::{App, Parts},
    block::Block,
    limits::{MAILBOX, SYNC_BATCH},
    relay,
    seats::Council,
    statesync,
    store::{self, Records, RecordsOperation, Rules, RulesOperation},
    types::{Digest, Dissemination, Epochs, Finalization, NodeKey, Scheme},
};

/// Blocks of each leader kept in memory until they are stored: a leader has one under way, rarely two.
const RECENT_BLOCKS_OF_A_PEER: usize = 4;

/// Where verified certificates find the chain's one scheme.
type Certifier = ConstantProvider<Scheme, Epoch>;
type CertificateArchive<E> = prunable::Archive<EightCap, E, Digest, Finalization>;
type BlockArchive<E> = prunable::Archive<EightCap, E, Digest, Arc<Block>>;
/// Orders final blocks and keeps them.
pub(super) type Marshal<E> =
    Actor<E, Dissemination, Certifier, CertificateArchive<E>, BlockArchive<E>, Epochs, Sequential>;
/// The resolver of missing blocks, in two halves.
type Backfill = (
    handler::Receiver<Digest>,
    backfill::Mailbox<Digest, NodeKey>,
);
/// State sync of the two stores.
type Resolvers<E> = (
    statesync::Mailbox<Records<E>, RecordsOperation>,
    statesync::Mailbox<Rules<E>, RulesOperation>,
);
/// Runs the application on its state.
pub(super) type State<E> = Stateful<E, App, Dissemination, Resolvers<E>, Sequential>;

/// What all actors of one node share.
pub(super) struct Site<'a, E, P, B> {
    pub(super) context: &'a E,
    pub(super) me: &'a NodeKey,
    pub(super) council: &'a Council,
    /// Whom a node without state asks for it besides.
    pub(super) helpers: &'a [NodeKey],
    pub(super) epocher: &'a Epochs,
    pub(super) peers: &'a P,
    pub(super) blocker: &'a B,
    pub(super) scheme: &'a Scheme,
    pub(super) prefix: &'a str,
    pub(super) cache: &'a CacheRef,
    /// How long a request to a peer may take.
    pub(super) fetch: Duration,
}

impl<E, P, B> Site<'_, E, P, B>
where
    E: Clock + CryptoRng + Metrics + Spawner + Storage,
    P: Provider<PublicKey = NodeKey>,
    B: Blocker<PublicKey = NodeKey> + Sync,
{
    /// Fetches blocks and certificates that are missing here.
    pub(super) fn backfill<S, R>(&self, net: (S, R)) -> Backfill
    where
        S: Sender<PublicKey = NodeKey>,
        R: Receiver<PublicKey = NodeKey>,
    {
        backfill::init(
            self.context.child("backfill"),
            backfill::Config {
                public_key: self.me.clone(),
                peer_provider: self.peers.clone(),
                blocker: self.blocker.clone(),
                mailbox_size: MAILBOX,
                fetch_timeout: nonzero(self.fetch),
                fetch_retry_delay: Duration::from_millis(100),
                priority_requests: false,
                priority_responses: false,
            },
            net,
        )
    }

    /// Sends proposals to every validator and keeps those of others until they are stored.
    pub(super) fn broadcast<S, R>(&self, net: (S, R)) -> buffered::Mailbox<NodeKey, Block>
    where
        S: Sender<PublicKey = NodeKey>,
        R: Receiver<PublicKey = NodeKey>,
    {
        let (engine, mailbox) = buffered::Engine::new(
            self.context.child("blocks"),
            buffered::Config {
                public_key: self.me.clone(),
                mailbox_size: MAILBOX,
                deque_size: RECENT_BLOCKS_OF_A_PEER,
                priority: true,
                codec_config: (),
                peer_provider: self.peers.clone(),
                strategy: Sequential,
            },
        );
        engine.start(net);
        mailbox
    }

    /// Where this node begins: at its own state, at the genesis, or, when `sync_state` and nothing is here yet, at a final
    /// block that enough peers name.
    pub(super) async fn beginning<S, R>(
        &self,
        sync_state: bool,
        net: (S, R),
    ) -> (
        SyncPlan<E, Scheme, Dissemination>,
        probe::Mailbox<Scheme, Dissemination>,
    )
    where
        S: Sender<PublicKey = NodeKey>,
        R: Receiver<PublicKey = NodeKey>,
    {
        let plan = SyncPlan::init(self.context.child("plan"), self.prefix).await;
        let (probe, mailbox) = Probe::new(probe::Config {
            context: self.context.child("probe"),
            provider: Certifier::new(self.scheme.clone()),
            strategy: Sequential,
            mailbox_size: MAILBOX,
            blocker: self.blocker.clone(),
            minimum_epoch: Epoch::zero(),
            retry_timeout: NZDuration!(Duration::from_millis(500)),
        });
        probe.start(net);
        if plan.should_sync(sync_state)
            && let Ok(floor) = mailbox.subscribe().await
        {
            return (plan.set_floor(floor).await, mailbox);
        }
        (plan, mailbox)
    }

    /// Orders final blocks and keeps them, with their certificates.
    pub(super) async fn marshal(
        &self,
        genesis: &Block,
        plan: &SyncPlan<E, Scheme, Dissemination>,
    ) -> (Marshal<E>, MarshalMailbox<Scheme, Dissemination>, Floor) {
        let certificates = CertificateArchive::init(
            self.context.child("finalizations"),
            self.archive("finalizations"),
        )
        .await
        .unwrap_or_else(|e| panic!("cannot open the archive of certificates: {e}"));
        let blocks = BlockArchive::init(self.context.child("final_blocks"), self.archive("blocks"))
            .await
            .unwrap_or_else(|e| panic!("cannot open the archive of blocks: {e}"));
        let genesis = Digested::precomputed(genesis.clone(), genesis.digest());
        Actor::init(
            self.context.child("marshal"),
            certificates,
            blocks,
            marshal::Config {
                provider: Certifier::new(self.scheme.clone()),
                epocher: self.epocher.clone(),
                start: plan.marshal_start(genesis),
                partition_prefix: format!("{}-marshal", self.prefix),
                mailbox_size: MAILBOX,
                view_retention: ViewDelta::new(64),
                prunable_items_per_section: BLOCKS_PER_SECTION,
                page_cache: self.cache.clone(),
                replay_buffer: READ_BUFFER,
                key_write_buffer: WRITE_BUFFER,
                value_write_buffer: WRITE_BUFFER,
                block_codec_config: (),
                max_repair: NZUsize!(16),
                max_pending_acks: MAX_PENDING_BLOCKS,
                strategy: Sequential,
            },
        )
        .await
    }

    fn archive(&self, name: &str) -> prunable::Config<EightCap, ()> {
        let prefix = self.prefix;
        prunable::Config {
            translator: EightCap,
            metadata_partition: format!("{prefix}-{name}-meta"),
            key_partition: format!("{prefix}-{name}-key"),
            key_page_cache: self.cache.clone(),
            value_partition: format!("{prefix}-{name}-value"),
            compression: None,
            codec_config: (),
            items_per_section: BLOCKS_PER_SECTION,
            key_write_buffer: WRITE_BUFFER,
            value_write_buffer: WRITE_BUFFER,
            replay_buffer: READ_BUFFER,
        }
    }

    /// Fetches the state of both stores from peers, and serves it to them.
    pub(super) fn resolvers<S, R>(&self, records: (S, R), rules: (S, R)) -> Resolvers<E>
    where
        S: Sender<PublicKey = NodeKey>,
        R: Receiver<PublicKey = NodeKey>,
    {
        let config = || statesync::Config {
            peers: self.askable(),
            blocker: self.blocker.clone(),
        };
        let (records, _) = statesync::start(self.context.child("sync_records"), config(), records);
        let (rules, _) = statesync::start(self.context.child("sync_rules"), config(), rules);
        (records, rules)
    }

    /// Passes transactions on, and takes those of others.
    pub(super) fn relay<S, R>(
        &self,
        parts: &Parts,
        outgoing: mpsc::UnboundedReceiver<Bytes>,
        net: (S, R),
    ) where
        S: Sender<PublicKey = NodeKey>,
        R: Receiver<PublicKey = NodeKey>,
    {
        relay::start(
            self.context.child("relay"),
            relay::Config {
                chain: parts.genesis.header.chain,
                pool: parts.pool.clone(),
                signatures: parts.signatures.clone(),
                me: self.me.clone(),
                council: self.council.clone(),
                outgoing,
                blocker: self.blocker.clone(),
            },
            net,
        );
    }

    /// Runs the application on its two stores; `keep_blocks` final blocks are kept, all when `None`.
    pub(super) fn state(
        &self,
        application: App,
        marshal: (MarshalMailbox<Scheme, Dissemination>, Floor),
        plan: SyncPlan<E, Scheme, Dissemination>,
        resolvers: Resolvers<E>,
        keep_blocks: Option<usize>,
    ) -> (State<E>, StatefulMailbox<E, App>) {
        Stateful::new(
            self.context.child("stateful"),
            StatefulConfig {
                application,
                db_config: store::configs(self.prefix, self.cache),
                provider: (),
                marshal,
                mailbox_size: MAILBOX,
                plan,
                resolvers,
                sync_config: SyncEngineConfig {
                    fetch_batch_size: SYNC_BATCH,
                    apply_batch_size: NZU64!(4_096),
                    max_outstanding_requests: NZUsize!(16),
                },
                prune_config: keep_blocks.map(|keep| PruneConfig {
                    maintenance_interval: NZUsize!(256),
                    retained_marshal_blocks: keep,
                    retained_qmdb_blocks: keep.min(256),
                }),
                strategy: Sequential,
            },
        )
    }

    /// Whom a node may ask for the state.
    fn askable(&self) -> Vec<NodeKey> {
        let mut peers = self.council.others(self.me);
        let more = self.helpers.iter().filter(|key| *key != self.me);
        peers.extend(
            more.filter(|key| !peers.contains(key))
                .cloned()
                .collect::<Vec<_>>(),
        );
        peers
    }
}
