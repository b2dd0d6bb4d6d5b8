//! Three chains of one trade, with a maker, a wholesaler and a pharmacy on each, and what these do.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use ed25519_zebra::{SigningKey, VerificationKeyBytes};
use pangolin_gs1::Key as Gs1;
use pangolin_interchain::{Port, Ports, Relay, Settings, Signer};
use pangolin_ledger::{
    Auth, Body, ChainId, Code, DataClass, Digest32, EventId, GovernanceAction, GovernanceBody,
    Height, ObjectId, OrderBody, OrderKind, OrderScope, OrderTerms, Outcome, PartyId, PublicKey,
    Role, Signature, SignedTransaction, TimeMs, Transaction,
    hash::sha256,
    id::Value,
    state::{EventRecord, EventState, ForeignChain, KeyUse, Object, keys},
    tx::{Action, Event, EventKind},
};
use pangolin_profiles::{
    capture::{attribute, id},
    cbv::step,
    pharma::{self, Member, STRICT, role, words::field},
};

use crate::paper::{Paper, key_of, machine};

pub(crate) const CHAINS: [ChainId; 3] = [ChainId([1; 32]), ChainId([2; 32]), ChainId([3; 32])];
const NAMES: [&str; 3] = ["east", "west", "south"];
pub(crate) const MAKER: &str = "0300011111116";
pub(crate) const WHOLESALER: &str = "0399999999991";
pub(crate) const PHARMACY: &str = "0366159000019";
const AUTHORITY: &str = "urn:x:authority";
const CARRIER: &str = "urn:x:carrier";
/// Longest time that anything takes, on a machine that is busy with other things too.
const LIMIT: Duration = Duration::from_secs(30);
const START: TimeMs = TimeMs(1_772_352_000_000);

/// The chains.
pub(crate) struct Trade {
    pub(crate) chains: Vec<Arc<Paper>>,
    stated: AtomicU64,
}

pub(crate) fn party(text: &str) -> PartyId {
    pharma::party_id(text).unwrap()
}

/// A pack of the product.
pub(crate) fn pack(serial: u64) -> ObjectId {
    object(&format!("urn:epc:id:sgtin:030001.0012345.{serial}"))
}

/// A logistic unit.
pub(crate) fn pallet(serial: u64) -> ObjectId {
    object(&format!("urn:epc:id:sscc:030001.4{serial:010}"))
}

fn object(uri: &str) -> ObjectId {
    id::object(&Gs1::parse(uri).unwrap()).unwrap()
}

fn secret(name: &str) -> SigningKey {
    SigningKey::from(sha256(&[name.as_bytes()]))
}

fn public(name: &str) -> PublicKey {
    PublicKey(VerificationKeyBytes::from(&secret(name)).into())
}

fn members() -> Vec<Member> {
    let member = |id: &str, roles: Vec<Role>, prefixes: &[&str]| Member {
        name: id.into(),
        id: id.into(),
        roles,
        prefixes: prefixes.iter().map(|prefix| (*prefix).into()).collect(),
        gtins: Vec::new(),
        keys: vec![(public(id), KeyUse::Owner)],
    };
    vec![
        member(MAKER, vec![role::MANUFACTURER], &["030001"]),
        member(WHOLESALER, vec![role::WHOLESALER], &[]),
        member(PHARMACY, vec![role::DISPENSER], &[]),
        member(
            AUTHORITY,
            vec![Role::GOVERNOR, Role::REGISTRAR, Role::AUTHORITY],
            &[],
        ),
        member(CARRIER, Vec::new(), &[]),
    ]
}

impl Trade {
    /// Chains that know each other; each wants word of the others' orders at least every so many milliseconds.
    pub(crate) fn new(freshness_ms: u64) -> Self {
        Self::knowing(freshness_ms, |_, _| true)
    }

    /// Chains of which some know others.
    pub(crate) fn knowing(freshness_ms: u64, knows: impl Fn(usize, usize) -> bool) -> Self {
        let chain = |at: usize| {
            let members = members();
            let mut genesis =
                pharma::genesis(CHAINS[at], START, pharma::params(), vec![STRICT], &members)
                    .unwrap();
            let others = (0..CHAINS.len()).filter(|other| *other != at && knows(at, *other));
            for (other, name) in others.map(|other| (&CHAINS[other], NAMES[other])) {
                let record = ForeignChain {
                    name: name.into(),
                    key: key_of(*other),
                    freshness_ms,
                    registered: Height(0),
                    suspended: None,
                    seen: None,
                };
                genesis.chains.push((*other, record));
            }
            let signer = Signer {
                party: party(CARRIER),
                key: secret(CARRIER),
            };
            Arc::new(Paper::new(NAMES[at], &genesis, signer))
        };
        let trade = Self {
            chains: (0..3).map(chain).collect(),
            stated: AtomicU64::new(0),
        };
        trade.makers(0);
        trade
    }

