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
    id::ObjectId,
    kernel::k09_containment,
    machine::{
        act::{Act, Loaded},
        halt::Halt,
    },
    profile::{Blocks, Step, Waits},
    report::{Reason, Subject, reasons},
    say,
    state::{Content, Flags, Group, Key, Object, OrdersOn, keys},
    tx::{OrderKind, OrderScope, Stock},
};

/// Refuses an act on `loaded` that an order or hold forbids.
pub(crate) fn check(act: &mut Act<'_>, blocks: Blocks, loaded: &Loaded) -> Result<(), Halt> {
    if blocks.has(Blocks::HELD) {
        not_held(act, loaded)?;
    }
    if !asks(blocks) {
        return Ok(());
    }
    let special = loaded.object.flags.has(Flags::ORDERS)
        || loaded.object.flags.has(Flags::DERIVED)
        || !loaded.location.ordered.is_empty()
        || !loaded.object.inside.is_empty();
    if !special && act.is_cleared(blocks, &loaded.object, loaded.custodian()) {
        return Ok(());
    }
    let mut scopes = common(&loaded.object);
    scopes.extend(loaded.custodian().cloned().map(OrderScope::Party));
    if loaded.object.flags.has(Flags::ORDERS) {
        scopes.push(OrderScope::Object(loaded.id.clone()));
    }
    scopes.extend(
        loaded
            .location
            .ordered
            .iter()
            .cloned()
            .map(OrderScope::Object),
    );
    scopes.extend(
        k09_containment::lineage(act, &loaded.object)?
            .into_iter()
            .map(OrderScope::Group),
    );
    let own = scopes.len();
    scopes.extend(k09_containment::scopes_inside(act, &loaded.object)?);
    require(act, &scopes)?;
    for (index, on) in scopes.iter().enumerate() {
        let inside = index >= own;
        let exempt = (!inside).then_some(&loaded.id);
        let refused = Refused::object(&loaded.id, &loaded.place, inside);
        scope_at(act, blocks, on, exempt, &refused)?;
    }
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
    let ordered = loaded.location.ordered.iter().cloned();
    let scopes: Vec<OrderScope> = ordered.map(OrderScope::Object).collect();
    require(act, &scopes)?;
    let any = Blocks::HOLD.and(Blocks::RECALL);
    scopes.iter().try_for_each(|on| {
        let refused = Refused::object(&loaded.id, &loaded.place, false);
        scope_at(act, any, on, Some(&loaded.id), &refused)
    })
}

/// Refuses to empty a container that an order is on.
pub(crate) fn emptied(act: &Act<'_>, loaded: &Loaded) -> Result<(), Halt> {
    if !loaded.object.flags.has(Flags::ORDERS) || !loaded.object.has_contents() {
        return Ok(());
    }
    let any = Blocks::HOLD.and(Blocks::RECALL);
    let on = OrderScope::Object(loaded.id.clone());
    let refused = Refused::object(&loaded.id, &loaded.place, false);
    scope_at(act, any, &on, None, &refused)
}

/// Refuses the creation of an object that an order forbids.
pub(crate) fn created(
    act: &mut Act<'_>,
    step: &Step,
    index: usize,
    id: &ObjectId,
    object: &Object,
) -> Result<(), Halt> {
    if !asks(step.blocked_by) {
        return Ok(());
    }
    if object.flags.has(Flags::ORDERS) {
        let place = act.path(step.on, index);
        let on = OrderScope::Object(id.clone());
        let refused = Refused::object(id, &place, false);
        scope_at(act, step.blocked_by, &on, None, &refused)?;
    }
    if act.is_cleared(step.blocked_by, object, Some(act.issuer)) {
        return Ok(());
    }
    let mut scopes = common(object);
    scopes.push(OrderScope::Party(act.issuer.clone()));
    require(act, &scopes)?;
    let place = act.path(step.on, index);
    let refused = Refused::object(id, &place, false);
    for on in &scopes {
        scope_at(act, step.blocked_by, on, None, &refused)?;
    }
    act.clear(step.blocked_by, object, Some(act.issuer));
    Ok(())
}

/// Refuses an act on a quantity that an order forbids.
pub(crate) fn stock(act: &mut Act<'_>, blocks: Blocks, stock: &Stock) -> Result<(), Halt> {
    if !asks(blocks) {
        return Ok(());
    }
    let mut scopes = vec![OrderScope::Party(act.issuer.clone())];
    match stock {
        Stock::Class(class) => scopes.push(OrderScope::Class(class.clone())),
        Stock::Group(group) => {
            let record: Option<Group> = act.o.get(&keys::group(group))?;
            scopes.extend(
                record
                    .into_iter()
                    .flat_map(|record| record.made_of)
                    .map(OrderScope::Group),
            );
            scopes.push(OrderScope::Group(group.clone()));
        }
    }
    require(act, &scopes)?;
    let refused = Refused {
        what: What::Stock(stock),
        place: act.place,
        inside: false,
    };
    scopes
        .iter()
        .try_for_each(|on| scope_at(act, blocks, on, None, &refused))
}

/// What an act is about.
#[derive(Clone, Copy)]
enum What<'a> {
    Object(&'a ObjectId),
    Stock(&'a Stock),
}

/// What is refused, if an order is in force.
#[derive(Clone, Copy)]
struct Refused<'a> {
    what: What<'a>,
    place: &'a str,
    /// The order is on something inside it.
    inside: bool,
}

impl<'a> Refused<'a> {
    const fn object(id: &'a ObjectId, place: &'a str, inside: bool) -> Self {
        Self {
            what: What::Object(id),
            place,
            inside,
        }
    }
}

const fn asks(blocks: Blocks) -> bool {
    blocks.has(Blocks::HOLD) || blocks.has(Blocks::RECALL)
}

fn common(object: &Object) -> Vec<OrderScope> {
    let group = object.group.clone().map(OrderScope::Group);
    let class = object.class.clone().map(OrderScope::Class);
    group.into_iter().chain(class).collect()
}

fn require(act: &Act<'_>, scopes: &[OrderScope]) -> Result<(), Halt> {
    let wanted: Vec<Key> = scopes.iter().map(keys::orders_on).collect();
    act.require(&wanted)
}

/// Refuses if an order on `on` is in force that `blocks` names and that does not exempt the object.
fn scope_at(
    act: &Act<'_>,
    blocks: Blocks,
    on: &OrderScope,
    exempt: Option<&ObjectId>,
    refused: &Refused<'_>,
) -> Result<(), Halt> {
    let Some(orders) = act.o.get::<OrdersOn>(&keys::orders_on(on))? else {
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
        if let Some(object) = exempt
            && act.o.has(&keys::exemption(&active.order, object))?
        {
            continue;
        }
        let inside = if refused.inside {
            ", which concerns what is inside"
        } else {
            ""
        };
        let message = say![active.order, " is in force on ", on, inside];
        let subject = match refused.what {
            What::Object(id) => Subject::Object(id.clone()),
            What::Stock(stock) => Subject::Stock(stock.clone()),
        };
        return Err(Halt::refuse(reason, subject, refused.place, message));
    }
    Ok(())
}
