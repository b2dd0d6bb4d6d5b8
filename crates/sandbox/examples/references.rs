//! Measures what the ledger does for each serial number that is named, on the national load model under the pharmaceutical
//! profile: no signatures, no storage, no network, one thread.
//!
//! `cargo run --release -p pangolin-sandbox --example references [PACKS] [WORD]`
//!
//! The files of a history become transactions as a capture agent makes them, and blocks of one kind of business step each.
//! The columns are nanoseconds of processor time per serial number: hashing keys, what the profile makes of the events, naming
//! the keys to read, handing records over, executing, and the block's writes. With a WORD, only steps whose name begins
//! with it are executed more than once (for a profiler). The last line is a digest over all writes, receipts and histories:
//! two builds that print the same one decide alike.

#![expect(
    clippy::print_stdout,
    reason = "a program that prints its measurements"
)]

#[path = "../../ledger/examples/clock/mod.rs"]
mod clock;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use pangolin_ledger::{
    Wire as _,
    id::{ChainId, Height, PublicKey, Role, Signature, TimeMs},
    machine::{BlockContext, Machine, NeedKeys, Outcome, Overlay},
    state::{Key, KeyUse, Params, Quota},
    tx::{self, Auth, Body, DataClass, SignedTransaction, Transaction},
};
use pangolin_profiles::{
    capture::{Placement, Reducer},
    disclosure::SaltSecret,
    pharma::{self, Member, Pharma, role, words},
};
use pangolin_sandbox::industry::{Company, Document, Plan, Role as Kind, World};
use sha2::{Digest as _, Sha256};

use clock::Clock;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CHAIN: ChainId = ChainId([7; 32]);
/// Bytes and transactions of a block, and references of a transaction, as on a chain.
const MAX_BLOCK_BYTES: usize = 4 * 1024 * 1024;
const MAX_TX_BYTES: usize = 1_500_000;
const MAX_TX_REFERENCES: usize = pangolin_ledger::limits::MAX_REFS_PER_TX;
/// How often the blocks of the profiled step are executed.
const PROFILED_ROUNDS: usize = 20;

/// What is measured, in the order in which it happens.
const PARTS: [&str; 6] = ["keys", "plans", "hints", "supply", "execute", "writes"];

#[derive(Default)]
struct Spent {
    references: u64,
    events: u64,
    blocks: u64,
    rounds: u64,
    parts: [Duration; PARTS.len()],
}

impl Spent {
    fn time<T>(&mut self, part: usize, work: impl FnOnce() -> T) -> T {
        let clock = Clock::now();
        let result = work();
        self.parts[part] += clock.elapsed();
        result
    }

    fn add(&mut self, other: &Self) {
        self.references += other.references;
        self.events += other.events;
        self.blocks += other.blocks;
        self.rounds += other.rounds;
        for (sum, part) in self.parts.iter_mut().zip(other.parts) {
            *sum += part;
        }
    }

    fn print(&self, name: &str) {
        let each = |spent: Duration| spent.as_nanos() / u128::from(self.references.max(1));
        print!(
            "{name:<16} {:>8} {:>7} {:>5} {:>5}",
            self.references, self.events, self.blocks, self.rounds
        );
        for part in self.parts {
            print!(" {:>8}", each(part));
        }
        let sum = each(self.parts.iter().sum());
        println!(" {sum:>8} {:>10}/s", 1_000_000_000 / sum.max(1));
    }
}

/// A block's transactions and the step they are about.
struct Block {
    step: &'static str,
    time: TimeMs,
    bytes: usize,
    txs: Vec<SignedTransaction>,
}

fn references(event: &tx::Event) -> u64 {
    (event.objects.len() + event.outputs.objects.len() + usize::from(event.parent.is_some())) as u64
}

struct Ledger {
    machine: Machine,
    state: BTreeMap<Key, Arc<[u8]>>,
    height: u64,
    parent: TimeMs,
    seen: Sha256,
}

fn key_of(company: &Company) -> PublicKey {
    let mut key = [0; 32];
    key[..13].copy_from_slice(company.gln.as_str().as_bytes());
    PublicKey(key)
}

