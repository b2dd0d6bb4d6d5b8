//! Measures the ledger alone on one core: no signatures, no storage, no network.
//!
//! `cargo run --release -p pangolin-ledger --example throughput`
//!
//! Every line executes whole blocks: hinting keys, supplying records, rules, writes. The second number of a line is the
//! cost per unit. What is measured is this program on this machine; it is no test and asserts nothing.

#![expect(
    clippy::print_stdout,
    reason = "a program that prints its measurements"
)]

mod clock;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use pangolin_ledger::{
    Action, Auth, BlockContext, Body, ChainId, ClassId, Code, DataClass, Digest32, Event, EventId,
    EventKind, Genesis, GenesisParty, GroupId, Height, Key, Machine, NeedKeys, ObjectId, ObjectSet,
    Outcome, Overlay, PartyId, ProfileRef, PublicKey, Refusal, Role, Scope, Signature,
    SignedTransaction, TimeMs, Transaction, Value, Wire, hash,
    profile::{Claim, MissingParent, Need, NewGroup, Op, Plan, Profile, Step, Target},
    state::{KeyUse, Params, Quota},
};

use clock::Clock;

const CHAIN: ChainId = ChainId([1; 32]);
const PROFILE: ProfileRef = ProfileRef { id: 1, version: 1 };
const NOW_MS: i64 = 1_700_000_000_000;
const MAKER: &str = "0614141000005";
const TRADER: &str = "0614141000012";

/// Creation, packing, shipping and receiving, with a role each.
struct Trade;

impl Profile for Trade {
    fn reference(&self) -> ProfileRef {
        PROFILE
    }
    fn name(&self) -> &'static str {
        "trade"
    }
    fn digest(&self) -> Digest32 {
        Digest32([0; 32])
    }
    fn class_of(&self, object: &ObjectId) -> Option<ClassId> {
        ClassId::new(object.as_bytes().get(..16)?).ok()
    }
    fn classify(&self, event: &Event, _: &Claim<'_>) -> Result<Plan, Refusal> {
        let group = event
            .attributes
            .get(&Code(1))
            .and_then(|value| GroupId::new(value.as_bytes()).ok());
        let group = group.map(|group| NewGroup {
            group,
            attributes: BTreeMap::new(),
            limit: None,
        });
        let op = match (event.step.0, &event.destination) {
            (1, _) => Op::Create { group },
            (2, _) => Op::Enclose {
                missing: MissingParent::Create,
            },
            (3, Some(to)) => Op::Offer {
                to: to.clone(),
                within_ms: Some(30 * 24 * 3_600_000),
                arrives: Code(0),
            },
            _ => Op::Accept { from: None },
        };
        Ok(Plan::new()
            .need(Need::role(Role(1)))
            .step(Step::new(op, Target::Objects)))
    }
}

struct Bench {
    machine: Machine,
    state: BTreeMap<Key, Arc<[u8]>>,
    height: u64,
    rounds: u64,
}

fn party(name: &str) -> PartyId {
    PartyId::new(name).expect("a short name")
}

fn object(n: u64) -> ObjectId {
    ObjectId::new(format!(
        "0100312345678906{:012}",
        n.wrapping_mul(2_654_435_761) % 1_000_000_000_000
    ))
    .expect("a short name")
}

fn event(step: u16, n: u64, objects: Vec<ObjectId>) -> Event {
    let id = EventId(hash::sha256(&[&step.to_be_bytes(), &n.to_be_bytes()]));
    let mut event = Event::new(
        id,
        EventKind::Object,
        Action::Add,
        TimeMs(NOW_MS),
        Code(step),
        Digest32(id.0),
    );
    event.objects = ObjectSet::unique(objects).expect("distinct objects");
    event.place = Value::new("0614141000005.dock-7").ok();
    event
}

fn tx(issuer: &str, events: Vec<Event>) -> SignedTransaction {
    let tx = Transaction {
        chain: CHAIN,
        profile: PROFILE,
        class: DataClass::Transaction,
        issuer: party(issuer),
        key: PublicKey(hash::sha256(&[issuer.as_bytes()])),
        valid_until: Height(1_000),
        body: Body::Events(events),
    };
    SignedTransaction::new(tx, Auth::Single(Signature([0; 64])))
}

impl Bench {
    fn new() -> Self {
        let machine = Machine::new(vec![Arc::new(Trade)]);
        let member = |name: &str| GenesisParty {
            id: party(name),
            name: name.to_owned(),
            keys: vec![(PublicKey(hash::sha256(&[name.as_bytes()])), KeyUse::Owner)],
            roles: [Role(1), Role::GOVERNOR, Role::REGISTRAR]
                .map(|role| (role, Scope::all()))
                .to_vec(),
        };
        let quota = Quota {
            txs: u32::MAX,
            bytes: u64::MAX,
            parked: u32::MAX,
        };
        let genesis = Genesis {
            chain: CHAIN,
            time: TimeMs(NOW_MS),
            params: Params {
                quota,
                ..Params::default()
            },
            profiles: vec![PROFILE],
            parties: vec![member(MAKER), member(TRADER)],
            chains: vec![],
        };
        let state = machine.genesis(&genesis).expect("a sound genesis document");
        let state = state
            .into_iter()
            .map(|(key, record)| (key, record.into()))
            .collect();
        Self {
            machine,
            state,
            height: 0,
            rounds: 0,
        }
    }

