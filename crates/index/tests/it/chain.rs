//! A small chain for tests: the real machine with a profile of its own, whose blocks feed an index.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use pangolin_epcis::{Event, read};
use pangolin_gs1::Key as Gs1Key;
use pangolin_index::{
    Config, Effects, GenesisParty, IndexBlock, SqliteIndex, TradeLens, query::Subject,
};
use pangolin_ledger::{
    Auth, BlockContext, Body, ChainId, DataClass, Digest32, Genesis, GenesisParty as Member,
    Height, Key, Machine, NeedKeys, ObjectId, Outcome, Overlay, PartyId, PublicKey, Receipt,
    Refusal, Role, Scope, Signature, SignedTransaction, TimeMs, Transaction,
    state::{KeyUse, Params},
};
use pangolin_profiles::{
    capture::{self, Placement, Reducer},
    disclosure::SaltSecret,
};

use crate::profile::{LEXICON, PROFILE, TestProfile};

/// Time of the genesis block.
pub(crate) const START: i64 = 1_772_352_000_000;
pub(crate) const CHAIN: ChainId = ChainId([7; 32]);

/// A directory of its own that goes with the test.
pub(crate) struct Dir(pub(crate) PathBuf);

impl Dir {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!(
            "pangolin-index-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn config(&self) -> Config {
        Config {
            writer_cache_kib: 4_096,
            reader_cache_kib: 1_024,
            ..Config::new(self.0.join("index.db"))
        }
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn lens() -> Arc<TradeLens> {
    Arc::new(TradeLens::new([(
        Arc::new(TestProfile) as Arc<dyn pangolin_ledger::Profile>,
        LEXICON,
    )]))
}

/// The parties of the tests: `party(0)` … `party(9)`.
pub(crate) fn party(n: u8) -> PartyId {
    let digits = format!("06141410000{n}");
    PartyId::new(format!(
        "{digits}{}",
        pangolin_gs1::check::check_digit(&digits).unwrap()
    ))
    .unwrap()
}

pub(crate) fn party_uri(n: u8) -> String {
    capture::party_uri(&party(n))
}

pub(crate) fn key_of(n: u8) -> PublicKey {
    PublicKey([n + 1; 32])
}

/// A pack of the tests.
pub(crate) fn pack(n: u32) -> String {
    format!("https://id.gs1.org/01/10614141073464/21/P{n:04}")
}

/// A case or pallet of the tests.
pub(crate) fn case(n: u32) -> String {
    let digits = format!("0061414100000{n:04}");
    format!(
        "https://id.gs1.org/00/{digits}{}",
        pangolin_gs1::check::check_digit(&digits).unwrap()
    )
}

pub(crate) fn object(uri: &str) -> ObjectId {
    capture::id::object(&Gs1Key::parse(uri).unwrap()).unwrap()
}

/// A chain that runs in memory.
pub(crate) struct Chain {
    pub(crate) machine: Machine,
    pub(crate) state: BTreeMap<Key, Vec<u8>>,
    pub(crate) height: u64,
    pub(crate) time: i64,
    pub(crate) blocks: Vec<IndexBlock>,
    pub(crate) open: Option<Open>,
}

/// A block being made.
pub(crate) struct Open {
    context: BlockContext,
    overlay: Overlay,
    transactions: Vec<(SignedTransaction, Receipt)>,
    effects: Effects,
}

impl Chain {
    pub(crate) fn new() -> Self {
        let machine = Machine::new(vec![Arc::new(TestProfile)]);
        let member = |n: u8| Member {
            id: party(n),
            name: format!("Party {n}"),
            keys: vec![(key_of(n), KeyUse::Owner)],
            roles: vec![
                (Role::AUTHORITY, Scope::all()),
                (Role::GOVERNOR, Scope::all()),
                (Role::REGISTRAR, Scope::all()),
            ],
        };
        let genesis = Genesis {
            chain: CHAIN,
            time: TimeMs(START),
            params: Params {
                park_ms: 600_000,
                ..Params::default()
            },
            profiles: vec![PROFILE],
            parties: (0..5).map(member).collect(),
            chains: Vec::new(),
        };
        let state = machine.genesis(&genesis).unwrap();
        Self {
            machine,
            state,
            height: 0,
            time: START,
            blocks: Vec::new(),
            open: None,
        }
    }

    pub(crate) fn genesis_parties() -> Vec<GenesisParty> {
        (0..5)
            .map(|n| GenesisParty {
                party: party(n),
                name: format!("Party {n}"),
            })
            .collect()
    }

    fn supply(state: &BTreeMap<Key, Vec<u8>>, overlay: &mut Overlay, needed: &NeedKeys) {
        for key in &needed.0 {
            overlay.supply(
                *key,
                state.get(key).map(|bytes| Arc::from(bytes.as_slice())),
            );
        }
    }

    fn open(&mut self) -> &mut Open {
        if self.open.is_none() {
            let context = BlockContext {
                chain: CHAIN,
                height: Height(self.height + 1),
                time: TimeMs(self.time + 1_000),
                parent_time: TimeMs(self.time),
            };
            let mut overlay = Overlay::new();
            let begin = loop {
                match self.machine.begin_block(&context, &mut overlay) {
                    Ok(effects) => break effects,
                    Err(needed) => Self::supply(&self.state, &mut overlay, &needed),
                }
            };
            let effects = Effects {
                begin,
                ..Effects::default()
            };
            self.open = Some(Open {
                context,
                overlay,
                transactions: Vec::new(),
                effects,
            });
        }
        self.open.as_mut().unwrap()
    }

    /// Sends a transaction into the block that is being made.
    pub(crate) fn send(&mut self, from: u8, body: Body) -> Result<Receipt, Refusal> {
        let tx = Transaction {
            chain: CHAIN,
            profile: PROFILE,
            class: DataClass::Transaction,
            issuer: party(from),
            key: key_of(from),
            valid_until: Height(self.height + 1_000),
            body,
        };
        let signed = SignedTransaction::new(tx, Auth::Single(Signature([0; 64])));
        self.open();
        let open = self.open.as_mut().unwrap();
        let prepared = self.machine.prepare(&signed);
        let outcome = loop {
            match self
                .machine
                .execute(&open.context, &prepared, &mut open.overlay)
            {
                Ok(outcome) => break outcome,
                Err(needed) => Self::supply(&self.state, &mut open.overlay, &needed),
            }
        };
        match outcome {
            Outcome::Applied(receipt) => {
                open.transactions.push((signed, receipt.clone()));
                Ok(receipt)
            }
            Outcome::Refused(refusal) => Err(refusal),
        }
    }

    /// Sends events, given as JSON without context, in one transaction.
    pub(crate) fn capture(&mut self, from: u8, events: &[String]) -> Result<Receipt, Refusal> {
        let events = events
            .iter()
            .map(|event| reduce(event, Placement::Full))
            .collect();
        self.send(from, Body::Events(events))
    }

    /// Ends the block.
    pub(crate) fn seal(&mut self) -> &IndexBlock {
        self.open();
        let mut open = self.open.take().unwrap();
        open.effects.end = loop {
            match self.machine.end_block(&open.context, &mut open.overlay) {
                Ok(effects) => break effects,
                Err(needed) => Self::supply(&self.state, &mut open.overlay, &needed),
            }
        };
        for (key, value) in open.overlay.into_writes() {
            match value {
                Some(value) => self.state.insert(key, value),
                None => self.state.remove(&key),
            };
        }
        self.height = open.context.height.0;
        self.time = open.context.time.0;
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&self.height.to_be_bytes());
        self.blocks.push(IndexBlock {
            height: open.context.height,
            time: open.context.time,
            digest: Digest32(digest),
            transactions: open.transactions,
            effects: open.effects,
        });
        self.blocks.last().unwrap()
    }

    /// An index of all blocks so far.
    pub(crate) fn index(&self, dir: &Dir) -> SqliteIndex {
        let index = SqliteIndex::open(dir.config(), lens()).unwrap();
        index.genesis(&Self::genesis_parties()).unwrap();
        for block in &self.blocks {
            index.apply(block).unwrap();
        }
        index
    }

    /// The status that the ledger itself gives for an object.
    pub(crate) fn status(&self, object: &ObjectId) -> pangolin_ledger::query::ObjectStatus {
        let mut overlay = Overlay::new();
        loop {
            match pangolin_ledger::query::object_status(&overlay, object, TimeMs(self.time)) {
                Ok(answer) => return answer.value,
                Err(pangolin_ledger::query::QueryError::Need(keys)) => {
                    Self::supply(&self.state, &mut overlay, &NeedKeys(keys));
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}

/// Reads one event in JSON.
pub(crate) fn event(json: &str) -> Event {
    let with_context = json.replacen(
        '{',
        r#"{"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"ex": "https://ex.example/"}],"#,
        1,
    );
    let mut reader = read::json(with_context.as_bytes(), read::Mode::Lenient);
    match reader.next() {
        Some(Ok((_, event))) => event,
        other => panic!("{other:?}: {:?} in {with_context}", reader.defects()),
    }
}

/// Reduces one event in JSON.
pub(crate) fn reduce(json: &str, placement: Placement) -> pangolin_ledger::Event {
    let event = event(json);
    let reducer = Reducer::new(&LEXICON);
    reducer
        .reduce(&event, &SaltSecret::new([7; 32]), placement)
        .unwrap_or_else(|defects| panic!("{defects:?} in {json}"))
}

/// When the `n`-th event of a test happened.
pub(crate) fn when(n: i64) -> String {
    let ms = START + n * 1_000;
    jiff::Timestamp::from_millisecond(ms).unwrap().to_string()
}

fn list(uris: &[String]) -> String {
    uris.iter()
        .map(|uri| format!("\"{uri}\""))
        .collect::<Vec<_>>()
        .join(",")
}

/// An ObjectEvent.
pub(crate) fn object_event(
    n: i64,
    action: &str,
    step: &str,
    uris: &[String],
    more: &str,
) -> String {
    format!(
        r#"{{"type": "ObjectEvent", "eventTime": "{}", "eventTimeZoneOffset": "+00:00", "action": "{action}",
            "bizStep": "{step}", "epcList": [{}]{more}}}"#,
        when(n),
        list(uris)
    )
}

/// An AggregationEvent or AssociationEvent.
pub(crate) fn joining(
    n: i64,
    kind: &str,
    action: &str,
    step: &str,
    parent: &str,
    children: &[String],
) -> String {
    format!(
        r#"{{"type": "{kind}", "eventTime": "{}", "eventTimeZoneOffset": "+00:00", "action": "{action}",
            "bizStep": "{step}", "parentID": "{parent}", "childEPCs": [{}]}}"#,
        when(n),
        list(children)
    )
}

pub(crate) fn commission(n: i64, uris: &[String], lot: &str) -> String {
    let ilmd = format!(r#", "ilmd": {{"cbvmda:lotNumber": "{lot}"}}"#);
    object_event(n, "ADD", "commissioning", uris, &ilmd)
}

pub(crate) fn packing(n: i64, parent: &str, children: &[String]) -> String {
    joining(n, "AggregationEvent", "ADD", "packing", parent, children)
}

pub(crate) fn unpacking(n: i64, parent: &str, children: &[String]) -> String {
    joining(
        n,
        "AggregationEvent",
        "DELETE",
        "unpacking",
        parent,
        children,
    )
}

fn parties(from: Option<u8>, to: Option<u8>) -> String {
    let one = |list: &str, key: &str, n: u8| {
        format!(
            r#", "{list}": [{{"type": "possessing_party", "{key}": "{}"}}]"#,
            party_uri(n)
        )
    };
    let mut text = String::new();
    text += &from
        .map(|n| one("sourceList", "source", n))
        .unwrap_or_default();
    text += &to
        .map(|n| one("destinationList", "destination", n))
        .unwrap_or_default();
    text
}

pub(crate) fn shipping(n: i64, uris: &[String], from: u8, to: u8) -> String {
    object_event(
        n,
        "OBSERVE",
        "shipping",
        uris,
        &parties(Some(from), Some(to)),
    )
}

pub(crate) fn receiving(n: i64, uris: &[String], from: u8, to: u8) -> String {
    object_event(
        n,
        "OBSERVE",
        "receiving",
        uris,
        &parties(Some(from), Some(to)),
    )
}

/// A TransformationEvent.
pub(crate) fn transforming(n: i64, inputs: &[String], outputs: &[String], lot: &str) -> String {
    format!(
        r#"{{"type": "TransformationEvent", "eventTime": "{}", "eventTimeZoneOffset": "+00:00",
            "bizStep": "repackaging", "inputEPCList": [{}], "outputEPCList": [{}],
            "ilmd": {{"cbvmda:lotNumber": "{lot}"}}}}"#,
        when(n),
        list(inputs),
        list(outputs)
    )
}

