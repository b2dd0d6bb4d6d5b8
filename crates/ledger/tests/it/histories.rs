//! Random histories: what must be true whatever happens, in whatever order, however the machine is fed.

use std::collections::BTreeMap;

use pangolin_ledger::{
    Body, Event, Key, Missing, Outcome, PartyId, Wire,
    state::{
        Balance, Content, EventRecord, EventState, Feed, Flags, Holder, Namespace, Object, Parked,
        Source, Usage, WaitingList, keys,
    },
};
use proptest::prelude::*;

use crate::support::{
    EventExt, Feeding, World, event_at, histories, party, step,
    walk::{Choices, PARTIES, any_event, bulk, valid_history},
};

fn records<T: Wire>(w: &World, namespace: Namespace) -> Vec<(Key, T)> {
    let all = w
        .state
        .iter()
        .filter(|(key, _)| key.namespace() == Some(namespace));
    all.map(|(key, bytes)| (*key, T::from_bytes(bytes).unwrap()))
        .collect()
}

/// What must be true of every state.
fn check(w: &World, events: &[(&str, Event)]) {
    let mut children: BTreeMap<Key, (u32, BTreeMap<Content, u32>)> = BTreeMap::new();
    let objects: BTreeMap<Key, Object> = records(w, Namespace::Object).into_iter().collect();
    for object in objects.values().filter(|object| object.exists()) {
        // One holder: a known party, or a container that exists.
        match object.holder.as_ref().unwrap() {
            Holder::Party(party) => assert!(w.state.contains_key(&keys::party(party))),
            Holder::Container(placement) => {
                let key = keys::object(&placement.container);
                let container = &objects[&key];
                assert!(placement.epoch <= container.epoch);
                assert!(object.pending.is_none(), "only the outermost is offered");
                if placement.epoch == container.epoch {
                    let entry = children.entry(key).or_default();
                    entry.0 += 1;
                    for (content, n) in object.inside.clone().into_iter().chain(traits(object)) {
                        *entry.1.entry(content).or_default() += n;
                    }
                } else {
                    assert!(
                        w.state
                            .contains_key(&keys::released(&placement.container, placement.epoch))
                    );
                }
            }
            Holder::Transit { .. } => panic!("an object is with somebody"),
        }
    }
    for (key, object) in &objects {
        let (count, inside) = children.remove(key).unwrap_or_default();
        assert_eq!((object.children, &object.inside), (count, &inside));
    }
    parking(w, &objects);
    conservation(w, events);
    at_most_once(w, events);
}

/// What an object adds to the counts of the containers around it, besides what is inside it.
fn traits(object: &Object) -> Vec<(Content, u32)> {
    let mut traits: Vec<Content> = object
        .class
        .clone()
        .map(Content::Class)
        .into_iter()
        .collect();
    traits.extend(object.group.clone().map(Content::Group));
    traits.extend((object.stage.0 != 0).then_some(Content::Stage(object.stage)));
    traits.extend(object.flags.has(Flags::HELD).then_some(Content::Held));
    traits.extend(object.flags.has(Flags::USED).then_some(Content::Used));
    traits.into_iter().map(|content| (content, 1)).collect()
}

/// Whoever tries, each object was created once: of all events that create it one is applied.
fn at_most_once(w: &World, events: &[(&str, Event)]) {
    let mut created: BTreeMap<String, usize> = BTreeMap::new();
    let mut told = std::collections::BTreeSet::new();
    for (_, event) in events {
        let record: Option<EventRecord> = w.get(keys::event(&event.id));
        let applied = record.is_some_and(|record| record.state == EventState::Applied);
        if event.step.0 == step::CREATE && applied && told.insert(event.id) {
            for object in &event.objects {
                *created.entry(object.to_string()).or_default() += 1;
            }
        }
    }
    assert!(created.values().all(|n| *n == 1), "{created:?}");
}

