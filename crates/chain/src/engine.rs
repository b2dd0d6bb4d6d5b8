//! The wiring of one node: which actor talks to which, over which channel.
//!
//! Generic over the runtime and the network, so that the deterministic simulator and the real node run the
//! very same code. The consensus engine owns the root context: when it ends, every other actor ends with it.
//!
//! ```text
//!   network ─ votes, certificates, resolver ──► consensus ◄──► deferred ◄──► paced ◄──► stateful ◄──► app
//!      ├──── backfill, blocks ────────────────► marshal ───── final blocks ─────────────►│
//!      ├──── records, rules ──────────────────► state sync ──────────────────────────────┘
//!      ├──── probe ───────────────────────────► where to start a late node
//!      └──── transactions ────────────────────► relay ──► pool ──► app
//! ```

use bytes::Bytes;
use commonware_actor::Feedback;
use commonware_broadcast::buffered;
use commonware_consensus::{
    Reporter,
    marshal::{
        self, Identifier, Update,
        core::{Actor as Marshal, Mailbox as MarshalMailbox},
        resolver::p2p as backfill,
        standard::Deferred,
    },
    simplex::{
        self,
        config::{Floor, ForwardPolicy, SkipPolicy},
        elector::RoundRobin,
    },
    types::{Epoch, FixedEpocher, Height, Round, ViewDelta},
};
use commonware_cryptography::{Digested, Digestible as _, Sha256, certificate::ConstantProvider};
use commonware_glue::stateful::{
    Config as StatefulConfig, Mailbox as StatefulMailbox, PruneConfig, Stateful, SyncPlan,
    db::SyncEngineConfig,
    probe::{self, Probe},
};
use commonware_p2p::{Blocker, Provider, Receiver, Sender, max_message_size};
use commonware_parallel::Sequential;
use commonware_runtime::{
    Clock, Handle, Metrics, Quota, Spawner, Storage, buffer::paged::CacheRef,
};
use commonware_storage::{archive::prunable, translator::EightCap};
use commonware_utils::{NZDuration, NZU16, NZU32, NZU64, NZUsize};
use rand_core::CryptoRng;
use std::{num::NonZeroUsize, sync::Arc, time::Duration};
use tokio::sync::mpsc;

use crate::{
    app::{App, Parts},
    block::Block,
    limits::{MAILBOX, MAX_RELAY_BYTES, MAX_VALIDATORS, SYNC_BATCH},
    metrics::Meter,
    pace::Paced,
    relay, statesync, store,
    types::{Digest, Dissemination, EPOCH_BLOCKS, NodeKey, Scheme},
};

/// Channels of the network, in the order in which [`start`] takes them.
pub const CHANNELS: usize = 9;

/// Messages per second and peer on each channel; bursts beyond it are dropped by the receiver.
pub const QUOTA: Quota = Quota::per_second(NZU32!(1_024));

/// Files of an archive hold this many blocks.
const BLOCKS_PER_SECTION: std::num::NonZeroU64 = NZU64!(1_024);
const READ_BUFFER: NonZeroUsize = NZUsize!(256 * 1024);
const WRITE_BUFFER: NonZeroUsize = NZUsize!(64 * 1024);
/// Bytes of a cached page of a file.
const PAGE_BYTES: std::num::NonZeroU16 = NZU16!(4_084);
/// Blocks of each leader kept in memory until they are stored: a leader has one under way, rarely two.
const RECENT_BLOCKS_OF_A_PEER: usize = 4;
/// Final blocks that may wait for the application at once.
const MAX_PENDING_BLOCKS: NonZeroUsize = NZUsize!(4);

/// Largest message any actor sends.
pub fn largest_message() -> u32 {
    let validators = u32::try_from(MAX_VALIDATORS).unwrap_or(u32::MAX);
    max_message_size(&[
        simplex::max_payload_size::<Scheme, Digest>(validators),
        marshal::max_payload_size::<Dissemination, Scheme>(validators, &()),
        probe::max_payload_size::<Dissemination, Scheme>(validators),
        statesync::MAX_MESSAGE_BYTES,
        MAX_RELAY_BYTES,
    ])
}

