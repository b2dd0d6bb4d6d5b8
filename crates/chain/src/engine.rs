//! The wiring of one node: which actor talks to which, over which channel.
//!
//! Generic over the runtime and the network, so that the deterministic simulator and the real node run the
//! very same code. The actor of epochs owns the root context: when it ends, every other actor ends with it.
//!
//! ```text
//!   network ─ votes, certificates, resolver ──► epochs ──► consensus ◄──► deferred ◄──► paced ◄──► stateful ◄──► app
//!      ├──── backfill, blocks ────────────────► marshal ───── final blocks ─────────────►│
//!      ├──── records, rules ──────────────────► state sync ──────────────────────────────┘
//!      ├──── probe ───────────────────────────► where to start a late node
//!      ├──── transactions ────────────────────► relay ──► pool ──► app
//!      └──── seats ───────────────────────────► keeper: resharing of the key, evidence of contradictions ──► pool
//! ```

mod actors;

use bytes::Bytes;
use commonware_actor::Feedback;
use commonware_consensus::{
    Reporter,
    marshal::{self, Update, core::Mailbox as MarshalMailbox, standard::Deferred},
    simplex,
    types::{FixedEpocher, Height, Round},
};
use commonware_cryptography::{Digestible as _, Signer as _};
use commonware_glue::stateful::{Mailbox as StatefulMailbox, probe};
use commonware_p2p::{Blocker, Provider, Receiver, Sender, max_message_size, utils::mux::prefixed};
use commonware_runtime::{
    Clock, Handle, Metrics, Quota, Spawner, Storage, buffer::paged::CacheRef,
};
use commonware_utils::{NZU16, NZU32, NZU64, NZUsize, ordered::Set};
use rand_core::CryptoRng;
use std::{
    num::NonZeroUsize,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};
use tokio::sync::mpsc;

use self::actors::Site;
use crate::{
    app::{App, Parts},
    block::Block,
    genesis,
    limits::{MAX_RELAY_BYTES, MAX_VALIDATORS},
    metrics::Meter,
    pace::Paced,
    seats::{
        self, Council, OnSeats,
        ballot::BALLOT_BYTES,
        epochs,
        keeper::{self, Present},
        reader::Reader,
        vault::{Kept, Vault},
    },
    statesync,
    types::{ChainSharing, Digest, Dissemination, EPOCH_BLOCKS, NodeKey, NodeSecret, Scheme},
};

/// Channels of the network, in the order in which [`start`] takes them.
pub const CHANNELS: usize = 10;

/// Messages per second and peer on each channel; bursts beyond it are dropped by the receiver.
pub const QUOTA: Quota = Quota::per_second(NZU32!(1_024));

/// Files of an archive hold this many blocks.
const BLOCKS_PER_SECTION: std::num::NonZeroU64 = NZU64!(1_024);
pub(crate) const READ_BUFFER: NonZeroUsize = NZUsize!(256 * 1024);
pub(crate) const WRITE_BUFFER: NonZeroUsize = NZUsize!(64 * 1024);
/// Bytes of a cached page of a file.
const PAGE_BYTES: std::num::NonZeroU16 = NZU16!(4_084);
/// Final blocks that may wait for the application at once.
const MAX_PENDING_BLOCKS: NonZeroUsize = NZUsize!(4);

/// Largest message any actor sends.
pub fn largest_message() -> u32 {
    let validators = u32::try_from(MAX_VALIDATORS).unwrap_or(u32::MAX);
    max_message_size(&[
        prefixed(simplex::max_payload_size::<Scheme, Digest>(validators) + BALLOT_BYTES),
        seats::MAX_MESSAGE_BYTES,
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
    pub(crate) fn certified(&self) -> Duration {
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
    pub secret: NodeSecret,
    /// Signs as a validator of the genesis file, or only verifies.
    pub scheme: Scheme,
    /// The validators of the genesis file.
    pub validators: Set<NodeKey>,
    /// The public part of their shares.
    pub sharing: ChainSharing,
    /// Further peers that a node without state may ask for it.
    pub helpers: Vec<NodeKey>,
    /// Whether the node must not vote in this run, whatever shares it has.
    pub silent: bool,
    /// Where its shares of later epochs are kept.
    pub vault: Arc<dyn Vault>,
    /// Told of the validators.
    pub on_seats: OnSeats,
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
    /// Takes the statements of this node as a validator, as if they had been handed to it.
    pub pass_on: mpsc::UnboundedSender<Bytes>,
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
    /// Whether this node votes.
    pub voter: Arc<AtomicBool>,
    /// For what asks the application and must end with it.
    pub beside: E,
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
        seats_net,
    ] = <[(S, R); CHANNELS]>::try_from(channels)
        .unwrap_or_else(|_| panic!("{CHANNELS} channels are needed"));
    let pages = NonZeroUsize::new(config.cache_bytes / usize::from(PAGE_BYTES.get()))
        .unwrap_or(NonZeroUsize::MIN);
    let cache = CacheRef::new(PAGE_BYTES, pages);
    let prefix = config.partition;
    let genesis = config.parts.genesis.clone();
    let timing = config.timing;
    let pool = config.parts.pool.clone();
    let seats_pool = pool.clone();
    let me = config.secret.public_key();
    let validators: Vec<NodeKey> = config.validators.iter().cloned().collect();
    let council = Council::new(validators);
    let epochs = config.parts.epoch_blocks;
    let epocher = FixedEpocher::new(epochs.unwrap_or(EPOCH_BLOCKS));
    let site = Site {
        context: &context,
        me: &me,
        council: &council,
        helpers: &config.helpers,
        epocher: &epocher,
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
    let (records, rules) = (resolvers.0.opened(), resolvers.1.opened());
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
        epocher.clone(),
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

    let reader = Reader::new(records, rules, app.clone());
    let kept = Kept(config.vault);
    let present = Present::default();
    let (seen_sender, seen) = mpsc::unbounded_channel();
    if epochs.is_some() {
        let keeper = keeper::Config {
            chain: genesis.header.chain,
            secret: config.secret.clone(),
            kept: kept.clone(),
            reader: reader.clone(),
            council: council.clone(),
            present: present.clone(),
            pool: seats_pool,
            pass_on: config.pass_on,
            seen,
            turns: app.turns(),
            blocker: config.blocker.clone(),
        };
        keeper::start(context.child("keeper"), keeper, seats_net);
    }
    let voter = Arc::new(AtomicBool::new(config.scheme.share().is_some()));
    let epochs = epochs::Config {
        chain: genesis.header.chain,
        genesis: genesis.digest(),
        namespace: genesis::namespace(&genesis.header.chain),
        validators: config.validators,
        sharing: config.sharing,
        share: config.scheme.share().cloned(),
        secret: config.secret,
        epocher,
        changes: epochs.is_some(),
        silent: config.silent,
        blocker: config.blocker,
        application: deferred,
        marshal: marshal_mailbox.clone(),
        reader,
        kept,
        council,
        present,
        on_seats: config.on_seats,
        voter: voter.clone(),
        seen: seen_sender,
        turns: app.turns(),
        timing,
        prefix,
        cache,
    };
    let beside = context.child("beside");
    let handle = epochs::start(context, epochs, votes, certificates, resolver);
    Engine {
        handle,
        marshal: marshal_mailbox,
        stateful: stateful_mailbox,
        app,
        voter,
        beside,
    }
}

pub(crate) fn nonzero(duration: Duration) -> commonware_utils::NonZeroDuration {
    commonware_utils::NonZeroDuration::new_panic(duration.max(Duration::from_millis(1)))
}
