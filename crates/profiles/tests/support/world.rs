//! The chain that stories are told to.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use pangolin_ledger::{
    codec::Wire as _,
    id::{
        ChainId, Digest32, EventId, Height, ObjectId, PartyId, PublicKey, Role, Signature, TimeMs,
        TxId,
    },
    machine::{BlockContext, Link, Machine, NeedKeys, Outcome, Overlay},
    query::{self, ObjectStatus, QueryError},
    report::BlockEffects,
    state::{Key, KeyUse, TxRecord, keys},
    tx::{Auth, Body, DataClass, SignedTransaction, TX_VERSION, Transaction},
};
use pangolin_profiles::{
    catalog::{self, Rules},
    member::{self, Member},
};

use super::abroad::{self, ELSEWHERE, FURTHER, Notary};

/// Width of a block, in milliseconds, where a story does not say when something happens.
const BLOCK_MS: u64 = 60_000;
/// The chain of a story.
pub(crate) const CHAIN: ChainId = ChainId([7; 32]);
/// A party of a story.
#[derive(Debug, Clone)]
pub(crate) struct Actor {
    pub(crate) id: PartyId,
    pub(crate) key: PublicKey,
}

pub(crate) struct World {
    pub(crate) machine: Machine,
    pub(crate) notary: Arc<Notary>,
    pub(crate) rules: &'static Rules,
    pub(crate) actors: BTreeMap<String, Actor>,
    pub(crate) height: u64,
    pub(crate) time: TimeMs,
    state: BTreeMap<Key, Vec<u8>>,
    /// How digests came about.
    lineage: BTreeMap<Digest32, Link>,
}

impl World {
    /// A chain that begins at `time` with these members; `strangers` among them are not admitted.
    pub(crate) fn new(
        rules: &'static Rules,
        time: TimeMs,
        mut members: BTreeMap<String, Member>,
        strangers: &[String],
    ) -> Self {
        let notary = Arc::new(Notary::default());
        let machine = Machine::new(catalog::profiles()).believing(notary.clone());
        let industry = rules.industry();
        let mut actors = BTreeMap::new();
        for (number, (name, member)) in (1u8..).zip(members.iter_mut()) {
            let key = PublicKey([number; 32]);
            member.keys.push((key, KeyUse::Owner));
            let id =
                member::party_id(&member.id).unwrap_or_else(|| panic!("{name}: {}", member.id));
            actors.insert(name.clone(), Actor { id, key });
        }
        members.retain(|name, _| !strangers.contains(name));
        let members: Vec<Member> = members.into_values().collect();
        let versions = industry.versions.iter().map(|rules| rules.reference);
        let mut genesis = member::genesis(
            industry,
            CHAIN,
            time,
            (industry.params)(),
            versions.collect(),
            &members,
        )
        .expect("the members fit together");
        for chain in [ELSEWHERE, FURTHER] {
            genesis.chains.push((chain, abroad::registered(chain)));
        }
        let mut state = machine.genesis(&genesis).expect("the genesis is valid");
        // what is made on the one that things come from may be traded here
        let height = Height(0);
        state.insert(keys::maker(&ELSEWHERE), TxRecord { height }.to_bytes());
        Self {
            machine,
            notary,
            rules,
            actors,
            height: 0,
            time,
            state,
            lineage: BTreeMap::new(),
        }
    }

    pub(crate) fn actor(&self, name: &str) -> &Actor {
        self.actors
            .get(name)
            .unwrap_or_else(|| panic!("no party {name:?} in the story"))
    }

    /// A record.
    pub(crate) fn record(&self, key: &Key) -> Option<&[u8]> {
        self.state.get(key).map(Vec::as_slice)
    }

    /// The events between one that let something in and a digest, the first of them first.
    pub(crate) fn since(&self, digest: Digest32, came: &EventId) -> Vec<EventId> {
        let mut events = Vec::new();
        let mut at = digest;
        while let Some(link) = self.lineage.get(&at).filter(|link| link.event != *came) {
            events.push(link.event);
            at = *link.parents.first().expect("it came from elsewhere");
        }
        events.reverse();
        events
    }

    /// The name of a party, or its identifier if it has none.
    pub(crate) fn name_of(&self, party: &PartyId) -> String {
        let named = self.actors.iter().find(|(_, actor)| actor.id == *party);
        named.map_or_else(|| party.to_string(), |(name, _)| name.clone())
    }

