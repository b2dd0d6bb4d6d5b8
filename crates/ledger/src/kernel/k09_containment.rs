//! K9, the graph of containers.
//!
//! * A child points to its container and to the filling (epoch) of it; the container counts its children and keeps a
//!   rolling digest. Moving a container writes one record; emptying it as a whole starts a new epoch and writes one more,
//!   which tells where the former contents are.
//! * Only the outermost container is filled; hence there are no cycles. Nesting is bounded by
//!   [`MAX_DEPTH`](crate::limits::MAX_DEPTH).
//! * Everything in a container has the custodian of the outermost. What comes out is in the custody of that party, and
//!   joins the containers' histories to its own. By statement or inference, its coming out enters the history of every
//!   container around it: whoever acts on the outermost can state that he knew (K4).
//! * *Inference*: taking an object out of its containers without a statement of its own happens only in steps that ask for
//!   it, and is reported in the receipt.
//! * Each container counts, at all levels, what must be known of its contents when it is acted upon: groups, classes, objects
//!   with orders, stages, what is held back or used in part ([`Content`]). The counts change where something goes in or
//!   out, at most [`MAX_DEPTH`] records outwards; a container of more than [`MAX_SCOPES_INSIDE`] different ones is refused
//!   when it is filled. So an act on a container costs a read for each group and class inside, however many packs.
//! * What comes out is as its containers were: held back if they were, at the greatest of their stages ([`Object::inherit`]).

use std::collections::BTreeMap;

use crate::{
    id::{GroupId, ObjectId},
    kernel::{k03_once, k04_state, k05_conservation, k06_moves, k06_orders},
    limits::{MAX_DEPTH, MAX_SCOPES_INSIDE},
    machine::{
        act::{Act, Around, Loaded, Named},
        halt::Halt,
    },
    profile::{MissingParent, Op, Step, Waits},
    report::{Effect, reasons},
    say,
    state::{Content, Flags, Group, Holder, Key, Object, Placement, Released, Status, keys},
    tx::{DataClass, OrderScope, Stock},
};

pub(crate) type Counts = BTreeMap<Content, u32>;

/// Objects and quantities go into the event's parent.
pub(crate) fn enclose(act: &mut Act<'_>, step: &Step, missing: MissingParent) -> Result<(), Halt> {
    let container = act.container()?;
    let parent_id = container.id;
    let known = act.o.object_at(container.spot)?;
    if !known.is_some_and(|object| object.exists()) && missing == MissingParent::Create {
        create_parent(act, step, container)?;
    }
    let parent = outer(act, step, container)?;
    let placement = Placement {
        container: parent_id.clone(),
        epoch: parent.object.epoch,
    };
    let inside = Holder::Container(placement);
    let mut counts = Counts::new();
    let mut height = 0;
    act.each(step.on, |act, named| {
        let child = act.live(named)?;
        if child.object.holder.as_ref() == Some(&inside) {
            let message = say!["it is in ", parent_id, " already"];
            return Err(act.waits_for(&child, Waits::PLACE, &reasons::INSIDE_CONTAINER, message));
        }
        let mut child = k04_state::freed(act, step, child)?;
        k04_state::not_offered(act, &child)?;
        height = height.max(child.object.height.saturating_add(1));
        count(&mut counts, contribution(named.id, &child.object));
        child.object.holder = Some(inside.clone());
        act.save(child);
        Ok(())
    })?;
    let own = Holder::Party(act.issuer.clone());
    k05_conservation::each_line(act, step.on, |act, stock, amount| {
        k06_orders::stock(act, step.blocked_by, stock)?;
        if k05_conservation::balance(act, &inside, stock)?.0 == 0 {
            *counts.entry(content_of(stock)).or_default() += 1;
        }
        k05_conservation::shift(act, &own, &inside, stock, amount)
    })?;
    // Inference may have taken children out of this very container's contents: read it again.
    let mut parent = outer(act, step, container)?;
    let added = u32::try_from(act.objects(step.on)?.len()).unwrap_or(u32::MAX);
    let children = parent.object.children.saturating_add(added);
    parent.object.height = parent.object.height.max(height);
    if usize::from(parent.object.height) > MAX_DEPTH {
        let message = format!("more than {MAX_DEPTH} levels of containers");
        return Err(act.refuses(&parent, &reasons::TOO_DEEP, message));
    }
    count(&mut parent.object.inside, counts);
    if parent.object.inside.len() > MAX_SCOPES_INSIDE {
        let message = format!("more than {MAX_SCOPES_INSIDE} groups and classes inside");
        return Err(act.refuses(&parent, &reasons::TOO_MIXED, message));
    }
    parent.object.roll_contents(&act.mark, children);
    let epoch = parent.object.epoch;
    act.save(parent);
    k06_moves::mark_packed(act, step, parent_id, epoch)
}

