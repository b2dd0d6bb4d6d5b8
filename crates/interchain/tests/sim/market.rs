//! Trade: what parties do, mostly what they may and sometimes what they must not.

use std::{collections::BTreeMap, sync::Arc};

use pangolin_ledger::{
    Body, GovernanceAction, GovernanceBody, ObjectId, OrderBody, OrderId, OrderKind, OrderScope,
    OrderTerms, PartyId, Value,
    tx::{Action, Event, EventKind, Reference},
};
use pangolin_profiles::{
    capture::attribute,
    cbv::{disposition, step},
    customs::words as border,
    pharma::words::{disposition as word, field, order_reason},
};

use crate::{
    cast::{
        self, AUTHORITY, MAKER, PHARMACY, Trade, WHOLESALER, attribute as put, event, pack, party,
        unit,
    },
    dice::Dice,
    world::World,
};

/// Containers that there are.
const UNITS: usize = 3;
/// Packs that are made in one run.
const PACKS: usize = 12;
/// Who trades.
const TRADERS: [&str; 3] = [MAKER, WHOLESALER, PHARMACY];
const SEES: (EventKind, Action) = (EventKind::Object, Action::Observe);

/// What the trade remembers.
pub(crate) struct Market {
    /// Where things are made.
    birth: Vec<usize>,
    number: u64,
    made: usize,
    /// The containers that things were last put into.
    inside: BTreeMap<ObjectId, ObjectId>,
    orders: Vec<(usize, OrderId)>,
    pub(crate) suspended: Vec<(usize, usize)>,
    declared: Vec<(usize, ObjectId, u64)>,
}

impl Market {
    pub(crate) fn new(trades: &[Trade], dice: &mut Dice) -> Self {
        let makes = (0..trades.len()).filter(|at| trades[*at] == Trade::Pharma);
        let all: Vec<usize> = makes.collect();
        // most things come from one chain
        let birth = all.into_iter().filter(|at| *at == 0 || dice.percent(40));
        Self {
            birth: birth.collect(),
            number: 0,
            made: 0,
            inside: BTreeMap::new(),
            orders: Vec::new(),
            suspended: Vec::new(),
            declared: Vec::new(),
        }
    }
}

impl World {
    fn made(
        &mut self,
        what: (EventKind, Action),
        step: pangolin_ledger::Code,
        at: usize,
        objects: &[ObjectId],
    ) -> Event {
        self.market.number += 1;
        let time = self.judge.chains[at].time;
        event(self.market.number, what, step, time, objects)
    }

    /// A party states something, through some validator.
    fn say(&mut self, at: usize, by: &str, body: Body) -> Option<OrderId> {
        let chain = &self.chains[at];
        let until = self.judge.height(at).0 + 60;
        let to = (chain.id, chain.trade.profile());
        let tx = Arc::new(self.keys.sign(to, by, until, body));
        let index = self.anybody(at)?;
        let id = OrderId(tx.id().0);
        self.note(&format!(
            "{} {by}: {:?}",
            cast::NAMES[at],
            short(&tx.tx().body)
        ));
        self.submit(at, index, tx);
        Some(id)
    }

    fn states(&mut self, at: usize, by: &str, event: Event) {
        self.say(at, by, Body::Events(vec![event]));
    }

    /// Somebody does something.
    pub(crate) fn trade(&mut self) {
        match self.dice.below(20) {
            0..=3 => self.make(),
            4 => self.order(),
            5 => self.lift(),
            6 if self.dice.percent(30) => self.suspend(),
            6 => self.resume(),
            7 => self.nonsense(),
            8 => self.clear(),
            _ => self.goods(),
        }
    }

    fn make(&mut self) {
        let Some(at) = self.dice.of(&self.market.birth.clone()).copied() else {
            return;
        };
        if self.market.made == 0 {
            let units: Vec<ObjectId> = (0..UNITS).map(unit).collect();
            let added = (EventKind::Object, Action::Add);
            let event = self.made(added, step::COMMISSIONING, 0, &units);
            self.states(0, MAKER, event);
        }
        if self.market.made >= PACKS {
            return self.goods();
        }
        let end = self.market.made + 1 + self.dice.below(3);
        let packs: Vec<ObjectId> = (self.market.made..end).map(pack).collect();
        self.market.made = end;
        let mut event = self.made(
            (EventKind::Object, Action::Add),
            step::COMMISSIONING,
            at,
            &packs,
        );
        let lot = ["A1", "B2"][self.dice.below(2)];
        put(&mut event, field::LOT, &format!("{lot}{at}"));
        put(&mut event, field::EXPIRY, "20300101");
        self.states(at, MAKER, event);
    }

    fn anything(&mut self) -> ObjectId {
        let packs = self.market.made;
        let at = self.dice.below(packs + UNITS);
        if at < packs {
            pack(at)
        } else {
            unit(at - packs)
        }
    }

