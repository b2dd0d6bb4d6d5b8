//! The keys a transaction will read that can be named without reading state.

use crate::{
    id::PartyId,
    kernel::{k02_authority, k06_foreign},
    machine::{Machine, Overlay, Prepared, Shared, delivery, reports, validators},
    profile::{Claim, Guard, NewGroup, Op, Plan, Profile, Target},
    state::{Content, Holder, Key, Object, Parked, keys},
    tx::{
        Body, DataClass, Event, EventKeys, OrderBody, OrderScope, OrderTerms, Stock, Transaction,
    },
};

/// Every key that can be named beforehand. The keys of objects come last, in the order in which they are named.
pub(super) fn of(machine: &Machine, prepared: &Prepared<'_>) -> Vec<Key> {
    let signed = prepared.tx();
    let tx = signed.tx();
    let keyring = signed.keyring();
    let mut out = vec![
        keys::params(),
        keyring.profile,
        keyring.party,
        keyring.party_key,
        keyring.usage,
    ];
    let profile = machine.profile(tx.profile);
    let mut objects = Vec::new();
    match &tx.body {
        Body::Events(list) => {
            for (index, (event, known)) in list.iter().zip(&keyring.events).enumerate() {
                let plan = prepared.plan(index).and_then(Result::ok);
                of_event(&mut out, profile, &tx.issuer, plan, event, known);
                of_objects(&mut objects, known);
            }
        }
        Body::Correction(correction) => {
            out.push(keys::tx(&signed.id()));
            out.push(keys::correctives(&correction.event.id));
            out.extend(correction.correctives.iter().map(keys::event));
            if let Some(known) = keyring.events.first() {
                let event = &correction.event;
                let plan = plan_of(profile, event, &tx.issuer, tx.class);
                of_event(&mut out, profile, &tx.issuer, plan.as_ref(), event, known);
                of_objects(&mut objects, known);
            }
        }
        Body::Order(body) => {
            out.push(keys::tx(&signed.id()));
            of_order(&mut out, profile, tx, body);
        }
        Body::Governance(_) => out.push(keys::tx(&signed.id())),
        Body::Validator(body) => {
            out.push(keys::tx(&signed.id()));
            out.extend(validators::hints(tx, body));
        }
        Body::Delivery(body) => {
            out.push(keys::tx(&signed.id()));
            out.extend(delivery::hints(body));
        }
        Body::Report(body) => {
            out.push(keys::tx(&signed.id()));
            out.extend(reports::hints(body));
        }
    }
    out.sort_unstable();
    out.dedup();
    out.append(&mut objects);
    out
}

fn of_objects(out: &mut Vec<Key>, known: &EventKeys) {
    out.extend_from_slice(&known.objects);
    out.extend_from_slice(&known.outputs);
    out.extend(known.parent);
}

/// The keys that trying a parked event again will read.
pub(super) fn of_parked(machine: &Machine, parked: &Parked) -> Vec<Key> {
    let mut out = vec![keys::usage(&parked.issuer)];
    out.extend(parked.missing.iter().map(keys::waiting));
    let known = EventKeys::new(&parked.event);
    let profile = machine.profile(parked.profile);
    let plan = plan_of(profile, &parked.event, &parked.issuer, parked.class);
    of_event(
        &mut out,
        profile,
        &parked.issuer,
        plan.as_ref(),
        &parked.event,
        &known,
    );
    of_objects(&mut out, &known);
    out
}

/// What an event means, if it means anything.
fn plan_of(
    profile: Option<&dyn Profile>,
    event: &Event,
    issuer: &PartyId,
    class: DataClass,
) -> Option<Plan> {
    let claim = Claim {
        issuer,
        class,
        place: "",
    };
    profile?.classify(event, &claim).ok()
}

/// Keys that follow from the records of the objects that a transaction names, as far as they are known; those that are
/// not known yet themselves.
pub(super) fn follow(prepared: &Prepared<'_>, o: &Overlay) -> Vec<Key> {
    let signed = prepared.tx();
    let mut out = Vec::new();
    if let Body::Events(events) = &signed.tx().body {
        let known = signed.keyring().events.iter();
        for (index, (event, known)) in events.iter().zip(known).enumerate() {
            let plan = prepared.plan(index).and_then(Result::ok);
            from_objects(&mut out, o, event, known, plan);
        }
    }
    o.unknown(&out)
}