fn create_parent(act: &mut Act<'_>, step: &Step, container: Named<'_>) -> Result<(), Halt> {
    let mut object = k03_once::record(act, container)?;
    object.status = Status::Live;
    object.holder = Some(Holder::Party(act.issuer.clone()));
    object.class = act.profile.class_of(container.id);
    object
        .flags
        .set(Flags::UNTRACKED, act.class == DataClass::Record);
    k06_orders::created(act, step.blocked_by, container, &object)?;
    act.enter(&mut object, &[]);
    act.store(container.id, container.spot, object);
    Ok(())
}

/// The event's parent: live, outermost, not offered, in the custody of the actor.
fn outer(act: &mut Act<'_>, step: &Step, container: Named<'_>) -> Result<Loaded, Halt> {
    let parent = act.live(container)?;
    act.by_custodian(step, &parent)?;
    if parent.is_inside() {
        return Err(act.waits_for(
            &parent,
            Waits::PLACE,
            &reasons::NOT_OUTERMOST,
            "it is inside another container",
        ));
    }
    k04_state::not_offered(act, &parent)?;
    k06_orders::check(act, step.blocked_by, &parent)?;
    Ok(parent)
}

/// Objects and quantities come out of the event's parent.
pub(crate) fn disclose(act: &mut Act<'_>, step: &Step) -> Result<(), Halt> {
    let container = act.container()?;
    let parent_id = container.id;
    let parent = act.live(container)?;
    act.by_custodian(step, &parent)?;
    k04_state::not_offered(act, &parent)?;
    let placement = Placement {
        container: parent_id.clone(),
        epoch: parent.object.epoch,
    };
    let inside = Holder::Container(placement);
    let mut counts = Counts::new();
    let mut removed = 0u32;
    act.each(step.on, |act, named| {
        let mut child = act.live(named)?;
        if child.object.holder.as_ref() != Some(&inside) {
            return Err(not_inside(act, &child, parent_id));
        }
        act.by_custodian(step, &child)?;
        k06_orders::check(act, step.blocked_by, &child)?;
        k06_orders::leaves(act, &child)?;
        count(&mut counts, contribution(named.id, &child.object));
        removed = removed.saturating_add(1);
        set_free(&mut child);
        act.save(child);
        Ok(())
    })?;
    let own = parent
        .custodian()
        .cloned()
        .map(Holder::Party)
        .ok_or(Halt::Corrupt(parent.spot.key))?;
    k05_conservation::each_line(act, step.on, |act, stock, amount| {
        k06_orders::stock(act, step.blocked_by, stock)?;
        k05_conservation::shift(act, &inside, &own, stock, amount)?;
        if k05_conservation::balance(act, &inside, stock)?.0 == 0 {
            *counts.entry(content_of(stock)).or_default() += 1;
        }
        Ok(())
    })?;
    let outward = parent.location.clone();
    leave(act, parent, removed, &counts);
    uncount_outward(act, &outward.containers, &counts)
}

