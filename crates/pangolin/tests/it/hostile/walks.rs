//! Histories that are wrong in both directions: what makes true what was not made where it may be, and what takes what is good out of trade.

use std::collections::BTreeMap;

use pangolin_ledger::{
    ChainId, Delivery, Digest32, Item, ObjectId, Wire as _, Witness,
    state::{Ancestry, Flags, keys},
    walk::{Step, Walk},
};
use pangolin_proof::foreign;

use super::{Net, Wrong, deliveries::arrival, object, pack, tally};
use crate::support::{
    carrier::{Said, said},
    events,
};

/// How often a history is handed in at the same time.
const AT_ONCE: usize = 24;

/// A pack that bolt labels.
fn easts(serial: usize) -> String {
    format!("urn:epc:id:sgtin:036616.0012345.9{serial}")
}

/// A delivery of a history, taken apart.
#[derive(Clone)]
struct Told {
    object: ObjectId,
    walk: Walk,
    proofs: BTreeMap<ChainId, Vec<u8>>,
}

impl Told {
    fn of(delivery: &Delivery) -> Self {
        let Item::Walk { object, walk } = &delivery.items[0] else {
            unreachable!()
        };
        let witnesses = delivery.witnesses.iter();
        let witnesses = witnesses.map(|witness| (witness.chain, witness.evidence.clone()));
        Self {
            object: object.clone(),
            walk: Walk::from_bytes(walk).unwrap(),
            proofs: witnesses
                .chain([(delivery.chain, delivery.evidence.clone())])
                .collect(),
        }
    }

    fn delivery(&self) -> Delivery {
        self.with(self.walk.to_bytes())
    }

    fn with(&self, walk: Vec<u8>) -> Delivery {
        let mut proofs = self.proofs.clone();
        let (chain, evidence) = proofs.pop_first().unwrap();
        let object = self.object.clone();
        Delivery {
            chain,
            evidence,
            witnesses: proofs
                .into_iter()
                .map(|(chain, evidence)| Witness { chain, evidence })
                .collect(),
            items: vec![Item::Walk { object, walk }],
        }
    }

    /// The same with something else.
    fn but(&self, change: impl FnOnce(&mut Self)) -> Delivery {
        let mut told = self.clone();
        change(&mut told);
        told.delivery()
    }

    /// The same with another walk.
    fn walking(&self, change: impl FnOnce(&mut Walk)) -> Delivery {
        self.but(|told| change(&mut told.walk))
    }
}

/// Three packs in the south, which wait to be dispensed: from the north, from the north over the east, and from the east.
struct Stage {
    net: Net,
    near: String,
    over: String,
    made_east: String,
    /// What the north proved of its lock of the near one before there was one, with the event that made it.
    before: Vec<u8>,
}

impl Stage {
    fn new() -> Self {
        let net = Net::up();
        let (near, over, made_east) = (pack(0), pack(1), easts(0));
        for (at, of) in [("east", "north"), ("south", "north"), ("south", "east")] {
            net.hears(at, of);
        }
        net.states("north", "acme", events::made([&near, &over]));
        net.states("east", "bolt", events::made([&made_east]));
        net.moves("north", "acme", "east", &over);
        net.states("east", "clinic", events::received([&over]));
        let made = net.of_pack("north", &near).unwrap().last_event;
        let lock = keys::outbox(&net.carrier.id("south"), 0);
        let before = net.carrier.proof("north", vec![lock, keys::event(&made)]);
        net.moves("north", "acme", "south", &near);
        net.moves("east", "clinic", "south", &over);
        net.moves("east", "bolt", "south", &made_east);
        let all = [&near, &over, &made_east];
        net.states("south", "clinic", events::received(all));
        for pack in all {
            net.captures("south", "clinic", events::dispensed([pack]), "parked");
            assert!(net.waits(pack));
        }
        Self {
            net,
            near,
            over,
            made_east,
            before,
        }
    }

    fn told(&self, pack: &str) -> Told {
        let of = object(pack);
        let walk = |item: &Item| matches!(item, Item::Walk { object, .. } if *object == of);
        Told::of(&self.net.carrier.carried("south", walk))
    }

    fn delivers(&self, delivery: Delivery) -> Said {
        self.net.carrier.delivers("south", delivery)
    }
}

impl Net {
    /// A pack goes to another chain, and arrives.
    fn moves(&self, from: &str, who: &str, to: &str, pack: &String) {
        let key = keys::channel(&self.carrier.id(to));
        let channel: Option<pangolin_ledger::state::Channel> = self.carrier.record(from, key);
        let lock = channel.map_or(0, |channel| channel.next_out);
        self.ships(from, who, to, std::slice::from_ref(pack));
        let arrives = self.carrier.carried(to, arrival(lock));
        assert_eq!(self.carrier.delivers(to, arrives), said(200, "final"));
        assert_eq!(self.homes(pack), [to]);
    }