    fn supply(&self, o: &mut Overlay, keys: impl IntoIterator<Item = Key>) {
        for key in keys {
            o.supply(key, self.state.get(&key).cloned());
        }
    }

    /// Executes the transactions in blocks of `per_block`; returns the time without the reads of hinted records
    /// and without writing to the state.
    fn run(&mut self, txs: &[SignedTransaction], per_block: usize) -> Duration {
        let mut spent = Duration::ZERO;
        for txs in txs.chunks(per_block) {
            self.height += 1;
            let time = TimeMs(NOW_MS + 1_000);
            let block = BlockContext {
                chain: CHAIN,
                height: Height(self.height),
                time,
                parent_time: time,
            };
            let mut o = Overlay::for_block(&block);
            let start = Clock::now();
            let prepared: Vec<_> = txs.iter().map(|tx| self.machine.prepare(tx)).collect();
            let mut hints: Vec<Key> = self.machine.block_hints(&block);
            hints.extend(prepared.iter().flat_map(|tx| self.machine.hints(tx)));
            spent += start.elapsed();
            self.supply(&mut o, hints);
            let start = Clock::now();
            let follow: Vec<Key> = prepared
                .iter()
                .flat_map(|tx| self.machine.follow(tx, &o))
                .collect();
            spent += start.elapsed();
            self.supply(&mut o, follow);
            let start = Clock::now();
            for tx in &prepared {
                loop {
                    match self.machine.execute(&block, tx, &mut o) {
                        Ok(Outcome::Applied(_)) => break,
                        Ok(Outcome::Refused(refusal)) => panic!("{refusal}"),
                        Err(NeedKeys(keys)) => {
                            self.rounds += 1;
                            self.supply(&mut o, keys);
                        }
                    }
                }
            }
            while let Err(NeedKeys(keys)) = self.machine.end_block(&block, &mut o) {
                self.supply(&mut o, keys);
            }
            spent += start.elapsed();
            for (key, record) in o.into_writes() {
                match record {
                    Some(record) => self.state.insert(key, record.into()),
                    None => self.state.remove(&key),
                };
            }
        }
        spent
    }

    fn report(&mut self, what: &str, units: u64, spent: Duration) {
        let each_ns = spent.as_nanos() / u128::from(units.max(1));
        let per_s = u128::from(units) * 1_000_000_000 / spent.as_nanos().max(1);
        println!(
            "{what:<44} {per_s:>10}/s  {each_ns:>7} ns each  {:>6} extra rounds",
            self.rounds
        );
        self.rounds = 0;
    }
}

fn main() {
    let mut bench = Bench::new();
    let lot = |mut event: Event| {
        event
            .attributes
            .insert(Code(1), Value::new("lot-0001").expect("a short value"));
        event
    };

    let per_event = 1_000;
    let events = 400u64;
    let bulk: Vec<_> = (0..events)
        .map(|n| {
            tx(
                MAKER,
                vec![lot(event(
                    1,
                    n,
                    (0..per_event).map(|i| object(n * per_event + i)).collect(),
                ))],
            )
        })
        .collect();
    let start = Clock::now();
    let decoded: Vec<_> = bulk
        .iter()
        .map(|tx| SignedTransaction::from_bytes(&tx.to_bytes()))
        .collect();
    bench.report(
        "encode and decode, per serial",
        events * per_event,
        start.elapsed(),
    );
    drop(decoded);
    let spent = bench.run(&bulk, 40);
    bench.report(
        "objects created, 1,000 per event",
        events * per_event,
        spent,
    );

    let singles: Vec<_> = (0..50_000)
        .map(|n| {
            tx(
                MAKER,
                vec![lot(event(1, 1_000_000 + n, vec![object(1_000_000 + n)]))],
            )
        })
        .collect();
    let spent = bench.run(&singles, 2_000);
    bench.report("objects created, 1 per transaction", 50_000, spent);

    let ship: Vec<_> = (0..50_000)
        .map(|n| {
            let mut event = event(3, n, vec![object(1_000_000 + n)]);
            event.destination = Some(party(TRADER));
            tx(MAKER, vec![event])
        })
        .collect();
    let spent = bench.run(&ship, 2_000);
    bench.report("one-object offers (ship)", 50_000, spent);

    let receive: Vec<_> = (0..50_000)
        .map(|n| tx(TRADER, vec![event(4, n, vec![object(1_000_000 + n)])]))
        .collect();
    let spent = bench.run(&receive, 2_000);
    bench.report("one-object acceptances (receive)", 50_000, spent);

    let pack: Vec<_> = (0..events)
        .map(|n| {
            let mut event = event(
                2,
                n,
                (0..per_event).map(|i| object(n * per_event + i)).collect(),
            );
            event.parent = ObjectId::new(format!("00{n:018}")).ok();
            tx(MAKER, vec![event])
        })
        .collect();
    let spent = bench.run(&pack, 40);
    bench.report(
        "objects packed, 1,000 per container",
        events * per_event,
        spent,
    );

    let pallets: Vec<_> = (0..events)
        .map(|n| {
            let mut event = event(
                3,
                9_000_000 + n,
                vec![ObjectId::new(format!("00{n:018}")).expect("a short name")],
            );
            event.destination = Some(party(TRADER));
            tx(MAKER, vec![event])
        })
        .collect();
    let spent = bench.run(&pallets, 400);
    bench.report("containers of 1,000 offered", events, spent);

    let bytes: usize = bench.state.values().map(|record| record.len() + 32).sum();
    println!("{} records, {} bytes with keys", bench.state.len(), bytes);
}