/// The parent loses `removed` children.
fn leave(act: &mut Act<'_>, mut parent: Loaded, removed: u32, counts: &Counts) {
    uncount(&mut parent.object.inside, counts);
    let children = parent.object.children.saturating_sub(removed);
    parent.object.roll_contents(&act.mark, children);
    if children == 0 && parent.object.inside.is_empty() {
        parent.object.height = 0;
    }
    act.save(parent);
}

/// Containers further out no longer have `counts` inside, and the event enters their histories too.
fn uncount_outward(
    act: &mut Act<'_>,
    containers: &[ObjectId],
    counts: &Counts,
) -> Result<(), Halt> {
    for id in containers {
        let key = keys::object(id);
        let spot = act.o.spot(key);
        let mut object = act.o.object_at(spot)?.ok_or(Halt::Corrupt(key))?;
        uncount(&mut object.inside, counts);
        act.enter(&mut object, &[]);
        act.store(id, spot, object);
    }
    Ok(())
}

fn not_inside(act: &Act<'_>, child: &Loaded, parent: &ObjectId) -> Halt {
    let message = match child.object.placement() {
        Some(placement) => say!["it is in ", &placement.container, ", not in ", parent],
        None => say!["it is in no container, not in ", parent],
    };
    let halt = act.waits_for(child, Waits::PLACE, &reasons::NOT_INSIDE, message);
    match halt {
        Halt::Waits(mut waiting) => {
            let parent = crate::state::Missing::Object(parent.clone());
            if !waiting.missing.contains(&parent) {
                waiting.missing.push(parent);
            }
            Halt::Waits(waiting)
        }
        other => other,
    }
}

/// The object is in the custody of whoever has the outermost container, and joins the containers' histories to its own.
fn set_free(loaded: &mut Loaded) {
    loaded.joins.extend(loaded.location.parents.iter().copied());
    loaded.object.holder = loaded.custodian().cloned().map(Holder::Party);
    let around = loaded.location.clone();
    loaded
        .object
        .inherit(around.held, around.stages.iter().copied());
    loaded.location = Around::default();
}

/// Takes an object out of its containers by inference. The record of the object is left to the caller.
pub(crate) fn take_out(act: &mut Act<'_>, mut loaded: Loaded) -> Result<Loaded, Halt> {
    let location = loaded.location.clone();
    let Some((direct, outward)) = location.containers.split_first() else {
        return Ok(loaded);
    };
    let mut counts = Counts::new();
    count(&mut counts, contribution(&loaded.id, &loaded.object));
    let key = keys::object(direct);
    let spot = act.o.spot(key);
    let object = act.o.object_at(spot)?.ok_or(Halt::Corrupt(key))?;
    let container = Loaded {
        id: direct.clone(),
        spot,
        object,
        location: Around::default(),
        joins: Vec::new(),
        at: loaded.at,
    };
    leave(act, container, 1, &counts);
    uncount_outward(act, outward, &counts)?;
    act.effects.push(Effect::Inferred {
        object: loaded.id.clone(),
        container: direct.clone(),
    });
    set_free(&mut loaded);
    Ok(loaded)
}

/// `loaded` in no container: as it is, or taken out by inference if the step asks for it.
pub(crate) fn outermost(act: &mut Act<'_>, step: &Step, loaded: Loaded) -> Result<Loaded, Halt> {
    if !loaded.is_inside() {
        return Ok(loaded);
    }
    if !step.infer {
        let message = match loaded.location.containers.first() {
            Some(container) => say!["it is in ", container],
            None => say!["it is in a container"],
        };
        return Err(act.waits_for(&loaded, Waits::PLACE, &reasons::INSIDE_CONTAINER, message));
    }
    k04_state::not_offered(act, &loaded)?;
    if !matches!(step.op, Op::Terminate { .. }) {
        k06_orders::leaves(act, &loaded)?;
    }
    take_out(act, loaded)
}

