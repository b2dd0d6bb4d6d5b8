//! Judges acts that orders can forbid: by the orders that were in force, and by the chains that the goods came over.

use pangolin_ledger::{Code, Effect, ObjectId, OrderScope, state::Object, state::keys, tx::Event};
use pangolin_profiles::{
    capture::attribute,
    cbv::{disposition, step},
    customs::words::step as border,
};

use crate::{
    cast::{NAMES, Trade},
    judge::{Forgery, Judge, Ordered},
    notices,
};

/// Whether orders can forbid what an event says: dispensing, and leaving for another chain unless to go back. Between places of one party
/// a recall stops nothing, and on a customs chain no hand-over.
fn asks(trade: Trade, event: &Event) -> bool {
    let leaves = event.step == step::SHIPPING
        && event.disposition != Some(disposition::RETURNED)
        && event.attributes.contains_key(&attribute::CHAIN_TO);
    leaves || trade == Trade::Pharma && event.step == step::DISPENSING
}

/// Whether what an event says rests on the whole history of things.
fn rests_on_all(trade: Trade, event: &Event) -> bool {
    match trade {
        Trade::Pharma => event.step == step::DISPENSING,
        Trade::Customs => event.step == border::CLEARING,
    }
}

/// What a corrupt chain forged is not used, whatever it says, and whoever believes it in fast mode; but for what it may make and says it made.
fn deep(judge: &mut Judge, at: usize, step: Code, object: &ObjectId) {
    let seen = &judge.chains[at];
    let foreign = seen.over.get(object).is_some_and(|over| !over.is_empty());
    let text = || {
        let name = NAMES[at];
        format!("deep: step {step} on {object}, which is forged, at {name} is final")
    };
    match seen.forged.get(object) {
        Some(Forgery::Invented) => judge.wrong(text()),
        Some(Forgery::OwnMaking) => judge.limits.push(text()),
        None if foreign => judge.count(format!("step {step} on foreign goods")),
        None => {}
    }
}

/// Whether an order that was not released would be about an object at this time.
fn concerns(order: &Ordered, object: &ObjectId, record: &Object, now: i64) -> bool {
    if order.terms.expires.is_some_and(|end| end.0 <= now) {
        return false;
    }
    match &order.terms.scope {
        OrderScope::Object(named) => named == object,
        OrderScope::Group(group) => record.group.as_ref() == Some(group),
        OrderScope::Class(class) => record.class.as_ref() == Some(class),
        OrderScope::Party(_) => false,
    }
}

/// An event took effect on a chain, together with these effects.
pub(crate) fn judge(judge: &mut Judge, at: usize, event: &Event, effects: &[Effect]) {
    let named = event.objects.iter();
    let objects: Vec<ObjectId> = match &event.parent {
        Some(parent) => vec![parent.clone()],
        None => named.cloned().collect(),
    };
    if rests_on_all(judge.chains[at].trade, event) {
        for object in &objects {
            deep(judge, at, event.step, object);
        }
    }
    if !asks(judge.chains[at].trade, event) {
        return;
    }
    for object in objects {
        for text in wrongs(judge, at, event.step, &object, effects) {
            // whoever sent it on may have hidden where it came from
            judge.found(&[at], &object, text);
        }
    }
}

fn wrongs(
    judge: &Judge,
    at: usize,
    step: Code,
    object: &ObjectId,
    effects: &[Effect],
) -> Vec<String> {
    let seen = &judge.chains[at];
    let now = seen.time;
    let Some(record) = seen.get::<Object>(&keys::object(object)) else {
        return Vec::new();
    };
    let act = format!("step {step} on {object} at {} is final", NAMES[at]);
    let mut wrongs = Vec::new();
    let own = seen.orders.iter();
    let mut own = own.filter(|order| order.from < now && order.to > now);
    if own.any(|order| concerns(order, object, &record, now)) {
        wrongs.push(format!("recall: {act} against an order of this chain"));
    }
    let over = seen.over.get(object).cloned().unwrap_or_default();
    for of in over {
        let other = &judge.chains[of];
        let relied = effects.iter().find_map(|effect| match effect {
            Effect::Relied { chain, as_of } if *chain == other.id => Some(as_of.0),
            _ => None,
        });
        let bound = now - judge.freshness_ms;
        // whoever has word of a release acts by it, also where other word is not as young, or the other chain's clock is ahead
        let ended = notices::known_to_end(judge, at, of);
        let concerned = other.orders.iter();
        let concerned: Vec<&Ordered> = concerned
            .filter(|order| concerns(order, object, &record, now) && !ended.contains(&order.id))
            .collect();
        let against = |when: i64| {
            concerned
                .iter()
                .any(|order| order.from <= when && when < order.to)
        };
        match relied {
            None => wrongs.push(format!(
                "recall within Δ: {act} without word of {}",
                NAMES[of]
            )),
            Some(as_of) if as_of < bound => {
                wrongs.push(format!(
                    "recall within Δ: {act} by old word of {}",
                    NAMES[of]
                ));
            }
            Some(as_of) if other.honest && against(as_of) => wrongs.push(format!(
                "recall within Δ: {act} against an order of {} by word that has it",
                NAMES[of]
            )),
            Some(_) => {}
        }
        let old = |order: &&Ordered| order.from <= bound && order.to > now;
        if other.honest && concerned.iter().any(old) {
            wrongs.push(format!(
                "recall within Δ: {act} against an order of {} older than Δ",
                NAMES[of]
            ));
        }
    }
    wrongs
}
