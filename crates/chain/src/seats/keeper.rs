//! The actor that takes part in resharings and brings contradictions into the chain.
//!
//! It follows the final state: while a resharing is open, it deals to whoever has not acknowledged, acknowledges what is dealt to it,
//! and hands the log in as a transaction under the key of its node, again and again until it is recorded. What it sends is
//! lost with a message or a restart and comes again; what it must not forget is in the vault.
//!
//! **When a log ends.** As soon as every player has acknowledged. Where one has not by the last third of what is left of the epoch,
//! its share of this dealing is revealed in the log, and it counts as one of the faulty players that the chain bears; if
//! more have not, the dealer has nothing to hand in, and the resharing fails unless enough others have.

use bytes::Bytes;
use commonware_codec::{Copying, DecodeExt as _, Encode as _};
use commonware_cryptography::{Signer as _, bls12381::primitives::variant::MinSig};
use commonware_p2p::{Blocker, Receiver, Recipients, Sender};
use commonware_runtime::{Clock, Handle, IoBuf, Metrics, Spawner, Storage};
use commonware_utils::ordered::Quorum as _;
use pangolin_ledger::{
    Auth, Body, DataClass, Height, ProfileRef, Signature, SignedTransaction, Transaction,
    ValidatorBody, Wire as _,
    evidence::Seats as _,
    state::{Outcome, Round},
    validator_issuer,
};
use rand_core::CryptoRng;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::{mpsc, watch};
use tracing::{debug, info, warn};

use super::{
    Council,
    ballot::{Booth, Seen},
    deal::{self, Part},
    from_ledger, keys_of,
    network::{Dealing, Word},
    reader::{Reader, Snapshot},
    sharing::{self, Referee},
    to_ledger,
    vault::Kept,
};
use crate::{
    pool::{Pending, Pool},
    types::{ChainShare, Digest, NodeKey, NodeSecret},
};

/// Time between two looks at what is missing.
const TICK: Duration = Duration::from_millis(500);

/// Looks between two attempts to have something recorded.
const LOOKS: u32 = 4;

/// Blocks within which a statement must be recorded before it is made anew.
const VALID_BLOCKS: u64 = 64;

/// Contradictions that wait to be recorded. Each is of another validator.
const MAX_CONTRADICTIONS: usize = 100;

/// The booth of the epoch that runs, and this node's share in it. Shared with the actor of epochs.
#[derive(Clone, Default)]
pub(crate) struct Present(Arc<Mutex<(Option<Booth>, Option<ChainShare>)>>);

impl Present {
    pub(crate) fn set(&self, booth: Option<Booth>, share: Option<ChainShare>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (booth, share);
    }