    fn chain(&mut self) -> usize {
        self.dice.below(self.chains.len())
    }

    fn other(&mut self, at: usize) -> usize {
        (at + 1 + self.dice.below(self.chains.len() - 1)) % self.chains.len()
    }

    /// Anybody states anything anywhere.
    fn nonsense(&mut self) {
        let (at, object) = (self.chain(), self.anything());
        let by = TRADERS[self.dice.below(3)];
        self.act(at, by, &object);
    }

    /// Whoever has something does something with it.
    fn goods(&mut self) {
        let object = self.anything();
        let homes = self.judge.homes_of(&object);
        let Some(at) = homes.first().copied() else {
            return self.unpack_away(&object);
        };
        let status = self.judge.chains[at].status(&object);
        if let Some(pending) = &status.pending
            && let Some(to) = name_of(&pending.to)
        {
            let seen = self.outermost(at, &object);
            let event = self.made(SEES, step::RECEIVING, at, &[seen]);
            return self.states(at, to, event);
        }
        let Some(by) = status.custodian.as_ref().and_then(name_of) else {
            return;
        };
        self.act(at, by, &object);
    }

    fn outermost(&self, at: usize, object: &ObjectId) -> ObjectId {
        let status = self.judge.chains[at].status(object);
        let last = status.containers.last();
        last.map_or_else(|| object.clone(), |around| around.id.clone())
    }

    /// What went inside a container is taken out where that is.
    fn unpack_away(&mut self, object: &ObjectId) {
        let Some(container) = self.market.inside.get(object).cloned() else {
            return;
        };
        let Some(at) = self.judge.homes_of(&container).first().copied() else {
            return;
        };
        let custodian = self.judge.chains[at].status(&container).custodian;
        if let Some(by) = custodian.as_ref().and_then(name_of) {
            self.unpack(at, by, &container, object);
        }
    }

    fn unpack(&mut self, at: usize, by: &str, container: &ObjectId, object: &ObjectId) {
        let what = (EventKind::Aggregation, Action::Delete);
        let things = if self.dice.percent(85) {
            vec![object.clone()]
        } else {
            Vec::new()
        };
        let mut event = self.made(what, step::UNPACKING, at, &things);
        event.parent = Some(container.clone());
        self.states(at, by, event);
    }

    fn act(&mut self, at: usize, by: &str, object: &ObjectId) {
        let one = std::slice::from_ref(object);
        let border = self.chains[at].trade == Trade::Customs;
        // what came from elsewhere is used, not only sent on
        let foreign = self.judge.chains[at].over.contains_key(object);
        let what = match self.dice.below(20) {
            0..=6 if foreign && self.dice.percent(30) => 7,
            what => what,
        };
        match what {
            0..=6 => self.ship(at, by, object),
            7 | 8 if border => self.declare(at, object),
            7..=9 => {
                let event = self.made(SEES, step::DISPENSING, at, one);
                self.states(at, by, event);
            }
            10..=12 => self.pack(at, by, object),
            13 | 14 => {
                let around = self.judge.chains[at].status(object).containers;
                match around.first().map(|around| around.id.clone()) {
                    Some(container) => self.unpack(at, by, &container, object),
                    None => self.ship(at, by, object),
                }
            }
            15 => {
                // quarantine, and its end
                let mut event = self.made(SEES, step::HOLDING, at, one);
                if self.dice.percent(50) {
                    event.disposition = Some(word::CLEARED);
                }
                self.states(at, by, event);
            }
            16 => {
                let mut event = self.made(SEES, step::OTHER, at, one);
                let theft = [disposition::STOLEN, word::RECOVERED];
                event.disposition = Some(theft[self.dice.below(2)]);
                self.states(at, by, event);
            }
            17 => {
                let event = self.made(SEES, step::RECEIVING, at, one);
                self.states(at, by, event);
            }
            _ => {
                let event = self.made(SEES, step::STORING, at, one);
                self.states(at, by, event);
            }
        }
    }

    /// Goods leave, mostly for another chain.
    fn ship(&mut self, at: usize, by: &str, object: &ObjectId) {
        let event = self.made(SEES, step::SHIPPING, at, std::slice::from_ref(object));
        let to = self.other(at);
        let unknown = self.dice.percent(6);
        let receiver = if unknown {
            "urn:x:nobody"
        } else {
            TRADERS[self.dice.below(3)]
        };
        let mut event = event;
        event.destination = Some(party(receiver));
        put(&mut event, field::STATEMENT, "1");
        if self.dice.percent(85) {
            let chain = self.chains[to].id.to_string();
            put(&mut event, attribute::CHAIN_TO, &chain);
            let ms = [1_500, 8_000, 60_000, 60_000][self.dice.below(4)];
            let until = (self.judge.chains[to].time + ms).to_string();
            put(&mut event, attribute::ARRIVE_BEFORE, &until);
        }
        if self.dice.percent(12) {
            event.disposition = Some(disposition::RETURNED);
        }
        self.states(at, by, event);
    }

