//! K6 and K9 between chains: what is inside a container follows it by one record, over any number of chains, and lives once.

use pangolin_ledger::{
    Amount, Body, ClassId, Code, Correction, Delivery, Effect, Event, Item, OrderBody, OrderKind,
    OrderScope, OrderTerms, Outcome, Stock, TimeMs, Witness,
    state::{
        Ancestry, Balance, Channel, Content, Filling, Flags, Holder, InboxResult, Placement,
        Unwelcome, keys,
    },
};
use proptest::prelude::*;

use crate::support::{
    EventExt, Pair, START_MS, World, attribute, event, histories, id, party, step, with,
};

/// Chain 0 with packs A.1 to A.4 of a group, A.1 to A.3 in case C.1, that on pallet P.1.
fn loaded() -> Pair {
    let mut pair = Pair::new();
    let made = event(step::CREATE, &["A.1", "A.2", "A.3", "A.4"])
        .attr(attribute::GROUP, "lot")
        .attr(attribute::EXPIRY, "2030-01-01");
    let packed = vec![
        made,
        event(step::CREATE, &["C.1", "P.1"]),
        event(step::PACK, &["A.1", "A.2", "A.3"]).parent("C.1"),
        event(step::PACK, &["C.1"]).parent("P.1"),
    ];
    pair.chains[0].ok("maker", packed);
    pair
}

fn receive(pair: &mut Pair, at: usize, by: &str, object: &str) {
    let n = pair.chains[at].height.to_be_bytes()[7];
    pair.chains[at].ok(by, vec![event(step::RECEIVE, &[object]).nonce(n)]);
}

/// The pallet goes over a hop and is received.
fn goes(pair: &mut Pair, hop: (usize, usize), by: &str, to: &str) {
    pair.moves(hop, by, "P.1", to);
    receive(pair, hop.1, to, "P.1");
}

fn bring(pair: &mut Pair, at: usize, way: &[usize], container: &str, object: &str) {
    let delivery = pair.content(at, way, container, object);
    let effects = pair.delivered(at, delivery);
    assert!(
        matches!(&effects[0], Effect::BroughtIn { object: brought, .. } if *brought == id(object))
    );
}

/// Case and pack.
fn bring_pack(pair: &mut Pair, at: usize, way: &[usize], pack: &str) {
    bring(pair, at, way, "P.1", "C.1");
    bring(pair, at, way, "C.1", pack);
}

fn recall(w: &mut World, object: &str) {
    let terms = OrderTerms {
        kind: OrderKind::Recall,
        scope: OrderScope::Object(id(object)),
        reason: Code(1),
        legal_basis: "Act 12, section 3".into(),
        expires: None,
        officers: 1,
        document: None,
    };
    w.enact("gov", Body::Order(OrderBody::Issue(terms)));
}

fn bulk(step: u16, amount: u64) -> Event {
    with(event(step, &[]), |e| {
        let stock = Stock::Class(ClassId::new("bulk").unwrap());
        e.quantities.insert(stock, Amount(amount));
    })
}

fn has_bulk(w: &World, holder: &Holder) -> u64 {
    let stock = Stock::Class(ClassId::new("bulk").unwrap());
    let balance: Option<Balance> = w.get(keys::balance(holder, &stock));
    balance.map_or(0, |balance| balance.amount.0)
}

fn lives(pair: &Pair, at: usize, object: &str) -> bool {
    pair.chains[at].status(object).live
}

