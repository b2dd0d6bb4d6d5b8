//! The walk back to the origin, over chains: it shows everything or says what is missing, and nothing that was invented passes.

use pangolin_ledger::{
    Digest32, EventId, Wire as _,
    state::{InboxEntry, Namespace, OutboxEntry, keys},
    walk::{Hint, Step, Walk},
};
use proptest::prelude::*;

use crate::support::{EventExt, Pair, attribute, elsewhere, event, id, link, party, step, touched};

/// Pack A.1 was made on chain 0, went to chain 1, and on to chain 2.
fn travelled() -> Pair {
    let mut pair = Pair::new();
    let made = event(step::CREATE, &["A.1", "A.2"])
        .attr(attribute::GROUP, "lot")
        .attr(attribute::EXPIRY, "2030-01-01");
    pair.chains[0].ok("maker", vec![made]);
    pair.moves((0, 1), "maker", "A.1", "trader");
    pair.chains[1].ok("trader", vec![event(step::RECEIVE, &["A.1"])]);
    pair.chains[1].ok("trader", vec![event(step::OBSERVE, &["A.1"])]);
    pair.moves((1, 2), "trader", "A.1", "trader");
    pair.chains[2].ok("trader", vec![event(step::RECEIVE, &["A.1"]).nonce(1)]);
    pair
}

/// Pack A.1 in case C.1 on pallet P.1 went unopened over chain 1 to chain 2 and was taken out there.
fn on_a_pallet() -> Pair {
    let mut pair = Pair::new();
    let made = event(step::CREATE, &["A.1", "A.2"])
        .attr(attribute::GROUP, "lot")
        .attr(attribute::EXPIRY, "2030-01-01");
    let packed = vec![
        made,
        event(step::CREATE, &["C.1", "P.1"]),
        event(step::PACK, &["A.1", "A.2"]).parent("C.1"),
        event(step::PACK, &["C.1"]).parent("P.1"),
    ];
    pair.chains[0].ok("maker", packed);
    pair.moves((0, 1), "maker", "P.1", "trader");
    pair.chains[1].ok("trader", vec![event(step::RECEIVE, &["P.1"])]);
    pair.moves((1, 2), "trader", "P.1", "trader");
    pair.chains[2].ok("trader", vec![event(step::RECEIVE, &["P.1"]).nonce(1)]);
    let case = pair.content(2, &[1, 0], "P.1", "C.1");
    pair.delivered(2, case);
    let pack = pair.content(2, &[0], "C.1", "A.1");
    pair.delivered(2, pack);
    pair.chains[2].ok("trader", vec![event(step::UNPACK, &["A.1"]).parent("C.1")]);
    pair
}

#[test]
fn a_walk_leads_over_all_chains_to_the_origin() {
    let pair = travelled();
    let gathered = pair.gather(2, "A.1", &[], &[]);
    let walked = gathered.follow().unwrap();
    assert_eq!(walked.gaps, []);
    let at = |chain| (0..3).find(|at| pair.chains[*at].chain == chain).unwrap();
    let chains: Vec<usize> = walked.steps.iter().map(|step| at(step.chain)).collect();
    // made, locked; let in, received, observed, locked; let in, received
    assert_eq!(chains, [0, 0, 1, 1, 1, 1, 2, 2]);
    let origin: Vec<_> = walked.origins().collect();
    assert_eq!(origin.len(), 1);
    let record = origin[0].record.as_ref().unwrap();
    assert_eq!(record.issuer, party("maker"));
    assert_eq!(walked.moves.len(), 2);
    for moved in &walked.moves {
        assert_eq!(moved.object, id("A.1"));
        assert!(moved.left.is_some() && moved.came.is_some());
    }
    // one proof for each chain, of a few records
    assert_eq!(gathered.known.len(), 3);
    let entries = gathered.known.values().map(|proven| proven.entries.len());
    assert!(entries.max().unwrap() <= 4);
}

#[test]
fn what_came_inside_a_pallet_is_walked_by_its_fillings() {
    let pair = on_a_pallet();
    let walked = pair.gather(2, "A.1", &[], &[]).follow().unwrap();
    assert_eq!(walked.gaps, []);
    assert_eq!(walked.over.len(), 3);
    let locks = walked.moves.iter().filter(|moved| moved.seq.is_some());
    let locks: Vec<_> = locks.map(|moved| moved.object.clone()).collect();
    assert_eq!(locks, [id("P.1"), id("P.1")], "the pallet moved twice");
    let walked = pair.gather(2, "P.1", &[], &[]).follow().unwrap();
    assert_eq!(walked.gaps, []);

    // the chain on which nobody opened it knows no history of the pack, and must be shown all the same
    let gathered = pair.gather(2, "A.1", &[1], &[]);
    let gaps = gathered.gaps();
    assert!(gaps.contains(&"container-not-shown"), "{gaps:?}");
    assert!(gaps.contains(&"carried-not-shown"), "{gaps:?}");
}

