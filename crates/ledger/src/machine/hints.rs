//! The keys a transaction will read that can be named without reading state.

use crate::{
    id::PartyId,
    kernel::k02_authority,
    machine::{Machine, Overlay},
    profile::{Claim, NewGroup, Op, Plan, Profile, Target},
    state::{Holder, Key, Object, Parked, keys},
    tx::{Body, Event, OrderBody, OrderScope, OrderTerms, SignedTransaction, Stock, Transaction},
};

/// Every key that can be named beforehand, ascending.
pub(super) fn of(machine: &Machine, signed: &SignedTransaction) -> Vec<Key> {
    let tx = signed.tx();
    let mut out = vec![
        keys::params(),
        keys::profile(tx.profile),
        keys::party(&tx.issuer),
        keys::party_key(&tx.key),
        keys::usage(&tx.issuer),
    ];
    let profile = machine.profile(tx.profile);
    match &tx.body {
        Body::Events(list) => {
            for (index, event) in list.iter().enumerate() {
                let place = format!("/events/{index}");
                let claim = Claim {
                    issuer: &tx.issuer,
                    class: tx.class,
                    place: &place,
                };
                of_event(&mut out, profile, &claim, event);
            }
        }
        Body::Correction(correction) => {
            out.push(keys::tx(&signed.id()));
            out.push(keys::correctives(&correction.event.id));
            out.extend(correction.correctives.iter().map(keys::event));
            let claim = Claim {
                issuer: &tx.issuer,
                class: tx.class,
                place: "/correction/event",
            };
            of_event(&mut out, profile, &claim, &correction.event);
        }
        Body::Order(body) => {
            out.push(keys::tx(&signed.id()));
            of_order(&mut out, profile, tx, body);
        }
        Body::Governance(_) => out.push(keys::tx(&signed.id())),
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// The keys that trying a parked event again will read.
pub(super) fn of_parked(machine: &Machine, parked: &Parked) -> Vec<Key> {
    let mut out = vec![keys::usage(&parked.issuer)];
    out.extend(parked.missing.iter().map(keys::waiting));
    let claim = Claim {
        issuer: &parked.issuer,
        class: parked.class,
        place: "",
    };
    of_event(
        &mut out,
        machine.profile(parked.profile),
        &claim,
        &parked.event,
    );
    out
}

/// The keys that follow from the objects of an event, as far as these are known: orders on group and custodian, the
/// hand-over they are in.
pub(super) fn from_objects(o: &Overlay, event: &Event) -> Vec<Key> {
    let mut out = Vec::new();
    for id in event.objects.iter().chain(&event.parent) {
        let Ok(Some(object)) = o.get::<Object>(&keys::object(id)) else {
            continue;
        };
        out.extend(
            object
                .group
                .map(|group| keys::orders_on(&OrderScope::Group(group))),
        );
        out.extend(object.pending.map(|pending| keys::handover(&pending.offer)));
        match object.holder {
            Some(Holder::Party(party)) => out.push(keys::orders_on(&OrderScope::Party(party))),
            Some(Holder::Container(placement)) => out.push(keys::object(&placement.container)),
            _ => {}
        }
    }
    out
}

fn of_event(out: &mut Vec<Key>, profile: Option<&dyn Profile>, claim: &Claim<'_>, event: &Event) {
    out.push(keys::event(&event.id));
    out.extend(event.objects.iter().map(keys::object));
    out.extend(event.outputs.objects.iter().map(keys::object));
    out.extend(event.parent.as_ref().map(keys::object));
    out.extend(event.expected.values().map(keys::event));
    out.extend(
        event
            .corrects
            .iter()
            .flat_map(|target| [keys::event(target), keys::correctives(target)]),
    );
    out.push(keys::orders_on(&OrderScope::Party(claim.issuer.clone())));
    let Some(profile) = profile else { return };
    let Ok(plan) = profile.classify(event, claim) else {
        return;
    };
    out.extend(k02_authority::need_keys(&plan.needs, claim.issuer));
    classes(out, profile, event);
    of_plan(out, claim.issuer, event, &plan);
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
            Op::PutDocument { document, .. } => out.push(keys::document(document)),
            Op::Associate | Op::Dissociate => {
                if let Some(parent) = &event.parent {
                    out.extend(
                        event
                            .objects
                            .iter()
                            .map(|child| keys::association(parent, child)),
                    );
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
