//! The world: executes transactions block by block against a committed state, feeding records the way a test wants.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use pangolin_ledger::{
    Action, Auth, BlockContext, BlockEffects, Body, ChainId, Code, DataClass, Digest32, Effect,
    Event, EventId, EventKind, EventOutcome, Genesis, GenesisParty, Height, Key, Machine, Missing,
    NeedKeys, ObjectId, ObjectSet, Outcome, Overlay, PartyId, PublicKey, Receipt, Role, Scope,
    Signature, SignedTransaction, TimeMs, Transaction, Value, Wire, hash, limits,
    query::{self, Answer, ObjectStatus, QueryError},
    state::{KeyUse, Namespace, Object, Params, keys},
};

use super::{Kept, TestProfile, role};

/// How the machine gets its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Feeding {
    /// All hinted keys first, then what is asked for.
    Hints,
    /// Only what is asked for, all at once.
    OnDemand,
    /// Only what is asked for, a third at a time.
    Piecemeal,
    /// Everything there is.
    Everything,
}

/// A chain of one machine.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) chain: ChainId,
    pub(crate) machine: Machine,
    pub(crate) state: BTreeMap<Key, Vec<u8>>,
    pub(crate) height: u64,
    pub(crate) time: i64,
    pub(crate) feeding: Feeding,
    /// Keys that were asked for although they were not hinted.
    pub(crate) unhinted: Vec<Namespace>,
    /// What its node keeps of what happened.
    pub(crate) kept: Kept,
}

pub(crate) const START_MS: i64 = 1_700_000_000_000;

pub(crate) fn party(name: &str) -> PartyId {
    PartyId::new(name).unwrap()
}

pub(crate) fn id(name: &str) -> ObjectId {
    ObjectId::new(name).unwrap()
}

fn owned(o: &Overlay) -> Vec<(Key, Option<Vec<u8>>)> {
    let writes = o.writes().into_iter();
    writes
        .map(|(key, record)| (key, record.map(Cow::into_owned)))
        .collect()
}

fn key_of(name: &str) -> PublicKey {
    PublicKey(hash::sha256(&[b"key", name.as_bytes()]))
}

/// An event on objects; its id follows from its content, its time from the world's start.
pub(crate) fn event(step: u16, objects: &[&str]) -> Event {
    event_at(step, objects, 0)
}

/// An event on objects, `ms` after the world's start.
pub(crate) fn event_at(step: u16, objects: &[&str], ms: i64) -> Event {
    let zero = Digest32([0; 32]);
    let time = TimeMs(START_MS + ms);
    let mut event = Event::new(
        EventId([0; 32]),
        EventKind::Object,
        Action::Observe,
        time,
        Code(step),
        zero,
    );
    event.objects = ObjectSet::unique(objects.iter().map(|name| id(name)).collect()).unwrap();
    seal(event)
}

/// Gives an event the id that follows from its content.
pub(crate) fn seal(mut event: Event) -> Event {
    event.id = EventId([0; 32]);
    event.id = EventId(event.digest().0);
    event
}

/// Changes an event and seals it again.
pub(crate) fn with(mut event: Event, change: impl FnOnce(&mut Event)) -> Event {
    change(&mut event);
    seal(event)
}

pub(crate) trait EventExt {
    fn to(self, name: &str) -> Event;
    fn from(self, name: &str) -> Event;
    fn parent(self, name: &str) -> Event;
    fn attr(self, code: u16, value: &str) -> Event;
    fn nonce(self, n: u8) -> Event;
}

impl EventExt for Event {
    fn to(self, name: &str) -> Event {
        with(self, |e| e.destination = Some(party(name)))
    }
    fn from(self, name: &str) -> Event {
        with(self, |e| e.source = Some(party(name)))
    }
    fn parent(self, name: &str) -> Event {
        with(self, |e| e.parent = Some(id(name)))
    }
    fn attr(self, code: u16, value: &str) -> Event {
        with(self, |e| {
            e.attributes.insert(Code(code), Value::new(value).unwrap());
        })
    }
    fn nonce(self, n: u8) -> Event {
        with(self, |e| e.commitment = Digest32([n; 32]))
    }
}

impl World {
    pub(crate) const CHAIN: ChainId = ChainId([9; 32]);

    /// Parties `maker`, `trader`, `other`, `user` with their roles, and `gov` with all reserved roles.
    pub(crate) fn new() -> Self {
        Self::with_params(Params::default())
    }

    pub(crate) fn with_params(params: Params) -> Self {
        Self::on(Self::CHAIN, params)
    }