/// Everything comes out of each object of the target.
pub(crate) fn empty(act: &mut Act<'_>, step: &Step) -> Result<(), Halt> {
    act.each(step.on, |act, named| {
        let mut loaded = act.live(named)?;
        act.by_custodian(step, &loaded)?;
        k06_orders::check(act, step.blocked_by, &loaded)?;
        if loaded.is_inside() {
            return Err(act.waits_for(
                &loaded,
                Waits::PLACE,
                &reasons::NOT_OUTERMOST,
                "it is inside another container",
            ));
        }
        k04_state::not_offered(act, &loaded)?;
        release_contents(act, &mut loaded)?;
        act.save(loaded);
        Ok(())
    })
}

/// Ends the present filling: whoever was inside is in the custody of the container's custodian.
pub(crate) fn release_contents(act: &mut Act<'_>, loaded: &mut Loaded) -> Result<(), Halt> {
    let custodian = loaded
        .custodian()
        .cloned()
        .ok_or(Halt::Corrupt(loaded.spot.key))?;
    k06_orders::emptied(act, loaded)?;
    let joins = std::mem::take(&mut loaded.joins);
    act.enter(&mut loaded.object, &joins);
    let epoch = loaded.object.epoch;
    let inside = Holder::Container(Placement {
        container: loaded.id.clone(),
        epoch,
    });
    let own = Holder::Party(custodian.clone());
    let stocks: Vec<Stock> = loaded.object.inside.keys().filter_map(stock_of).collect();
    let wanted: Vec<_> = stocks
        .iter()
        .map(|stock| keys::balance(&inside, stock))
        .collect();
    act.require(&wanted)?;
    for stock in stocks {
        let amount = k05_conservation::balance(act, &inside, &stock)?;
        if amount.0 > 0 {
            k05_conservation::shift(act, &inside, &own, &stock, amount)?;
        }
    }
    let released = Released {
        custodian,
        event: act.mark,
        provenance: loaded.object.provenance,
        held: loaded.object.flags.has(Flags::HELD),
        stage: loaded.object.stage,
    };
    act.o.put(keys::released(&loaded.id, epoch), &released);
    loaded.object.epoch = epoch.saturating_add(1);
    loaded.object.children = 0;
    loaded.object.height = 0;
    loaded.object.contents = crate::id::Digest32([0; 32]);
    loaded.object.inside.clear();
    Ok(())
}

/// The listed objects are directly inside the event's parent. Returns the parent.
pub(crate) fn listed_contents(act: &mut Act<'_>, step: &Step) -> Result<Loaded, Halt> {
    let container = act.container()?;
    let parent_id = container.id;
    let parent = act.live(container)?;
    let inside = Holder::Container(Placement {
        container: parent_id.clone(),
        epoch: parent.object.epoch,
    });
    act.each(step.on, |act, named| {
        let child = act.live(named)?;
        if child.object.holder.as_ref() == Some(&inside) {
            return Ok(());
        }
        let message = match child.location.containers.first() {
            Some(container) => say!["it is in ", container, ", not in ", parent_id],
            None => say!["it is in no container, not in ", parent_id],
        };
        Err(act.waits_for(&child, Waits::PLACE, &reasons::CONTENTS_DIFFER, message))
    })?;
    Ok(parent)
}

/// The listed objects are directly inside the event's parent, and nothing else is.
pub(crate) fn exact_contents(act: &mut Act<'_>, step: &Step) -> Result<(), Halt> {
    let parent = listed_contents(act, step)?;
    let listed = act.objects(step.on)?.len();
    if listed != parent.object.children as usize {
        let message = format!(
            "{listed} objects are listed, {} are inside",
            parent.object.children
        );
        return Err(act.waits_for(&parent, Waits::PLACE, &reasons::CONTENTS_DIFFER, message));
    }
    Ok(())
}

/// The groups that an object's group was made of.
pub(crate) fn lineage(act: &Act<'_>, object: &Object) -> Result<Vec<GroupId>, Halt> {
    match &object.group {
        Some(group) if object.flags.has(Flags::DERIVED) => {
            let record = act.o.look::<Group>(&keys::group(group))?;
            Ok(record
                .map(|record| record.made_of.iter().cloned().collect())
                .unwrap_or_default())
        }
        _ => Ok(Vec::new()),
    }
}

