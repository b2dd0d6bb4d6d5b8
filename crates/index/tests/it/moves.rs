//! The index follows objects to other chains and back.

use std::{collections::BTreeMap, sync::Arc};

use pangolin_index::{Node, ObjectStatus, SqliteIndex, TraceDirection, TraceLimits, Unknown};
use pangolin_ledger::{
    Body, ChainId, Delivery, Digest32, EventId, GovernanceAction, GovernanceBody, Height, Item,
    Key, TimeMs, Wire as _,
    evidence::{BadEvidence, Proven, Verifier},
    hash,
    state::{
        Group, Holder, InboxEntry, InboxResult, Object, OutboxEntry, OutboxKind, Placement,
        SeenHeader, Status, Unwelcome, keys,
    },
};
use pangolin_profiles::capture;

use crate::{
    chain::{CHAIN, Chain, Dir, case, commission, object, pack, party, receiving, shipping},
    profile::{FAR, FAR_UNTIL},
};

/// Believes whatever the far chain is said to hold.
struct Believer(BTreeMap<Key, Option<Vec<u8>>>);

impl Verifier for Believer {
    fn verify(&self, chain: &ChainId, _: &[u8], _: &[u8]) -> Result<Arc<Proven>, BadEvidence> {
        assert_eq!(*chain, FAR);
        Ok(Arc::new(Proven {
            header: SeenHeader {
                height: Height(9),
                time: TimeMs(1_772_352_000_000),
                block: Digest32([3; 32]),
            },
            entries: self.0.clone(),
        }))
    }
}

fn chain() -> Chain {
    let mut chain = Chain::new();
    let action = GovernanceAction::RegisterChain {
        chain: FAR,
        name: "far".into(),
        key: vec![1; 96],
        freshness_ms: 3_650 * 86_400_000,
    };
    let reason = String::new();
    chain
        .send(
            0,
            Body::Governance(Box::new(GovernanceBody { action, reason })),
        )
        .unwrap();
    let none = BTreeMap::from([(keys::notices(), None)]);
    deliver(&mut chain, none, Item::AllNoticed);
    chain
}

/// Delivers one message of the far chain, which holds these records.
fn deliver(chain: &mut Chain, holds: BTreeMap<Key, Option<Vec<u8>>>, item: Item) {
    chain.machine = chain.machine.clone().believing(Arc::new(Believer(holds)));
    let delivery = Delivery {
        chain: FAR,
        evidence: vec![1],
        witnesses: Vec::new(),
        items: vec![item],
    };
    chain.send(4, Body::Delivery(Box::new(delivery))).unwrap();
}

fn departing(n: i64, uris: &[String], to: u8) -> String {
    shipping(n, uris, 0, to).replacen("shipping", "departing", 1)
}

/// What both say: status, custodian, and to whom it was offered.
fn told(chain: &mut Chain, uri: &str) -> (ObjectStatus, Option<String>, Option<String>) {
    chain.seal();
    let dir = Dir::new();
    let index: SqliteIndex = chain.index(&dir);
    let view = index.object(&object(uri)).unwrap();
    let ledger = chain.status(&object(uri));
    assert_eq!(view.custodian, ledger.custodian);
    let offered = ledger.pending.as_ref().map(|pending| pending.to.clone());
    assert_eq!(view.offered_to, offered);
    let record = ledger.record.unwrap();
    assert_eq!(view.group, record.group);
    assert_eq!(view.status == ObjectStatus::Away, ledger.away.is_some());
    let text = |party: Option<pangolin_ledger::PartyId>| party.map(|party| party.to_string());
    (view.status, text(view.custodian), text(view.offered_to))
}

#[test]
fn what_departs_is_away_until_it_comes_back() {
    let mut chain = chain();
    let packs = [pack(1)];
    chain.capture(0, &[commission(1, &packs, "L1")]).unwrap();
    chain.capture(0, &[departing(2, &packs, 1)]).unwrap();
    assert_eq!(told(&mut chain, &packs[0]).0, ObjectStatus::Away);
    let lock = chain.state[&keys::outbox(&FAR, 0)].clone();
    let entry = OutboxEntry::from_bytes(&lock).unwrap();
    let refused = InboxEntry {
        result: InboxResult::Refused(Unwelcome::Receiver),
        object: entry.object,
        provenance: entry.provenance,
        entry: Digest32(hash::sha256(&[&lock])),
        proven_at: Height(1),
        height: Height(2),
    };
    let holds = BTreeMap::from([(keys::inbox(&CHAIN, 0), Some(refused.to_bytes()))]);
    deliver(&mut chain, holds, Item::Outcome { seq: 0 });
    let maker = Some(party(0).to_string());
    assert_eq!(
        told(&mut chain, &packs[0]),
        (ObjectStatus::Live, maker, None)
    );
}

/// An object that the far chain locked for this one.
fn locked() -> Object {
    Object {
        status: Status::Away(CHAIN),
        holder: Some(Holder::Party(party(3))),
        last_event: EventId([4; 32]),
        last_time: TimeMs(1),
        provenance: Digest32([5; 32]),
        seq: 3,
        ..Object::unknown()
    }
}

