//! The actor that runs the engine of consensus, one for each epoch.
//!
//! ```text
//!   final block ──► turns ──► state: who validates the next block? ──► another epoch: peers, share, engine; the old one ends
//! ```
//!
//! * Which epoch runs follows from the final state: it is the one of the block after it. So a node that was away, or fetched its
//!   state, enters the epoch it finds and no earlier one.
//! * An epoch begins at the last block of the one before, or at the last certificate of its own that is here.
//! * Messages of later epochs show that this node is behind: certificates of finality among them are believed (the chain's key
//!   has not changed) and lead the node on; of the others' senders, the end of the present epoch is asked for.
//! * A chain without epochs has epoch 0, which begins at once and never ends.
//!
//! **Invariant**: a validator votes in an epoch only with that epoch's journal of votes, or where the vault says that it did not vote in
//! it before. Without one it follows until its earlier votes are over ([`crate::abstain`]), then it votes.

use commonware_codec::{Copying, DecodeExt as _};
use commonware_consensus::{
    CertifiableAutomaton, Epochable as _, Relay, Reporter,
    marshal::{Identifier, core::Mailbox as MarshalMailbox},
    simplex::{
        self,
        config::{Floor, ForwardPolicy, SkipPolicy},
        elector::RoundRobin,
        types::{Activity, Certificate},
    },
    types::{Epoch, Epocher as _, ViewDelta},
};
use commonware_cryptography::{Sha256, Signer as _};
use commonware_p2p::{
    Blocker, Channel, Message, Receiver, Sender,
    utils::mux::{Builder as _, Error as MuxError, MuxHandle, Muxer, SubReceiver, SubSender},
};
use commonware_parallel::Sequential;
use commonware_runtime::{
    Clock, Error as RuntimeError, Handle, IoBuf, Metrics, Spawner, Storage, buffer::paged::CacheRef,
};
use commonware_utils::{channel::mpsc as queue, ordered::Set, vec::NonEmptyVec};
use futures::{FutureExt as _, future::BoxFuture};
use pangolin_ledger::{ChainId, state::Members};
use rand_core::CryptoRng;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};
use tokio::sync::{mpsc, watch};
use tracing::{debug, info, warn};

use super::{
    Council, Known, OnSeats,
    ballot::{self, Booth, Checking, Seen, Signing},
    deal, from_ledger,
    keeper::Present,
    keys_of,
    reader::{Reader, Snapshot, resharing},
    sharing::{self, Output},
    vault::Kept,
};
use crate::{
    abstain::CLOCK_BOUND,
    engine::{READ_BUFFER, Timing, WRITE_BUFFER, nonzero},
    limits::MAILBOX,
    types::{
        ChainShare, ChainSharing, Context, Digest, Dissemination, Epochs, NodeKey, NodeSecret,
        Scheme,
    },
};

/// What the actor works with.
pub(crate) struct Config<E, B, A>
where
    E: Clock + Spawner + Storage + Metrics + CryptoRng,
{
    pub(crate) chain: Digest,
    /// Digest of the genesis block.
    pub(crate) genesis: Digest,
    /// What votes are signed under.
    pub(crate) namespace: Vec<u8>,
    /// The validators of epoch 0.
    pub(crate) validators: Set<NodeKey>,
    /// The public part of their shares.
    pub(crate) sharing: ChainSharing,
    /// This node's share of it, if it has one and may vote.
    pub(crate) share: Option<ChainShare>,
    pub(crate) secret: NodeSecret,
    pub(crate) epocher: Epochs,
    /// Whether the chain has epochs.
    pub(crate) changes: bool,
    /// Whether this node must not vote in this run, whatever shares it has.
    pub(crate) silent: bool,
    pub(crate) blocker: B,
    pub(crate) application: A,
    pub(crate) marshal: MarshalMailbox<Scheme, Dissemination>,
    pub(crate) reader: Reader<E>,
    pub(crate) kept: Kept,
    pub(crate) council: Council,
    pub(crate) present: Present,
    pub(crate) on_seats: OnSeats,
    pub(crate) voter: Arc<AtomicBool>,
    pub(crate) seen: mpsc::UnboundedSender<Seen>,
    pub(crate) turns: watch::Receiver<u64>,
    pub(crate) timing: Timing,
    pub(crate) prefix: String,
    pub(crate) cache: CacheRef,
}

/// Time between two looks of a validator that waits until its earlier votes are over.
const LOOK: Duration = Duration::from_millis(250);

/// Attempts to open a channel that the engine before may not have closed yet, and the wait between two.
const OPENING: (u32, Duration) = (200, Duration::from_millis(5));