/// How long a node waits for whom.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Longest time between two blocks of an idle chain.
    pub heartbeat: Duration,
    /// How long a leader may take, beyond the heartbeat, before its turn is skipped.
    pub leader: Duration,
    /// How long a proposal may take, beyond that, to be certified.
    pub certification: Duration,
    /// How long a request to a peer may take.
    pub fetch: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(1),
            leader: Duration::from_secs(2),
            certification: Duration::from_secs(2),
            fetch: Duration::from_secs(2),
        }
    }
}

/// What an engine is made of.
pub struct Config<P, B> {
    /// This node.
    pub me: NodeKey,
    /// Signs as a validator, or only verifies as an observer.
    pub scheme: Scheme,
    /// Every validator.
    pub validators: Vec<NodeKey>,
    /// Peers of the network.
    pub peers: P,
    /// Blocks misbehaving peers.
    pub blocker: B,
    /// Prefix of every file partition of this node.
    pub partition: String,
    /// Bytes of file pages kept in memory.
    pub cache_bytes: usize,
    /// The application.
    pub parts: Parts,
    /// Transactions handed to this node.
    pub outgoing: mpsc::UnboundedReceiver<Bytes>,
    /// Waits.
    pub timing: Timing,
    /// Final blocks to keep; everything when `None` (archive).
    pub keep_blocks: Option<usize>,
    /// Told of the network's final tips.
    pub on_tip: OnTip,
    /// Where durations are measured.
    pub meter: Arc<Meter>,
    /// Whether a node that has no state fetches it from its peers instead of replaying the chain.
    pub sync_state: bool,
}

/// Called when the network's final tip moves, before the block is applied here.
pub type OnTip = Arc<dyn Fn(Round, Height, Digest) + Send + Sync>;

/// Tells of new tips and passes everything on.
#[derive(Clone)]
struct Tips<R> {
    inner: R,
    on_tip: OnTip,
}

impl<R: Reporter<Activity = Update<Block>>> Reporter for Tips<R> {
    type Activity = Update<Block>;

    fn report(&mut self, activity: Self::Activity) -> Feedback {
        if let Update::Tip(round, height, digest) = &activity {
            (self.on_tip)(*round, *height, *digest);
        }
        self.inner.report(activity)
    }
}

/// A running engine.
pub struct Engine<E: Clock + Spawner + Storage + Metrics + CryptoRng> {
    /// Ends when the node ends; aborting it ends the node.
    pub handle: Handle<()>,
    /// Final blocks and certificates.
    pub marshal: MarshalMailbox<Scheme, Dissemination>,
    /// The application's state.
    pub stateful: StatefulMailbox<E, App>,
    /// The application.
    pub app: App,
}

