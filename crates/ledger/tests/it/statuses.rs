//! K6 on the orders of other chains: what came over a chain stays concerned by them, and the word of them must be fresh.

use pangolin_ledger::{
    Body, Code, Delivery, Effect, GroupId, Item, Missing, OrderBody, OrderId, OrderKind,
    OrderScope, OrderTerms, Outcome, TimeMs, Witness,
    state::{Change, Channel, Feed, Notice, keys},
};
use proptest::prelude::*;

use crate::support::{EventExt, Pair, World, attribute, event, histories, id, step, with};

const DAY: i64 = 86_400_000;
const FRESH: i64 = 60_000;

fn lot() -> OrderScope {
    OrderScope::Group(GroupId::new("lot").unwrap())
}

fn order(w: &mut World, scope: OrderScope, expires: Option<TimeMs>) -> OrderId {
    let terms = OrderTerms {
        kind: OrderKind::Recall,
        scope,
        reason: Code(1),
        legal_basis: "Act 12, section 3".into(),
        expires,
        officers: 1,
        document: None,
    };
    let tx = w.tx("gov", Body::Order(OrderBody::Issue(terms)));
    assert!(matches!(w.run(&tx), Outcome::Applied(_)));
    OrderId(tx.id().0)
}

fn release(w: &mut World, order: OrderId, only: Option<&str>) {
    let body = OrderBody::Release {
        order,
        only: only.map(id),
        legal_basis: "cleared".into(),
    };
    w.enact("gov", Body::Order(body));
}

/// Packs A.1 to A.3 of a lot were made on chain 0; A.1 lives on chain 1, with `trader`.
fn moved(mut pair: Pair) -> Pair {
    let made = event(step::CREATE, &["A.1", "A.2", "A.3"]).attr(attribute::GROUP, "lot");
    pair.chains[0].ok("maker", vec![made]);
    let own = event(step::CREATE, &["A.8"]).attr(attribute::GROUP, "lot");
    pair.chains[1].ok("maker", vec![own]);
    pair.moves((0, 1), "maker", "A.1", "trader");
    pair.all_noticed(1, 0);
    pair.chains[1].ok("trader", vec![event(step::RECEIVE, &["A.1"])]);
    pair
}

fn ships(pair: &Pair, object: &str) -> &'static str {
    let mut w = pair.chains[1].clone();
    let custodian = w.custodian(object).unwrap();
    match w.say(&custodian, vec![event(step::SHIP, &[object]).to("other")]) {
        Outcome::Refused(refusal) => refusal.code,
        Outcome::Applied(receipt) => match &receipt.events[0].outcome {
            pangolin_ledger::EventOutcome::Parked { .. } => "waits",
            _ => "ships",
        },
    }
}

#[test]
fn a_recall_at_the_origin_blocks_at_the_far_end() {
    let mut pair = moved(Pair::new());
    assert_eq!(ships(&pair, "A.1"), "ships");
    let recall = order(&mut pair.chains[0], lot(), None);
    pair.notices(1, 0);
    assert_eq!(ships(&pair, "A.1"), "on-recall");
    let status = pair.chains[1].status("A.1");
    let there = pair.chains[0].chain;
    assert!(status.is_blocked());
    assert_eq!(
        (status.orders[0].by, status.orders[0].order.order),
        (Some(there), recall)
    );
    assert_eq!(status.passed[0].chain, there);

    // what was made here is no affair of that chain, even in a lot of the same name
    let shipped = event(step::SHIP, &["A.8"]).to("other");
    pair.chains[1].ok("maker", vec![shipped]);

    release(&mut pair.chains[0], recall, Some("A.1"));
    pair.notices(1, 0);
    assert_eq!(ships(&pair, "A.1"), "ships", "it is exempted");
    let other = order(&mut pair.chains[0], OrderScope::Object(id("A.1")), None);
    pair.notices(1, 0);
    assert_eq!(ships(&pair, "A.1"), "on-recall");
    release(&mut pair.chains[0], other, None);
    release(&mut pair.chains[0], recall, None);
    pair.notices(1, 0);
    assert_eq!(ships(&pair, "A.1"), "ships");
    assert!(pair.chains[1].status("A.1").orders.is_empty());
}

