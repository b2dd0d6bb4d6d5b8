//! Outcomes before there are any: early unlocks, releases of what nobody accepted, proofs of what was not decided yet, and arrivals too late.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use pangolin_ledger::{
    Delivery, Item,
    state::{Settlement, Status, keys},
};
use pangolin_proof::{foreign, state::Entry};

use super::{Net, Wrong, deliveries::arrival, pack, tally};
use crate::support::{
    carrier::{Said, said},
    events,
    process::until,
};

/// How long something may arrive that is to be too late.
const DEADLINE: Duration = Duration::from_secs(6);
/// How often an outcome is handed in at the same time.
const AT_ONCE: usize = 24;

impl Net {
    /// What a chain proves of what it decided about locks of the north.
    fn decided(&self, by: &str, locks: &[u64]) -> Vec<u8> {
        let north = self.carrier.id("north");
        let keys = locks.iter().map(|seq| keys::inbox(&north, *seq)).collect();
        self.carrier.proof(by, keys)
    }

    /// What the north says to an outcome of one of its locks, said to be of a chain, by this proof.
    fn settles(&self, of: &str, lock: u64, evidence: &[u8]) -> Said {
        self.carrier
            .delivers("north", self.outcome(of, lock, evidence))
    }

    fn outcome(&self, of: &str, lock: u64, evidence: &[u8]) -> Delivery {
        Delivery {
            chain: self.carrier.id(of),
            evidence: evidence.to_vec(),
            witnesses: Vec::new(),
            items: vec![Item::Outcome { seq: lock }],
        }
    }

    /// How a lock of the north for the south was settled.
    fn settled(&self, lock: u64) -> Option<Settlement> {
        let key = keys::settlement(&self.carrier.id("south"), lock);
        self.carrier.record("north", key)
    }
}

#[test]
fn nothing_is_settled_before_it_is_decided_and_nothing_twice() {
    let net = Net::up();
    let packs: Vec<String> = (0..3).map(pack).collect();
    let [first, second, late] = [&packs[0], &packs[1], &packs[2]];
    net.states("north", "acme", events::made(&packs));
    net.ships("north", "acme", "south", &packs[..2]);
    let until_then = Timestamp::try_from(SystemTime::now() + DEADLINE).unwrap();
    let mut event = events::shipped([late], &net.chains.identity("south"));
    event["chains:arriveBefore"] = until_then.to_string().into();
    net.states("north", "acme", event);

    let arrives = net.carrier.carried("south", arrival(0));
    let arrives_late = net.carrier.carried("south", arrival(2));
    let undecided = net.decided("south", &[0, 1, 2]);
    let mut wrong = Wrong::default();
    let before = net.carrier.heights();
    too_early(&net, &undecided, &mut wrong);
    net.carrier.nothing_since(&before);

    assert_eq!(net.carrier.delivers("south", arrives), said(200, "final"));
    let before = net.carrier.heights();
    let accepted = net.decided("south", &[0]);
    after_one_was_accepted(&net, &undecided, &accepted, &mut wrong);
    net.carrier.nothing_since(&before);
    wrong.none();
    let all = (0..AT_ONCE).map(|_| net.outcome("south", 0, &accepted));
    let all = all.map(|outcome| net.carrier.signed("north", outcome));
    let answers = net.carrier.hand_in("north", all.collect());
    let known = said(200, "already-recorded");
    let expect = [(said(200, "final"), 1), (known.clone(), AT_ONCE - 1)];
    assert_eq!(tally(answers), expect.into());
    assert!(
        net.settled(0)
            .is_some_and(|settled| settled.result.is_some())
    );
    // that it had not decided once is no word against it
    assert_eq!(net.settles("south", 0, &undecided), known);
    assert_eq!((net.homes(first), net.settled(1)), (vec!["south"], None));

    over(&net, &undecided);
    // it lives here again, and arrives nowhere any more
    assert_eq!(net.homes(late), ["north"]);
    assert_eq!(
        net.carrier.delivers("south", arrives_late.clone()),
        said(200, "final")
    );
    assert_eq!(net.carrier.delivers("south", arrives_late), known);
    assert_eq!(net.settles("south", 2, &net.decided("south", &[2])), known);
    assert_eq!(
        (net.homes(late), net.homes(second)),
        (vec!["north"], vec![])
    );
    net.ships("north", "acme", "south", &packs[2..]);
    assert_eq!(net.homes(late), [""; 0]);
    net.is_well();
}