fn member(world: &World, company: &Company) -> Member {
    let (role, prefixes) = match company.role {
        Kind::Manufacturer => (role::MANUFACTURER, world.labels(company)),
        Kind::Wholesaler => (role::WHOLESALER, Vec::new()),
        Kind::Hospital | Kind::Pharmacy => (role::DISPENSER, Vec::new()),
    };
    Member {
        name: company.name.clone(),
        id: company.gln.as_str().to_owned(),
        roles: vec![role],
        prefixes: prefixes.into_iter().map(str::to_owned).collect(),
        keys: vec![(key_of(company), KeyUse::Owner)],
        ..Member::default()
    }
}

impl Ledger {
    fn of(world: &World, plan: &Plan) -> Self {
        let companies = world.companies().iter();
        let governor = Member {
            name: "Registrar".into(),
            id: "urn:x:registrar".into(),
            roles: vec![Role::GOVERNOR, Role::REGISTRAR, Role::AUTHORITY],
            ..Member::default()
        };
        let members = companies.map(|company| member(world, company));
        let members: Vec<Member> = members.chain([governor]).collect();
        let params = Params {
            quota: Quota {
                txs: u32::MAX,
                bytes: u64::MAX,
                parked: u32::MAX,
            },
            ..pharma::params()
        };
        let time = TimeMs(plan.start.as_millisecond());
        let genesis = pharma::genesis(CHAIN, time, params, vec![pharma::STRICT], &members)
            .expect("sound members");
        let machine = Machine::new(vec![Arc::new(Pharma::strict())]);
        let state = machine.genesis(&genesis).expect("a sound genesis");
        let state = state.into_iter().map(|(key, record)| (key, record.into()));
        Self {
            state: state.collect(),
            machine,
            height: 0,
            parent: time,
            seen: Sha256::new(),
        }
    }

    fn supply(&self, o: &mut Overlay, keys: &[Key], spent: &mut Spent) {
        let keys = spent.time(3, || o.want(keys));
        let records: Vec<_> = keys
            .into_iter()
            .map(|key| (key, self.state.get(&key).map(|bytes| bytes.to_vec())))
            .collect();
        spent.time(3, || {
            for (key, record) in records {
                o.supply(key, record.map(Arc::from));
            }
        });
    }

    /// Executes a block; its writes are left to the caller.
    fn execute(&mut self, block: &Block, commit: bool) -> Spent {
        let context = BlockContext {
            chain: CHAIN,
            height: Height(self.height + 1),
            time: block.time,
            parent_time: self.parent,
        };
        let machine = self.machine.clone();
        let mut spent = Spent {
            blocks: 1,
            ..Spent::default()
        };
        let mut o = Overlay::for_block(&context);
        spent.time(0, || block.txs.iter().for_each(SignedTransaction::warm));
        let prepared: Vec<_> = spent.time(1, || {
            block.txs.iter().map(|tx| machine.prepare(tx)).collect()
        });
        let mut keys = machine.block_hints(&context);
        let hints = spent.time(2, || {
            let hints = prepared.iter().flat_map(|tx| machine.hints(tx));
            hints.collect::<Vec<_>>()
        });
        keys.extend(hints);
        self.supply(&mut o, &keys, &mut spent);
        let follow = spent.time(2, || {
            let follow = prepared.iter().flat_map(|tx| machine.follow(tx, &o));
            follow.collect::<Vec<_>>()
        });
        self.supply(&mut o, &follow, &mut spent);
        let begin = |o: &mut Overlay| machine.begin_block(&context, o);
        self.until_known(&mut o, &mut spent, begin);
        for tx in &prepared {
            let outcome =
                self.until_known(&mut o, &mut spent, |o| machine.execute(&context, tx, o));
            match outcome {
                Outcome::Applied(receipt) => self.seen.update(receipt.to_bytes()),
                Outcome::Refused(refusal) => panic!("{refusal}"),
            }
            for event in match &tx.tx().tx().body {
                Body::Events(events) => events,
                _ => unreachable!("only events are sent"),
            } {
                spent.events += 1;
                spent.references += references(event);
            }
        }
        let effects = self.until_known(&mut o, &mut spent, |o| machine.end_block(&context, o));
        self.seen.update(effects.to_bytes());
        for link in o.take_lineage() {
            self.seen.update(link.digest);
            link.parents
                .iter()
                .for_each(|parent| self.seen.update(parent));
        }
        let writes = spent.time(5, || o.into_writes());
        for (key, record) in &writes {
            self.seen.update(key);
            self.seen.update(record.to_bytes_or_empty());
        }
        if commit {
            self.height += 1;
            self.parent = block.time;
            for (key, record) in writes {
                match record {
                    Some(record) => self.state.insert(key, record.into()),
                    None => self.state.remove(&key),
                };
            }
        }
        spent
    }

