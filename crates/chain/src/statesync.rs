//! Fetching and serving the operations of a store between peers: how a late node gets the state without
//! replaying the chain.
//!
//! Answers are not trusted: the engine checks each against the roots of a final header and says whether
//! it held. A peer whose answer did not hold is blocked and another is asked. A node serves what it has
//! once its own stores are open, in answers of bounded size: when the operations asked for do
//! not fit, it serves fewer and the asker comes back for the rest.

use bytes::{BufMut as _, Bytes, BytesMut};
use commonware_codec::{Codec, Decode as _, DecodeExt as _, Encode as _};
use commonware_cryptography::sha256::Digest;
use commonware_glue::stateful::db::{AttachableResolver, Shared};
use commonware_macros::select;
use commonware_p2p::{Blocker, Receiver, Recipients, Sender};
use commonware_runtime::{Clock, Handle, IoBuf, Metrics, Spawner};
use commonware_storage::{
    mmr,
    qmdb::sync::{Feedback, Request, Response, Source, source},
};
use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use std::{
    collections::BTreeMap,
    num::NonZeroU64,
    sync::Arc,
    time::{Duration, SystemTime},
};
use thiserror::Error;
use tokio::sync::{mpsc as queue, watch};
use tracing::{debug, warn};

use crate::{
    limits::{MAX_SYNC_BYTES, SYNC_BATCH},
    types::NodeKey,
};
use commonware_utils::channel::{mpsc, oneshot};

/// How long a peer may take to answer before another is asked.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// How often overdue requests are looked for.
const SWEEP: Duration = Duration::from_millis(250);

/// How long a request waits after a peer said that it cannot serve it.
const PAUSE: Duration = SWEEP;

/// Requests under way at once; more wait their turn.
const MAX_UNDER_WAY: usize = 256;

const TAG_REQUEST: u8 = 0;
const TAG_ANSWER: u8 = 1;
const TAG_CANNOT: u8 = 2;
/// Id and tag.
const FRAME_BYTES: usize = 9;

/// Largest message on the channel, in bytes.
pub const MAX_MESSAGE_BYTES: usize = MAX_SYNC_BYTES + FRAME_BYTES;

/// The node is stopping.
#[derive(Debug, Error)]
#[error("state sync stopped before a peer answered")]
pub struct Stopped;

type Ask = Request<mmr::Family>;
type Answer<Op> = Response<mmr::Family, Op, Digest>;
type Reply<Op> = mpsc::Sender<(Answer<Op>, oneshot::Sender<bool>)>;

enum Message<DB, Op> {
    Attach(Shared<DB>),
    Fetch(Ask, Reply<Op>),
}

/// Where the engine asks for operations and hands over the opened store.
pub struct Mailbox<DB, Op> {
    sender: queue::UnboundedSender<Message<DB, Op>>,
    opened: Arc<watch::Sender<Option<Shared<DB>>>>,
}

impl<DB, Op> Mailbox<DB, Op> {
    /// Where the store is to be had once it is open.
    pub(crate) fn opened(&self) -> watch::Receiver<Option<Shared<DB>>> {
        self.opened.subscribe()
    }
}

impl<DB, Op> Clone for Mailbox<DB, Op> {
    fn clone(&self) -> Self {
        Self {
            sender: self.sender.clone(),
            opened: self.opened.clone(),
        }
    }
}

impl<DB: Send + Sync + 'static, Op: Send + Sync + 'static> Source for Mailbox<DB, Op> {
    type Family = mmr::Family;
    type Digest = Digest;
    type Op = Op;
    type Error = Stopped;

    async fn serve(&self, request: Ask) -> source::Result<Self> {
        let (sender, mut receiver) = mpsc::channel(1);
        self.sender
            .send(Message::Fetch(request, sender))
            .map_err(|_| Stopped)?;
        let (response, verdict) = receiver.recv().await.ok_or(Stopped)?;
        Ok((response, Some(Feedback::new(verdict, receiver))))
    }
}

impl<DB: Send + Sync + 'static, Op: Send + Sync + 'static> AttachableResolver<DB>
    for Mailbox<DB, Op>
{
    async fn attach_database(&self, db: Shared<DB>) {
        // a stopped actor serves nobody
        let _stopped = self.sender.send(Message::Attach(db.clone()));
        self.opened.send_replace(Some(db));
    }
}

/// What the actor works with.
pub struct Config<B> {
    /// Peers to ask, in turn.
    pub peers: Vec<NodeKey>,
    /// Blocks peers whose answers do not hold.
    pub blocker: B,
}

