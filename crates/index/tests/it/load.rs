//! The synthetic load: what it states is accepted by the rules of the trade, and an index of it tells the story of each pack.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use pangolin_index::{
    Applied, Config, EdgeKind, IndexBlock, Node, SqliteIndex, TraceDirection, TraceLimits,
    load::{self, Plan, Serials},
};
use pangolin_ledger::{
    Auth, BlockContext, Body, ChainId, Height, Key, Machine, NeedKeys, ObjectId, Outcome, Overlay,
    PartyId, PublicKey, Role, Signature, SignedTransaction, TimeMs, hash::sha256, state::KeyUse,
};
use pangolin_profiles::{
    capture,
    pharma::{self, LENIENT, Member, Pharma, role},
};

use crate::chain::Dir;

fn plan() -> Plan {
    Plan {
        lots: 3,
        lot: 200,
        case: 10,
        pallet: 5,
        sold_one_in: 2,
        order: 5,
        dispensed_one_in: 4,
        serials: Serials::Scattered,
    }
}

fn blocks() -> Vec<IndexBlock> {
    plan().blocks().unwrap().collect::<Result<_, _>>().unwrap()
}

fn filled(dir: &Dir) -> SqliteIndex {
    let config = Config {
        writer_cache_kib: 4_096,
        ..dir.config()
    };
    let index = SqliteIndex::open(config, Plan::lens()).unwrap();
    let filled = load::fill(&index, &plan(), |_| {}).unwrap();
    assert_eq!(filled.objects, plan().objects());
    assert_eq!(filled.blocks, 3 * 8);
    index
}

fn key_of(party: &PartyId) -> PublicKey {
    PublicKey(sha256(&[party.as_bytes()]))
}

fn member(party: &PartyId) -> Member {
    let uri = capture::party_uri(party);
    let gln = uri.rsplit('/').next().unwrap().to_owned();
    let maker = gln.starts_with("0300010");
    let roles = match &gln[..7] {
        "0300010" => vec![role::MANUFACTURER],
        "0399999" => vec![role::WHOLESALER],
        _ => vec![role::DISPENSER],
    };
    Member {
        name: gln.clone(),
        id: gln,
        roles: roles.into_iter().collect::<Vec<Role>>(),
        prefixes: if maker {
            vec!["0300010".to_owned()]
        } else {
            Vec::new()
        },
        gtins: Vec::new(),
        keys: vec![(key_of(party), KeyUse::Owner)],
    }
}

#[test]
fn the_rules_of_the_trade_accept_it() {
    let blocks = blocks();
    let chain = ChainId([0; 32]);
    let parties: BTreeSet<PartyId> = blocks
        .iter()
        .flat_map(|block| &block.transactions)
        .map(|(signed, _)| signed.tx().issuer.clone())
        .collect();
    let registrar = Member {
        name: "Registrar".to_owned(),
        id: "urn:x:registrar".to_owned(),
        roles: vec![Role::GOVERNOR, Role::REGISTRAR, Role::AUTHORITY],
        ..Member::default()
    };
    let members: Vec<Member> = parties.iter().map(member).chain([registrar]).collect();
    let start = TimeMs(blocks[0].time.0 - 1_000);
    let genesis = pharma::genesis(chain, start, pharma::params(), vec![LENIENT], &members).unwrap();
    let machine = Machine::new(vec![Arc::new(Pharma::lenient())]);
    let mut state: BTreeMap<Key, Vec<u8>> = machine.genesis(&genesis).unwrap();
    let mut parent = start;
    for block in &blocks {
        let context = BlockContext {
            chain,
            height: block.height,
            time: block.time,
            parent_time: parent,
        };
        let mut overlay = Overlay::new();
        let supply = |overlay: &mut Overlay, needed: NeedKeys| {
            for key in needed.0 {
                overlay.supply(
                    key,
                    state.get(&key).map(|bytes| Arc::from(bytes.as_slice())),
                );
            }
        };
        while let Err(needed) = machine.begin_block(&context, &mut overlay) {
            supply(&mut overlay, needed);
        }
        for (signed, receipt) in &block.transactions {
            let mut tx = signed.tx().clone();
            tx.key = key_of(&tx.issuer);
            tx.valid_until = Height(block.height.0 + 10);
            let signed = SignedTransaction::new(tx, Auth::Single(Signature([0; 64])));
            let outcome = loop {
                match machine.execute(&context, &machine.prepare(&signed), &mut overlay) {
                    Ok(outcome) => break outcome,
                    Err(needed) => supply(&mut overlay, needed),
                }
            };
            match outcome {
                Outcome::Applied(real) => {
                    for (mine, real) in receipt.events.iter().zip(&real.events) {
                        assert_eq!(mine.outcome, real.outcome);
                    }
                }
                Outcome::Refused(refusal) => panic!("block {}: {refusal}", block.height.0),
            }
        }
        while let Err(needed) = machine.end_block(&context, &mut overlay) {
            supply(&mut overlay, needed);
        }
        for (key, value) in overlay.into_writes() {
            match value {
                Some(value) => state.insert(key, value),
                None => state.remove(&key),
            };
        }
        parent = block.time;
    }
}