    /// The same on another chain.
    pub(crate) fn on(chain: ChainId, params: Params) -> Self {
        let machine = Machine::new(vec![Arc::new(TestProfile)]);
        let reserved = [Role::GOVERNOR, Role::REGISTRAR, Role::AUTHORITY];
        let member = |name: &str, roles: &[Role]| GenesisParty {
            id: party(name),
            name: name.to_owned(),
            keys: vec![
                (key_of(name), KeyUse::Owner),
                (key_of(&format!("{name}/2")), KeyUse::Owner),
            ],
            roles: roles.iter().map(|role| (*role, Scope::all())).collect(),
        };
        let genesis = Genesis {
            chain,
            time: TimeMs(START_MS),
            params,
            profiles: vec![TestProfile::REFERENCE],
            parties: vec![
                member("maker", &[role::MAKER]),
                member("trader", &[role::TRADER]),
                member("other", &[role::TRADER]),
                member("user", &[role::USER]),
                member("nobody", &[]),
                member("gov", &reserved),
                member("gov2", &reserved),
            ],
            chains: Vec::new(),
        };
        assert_eq!(
            Genesis::from_bytes(&genesis.to_bytes()).as_ref(),
            Ok(&genesis)
        );
        let state = machine.genesis(&genesis).unwrap();
        Self {
            chain,
            machine,
            state,
            height: 0,
            time: START_MS,
            feeding: Feeding::Hints,
            unhinted: Vec::new(),
            kept: Kept::default(),
        }
    }

    pub(crate) fn key(name: &str) -> PublicKey {
        key_of(name)
    }

    /// A transaction of `issuer`, signed with its first key.
    pub(crate) fn tx(&self, issuer: &str, body: Body) -> SignedTransaction {
        self.tx_by(issuer, issuer, body)
    }

    /// A transaction of `issuer`, signed with the key called `signer`.
    pub(crate) fn tx_by(&self, issuer: &str, signer: &str, body: Body) -> SignedTransaction {
        let tx = Transaction {
            chain: self.chain,
            profile: TestProfile::REFERENCE,
            class: DataClass::Transaction,
            issuer: party(issuer),
            key: key_of(signer),
            valid_until: Height(self.height + 100),
            body,
        };
        Self::sign(tx)
    }

    /// Signs, and holds the encoding against its own decoding.
    pub(crate) fn sign(tx: Transaction) -> SignedTransaction {
        let signed = SignedTransaction::new(tx, Auth::Single(Signature([5; 64])));
        assert_eq!(
            SignedTransaction::from_bytes(&signed.to_bytes()).as_ref(),
            Ok(&signed)
        );
        signed
    }

    pub(crate) fn context(&self) -> BlockContext {
        BlockContext {
            chain: self.chain,
            height: Height(self.height + 1),
            time: TimeMs(self.time + 1_000),
            parent_time: TimeMs(self.time),
        }
    }

    fn feed<T>(
        &mut self,
        o: &mut Overlay,
        mut work: impl FnMut(&mut Overlay) -> Result<T, NeedKeys>,
    ) -> T {
        let portions = if self.feeding == Feeding::Piecemeal {
            8
        } else {
            1
        };
        for _ in 0..portions * limits::MAX_READ_ROUNDS {
            let before = owned(o);
            match work(o) {
                Ok(value) => return value,
                Err(NeedKeys(wanted)) => {
                    assert_eq!(before, owned(o), "asking for keys changes nothing");
                    assert!(!wanted.is_empty() && wanted.array_windows().all(|[a, b]| a < b));
                    assert!(wanted.iter().all(|key| !o.knows(key)));
                    self.unhinted
                        .extend(wanted.iter().filter_map(Key::namespace));
                    let take = if self.feeding == Feeding::Piecemeal {
                        wanted.len().div_ceil(3)
                    } else {
                        wanted.len()
                    };
                    for key in wanted.into_iter().take(take) {
                        self.supply(o, key);
                    }
                }
            }
        }
        panic!("the machine asks for keys without end")
    }

    fn supply(&self, o: &mut Overlay, key: Key) {
        o.supply(
            key,
            self.state.get(&key).map(|record| record.as_slice().into()),
        );
    }