/// Parked events, waiting lists, flags and counts agree.
fn parking(w: &World, objects: &BTreeMap<Key, Object>) {
    let mut lists: BTreeMap<Key, usize> = BTreeMap::new();
    let mut per_party: BTreeMap<PartyId, u32> = BTreeMap::new();
    for (key, parked) in records::<Parked>(w, Namespace::Parked) {
        assert_eq!(key, keys::parked(&parked.event.id));
        let record: EventRecord = w.get(keys::event(&parked.event.id)).unwrap();
        assert_eq!(record.state, EventState::Parked);
        *per_party.entry(parked.issuer).or_default() += parked.event.weight();
        for missing in &parked.missing {
            *lists.entry(keys::waiting(missing)).or_default() += 1;
            match missing {
                Missing::Object(object) => {
                    assert!(objects[&keys::object(object)].flags.has(Flags::AWAITED));
                }
                Missing::Feed { chain, lane } => {
                    let feed: Feed = w.get(keys::feed(chain)).unwrap();
                    assert!(feed.lanes.contains(lane));
                }
                Missing::Ancestry(object) => {
                    assert!(!objects[&keys::object(object)].flags.has(Flags::WALKED));
                }
                Missing::Fact { source, .. } => {
                    assert!(w.get::<Source>(keys::source(source)).is_some());
                }
                Missing::Stock { holder, stock } => {
                    assert!(
                        w.get::<Balance>(keys::balance(holder, stock))
                            .unwrap()
                            .awaited
                    );
                }
            }
        }
    }
    for (key, list) in records::<WaitingList>(w, Namespace::Waiting) {
        assert_eq!(lists.remove(&key), Some(list.entries.len()));
    }
    assert!(lists.is_empty());
    for (_, record) in records::<EventRecord>(w, Namespace::Event) {
        assert_ne!(record.state, EventState::Rejected(String::new()));
    }
    for name in PARTIES {
        let usage: Option<Usage> = w.get(keys::usage(&party(name)));
        assert_eq!(
            usage.map_or(0, |usage| usage.parked),
            per_party.get(&party(name)).copied().unwrap_or(0)
        );
    }
}

/// What was made and not ended is somewhere.
fn conservation(w: &World, events: &[(&str, Event)]) {
    let mut expected = 0i128;
    for (_, event) in events {
        let record: Option<EventRecord> = w.get(keys::event(&event.id));
        if let Some(amount) = event.quantities.get(&bulk())
            && record.is_some_and(|record| record.state == EventState::Applied)
        {
            match event.step.0 {
                step::CREATE => expected += i128::from(amount.0),
                step::END => expected -= i128::from(amount.0),
                _ => {}
            }
        }
    }
    let there: i128 = records::<Balance>(w, Namespace::Balance)
        .iter()
        .map(|(_, b)| i128::from(b.amount.0))
        .sum();
    assert_eq!(there, expected);
}