#[test]
fn a_pallet_moves_by_one_record_and_its_packs_are_used_there() {
    let mut pair = loaded();
    goes(&mut pair, (0, 1), "maker", "trader");
    assert!(!lives(&pair, 0, "A.1"), "it went with its containers");
    let there = pair.chains[1].chain;
    assert_eq!(pair.chains[0].status("A.1").away, Some(there));
    let (code, _) = pair.chains[0].refused("maker", vec![event(step::OBSERVE, &["A.1"])]);
    assert_eq!(code, "object-elsewhere");

    let unpack = event(step::UNPACK, &["C.1"]).parent("P.1");
    assert_eq!(pair.chains[1].parked("trader", unpack).1, "object-absent");
    let history = pair.chains[0].object("A.1");
    bring_pack(&mut pair, 1, &[0], "A.1");
    let here = pair.chains[1].object("A.1");
    assert_eq!(
        (here.seq, here.provenance),
        (history.seq, history.provenance)
    );
    assert!(lives(&pair, 1, "A.1"));
    assert_eq!(pair.chains[1].custodian("A.1").as_deref(), Some("trader"));
    assert!(
        pair.chains[1].object("C.1").placement().is_none(),
        "the unpacking that waited was tried"
    );
    pair.chains[1].ok("trader", vec![event(step::UNPACK, &["A.1"]).parent("C.1")]);
    assert_eq!(pair.chains[1].object("C.1").children, 2);
    pair.chains[1].ok("trader", vec![event(step::END, &["A.1"])]);

    let again = pair.content(1, &[0], "C.1", "A.1");
    assert_eq!(pair.undelivered(1, again), "already-recorded");
    let loose = pair.content(1, &[0], "C.1", "A.4");
    assert_eq!(pair.undelivered(1, loose), "not-inside");
    let nobody = pair.content(1, &[0], "C.1", "A.9");
    let code = pair.undelivered(1, nobody);
    assert_eq!(code, "not-proven", "no proof shows what nobody knows");
}

/// Container and filling are named by whoever delivers. A validator that took a name for a record of its own would stop.
#[test]
fn fillings_that_there_are_not_bring_nothing_in() {
    let mut pair = loaded();
    goes(&mut pair, (0, 1), "maker", "trader");
    let good = pair.content(1, &[0], "P.1", "C.1");
    let named = |container: &str, epoch| {
        let item = Item::Content {
            container: id(container),
            epoch,
            object: id("C.1"),
        };
        Delivery {
            items: vec![item],
            ..good.clone()
        }
    };
    // only events that wait know of this one
    let waits = event(step::UNPACK, &["A.8"]).parent("P.8");
    pair.chains[1].parked("trader", waits);
    for (container, epoch) in [
        ("P.9", 0),
        ("P.8", 0),
        ("P.1", 0),
        ("P.1", 2),
        ("P.1", u32::MAX),
    ] {
        let code = pair.undelivered(1, named(container, epoch));
        assert_eq!(code, "no-such-filling", "{container} {epoch}");
    }
    pair.delivered(1, good.clone());
    // emptied piece by piece, it leaves without anything and comes back filled
    let out = event(step::UNPACK, &["C.1"]).parent("P.1");
    pair.chains[1].ok("trader", vec![out]);
    goes(&mut pair, (1, 0), "trader", "maker");
    pair.chains[0].ok("maker", vec![event(step::PACK, &["A.4"]).parent("P.1")]);
    goes(&mut pair, (0, 1), "maker", "trader");
    let record = pair.chains[1].object("P.1");
    for epoch in 0..record.epoch {
        let delivery = named("P.1", epoch);
        assert_eq!(pair.undelivered(1, delivery), "no-such-filling", "{epoch}");
    }
}

#[test]
fn what_a_move_writes_does_not_depend_on_what_is_inside() {
    let mut pair = Pair::new();
    let packs: Vec<String> = (0..60).map(|n| format!("A.{n}")).collect();
    let packs: Vec<&str> = packs.iter().map(String::as_str).collect();
    let (few, many) = packs.split_at(2);
    for (container, packs) in [("P.1", few), ("P.2", many)] {
        let made = event(step::CREATE, packs).attr(attribute::GROUP, "lot");
        let packed = event(step::PACK, packs).parent(container);
        let made = vec![made, event(step::CREATE, &[container]), packed];
        pair.chains[0].ok("maker", made);
    }
    let written = ["P.1", "P.2"].map(|container| {
        let mut pair = pair.clone();
        pair.moves((0, 1), "maker", container, "trader");
        pair.chains[1].state.len()
    });
    assert_eq!(written[0], written[1]);
}

#[test]
fn unopened_there_and_back() {
    let mut pair = loaded();
    goes(&mut pair, (0, 1), "maker", "trader");
    goes(&mut pair, (1, 0), "trader", "maker");
    assert_eq!(pair.chains[0].object("P.1").epoch, 2);
    let out = event(step::UNPACK, &["C.1"]).parent("P.1");
    assert_eq!(pair.chains[0].parked("maker", out).1, "not-brought-in");
    assert_eq!(
        pair.chains[0].status("A.1").away,
        Some(pair.chains[1].chain)
    );
    bring(&mut pair, 0, &[1, 0], "P.1", "C.1");
    assert!(pair.chains[0].object("C.1").placement().is_none());
    assert!(
        lives(&pair, 0, "A.1"),
        "its case had not been touched elsewhere"
    );
    assert_eq!(pair.chains[0].object("C.1").epoch, 0);
}