#[test]
fn an_order_ends_at_its_time_without_a_notice() {
    let mut pair = moved(Pair::new());
    let until = TimeMs(pair.chains[0].time + DAY);
    order(&mut pair.chains[0], lot(), Some(until));
    pair.notices(1, 0);
    assert_eq!(ships(&pair, "A.1"), "on-recall");
    pair.chains[1].wait(2 * DAY);
    assert_eq!(ships(&pair, "A.1"), "ships");
    pair.chains[0].wait(2 * DAY);
    let last: Notice = pair.chains[0].get(keys::notice(1)).unwrap();
    assert_eq!(last.change, Change::Ended);
    pair.notices(1, 0);
    let there = pair.chains[0].chain;
    let key = keys::foreign_orders(&there, &lot());
    assert!(!pair.chains[1].state.contains_key(&key));
}

#[test]
fn without_fresh_word_an_act_waits_and_is_not_refused() {
    let mut pair = moved(Pair::with_freshness(FRESH.unsigned_abs()));
    pair.chains[1].wait(2 * FRESH);
    // a step that waits for nothing else waits for this
    let ships = event(step::SHIP_IMPATIENT, &["A.1"]).to("other");
    let (missing, code) = pair.chains[1].parked("trader", ships.clone());
    let chain = pair.chains[0].chain;
    assert_eq!(code, "status-stale");
    assert!(matches!(missing, Missing::Feed { chain: of, .. } if of == chain));
    assert!(!pair.chains[1].object("A.1").in_transit());

    // the same old word is no later word
    let old = pair.message(0, &[keys::notices()], Item::AllNoticed);
    pair.chains[0].wait(2 * FRESH);
    pair.deliver(1, old);
    assert!(!pair.chains[1].object("A.1").in_transit());
    let effects = pair.all_noticed(1, 0);
    assert!(effects.contains(&Effect::Unparked(ships.id)), "{effects:?}");
    let as_of = TimeMs(pair.chains[0].time);
    assert!(
        effects.contains(&Effect::Relied { chain, as_of }),
        "the word it rests on is named"
    );
    assert!(pair.chains[1].object("A.1").in_transit());
}

#[test]
fn a_recall_that_comes_with_the_later_word_stops_what_waited() {
    let mut pair = moved(Pair::with_freshness(FRESH.unsigned_abs()));
    pair.chains[1].wait(2 * FRESH);
    let ships = event(step::SHIP, &["A.1"]).to("other");
    pair.chains[1].parked("trader", ships.clone());
    pair.chains[0].wait(2 * FRESH);
    order(&mut pair.chains[0], lot(), None);
    let gap = pair.message(0, &[keys::notices()], Item::AllNoticed);
    assert_eq!(pair.undelivered(1, gap), "notice-gap", "it is not all");
    let effects = pair.all_noticed(1, 0);
    let code = "on-recall".to_owned();
    assert!(
        effects.contains(&Effect::Rejected {
            event: ships.id,
            code
        }),
        "{effects:?}"
    );
    assert!(!pair.chains[1].object("A.1").in_transit());
}

#[test]
fn notices_are_taken_note_of_in_their_order_and_once() {
    let mut pair = moved(Pair::new());
    for n in [1, 2] {
        order(
            &mut pair.chains[0],
            OrderScope::Object(id(&format!("A.{n}"))),
            None,
        );
    }
    let of = |pair: &Pair, seq| pair.message(0, &[keys::notice(seq)], Item::Notice { seq });
    let (first, second, none) = (of(&pair, 0), of(&pair, 1), of(&pair, 2));
    assert_eq!(pair.undelivered(1, second.clone()), "notice-gap");
    pair.delivered(1, first.clone());
    assert_eq!(pair.undelivered(1, first), "already-recorded");
    pair.delivered(1, second);
    assert_eq!(pair.undelivered(1, none), "no-such-notice");
    let other = pair.message(2, &[keys::notice(2)], Item::Notice { seq: 2 });
    assert_eq!(
        pair.undelivered(1, other),
        "notice-gap",
        "each chain counts for itself"
    );
    assert_eq!(ships(&pair, "A.1"), "on-recall");
}

#[test]
fn a_chain_ends_no_order_of_another() {
    let mut pair = moved(Pair::new());
    let recall = order(&mut pair.chains[0], lot(), None);
    pair.notices(1, 0);
    for change in [Change::Ended, Change::Exempted(id("A.1"))] {
        let forged = Notice {
            order: recall,
            scope: lot(),
            change,
            height: pangolin_ledger::Height(1),
        };
        pair.forge_notice(2, &forged);
        pair.notices(1, 2);
    }
    assert_eq!(ships(&pair, "A.1"), "on-recall");
}