/// What the far chain holds of its lock.
fn holding(uri: &str, seq: u64, there: &Object) -> BTreeMap<Key, Option<Vec<u8>>> {
    let lock = OutboxEntry {
        kind: OutboxKind::Lock {
            to: party(1),
            until: FAR_UNTIL,
        },
        object: object(uri),
        record: Digest32(hash::sha256(&[&there.to_bytes()])),
        provenance: there.provenance,
        height: Height(7),
    };
    BTreeMap::from([(keys::outbox(&CHAIN, seq), Some(lock.to_bytes()))])
}

#[test]
fn what_is_inside_is_shown_when_it_is_brought_in_and_goes_with_its_container() {
    let mut chain = chain();
    let (pack, case) = (pack(7), case(7));
    let there = Object {
        children: 1,
        ..locked()
    };
    let record = there.to_bytes();
    let holds = holding(&case, 0, &there);
    deliver(&mut chain, holds, Item::Arrival { seq: 0, record });
    chain
        .capture(1, &[receiving(3, std::slice::from_ref(&case), 3, 1)])
        .unwrap();
    let inside = Object {
        status: Status::Live,
        holder: Some(Holder::Container(Placement {
            container: object(&case),
            epoch: 0,
        })),
        ..locked()
    };
    let holds = BTreeMap::from([
        (keys::object(&object(&pack)), Some(inside.to_bytes())),
        (keys::filling(&object(&case), 0), None),
    ]);
    let brought = Item::Content {
        container: object(&case),
        epoch: 1,
        object: object(&pack),
    };
    deliver(&mut chain, holds, brought);
    let receiver = Some(party(1).to_string());
    assert_eq!(
        told(&mut chain, &pack),
        (ObjectStatus::Live, receiver, None)
    );
    let dir = Dir::new();
    let view = chain.index(&dir).object(&object(&pack)).unwrap();
    assert_eq!(view.containers, [object(&case)]);

    let there = chain.status(&object(&case)).record.unwrap();
    chain
        .capture(
            1,
            &[shipping(5, std::slice::from_ref(&case), 1, 1).replacen("shipping", "departing", 1)],
        )
        .unwrap();
    assert_eq!(told(&mut chain, &pack).0, ObjectStatus::Away);
    let back = Object {
        status: Status::Away(CHAIN),
        seq: there.seq + 2,
        epoch: 2,
        inside: BTreeMap::new(),
        ..there
    };
    let record = back.to_bytes();
    let holds = holding(&case, 1, &back);
    deliver(&mut chain, holds, Item::Arrival { seq: 1, record });
    assert_eq!(told(&mut chain, &case).0, ObjectStatus::Live);
    assert_eq!(
        told(&mut chain, &pack).0,
        ObjectStatus::Away,
        "it is not brought in"
    );
}

#[test]
fn what_arrives_is_with_its_sender_until_it_is_received() {
    let mut chain = chain();
    let uri = pack(5);
    let Some(group) = lot_of(&uri) else {
        panic!("a pack has a lot");
    };
    let there = Object {
        group: Some(group.clone()),
        ..locked()
    };
    let record = there.to_bytes();
    let mut holds = holding(&uri, 6, &there);
    let lot = Group::bare(party(3), EventId([4; 32]));
    holds.insert(keys::group(&group), Some(lot.to_bytes()));
    deliver(&mut chain, holds, Item::Arrival { seq: 6, record });
    let (sender, receiver) = (Some(party(3).to_string()), Some(party(1).to_string()));
    assert_eq!(
        told(&mut chain, &uri),
        (ObjectStatus::Live, sender, receiver.clone())
    );
    chain
        .capture(1, &[receiving(9, std::slice::from_ref(&uri), 3, 1)])
        .unwrap();
    assert_eq!(told(&mut chain, &uri), (ObjectStatus::Live, receiver, None));
    let dir = Dir::new();
    let index = chain.index(&dir);
    let lot = index.whereabouts(&group).unwrap();
    assert_eq!((lot.made, lot.counted), (1, 1));
    // what was before is not here, and the trace says where it is
    let traced = index
        .trace(&object(&uri), TraceDirection::Back, TraceLimits::default())
        .unwrap();
    let from = traced.nodes.iter().find_map(|node| match node {
        Node::Unknown {
            reason: Unknown::OtherChain,
            message,
        } => Some(message.clone()),
        _ => None,
    });
    let from = from.unwrap();
    assert!(
        from.starts_with(&format!("it came from chain {FAR} in block ")),
        "{from}"
    );
}

/// The lot that a commissioning of the pack would name.
fn lot_of(uri: &str) -> Option<pangolin_ledger::GroupId> {
    let gtin = pangolin_gs1::Key::parse(uri).ok()?.gtin()?;
    let lot = pangolin_gs1::id::Lot::new("L1").ok()?;
    capture::id::group(&pangolin_gs1::Key::Lgtin { gtin, lot }).ok()
}
