//! K6 and K9 on orders: what an order in force forbids, and how far it reaches.
//!
//! An order concerns an object if it is on the object itself, on a container around it, on its group, on a group it was
//! made of, on its class, or on its custodian. A container is concerned besides by every order on anything inside it:
//! it counts the groups, classes and ordered objects inside (`Object::inside`), so that moving a pallet with one recalled
//! pack is refused without looking at its other packs: the cost is a read for each group and class inside. An exempted
//! object is concerned by no part of that order but stops its container all the same: it has to be taken out.
//!
//! What an order on a container reaches because it is inside would escape by coming out: nothing comes out of such a
//! container, alone or with everything else, except what is exempted from the order and what ends.
//!
//! The custodian's own hold is no order: it may be lifted by an event that is still to come, so the act waits.

use crate::{
    id::{ChainId, ObjectId, PartyId},
    kernel::{k06_foreign, k09_containment},
    machine::{
        act::{Act, At, Loaded, Named},
        halt::{Halt, Needs},
    },
    profile::{Blocks, Waits},
    report::{Reason, Subject, reasons},
    say,
    state::{Content, Flags, Group, Object, OrdersOn, keys},
    tx::{OrderKind, ScopeRef, Stock},
};

/// Refuses an act on `loaded` that an order or hold forbids.
pub(crate) fn check(act: &mut Act<'_>, blocks: Blocks, loaded: &Loaded) -> Result<(), Halt> {
    if blocks.has(Blocks::HELD) {
        not_held(act, loaded)?;
    }
    if !asks(blocks) {
        return Ok(());
    }
    let within = k06_foreign::passed(&loaded.object);
    let abroad = k06_foreign::concerned(loaded, &within);
    let special = loaded.object.flags.has(Flags::ORDERS)
        || !abroad.is_empty()
        || loaded.object.flags.has(Flags::DERIVED)
        || !loaded.location.ordered.is_empty()
        || !loaded.object.inside.is_empty();
    if !special && act.is_cleared(blocks, &loaded.object, loaded.custodian()) {
        return Ok(());
    }
    let object = &loaded.object;
    let lineage = k09_containment::lineage(act, object)?;
    let inside = k09_containment::scopes_inside(act, object)?;
    let own = object.flags.has(Flags::ORDERS).then_some(&loaded.id);
    let around = own.into_iter().chain(&loaded.location.ordered);
    let scopes = common(object, loaded.custodian())
        .chain(around.map(ScopeRef::Object))
        .chain(lineage.iter().map(ScopeRef::Group));
    let refused = Refused::loaded(loaded, false);
    let mut needs = Needs::default();
    for on in scopes {
        needs.note(scope_at(act, blocks, on, Some(&loaded.id), &refused))?;
    }
    let refused_inside = Refused::loaded(loaded, true);
    for on in &inside {
        needs.note(scope_at(act, blocks, on.into(), None, &refused_inside))?;
    }
    for (chain, containers) in &abroad {
        needs.note(k06_foreign::fresh(act, loaded, chain))?;
        let refused = refused.by(chain);
        if object.passed.contains(chain) {
            let scopes = common(object, None)
                .chain(own.map(ScopeRef::Object))
                .chain(lineage.iter().map(ScopeRef::Group));
            for on in scopes {
                needs.note(scope_at(act, blocks, on, Some(&loaded.id), &refused))?;
            }
        }
        let ordered = containers
            .iter()
            .filter(|id| loaded.location.ordered.contains(id));
        for container in ordered {
            let on = ScopeRef::Object(container);
            needs.note(scope_at(act, blocks, on, Some(&loaded.id), &refused))?;
        }
        if within.contains(chain) {
            let refused = refused_inside.by(chain);
            for on in &inside {
                needs.note(scope_at(act, blocks, on.into(), None, &refused))?;
            }
        }
    }
    needs.done()?;
    if !special {
        act.clear(blocks, &loaded.object, loaded.custodian());
    }
    Ok(())
}

/// Refuses what its custodian holds back, by itself, with a container around it or with something inside it.
fn not_held(act: &Act<'_>, loaded: &Loaded) -> Result<(), Halt> {
    let message = if loaded.object.flags.has(Flags::HELD) {
        say!["its custodian holds it back"]
    } else if loaded.location.held {
        say!["its custodian holds the container around it back"]
    } else if let Some(count) = loaded.object.inside.get(&Content::Held) {
        say![*count, " inside: held back by the custodian"]
    } else {
        return Ok(());
    };
    Err(act.waits_for(loaded, Waits::STAGE, &reasons::HELD_BACK, message))
}

/// Refuses to take an object out of containers that an order is on.
pub(crate) fn leaves(act: &Act<'_>, loaded: &Loaded) -> Result<(), Halt> {
    let any = Blocks::HOLD.and(Blocks::RECALL);
    let refused = Refused::loaded(loaded, false);
    let mut needs = Needs::default();
    for container in &loaded.location.ordered {
        let on = ScopeRef::Object(container);
        needs.note(scope_at(act, any, on, Some(&loaded.id), &refused))?;
        let over = loaded.location.passed.iter();
        for (chain, _) in over.filter(|(_, id)| id == container) {
            let refused = refused.by(chain);
            needs.note(scope_at(act, any, on, Some(&loaded.id), &refused))?;
        }
    }
    needs.done()
}