#[test]
fn what_is_inside_or_made_of_it_is_concerned_too() {
    let mut pair = moved(Pair::new());
    let passes = event(step::SHIP, &["A.1"]).to("maker");
    pair.chains[1].ok("trader", vec![passes]);
    pair.chains[1].ok("maker", vec![event(step::RECEIVE, &["A.1"]).nonce(2)]);
    pair.chains[1].ok("maker", vec![event(step::CREATE, &["P.1"])]);
    pair.chains[1].ok("maker", vec![event(step::PACK, &["A.1"]).parent("P.1")]);
    let recall = order(&mut pair.chains[0], lot(), None);
    pair.notices(1, 0);
    assert_eq!(ships(&pair, "P.1"), "on-recall");
    let status = pair.chains[1].status("P.1");
    assert_eq!(status.orders_inside[0].order.order, recall);
    release(&mut pair.chains[0], recall, None);
    pair.notices(1, 0);
    pair.chains[1].ok("maker", vec![event(step::UNPACK, &["A.1"]).parent("P.1")]);
    assert_eq!(ships(&pair, "P.1"), "ships");
    assert!(
        pair.chains[1].status("P.1").passed.is_empty(),
        "nothing from there is inside"
    );
    pair.allow(1, 0);
    let walk = pair.walk(1, "A.1", &[]);
    pair.delivered(1, walk);
    let made = with(
        event(step::TRANSFORM, &["A.1"]).attr(attribute::GROUP, "mix"),
        |e| {
            e.kind = pangolin_ledger::EventKind::Transformation;
            e.outputs.objects = pangolin_ledger::ObjectSet::unique(vec![id("B.1")]).unwrap();
        },
    );
    pair.chains[1].ok("maker", vec![made]);
    assert_eq!(ships(&pair, "B.1"), "ships");
    order(&mut pair.chains[0], lot(), None);
    pair.notices(1, 0);
    assert_eq!(ships(&pair, "B.1"), "on-recall");
}

#[test]
fn what_was_made_here_is_no_affair_of_a_chain_that_its_container_came_over() {
    let mut pair = Pair::new();
    let made = event(step::CREATE, &["A.1"]).attr(attribute::GROUP, "lot");
    let own = event(step::CREATE, &["A.8"]).attr(attribute::GROUP, "lot");
    pair.chains[0].ok("maker", vec![made, event(step::CREATE, &["P.1"])]);
    pair.chains[1].ok("maker", vec![own]);
    pair.moves((0, 1), "maker", "P.1", "maker");
    pair.chains[1].ok("maker", vec![event(step::RECEIVE, &["P.1"])]);
    pair.chains[1].ok("maker", vec![event(step::PACK, &["A.8"]).parent("P.1")]);
    order(&mut pair.chains[0], lot(), None);
    pair.notices(1, 0);
    let out = event(step::UNPACK, &["A.8"]).parent("P.1");
    pair.clone().chains[1].ok("maker", vec![out.clone()]);
    let status = pair.chains[1].status("A.8");
    assert!(status.orders.is_empty() && status.passed.len() == 1);
    // the pallet is, with whatever came with it
    let case = order(&mut pair.chains[0], OrderScope::Object(id("P.1")), None);
    pair.notices(1, 0);
    let inside = pair.chains[1].status("A.8");
    assert_eq!(inside.orders[0].order.order, case);
    assert_eq!(pair.chains[1].refused("maker", vec![out]).0, "on-recall");
}

#[test]
fn what_acts_on_goods_of_other_chains_read_is_named_beforehand() {
    let mut pair = moved(Pair::new());
    pair.chains[1].unhinted.clear();
    let passes = event(step::SHIP, &["A.1"]).to("maker");
    pair.chains[1].ok("trader", vec![passes]);
    pair.chains[1].ok("maker", vec![event(step::RECEIVE, &["A.1"]).nonce(2)]);
    pair.chains[1].ok("maker", vec![event(step::CREATE, &["P.1"])]);
    pair.chains[1].ok("maker", vec![event(step::PACK, &["A.1"]).parent("P.1")]);
    assert_eq!(pair.chains[1].unhinted, []);
}

