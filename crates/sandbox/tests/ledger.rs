//! The demo is captured for real: bytes, strict reader, reduction, rules of the pharmaceutical profile, ledger. Every file
//! must meet its expectation, with the reason that is labelled.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::{collections::BTreeMap, sync::Arc};

use pangolin_epcis::read::{self, Mode};
use pangolin_gs1::id::Lot;
use pangolin_ledger::{
    id::{ChainId, Height, PartyId, PublicKey, Role, Signature, TimeMs},
    machine::{BlockContext, Machine, NeedKeys, Outcome, Overlay},
    report::EventOutcome,
    state::{Key, KeyUse, Officers, Params},
    tx::{
        Auth, Body, DataClass, OrderBody, OrderKind, OrderScope, OrderTerms, SignedTransaction,
        Transaction,
    },
};
use pangolin_profiles::{
    capture::{Placement, Reducer, id},
    disclosure::SaltSecret,
    pharma::{self, Member, Pharma, role, words::order_reason},
};
use pangolin_sandbox::industry::{
    Company, Defect, Document, Plan, Recall, Role as Kind, Verdict, World, one_pack_events,
};

const CHAIN: ChainId = ChainId([7; 32]);

/// A ledger of one node.
struct Chain {
    machine: Machine,
    state: BTreeMap<Key, Arc<[u8]>>,
    height: u64,
    parent: TimeMs,
}

fn key_of(company: &Company) -> PublicKey {
    let mut key = [0; 32];
    key[..13].copy_from_slice(company.gln.as_str().as_bytes());
    PublicKey(key)
}

fn party_of(company: &Company) -> PartyId {
    pharma::party_id(company.gln.as_str()).unwrap()
}

impl Chain {
    /// A chain whose members are the companies of a plan.
    fn of(world: &World, plan: &Plan) -> Self {
        let mut members: Vec<Member> = world
            .companies()
            .iter()
            .map(|company| Member {
                name: company.name.clone(),
                id: company.gln.as_str().to_owned(),
                roles: vec![match company.role {
                    Kind::Manufacturer => role::MANUFACTURER,
                    Kind::Wholesaler => role::WHOLESALER,
                    Kind::Hospital | Kind::Pharmacy => role::DISPENSER,
                }],
                prefixes: match company.role {
                    Kind::Manufacturer => world
                        .labels(company)
                        .into_iter()
                        .map(str::to_owned)
                        .collect(),
                    _ => Vec::new(),
                },
                keys: vec![(key_of(company), KeyUse::Owner)],
                ..Member::default()
            })
            .collect();
        members.push(Member {
            name: "Registrar".into(),
            id: "urn:x:registrar".into(),
            roles: vec![Role::GOVERNOR, Role::REGISTRAR, Role::AUTHORITY],
            ..Member::default()
        });
        let params = Params {
            officers: Officers { hold: 1, recall: 1 },
            ..pharma::params()
        };
        let time = TimeMs(plan.start.as_millisecond());
        let genesis = pharma::genesis(CHAIN, time, params, vec![pharma::STRICT], &members).unwrap();
        let machine = Machine::new(vec![Arc::new(Pharma::strict())]);
        let state = machine.genesis(&genesis).unwrap();
        let state = state
            .into_iter()
            .map(|(key, record)| (key, record.into()))
            .collect();
        Self {
            machine,
            state,
            height: 0,
            parent: time,
        }
    }

    /// Executes one transaction in a block of its own.
    fn execute(&mut self, company: &Company, time: TimeMs, body: Body) -> Outcome {
        self.height += 1;
        let tx = Transaction {
            chain: CHAIN,
            profile: pharma::STRICT,
            class: DataClass::Transaction,
            issuer: party_of(company),
            key: key_of(company),
            valid_until: Height(self.height),
            body,
        };
        let signed = SignedTransaction::new(tx, Auth::Single(Signature([0; 64])));
        let block = BlockContext {
            chain: CHAIN,
            height: Height(self.height),
            time,
            parent_time: self.parent,
        };
        let mut overlay = Overlay::new();
        let state = &self.state;
        let supply = |overlay: &mut Overlay, keys: Vec<Key>| {
            for key in keys {
                overlay.supply(key, state.get(&key).cloned());
            }
        };
        let prepared = self.machine.prepare(&signed);
        supply(&mut overlay, self.machine.block_hints(&block));
        supply(&mut overlay, self.machine.hints(&prepared));
        while let Err(NeedKeys(keys)) = self.machine.begin_block(&block, &mut overlay) {
            supply(&mut overlay, keys);
        }
        let outcome = loop {
            match self.machine.execute(&block, &prepared, &mut overlay) {
                Ok(outcome) => break outcome,
                Err(NeedKeys(keys)) => supply(&mut overlay, keys),
            }
        };
        while let Err(NeedKeys(keys)) = self.machine.end_block(&block, &mut overlay) {
            supply(&mut overlay, keys);
        }
        assert_eq!(overlay.corrupt(), None);
        for (key, record) in overlay.into_writes() {
            match record {
                Some(record) => self.state.insert(key, record.into()),
                None => self.state.remove(&key),
            };
        }
        self.parent = time;
        outcome
    }