/// Starts every actor of a node. `channels` are [`CHANNELS`] pairs of the network.
///
/// # Panics
///
/// When a store on disk cannot be opened: the node cannot run without it.
pub async fn start<E, P, B, S, R>(
    context: E,
    config: Config<P, B>,
    channels: Vec<(S, R)>,
) -> Engine<E>
where
    E: Clock + CryptoRng + Metrics + Spawner + Storage,
    P: Provider<PublicKey = NodeKey>,
    B: Blocker<PublicKey = NodeKey> + Sync,
    S: Sender<PublicKey = NodeKey>,
    R: Receiver<PublicKey = NodeKey>,
{
    let mut channels = channels.into_iter();
    let mut channel = || {
        channels
            .next()
            .unwrap_or_else(|| panic!("{CHANNELS} channels are needed"))
    };
    let (votes, certificates, resolver) = (channel(), channel(), channel());
    let (backfill_net, blocks_net) = (channel(), channel());
    let (records_net, rules_net, probe_net, relay_net) =
        (channel(), channel(), channel(), channel());
    let pages = NonZeroUsize::new(config.cache_bytes / usize::from(PAGE_BYTES.get()))
        .unwrap_or(NonZeroUsize::MIN);
    let cache = CacheRef::new(PAGE_BYTES, pages);
    let prefix = config.partition;
    let genesis = config.parts.genesis.clone();
    let timing = config.timing;
    let pool = config.parts.pool.clone();

    let resolver_pair = backfill::init(
        context.child("backfill"),
        backfill::Config {
            public_key: config.me.clone(),
            peer_provider: config.peers.clone(),
            blocker: config.blocker.clone(),
            mailbox_size: MAILBOX,
            fetch_timeout: nonzero(timing.fetch),
            fetch_retry_delay: Duration::from_millis(100),
            priority_requests: false,
            priority_responses: false,
        },
        backfill_net,
    );
    let (broadcast, buffer) = buffered::Engine::new(
        context.child("blocks"),
        buffered::Config {
            public_key: config.me.clone(),
            mailbox_size: MAILBOX,
            deque_size: RECENT_BLOCKS_OF_A_PEER,
            priority: true,
            codec_config: (),
            peer_provider: config.peers.clone(),
            strategy: Sequential,
        },
    );
    broadcast.start(blocks_net);

    let finalizations = prunable::Archive::init(
        context.child("finalizations"),
        archive(&prefix, "finalizations", &cache),
    )
    .await
    .unwrap_or_else(|e| panic!("cannot open the archive of certificates: {e}"));
    let final_blocks = prunable::Archive::init(
        context.child("final_blocks"),
        archive(&prefix, "blocks", &cache),
    )
    .await
    .unwrap_or_else(|e| panic!("cannot open the archive of blocks: {e}"));

    let provider = ConstantProvider::new(config.scheme.clone());
    let mut plan = SyncPlan::init(context.child("plan"), prefix.clone()).await;
    let should_sync = plan.should_sync(config.sync_state);
    let (probe, probe_mailbox) = Probe::new(probe::Config {
        context: context.child("probe"),
        provider: provider.clone(),
        strategy: Sequential,
        mailbox_size: MAILBOX,
        blocker: config.blocker.clone(),
        minimum_epoch: Epoch::zero(),
        retry_timeout: NZDuration!(Duration::from_millis(500)),
    });
    probe.start(probe_net);
    if should_sync && let Ok(floor) = probe_mailbox.subscribe().await {
        plan = plan.set_floor(floor).await;
    }

    let (marshal, marshal_mailbox, floor) = Marshal::<_, Dissemination, _, _, _, _, _>::init(
        context.child("marshal"),
        finalizations,
        final_blocks,
        marshal::Config {
            provider,
            epocher: FixedEpocher::new(EPOCH_BLOCKS),
            start: plan.marshal_start(Digested::precomputed(genesis.clone(), genesis.digest())),
            partition_prefix: format!("{prefix}-marshal"),
            mailbox_size: MAILBOX,
            view_retention: ViewDelta::new(64),
            prunable_items_per_section: BLOCKS_PER_SECTION,
            page_cache: cache.clone(),
            replay_buffer: READ_BUFFER,
            key_write_buffer: WRITE_BUFFER,
            value_write_buffer: WRITE_BUFFER,
            block_codec_config: (),
            max_repair: NZUsize!(16),
            max_pending_acks: MAX_PENDING_BLOCKS,
            strategy: Sequential,
        },
    )
    .await;

    let sync_config = |peers: &[NodeKey]| statesync::Config {
        peers: peers
            .iter()
            .filter(|peer| **peer != config.me)
            .cloned()
            .collect(),
        blocker: config.blocker.clone(),
    };
    let (records_sync, _) = statesync::start(
        context.child("sync_records"),
        sync_config(&config.validators),
        records_net,
    );
    let (rules_sync, _) = statesync::start(
        context.child("sync_rules"),
        sync_config(&config.validators),
        rules_net,
    );

    relay::start(
        context.child("relay"),
        relay::Config {
            chain: genesis.header.chain,
            pool: pool.clone(),
            signatures: config.parts.signatures.clone(),
            validators: config
                .validators
                .iter()
                .filter(|key| **key != config.me)
                .cloned()
                .collect(),
            outgoing: config.outgoing,
            blocker: config.blocker.clone(),
        },
        relay_net,
    );

    let app = App::new(config.parts);
    let (stateful, stateful_mailbox) = Stateful::<E, App, Dissemination, _, _>::new(
        context.child("stateful"),
        StatefulConfig {
            application: app.clone(),
            db_config: store::configs(&prefix, &cache),
            provider: (),
            marshal: (marshal_mailbox.clone(), floor),
            mailbox_size: MAILBOX,
            plan,
            resolvers: (records_sync, rules_sync),
            sync_config: SyncEngineConfig {
                fetch_batch_size: SYNC_BATCH,
                apply_batch_size: NZU64!(4_096),
                max_outstanding_requests: NZUsize!(16),
            },
            prune_config: config.keep_blocks.map(|keep| PruneConfig {
                maintenance_interval: NZUsize!(256),
                retained_marshal_blocks: keep,
                retained_qmdb_blocks: keep.min(256),
            }),
            strategy: Sequential,
        },
    );
    let paced = Paced::new(
        stateful_mailbox.clone(),
        app.clone(),
        pool,
        timing.heartbeat,
        config.meter,
    );
    let deferred = Deferred::new(
        context.child("deferred"),
        paced,
        marshal_mailbox.clone(),
        FixedEpocher::new(EPOCH_BLOCKS),
    );
    marshal.start(
        Tips {
            inner: stateful_mailbox.clone(),
            on_tip: config.on_tip,
        },
        buffer,
        resolver_pair,
    );
    probe_mailbox.attach(marshal_mailbox.clone());
    stateful.start();

    let vote_floor = vote_floor(&marshal_mailbox, &genesis).await;
    let consensus = simplex::Engine::new(
        context,
        simplex::Config {
            scheme: config.scheme,
            elector: RoundRobin::<Sha256>::default(),
            blocker: config.blocker,
            automaton: deferred.clone(),
            relay: deferred.clone(),
            reporter: deferred,
            strategy: Sequential,
            partition: format!("{prefix}-consensus"),
            mailbox_size: MAILBOX,
            epoch: Epoch::zero(),
            floor: vote_floor,
            replay_buffer: READ_BUFFER,
            write_buffer: WRITE_BUFFER,
            page_cache: cache,
            leader_timeout: timing.heartbeat + timing.leader,
            certification_timeout: timing.heartbeat + timing.leader + timing.certification,
            timeout_retry: Duration::from_secs(1),
            view_retention: ViewDelta::new(64),
            skip: SkipPolicy::Enabled {
                timeout: timing.heartbeat
                    + timing.leader
                    + timing.certification
                    + Duration::from_secs(2),
                budget: simplex::SkipBudget::Participants,
            },
            fetch_timeout: nonzero(timing.fetch),
            fetch_retry_delay: Duration::from_millis(200),
            forward: ForwardPolicy::Disabled,
            track_historical_votes: false,
        },
    );
    let handle = consensus.start(votes, certificates, resolver);
    Engine {
        handle,
        marshal: marshal_mailbox,
        stateful: stateful_mailbox,
        app,
    }
}