struct UnderWay<Op> {
    request: Ask,
    reply: Reply<Op>,
    peer: NodeKey,
    deadline: SystemTime,
}

struct Actor<E, B, S, DB, Op> {
    context: E,
    config: Config<B>,
    sender: S,
    database: Option<Shared<DB>>,
    under_way: BTreeMap<u64, UnderWay<Op>>,
    next_id: u64,
    next_peer: usize,
}

/// Starts the actor of one store on its channel.
pub fn start<E, B, S, R, DB, Op>(
    context: E,
    config: Config<B>,
    (sender, mut receiver): (S, R),
) -> (Mailbox<DB, Op>, Handle<()>)
where
    E: Clock + Metrics + Spawner,
    B: Blocker<PublicKey = NodeKey>,
    S: Sender<PublicKey = NodeKey>,
    R: Receiver<PublicKey = NodeKey>,
    DB: Send + Sync + 'static,
    Shared<DB>: Source<Family = mmr::Family, Digest = Digest, Op = Op>,
    Op: Codec<Cfg = ((), ())> + Send + Sync + Clone + 'static,
{
    let (mailbox, mut messages) = queue::unbounded_channel();
    let handle = context.spawn(move |context| async move {
        let mut actor =
            Actor { context, config, sender, database: None, under_way: BTreeMap::new(), next_id: 0, next_peer: 0 };
        let mut verdicts: FuturesUnordered<BoxFuture<'static, Verdict<Op>>> = FuturesUnordered::new();
        loop {
            let verdict = async {
                match verdicts.next().await {
                    Some(verdict) => verdict,
                    None => futures::future::pending().await,
                }
            };
            let room = actor.under_way.len() < MAX_UNDER_WAY;
            let message = async { if room { messages.recv().await } else { futures::future::pending().await } };
            select! {
                message = message => match message {
                    Some(Message::Attach(database)) => actor.database = Some(database),
                    Some(Message::Fetch(request, reply)) => actor.ask(request, reply),
                    None => return,
                },
                received = receiver.recv() => {
                    let Ok((peer, bytes)) = received else { return };
                    if let Some(verdict) = actor.received(peer, Bytes::from(bytes)).await {
                        verdicts.push(verdict);
                    }
                },
                verdict = verdict => {
                    if let Some((peer, request, reply)) = verdict {
                        warn!(%peer, "a peer's state does not match the final header; it is blocked");
                        actor.block(peer);
                        actor.ask(request, reply);
                    }
                },
                () = actor.context.sleep(SWEEP) => actor.sweep(),
            }
        }
    });
    let mailbox = Mailbox {
        sender: mailbox,
        opened: Arc::new(watch::channel(None).0),
    };
    (mailbox, handle)
}

/// The peer, request and reply channel of an answer that did not hold.
type Verdict<Op> = Option<(NodeKey, Ask, Reply<Op>)>;

