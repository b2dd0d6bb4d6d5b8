//! K6 on ancestry: what came over other chains is walked back to its origins before acts that ask for it.

use pangolin_ledger::{
    Delivery, Effect, EventId, GovernanceAction, Item, Missing, Wire as _,
    hash::provenance,
    state::{Ancestry, EventRecord, EventState, Flags, Object, Verdict, keys},
    walk::{Step, Walk},
};
use proptest::prelude::*;

use crate::support::{EventExt, Pair, attribute, elsewhere, event, id, link, party, step, touched};

const DAY_MS: i64 = 86_400_000;

/// Packs A.1 and A.2 of one lot are made on chain 0, whose goods may be traded on the others.
fn made() -> Pair {
    let mut pair = Pair::new();
    let made = event(step::CREATE, &["A.1", "A.2"])
        .attr(attribute::GROUP, "lot")
        .attr(attribute::EXPIRY, "2030-01-01");
    pair.chains[0].ok("maker", vec![made]);
    pair.allow(1, 0);
    pair.allow(2, 0);
    pair
}

/// A.1 went over chain 1 to chain 2.
fn travelled() -> Pair {
    let mut pair = made();
    pair.moves((0, 1), "maker", "A.1", "trader");
    pair.chains[1].ok("trader", vec![event(step::RECEIVE, &["A.1"])]);
    pair.moves((1, 2), "trader", "A.1", "trader");
    pair.chains[2].ok("trader", vec![event(step::RECEIVE, &["A.1"]).nonce(1)]);
    pair
}