    /// What is made on one chain may be traded on all others.
    pub(crate) fn makers(&self, of: usize) {
        let known = |at: usize| {
            let record: Option<ForeignChain> =
                self.chains[at].get(&keys::foreign_chain(&CHAINS[of]));
            record.is_some()
        };
        for at in (0..3).filter(|at| *at != of && known(*at)) {
            self.allows(at, of);
        }
    }

    /// What is made on one chain may be traded on another.
    pub(crate) fn allows(&self, at: usize, of: usize) {
        self.maker(at, of, true);
    }

    /// It may not any more.
    pub(crate) fn disallows(&self, at: usize, of: usize) {
        self.maker(at, of, false);
    }

    fn maker(&self, at: usize, of: usize, allowed: bool) {
        let action = GovernanceAction::AllowMaker {
            chain: CHAINS[of],
            allowed,
        };
        let reason = String::new();
        let body = Body::Governance(Box::new(GovernanceBody { action, reason }));
        applied(&self.states(at, AUTHORITY, body));
    }

    /// What became of an event.
    pub(crate) fn fate(&self, at: usize, outcome: &Outcome) -> EventState {
        let event = outcome.receipt().unwrap().events[0].id;
        let record: Option<EventRecord> = self.chains[at].get(&keys::event(&event));
        record.unwrap().state
    }

    /// A carrier between all of them, which goes on for as long as it is kept.
    pub(crate) fn carrier(&self) -> Carrier {
        self.carrier_between(&[0, 1, 2])
    }

    pub(crate) fn carrier_between(&self, chains: &[usize]) -> Carrier {
        let ports: Ports = chains
            .iter()
            .map(|at| (CHAINS[*at], self.chains[*at].clone() as Arc<dyn Port>))
            .collect();
        let settings = Settings {
            poll: Duration::from_millis(2),
        };
        let relay = Arc::new(Relay::new(machine(), ports, settings));
        Carrier {
            relay: relay.clone(),
            task: tokio::spawn(relay.run()),
        }
    }

    /// What a party states at a chain.
    pub(crate) fn states(&self, at: usize, by: &str, body: Body) -> Outcome {
        let tx = Transaction {
            chain: CHAINS[at],
            profile: STRICT,
            class: DataClass::Transaction,
            issuer: party(by),
            key: public(by),
            valid_until: Height(self.chains[at].height().0 + 1_000),
            body,
        };
        let signed = SignedTransaction::new(tx, Auth::Single(Signature([0; 64])));
        self.chains[at].block(Some(&signed)).unwrap()
    }

    /// The governance of a chain decides something.
    pub(crate) fn decides(&self, at: usize, action: GovernanceAction) {
        let reason = String::new();
        let body = GovernanceBody { action, reason };
        applied(&self.states(at, AUTHORITY, Body::Governance(Box::new(body))));
    }

    fn event(&self, at: usize, kind: EventKind, action: Action, step: Code) -> Event {
        let number = self.stated.fetch_add(1, Ordering::Relaxed);
        let id = EventId(sha256(&[&number.to_be_bytes()]));
        let time = self.chains[at].time();
        Event::new(id, kind, action, time, step, Digest32(id.0))
    }

    fn events(&self, at: usize, by: &str, event: Event) -> Outcome {
        self.states(at, by, Body::Events(vec![event]))
    }

    /// Packs come into being, in one lot.
    pub(crate) fn makes(&self, at: usize, packs: &[ObjectId]) {
        let mut event = self.event(at, EventKind::Object, Action::Add, step::COMMISSIONING);
        event.objects = packs.iter().cloned().collect();
        if id::class_of(&packs[0]).is_some() {
            event
                .attributes
                .insert(field::LOT, Value::new("A1").unwrap());
            event
                .attributes
                .insert(field::EXPIRY, Value::new("20300101").unwrap());
        }
        applied(&self.events(at, MAKER, event));
    }

    /// Packs come into being, resting on facts: a line for each, as reduction writes them.
    pub(crate) fn makes_resting(&self, at: usize, packs: &[ObjectId], on: &str) -> Outcome {
        let mut event = self.event(at, EventKind::Object, Action::Add, step::COMMISSIONING);
        event.objects = packs.iter().cloned().collect();
        for (code, text) in [
            (field::LOT, "A1"),
            (field::EXPIRY, "20300101"),
            (attribute::RESTS_ON, on),
        ] {
            event.attributes.insert(code, Value::new(text).unwrap());
        }
        self.events(at, MAKER, event)
    }

    /// Things go into a container.
    pub(crate) fn packs(&self, at: usize, by: &str, container: &ObjectId, things: &[ObjectId]) {
        let mut event = self.event(at, EventKind::Aggregation, Action::Add, step::PACKING);
        event.parent = Some(container.clone());
        event.objects = things.iter().cloned().collect();
        applied(&self.events(at, by, event));
    }

