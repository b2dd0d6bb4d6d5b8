//! A carrier that brings what is old, forged, mixed up or proven by a chain that nobody registered, and a validator that believes it.

use std::{sync::Arc, time::Duration};

use pangolin_chain::{
    app::FinalBlock,
    handle::Chain,
    pool::Fate,
    simulated::{
        chain::{Road, Seat, SimulatedChain},
        clock::START_MS,
        founding::Founded,
        simulation::Errand,
    },
};
use pangolin_ledger::{
    Body, ChainId, Delivery, Digest32, GovernanceAction, GovernanceBody, Height, Item, Key,
    ObjectId, TimeMs, Wire as _,
    evidence::{self, BadEvidence, Proven, Verifier},
    hash::sha256,
    state::{Holder, Object, OutboxEntry, OutboxKind, SeenHeader, Status, keys},
    tx::{Action, EventKind},
};
use pangolin_profiles::{capture::attribute, cbv::step, pharma::words::field};
use pangolin_proof::{foreign, state::StateProof};

use super::stage::{CHAINS, Stage, TRADE};
use crate::cast::{AUTHORITY, MAKER, WHOLESALER, attribute as put, carrier, event, pack, party};

/// Who it delivers as.
const NUMBER: usize = 5;
/// Numbers of locks that it asks about.
const NUMBERS: u64 = 8;
/// How long it waits for an answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Time in which what is forged may be let in, in milliseconds.
const LONG_MS: i64 = 600_000;

/// Believes whatever a proof says, as no validator should.
pub(super) struct Gullible;

impl Verifier for Gullible {
    fn verify(&self, _: &ChainId, _: &[u8], bytes: &[u8]) -> Result<Arc<Proven>, BadEvidence> {
        let bad = |message: String| BadEvidence {
            code: "malformed-proof",
            message,
        };
        let proof = foreign::decode(bytes).map_err(|error| bad(error.to_string()))?;
        let header = proof.header.headers.first();
        let header = header.ok_or_else(|| bad("no header".into()))?;
        let entries = proof.entries.into_iter();
        Ok(Arc::new(Proven {
            header: SeenHeader {
                height: Height(header.height.get()),
                time: TimeMs(i64::try_from(header.time_ms).unwrap()),
                block: Digest32(header.digest().0),
            },
            entries: entries.map(|entry| (entry.key, entry.value)).collect(),
        }))
    }
}

/// What it forged.
struct Forged {
    at: usize,
    delivery: Delivery,
    /// Whether no rule may ever let it pass. What is old or touched may say what is true.
    false_word: bool,
}

/// Brings such things until it is stopped.
async fn bring(stage: Arc<Stage>, imposter: Arc<SimulatedChain>) {
    loop {
        let (pause, kind) = {
            let mut seen = stage.seen();
            (seen.dice.between(300, 1_200), seen.dice.below(13))
        };
        stage.sleep(u64::try_from(pause).unwrap()).await;
        let forged = match kind {
            0 => replayed(&stage),
            1..=3 => forged_lock(&stage).await,
            4 | 5 => impersonated(&stage, &imposter).await,
            6 => mixed_up(&stage).await,
            7 | 8 => too_early(&stage).await,
            9 => touched(&stage).await,
            10 => numbered_otherwise(&stage).await,
            _ => recorded_otherwise(&stage).await,
        };
        let Some(forged) = forged else { continue };
        let body = Body::Delivery(Box::new(forged.delivery));
        let tx = stage.signed(forged.at, &carrier(NUMBER), body);
        if forged.false_word {
            let mut notes = stage.chains[forged.at].notes().lock().unwrap();
            notes.forbidden_txs.insert(tx.id());
        }
        stage.seen().judge.count("forged deliveries");
        // to each node: the one that lies is among them
        for index in 0..stage.chains[forged.at].len() {
            if let Some(node) = stage.chains[forged.at].node(index) {
                // a node that is full or stopping does not take it
                let _taken = node.submit(tx.to_bytes().into());
            }
        }
    }
}

/// One of the chains, and the other.
fn direction(stage: &Stage) -> (usize, usize) {
    let from = stage.seen().dice.below(CHAINS);
    (from, (from + 1) % CHAINS)
}