#[test]
fn more_events_wait_than_one_list_holds() {
    let mut pair = Pair::with_freshness(FRESH.unsigned_abs());
    let names: Vec<String> = (0..150).map(|n| format!("A.{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let made = event(step::CREATE, &names).attr(attribute::GROUP, "lot");
    pair.chains[0].ok("maker", vec![made, event(step::CREATE, &["P.1"])]);
    pair.chains[0].ok("maker", vec![event(step::PACK, &names).parent("P.1")]);
    pair.moves((0, 1), "maker", "P.1", "trader");
    pair.all_noticed(1, 0);
    pair.chains[1].ok("trader", vec![event(step::RECEIVE, &["P.1"])]);
    for name in &names {
        let content = pair.content(1, &[0], "P.1", name);
        pair.delivered(1, content);
    }
    pair.chains[1].wait(2 * FRESH);
    for name in &names {
        let out = event(step::UNPACK, &[name]).parent("P.1");
        pair.chains[1].parked("trader", out);
    }
    pair.chains[0].wait(20 * FRESH);
    pair.all_noticed(1, 0);
    let mut blocks = 0;
    while pair.chains[1].object("P.1").children > 0 {
        blocks += 1;
        assert!(
            blocks < 20,
            "{} are inside",
            pair.chains[1].object("P.1").children
        );
        pair.chains[1].wait(1);
    }
    let feed: Feed = pair.chains[1]
        .get(keys::feed(&pair.chains[0].chain))
        .unwrap();
    assert!(feed.lanes.is_empty(), "nobody waits");
}

/// What may happen in a random history of orders.
#[derive(Debug, Clone)]
enum Deed {
    /// The pack goes to another chain and is received there.
    Move(usize),
    /// Its custodian states something that a recall forbids.
    Act,
    Recall(usize),
    Release(usize),
    /// What became of the orders of chain `of` reaches chain `at`.
    Notices {
        at: usize,
        of: usize,
    },
    /// Chain `of` proves how many notices there are. It may be delivered later.
    Proof {
        of: usize,
    },
    /// A proof made earlier reaches chain `at`.
    Word {
        at: usize,
        proof: usize,
    },
    Wait(i64),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let chain = || 0..3_usize;
    let deed = prop_oneof![
        2 => chain().prop_map(Deed::Move),
        5 => Just(Deed::Act),
        2 => chain().prop_map(Deed::Recall),
        2 => chain().prop_map(Deed::Release),
        5 => (chain(), chain()).prop_map(|(at, of)| Deed::Notices { at, of }),
        5 => chain().prop_map(|of| Deed::Proof { of }),
        9 => (chain(), 0..4_usize).prop_map(|(at, proof)| Deed::Word { at, proof }),
        2 => (1_000..FRESH).prop_map(Deed::Wait),
    ];
    proptest::collection::vec(deed, 1..60)
}

/// An order of a chain, from when to when.
struct Span {
    chain: usize,
    order: OrderId,
    from: i64,
    to: i64,
}

struct History {
    pair: Pair,
    spans: Vec<Span>,
    proofs: Vec<Delivery>,
    turn: u8,
}

impl History {
    fn home(&self) -> usize {
        let homes = (0..3).filter(|at| self.pair.chains[*at].status("A.1").live);
        let homes: Vec<usize> = homes.collect();
        assert_eq!(homes.len(), 1, "{homes:?}");
        homes[0]
    }

    /// The receipts of one block hold what the bound promises.
    fn judge(&self, at: usize, effects: &[Effect], acted: bool) {
        let now = self.pair.chains[at].time;
        let mut named = Vec::new();
        for effect in effects {
            let Effect::Relied { chain, as_of } = effect else {
                continue;
            };
            named.push(*chain);
            assert!(as_of.0 + FRESH >= now, "the word is fresh");
            let of = (0..3).find(|of| self.pair.chains[*of].chain == *chain);
            let forbids = self
                .spans
                .iter()
                .any(|span| Some(span.chain) == of && span.from <= as_of.0 && as_of.0 < span.to);
            assert!(!forbids, "an order of {of:?} was in force as of {as_of}");
        }
        if acted {
            let passed = self.pair.chains[at].object("A.1").passed;
            assert!(
                passed.iter().all(|chain| named.contains(chain)),
                "each is named"
            );
        }
    }

    fn say(&mut self, at: usize, event: pangolin_ledger::Event) -> bool {
        // receiving is what no order forbids here
        let asks = event.step == Code(step::SHIP) || event.step == Code(step::DEPART);
        match self.pair.chains[at].say("maker", vec![event.nonce(self.turn)]) {
            Outcome::Refused(_) => false,
            Outcome::Applied(receipt) => {
                let applied = receipt.events[0].outcome == pangolin_ledger::EventOutcome::Applied;
                self.judge(at, &receipt.effects, applied && asks);
                applied
            }
        }
    }

    fn deed(&mut self, deed: &Deed) {
        self.turn = self.turn.wrapping_add(1);
        match deed {
            Deed::Move(to) => self.moves(*to),
            Deed::Act => {
                let at = self.home();
                if self.say(at, event(step::SHIP, &["A.1"]).to("trader")) {
                    self.say(at, event(step::WITHDRAW, &["A.1"]));
                }
            }
            Deed::Recall(chain) => {
                let order = order(&mut self.pair.chains[*chain], lot(), None);
                let from = self.pair.chains[*chain].time;
                let to = i64::MAX;
                self.spans.push(Span {
                    chain: *chain,
                    order,
                    from,
                    to,
                });
            }
            Deed::Release(chain) => {
                let open = |span: &&mut Span| span.chain == *chain && span.to == i64::MAX;
                if let Some(span) = self.spans.iter_mut().find(open) {
                    release(&mut self.pair.chains[*chain], span.order, None);
                    span.to = self.pair.chains[*chain].time;
                }
            }
            Deed::Notices { at, of } if at == of => {}
            Deed::Notices { at, of } => self.pair.notices(*at, *of),
            Deed::Proof { of } => {
                let proof = self.pair.message(*of, &[keys::notices()], Item::AllNoticed);
                self.proofs.push(proof);
            }
            Deed::Word { at, proof } => {
                // mostly one of the last
                let Some(proof) = self.proofs.iter().rev().nth(*proof).cloned() else {
                    return;
                };
                if proof.chain != self.pair.chains[*at].chain
                    && let Outcome::Applied(receipt) = self.pair.deliver(*at, proof)
                {
                    self.judge(*at, &receipt.effects, false);
                }
            }
            Deed::Wait(ms) => {
                for at in 0..3 {
                    let effects = self.pair.chains[at].wait(*ms);
                    self.judge(at, &effects, false);
                }
            }
        }
    }

    fn moves(&mut self, to: usize) {
        let from = self.home();
        if from == to {
            return;
        }
        let departs = self.pair.departure((from, to), &["A.1"], "maker", DAY);
        self.say(from, departs);
    }

    /// Brings what was locked to the other chain; a departure may have waited.
    fn carry(&mut self) {
        for (from, to) in [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)] {
            let [source, there] = [from, to].map(|at| self.pair.chains[at].chain);
            let channel: Option<Channel> = self.pair.chains[from].get(keys::channel(&there));
            for seq in 0..channel.map_or(0, |channel| channel.next_out) {
                let decided = keys::inbox(&source, seq);
                if self.pair.chains[to].state.contains_key(&decided) {
                    continue;
                }
                let record = self.pair.record(from, "A.1");
                let mut arrival = self.pair.arrival((from, to), seq, record);
                let third = 3 - from - to;
                arrival.witnesses = vec![Witness {
                    chain: self.pair.chains[third].chain,
                    evidence: self.pair.prove_way(third, &["A.1"]),
                }];
                self.pair.delivered(to, arrival);
                self.say(to, event(step::RECEIVE, &["A.1"]));
            }
        }
    }
}

proptest! {
    #![proptest_config(histories(1))]

    /// Whatever is final rests on word of every chain that the pack came over, none older than the bound, and by none of
    /// which it was forbidden.
    #[test]
    fn nothing_is_final_against_an_order_older_than_the_bound(deeds in deeds()) {
        let mut pair = Pair::with_freshness(FRESH.unsigned_abs());
        let made = event(step::CREATE, &["A.1"]).attr(attribute::GROUP, "lot");
        pair.chains[0].ok("maker", vec![made]);
        let mut history = History { pair, spans: Vec::new(), proofs: Vec::new(), turn: 0 };
        for deed in &deeds {
            history.deed(deed);
            history.carry();
        }
    }
}