/// Nothing was decided yet.
fn too_early(net: &Net, undecided: &[u8], wrong: &mut Wrong) {
    let east = net.decided("east", &[0, 1, 2]);
    let nothing = net.carrier.proof("south", vec![keys::notices()]);
    let known = foreign::decode(
        &net.carrier
            .proof("north", vec![keys::outbox(&net.carrier.id("south"), 0)]),
    );
    let known = known.unwrap().entries.remove(0);
    let mut forged = foreign::decode(undecided).unwrap();
    let inbox = keys::inbox(&net.carrier.id("north"), 0);
    forged.entries.retain(|entry| entry.key != inbox);
    forged.entries.push(Entry {
        key: inbox,
        ..known
    });
    let forged = foreign::encode(&forged);
    let early = || said(409, "move-undecided");
    for (what, of, lock, evidence, expect) in [
        ("it is not decided", "south", 0, undecided, early()),
        (
            "it is not decided, with a deadline",
            "south",
            2,
            undecided,
            early(),
        ),
        (
            "there is no such lock",
            "south",
            7,
            undecided,
            said(409, "no-such-lock"),
        ),
        (
            "it is not shown",
            "south",
            0,
            &nothing,
            said(400, "not-proven"),
        ),
        (
            "a chain that it was not for",
            "east",
            0,
            &east,
            said(409, "no-such-lock"),
        ),
        (
            "that chain's proof as the south's",
            "south",
            0,
            &east,
            said(400, "bad-evidence"),
        ),
        (
            "the lock itself as what became of it",
            "south",
            0,
            &forged,
            said(400, "bad-evidence"),
        ),
        (
            "the north's own word",
            "north",
            0,
            undecided,
            said(403, "unknown-chain"),
        ),
    ] {
        wrong.expects(what, &net.settles(of, lock, evidence), &expect);
    }
}

/// One of several was accepted.
fn after_one_was_accepted(net: &Net, undecided: &[u8], accepted: &[u8], wrong: &mut Wrong) {
    let mut moved = foreign::decode(accepted).unwrap();
    moved.entries[0].key = keys::inbox(&net.carrier.id("north"), 1);
    let moved = foreign::encode(&moved);
    let mut old = foreign::decode(accepted).unwrap();
    old.header = foreign::decode(undecided).unwrap().header;
    let old = foreign::encode(&old);
    let bad = || said(400, "bad-evidence");
    for (what, lock, evidence, expect) in [
        (
            "what was so before",
            0,
            undecided,
            said(409, "move-undecided"),
        ),
        (
            "what is proven of another",
            1,
            accepted,
            said(400, "not-proven"),
        ),
        (
            "what became of another under its number",
            1,
            &moved[..],
            bad(),
        ),
        ("what became of it under an old header", 0, &old[..], bad()),
    ] {
        wrong.expects(what, &net.settles("south", lock, evidence), &expect);
    }
    let both = Delivery {
        items: vec![Item::Outcome { seq: 0 }, Item::Outcome { seq: 1 }],
        ..net.outcome("south", 0, &net.decided("south", &[0, 1]))
    };
    let answer = net.carrier.delivers("north", both);
    wrong.expects(
        "a good one with an early one",
        &answer,
        &said(409, "move-undecided"),
    );
}

/// The time of one is over, by the clock of the chain that it was for.
fn over(net: &Net, undecided: &[u8]) {
    let proof = || net.decided("south", &[2]);
    until("its time is over in the south", || {
        let answer = net.settles("south", 2, &proof());
        assert!(
            [said(409, "move-undecided"), said(200, "final")].contains(&answer),
            "{answer:?}"
        );
        // what was shown before its time was over shows nothing for good
        let early = net.settles("south", 2, undecided);
        let known = said(200, "already-recorded");
        let expect = if answer.status == 200 {
            known
        } else {
            said(409, "move-undecided")
        };
        assert_eq!(early, expect);
        answer == said(200, "final")
    });
    assert!(
        net.settled(2)
            .is_some_and(|settled| settled.result.is_none())
    );
    let packs = [pack(0), pack(1)];
    let status = packs
        .each_ref()
        .map(|pack| net.of_pack("north", pack).unwrap().status);
    assert_eq!(
        status,
        [(); 2].map(|()| Status::Away(net.carrier.id("south")))
    );
}