/// The keys that follow from the objects of an event, as far as these are known: orders on group and custodian, the
/// hand-over they are in, their container; the groups themselves if the plan asks for their attributes. Neighbours in a
/// list mostly agree in these: each is hashed once.
pub(super) fn from_objects(
    out: &mut Vec<Key>,
    o: &Overlay,
    event: &Event,
    known: &EventKeys,
    plan: Option<&Plan>,
) {
    let attributes = plan.is_some_and(|plan| {
        let mut steps = plan.steps.iter();
        steps.any(|step| matches!(step.op, Op::Require(Guard::GroupAttribute { .. })))
    });
    let walked = plan.is_some_and(|plan| {
        let mut steps = plan.steps.iter();
        steps.any(|step| matches!(step.op, Op::Require(Guard::Ancestry) | Op::Transform { .. }))
    });
    let mut last: Option<Shared> = None;
    let named = event.objects.iter().chain(&event.parent);
    for (id, key) in named.zip(known.objects.iter().chain(&known.parent)) {
        let Ok(Some(object)) = o.object(key) else {
            continue;
        };
        if walked && !object.passed.is_empty() {
            out.push(keys::ancestry(id));
        }
        if last.as_ref().is_some_and(|last| leads_alike(last, &object)) {
            continue;
        }
        if let Some(group) = &object.group {
            out.push(keys::orders_on(&OrderScope::Group(group.clone())));
            if attributes {
                out.push(keys::group(group));
            }
        }
        match &object.holder {
            Some(Holder::Party(party)) => {
                out.push(keys::orders_on(&OrderScope::Party(party.clone())));
            }
            Some(Holder::Container(placement)) => out.push(keys::object(&placement.container)),
            Some(Holder::Transit { .. }) | None => {}
        }
        let offer = object.pending.as_ref().map(|pending| &pending.offer);
        out.extend(offer.map(keys::handover));
        for content in object.inside.keys() {
            out.extend(content.scope().as_ref().map(keys::orders_on));
            match content {
                Content::Derived(group) => out.push(keys::group(group)),
                Content::Group(group) if attributes => out.push(keys::group(group)),
                _ => {}
            }
        }
        abroad(out, &object);
        last = Some(object);
    }
    // whether what is packed into came filled from another chain
    if let (Some(parent), Some(key)) = (&event.parent, &known.parent)
        && let Ok(Some(object)) = o.object(key)
        && object.epoch > 0
    {
        out.push(keys::filling(parent, object.epoch));
    }
}

/// What is known of the orders of the chains that an object came over.
fn abroad(out: &mut Vec<Key>, object: &Object) {
    for chain in k06_foreign::passed(object) {
        out.extend([keys::foreign_chain(&chain), keys::feed(&chain)]);
        let own = object.passed.contains(&chain);
        let group = object.group.clone().map(OrderScope::Group);
        let class = object.class.clone().map(OrderScope::Class);
        let scopes = group.into_iter().chain(class).filter(|_| own);
        let inside = object.inside.keys().filter_map(Content::scope);
        let scopes = scopes.chain(inside);
        out.extend(scopes.map(|scope| keys::foreign_orders(&chain, &scope)));
    }
}

/// Whether the records of two objects lead to the same others.
fn leads_alike(one: &Object, other: &Object) -> bool {
    let offer = |object: &Object| object.pending.as_ref().map(|pending| pending.offer);
    one.group == other.group
        && one.holder == other.holder
        && offer(one) == offer(other)
        && one.inside == other.inside
        && one.passed == other.passed
}

fn of_event(
    out: &mut Vec<Key>,
    profile: Option<&dyn Profile>,
    issuer: &PartyId,
    plan: Option<&Plan>,
    event: &Event,
    known: &EventKeys,
) {
    out.push(known.event);
    for (object, last) in &event.expected {
        out.extend([keys::object(object), keys::event(last)]);
    }
    out.extend(
        event
            .corrects
            .iter()
            .flat_map(|target| [keys::event(target), keys::correctives(target)]),
    );
    out.push(keys::orders_on(&OrderScope::Party(issuer.clone())));
    let Some(profile) = profile else { return };
    let Some(plan) = plan else { return };
    out.extend(k02_authority::need_keys(&plan.needs, issuer));
    classes(out, profile, event);
    of_plan(out, issuer, event, plan);
}