    /// Executes a block and commits what it wrote.
    pub(crate) fn block(&mut self, txs: &[SignedTransaction]) -> (Vec<Outcome>, BlockEffects) {
        let block = self.context();
        let mut o = Overlay::new();
        if self.feeding == Feeding::Everything {
            let all: Vec<Key> = self.state.keys().copied().collect();
            for key in all {
                self.supply(&mut o, key);
            }
        }
        let machine = self.machine.clone();
        let prepared: Vec<_> = txs.iter().map(|tx| machine.prepare(tx)).collect();
        if self.feeding == Feeding::Hints {
            let mut hints = self.machine.block_hints(&block);
            hints.extend(prepared.iter().flat_map(|tx| self.machine.hints(tx)));
            for key in hints {
                self.supply(&mut o, key);
            }
            for tx in &prepared {
                for key in self.machine.follow(tx, &o) {
                    assert!(!o.knows(&key));
                    self.supply(&mut o, key);
                }
            }
        }
        let begun = self.feed(&mut o, |o| machine.begin_block(&block, o));
        assert_eq!(begun, BlockEffects::default());
        let mut outcomes = Vec::new();
        for tx in &prepared {
            let before = owned(&o);
            let outcome = self.feed(&mut o, |o| machine.execute(&block, tx, o));
            match &outcome {
                Outcome::Refused(refusal) => {
                    assert_eq!(
                        before,
                        owned(&o),
                        "a refused transaction leaves no trace: {refusal}"
                    );
                    assert!(!refusal.message.is_empty() && !refusal.remedy.is_empty());
                }
                Outcome::Applied(receipt) => {
                    assert_eq!(
                        Receipt::from_bytes(&receipt.to_bytes()).as_ref(),
                        Ok(receipt)
                    );
                }
            }
            outcomes.push(outcome);
        }
        let effects = self.feed(&mut o, |o| machine.end_block(&block, o));
        assert_eq!(effects.corrupt, None);
        let applied = outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Applied(receipt) => Some(receipt.effects.as_slice()),
            Outcome::Refused(_) => None,
        });
        let all = applied.chain([effects.effects.as_slice()]);
        let all: Vec<Effect> = all.flatten().cloned().collect();
        self.kept.keep(o.take_lineage(), &all);
        for (key, record) in o.into_writes() {
            match record {
                Some(record) => self.state.insert(key, record),
                None => self.state.remove(&key),
            };
        }
        self.height = block.height.0;
        self.time = block.time.0;
        (outcomes, effects)
    }

    /// One transaction in a block of its own.
    pub(crate) fn run(&mut self, tx: &SignedTransaction) -> Outcome {
        self.block(std::slice::from_ref(tx)).0.remove(0)
    }

    /// Events of one party in a block of their own.
    pub(crate) fn say(&mut self, issuer: &str, events: Vec<Event>) -> Outcome {
        let tx = self.tx(issuer, Body::Events(events));
        self.run(&tx)
    }

    /// Events that must be applied at once.
    pub(crate) fn ok(&mut self, issuer: &str, events: Vec<Event>) -> Receipt {
        match self.say(issuer, events) {
            Outcome::Applied(receipt) => {
                let applied = receipt
                    .events
                    .iter()
                    .all(|e| e.outcome == EventOutcome::Applied);
                assert!(applied, "not applied: {:?}", receipt.events);
                receipt
            }
            Outcome::Refused(refusal) => panic!("refused: {refusal}"),
        }
    }

    /// Events that must be refused; returns code and place.
    pub(crate) fn refused(&mut self, issuer: &str, events: Vec<Event>) -> (&'static str, String) {
        match self.say(issuer, events) {
            Outcome::Refused(refusal) => (refusal.code, refusal.place),
            Outcome::Applied(receipt) => panic!("applied: {receipt:?}"),
        }
    }

    /// One event that must be parked; returns what it waits for and the code of what would be the refusal.
    pub(crate) fn parked(&mut self, issuer: &str, event: Event) -> (Missing, String) {
        match self.say(issuer, vec![event]) {
            Outcome::Applied(receipt) => match receipt.events[0].outcome.clone() {
                EventOutcome::Parked { missing, code, .. } => (missing, code),
                other => panic!("not parked: {other:?}"),
            },
            Outcome::Refused(refusal) => panic!("refused: {refusal}"),
        }
    }

    /// Another body that must be applied; returns its effects.
    pub(crate) fn enact(&mut self, issuer: &str, body: Body) -> Vec<Effect> {
        let tx = self.tx(issuer, body);
        match self.run(&tx) {
            Outcome::Applied(receipt) => receipt.effects,
            Outcome::Refused(refusal) => panic!("refused: {refusal}"),
        }
    }

    /// Another body that must be refused; returns the code.
    pub(crate) fn forbids(&mut self, issuer: &str, body: Body) -> &'static str {
        let tx = self.tx(issuer, body);
        match self.run(&tx) {
            Outcome::Applied(receipt) => panic!("applied: {receipt:?}"),
            Outcome::Refused(refusal) => refusal.code,
        }
    }

    /// Empty blocks until `ms` later; returns all effects.
    pub(crate) fn wait(&mut self, ms: i64) -> Vec<Effect> {
        let end = self.time + ms;
        let mut effects = Vec::new();
        while self.time < end {
            self.time = end.min(self.time + 4 * 3_600_000) - 1_000;
            effects.extend(self.block(&[]).1.effects);
        }
        effects
    }

    /// A record.
    pub(crate) fn get<T: Wire>(&self, key: Key) -> Option<T> {
        self.state
            .get(&key)
            .map(|bytes| T::from_bytes(bytes).unwrap())
    }

    /// An object's record.
    pub(crate) fn object(&self, name: &str) -> Object {
        self.get(keys::object(&id(name))).unwrap()
    }

    /// An object's status.
    pub(crate) fn status(&self, name: &str) -> ObjectStatus {
        self.ask(|o| query::object_status(o, &id(name), TimeMs(self.time)))
            .value
    }

    /// The custodian of an object.
    pub(crate) fn custodian(&self, name: &str) -> Option<String> {
        self.status(name).custodian.map(|party| party.to_string())
    }

    /// An answer to a query.
    pub(crate) fn ask<T>(
        &self,
        query: impl Fn(&Overlay) -> Result<Answer<T>, QueryError>,
    ) -> Answer<T> {
        let mut o = Overlay::new();
        loop {
            match query(&o) {
                Ok(answer) => return answer,
                Err(QueryError::Need(wanted)) => {
                    for key in wanted {
                        self.supply(&mut o, key);
                    }
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}