#[test]
fn an_order_that_came_while_it_was_away_counts_in_all_containers() {
    let mut pair = loaded();
    goes(&mut pair, (0, 1), "maker", "trader");
    recall(&mut pair.chains[0], "A.2");
    goes(&mut pair, (1, 0), "trader", "maker");
    bring(&mut pair, 0, &[1, 0], "P.1", "C.1");
    let inside = Content::Object(id("A.2"));
    assert_eq!(pair.chains[0].object("P.1").inside.get(&inside), Some(&1));
    let (code, _) = pair.chains[0].refused("maker", vec![event(step::SHIP, &["P.1"]).to("trader")]);
    assert_eq!(code, "on-recall");
}

#[test]
fn an_order_at_the_destination_concerns_what_is_brought_in() {
    let mut pair = loaded();
    recall(&mut pair.chains[1], "A.1");
    goes(&mut pair, (0, 1), "maker", "trader");
    bring_pack(&mut pair, 1, &[0], "A.1");
    for container in ["C.1", "P.1"] {
        let inside = Content::Object(id("A.1"));
        assert_eq!(
            pair.chains[1].object(container).inside.get(&inside),
            Some(&1)
        );
    }
    let (code, _) = pair.chains[1].refused("trader", vec![event(step::SHIP, &["P.1"]).to("maker")]);
    assert_eq!(code, "on-recall");
}

#[test]
fn what_came_out_on_the_way_is_not_inside() {
    let mut pair = loaded();
    goes(&mut pair, (0, 1), "maker", "trader");
    bring_pack(&mut pair, 1, &[0], "A.1");
    let (case, pack) = (id("C.1"), id("A.1"));
    let known = [
        keys::object(&pack),
        keys::filling(&case, 1),
        keys::brought(&case, 1, &pack),
    ];
    let early = pair.prove(1, &known);
    pair.chains[1].ok("trader", vec![event(step::UNPACK, &["A.1"]).parent("C.1")]);
    goes(&mut pair, (1, 2), "trader", "user");
    assert!(lives(&pair, 1, "A.1"));
    bring(&mut pair, 2, &[1, 0], "P.1", "C.1");
    let good = pair.content(2, &[1, 0], "C.1", "A.1");
    assert_eq!(pair.undelivered(2, good.clone()), "not-inside");
    // the state of chain 1 before it came out
    let stale = Delivery {
        evidence: early,
        ..good.clone()
    };
    assert_eq!(pair.undelivered(2, stale), "stale-proof");
    let alone = Delivery {
        witnesses: Vec::new(),
        ..good
    };
    assert_eq!(
        pair.undelivered(2, alone),
        "not-proven",
        "each chain on the way is heard"
    );
    bring(&mut pair, 2, &[1, 0], "C.1", "A.2");
    assert!(lives(&pair, 2, "A.2") && !lives(&pair, 1, "A.2") && !lives(&pair, 0, "A.2"));
    let Some(Filling {
        came: Some(stay), ..
    }) = pair.chains[2].get(keys::filling(&id("C.1"), 2))
    else {
        panic!("the case came filled");
    };
    assert_eq!((stay.chain, stay.epoch), (pair.chains[1].chain, 1));
}

#[test]
fn what_was_let_out_elsewhere_is_brought_in_there() {
    let mut pair = loaded();
    goes(&mut pair, (0, 1), "maker", "trader");
    pair.chains[1].ok("trader", vec![event(step::EMPTY, &[]).parent("P.1")]);
    goes(&mut pair, (1, 0), "trader", "maker");
    assert!(!lives(&pair, 0, "C.1"));
    let delivery = pair.content_of(1, &[0], ("P.1", 1), "C.1");
    pair.delivered(1, delivery);
    assert!(lives(&pair, 1, "C.1"));
    assert_eq!(pair.chains[1].custodian("C.1").as_deref(), Some("trader"));
    pair.moves((1, 0), "trader", "C.1", "maker");
    assert!(lives(&pair, 0, "C.1") && !lives(&pair, 1, "C.1"));
    receive(&mut pair, 0, "maker", "C.1");
    bring(&mut pair, 0, &[1, 0], "C.1", "A.3");
    assert!(lives(&pair, 0, "A.3") && !lives(&pair, 1, "A.3"));
}

