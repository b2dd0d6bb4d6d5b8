//! The keys a transaction will read that can be named without reading state.

use crate::{
    kernel::k02_authority,
    machine::Machine,
    profile::{Claim, NewGroup, Op, Plan, Profile, Target},
    state::{Holder, Key, keys},
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
                of_event(&mut out, profile, tx, event, index);
            }
        }
        Body::Correction(correction) => {
            out.push(keys::tx(&signed.id()));
            out.push(keys::correctives(&correction.event.id));
            out.extend(correction.correctives.iter().map(keys::event));
            of_event(&mut out, profile, tx, &correction.event, 0);
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

fn of_event(
    out: &mut Vec<Key>,
    profile: Option<&dyn Profile>,
    tx: &Transaction,
    event: &Event,
    index: usize,
) {
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
    out.push(keys::orders_on(&OrderScope::Party(tx.issuer.clone())));
    let Some(profile) = profile else { return };
    let place = format!("/events/{index}");
    let claim = Claim {
        issuer: &tx.issuer,
        class: tx.class,
        place: &place,
    };
    let Ok(plan) = profile.classify(event, &claim) else {
        return;
    };
    out.extend(k02_authority::need_keys(&plan.needs, &tx.issuer));
    classes(out, profile, event);
    of_plan(out, tx, event, &plan);
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

fn of_plan(out: &mut Vec<Key>, tx: &Transaction, event: &Event, plan: &Plan) {
    let own = Holder::Party(tx.issuer.clone());
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
                out.extend(process.as_ref().map(|id| keys::process(&tx.issuer, id)));
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
                    from: tx.issuer.clone(),
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
                    to: tx.issuer.clone(),
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