#[test]
fn a_chain_that_does_not_answer_leaves_a_gap_and_nothing_before_it_is_claimed() {
    let pair = travelled();
    let gathered = pair.gather(2, "A.1", &[1], &[]);
    let walked = gathered.follow().unwrap();
    let codes: Vec<_> = walked.gaps.iter().map(|gap| gap.code).collect();
    let expected = ["history-not-shown", "lock-not-shown", "chain-not-shown"];
    assert_eq!(codes, expected);
    let lock = walked.gaps[1].message.to_string();
    assert!(lock.contains("let it in at height"), "{lock}");
    assert_eq!(walked.origins().count(), 0);
    assert!(!walked.over.contains(&pair.chains[0].chain));

    // where only the origin is silent, everything since is shown
    let walked = pair.gather(2, "A.1", &[0], &[]).follow().unwrap();
    let codes: Vec<_> = walked.gaps.iter().map(|gap| gap.code).collect();
    assert_eq!(codes, ["history-not-shown", "lock-not-shown"]);
    assert_eq!(walked.moves[1].left.map(|height| height.0 > 0), Some(true));
}

#[test]
fn a_discreet_chain_shows_what_came_and_what_left() {
    let pair = travelled();
    let gathered = pair.gather(2, "A.1", &[], &[1]);
    let told: Vec<_> = gathered.walk.steps.iter().map(|step| matches!(step, Step::Event { chain, .. } if gathered.walk.chains[usize::from(*chain)] == pair.chains[1].chain)).collect();
    assert!(!told.contains(&true), "no event of that chain is told");
    let walked = gathered.follow().unwrap();
    let codes: Vec<_> = walked.gaps.iter().map(|gap| gap.code).collect();
    assert_eq!(codes, ["stay-not-shown"]);
    assert_eq!(walked.origins().count(), 1, "the origin is shown beyond it");
    assert!(
        walked
            .moves
            .iter()
            .all(|moved| moved.left.is_some() && moved.came.is_some())
    );

    // what left is by its name what arrived
    let mut other = pair.gather(2, "A.1", &[], &[1]);
    let two = pair.chains[1].chain;
    let key = keys::inbox(&pair.chains[0].chain, 0);
    let mut entry: InboxEntry = pair.chains[1].get(key).unwrap();
    entry.object = id("A.2");
    other
        .proven(&two)
        .entries
        .insert(key, Some(entry.to_bytes()));
    assert_eq!(other.bad().0, "wrong-crossing");
}

#[test]
fn records_that_are_not_shown_leave_gaps() {
    let pair = travelled();
    let [one, two, three] = [0, 1, 2].map(|at| pair.chains[at].chain);
    let made = pair.gather(2, "A.1", &[], &[]).walk.steps[0].clone();
    let Step::Event { event: made, .. } = made else {
        panic!("{made:?}")
    };
    for (chain, key, code) in [
        (one, keys::event(&made), "origin-not-shown"),
        (one, keys::outbox(&two, 0), "lock-not-shown"),
        (two, keys::inbox(&one, 0), "arrival-not-shown"),
        (two, keys::outbox(&three, 0), "lock-not-shown"),
        (three, keys::inbox(&two, 0), "arrival-not-shown"),
    ] {
        let mut gathered = pair.gather(2, "A.1", &[], &[]);
        gathered.forget(&chain, &key);
        assert_eq!(gathered.gaps(), [code]);
        // that there is none contradicts the walk
        gathered.proven(&chain).entries.insert(key, None);
        let rule = key.namespace().is_some_and(Namespace::is_rule);
        if rule {
            assert_eq!(gathered.bad().0, "wrong-crossing");
        }
    }
    let mut gathered = pair.gather(2, "A.1", &[], &[]);
    gathered.forget(&three, &keys::object(&id("A.1")));
    assert_eq!(gathered.bad(), ("record-not-shown", "/object".to_owned()));
}

fn made() -> Pair {
    let mut pair = Pair::new();
    let made = event(step::CREATE, &["A.2"])
        .attr(attribute::GROUP, "lot")
        .attr(attribute::EXPIRY, "2030-01-01");
    pair.chains[0].ok("maker", vec![made]);
    pair
}