#[test]
fn quantities_inside_come_along_once() {
    let mut pair = loaded();
    let fill = |pair: &mut Pair| {
        pair.chains[0].ok("maker", vec![bulk(step::CREATE, 9)]);
        pair.chains[0].ok("maker", vec![bulk(step::PACK, 7).parent("P.1")]);
    };
    fill(&mut pair);
    goes(&mut pair, (0, 1), "maker", "trader");
    let inside = Holder::Container(Placement {
        container: id("P.1"),
        epoch: 1,
    });
    assert_eq!(has_bulk(&pair.chains[1], &inside), 7);
    let empties = event(step::EMPTY, &[]).parent("P.1");
    pair.chains[1].ok("trader", vec![empties]);
    let own = |name| Holder::Party(party(name));
    assert_eq!(has_bulk(&pair.chains[1], &own("trader")), 7);
    assert_eq!(has_bulk(&pair.chains[0], &own("maker")), 2);

    let mut pair = loaded();
    fill(&mut pair);
    let seq = pair.depart((0, 1), "maker", "P.1", "trader", 1_000_000);
    let mut bare = pair.arrival((0, 1), seq, pair.record(0, "P.1"));
    let group = pair.chains[0].object("A.1").group.unwrap();
    let there = pair.chains[1].chain;
    let shown = [keys::outbox(&there, seq), keys::group(&group)];
    bare.evidence = pair.prove(0, &shown);
    let code = pair.undelivered(1, bare);
    assert_eq!(code, "not-proven", "what is inside is proven too");
}

#[test]
fn a_third_chain_sends_it_home() {
    let mut pair = loaded();
    for (hop, by, to) in [((0, 1), "maker", "trader"), ((1, 2), "trader", "user")] {
        goes(&mut pair, hop, by, to);
    }
    let seq = pair.depart((2, 0), "user", "P.1", "maker", 86_400_000);
    let arrival = pair.arrival((2, 0), seq, pair.record(2, "P.1"));
    assert_eq!(pair.undelivered(0, arrival.clone()), "not-proven");
    let told = |evidence| Delivery {
        witnesses: vec![Witness {
            chain: pair.chains[1].chain,
            evidence,
        }],
        ..arrival.clone()
    };
    let good = told(pair.prove(1, &[keys::object(&id("P.1"))]));
    let twice = Delivery {
        witnesses: [good.witnesses.clone(), good.witnesses.clone()].concat(),
        ..good.clone()
    };
    assert_eq!(pair.undelivered(0, twice), "malformed");
    pair.delivered(0, good);
    assert!(lives(&pair, 0, "P.1"));
    receive(&mut pair, 0, "maker", "P.1");
    bring(&mut pair, 0, &[2, 1, 0], "P.1", "C.1");
    assert!(lives(&pair, 0, "A.1"));
}

#[test]
fn what_lives_between_is_not_let_in() {
    let mut pair = loaded();
    goes(&mut pair, (0, 1), "maker", "trader");
    // chain 2 has a pallet of the same name and says it comes from chain 1
    pair.chains[2].ok("maker", vec![event(step::CREATE, &["P.1"])]);
    for n in 0..9 {
        pair.chains[2].ok("maker", vec![event(step::OBSERVE, &["P.1"]).nonce(n)]);
    }
    let seq = pair.depart((2, 0), "maker", "P.1", "maker", 86_400_000);
    let mut arrival = pair.arrival((2, 0), seq, pair.record(2, "P.1"));
    let evidence = pair.prove(1, &[keys::object(&id("P.1"))]);
    arrival.witnesses = vec![Witness {
        chain: pair.chains[1].chain,
        evidence,
    }];
    let effects = pair.delivered(0, arrival);
    let refused = InboxResult::Refused(Unwelcome::Present);
    assert!(matches!(&effects[..], [Effect::Arrived { result, .. }] if *result == refused));
}

