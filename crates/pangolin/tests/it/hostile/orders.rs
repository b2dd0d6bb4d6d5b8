//! Word of orders that is held back, brought out of turn, or changed: what is suspect at home is not dispensed abroad as if it were not.

use pangolin_ledger::{
    Delivery, Item,
    state::{Feed, keys},
};
use pangolin_proof::{foreign, state::Entry};

use super::{Net, Wrong, deliveries::arrival, pack, tally};
use crate::support::{
    carrier::{Said, said},
    events,
};

/// How often the same word is handed in at the same time.
const AT_ONCE: usize = 24;
/// The lot of the packs, and another one.
const LOTS: [&str; 2] = ["(01)00366150123458(10)R1", "(01)00366150123458(10)R2"];

impl Net {
    /// Word of the north, by this proof, said to be of a chain.
    fn word(&self, of: &str, evidence: &[u8], items: &[Item]) -> Delivery {
        Delivery {
            chain: self.carrier.id(of),
            evidence: evidence.to_vec(),
            witnesses: Vec::new(),
            items: items.to_vec(),
        }
    }

    /// What a chain proves of its notices.
    fn notices(&self, of: &str, numbers: &[u64]) -> Vec<u8> {
        let numbered = numbers.iter().map(|number| keys::notice(*number));
        let keys = [keys::notices()].into_iter().chain(numbered);
        self.carrier.proof(of, keys.collect())
    }

    /// What the south knows of the north's orders.
    fn feed(&self) -> Feed {
        let key = keys::feed(&self.carrier.id("north"));
        self.carrier.record("south", key).unwrap()
    }
}

#[test]
fn no_order_is_held_back_by_whoever_carries_the_word() {
    let net = Net::up();
    net.states("north", "acme", events::made([pack(0)]));
    net.ships("north", "acme", "south", &[pack(0)]);
    let arrives = net.carrier.carried("south", arrival(0));
    assert_eq!(net.carrier.delivers("south", arrives), said(200, "final"));
    net.states("south", "clinic", events::received([pack(0)]));
    let quiet = net.notices("north", &[]);
    let all = [Item::AllNoticed];
    let heard = net.word("north", &quiet, &all);
    assert_eq!(net.carrier.delivers("south", heard), said(200, "final"));
    for lot in LOTS {
        net.holds("north", lot);
    }
    let loud = net.notices("north", &[0, 1]);
    let before = (net.carrier.heights(), net.feed());
    let mut wrong = Wrong::default();
    held_back(&net, &quiet, &loud, &mut wrong);
    wrong.none();
    net.carrier.nothing_since(&before.0);
    assert_eq!(net.feed(), before.1);

    // the truth, from several at once, counts once
    let told = [
        Item::Notice { seq: 0 },
        Item::Notice { seq: 1 },
        Item::AllNoticed,
    ];
    let told = net.word("north", &loud, &told);
    let many = (0..AT_ONCE).map(|_| net.carrier.signed("south", told.clone()));
    let answers = net.carrier.hand_in("south", many.collect());
    let known = said(200, "already-recorded");
    let expect = [(said(200, "final"), 1), (known.clone(), AT_ONCE - 1)];
    assert_eq!(tally(answers), expect.into());
    let after = net.feed();
    assert!(after.next == 2 && after.as_of > before.1.as_of);
    // that there were none once is no word against them
    let silent = net.word("north", &quiet, &all);
    assert_eq!(net.carrier.delivers("south", silent), known);
    assert_eq!(net.feed(), after);
    let url = net.running.url("south");
    let event = events::dispensed([pack(0)]);
    let refused = net.chains.capture("south", "clinic", &url, &[event], &[]);
    assert!(
        refused.code == 1 && format!("{refused:?}").contains("on-hold"),
        "{refused:?}"
    );
    assert_eq!(net.homes(&pack(0)), ["south"]);
    net.is_well();
}

/// What is said, of which chain, by which proof and messages, and the answer to it.
type Case<'a> = (&'a str, &'a str, &'a [u8], &'a [Item], Said);

fn held_back(net: &Net, quiet: &[u8], loud: &[u8], wrong: &mut Wrong) {
    let first = [Item::Notice { seq: 0 }];
    let second = [Item::Notice { seq: 1 }];
    let third = [Item::Notice { seq: 2 }];
    let spoilt = |change: &dyn Fn(&mut Vec<Entry>)| {
        let mut proof = foreign::decode(loud).unwrap();
        change(&mut proof.entries);
        foreign::encode(&proof)
    };
    let place = |entries: &[Entry], key| entries.iter().position(|entry| entry.key == key).unwrap();
    let swapped = spoilt(&|entries| {
        let [a, b] = [0, 1].map(|number| place(entries, keys::notice(number)));
        (entries[a].key, entries[b].key) = (entries[b].key, entries[a].key);
    });
    let fewer = spoilt(&|entries| {
        let at = place(entries, keys::notices());
        entries[at].value = None;
    });
    let without = spoilt(&|entries| {
        let at = place(entries, keys::notices());
        entries.remove(at);
    });
    let easts = net.notices("east", &[]);
    let all = [Item::AllNoticed];
    let bad = || said(400, "bad-evidence");
    let gap = || said(409, "notice-gap");
    let cases: [Case<'_>; 11] = [
        (
            "that this is all, as before",
            "north",
            quiet,
            &all,
            said(200, "already-recorded"),
        ),
        ("that this is all, before any", "north", loud, &all, gap()),
        (
            "that this is all, after one",
            "north",
            loud,
            &[first[0].clone(), Item::AllNoticed],
            gap(),
        ),
        ("the second first", "north", loud, &second, gap()),
        ("one that is not there", "north", loud, &third, gap()),
        (
            "one that is not shown",
            "north",
            quiet,
            &first,
            said(400, "not-proven"),
        ),
        (
            "one in the place of another",
            "north",
            &swapped,
            &first,
            bad(),
        ),
        ("that there are none", "north", &fewer, &all, bad()),
        (
            "that this is all, without their number",
            "north",
            &without,
            &all,
            said(400, "not-proven"),
        ),
        ("that the east has none", "north", &easts, &all, bad()),
        ("the north's as the east's", "east", loud, &first, bad()),
    ];
    for (what, of, evidence, items, expect) in cases {
        let answer = net.carrier.delivers("south", net.word(of, evidence, items));
        wrong.expects(what, &answer, &expect);
    }
}