    fn get(&self) -> (Option<Booth>, Option<ChainShare>) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// What the keeper works with.
pub(crate) struct Config<E, B>
where
    E: Clock + Spawner + Storage + Metrics + CryptoRng,
{
    pub(crate) chain: Digest,
    pub(crate) secret: NodeSecret,
    pub(crate) kept: Kept,
    pub(crate) reader: Reader<E>,
    pub(crate) council: Council,
    pub(crate) present: Present,
    pub(crate) pool: Pool,
    /// Passes a transaction on to the validators.
    pub(crate) pass_on: mpsc::UnboundedSender<Bytes>,
    /// What was seen in ballots.
    pub(crate) seen: mpsc::UnboundedReceiver<Seen>,
    /// Moves when something about the validators may have changed.
    pub(crate) turns: watch::Receiver<u64>,
    pub(crate) blocker: B,
}

struct Keeper<E, B>
where
    E: Clock + Spawner + Storage + Metrics + CryptoRng,
{
    config: Config<E, B>,
    me: NodeKey,
    part: Option<Part>,
    /// This node's log of the open resharing, once its dealing has ended.
    log: Option<Vec<u8>>,
    latest: Option<Snapshot>,
    contradictions: BTreeMap<pangolin_ledger::PublicKey, Vec<u8>>,
    looks: u32,
}

/// Starts the keeper on its channel.
pub(crate) fn start<E, B, S, R>(
    context: E,
    config: Config<E, B>,
    (mut sender, mut receiver): (S, R),
) -> Handle<()>
where
    E: Clock + CryptoRng + Metrics + Spawner + Storage,
    B: Blocker<PublicKey = NodeKey>,
    S: Sender<PublicKey = NodeKey>,
    R: Receiver<PublicKey = NodeKey>,
{
    context.spawn(move |context| async move {
        let mut keeper = Keeper {
            me: config.secret.public_key(),
            config,
            part: None,
            log: None,
            latest: None,
            contradictions: BTreeMap::new(),
            looks: 0,
        };
        keeper.follow(&context).await;
        let mut next = context.current() + TICK;
        loop {
            commonware_macros::select! {
                moved = keeper.config.turns.changed() => {
                    if moved.is_err() { return }
                    keeper.follow(&context).await;
                },
                seen = keeper.config.seen.recv() => {
                    let Some(seen) = seen else { return };
                    keeper.see(seen, &mut sender);
                },
                message = receiver.recv() => {
                    let Ok((peer, message)) = message else { return };
                    keeper.hear(peer, message, &mut sender);
                },
                () = context.sleep_until(next) => {
                    keeper.look(&context, &mut sender).await;
                    next = context.current() + TICK;
                },
            }
        }
    })
}

impl<E, B> Keeper<E, B>
where
    E: Clock + Spawner + Storage + Metrics + CryptoRng,
    B: Blocker<PublicKey = NodeKey>,
{
    /// Reads the state, and takes part in what is open.
    async fn follow(&mut self, clock: &E) {
        let snapshot = self.config.reader.snapshot(clock).await;
        let open = snapshot
            .latest
            .clone()
            .filter(|round| round.outcome == Outcome::Open);
        self.forget_old(&snapshot);
        self.latest = Some(snapshot);
        let Some(round) = open else {
            (self.part, self.log) = (None, None);
            return;
        };
        let another = self
            .part
            .as_ref()
            .is_none_or(|part| part.number != round.number);
        // the share may have come to be known after the resharing was
        let idle = self.part.as_ref().is_some_and(|part| !part.deals()) && self.log.is_none();
        let owes =
            idle && !round.logs.contains(&to_ledger(&self.me)) && self.share(&round).is_some();
        if another || owes {
            (self.part, self.log) = (self.begin(&round), None);
        }
    }

    fn begin(&self, round: &Round) -> Option<Part> {
        let players = deal::players(keys_of(&round.players).iter().filter_map(from_ledger))?;
        let before = sharing::output(&round.sharing)?;
        let share = self.share(round);
        let (deals, plays) = (share.is_some(), players.position(&self.me).is_some());
        if deals || plays {
            info!(
                number = round.number,
                deals,
                plays,
                until_epoch = round.epoch,
                "the chain's key is handed on"
            );
        }
        let (chain, number) = (&self.config.chain, round.number);
        let (secret, kept) = (&self.config.secret, self.config.kept.clone());
        Part::new(chain, number, before, players, secret, share, kept)
    }

    /// This node's share of what is handed on. One of another epoch would deal something that nobody accepts.
    fn share(&self, round: &Round) -> Option<ChainShare> {
        let before = sharing::output(&round.sharing)?;
        let (_, share) = self.config.present.get();
        share.filter(|share| {
            let own = before.players().index(&self.me) == Some(share.index);
            own && before.public().partial_public(share.index).ok()
                == Some(share.public::<MinSig>())
        })
    }

    /// Shares of earlier epochs go once the present one is under way.
    fn forget_old(&self, snapshot: &Snapshot) {
        let (Some(roster), Some(members)) = (&snapshot.roster, &snapshot.members) else {
            return;
        };
        let height = snapshot.height();
        if roster.epoch(height) >= roster.since && roster.position(height) >= SETTLED_BLOCKS {
            self.config.kept.retain(&[members.round, roster.round]);
        }
    }

    async fn look(&mut self, clock: &E, sender: &mut impl Sender<PublicKey = NodeKey>) {
        self.looks = self.looks.wrapping_add(1);
        let now_and_then = self.looks.is_multiple_of(LOOKS);
        let owed = now_and_then && !self.contradictions.is_empty();
        if self.part.is_some() || owed {
            self.follow(clock).await;
        }
        if let Some(part) = &self.part {
            for (player, public, private) in part.to_send() {
                let number = part.number;
                let word = Word::Dealing(Box::new(Dealing {
                    number,
                    public,
                    private,
                }));
                sender.send(Recipients::One(player), word.encode(), false);
            }
        }
        if self.conclude() || now_and_then {
            self.state_what_is_missing().await;
        }
    }

    /// Ends this node's dealing when it is complete, or when its time is over; whether it just did.
    fn conclude(&mut self) -> bool {
        let (Some(part), Some(snapshot)) = (self.part.as_mut(), &self.latest) else {
            return false;
        };
        let (Some(roster), Some(round)) = (&snapshot.roster, &snapshot.latest) else {
            return false;
        };
        let end = round
            .epoch
            .saturating_add(1)
            .saturating_mul(roster.epoch_blocks);
        let left = end.saturating_sub(round.opened.0);
        let late = snapshot.height().0 >= end.saturating_sub(left / 3);
        let ends = part.deals() && (part.is_complete() || late);
        if ends {
            let missing = part.missing();
            if missing > 0 {
                warn!(
                    missing,
                    "some validators to come have not acknowledged what was dealt to them: their shares of it become public"
                );
            }
            self.log = part.finish();
        }
        ends
    }

    /// Hands in what is not recorded yet.
    async fn state_what_is_missing(&mut self) {
        let Some(snapshot) = &self.latest else { return };
        let me = to_ledger(&self.me);
        let seated = snapshot.members.as_ref();
        if !seated.is_some_and(|members| members.list.iter().any(|member| member.key == me)) {
            return;
        }
        let height = snapshot.height();
        if let (Some(log), Some(round)) = (&self.log, &snapshot.latest)
            && !round.logs.contains(&me)
        {
            let body = ValidatorBody::Dealt {
                round: round.number,
                log: log.clone(),
            };
            self.state(height, body);
        }
        let mut recorded = Vec::new();
        for (validator, evidence) in &self.contradictions {
            if self.config.reader.is_recorded(validator).await {
                recorded.push(*validator);
            } else {
                let evidence = evidence.clone();
                self.state(height, ValidatorBody::Contradicted { evidence });
            }
        }
        for validator in recorded {
            self.contradictions.remove(&validator);
        }
    }

    /// Puts a statement into the pool and sends it on. The same statement is the same transaction for some blocks.
    fn state(&self, height: Height, body: ValidatorBody) {
        let key = to_ledger(&self.me);
        let Some(issuer) = validator_issuer(&key) else {
            return;
        };
        let valid_until = Height((height.0 / VALID_BLOCKS + 2) * VALID_BLOCKS);
        let tx = Transaction {
            chain: pangolin_ledger::ChainId(self.config.chain.0),
            profile: ProfileRef { id: 0, version: 0 },
            class: DataClass::Record,
            issuer,
            key,
            valid_until,
            body: Body::Validator(Box::new(body)),
        };
        let unsigned = SignedTransaction::new(tx.clone(), Auth::Single(Signature([0; 64])));
        let signature = sign(&self.config.secret, &unsigned.statement());
        let tx = SignedTransaction::new(tx, Auth::Single(signature));
        let bytes = Bytes::from(tx.to_bytes());
        match self
            .config
            .pool
            .insert(Pending::new(Arc::new(tx), bytes.clone()))
        {
            Ok(true) => {
                // nobody takes it once the node is stopping
                let _ended = self.config.pass_on.send(bytes);
            }
            Ok(false) => {}
            Err(error) => debug!(%error, "a validator's statement waits for room"),
        }
    }

    fn see(&mut self, seen: Seen, sender: &mut impl Sender<PublicKey = NodeKey>) {
        match seen {
            Seen::Contradiction(evidence) => {
                let chain = pangolin_ledger::ChainId(self.config.chain.0);
                let Ok(shown) = Referee.contradicted(&chain, &evidence) else {
                    return;
                };
                if self.contradictions.len() < MAX_CONTRADICTIONS
                    && !self.contradictions.contains_key(&shown.validator)
                {
                    warn!(validator = %shown.validator, kind = ?shown.kind, epoch = shown.epoch, view = shown.view,
                        "a validator contradicted itself; the chain will record it");
                    self.contradictions.insert(shown.validator, evidence);
                }
            }
            Seen::Shared(shared) => {
                let word = Word::Ballot(shared);
                let others = self.config.council.others(&self.me);
                sender.send(Recipients::Some(others), word.encode(), false);
            }
        }
    }

    fn hear(
        &mut self,
        peer: NodeKey,
        message: IoBuf,
        sender: &mut impl Sender<PublicKey = NodeKey>,
    ) {
        let bytes = Bytes::from(message);
        let Ok(word) = Word::decode(Copying(&bytes)) else {
            warn!(%peer, "a peer sent what no honest node sends; it is blocked");
            let _feedback = self.config.blocker.block(peer);
            return;
        };
        match word {
            Word::Dealing(dealing) => {
                let Dealing {
                    number,
                    public,
                    private,
                } = *dealing;
                let part = self.part.as_mut().filter(|part| part.number == number);
                if let Some(ack) = part.and_then(|part| part.dealt(&peer, public, private)) {
                    let word = Word::Ack { number, ack };
                    sender.send(Recipients::One(peer), word.encode(), false);
                }
            }
            Word::Ack { number, ack } => {
                if let Some(part) = self.part.as_mut().filter(|part| part.number == number) {
                    part.acknowledged(&peer, ack);
                }
            }
            Word::Ballot(shared) => {
                let (by, ballot) = *shared;
                let (booth, _) = self.config.present.get();
                let seen = booth.and_then(|booth| booth.hand_in(&by, &ballot));
                for seen in seen.into_iter().flatten() {
                    // what was sent on is not sent on again: a contradiction is all that is looked for
                    if matches!(seen, Seen::Contradiction(_)) {
                        self.see(seen, sender);
                    }
                }
            }
        }
    }
}

/// Blocks of an epoch after which what belongs to earlier ones is forgotten.
pub(crate) const SETTLED_BLOCKS: u64 = 4;

/// Signs what a transaction states, as parties do.
fn sign(secret: &NodeSecret, statement: &[u8]) -> Signature {
    use ed25519_zebra::SigningKey;
    let mut seed = [0; 32];
    seed.copy_from_slice(&secret.encode());
    let signature = SigningKey::from(seed).sign(statement);
    Signature(signature.into())
}