#[test]
fn the_plan_decides_every_byte() {
    let bytes = |blocks: Vec<IndexBlock>| format!("{blocks:?}");
    assert_eq!(bytes(blocks()), bytes(blocks()));
    let counts: u64 = blocks()
        .iter()
        .flat_map(|block| &block.transactions)
        .map(|(signed, _)| match &signed.tx().body {
            Body::Events(events) => events.len() as u64,
            _ => 0,
        })
        .sum();
    // By lot: 3 commissionings, 20 cases and 4 pallets packed, 4 and 4 shipped and received, 2 pallets and 10 cases taken
    // apart, 100 packs in 20 orders sold and bought, 25 dispensed.
    assert_eq!(counts, 3 * (3 + 24 + 8 + 12 + 40 + 25));
}

/// What a trace of a pack says: business steps of its events in order, and how many containers it was in.
fn story(index: &SqliteIndex, pack: &ObjectId) -> (Vec<String>, usize) {
    let trace = index
        .trace(pack, TraceDirection::Back, TraceLimits::default())
        .unwrap();
    assert_eq!(trace.truncated, []);
    let mut steps: Vec<(Option<i64>, String)> = trace
        .nodes
        .iter()
        .filter_map(|node| match node {
            Node::Event(event) => Some((event.order, event.biz_step.clone().unwrap_or_default())),
            _ => None,
        })
        .collect();
    steps.sort();
    let inside = |edge: &&pangolin_index::Edge| matches!(edge.kind, EdgeKind::Inside { .. });
    let containers = trace.edges.iter().filter(inside).count();
    (
        steps.into_iter().map(|(_, step)| step).collect(),
        containers,
    )
}

#[test]
fn a_trace_tells_the_story_of_a_pack() {
    let dir = Dir::new();
    let index = filled(&dir);
    let life = [
        "commissioning",
        "commissioning",
        "commissioning",
        "packing",
        "packing",
        "shipping",
        "receiving",
        "unpacking",
        "unpacking",
        "shipping",
        "receiving",
        "dispensing",
    ];
    // The first pack of a lot is sold and dispensed; the last pallet of a lot stays at the wholesaler.
    for lot in 0..3 {
        let (steps, containers) = story(&index, &plan().pack(lot * 200).unwrap());
        assert_eq!(containers, 2);
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        let own = |step: &&str| *step != "commissioning";
        assert_eq!(
            steps.iter().copied().filter(own).collect::<Vec<_>>(),
            life.iter().copied().filter(own).collect::<Vec<_>>()
        );
        let (steps, containers) = story(&index, &plan().pack(lot * 200 + 199).unwrap());
        assert_eq!(containers, 2);
        assert_eq!(steps.last().map(String::as_str), Some("receiving"));
    }
}

#[test]
fn contents_of_a_pallet_are_its_packs() {
    let dir = Dir::new();
    let index = filled(&dir);
    let contents = |n| {
        let pallet = plan().pallet(n).unwrap();
        let limits = TraceLimits::default();
        let trace = index
            .trace(&pallet, TraceDirection::Contents, limits)
            .unwrap();
        let object = |node: &&Node| matches!(node, Node::Object(_));
        trace.nodes.iter().filter(object).count()
    };
    // Pallet 0 was taken apart, pallet 1 was not: 5 cases with 10 packs each.
    assert_eq!(contents(0), 1);
    assert_eq!(contents(1), 1 + 5 + 50);
}

#[test]
fn a_block_that_comes_again_changes_nothing_and_samples_exist() {
    let dir = Dir::new();
    let index = filled(&dir);
    let first = blocks().swap_remove(0);
    assert_eq!(index.apply(&first).unwrap(), Applied::Before);
    let sampled = load::sample(&plan(), 50).unwrap();
    let different: BTreeSet<&ObjectId> = sampled.iter().collect();
    assert_eq!(different.len(), 50);
    for pack in &sampled {
        assert!(index.object(pack).is_ok());
    }
}

#[test]
fn impossible_plans_are_refused() {
    for plan in [
        Plan { lots: 0, ..plan() },
        Plan { order: 0, ..plan() },
        Plan {
            case: 1_000_000,
            ..plan()
        },
        Plan {
            lots: u64::MAX / 2,
            ..plan()
        },
    ] {
        assert_eq!(plan.blocks().unwrap_err().code(), "load-plan");
    }
    assert!(Plan::of_objects(10_000_000).objects() >= 10_000_000);
}