async fn proof(stage: &Stage, node: Arc<dyn Chain>, keys: Vec<Key>) -> Option<StateProof> {
    // what is not there cannot be proven of every record: each is asked for by itself, and what there is, together
    let read = stage.within(PATIENCE, node.read(keys.clone())).await?;
    let read = read.ok()?.values;
    let there = keys.into_iter().zip(read);
    let there = there.filter(|(_, value)| value.is_some());
    let there = there.map(|(key, _)| key).collect();
    stage.within(PATIENCE, node.prove(there)).await?.ok()
}

async fn proven(stage: &Stage, at: usize, keys: Vec<Key>) -> Option<StateProof> {
    let index = stage.anybody(at)?;
    let node = stage.chains[at].node(index)?;
    proof(stage, node, keys).await
}

/// Something that became final once, for whoever likes to hear it again.
fn replayed(stage: &Stage) -> Option<Forged> {
    let mut seen = stage.seen();
    let past = seen.judge.deliveries.clone();
    let tx = seen.dice.of(&past)?;
    let Body::Delivery(delivery) = &tx.tx().body else {
        return None;
    };
    let at = seen.judge.place_of(&tx.tx().chain)?;
    Some(Forged {
        at,
        delivery: Delivery::clone(delivery),
        false_word: false,
    })
}

/// A pack that lives on a chain, as it would be if it were locked for the other one.
fn as_locked(stage: &Stage, from: usize, to: usize) -> Option<(ObjectId, Object)> {
    let mut seen = stage.seen();
    let packs: Vec<ObjectId> = (0..6).map(pack).collect();
    let home = &seen.judge.chains[from];
    let there = packs.into_iter().filter_map(|id| {
        let record: Object = home.get(&keys::object(&id))?;
        Some((id, record))
    });
    let there: Vec<_> = there.collect();
    let (id, mut record) = seen.dice.of(&there)?.clone();
    record.status = Status::Away(stage.ids[to]);
    Some((id, record.travelling()))
}

/// A lock that was never made, in a true proof of a true state.
async fn forged_lock(stage: &Stage) -> Option<Forged> {
    let (from, at) = direction(stage);
    let (id, object) = as_locked(stage, from, at)?;
    let record = object.to_bytes();
    let (seq, now) = {
        let mut seen = stage.seen();
        let seq = 10 + seen.dice.next() % NUMBERS;
        (seq, seen.judge.chains[at].time)
    };
    let mut keys = vec![keys::object(&id)];
    keys.extend(evidence::beside(&id, &object));
    let mut proof = proven(stage, from, keys).await?;
    let entry = OutboxEntry {
        kind: OutboxKind::Lock {
            to: party(WHOLESALER),
            until: TimeMs(now + LONG_MS),
        },
        object: id,
        record: Digest32(sha256(&[&record])),
        provenance: object.provenance,
        height: Height(1),
    };
    // the proof of the object's record says something else now
    let first = proof.entries.first_mut()?;
    first.key = keys::outbox(&stage.ids[at], seq);
    first.value = Some(entry.to_bytes());
    proof.entries.sort_by_key(|entry| entry.key);
    Some(Forged {
        at,
        delivery: delivery(stage.ids[from], &proof, vec![Item::Arrival { seq, record }]),
        false_word: true,
    })
}

/// A lock that was made on a chain which nobody registered, and which says that it is the other one.
async fn impersonated(stage: &Stage, imposter: &SimulatedChain) -> Option<Forged> {
    let (seq, whole, named) = {
        let mut seen = stage.seen();
        let seq = seen.dice.next() % NUMBERS;
        (seq, seen.dice.percent(30), seen.dice.percent(70))
    };
    let (from, at) = (0, 1);
    let outbox = keys::outbox(&stage.ids[at], seq);
    let node = imposter.node(0)?;
    let read = stage.within(PATIENCE, node.read(vec![outbox])).await?;
    let entry = read.ok()?.values.into_iter().next()??;
    let entry = OutboxEntry::from_bytes(&entry).ok()?;
    let key = keys::object(&entry.object);
    let read = stage.within(PATIENCE, node.read(vec![key])).await?;
    let object = Object::from_bytes(&read.ok()?.values.into_iter().next()??).ok()?;
    let object = object.travelling();
    let mut keys = vec![outbox];
    keys.extend(evidence::beside(&entry.object, &object));
    let mut proof = proof(stage, node, keys).await?;
    if named {
        for header in &mut proof.header.headers {
            header.chain = stage.ids[from].0.into();
        }
    }
    if whole {
        // under the certificate of the chain itself
        let real = proven(stage, from, vec![keys::notices(), keys::params()]).await?;
        proof.header.certificate = real.header.certificate;
    }
    let record = object.to_bytes();
    Some(Forged {
        at,
        delivery: delivery(stage.ids[from], &proof, vec![Item::Arrival { seq, record }]),
        false_word: true,
    })
}