    /// Captures a file as a whole.
    fn capture(&mut self, document: &Document) -> (Verdict, Option<String>) {
        let bytes = document.bytes().unwrap();
        let read = match read::document(read::any(&bytes[..], Mode::Strict)) {
            Ok(read) => read,
            Err(defects) => {
                let code = document.defect().map(Defect::code);
                let found = defects.list().iter().find(|found| Some(found.code) == code);
                return (Verdict::Malformed, found.map(|found| found.code.to_owned()));
            }
        };
        let reducer = Reducer::of_document(&pharma::LEXICON, &read.header);
        let secret = SaltSecret::new([7; 32]);
        let reduce = |event| reducer.reduce(event, &secret, Placement::Committed);
        let Ok(events) = read
            .events
            .iter()
            .map(reduce)
            .collect::<Result<Vec<_>, _>>()
        else {
            let code = read
                .defects
                .list()
                .first()
                .map(|found| found.code.to_owned());
            return (Verdict::Malformed, code);
        };
        let time = TimeMs(document.made.as_millisecond());
        match self.execute(&document.sender, time, Body::Events(events)) {
            Outcome::Refused(refusal) => (Verdict::Refused, Some(refusal.code.to_owned())),
            Outcome::Applied(receipt) => {
                let parked = receipt
                    .events
                    .iter()
                    .find_map(|event| match &event.outcome {
                        EventOutcome::Parked { code, .. } => Some(code.clone()),
                        _ => None,
                    });
                (
                    parked
                        .as_ref()
                        .map_or(Verdict::Accepted, |_| Verdict::Parked),
                    parked,
                )
            }
        }
    }

    fn recall(&mut self, recall: &Recall, time: TimeMs) {
        let lot = id::lot(&recall.product.gtin, &Lot::new(&recall.lot).unwrap()).unwrap();
        let terms = OrderTerms {
            kind: OrderKind::Recall,
            scope: OrderScope::Group(lot),
            reason: order_reason::RECALL_CLASS_2,
            legal_basis: recall.reason.to_owned(),
            expires: None,
            officers: 1,
            document: None,
        };
        let outcome = self.execute(&recall.issuer, time, Body::Order(OrderBody::Issue(terms)));
        assert_eq!(outcome.refusal(), None);
    }
}

fn meets_every_expectation(plan: &Plan) {
    let mut chain = Chain::of(&World::new(plan).unwrap(), plan);
    let mut surprises = Vec::new();
    for document in plan.history().unwrap().map(Result::unwrap) {
        let found = chain.capture(&document);
        let expected = document.expected;
        let expected = (expected.verdict, expected.reason.map(str::to_owned));
        if found != expected {
            let name = document.file_name();
            surprises.push(format!("{name}: {found:?} instead of {expected:?}"));
        }
        if let Some(recall) = &document.recall {
            chain.recall(recall, TimeMs(document.made.as_millisecond()));
        }
    }
    assert!(surprises.is_empty(), "{surprises:#?}");
}

#[test]
fn every_file_of_the_demo_meets_its_expectation() {
    meets_every_expectation(&Plan::demo());
}

#[test]
fn so_does_every_file_of_the_smallest_world() {
    meets_every_expectation(&Plan {
        manufacturers: 1,
        wholesalers: 1,
        hospitals: 0,
        pharmacies: 1,
        products: 1,
        packs: 30,
        lot_size: 30,
        units_per_case: 4,
        ..Plan::demo()
    });
}

#[test]
fn the_load_goes_through() {
    let plan = Plan::load(1_000);
    let mut chain = Chain::of(&World::new(&plan).unwrap(), &plan);
    for document in plan.history().unwrap().map(Result::unwrap) {
        assert_eq!(
            chain.capture(&document),
            (Verdict::Accepted, None),
            "{}",
            document.file_name()
        );
    }
}

#[test]
fn single_packs_go_through_one_by_one() {
    let plan = Plan::load(0);
    let packs = one_pack_events(&plan, 50).unwrap();
    let mut chain = Chain::of(packs.world(), &plan);
    let reducer = Reducer::of_document(&pharma::LEXICON, packs.header());
    let secret = SaltSecret::new([7; 32]);
    let time = TimeMs(plan.start.as_millisecond() + 86_400_000);
    for pack in packs.map(Result::unwrap) {
        for event in [&pack.commission, &pack.observe] {
            let event = reducer.reduce(event, &secret, Placement::Full).unwrap();
            let outcome = chain.execute(&pack.company, time, Body::Events(vec![event]));
            assert_eq!(outcome.refusal(), None);
        }
        // a manufacturer does not dispense
        let event = reducer
            .reduce(&pack.dispense, &secret, Placement::Full)
            .unwrap();
        let outcome = chain.execute(&pack.company, time, Body::Events(vec![event]));
        assert_eq!(outcome.refusal().unwrap().code, "role-missing");
    }
}