#[test]
fn nothing_comes_out_of_what_is_away_by_a_correction() {
    let mut pair = loaded();
    let packed = event(step::PACK, &["A.4"]).parent("P.1");
    pair.chains[0].ok("maker", vec![packed.clone()]);
    goes(&mut pair, (0, 1), "maker", "trader");
    let correction = Body::Correction(Box::new(Correction {
        event: packed,
        declared: TimeMs(START_MS),
        reason: Code(1),
        note: "not packed".into(),
        correctives: Vec::new(),
    }));
    let effects = pair.chains[0].enact("maker", correction);
    let superseded = Effect::Superseded(id("A.4"));
    assert!(effects.contains(&superseded), "{effects:?}");
    assert!(!lives(&pair, 0, "A.4"));
    bring(&mut pair, 1, &[0], "P.1", "A.4");
}

/// What may happen in a random history of three chains.
#[derive(Debug, Clone)]
enum Act {
    Move { object: usize, to: usize },
    Bring { object: usize, at: usize },
    Unpack { object: usize },
    Pack { object: usize, container: usize },
    Empty { object: usize },
    Observe { object: usize },
}

const THINGS: [&str; 6] = ["A.1", "A.2", "A.3", "A.4", "C.1", "P.1"];
const CONTAINERS: [&str; 2] = ["C.1", "P.1"];

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let thing = || 0..THINGS.len();
    let act = prop_oneof![
        5 => (thing(), 0..3_usize).prop_map(|(object, to)| Act::Move { object, to }),
        6 => (thing(), 0..3_usize).prop_map(|(object, at)| Act::Bring { object, at }),
        2 => thing().prop_map(|object| Act::Unpack { object }),
        2 => (thing(), 0..2_usize).prop_map(|(object, container)| Act::Pack { object, container }),
        1 => (0..2_usize).prop_map(|object| Act::Empty { object: object + 4 }),
        2 => thing().prop_map(|object| Act::Observe { object }),
    ];
    proptest::collection::vec(act, 1..40)
}

/// A history under way. All parties are one: who may do what is shown elsewhere.
struct History {
    pair: Pair,
    turn: u8,
}

impl History {
    fn home(&self, object: &str) -> Option<usize> {
        let homes: Vec<usize> = (0..3).filter(|at| lives(&self.pair, *at, object)).collect();
        assert!(homes.len() <= 1, "{object} lives on {homes:?}");
        homes.first().copied()
    }

    fn says(&mut self, at: usize, event: pangolin_ledger::Event) -> bool {
        let event = event.nonce(self.turn);
        matches!(
            self.pair.chains[at].say("maker", vec![event]),
            Outcome::Applied(_)
        )
    }

    fn act(&mut self, act: &Act) {
        self.turn = self.turn.wrapping_add(1);
        match act {
            Act::Move { object, to } => self.moves(THINGS[*object], *to),
            Act::Bring { object, at } => self.bring(THINGS[*object], *at),
            Act::Unpack { object } => {
                let name = THINGS[*object];
                let Some(at) = self.home(name) else { return };
                let Some(placement) = self.pair.chains[at].object(name).placement().cloned() else {
                    return;
                };
                let container = placement.container.to_string();
                self.says(at, event(step::UNPACK, &[name]).parent(&container));
            }
            Act::Pack { object, container } => {
                let (name, container) = (THINGS[*object], CONTAINERS[*container]);
                if let Some(at) = self.home(name)
                    && name != container
                    && self.home(container) == Some(at)
                {
                    self.says(at, event(step::PACK, &[name]).parent(container));
                }
            }
            Act::Empty { object } => {
                if let Some(at) = self.home(THINGS[*object]) {
                    self.says(at, event(step::EMPTY, &[]).parent(THINGS[*object]));
                }
            }
            Act::Observe { object } => {
                if let Some(at) = self.home(THINGS[*object]) {
                    self.says(at, event(step::OBSERVE, &[THINGS[*object]]));
                }
            }
        }
    }

    /// Where an object lives, its walk is delivered, and finds that it was made on chain 0, where everything was.
    fn walked(&mut self, name: &str, home: usize) {
        let record = self.pair.chains[home].object(name);
        if record.passed.is_empty() {
            return;
        }
        let gathered = self.pair.gather(home, name, &[], &[]);
        let gaps = gathered.gaps();
        let walk = self.pair.walk(home, name, &[]);
        match self.pair.deliver(home, walk) {
            Outcome::Applied(_) => {
                let walked = self.pair.chains[home].object(name);
                let ancestry: Option<Ancestry> =
                    self.pair.chains[home].get(keys::ancestry(&id(name)));
                assert!(
                    walked.flags.has(Flags::WALKED),
                    "{name} at {home}: {ancestry:?}"
                );
                assert_eq!(walked.provenance, record.provenance);
            }
            // of what came home and went on since, a chain cannot show any more that it had been inside
            Outcome::Refused(refusal) => {
                let expect = ("walk-incomplete", vec!["carried-not-shown"]);
                assert_eq!((refusal.code, gaps), expect, "{name} at {home}: {refusal}");
            }
        }
    }