/// That a lock was not let in, before the time is over in which it can be.
async fn too_early(stage: &Stage) -> Option<Forged> {
    let (at, to) = direction(stage);
    let (seq, until) = {
        let mut seen = stage.seen();
        let locks = seen.judge.locks.iter();
        let open = locks.filter(|((from, _, _), lock)| *from == at && lock.settled.is_none());
        let open: Vec<_> = open.map(|((_, _, seq), lock)| (*seq, lock.until)).collect();
        *seen.dice.of(&open)?
    };
    let index = stage.anybody(to)?;
    let node = stage.chains[to].node(index)?;
    let inbox = keys::inbox(&stage.ids[at], seq);
    let proof = stage
        .within(PATIENCE, node.prove(vec![inbox]))
        .await?
        .ok()?;
    let undecided = proof.entries.first()?.value.is_none();
    let time = i64::try_from(proof.header.headers.first()?.time_ms).unwrap();
    Some(Forged {
        at,
        delivery: delivery(stage.ids[to], &proof, vec![Item::Outcome { seq }]),
        false_word: undecided && time <= until,
    })
}

/// What a chain says, told it as the word of the other one.
async fn mixed_up(stage: &Stage) -> Option<Forged> {
    let (from, at) = direction(stage);
    let other = stage.ids[from];
    let mut wanted = vec![keys::notices()];
    wanted.extend((0..NUMBERS).map(|seq| keys::inbox(&other, seq)));
    wanted.extend((0..NUMBERS).map(|seq| keys::outbox(&other, seq)));
    let proof = proven(stage, at, wanted).await?;
    let seq = stage.seen().dice.next() % NUMBERS;
    Some(Forged {
        at,
        delivery: delivery(other, &proof, vec![Item::Outcome { seq }]),
        false_word: true,
    })
}

/// A true lock with a proof in which a bit is wrong.
async fn touched(stage: &Stage) -> Option<Forged> {
    let mut forged = true_lock(stage).await?.forged(stage, false);
    let evidence = &mut forged.delivery.evidence;
    let place = stage.seen().dice.below(evidence.len());
    evidence[place] ^= 1;
    Some(forged)
}

/// A true lock with a true proof, told under the number of another one, or of none.
async fn numbered_otherwise(stage: &Stage) -> Option<Forged> {
    let mut lock = true_lock(stage).await?;
    let step = 1 + stage.seen().dice.next() % (NUMBERS - 1);
    lock.seq = (lock.seq + step) % NUMBERS;
    Some(lock.forged(stage, true))
}

/// A true lock with a true proof, and another record than was locked: more happened to it, it is somebody else's, or it came about otherwise.
async fn recorded_otherwise(stage: &Stage) -> Option<Forged> {
    let mut lock = true_lock(stage).await?;
    let object = &mut lock.object;
    match stage.seen().dice.below(3) {
        0 => object.seq += 1,
        1 => object.holder = Some(Holder::Party(party(MAKER))),
        _ => object.provenance.0[0] ^= 1,
    }
    // who makes packs may have been who locked it
    let other = lock.entry.record != Digest32(sha256(&[&lock.object.to_bytes()]));
    Some(lock.forged(stage, other))
}

/// A lock that was made, with its proof.
struct Lock {
    from: usize,
    at: usize,
    seq: u64,
    entry: OutboxEntry,
    object: Object,
    proof: StateProof,
}