impl<E, B, S, DB, Op> Actor<E, B, S, DB, Op>
where
    E: Clock,
    B: Blocker<PublicKey = NodeKey>,
    S: Sender<PublicKey = NodeKey>,
    DB: Send + Sync + 'static,
    Shared<DB>: Source<Family = mmr::Family, Digest = Digest, Op = Op>,
    Op: Codec<Cfg = ((), ())> + Send + Sync + Clone + 'static,
{
    fn ask(&mut self, request: Ask, reply: Reply<Op>) {
        if reply.is_closed() || self.config.peers.is_empty() {
            return;
        }
        let Some(peer) = self
            .config
            .peers
            .get(self.next_peer % self.config.peers.len())
            .cloned()
        else {
            return;
        };
        self.next_peer = self.next_peer.wrapping_add(1);
        let id = self.next_id;
        self.next_id += 1;
        self.send(&peer, id, TAG_REQUEST, &request.encode());
        let deadline = self.context.current() + ANSWER_TIMEOUT;
        self.under_way.insert(
            id,
            UnderWay {
                request,
                reply,
                peer,
                deadline,
            },
        );
    }

    /// Blocks a peer and asks it no more.
    fn block(&mut self, peer: NodeKey) {
        self.config.peers.retain(|other| *other != peer);
        let _feedback = self.config.blocker.block(peer);
    }

    fn sweep(&mut self) {
        let now = self.context.current();
        let overdue: Vec<u64> = self
            .under_way
            .iter()
            .filter(|(_, u)| u.deadline <= now)
            .map(|(id, _)| *id)
            .collect();
        for id in overdue {
            if let Some(late) = self.under_way.remove(&id) {
                debug!(peer = %late.peer, "state sync request timed out");
                self.ask(late.request, late.reply);
            }
        }
    }

    fn send(&mut self, peer: &NodeKey, id: u64, tag: u8, body: &[u8]) {
        let mut message = BytesMut::with_capacity(FRAME_BYTES + body.len());
        message.put_u64(id);
        message.put_u8(tag);
        message.extend_from_slice(body);
        let _reached = self.sender.send(
            Recipients::One(peer.clone()),
            IoBuf::from(message.freeze()),
            false,
        );
    }

    async fn received(
        &mut self,
        peer: NodeKey,
        mut bytes: Bytes,
    ) -> Option<BoxFuture<'static, Verdict<Op>>> {
        use bytes::Buf as _;
        if bytes.len() < FRAME_BYTES {
            self.block(peer);
            return None;
        }
        let (id, tag) = (bytes.get_u64(), bytes.get_u8());
        match tag {
            TAG_REQUEST => {
                match Ask::decode(bytes) {
                    Ok(request) => self.answer(&peer, id, request).await,
                    Err(_) => {
                        self.block(peer);
                    }
                }
                None
            }
            TAG_ANSWER => self.judge(&peer, id, bytes).await,
            TAG_CANNOT => {
                // asked again after a pause: when nobody can serve, nobody is flooded
                if let Some(declined) = self.under_way.get_mut(&id).filter(|u| u.peer == peer) {
                    declined.deadline = declined.deadline.min(self.context.current() + PAUSE);
                }
                None
            }
            _ => {
                self.block(peer);
                None
            }
        }
    }

    fn take(&mut self, peer: &NodeKey, id: u64) -> Option<UnderWay<Op>> {
        // an answer of a peer that was not asked is no answer
        self.under_way.get(&id).filter(|u| u.peer == *peer)?;
        self.under_way.remove(&id)
    }

    async fn answer(&mut self, peer: &NodeKey, id: u64, request: Ask) {
        let body = match &self.database {
            Some(database) => serve(database, request).await,
            None => None,
        };
        match body {
            Some(body) => self.send(peer, id, TAG_ANSWER, &body),
            None => self.send(peer, id, TAG_CANNOT, &[]),
        }
    }

    async fn judge(
        &mut self,
        peer: &NodeKey,
        id: u64,
        body: Bytes,
    ) -> Option<BoxFuture<'static, Verdict<Op>>> {
        let asked = self.take(peer, id)?;
        let max_ops = usize::try_from(asked.request.max_ops().get()).unwrap_or(usize::MAX);
        let Ok(answer) = Answer::<Op>::decode_cfg(body, &(max_ops, ((), ()))) else {
            warn!(%peer, "a peer sent a malformed state-sync answer; it is blocked");
            self.block(peer.clone());
            self.ask(asked.request, asked.reply);
            return None;
        };
        let (verdict, judged) = oneshot::channel();
        asked.reply.send((answer, verdict)).await.ok()?;
        let (peer, request, reply) = (peer.clone(), asked.request, asked.reply);
        Some(
            async move { matches!(judged.await, Ok(false)).then_some((peer, request, reply)) }
                .boxed(),
        )
    }
}

/// Reads what was asked for, halving the number of operations until the answer fits.
async fn serve<DB, Op>(database: &Shared<DB>, request: Ask) -> Option<Bytes>
where
    DB: Send + Sync + 'static,
    Shared<DB>: Source<Family = mmr::Family, Digest = Digest, Op = Op>,
    Op: Codec<Cfg = ((), ())>,
{
    let mut request = match request {
        Request::Operations {
            size,
            start,
            max_ops,
        } => Request::Operations {
            size,
            start,
            max_ops: max_ops.min(SYNC_BATCH),
        },
        boundary @ Request::Boundary { .. } => boundary,
    };
    loop {
        let (response, _) = database.serve(request).await.ok()?;
        let body = response.encode();
        if body.len() <= MAX_SYNC_BYTES {
            return Some(body);
        }
        match request {
            Request::Operations {
                size,
                start,
                max_ops,
            } if max_ops.get() > 1 => {
                let max_ops = NonZeroU64::new(max_ops.get() / 2)?;
                request = Request::Operations {
                    size,
                    start,
                    max_ops,
                };
            }
            _ => return None,
        }
    }
}