/// A.1 and A.2 in case C.1 on pallet P.1 went over chain 1, where nobody opened it, to chain 2; the pack was taken out there.
fn on_a_pallet() -> Pair {
    let mut pair = made();
    let packed = vec![
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

/// The end of an object, which asks for its ancestry.
fn end(object: &str) -> pangolin_ledger::Event {
    event(step::END_WALKED, &[object])
}

fn verdict(pair: &Pair, at: usize, object: &str) -> Option<Verdict> {
    let ancestry: Option<Ancestry> = pair.chains[at].get(keys::ancestry(&id(object)));
    ancestry.map(|ancestry| ancestry.verdict)
}

/// What became of an event.
fn fate(pair: &Pair, at: usize, event: &EventId) -> EventState {
    let record: EventRecord = pair.chains[at].get(keys::event(event)).unwrap();
    record.state
}

fn rejected(code: &str) -> EventState {
    EventState::Rejected(code.to_owned())
}

#[test]
fn an_act_waits_until_the_history_was_walked() {
    let mut pair = travelled();
    // what was never elsewhere needs nothing
    pair.chains[0].ok("maker", vec![end("A.2")]);

    let ends = end("A.1");
    let (missing, code) = pair.chains[2].parked("trader", ends.clone());
    assert_eq!(
        (missing, code.as_str()),
        (Missing::Ancestry(id("A.1")), "ancestry-unproven"),
        "whatever the profile's patience"
    );
    let walk = pair.walk(2, "A.1", &[]);
    let effects = pair.delivered(2, walk.clone());
    let provenance = match &effects[..] {
        [
            Effect::Walked {
                object,
                provenance,
                whole: true,
            },
            Effect::Unparked(event),
            ..,
        ] => {
            assert_eq!((object, event), (&id("A.1"), &ends.id));
            *provenance
        }
        other => panic!("{other:?}"),
    };
    let ancestry: Ancestry = pair.chains[2].get(keys::ancestry(&id("A.1"))).unwrap();
    assert_eq!(ancestry.provenance, provenance);
    let [one, two] = [0, 1].map(|at| pair.chains[at].chain);
    assert_eq!(ancestry.as_of.keys().collect::<Vec<_>>().len(), 2);
    assert!(ancestry.as_of.contains_key(&two));
    let Verdict::Whole { made_on, roots } = ancestry.verdict else {
        panic!("not whole")
    };
    assert_eq!(made_on, [one].into());
    let [root] = &roots[..] else {
        panic!("{roots:?}")
    };
    assert_eq!((root.chain, &root.issuer), (one, &party("maker")));
    assert!(!pair.chains[2].object("A.1").is_live(), "it took effect");
    // whoever comes second
    assert_eq!(pair.undelivered(2, walk), "already-recorded");
}

#[test]
fn what_happens_here_leaves_a_walk_as_it_is_and_what_comes_from_elsewhere_does_not() {
    let mut pair = travelled();
    let walk = pair.walk(2, "A.1", &[]);
    pair.delivered(2, walk);
    pair.chains[2].ok("trader", vec![event(step::OBSERVE, &["A.1"])]);
    let before = pair.chains[2].object("A.1");
    assert!(before.flags.has(Flags::WALKED));
    let travels: Object = Object::from_bytes(&pair.record(2, "A.1")).unwrap();
    assert!(
        !travels.flags.has(Flags::WALKED),
        "it is no affair of others"
    );
    pair.clone().chains[2].ok("trader", vec![end("A.1")]);

    // home again, where it has a history elsewhere too
    pair.allow(0, 1);
    let seq = pair.depart((2, 0), "trader", "A.1", "maker", DAY_MS);
    let mut arrival = pair.arrival((2, 0), seq, pair.record(2, "A.1"));
    let evidence = pair.prove(1, &[keys::object(&id("A.1"))]);
    let chain = pair.chains[1].chain;
    arrival.witnesses = vec![pangolin_ledger::Witness { chain, evidence }];
    pair.delivered(0, arrival);
    pair.chains[0].ok("maker", vec![event(step::RECEIVE, &["A.1"]).nonce(2)]);
    let (_, code) = pair.chains[0].parked("maker", end("A.1"));
    assert_eq!(code, "ancestry-unproven");
    let walk = pair.walk(0, "A.1", &[]);
    pair.delivered(0, walk);
    let Some(Verdict::Whole { made_on, .. }) = verdict(&pair, 0, "A.1") else {
        panic!("not whole")
    };
    assert_eq!(made_on, [].into(), "it was made here");
    assert!(!pair.chains[0].object("A.1").is_live());

    // and there again: what was shown before does not count
    let mut pair = travelled();
    let walk = pair.walk(2, "A.1", &[]);
    pair.delivered(2, walk);
    pair.moves((2, 1), "trader", "A.1", "trader");
    pair.chains[1].ok("trader", vec![event(step::RECEIVE, &["A.1"]).nonce(2)]);
    pair.moves((1, 2), "trader", "A.1", "trader");
    pair.chains[2].ok("trader", vec![event(step::RECEIVE, &["A.1"]).nonce(3)]);
    assert!(!pair.chains[2].object("A.1").flags.has(Flags::WALKED));
    assert_eq!(
        pair.chains[2].parked("trader", end("A.1")).1,
        "ancestry-unproven"
    );
    let walk = pair.walk(2, "A.1", &[]);
    pair.delivered(2, walk);
    assert!(!pair.chains[2].object("A.1").is_live());
}

#[test]
fn what_came_inside_a_pallet_is_walked_by_its_fillings() {
    let mut pair = on_a_pallet();
    let ends = end("A.1");
    pair.chains[2].parked("trader", ends.clone());
    // the chain on which nobody opened the pallet must be heard
    let without = pair.walk(2, "A.1", &[1]);
    assert_eq!(pair.undelivered(2, without), "walk-incomplete");
    assert_eq!(verdict(&pair, 2, "A.1"), None);
    let walk = pair.walk(2, "A.1", &[]);
    pair.delivered(2, walk);
    assert_eq!(fate(&pair, 2, &ends.id), EventState::Applied);
    // the case has a history of its own
    let (_, code) = pair.chains[2].parked("trader", end("P.1"));
    assert_eq!(code, "ancestry-unproven");
    let walk = pair.walk(2, "P.1", &[]);
    pair.delivered(2, walk);
    assert!(!pair.chains[2].object("P.1").is_live());
}

/// Fast mode lets in what a chain invented that is corrupt as a whole, and lets it be used; deep mode does not.
#[test]
fn what_a_corrupt_chain_invented_is_refused() {
    let mut pair = made();
    pair.invents(1, "A.9", 2);
    pair.chains[2].ok("trader", vec![event(step::RECEIVE, &["A.9"])]);
    pair.clone().chains[2].ok("trader", vec![event(step::END, &["A.9"])]);

    let ends = end("A.9");
    let (_, code) = pair.chains[2].parked("trader", ends.clone());
    assert_eq!(code, "ancestry-unproven");
    let walk = pair.walk(2, "A.9", &[]);
    let effects = pair.delivered(2, walk.clone());
    assert!(
        matches!(&effects[..], [Effect::Walked { whole: false, .. }, Effect::Rejected { event, .. }] if *event == ends.id),
        "{effects:?}"
    );
    assert_eq!(fate(&pair, 2, &ends.id), rejected("ancestry-refuted"));
    let [one, two] = [0, 1].map(|at| pair.chains[at].chain);
    let not_sent = Verdict::NotSent {
        from: one,
        to: two,
        seq: 5,
    };
    assert_eq!(verdict(&pair, 2, "A.9"), Some(not_sent));
    let again = end("A.9").nonce(7);
    let (code, _) = pair.chains[2].refused("trader", vec![again]);
    assert_eq!(code, "ancestry-refuted", "at once from now on");
    assert_eq!(pair.undelivered(2, walk), "already-recorded");
    // even if its governance believes whatever is made there
    pair.allow(2, 1);
    let walk = pair.walk(2, "A.9", &[]);
    assert_eq!(pair.undelivered(2, walk), "already-recorded");
}

#[test]
fn a_denial_counts_from_the_height_on_at_which_it_is_said_to_have_been_proven() {
    let mut pair = made();
    pair.invents(1, "A.9", 2);
    let one = pair.chains[0].chain;
    let key = keys::inbox(&one, 5);
    let mut inbox: pangolin_ledger::state::InboxEntry = pair.chains[1].get(key).unwrap();
    inbox.proven_at = pangolin_ledger::Height(pair.chains[0].height + 1);
    pair.chains[1].state.insert(key, inbox.to_bytes());
    let walk = pair.walk(2, "A.9", &[]);
    assert_eq!(
        pair.undelivered(2, walk),
        "walk-incomplete",
        "it may have been sent since"
    );
    assert_eq!(verdict(&pair, 2, "A.9"), None);
    pair.chains[0].wait(1_000);
    let walk = pair.walk(2, "A.9", &[]);
    pair.delivered(2, walk);
    assert!(matches!(
        verdict(&pair, 2, "A.9"),
        Some(Verdict::NotSent { .. })
    ));
    // a chain that tells nothing is not refuted by that, and nothing that it sent passes
    let mut pair = made();
    pair.invents(1, "A.9", 2);
    let silent = pair.walk(2, "A.9", &[1]);
    assert_eq!(pair.undelivered(2, silent), "walk-incomplete");
    // neither if it tells everything but that it let it in
    let one = pair.chains[0].chain;
    let gathered = pair.gather(2, "A.9", &[], &[]);
    pair.chains[1].state.remove(&keys::inbox(&one, 5));
    let walk = pair.walk_of(2, &gathered, &gathered.walk, &[]);
    assert_eq!(pair.undelivered(2, walk), "bad-walk");
    assert_eq!(verdict(&pair, 2, "A.9"), None);
}

#[test]
fn what_was_made_where_nothing_may_be_made_does_not_pass() {
    // a corrupt chain says that it was made there
    let mut pair = made();
    let invented = link(Vec::new(), EventId([9; 32]));
    pair.forge(1, "A.9", vec![invented.clone()], 2);
    pair.chains[2].ok("trader", vec![event(step::RECEIVE, &["A.9"])]);
    let ends = end("A.9");
    pair.chains[2].parked("trader", ends.clone());
    pair.states(1, &invented.event, "nobody");
    let walk = pair.walk(2, "A.9", &[]);
    assert_eq!(pair.undelivered(2, walk), "maker-not-allowed");
    assert_eq!(fate(&pair, 2, &ends.id), EventState::Parked);
    let mut lapsing = pair.clone();
    lapsing.chains[2].wait(8 * DAY_MS);
    assert_eq!(fate(&lapsing, 2, &ends.id), EventState::Expired);

    // whoever governs this chain decides; a chain that may make things is believed what it made
    pair.allow(2, 1);
    pair.chains[1].state.remove(&keys::event(&invented.event));
    let walk = pair.walk(2, "A.9", &[]);
    assert_eq!(
        pair.undelivered(2, walk),
        "walk-incomplete",
        "it must show the event"
    );
    pair.states(1, &invented.event, "nobody");
    let walk = pair.walk(2, "A.9", &[]);
    let mut later = pair.clone();
    pair.delivered(2, walk);
    assert_eq!(fate(&pair, 2, &ends.id), EventState::Applied);
    // as it is when the act comes
    let mut more = made();
    more.allow(2, 1);
    more.forge(1, "A.9", vec![invented.clone()], 2);
    more.states(1, &invented.event, "nobody");
    more.chains[2].ok("trader", vec![event(step::RECEIVE, &["A.9"])]);
    let walk = more.walk(2, "A.9", &[]);
    more.delivered(2, walk);
    more.disallow(2, 1);
    let (code, _) = more.chains[2].refused("trader", vec![end("A.9")]);
    assert_eq!(code, "maker-not-allowed");
    later.disallow(2, 1);
    let walk = later.walk(2, "A.9", &[]);
    assert_eq!(later.undelivered(2, walk), "maker-not-allowed");
}

/// A digest commits to events, not to names: a corrupt chain can give what it invented the history of something real.
#[test]
fn what_has_the_history_of_something_else_does_not_pass() {
    let mut pair = made();
    pair.moves((0, 1), "maker", "A.1", "trader");
    let arrived = pair.chains[1].object("A.1").provenance;
    let locked = link(vec![arrived], EventId([8; 32]));
    pair.forge(1, "A.9", vec![locked], 2);
    pair.chains[2].ok("trader", vec![event(step::RECEIVE, &["A.9"])]);
    pair.clone().chains[2].ok("trader", vec![event(step::END, &["A.9"])]);
    let ends = end("A.9");
    pair.chains[2].parked("trader", ends.clone());
    let gathered = pair.gather(2, "A.9", &[], &[]);
    let walked = gathered.follow().unwrap();
    assert_eq!(walked.gaps, [], "everything is shown");
    let [one, two] = [0, 1].map(|at| pair.chains[at].chain);
    let made: Vec<_> = walked
        .made
        .iter()
        .map(|made| (made.chain, made.object.clone()))
        .collect();
    assert_eq!(made, [(one, id("A.1")), (two, id("A.9"))]);
    let walk = pair.walk(2, "A.9", &[]);
    assert_eq!(pair.undelivered(2, walk), "maker-not-allowed");
    assert_eq!(fate(&pair, 2, &ends.id), EventState::Parked);
}

/// Packs that were packed by one event have one digest, also on the chain on which they were brought in.
#[test]
fn packs_of_one_case_are_told_apart() {
    let mut pair = made();
    let packed = vec![
        event(step::CREATE, &["C.1"]),
        event(step::PACK, &["A.1", "A.2"]).parent("C.1"),
    ];
    pair.chains[0].ok("maker", packed);
    pair.moves((0, 1), "maker", "C.1", "trader");
    pair.chains[1].ok("trader", vec![event(step::RECEIVE, &["C.1"])]);
    for pack in ["A.1", "A.2"] {
        let brought = pair.content(1, &[0], "C.1", pack);
        pair.delivered(1, brought);
        assert_eq!(
            pair.chains[1].object(pack).provenance,
            pair.chains[0].object("A.1").provenance
        );
    }
    pair.chains[1].ok(
        "trader",
        vec![event(step::UNPACK, &["A.1", "A.2"]).parent("C.1")],
    );
    for pack in ["A.1", "A.2"] {
        pair.moves((1, 2), "trader", pack, "trader");
        let walk = pair.walk(2, pack, &[]);
        let effects = pair.delivered(2, walk);
        assert!(
            matches!(&effects[..], [Effect::Walked { whole: true, .. }]),
            "{effects:?}"
        );
    }
    // whoever says that one was carried as the other shows nothing, and marks nothing
    let mut pair = pair;
    pair.chains[2].ok("trader", vec![event(step::RECEIVE, &["A.1"]).nonce(5)]);
    pair.moves((2, 1), "trader", "A.1", "trader");
    let mut gathered = pair.gather(1, "A.1", &[], &[]);
    for step in &mut gathered.walk.steps {
        if let Step::Carried { object, .. } = step {
            *object = id("A.2");
        }
    }
    let two = pair.chains[1].chain;
    let case = (id("C.1"), 1, id("A.2"));
    let key = keys::brought(&case.0, case.1, &case.2);
    let proven = pair.proven(1, &[key]);
    gathered.proven(&two).entries.extend(proven.entries);
    let other = pair.walk_of(1, &gathered, &gathered.walk, &[]);
    let code = pair.undelivered(1, other);
    assert!(
        ["maker-not-allowed", "walk-incomplete"].contains(&code),
        "{code}"
    );
    let flags = pair.chains[1].object("A.1").flags;
    assert!(!flags.has(Flags::WALKED) && !flags.has(Flags::REFUTED));
}

#[test]
fn a_history_that_was_written_anew_does_not_lead_to_the_lock_it_claims() {
    let mut pair = made();
    pair.moves((0, 1), "maker", "A.1", "trader");
    let one = pair.chains[0].chain;
    // the lock of chain 0 is real, another history is said to have come by it
    let other = link(Vec::new(), EventId([4; 32]));
    let mark = pangolin_ledger::hash::arrival_mark(&one, 0);
    let arrived = link(vec![other.digest], mark);
    let locked = link(vec![arrived.digest], EventId([8; 32]));
    pair.forge(1, "A.9", vec![other, arrived, locked], 2);
    let walk = pair.walk(2, "A.9", &[]);
    assert_eq!(
        pair.undelivered(2, walk),
        "bad-walk",
        "the chain's own inbox says otherwise"
    );
    let mut inbox: pangolin_ledger::state::InboxEntry =
        pair.chains[1].get(keys::inbox(&one, 0)).unwrap();
    inbox.provenance = provenance(Vec::new(), &EventId([4; 32]));
    inbox.object = id("A.9");
    pair.chains[1]
        .state
        .insert(keys::inbox(&one, 0), inbox.to_bytes());
    let walk = pair.walk(2, "A.9", &[]);
    pair.delivered(2, walk);
    assert!(matches!(
        verdict(&pair, 2, "A.9"),
        Some(Verdict::NotSent { seq: 0, .. })
    ));
}

#[test]
fn whoever_delivers_half_a_history_says_nothing_about_the_object() {
    let mut pair = travelled();
    let gathered = pair.gather(2, "A.1", &[], &[]);
    let deliver = |pair: &mut Pair, walk: &Walk| {
        let delivery = pair.walk_of(2, &gathered, walk, &[]);
        pair.undelivered(2, delivery)
    };
    // what came before it is cut off, on a chain that may make nothing
    let mut cut = gathered.walk.clone();
    let first = cut
        .steps
        .iter()
        .position(|step| matches!(step, Step::Arrival { .. }))
        .unwrap();
    let digests = pangolin_ledger::walk::digests(&cut).unwrap();
    let (chain, digest) = digests[first];
    cut.steps.drain(..=first);
    cut.steps.insert(0, Step::Gap { chain, digest });
    assert_eq!(deliver(&mut pair, &cut), "walk-incomplete");
    let mut of_other = gathered.walk.clone();
    of_other.object = id("A.2");
    assert_eq!(deliver(&mut pair, &of_other), "object-absent");
    let mut elsewhere = gathered.walk.clone();
    elsewhere.chains.rotate_left(1);
    assert_eq!(deliver(&mut pair, &elsewhere), "bad-walk");
    let mut long = gathered.walk.clone();
    let step = long.steps[0].clone();
    long.steps = vec![step; pangolin_ledger::limits::MAX_WALK_STEPS + 1];
    assert_eq!(deliver(&mut pair, &long), "bad-walk");
    let delivery = Delivery {
        items: vec![Item::Walk {
            object: id("A.1"),
            walk: vec![1, 2, 3],
        }],
        ..pair.walk(2, "A.1", &[])
    };
    assert_eq!(pair.undelivered(2, delivery), "bad-walk");
    let own = pair.gather(0, "A.2", &[], &[]);
    let mut delivery = pair.walk(2, "A.1", &[]);
    delivery.chain = pair.chains[1].chain;
    delivery.evidence = pair.prove(1, &[keys::notices()]);
    delivery.witnesses.clear();
    delivery.items = vec![Item::Walk {
        object: id("A.2"),
        walk: own.walk.to_bytes(),
    }];
    assert_eq!(
        pair.undelivered(0, delivery),
        "already-recorded",
        "it was never elsewhere"
    );
    let record = pair.chains[2].object("A.1");
    assert!(!record.flags.has(Flags::WALKED) && !record.flags.has(Flags::REFUTED));
    assert_eq!(verdict(&pair, 2, "A.1"), None);
}

#[test]
fn a_chain_that_is_suspended_is_believed_nothing() {
    let mut pair = travelled();
    let ends = end("A.1");
    pair.chains[2].parked("trader", ends.clone());
    pair.governs(2, 1, |chain| GovernanceAction::SuspendChain { chain });
    let walk = pair.walk(2, "A.1", &[]);
    assert_eq!(pair.undelivered(2, walk), "chain-suspended");
    assert_eq!(fate(&pair, 2, &ends.id), EventState::Parked);
    pair.governs(2, 1, |chain| GovernanceAction::ResumeChain { chain });
    let mut walked = pair.clone();
    let walk = pair.walk(2, "A.1", &[]);
    pair.delivered(2, walk);
    assert_eq!(fate(&pair, 2, &ends.id), EventState::Applied);

    // also afterwards
    walked.chains[2].ok("trader", vec![event(step::OBSERVE, &["A.1"])]);
    let mut walked = travelled();
    let walk = walked.walk(2, "A.1", &[]);
    walked.delivered(2, walk);
    walked.governs(2, 0, |chain| GovernanceAction::SuspendChain { chain });
    let (code, _) = walked.chains[2].refused("trader", vec![end("A.1")]);
    assert_eq!(code, "chain-suspended");
}

#[test]
fn what_is_made_of_foreign_things_waits_for_their_walks_and_needs_none_itself() {
    let mut pair = travelled();
    pair.chains[2].ok(
        "maker",
        vec![
            event(step::CREATE, &["B.1"]).attr(attribute::GROUP, "other"),
            event(step::SHIP, &["B.1"]).to("trader"),
        ],
    );
    let makes = |nonce: u8| {
        let made = event(step::TRANSFORM, &["A.1"]).attr(attribute::GROUP, "made");
        crate::support::with(made.nonce(nonce), |e| {
            e.kind = pangolin_ledger::EventKind::Transformation;
            e.outputs.objects = [id("Z.1"), id("Z.2")].into_iter().collect();
        })
    };
    pair.chains[2].ok("trader", vec![event(step::SHIP, &["A.1"]).to("maker")]);
    pair.chains[2].ok("maker", vec![event(step::RECEIVE, &["A.1"]).nonce(4)]);
    let (missing, code) = pair.chains[2].parked("maker", makes(0));
    assert_eq!(
        (missing, code.as_str()),
        (Missing::Ancestry(id("A.1")), "ancestry-unproven")
    );
    let walk = pair.walk(2, "A.1", &[]);
    pair.delivered(2, walk);
    let made = pair.chains[2].object("Z.1");
    assert!(made.is_live() && made.flags.has(Flags::WALKED));
    assert_eq!(
        made.passed.len(),
        2,
        "it came over what its parts came over"
    );
    assert!(matches!(
        verdict(&pair, 2, "Z.1"),
        Some(Verdict::Whole { .. })
    ));
    let mut without = pair.clone();
    without.disallow(2, 0);
    let (code, _) = without.chains[2].refused("maker", vec![end("Z.1")]);
    assert_eq!(
        code, "maker-not-allowed",
        "what its parts were made on counts"
    );
    pair.chains[2].ok("maker", vec![end("Z.1")]);
    // elsewhere it has to be walked, through its parts
    pair.allow(1, 2);
    pair.moves((2, 1), "maker", "Z.2", "trader");
    pair.chains[1].ok("trader", vec![event(step::RECEIVE, &["Z.2"])]);
    pair.chains[1].parked("trader", end("Z.2"));
    let walk = pair.walk(1, "Z.2", &[]);
    pair.delivered(1, walk);
    let Some(Verdict::Whole { made_on, .. }) = verdict(&pair, 1, "Z.2") else {
        panic!("not whole")
    };
    let [one, three] = [0, 2].map(|at| pair.chains[at].chain);
    assert_eq!(made_on, [one, three].into());
    assert!(!pair.chains[1].object("Z.2").is_live());
}

#[test]
fn an_act_whose_walk_does_not_come_lapses_and_may_be_stated_again() {
    let mut pair = travelled();
    let ends = end("A.1");
    pair.chains[2].parked("trader", ends.clone());
    let effects = pair.chains[2].wait(8 * DAY_MS);
    assert!(effects.contains(&Effect::Lapsed(ends.id)), "{effects:?}");
    assert_eq!(fate(&pair, 2, &ends.id), EventState::Expired);
    pair.chains[2].parked("trader", ends.clone());
    let walk = pair.walk(2, "A.1", &[]);
    pair.delivered(2, walk);
    assert_eq!(fate(&pair, 2, &ends.id), EventState::Applied);
}

/// One change of a walk.
fn change(walk: &mut Walk, at: usize, how: u8) {
    let len = walk.steps.len();
    let at = at % len;
    match how % 6 {
        0 => drop(walk.steps.remove(at)),
        1 => walk.steps.swap(at, (at + 1) % len),
        2 => walk.steps.insert(at, walk.steps[(at + 1) % len].clone()),
        3 => {
            let digests = pangolin_ledger::walk::digests(walk).unwrap();
            let (chain, digest) = digests[at];
            walk.steps[at] = Step::Gap { chain, digest };
        }
        4 => touched(&mut walk.steps[at]),
        _ => elsewhere(&mut walk.steps[at]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    /// Whoever changes a walk, or leaves chains out, marks nothing: neither as whole nor as refuted.
    #[test]
    fn a_walk_that_was_changed_marks_nothing(
        pallet in any::<bool>(),
        at in 0..20_usize,
        how in any::<u8>(),
        silent in proptest::option::of(0..2_usize),
    ) {
        let mut pair = if pallet { on_a_pallet() } else { travelled() };
        let silent: Vec<usize> = silent.into_iter().collect();
        let gathered = pair.gather(2, "A.1", &[], &[]);
        let mut walk = gathered.walk.clone();
        change(&mut walk, at, how);
        let delivery = pair.walk_of(2, &gathered, &walk, &silent);
        let outcome = pair.deliver(2, delivery);
        let flags = pair.chains[2].object("A.1").flags;
        prop_assert!(!flags.has(Flags::REFUTED));
        let same = walk == gathered.walk && silent.is_empty();
        prop_assert_eq!(flags.has(Flags::WALKED), same, "{:?}", walk);
        prop_assert_eq!(outcome.receipt().is_some(), same);
    }
}