    /// Things come out of a container; where nothing is named, everything.
    pub(crate) fn unpacks(
        &self,
        at: usize,
        by: &str,
        container: &ObjectId,
        things: &[ObjectId],
    ) -> Outcome {
        let mut event = self.event(at, EventKind::Aggregation, Action::Delete, step::UNPACKING);
        event.parent = Some(container.clone());
        event.objects = things.iter().cloned().collect();
        self.events(at, by, event)
    }

    /// Goods leave for a party on another chain, which lets them in for so many milliseconds.
    pub(crate) fn ships(
        &self,
        from: usize,
        by: &str,
        things: &[ObjectId],
        to: (usize, &str),
        ms: i64,
    ) -> Outcome {
        let mut event = self.event(from, EventKind::Object, Action::Observe, step::SHIPPING);
        event.objects = things.iter().cloned().collect();
        event.destination = Some(party(to.1));
        let chain = CHAINS[to.0].to_string();
        let until = (self.chains[to.0].time().0 + ms).to_string();
        for (code, text) in [
            (attribute::CHAIN_TO, chain.as_str()),
            (attribute::ARRIVE_BEFORE, until.as_str()),
            (field::STATEMENT, "1"),
        ] {
            event.attributes.insert(code, Value::new(text).unwrap());
        }
        self.events(from, by, event)
    }

    /// Goods are received.
    pub(crate) fn receives(&self, at: usize, by: &str, things: &[ObjectId]) -> Outcome {
        let mut event = self.event(at, EventKind::Object, Action::Observe, step::RECEIVING);
        event.objects = things.iter().cloned().collect();
        self.events(at, by, event)
    }

    /// A pack is dispensed.
    pub(crate) fn dispenses(&self, at: usize, by: &str, pack: &ObjectId) -> Outcome {
        let mut event = self.event(at, EventKind::Object, Action::Observe, step::DISPENSING);
        event.objects = std::iter::once(pack.clone()).collect();
        self.events(at, by, event)
    }

    /// The product is recalled at a chain.
    pub(crate) fn recalls(&self, at: usize, object: &ObjectId) {
        let lot = self.record(at, object).unwrap().group.unwrap();
        let terms = OrderTerms {
            kind: OrderKind::Recall,
            scope: OrderScope::Group(lot),
            reason: pharma::words::order_reason::RECALL_CLASS_1,
            legal_basis: "21 CFR 7.3(m)(1)".into(),
            expires: None,
            officers: 1,
            document: None,
        };
        applied(&self.states(at, AUTHORITY, Body::Order(OrderBody::Issue(terms))));
    }

    pub(crate) fn record(&self, at: usize, object: &ObjectId) -> Option<Object> {
        let record: Option<Object> = self.chains[at].get(&keys::object(object));
        record.filter(Object::exists)
    }

    /// Whether an object lives at a chain by its own record.
    pub(crate) fn lives(&self, at: usize, object: &ObjectId) -> bool {
        self.record(at, object)
            .is_some_and(|record| record.is_live())
    }

    /// Blocks go on coming on all chains until something holds.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let begun = Instant::now();
        while begun.elapsed() < LIMIT {
            if holds() {
                return;
            }
            for chain in &self.chains {
                chain.block(None);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let refused: Vec<_> = self
            .chains
            .iter()
            .map(|chain| chain.all_refused())
            .collect();
        panic!("it did not come about that {what}; refused: {refused:?}");
    }

    /// The number of the next message from one chain to another, and how many came in.
    pub(crate) fn sent(&self, from: usize, to: usize) -> (u64, u64) {
        let channel = |at: usize, other: usize| {
            let known: Option<pangolin_ledger::state::Channel> =
                self.chains[at].get(&keys::channel(&CHAINS[other]));
            known.unwrap_or_default()
        };
        (channel(from, to).next_out, channel(to, from).next_in)
    }

    /// How many notices of one chain's orders another one knows.
    pub(crate) fn notices_known(&self, at: usize, of: usize) -> u64 {
        let feed: Option<pangolin_ledger::state::Feed> =
            self.chains[at].get(&keys::feed(&CHAINS[of]));
        feed.map_or(0, |feed| feed.next)
    }

    /// Whether the lock with this number is settled at home.
    pub(crate) fn is_settled(&self, from: usize, to: usize, seq: u64) -> bool {
        let key = keys::settlement(&CHAINS[to], seq);
        self.chains[from]
            .get::<pangolin_ledger::state::Settlement>(&key)
            .is_some()
    }
}

/// A carrier at work.
pub(crate) struct Carrier {
    pub(crate) relay: Arc<Relay>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Carrier {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn applied(outcome: &Outcome) {
    if let Outcome::Refused(refusal) = outcome {
        panic!("refused: {refusal}");
    }
}

/// The code of a refusal, or of what the only event waits for.
pub(crate) fn code(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Refused(refusal) => refusal.code,
        Outcome::Applied(receipt) => match &receipt.events[0].outcome {
            pangolin_ledger::report::EventOutcome::Parked { .. } => "parked",
            _ => "applied",
        },
    }
}