/// What comes for epochs that do not run here.
type Others<P> = queue::Receiver<(Channel, Message<P>)>;

/// The channels of the engine, by epoch.
struct Channels<S: Sender> {
    votes: MuxHandle<S>,
    certificates: MuxHandle<S>,
    resolver: MuxHandle<S>,
    other_votes: Others<S::PublicKey>,
    other_certificates: Others<S::PublicKey>,
}

/// An engine that runs.
struct Active {
    epoch: Epoch,
    handle: Handle<()>,
    /// It follows because its journal is gone, until a block made after this moment is final.
    abstains: Option<Duration>,
}

impl Drop for Active {
    fn drop(&mut self) {
        self.handle.abort();
    }
}

/// Who validates an epoch, and with what this node takes part.
struct Seating {
    epoch: Epoch,
    members: Set<NodeKey>,
    sharing: ChainSharing,
    share: Option<ChainShare>,
}

/// How this node takes part in an epoch.
struct Role {
    scheme: Scheme,
    partition: String,
    abstains: Option<Duration>,
}

struct Actor<E, B, A>
where
    E: Clock + Spawner + Storage + Metrics + CryptoRng,
{
    context: E,
    config: Config<E, B, A>,
    /// Whom the peers' manager was last told of.
    known: Vec<Known>,
}

/// Starts the actor. It owns `context`: when it ends, the node's other actors end with it.
pub(crate) fn start<E, B, A, S, R>(
    context: E,
    config: Config<E, B, A>,
    votes: (S, R),
    certificates: (S, R),
    resolver: (S, R),
) -> Handle<()>
where
    E: Clock + CryptoRng + Metrics + Spawner + Storage,
    B: Blocker<PublicKey = NodeKey> + Sync,
    A: CertifiableAutomaton<Context = Context, Digest = Digest>
        + Relay<Digest = Digest, PublicKey = NodeKey, Plan = simplex::Plan<NodeKey>>
        + Reporter<Activity = Activity<Scheme, Digest>>
        + Clone
        + Sync,
    S: Sender<PublicKey = NodeKey>,
    R: Receiver<PublicKey = NodeKey>,
{
    context.spawn(move |context| async move {
        let channels = channels(&context, votes, certificates, resolver);
        let actor = Actor {
            context,
            config,
            known: Vec::new(),
        };
        actor.run(channels).await;
    })
}

fn channels<E, S, R>(
    context: &E,
    votes: (S, R),
    certificates: (S, R),
    resolver: (S, R),
) -> Channels<S>
where
    E: Spawner + Metrics,
    S: Sender<PublicKey = NodeKey>,
    R: Receiver<PublicKey = NodeKey>,
{
    let with_backup = |name: &'static str, (sender, receiver): (S, R)| {
        let builder = Muxer::builder(context.child(name), sender, receiver).with_backup();
        let (mux, handle, others) = builder.build();
        mux.start();
        (handle, others)
    };
    let (votes, other_votes) = with_backup("votes_by_epoch", votes);
    let (certificates, other_certificates) = with_backup("certificates_by_epoch", certificates);
    let (mux, resolver) = Muxer::new(context.child("resolver_by_epoch"), resolver.0, resolver.1);
    mux.start();
    Channels {
        votes,
        certificates,
        resolver,
        other_votes,
        other_certificates,
    }
}