impl Lock {
    fn forged(self, stage: &Stage, false_word: bool) -> Forged {
        let record = self.object.to_bytes();
        let items = vec![Item::Arrival {
            seq: self.seq,
            record,
        }];
        Forged {
            at: self.at,
            delivery: delivery(stage.ids[self.from], &self.proof, items),
            false_word,
        }
    }
}

async fn true_lock(stage: &Stage) -> Option<Lock> {
    let (from, at) = direction(stage);
    let (seq, id) = {
        let mut seen = stage.seen();
        let locks = seen.judge.locks.iter();
        let locks = locks.filter(|((of, to, _), _)| (*of, *to) == (from, at));
        let known: Vec<_> = locks
            .map(|((_, _, seq), lock)| (*seq, lock.object.clone()))
            .collect();
        seen.dice.of(&known)?.clone()
    };
    let outbox = keys::outbox(&stage.ids[at], seq);
    let (entry, object) = {
        let seen = stage.seen();
        let entry: OutboxEntry = seen.judge.chains[from].get(&outbox)?;
        let object: Object = seen.judge.chains[from].get(&keys::object(&id))?;
        (entry, object.travelling())
    };
    let mut keys = vec![outbox];
    keys.extend(evidence::beside(&id, &object));
    let proof = proven(stage, from, keys).await?;
    Some(Lock {
        from,
        at,
        seq,
        entry,
        object,
        proof,
    })
}

fn delivery(chain: ChainId, proof: &StateProof, items: Vec<Item>) -> Delivery {
    Delivery {
        chain,
        evidence: foreign::encode(proof),
        witnesses: Vec::new(),
        items,
    }
}

/// Starts a chain of one validator that nobody registered, on which packs are locked for the second chain, and the carrier that brings them.
pub(super) async fn begin(stage: &Arc<Stage>, founded: Founded, seat: Seat) -> Errand {
    let road = Road {
        latency_ms: 1,
        jitter_ms: 0,
        loss_percent: 0,
    };
    let (id, simulation) = (ChainId(founded.genesis.chain.0), &stage.simulation);
    let on_final = Arc::new(|_: usize, _: &FinalBlock| {});
    let chain = SimulatedChain::start(simulation, founded, vec![seat], road, on_final).await;
    let (stage, chain) = (stage.clone(), Arc::new(chain));
    let work = stage.clone();
    stage.simulation.spawn(async move {
        populate(&work, &chain, id).await;
        bring(work, chain).await;
    })
}

/// Makes packs on the imposter and locks them.
async fn populate(stage: &Stage, chain: &SimulatedChain, id: ChainId) {
    let at = stage.ids[1];
    let packs: Vec<ObjectId> = (0..6).map(pack).collect();
    let govern = Body::Governance(Box::new(GovernanceBody {
        action: GovernanceAction::RegisterChain {
            chain: at,
            name: "the other".into(),
            key: vec![1; 96],
            freshness_ms: 1_000_000,
        },
        reason: String::new(),
    }));
    let event_of =
        |number: u64, what, step| event(1_000_000 + number, what, step, START_MS, &packs);
    let mut made = event_of(0, (EventKind::Object, Action::Add), step::COMMISSIONING);
    put(&mut made, field::LOT, "A1");
    put(&mut made, field::EXPIRY, "20300101");
    let mut sent = event_of(1, (EventKind::Object, Action::Observe), step::SHIPPING);
    sent.destination = Some(party(WHOLESALER));
    put(&mut sent, field::STATEMENT, "1");
    put(&mut sent, attribute::CHAIN_TO, &at.to_string());
    let until = (START_MS + LONG_MS).to_string();
    put(&mut sent, attribute::ARRIVE_BEFORE, &until);
    for (by, body) in [
        (AUTHORITY, govern),
        (MAKER, Body::Events(vec![made])),
        (MAKER, Body::Events(vec![sent])),
    ] {
        let tx = stage.keys.sign((id, TRADE.profile()), by, 400, body);
        let Some(node) = chain.node(0) else { return };
        let fate = node.watch(tx.id());
        node.submit(tx.to_bytes().into()).unwrap();
        drop(node);
        let fate = stage.within(PATIENCE, fate).await;
        let told = matches!(fate, Some(Ok(Fate::Final { .. })));
        assert!(told, "the imposter does not take what it is told: {fate:?}");
    }
}