#[test]
fn an_object_that_a_corrupt_chain_invented_is_let_in_and_found_by_the_walk() {
    // it claims to have it from chain 0, which never sent it
    let mut pair = made();
    let one = pair.chains[0].chain;
    pair.invents(1, "A.9", 2);
    assert!(
        pair.chains[2].object("A.9").is_live(),
        "fast mode believes its source"
    );
    let gathered = pair.gather(2, "A.9", &[], &[]);
    let gaps = gathered.gaps();
    assert!(gaps.contains(&"lock-not-shown"), "{gaps:?}");
    // and chain 0 proves that there is no such lock
    let lock = keys::outbox(&pair.chains[1].chain, 5);
    let proven = pair.proven(0, &[lock]);
    let mut refuted = gathered;
    refuted.known.insert(one, std::sync::Arc::new(proven));
    assert_eq!(refuted.bad().0, "wrong-crossing");

    // it claims that it was made there: then that is the origin, by whoever that chain says
    let mut pair = made();
    let invented = link(Vec::new(), EventId([9; 32]));
    pair.forge(1, "A.9", vec![invented.clone()], 2);
    let gathered = pair.gather(2, "A.9", &[], &[]);
    assert_eq!(gathered.gaps(), ["origin-not-shown"]);
    pair.states(1, &invented.event, "nobody");
    let walked = pair.gather(2, "A.9", &[], &[]).follow().unwrap();
    let origin = walked.origins().next().unwrap();
    assert_eq!(origin.chain, pair.chains[1].chain, "not the maker's chain");
    assert_eq!(origin.record.as_ref().unwrap().issuer, party("nobody"));
}

#[test]
fn a_history_that_a_corrupt_chain_wrote_anew_is_found_by_the_walk() {
    // the lock of chain 0 is real, what chain 1 says left it is another history
    let mut pair = travelled();
    let (one, two) = (pair.chains[0].chain, pair.chains[1].chain);
    let mut gathered = pair.gather(2, "A.1", &[], &[]);
    let Step::Event { event, .. } = &mut gathered.walk.steps[0] else {
        panic!("no event")
    };
    *event = EventId([5; 32]);
    assert_eq!(gathered.bad(), ("wrong-crossing", "/steps/2".to_owned()));

    let lock = pair.lock((0, 1), 0);
    let forged = OutboxEntry {
        provenance: Digest32([4; 32]),
        ..lock
    };
    pair.chains[0]
        .state
        .insert(keys::outbox(&two, 0), forged.to_bytes());
    let mut gathered = pair.gather(2, "A.1", &[], &[]);
    if gathered.known.contains_key(&one) {
        gathered.proven(&one);
    }
    assert!(!gathered.gaps().is_empty());
}

/// One change of a walk.
fn change(walk: &mut Walk, at: usize, how: u8) {
    let len = walk.steps.len();
    let at = at % len;
    match how % 6 {
        0 => drop(walk.steps.remove(at)),
        1 => walk.steps.swap(at, (at + 1) % len),
        2 => walk.steps.insert(at, walk.steps[(at + 1) % len].clone()),
        3 => walk.chains.rotate_left(1),
        4 => touched(&mut walk.steps[at]),
        _ => elsewhere(&mut walk.steps[at]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    /// Whoever changes a walk shows less, or nothing: never another history as whole.
    #[test]
    fn a_walk_that_was_changed_is_not_whole(pallet in any::<bool>(), at in 0..20_usize, how in any::<u8>()) {
        let pair = if pallet { on_a_pallet() } else { travelled() };
        let mut gathered = pair.gather(2, "A.1", &[], &[]);
        let whole = gathered.walk.clone();
        prop_assert_eq!(Walk::from_bytes(&whole.to_bytes()), Ok(whole.clone()));
        change(&mut gathered.walk, at, how);
        if let Ok(walked) = gathered.follow() {
            prop_assert!(gathered.walk == whole || !walked.is_whole(), "{:?}", gathered.walk);
        }
    }

    #[test]
    fn random_steps_never_panic(
        steps in proptest::collection::vec((any::<u8>(), 0..4_u8, 0..6_u32, any::<u64>()), 0..12),
        pallet in any::<bool>(),
    ) {
        let pair = if pallet { on_a_pallet() } else { travelled() };
        let mut gathered = pair.gather(2, "A.1", &[], &[]);
        gathered.walk.steps = steps.into_iter().map(|(kind, chain, parent, seq)| match kind % 6 {
            0 => Step::Event { chain, event: EventId([1; 32]), parents: vec![parent] },
            1 => Step::Arrival { parent, chain, seq },
            2 => Step::Returned { parent, other: chain, seq },
            3 => Step::Carried { parent, chain, object: id("A.1"), container: id("C.1"), epoch: 1 },
            4 => Step::Gap { chain, digest: Digest32([2; 32]) },
            _ => Step::Hidden { parent, digest: Digest32([2; 32]) },
        }).collect();
        gathered.walk.hints.push(Hint::Lock { chain: 1, from: 200, seq: 0 });
        let _any = gathered.follow();
    }
}