    /// Over one hop, with what the chains between tell where it returns.
    fn moves(&mut self, name: &str, to: usize) {
        let Some(at) = self.home(name) else { return };
        if at == to {
            return;
        }
        let departs = self
            .pair
            .departure((at, to), &[name], "maker", 86_400_000)
            .nonce(self.turn);
        self.pair.chains[at].say("maker", vec![departs]);
    }

    /// Delivers every lock, with what the third chain tells where it returns; a departure may have waited.
    fn deliver(&mut self) {
        for (from, to) in [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)] {
            let [source, there] = [from, to].map(|at| self.pair.chains[at].chain);
            let channel: Option<Channel> = self.pair.chains[from].get(keys::channel(&there));
            for seq in 0..channel.map_or(0, |channel| channel.next_out) {
                let inbox = keys::inbox(&source, seq);
                if !self.pair.chains[to].state.contains_key(&inbox) {
                    self.deliver_one((from, to), seq);
                }
            }
        }
    }

    fn deliver_one(&mut self, (from, to): (usize, usize), seq: u64) {
        let object = self.pair.lock((from, to), seq).object;
        let name = object.to_string();
        let record = self.pair.record(from, &name);
        let mut arrival = self.pair.arrival((from, to), seq, record);
        let third = 3 - from - to;
        let evidence = self.pair.prove_way(third, &THINGS);
        let chain = self.pair.chains[third].chain;
        arrival.witnesses = vec![Witness { chain, evidence }];
        let effects = self.pair.delivered(to, arrival);
        let Some(Effect::Arrived { result, .. }) = effects.first() else {
            panic!("{effects:?}")
        };
        assert_eq!(*result, InboxResult::Accepted, "{name} from {from} to {to}");
        let received = event(step::RECEIVE, &[&name]).nonce(self.turn);
        self.pair.chains[to].ok("maker", vec![received]);
    }

    /// Whatever filling it may have come in.
    fn bring(&mut self, name: &str, at: usize) {
        for container in CONTAINERS
            .into_iter()
            .filter(|container| *container != name)
        {
            let Some(record) = self.pair.known(at, container) else {
                continue;
            };
            for epoch in (0..=record.epoch).rev() {
                if let Some(way) = self.pair.way(at, container, epoch) {
                    let delivery = self.pair.content_of(at, &way, (container, epoch), name);
                    self.pair.deliver(at, delivery);
                    self.home(name);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(histories(4))]

    /// Whatever moves, is packed, opened and brought in: nothing lives twice, and everything can be brought to where it lives.
    #[test]
    fn everything_lives_once(acts in acts()) {
        let mut history = History { pair: loaded(), turn: 0 };
        history.pair.allow(1, 0);
        history.pair.allow(2, 0);
        for act in &acts {
            history.act(act);
            history.deliver();
            for name in THINGS {
                history.home(name);
            }
        }
        // containers first
        for _ in 0..3 {
            for name in THINGS.into_iter().rev() {
                for at in 0..3 {
                    if history.home(name).is_none() {
                        history.turn = history.turn.wrapping_add(1);
                        history.bring(name, at);
                    }
                }
            }
        }
        for name in THINGS {
            let home = history.home(name);
            prop_assert!(home.is_some(), "{} is lost", name);
            let walked = history.pair.gather(home.unwrap(), name, &[], &[]).follow();
            // of what came home and went on since, a chain cannot show any more that it had been inside
            let gaps = walked.map(|walked| walked.gaps.into_iter().map(|gap| gap.code));
            let gaps: Result<Vec<_>, _> = gaps.map(|codes| codes.filter(|code| *code != "carried-not-shown").collect());
            prop_assert_eq!(gaps, Ok(Vec::new()), "the walk of {}", name);
            history.walked(name, home.unwrap());
        }
    }
}