/// Sends random events in blocks of random size.
fn walk(seed: u64, steps: u64, feeding: Feeding) -> (World, Vec<(&'static str, Event)>) {
    let mut c = Choices(seed);
    let mut w = World::new();
    w.feeding = feeding;
    let mut sent = Vec::new();
    let mut n = 0;
    while n < steps {
        let mut txs = Vec::new();
        for _ in 0..=c.below(3) {
            let (who, event) = any_event(&mut c, n);
            let mut events = vec![event];
            while c.below(4) == 0 {
                n += 1;
                events.push(any_event(&mut c, n).1);
            }
            n += 1;
            sent.extend(events.iter().map(|event| (who, event.clone())));
            txs.push(w.tx(who, Body::Events(events)));
        }
        w.block(&txs);
        if c.below(30) == 0 {
            w.wait(3 * 24 * 3_600_000);
        }
    }
    (w, sent)
}

/// Feeds the valid history of `seed` in the order of `order`: nothing is refused, and the result is that of the true order.
fn converges(seed: u64, order: u64) {
    let (reference, history) = valid_history(seed, 24);
    let mut shuffled = history.clone();
    Choices(order).shuffle(&mut shuffled);
    let mut w = World::new();
    for (who, event) in &shuffled {
        let outcome = w.say(who, vec![event.clone()]);
        assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
    }
    // A chain of events that is too deep for one block goes on in the next.
    for _ in 0..history.len() {
        if records::<Parked>(&w, Namespace::Parked).is_empty() {
            break;
        }
        w.block(&[]);
    }
    check(&w, &history);
    for namespace in [
        Namespace::Object,
        Namespace::Released,
        Namespace::Handover,
        Namespace::Parked,
    ] {
        let of = |w: &World| {
            let mut all = w.state.clone();
            all.retain(|key, _| key.namespace() == Some(namespace));
            all
        };
        assert_eq!(of(&w), of(&reference), "{namespace:?}");
    }
}

proptest! {
    #![proptest_config(histories(10))]

    #[test]
    fn whatever_happens_the_state_is_sound(seed in any::<u64>()) {
        let (w, sent) = walk(seed, 200, Feeding::Hints);
        check(&w, &sent);
    }

    #[test]
    fn the_result_does_not_depend_on_how_records_are_supplied(seed in any::<u64>()) {
        let (reference, _) = walk(seed, 60, Feeding::Everything);
        for feeding in [Feeding::Hints, Feeding::OnDemand, Feeding::Piecemeal] {
            let (w, _) = walk(seed, 60, feeding);
            prop_assert_eq!(&w.state, &reference.state, "{:?}", feeding);
        }
    }

    #[test]
    fn a_valid_history_converges_in_any_order(seed in any::<u64>(), order in any::<u64>()) {
        converges(seed, order);
    }

    #[test]
    fn goods_that_visit_nobody_twice_converge_without_stated_predecessors(order in any::<u64>()) {
        let mut history = Vec::new();
        for (n, pack) in ["A.1", "A.2", "A.3"].into_iter().enumerate() {
            let at = |k: i64| 100 * i64::try_from(n).unwrap() + k;
            history.push(("maker", event_at(step::CREATE, &[pack], at(0))));
            let chain = ["maker", "trader", "other", "user"];
            for (k, [from, to]) in chain.array_windows().enumerate() {
                let k = 2 * i64::try_from(k).unwrap();
                history.push((from, event_at(step::SHIP, &[pack], at(k + 1)).to(to)));
                history.push((to, event_at(step::RECEIVE, &[pack], at(k + 2))));
            }
            history.push(("user", event_at(step::END, &[pack], at(9))));
        }
        let run = |events: &[(&str, Event)]| {
            let mut w = World::new();
            for (who, event) in events {
                w.say(who, vec![event.clone()]);
            }
            w
        };
        let reference = run(&history);
        let mut shuffled = history.clone();
        Choices(order).shuffle(&mut shuffled);
        let w = run(&shuffled);
        check(&w, &history);
        for pack in ["A.1", "A.2", "A.3"] {
            prop_assert_eq!(w.object(pack), reference.object(pack));
            prop_assert!(!w.object(pack).is_live());
        }
        prop_assert!(records::<Parked>(&w, Namespace::Parked).is_empty());
    }
}

#[test]
fn a_pack_that_leaves_a_case_let_out_of_its_container_converges() {
    converges(9_991_717_987_644_298_861, 3_301_087_721_778_358_193);
}

#[test]
fn a_container_that_let_others_out_and_moved_on_converges() {
    converges(10_427_085_078_161_989_713, 13_285_316_807_053_703_091);
}

#[test]
fn a_chain_of_events_too_deep_for_one_block_converges_in_the_next() {
    converges(6_849_243_300_974_033_688, 9_320_086_099_102_714_494);
}

#[test]
fn walks_do_reach_the_interesting_places() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..10 {
        let (w, sent) = walk(seed, 200, Feeding::Hints);
        for (_, event) in &sent {
            let record: Option<EventRecord> = w.get(keys::event(&event.id));
            let state = record.map_or("refused".to_owned(), |record| format!("{:?}", record.state));
            *seen
                .entry(state.split('(').next().unwrap().to_owned())
                .or_default() += 1;
        }
    }
    for state in ["Applied", "Parked", "Expired", "Rejected", "refused"] {
        assert!(
            seen.get(state).is_some_and(|n| *n >= 5),
            "{state}: {seen:?}"
        );
    }
    let (_, history) = valid_history(1, 24);
    assert!(history.len() >= 20);
    let steps: std::collections::BTreeSet<u16> =
        history.iter().map(|(_, event)| event.step.0).collect();
    assert!(steps.len() >= 6, "{steps:?}");
    let unnamed = |(_, event): &(&str, Event)| event.expected.keys().any(|id| !event.names(id));
    let rest_on_others = (0..10)
        .flat_map(|seed| valid_history(seed, 24).1)
        .filter(unnamed)
        .count();
    assert!(rest_on_others >= 5, "{rest_on_others}");
}