/// Where consensus begins: no vote is given in a view up to that of the last certificate of finality that is kept here, even if the
/// journal of votes does not reach as far ([`crate::abstain`]).
async fn vote_floor(
    marshal: &MarshalMailbox<Scheme, Dissemination>,
    genesis: &Block,
) -> Floor<Scheme, Digest> {
    if let Some((height, _)) = marshal.get_info(Identifier::Latest).await
        && let Some(finalization) = marshal.get_finalization(height).await
    {
        return Floor::Finalized(finalization);
    }
    Floor::Genesis(genesis.digest())
}

fn nonzero(duration: Duration) -> commonware_utils::NonZeroDuration {
    commonware_utils::NonZeroDuration::new_panic(duration.max(Duration::from_millis(1)))
}

fn archive(prefix: &str, name: &str, cache: &CacheRef) -> prunable::Config<EightCap, ()> {
    prunable::Config {
        translator: EightCap,
        metadata_partition: format!("{prefix}-{name}-meta"),
        key_partition: format!("{prefix}-{name}-key"),
        key_page_cache: cache.clone(),
        value_partition: format!("{prefix}-{name}-value"),
        compression: None,
        codec_config: (),
        items_per_section: BLOCKS_PER_SECTION,
        key_write_buffer: WRITE_BUFFER,
        value_write_buffer: WRITE_BUFFER,
        replay_buffer: READ_BUFFER,
    }
}