/// Orders on the classes of the objects. Neighbours in the list are mostly of one class: it is hashed once.
fn classes(out: &mut Vec<Key>, profile: &dyn Profile, event: &Event) {
    let mut last = None;
    for object in event
        .objects
        .iter()
        .chain(&event.outputs.objects)
        .chain(&event.parent)
    {
        let class = profile.class_of(object);
        if class != last {
            out.extend(
                class
                    .clone()
                    .map(|class| keys::orders_on(&OrderScope::Class(class))),
            );
            last = class;
        }
    }
}

fn of_plan(out: &mut Vec<Key>, issuer: &PartyId, event: &Event, plan: &Plan) {
    let own = Holder::Party(issuer.clone());
    for step in &plan.steps {
        let lines = match step.on {
            Target::Objects => event.quantities.keys(),
            Target::Outputs => event.outputs.quantities.keys(),
            Target::Parent => std::collections::btree_map::Keys::default(),
        };
        for stock in lines {
            out.push(keys::balance(&own, stock));
            out.push(keys::orders_on(&match stock {
                Stock::Class(class) => OrderScope::Class(class.clone()),
                Stock::Group(group) => OrderScope::Group(group.clone()),
            }));
            if let Stock::Group(group) = stock {
                out.push(keys::group(group));
            }
        }
        match &step.op {
            Op::Create { group } => of_group(out, group.as_ref()),
            Op::Transform { group, process, .. } => {
                of_group(out, group.as_ref());
                out.extend(process.as_ref().map(|id| keys::process(issuer, id)));
                out.extend(
                    event
                        .outputs
                        .quantities
                        .keys()
                        .map(|stock| keys::balance(&own, stock)),
                );
            }
            Op::Offer { to, .. } => {
                out.push(keys::party(to));
                let transit = Holder::Transit {
                    from: issuer.clone(),
                    to: to.clone(),
                };
                out.extend(
                    event
                        .quantities
                        .keys()
                        .map(|stock| keys::balance(&transit, stock)),
                );
            }
            Op::Accept { from: Some(from) } => {
                let transit = Holder::Transit {
                    from: from.clone(),
                    to: issuer.clone(),
                };
                out.extend(
                    event
                        .quantities
                        .keys()
                        .map(|stock| keys::balance(&transit, stock)),
                );
                out.push(keys::orders_on(&OrderScope::Party(from.clone())));
            }
            Op::Once { kind, what } => out.push(keys::nullifier(*kind, what)),
            Op::Depart { chain, .. } => {
                out.extend([keys::foreign_chain(chain), keys::channel(chain)]);
            }
            Op::Rest(rest) => out.extend([
                keys::source(&rest.source),
                keys::fact(&rest.source, &rest.key),
            ]),
            Op::PutDocument { document, .. } => out.push(keys::document(document)),
            Op::Associate | Op::Dissociate => {
                if let Some(parent) = &event.parent {
                    for child in &event.objects {
                        out.extend([
                            keys::association(parent, child),
                            keys::association(child, parent),
                        ]);
                    }
                }
            }
            _ => {}
        }
    }
}

fn of_group(out: &mut Vec<Key>, group: Option<&NewGroup>) {
    if let Some(new) = group {
        out.push(keys::group(&new.group));
        out.push(keys::orders_on(&OrderScope::Group(new.group.clone())));
    }
}

fn of_order(out: &mut Vec<Key>, profile: Option<&dyn Profile>, tx: &Transaction, body: &OrderBody) {
    match body {
        OrderBody::Issue(terms) => {
            out.push(keys::orders_on(&terms.scope));
            of_terms(out, profile, tx, terms);
        }
        OrderBody::Approve { order } => out.push(keys::order(order)),
        OrderBody::Release { order, only, .. } => {
            out.push(keys::order(order));
            out.push(keys::release(order, only.as_ref()));
        }
    }
}

fn of_terms(
    out: &mut Vec<Key>,
    profile: Option<&dyn Profile>,
    tx: &Transaction,
    terms: &OrderTerms,
) {
    if let OrderScope::Object(object) = &terms.scope {
        out.push(keys::object(object));
    }
    if let Some(Ok(needs)) = profile.map(|profile| profile.order(terms, &tx.issuer)) {
        out.extend(k02_authority::need_keys(&needs, &tx.issuer));
    }
}