    /// Whether a pack is in trade in the south, and nothing is said of its history.
    fn waits(&self, pack: &str) -> bool {
        let record = self.of_pack("south", pack).unwrap();
        let told: Option<Ancestry> = self.carrier.record("south", keys::ancestry(&object(pack)));
        record.is_live()
            && !record.flags.has(Flags::WALKED)
            && !record.flags.has(Flags::REFUTED)
            && told.is_none()
    }
}

#[test]
fn no_history_makes_true_what_is_not_and_none_takes_away_what_is() {
    let stage = Stage::new();
    let net = &stage.net;
    let (near, over, made_east) = (
        stage.told(&stage.near),
        stage.told(&stage.over),
        stage.told(&stage.made_east),
    );
    // what is made there may be traded here no more
    let node = net.running.url("south");
    let ended = net
        .chains
        .decide("south", &node, &["chains", "disallow", "east chain"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let before = net.carrier.heights();
    let mut wrong = Wrong::default();
    made_elsewhere(&stage, &made_east, &near, &mut wrong);
    taken_away(&stage, &near, &made_east, &mut wrong);
    garbage(&stage, &near, &mut wrong);
    wrong.none();
    net.carrier.nothing_since(&before);
    for pack in [&stage.near, &stage.over, &stage.made_east] {
        assert!(net.waits(pack), "{pack}");
    }
    // the truth, from several at once, counts once
    let many = (0..AT_ONCE).map(|_| net.carrier.signed("south", near.delivery()));
    let answers = net.carrier.hand_in("south", many.collect());
    let known = said(200, "already-recorded");
    assert_eq!(
        tally(answers),
        [(said(200, "final"), 1), (known.clone(), AT_ONCE - 1)].into()
    );
    assert_eq!(stage.delivers(over.delivery()), said(200, "final"));
    for (pack, told) in [(&stage.near, &near), (&stage.over, &over)] {
        let record = net.of_pack("south", pack).unwrap();
        assert!(
            !record.is_live() && record.flags.has(Flags::WALKED),
            "{pack} is dispensed"
        );
        assert_eq!(stage.delivers(told.delivery()), known);
    }
    assert!(net.waits(&stage.made_east));
    assert_eq!(net.homes(&stage.made_east), ["south"]);
    net.is_well();
}

/// A pack of the east is to have been made where it may be.
fn made_elsewhere(stage: &Stage, told: &Told, good: &Told, wrong: &mut Wrong) {
    let [north, east, south] = ["north", "east", "south"].map(|name| stage.net.carrier.id(name));
    let place = |of: &ChainId| {
        let at = told.walk.chains.iter().position(|chain| chain == of);
        u8::try_from(at.unwrap()).unwrap()
    };
    let bad = || said(400, "bad-walk");
    let rename = |walk: &mut Walk| {
        let mut chains = walk.chains.iter_mut();
        *chains.find(|chain| **chain == east).unwrap() = north;
    };
    let norths = || good.proofs[&north].clone();
    let cases = [
        ("as it was", told.delivery(), said(409, "maker-not-allowed")),
        (
            "another pack's history",
            told.but(|told| told.walk = good.walk.clone()),
            bad(),
        ),
        (
            "another pack's history under its name",
            told.but(|told| {
                told.walk = Walk {
                    object: told.object.clone(),
                    ..good.walk.clone()
                };
                told.proofs.clone_from(&good.proofs);
            }),
            bad(),
        ),
        ("from the north instead", told.walking(rename), bad()),
        (
            "from the north instead, by its proof",
            told.but(|told| {
                rename(&mut told.walk);
                told.proofs = [(north, norths())].into();
            }),
            bad(),
        ),
        (
            "the east's proof as the north's",
            told.but(|told| {
                rename(&mut told.walk);
                let proof = told.proofs.remove(&east).unwrap();
                told.proofs.insert(north, proof);
            }),
            said(400, "bad-evidence"),
        ),
        (
            "made here",
            told.walking(|walk| {
                let here = place(&south);
                walk.steps.retain(|step| matches!(step, Step::Event { .. }));
                for step in &mut walk.steps {
                    if let Step::Event { chain, .. } = step {
                        *chain = here;
                    }
                }
            }),
            bad(),
        ),
        (
            "without how it came",
            told.walking(|walk| {
                walk.steps.retain(|step| matches!(step, Step::Event { .. }));
            }),
            bad(),
        ),
        (
            "without how it began",
            told.walking(|walk| drop(walk.steps.remove(0))),
            bad(),
        ),
        (
            "a gap where it began",
            told.walking(|walk| {
                let digests = pangolin_ledger::walk::digests(walk).unwrap();
                let (chain, digest) = digests[0];
                walk.steps[0] = Step::Gap { chain, digest };
            }),
            said(409, "walk-incomplete"),
        ),
        (
            "a gap with another digest",
            told.walking(|walk| {
                let chain = place(&east);
                walk.steps[0] = Step::Gap {
                    chain,
                    digest: Digest32([7; 32]),
                };
            }),
            bad(),
        ),
        (
            "without any step",
            told.walking(|walk| walk.steps.clear()),
            bad(),
        ),
        (
            "with a chain twice",
            told.walking(|walk| walk.chains.push(walk.chains[0])),
            bad(),
        ),
    ];
    for (what, delivery, expect) in cases {
        wrong.expects(&format!("made {what}"), &stage.delivers(delivery), &expect);
    }
}

/// A pack of the north is to have been invented.
fn taken_away(stage: &Stage, told: &Told, other: &Told, wrong: &mut Wrong) {
    let [north, east, south] = ["north", "east", "south"].map(|name| stage.net.carrier.id(name));
    let lock = keys::outbox(&south, 0);
    let proven = |change: &dyn Fn(&mut pangolin_proof::state::StateProof)| {
        told.but(|told| {
            let proof = told.proofs.get_mut(&north).unwrap();
            let mut shown = foreign::decode(proof).unwrap();
            change(&mut shown);
            *proof = foreign::encode(&shown);
        })
    };
    let (bad, incomplete) = (|| said(400, "bad-walk"), || said(409, "walk-incomplete"));
    let forged = || said(400, "bad-evidence");
    let arrival = |change: &dyn Fn(&mut u32, &mut u64)| {
        told.walking(|walk| {
            for step in &mut walk.steps {
                if let Step::Arrival { parent, seq, .. } = step {
                    change(parent, seq);
                }
            }
        })
    };
    let cases = [
        // a true proof of a time when it was not sent yet
        (
            "by an old proof",
            told.but(|told| drop(told.proofs.insert(north, stage.before.clone()))),
            incomplete(),
        ),
        (
            "by nothing",
            proven(&|proof| proof.entries.retain(|entry| entry.key != lock)),
            incomplete(),
        ),
        (
            "by a denial",
            proven(&|proof| {
                let mut entries = proof.entries.iter_mut();
                entries.find(|entry| entry.key == lock).unwrap().value = None;
            }),
            forged(),
        ),
        (
            "by the proof of the east",
            told.but(|told| {
                told.proofs.insert(north, other.proofs[&east].clone());
            }),
            forged(),
        ),
        (
            "by a lock of another number",
            arrival(&|_, seq| *seq += 1),
            bad(),
        ),
        (
            "by a parent that is nowhere",
            arrival(&|parent, _| *parent = 70),
            bad(),
        ),
        (
            "by itself as its parent",
            arrival(&|parent, _| *parent = 0),
            bad(),
        ),
        (
            "by a way back",
            told.walking(|walk| {
                for step in &mut walk.steps {
                    if let Step::Arrival { parent, chain, seq } = *step {
                        *step = Step::Returned {
                            parent,
                            other: chain,
                            seq,
                        };
                    }
                }
            }),
            bad(),
        ),
        (
            "by what came after",
            told.walking(|walk| {
                let last = walk.steps.last().cloned().unwrap();
                walk.steps.push(last);
            }),
            bad(),
        ),
    ];
    for (what, delivery, expect) in cases {
        wrong.expects(
            &format!("taken away {what}"),
            &stage.delivers(delivery),
            &expect,
        );
    }
}

/// Histories that are none.
fn garbage(stage: &Stage, told: &Told, wrong: &mut Wrong) {
    let good = told.walk.to_bytes();
    let unknown = object(&pack(77));
    let of = |object: &ObjectId| {
        told.but(|told| {
            told.object = object.clone();
            told.walk.object = object.clone();
        })
    };
    let long = told.walking(|walk| {
        let step = walk.steps[0].clone();
        walk.steps
            .splice(0..0, vec![step; pangolin_ledger::limits::MAX_WALK_STEPS]);
    });
    let bad = || said(400, "bad-walk");
    for (what, delivery, expect) in [
        (
            "half of one",
            told.with(good[..good.len() / 2].to_vec()),
            bad(),
        ),
        ("nothing", told.with(Vec::new()), bad()),
        (
            "more than one",
            told.with([&good[..], &good[..]].concat()),
            bad(),
        ),
        ("one too long", long, bad()),
        ("one of nothing", of(&unknown), said(409, "object-absent")),
    ] {
        wrong.expects(what, &stage.delivers(delivery), &expect);
    }
}