/// What an order that concerns anything inside would be on.
pub(crate) fn scopes_inside(act: &Act<'_>, object: &Object) -> Result<Vec<OrderScope>, Halt> {
    if object.inside.is_empty() {
        return Ok(Vec::new());
    }
    let derived = object.inside.keys().filter_map(|content| match content {
        Content::Derived(group) => Some(keys::group(group)),
        _ => None,
    });
    let derived: Vec<Key> = derived.collect();
    act.require(&derived)?;
    let mut scopes: Vec<OrderScope> = object.inside.keys().filter_map(Content::scope).collect();
    for key in &derived {
        if let Some(record) = act.o.look::<Group>(key)? {
            let origins = record.made_of.iter().cloned();
            scopes.extend(origins.map(OrderScope::Group));
        }
    }
    Ok(scopes)
}

/// What an object adds to the counts of the containers around it.
pub(crate) fn contribution(id: &ObjectId, object: &Object) -> Counts {
    let mut counts = object.inside.clone();
    count(&mut counts, marks(object));
    let mut add = |content| *counts.entry(content).or_default() += 1;
    if let Some(group) = &object.group {
        add(Content::Group(group.clone()));
        if object.flags.has(Flags::DERIVED) {
            add(Content::Derived(group.clone()));
        }
    }
    object.class.clone().map(Content::Class).map(&mut add);
    if object.flags.has(Flags::ORDERS) {
        add(Content::Object(id.clone()));
    }
    for chain in &object.passed {
        add(Content::Passed(*chain));
    }
    counts
}

/// What may change while an object is inside: its stage, and whether it is held back or used in part.
fn marks(object: &Object) -> Counts {
    let stage = (object.stage.0 != 0).then_some(Content::Stage(object.stage));
    let held = object.flags.has(Flags::HELD).then_some(Content::Held);
    let used = object.flags.has(Flags::USED).then_some(Content::Used);
    let marks = stage.into_iter().chain(held).chain(used);
    marks.map(|mark| (mark, 1)).collect()
}

/// The stage of an object that stays where it is changed, or whether it is held back: the containers around it count it anew.
pub(crate) fn mark_changed(
    act: &mut Act<'_>,
    loaded: &Loaded,
    before: &Object,
) -> Result<(), Halt> {
    let (old, new) = (marks(before), marks(&loaded.object));
    if old == new {
        return Ok(());
    }
    for id in &loaded.location.containers {
        let key = keys::object(id);
        let spot = act.o.spot(key);
        let mut object = act.o.object_at(spot)?.ok_or(Halt::Corrupt(key))?;
        uncount(&mut object.inside, &old);
        count(&mut object.inside, new.clone());
        if object.inside.len() > 2 * MAX_SCOPES_INSIDE {
            let message = say!["too many different things are inside ", id];
            return Err(act.refuses(loaded, &reasons::TOO_MIXED, message));
        }
        act.store(id, spot, object);
    }
    Ok(())
}

pub(crate) fn count(to: &mut Counts, add: Counts) {
    for (scope, n) in add {
        let entry = to.entry(scope).or_default();
        *entry = entry.saturating_add(n);
    }
}

/// Subtracts counts; entries that reach zero go.
pub(crate) fn uncount(from: &mut Counts, remove: &Counts) {
    for (scope, n) in remove {
        if let Some(entry) = from.get_mut(scope) {
            *entry = entry.saturating_sub(*n);
            if *entry == 0 {
                from.remove(scope);
            }
        }
    }
}

fn content_of(stock: &Stock) -> Content {
    match stock {
        Stock::Class(class) => Content::Class(class.clone()),
        Stock::Group(group) => Content::Group(group.clone()),
    }
}

pub(crate) fn stock_of(content: &Content) -> Option<Stock> {
    match content {
        Content::Class(class) => Some(Stock::Class(class.clone())),
        Content::Group(group) => Some(Stock::Group(group.clone())),
        _ => None,
    }
}