    fn until_known<T>(
        &self,
        o: &mut Overlay,
        spent: &mut Spent,
        mut work: impl FnMut(&mut Overlay) -> Result<T, NeedKeys>,
    ) -> T {
        loop {
            match spent.time(4, || work(o)) {
                Ok(result) => return result,
                Err(NeedKeys(keys)) => {
                    spent.rounds += 1;
                    self.supply(o, &keys, spent);
                }
            }
        }
    }
}

trait OrEmpty {
    fn to_bytes_or_empty(&self) -> &[u8];
}

impl OrEmpty for Option<Vec<u8>> {
    fn to_bytes_or_empty(&self) -> &[u8] {
        self.as_deref().unwrap_or(&[0xff])
    }
}

/// The transactions of a file, each about one kind of step.
fn transactions(document: &Document) -> Vec<(&'static str, SignedTransaction)> {
    let reducer = Reducer::of_document(&pharma::LEXICON, document.header());
    let secret = SaltSecret::new([7; 32]);
    let mut groups: Vec<(&'static str, Vec<tx::Event>)> = Vec::new();
    let (mut size, mut named) = (0, 0);
    for event in document.events() {
        let event = reducer
            .reduce(event, &secret, Placement::Full)
            .expect("a sound event");
        let step = words::step(event.step);
        size += event.to_bytes().len();
        named += event.objects.len();
        let full = size > MAX_TX_BYTES || named > MAX_TX_REFERENCES;
        match groups.last_mut() {
            Some((last, events)) if *last == step && !full => events.push(event),
            _ => {
                (size, named) = (event.to_bytes().len(), event.objects.len());
                groups.push((step, vec![event]));
            }
        }
    }
    let sign = |(step, events)| {
        let tx = Transaction {
            chain: CHAIN,
            profile: pharma::STRICT,
            class: DataClass::Transaction,
            issuer: pharma::party_id(document.sender.gln.as_str()).expect("a GLN"),
            key: key_of(&document.sender),
            valid_until: Height(900_000),
            body: Body::Events(events),
        };
        (
            step,
            SignedTransaction::new(tx, Auth::Single(Signature([0; 64]))),
        )
    };
    groups.into_iter().map(sign).collect()
}

/// Blocks of one kind of step each, in order.
fn blocks(plan: &Plan) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for document in plan.history().expect("a sound plan") {
        let document = document.expect("a document");
        let time = TimeMs(document.made.as_millisecond());
        for (step, tx) in transactions(&document) {
            match blocks.last_mut() {
                Some(block) if block.step == step && block.bytes + tx.size() <= MAX_BLOCK_BYTES => {
                    block.time = block.time.max(time);
                    block.bytes += tx.size();
                    block.txs.push(tx);
                }
                _ => blocks.push(Block {
                    step,
                    time,
                    bytes: tx.size(),
                    txs: vec![tx],
                }),
            }
        }
    }
    blocks
}

fn main() {
    let mut args = std::env::args().skip(1);
    let packs = args
        .next()
        .map_or(80_000, |n| n.parse().expect("a number of packs"));
    let profiled = args.next();
    let plan = Plan::load(packs);
    let world = World::new(&plan).expect("a sound plan");
    let mut ledger = Ledger::of(&world, &plan);
    let mut kinds: BTreeMap<&'static str, Spent> = BTreeMap::new();
    for block in blocks(&plan) {
        if profiled
            .as_deref()
            .is_some_and(|word| block.step.starts_with(word))
        {
            for _ in 0..PROFILED_ROUNDS {
                ledger.execute(&block, false);
            }
        }
        let spent = ledger.execute(&block, true);
        kinds.entry(block.step).or_default().add(&spent);
    }
    print!(
        "{:<16} {:>8} {:>7} {:>5} {:>5}",
        "", "serials", "events", "block", "again"
    );
    for part in PARTS {
        print!(" {part:>8}");
    }
    println!(" {:>8} {:>12}", "sum, ns", "serials");
    let mut all = Spent::default();
    for (name, spent) in &kinds {
        spent.print(name);
        all.add(spent);
    }
    all.print("all");
    let records: usize = ledger.state.values().map(|record| record.len()).sum();
    println!("{} records of {records} bytes", ledger.state.len());
    println!("{:x}", ledger.seen.finalize());
}