    fn pack(&mut self, at: usize, by: &str, object: &ObjectId) {
        let container = unit(self.dice.below(UNITS));
        let what = (EventKind::Aggregation, Action::Add);
        let mut event = self.made(what, step::PACKING, at, std::slice::from_ref(object));
        event.parent = Some(container.clone());
        self.market.inside.insert(object.clone(), container);
        self.states(at, by, event);
    }

    fn declare(&mut self, at: usize, object: &ObjectId) {
        self.market.number += 1;
        let number = self.market.number;
        let mut event = self.made(
            SEES,
            border::step::DECLARING,
            at,
            std::slice::from_ref(object),
        );
        event.references.extend([declaration(number)]);
        let office = Value::new(party(AUTHORITY).as_bytes()).unwrap();
        event.attributes.insert(border::field::OFFICE, office);
        self.market.declared.push((at, object.clone(), number));
        self.states(at, WHOLESALER, event);
    }

    /// The office clears what was declared last.
    fn clear(&mut self) {
        let Some((at, object, number)) = self.market.declared.pop() else {
            return self.goods();
        };
        let step = if self.dice.percent(85) {
            border::step::CLEARING
        } else {
            border::step::REFUSING
        };
        let mut event = self.made(SEES, step, at, &[object]);
        event.references.extend([declaration(number)]);
        self.states(at, AUTHORITY, event);
    }

    fn order(&mut self) {
        let (at, object) = (self.chain(), self.anything());
        let record = self.judge.chains[at].status(&object).record;
        let group = record.as_ref().and_then(|record| record.group.clone());
        let class = record.and_then(|record| record.class);
        let scope = match (self.dice.below(4), group, class) {
            (0 | 1, Some(group), _) => OrderScope::Group(group),
            (2, _, Some(class)) => OrderScope::Class(class),
            _ => OrderScope::Object(object),
        };
        let kind = if self.dice.percent(70) {
            OrderKind::Recall
        } else {
            OrderKind::Hold
        };
        let expires = self.dice.percent(20).then(|| {
            let ms = self.dice.between(2_000, 20_000);
            pangolin_ledger::TimeMs(self.judge.chains[at].time + ms)
        });
        let terms = OrderTerms {
            kind,
            scope,
            reason: order_reason::RECALL_CLASS_1,
            legal_basis: "21 CFR 7.3(m)(1)".into(),
            expires,
            officers: 1,
            document: None,
        };
        let order = self.say(at, AUTHORITY, Body::Order(OrderBody::Issue(terms)));
        self.market.orders.extend(order.map(|order| (at, order)));
    }

    fn lift(&mut self) {
        if self.market.orders.is_empty() {
            return self.goods();
        }
        let which = self.dice.below(self.market.orders.len());
        let (at, order) = self.market.orders.swap_remove(which);
        let release = OrderBody::Release {
            order,
            only: None,
            legal_basis: "21 CFR 7.55".into(),
        };
        self.say(at, AUTHORITY, Body::Order(release));
    }

    fn govern(&mut self, at: usize, action: GovernanceAction) {
        let reason = String::new();
        let body = GovernanceBody { action, reason };
        self.say(at, AUTHORITY, Body::Governance(Box::new(body)));
    }

    fn suspend(&mut self) {
        let at = self.chain();
        let of = self.other(at);
        let chain = self.chains[of].id;
        self.market.suspended.push((at, of));
        self.govern(at, GovernanceAction::SuspendChain { chain });
    }

    /// Chains are believed again.
    pub(crate) fn resume(&mut self) {
        for (at, of) in self.market.suspended.clone() {
            let chain = self.chains[of].id;
            let believed: Option<pangolin_ledger::state::ForeignChain> =
                self.judge.chains[at].get(&pangolin_ledger::state::keys::foreign_chain(&chain));
            if believed.is_some_and(|record| record.suspended.is_some()) {
                self.govern(at, GovernanceAction::ResumeChain { chain });
            }
        }
    }
}

fn declaration(number: u64) -> Reference {
    Reference {
        kind: border::document::DECLARATION,
        value: Value::new(format!("urn:epcglobal:cbv:bt:0399999999991:{number}").as_bytes())
            .unwrap(),
    }
}

fn name_of(id: &PartyId) -> Option<&'static str> {
    TRADERS.into_iter().find(|name| party(name) == *id)
}

/// A statement in a line.
fn short(body: &Body) -> String {
    match body {
        Body::Events(events) => {
            let event = &events[0];
            let around = event.parent.as_ref();
            format!(
                "{:?} {:?} {} {:?} in {around:?}",
                event.kind, event.action, event.step, event.objects
            )
        }
        Body::Governance(body) => format!("{:?}", body.action),
        other => format!("{other:?}"),
    }
}