impl<E, B, A> Actor<E, B, A>
where
    E: Clock + CryptoRng + Metrics + Spawner + Storage,
    B: Blocker<PublicKey = NodeKey> + Sync,
    A: CertifiableAutomaton<Context = Context, Digest = Digest>
        + Relay<Digest = Digest, PublicKey = NodeKey, Plan = simplex::Plan<NodeKey>>
        + Reporter<Activity = Activity<Scheme, Digest>>
        + Clone
        + Sync,
{
    async fn run<S: Sender<PublicKey = NodeKey>>(mut self, mut channels: Channels<S>) {
        let mut active: Option<Active> = None;
        if !self.config.changes {
            active = self.enter(self.of_genesis(), &mut channels).await;
        }
        let mut state = self.config.changes.then(|| self.read());
        let mut look = self.context.current();
        loop {
            let reading = async {
                match state.as_mut() {
                    Some(reading) => reading.await,
                    None => std::future::pending().await,
                }
            };
            let abstains = active
                .as_ref()
                .is_some_and(|active| active.abstains.is_some());
            let ended = async {
                match active.as_mut() {
                    Some(active) => (&mut active.handle).await,
                    None => std::future::pending().await,
                }
            };
            let clock = self.context.child("look");
            let pause = async move {
                if abstains {
                    clock.sleep_until(look).await;
                } else {
                    std::future::pending::<()>().await;
                }
            };
            commonware_macros::select! {
                snapshot = reading => {
                    state = None;
                    self.follow(snapshot, &mut active, &mut channels).await;
                },
                result = ended => {
                    if let Err(error) = result {
                        panic!("the engine of consensus stopped: {error}");
                    }
                    return;
                },
                moved = self.config.turns.changed() => {
                    if moved.is_err() { return }
                    state = Some(self.read());
                },
                other = channels.other_votes.recv() => {
                    let Some((epoch, (from, _))) = other else { return };
                    self.behind(active.as_ref(), epoch, from);
                },
                other = channels.other_certificates.recv() => {
                    let Some((epoch, (from, message))) = other else { return };
                    if !self.believe(message) {
                        self.behind(active.as_ref(), epoch, from);
                    }
                },
                () = pause => {
                    look = self.context.current() + LOOK;
                    state = Some(self.read());
                },
            }
        }
    }

    /// Reads the state, however long it takes until there is one.
    fn read(&self) -> BoxFuture<'static, Snapshot> {
        let (reader, clock) = (self.config.reader.clone(), self.context.child("reading"));
        async move { reader.snapshot(&clock).await }.boxed()
    }

    /// Enters the epoch of the block after the state, if another one runs.
    async fn follow<S: Sender<PublicKey = NodeKey>>(
        &mut self,
        snapshot: Snapshot,
        active: &mut Option<Active>,
        channels: &mut Channels<S>,
    ) {
        self.tell(&snapshot);
        let next = snapshot.header.height.next();
        let Some(bounds) = self.config.epocher.containing(next) else {
            return;
        };
        let epoch = bounds.epoch();
        match active.as_ref() {
            Some(running) if running.epoch > epoch => return,
            Some(running) if running.epoch == epoch => {
                let until = running.abstains.filter(|until| snapshot.time() > *until);
                if until.is_none() || !self.is_certified(&snapshot).await {
                    return;
                }
                info!(%epoch, "no earlier vote of this validator can count any more: it votes again");
                self.config.kept.votes_in(epoch.get().saturating_sub(1));
            }
            _ => {}
        }
        // what is final here may already be of a later epoch, whose state comes
        if let Some((height, _)) = self.config.marshal.get_info(Identifier::Latest).await
            && self
                .config
                .epocher
                .containing(height)
                .is_some_and(|of| of.epoch() > epoch)
        {
            debug!(%epoch, "an epoch that is over is not entered");
            return;
        }
        let seating = self.seating(epoch, &snapshot).await;
        if let Some(mut before) = active.take() {
            before.handle.abort();
            let _aborted = (&mut before.handle).await;
        }
        *active = self.enter(seating, channels).await;
    }

    /// Whether the last certificate here is of the state's block or of a later one.
    async fn is_certified(&self, snapshot: &Snapshot) -> bool {
        let marshal = &self.config.marshal;
        let Some((height, _)) = marshal.get_info(Identifier::Latest).await else {
            return false;
        };
        height >= snapshot.header.height && marshal.get_finalization(height).await.is_some()
    }

    /// Asks for the end of the present epoch where somebody is in a later one.
    fn behind(&self, active: Option<&Active>, epoch: u64, from: NodeKey) {
        let Some(active) = active.filter(|active| epoch > active.epoch.get()) else {
            return;
        };
        if let Some(last) = self.config.epocher.last(active.epoch) {
            self.config
                .marshal
                .hint_finalized(last, NonEmptyVec::new(from));
        }
    }

    /// Follows a certificate of finality of an epoch that does not run here; `false` when it is something else.
    fn believe(&mut self, message: IoBuf) -> bool {
        let bytes = bytes::Bytes::from(message);
        let Ok(Certificate::Finalization(finalization)) =
            Certificate::<Scheme, Digest>::decode(Copying(&bytes))
        else {
            return false;
        };
        let key = *self.config.sharing.public();
        let scheme = Scheme::certificate_verifier(&self.config.namespace, key);
        let holds = finalization.verify(&mut self.context, &scheme, &Sequential);
        if holds {
            let _feedback = self
                .config
                .marshal
                .report(Activity::Finalization(finalization));
        }
        holds
    }

    /// Tells whoever must know of the validators.
    fn tell(&mut self, snapshot: &Snapshot) {
        let present = snapshot.members.iter().flat_map(|members| &members.list);
        let wanted = snapshot.wanted.iter().flat_map(|wanted| &wanted.list);
        let players = snapshot.latest.iter().flat_map(|round| &round.players);
        let mut known = BTreeMap::new();
        for member in players.chain(wanted).chain(present) {
            if let Some(key) = from_ledger(&member.key) {
                let address = member.address.parse().ok();
                let counts = true;
                known.insert(
                    key.clone(),
                    Known {
                        key,
                        address,
                        counts,
                    },
                );
            }
        }
        for dealer in snapshot.latest.iter().flat_map(|round| &round.dealers) {
            if let Some(key) = from_ledger(dealer) {
                let (address, counts) = (None, false);
                known.entry(key.clone()).or_insert(Known {
                    key,
                    address,
                    counts,
                });
            }
        }
        let known: Vec<Known> = known.into_values().collect();
        if !known.is_empty() && known != self.known {
            (self.config.on_seats)(&known);
            self.known = known;
        }
    }

    fn of_genesis(&self) -> Seating {
        Seating {
            epoch: Epoch::zero(),
            members: self.config.validators.clone(),
            sharing: self.config.sharing.clone(),
            share: self.config.share.clone(),
        }
    }

    /// Who validates an epoch, and this node's share in it.
    async fn seating(&self, epoch: Epoch, snapshot: &Snapshot) -> Seating {
        let Some(members) = &snapshot.members else {
            // before the first block
            return self.of_genesis();
        };
        let output = sharing::output(&members.sharing);
        let output = output.unwrap_or_else(|| panic!("the validators' sharing cannot be read"));
        let set = output.players().clone();
        let seated = set.position(&self.config.secret.public_key()).is_some();
        let share = if seated && !self.config.silent {
            self.share(members, snapshot, &output).await
        } else {
            None
        };
        if seated && share.is_none() && !self.config.silent {
            warn!(%epoch, "this validator has no share of the chain's key in this epoch: it follows, and gets one with the next resharing");
        }
        Seating {
            epoch,
            members: set,
            sharing: output.public().clone(),
            share,
        }
    }

    /// This node's share of the present sharing: the genesis file's, the one that was kept, or computed now.
    async fn share(
        &self,
        members: &Members,
        snapshot: &Snapshot,
        output: &Output,
    ) -> Option<ChainShare> {
        if members.round == 0 {
            return self.config.share.clone();
        }
        if let Some(bytes) = self.config.kept.share(members.round) {
            return deal::read_share(&bytes);
        }
        let round = snapshot.own.as_ref()?;
        let logs = self.config.reader.logs(round).await;
        let chain = ChainId(self.config.chain.0);
        let players = keys_of(&round.players);
        let resharing = resharing(&chain, round, &players);
        let (secret, kept) = (&self.config.secret, &self.config.kept);
        let share = deal::share_of(&resharing, &logs, output, secret, kept)?;
        kept.keep_share(members.round, &deal::share_bytes(&share));
        Some(share)
    }

    /// With which scheme and which journal this node takes part.
    async fn role(&self, seating: &Seating) -> Role {
        let epoch = seating.epoch;
        let first = format!("{}-consensus", self.config.prefix);
        let (namespace, members) = (&self.config.namespace, &seating.members);
        let mut abstains = None;
        let partition = if epoch == Epoch::zero() {
            first
        } else {
            self.tidy(epoch, &first).await;
            let partition = format!("{first}-{epoch}");
            if self.config.silent {
                // what it says of this node's votes is not to be relied upon, now or later
                self.remove(&partition).await;
            }
            partition
        };
        let mut scheme = seating.share.clone().and_then(|share| {
            Scheme::signer(namespace, members.clone(), seating.sharing.clone(), share)
        });
        if epoch != Epoch::zero() && scheme.is_some() && !self.may_vote(epoch, &partition).await {
            let now = self.context.current().duration_since(UNIX_EPOCH);
            abstains = Some(now.unwrap_or_default() + CLOCK_BOUND);
            warn!(%epoch, "this validator's record of its votes in this epoch is gone: it follows until they are over");
            scheme = None;
        }
        let silent = scheme.is_none() && epoch != Epoch::zero();
        Role {
            scheme: scheme.unwrap_or_else(|| {
                Scheme::verifier(namespace, members.clone(), seating.sharing.clone())
            }),
            // the engine does not start an observer on a journal with votes of its own
            partition: partition + if silent { "-silent" } else { "" },
            abstains,
        }
    }

    /// Begins an epoch.
    async fn enter<S: Sender<PublicKey = NodeKey>>(
        &self,
        seating: Seating,
        channels: &mut Channels<S>,
    ) -> Option<Active> {
        let epoch = seating.epoch;
        let Role {
            scheme,
            partition,
            abstains,
        } = self.role(&seating).await;
        let votes = scheme.share().is_some();
        let validators: Vec<NodeKey> = seating.members.iter().cloned().collect();
        let booth = Booth::new(&self.config.chain, epoch.get(), validators.clone());
        let count = validators.len();
        self.config.council.replace(validators);
        self.config.voter.store(votes, Ordering::Relaxed);
        self.config.present.set(Some(booth.clone()), seating.share);
        let floor = self.floor(epoch).await?;
        let Config { timing, .. } = self.config;
        let engine = simplex::Engine::new(
            self.context.child("consensus"),
            simplex::Config {
                scheme,
                elector: RoundRobin::<Sha256>::default(),
                blocker: self.config.blocker.clone(),
                automaton: self.config.application.clone(),
                relay: self.config.application.clone(),
                reporter: self.config.application.clone(),
                strategy: Sequential,
                partition,
                mailbox_size: MAILBOX,
                epoch,
                floor,
                replay_buffer: READ_BUFFER,
                write_buffer: WRITE_BUFFER,
                page_cache: self.config.cache.clone(),
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
        let (vote_sender, vote_receiver) = self.open(&mut channels.votes, epoch).await?;
        let certificates = self.open(&mut channels.certificates, epoch).await?;
        let resolver = self.open(&mut channels.resolver, epoch).await?;
        let signing = Signing {
            inner: vote_sender,
            secret: self.config.secret.clone(),
            namespace: ballot::namespace(self.config.chain.as_ref()).into(),
        };
        let checking = Checking {
            inner: vote_receiver,
            booth,
            seen: self.config.seen.clone(),
        };
        if self.config.changes {
            info!(%epoch, validators = count, votes, "an epoch begins");
        }
        Some(Active {
            epoch,
            handle: engine.start((signing, checking), certificates, resolver),
            abstains,
        })
    }

    /// The channel of an epoch.
    async fn open<S: Sender<PublicKey = NodeKey>>(
        &self,
        channel: &mut MuxHandle<S>,
        epoch: Epoch,
    ) -> Option<(SubSender<S>, SubReceiver<NodeKey>)> {
        let (attempts, wait) = OPENING;
        for _ in 0..attempts {
            match channel.register(epoch.get()).await {
                Ok(open) => return Some(open),
                Err(MuxError::AlreadyRegistered(_)) => self.context.sleep(wait).await,
                Err(_) => return None,
            }
        }
        None
    }

    /// Whether this validator may vote in an epoch; notes that it does before it does.
    async fn may_vote(&self, epoch: Epoch, partition: &str) -> bool {
        if self.config.kept.voted() != Some(epoch.get()) {
            self.config.kept.votes_in(epoch.get());
            return true;
        }
        match self.context.scan(partition).await {
            Ok(files) => !files.is_empty(),
            Err(RuntimeError::PartitionMissing(_)) => false,
            Err(error) => panic!("cannot look for the record of votes: {error}"),
        }
    }

    /// Removes the records of epochs that are over, and keeps the place of the first one: it says that this node has voted.
    async fn tidy(&self, epoch: Epoch, first: &str) {
        let Some(over) = epoch.get().checked_sub(2).filter(|over| *over > 0) else {
            return;
        };
        for partition in [format!("{first}-{over}"), format!("{first}-{over}-silent")] {
            self.remove(&partition).await;
        }
    }

    async fn remove(&self, partition: &str) {
        match self.context.remove(partition, None).await {
            Ok(()) | Err(RuntimeError::PartitionMissing(_)) => {}
            Err(error) => panic!("cannot remove a record of votes: {error}"),
        }
    }

    /// Where an epoch begins: no vote is given in a turn up to that of the last certificate of finality that is kept here, even if
    /// the journal of votes does not reach as far ([`crate::abstain`]).
    async fn floor(&self, epoch: Epoch) -> Option<Floor<Scheme, Digest>> {
        let marshal = &self.config.marshal;
        if let Some((height, _)) = marshal.get_info(Identifier::Latest).await
            && let Some(finalization) = marshal.get_finalization(height).await
            && finalization.epoch() == epoch
        {
            return Some(Floor::Finalized(finalization));
        }
        let Some(before) = epoch
            .previous()
            .and_then(|before| self.config.epocher.last(before))
        else {
            return Some(Floor::Genesis(self.config.genesis));
        };
        if let Some((_, digest)) = marshal.get_info(Identifier::Height(before)).await {
            return Some(Floor::Genesis(digest));
        }
        warn!(height = %before, "the last block of the epoch before is not here, and no certificate of this one");
        None
    }
}
