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

mod actors;

use bytes::Bytes;
use commonware_actor::Feedback;
use commonware_consensus::{
    Reporter,
    marshal::{self, Identifier, Update, core::Mailbox as MarshalMailbox, standard::Deferred},
    simplex::{
        self,
        config::{Floor, ForwardPolicy, SkipPolicy},
        elector::RoundRobin,
    },
    types::{Epoch, FixedEpocher, Height, Round, ViewDelta},
};
use commonware_cryptography::{Digestible as _, Sha256};
use commonware_glue::stateful::{Mailbox as StatefulMailbox, probe};
use commonware_p2p::{Blocker, Provider, Receiver, Sender, max_message_size};
use commonware_parallel::Sequential;
use commonware_runtime::{
    Clock, Handle, Metrics, Quota, Spawner, Storage, buffer::paged::CacheRef,
};
use commonware_utils::{NZU16, NZU32, NZU64, NZUsize};
use rand_core::CryptoRng;
use std::{num::NonZeroUsize, sync::Arc, time::Duration};
use tokio::sync::mpsc;

use self::actors::Site;
use crate::{
    app::{App, Parts},
    block::Block,
    limits::{MAILBOX, MAX_RELAY_BYTES, MAX_VALIDATORS},
    metrics::Meter,
    pace::Paced,
    statesync,
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

impl Timing {
    /// How long a view may take until its proposal is certified.
    fn certified(&self) -> Duration {
        self.heartbeat + self.leader + self.certification
    }
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
    let [
        votes,
        certificates,
        resolver,
        backfill_net,
        blocks_net,
        records_net,
        rules_net,
        probe_net,
        relay_net,
    ] = <[(S, R); CHANNELS]>::try_from(channels)
        .unwrap_or_else(|_| panic!("{CHANNELS} channels are needed"));
    let pages = NonZeroUsize::new(config.cache_bytes / usize::from(PAGE_BYTES.get()))
        .unwrap_or(NonZeroUsize::MIN);
    let cache = CacheRef::new(PAGE_BYTES, pages);
    let prefix = config.partition;
    let genesis = config.parts.genesis.clone();
    let timing = config.timing;
    let pool = config.parts.pool.clone();
    let site = Site {
        context: &context,
        me: &config.me,
        validators: &config.validators,
        peers: &config.peers,
        blocker: &config.blocker,
        scheme: &config.scheme,
        prefix: &prefix,
        cache: &cache,
        fetch: timing.fetch,
    };

    let backfill = site.backfill(backfill_net);
    let buffer = site.broadcast(blocks_net);
    let (plan, probe_mailbox) = site.beginning(config.sync_state, probe_net).await;
    let (marshal, marshal_mailbox, floor) = site.marshal(&genesis, &plan).await;
    let resolvers = site.resolvers(records_net, rules_net);
    site.relay(&config.parts, config.outgoing, relay_net);
    let app = App::new(config.parts);
    let (stateful, stateful_mailbox) = site.state(
        app.clone(),
        (marshal_mailbox.clone(), floor),
        plan,
        resolvers,
        config.keep_blocks,
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
        backfill,
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
            certification_timeout: timing.certified(),
            timeout_retry: Duration::from_secs(1),
            view_retention: ViewDelta::new(64),
            skip: SkipPolicy::Enabled {
                timeout: timing.certified() + Duration::from_secs(2),
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