/// The naive answer to a query: every recorded event, one after the other.
pub(crate) fn naive(
    index: &SqliteIndex,
    blocks: &[IndexBlock],
    query: &pangolin_index::Query,
) -> Vec<pangolin_ledger::EventId> {
    let mut found = Vec::new();
    for block in blocks {
        for (signed, receipt) in &block.transactions {
            let Body::Events(events) = &signed.tx().body else {
                continue;
            };
            for (event, outcome) in events.iter().zip(&receipt.events) {
                if !matches!(outcome.outcome, pangolin_ledger::EventOutcome::Applied) {
                    continue;
                }
                let pangolin_ledger::Payload::Full(bytes) = &event.payload else {
                    panic!("not full")
                };
                let full = pangolin_profiles::payload::decode(bytes).unwrap();
                let hash = pangolin_index::event_uri(&event.id);
                let id = full
                    .event_id
                    .as_ref()
                    .map_or(hash.as_str(), |id| id.as_str())
                    .to_owned();
                let issuer = index.lens().party_uri(&signed.tx().issuer);
                let record_time = jiff::Timestamp::from_millisecond(block.time.0).unwrap();
                if query.matches(&Subject {
                    event: &full,
                    id: &id,
                    record_time,
                    issuer: &issuer,
                }) {
                    found.push(event.id);
                }
            }
        }
    }
    found
}

/// All pages of a query.
pub(crate) fn all_pages(
    index: &SqliteIndex,
    query: &pangolin_index::Query,
) -> Vec<pangolin_ledger::EventId> {
    let mut found = Vec::new();
    let mut query = query.clone();
    for _ in 0..10_000 {
        let page = index.events(&query, TimeMs(START)).unwrap();
        assert!(page.events.len() <= query.per_page as usize);
        found.extend(page.events.iter().map(|event| event.id));
        match page.next {
            None => return found,
            Some(next) => query = query.after(next.token),
        }
    }
    panic!("pages without end");
}