    pub(crate) fn sign(&self, by: &str, class: DataClass, body: Body) -> SignedTransaction {
        let Actor { id, key } = self.actor(by).clone();
        let tx = Transaction {
            chain: CHAIN,
            profile: self.rules.reference,
            class,
            issuer: id,
            key,
            valid_until: Height(self.height + 1_000),
            body,
        };
        assert_eq!(tx.to_bytes()[0], TX_VERSION);
        let signed = SignedTransaction::new(tx, Auth::Single(Signature([0; 64])));
        // What is executed is what came over the wire.
        SignedTransaction::from_bytes(&signed.to_bytes()).expect("what was written is read")
    }

    /// One block with one transaction, at `at` or one block later than the last.
    pub(crate) fn block(
        &mut self,
        at: Option<TimeMs>,
        tx: &SignedTransaction,
    ) -> (Outcome, BlockEffects) {
        let block = self.next_block(at);
        let mut overlay = Overlay::new();
        let prepared = self.machine.prepare(tx);
        let hinted: BTreeSet<Key> = self.machine.hints(&prepared).into_iter().collect();
        self.supply(&mut overlay, hinted);
        self.ask(&mut overlay, |o| self.machine.begin_block(&block, o));
        let outcome = self.ask(&mut overlay, |o| self.machine.execute(&block, &prepared, o));
        let effects = self.ask(&mut overlay, |o| self.machine.end_block(&block, o));
        self.commit(overlay);
        (outcome, effects)
    }

    /// Empty blocks, one for each minute or so, until `ms` have passed.
    pub(crate) fn wait(&mut self, ms: u64) -> BlockEffects {
        let end = self.time.plus(ms);
        let mut all = BlockEffects::default();
        while self.time < end {
            // A bucket of deadlines is a minute wide; several may be looked at in one block.
            let next = self.time.plus(120 * BLOCK_MS).min(end);
            let block = self.next_block(Some(next));
            let mut overlay = Overlay::new();
            self.ask(&mut overlay, |o| self.machine.begin_block(&block, o));
            let effects = self.ask(&mut overlay, |o| self.machine.end_block(&block, o));
            all.effects.extend(effects.effects);
            self.commit(overlay);
        }
        all
    }

    pub(crate) fn status(&self, object: &ObjectId) -> ObjectStatus {
        self.query(|o| query::object_status(o, object, self.time))
    }

    pub(crate) fn query<T>(
        &self,
        ask: impl Fn(&Overlay) -> Result<query::Answer<T>, QueryError>,
    ) -> T {
        let mut overlay = Overlay::new();
        loop {
            match ask(&overlay) {
                Ok(answer) => return answer.value,
                Err(QueryError::Need(keys)) => self.supply(&mut overlay, keys),
                Err(QueryError::Corrupt(key)) => panic!("record {key:?} is corrupt"),
            }
        }
    }

    fn next_block(&mut self, at: Option<TimeMs>) -> BlockContext {
        let parent_time = self.time;
        self.height += 1;
        self.time = at.unwrap_or(parent_time.plus(BLOCK_MS)).max(parent_time);
        BlockContext {
            chain: CHAIN,
            height: Height(self.height),
            time: self.time,
            parent_time,
        }
    }

    fn ask<T>(
        &self,
        overlay: &mut Overlay,
        mut work: impl FnMut(&mut Overlay) -> Result<T, NeedKeys>,
    ) -> T {
        loop {
            match work(overlay) {
                Ok(value) => return value,
                Err(NeedKeys(keys)) => self.supply(overlay, keys),
            }
        }
    }

    fn supply(&self, overlay: &mut Overlay, keys: impl IntoIterator<Item = Key>) {
        for key in keys {
            overlay.supply(
                key,
                self.state
                    .get(&key)
                    .map(|record| Arc::from(record.as_slice())),
            );
        }
    }

    fn commit(&mut self, mut overlay: Overlay) {
        assert_eq!(overlay.corrupt(), None);
        let links = overlay.take_lineage().into_iter();
        self.lineage.extend(links.map(|link| (link.digest, link)));
        for (key, record) in overlay.into_writes() {
            match record {
                Some(record) => self.state.insert(key, record),
                None => self.state.remove(&key),
            };
        }
    }
}

/// The role of that name.
pub(crate) fn role(rules: &Rules, name: &str) -> Role {
    (rules.industry().role)(name).unwrap_or_else(|| panic!("no role {name:?}"))
}

/// The identity of an order is that of its transaction.
pub(crate) fn order_id(id: TxId) -> pangolin_ledger::id::OrderId {
    pangolin_ledger::id::OrderId(id.0)
}