/// Refuses to empty a container that an order is on.
pub(crate) fn emptied(act: &Act<'_>, loaded: &Loaded) -> Result<(), Halt> {
    if !loaded.object.flags.has(Flags::ORDERS) || !loaded.object.has_contents() {
        return Ok(());
    }
    let any = Blocks::HOLD.and(Blocks::RECALL);
    let on = ScopeRef::Object(&loaded.id);
    let refused = Refused::loaded(loaded, false);
    let mut needs = Needs::default();
    needs.note(scope_at(act, any, on, None, &refused))?;
    for chain in &loaded.object.passed {
        needs.note(scope_at(act, any, on, None, &refused.by(chain)))?;
    }
    needs.done()
}

/// Refuses the creation of an object that an order forbids.
pub(crate) fn created(
    act: &mut Act<'_>,
    blocks: Blocks,
    named: Named<'_>,
    object: &Object,
) -> Result<(), Halt> {
    if !asks(blocks) {
        return Ok(());
    }
    let refused = Refused {
        what: What::Object(named.id, named.at),
        inside: false,
        by: None,
    };
    if object.flags.has(Flags::ORDERS) {
        scope_at(act, blocks, ScopeRef::Object(named.id), None, &refused)?;
    }
    if act.is_cleared(blocks, object, Some(act.issuer)) {
        return Ok(());
    }
    let mut needs = Needs::default();
    for on in common(object, Some(act.issuer)) {
        needs.note(scope_at(act, blocks, on, None, &refused))?;
    }
    needs.done()?;
    act.clear(blocks, object, Some(act.issuer));
    Ok(())
}

/// Refuses an act on a quantity that an order forbids.
pub(crate) fn stock(act: &mut Act<'_>, blocks: Blocks, stock: &Stock) -> Result<(), Halt> {
    if !asks(blocks) {
        return Ok(());
    }
    let record;
    let (origins, own) = match stock {
        Stock::Class(class) => (None, ScopeRef::Class(class)),
        Stock::Group(group) => {
            record = act.o.look::<Group>(&keys::group(group))?;
            (
                record.as_ref().map(|record| &record.made_of),
                ScopeRef::Group(group),
            )
        }
    };
    let scopes = [ScopeRef::Party(act.issuer)]
        .into_iter()
        .chain(origins.into_iter().flatten().map(ScopeRef::Group))
        .chain([own]);
    let refused = Refused {
        what: What::Stock(stock),
        inside: false,
        by: None,
    };
    let mut needs = Needs::default();
    for on in scopes {
        needs.note(scope_at(act, blocks, on, None, &refused))?;
    }
    needs.done()
}

/// What an act is about.
#[derive(Clone, Copy)]
enum What<'a> {
    Object(&'a ObjectId, At),
    Stock(&'a Stock),
}

/// What is refused, if an order is in force.
#[derive(Clone, Copy)]
struct Refused<'a> {
    what: What<'a>,
    /// The order is on something inside it.
    inside: bool,
    /// The chain whose order it is, unless it is one of this.
    by: Option<&'a ChainId>,
}

impl<'a> Refused<'a> {
    const fn loaded(loaded: &'a Loaded, inside: bool) -> Self {
        Self {
            what: What::Object(&loaded.id, loaded.at),
            inside,
            by: None,
        }
    }

    /// The same by orders of another chain.
    const fn by(self, chain: &'a ChainId) -> Self {
        Self {
            by: Some(chain),
            ..self
        }
    }
}

const fn asks(blocks: Blocks) -> bool {
    blocks.has(Blocks::HOLD) || blocks.has(Blocks::RECALL)
}

/// What an order on an object that is not about it alone would be on.
fn common<'a>(
    object: &'a Object,
    custodian: Option<&'a PartyId>,
) -> impl Iterator<Item = ScopeRef<'a>> {
    let group = object.group.as_ref().map(ScopeRef::Group);
    let class = object.class.as_ref().map(ScopeRef::Class);
    let custodian = custodian.map(ScopeRef::Party);
    group.into_iter().chain(class).chain(custodian)
}

/// Refuses if an order on `on` is in force that `blocks` names and that does not exempt the object.
fn scope_at(
    act: &Act<'_>,
    blocks: Blocks,
    on: ScopeRef<'_>,
    exempt: Option<&ObjectId>,
    refused: &Refused<'_>,
) -> Result<(), Halt> {
    let key = match refused.by {
        None => keys::orders_at(on),
        Some(chain) => keys::foreign_orders_at(chain, on),
    };
    let Some(orders) = act.o.look::<OrdersOn>(&key)? else {
        return Ok(());
    };
    for active in orders
        .orders
        .iter()
        .filter(|active| active.in_force(act.moment.now))
    {
        let (block, reason): (Blocks, &Reason) = match active.kind {
            OrderKind::Hold => (Blocks::HOLD, &reasons::ON_HOLD),
            OrderKind::Recall => (Blocks::RECALL, &reasons::ON_RECALL),
        };
        if !blocks.has(block) {
            continue;
        }
        let exempted = |object: &ObjectId| match refused.by {
            None => keys::exemption(&active.order, object),
            Some(chain) => keys::foreign_exemption(chain, &active.order, object),
        };
        if let Some(object) = exempt
            && act.o.has(&exempted(object))?
        {
            continue;
        }
        let inside = if refused.inside {
            ", which concerns what is inside"
        } else {
            ""
        };
        let scope = on.to_scope();
        let message = match refused.by {
            None => say![active.order, " is in force on ", &scope, inside],
            Some(chain) => say![
                active.order,
                " of ",
                chain,
                " is in force on ",
                &scope,
                inside
            ],
        };
        return Err(match refused.what {
            What::Object(id, at) => {
                let subject = Subject::Object(id.clone());
                Halt::refuse(reason, subject, &act.path(at), message)
            }
            What::Stock(stock) => {
                let subject = Subject::Stock(stock.clone());
                Halt::refuse(reason, subject, act.place, message)
            }
        });
    }
    Ok(())
}
