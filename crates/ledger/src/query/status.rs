//! The status of an object: in being or not, with whom, in what, held or not, and under which orders.

use std::collections::{BTreeMap, BTreeSet};

use super::{Answer, QueryError, reader::Reader};
use crate::{
    id::{ChainId, ClassId, Code, GroupId, ObjectId, PartyId, TimeMs},
    kernel::k06_foreign,
    limits::MAX_DEPTH,
    machine::Overlay,
    state::{
        ActiveOrder, Content, Feed, Filling, Flags, Group, Holder, Key, Object, OrdersOn, Pending,
        Placement, Released, Status, TxRecord, keys,
    },
    tx::OrderScope,
};

/// A container around an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerStatus {
    /// The container.
    pub id: ObjectId,
    /// Its record.
    pub record: Object,
}

/// An order that concerns an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockingOrder {
    /// What it is on.
    pub scope: OrderScope,
    /// The order.
    pub order: ActiveOrder,
    /// Whether the object is exempted from it.
    pub exempted: bool,
    /// The chain whose order it is, unless it is one of this.
    pub by: Option<ChainId>,
}

/// How far the orders of a chain are known that an object came over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The chain.
    pub chain: ChainId,
    /// The time of that chain up to which all its orders are known here.
    pub as_of: Option<TimeMs>,
}

/// The status of an object at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectStatus {
    /// The object.
    pub id: ObjectId,
    /// Its own record; `None` if it was never created.
    pub record: Option<Object>,
    /// Whether it is in being, by its own status and that of the containers around it.
    pub live: bool,
    /// The chain where it lives: it went there, alone or with a container around it.
    pub away: Option<ChainId>,
    /// Why it ended, if it did.
    pub ended: Option<Code>,
    /// Its custodian: its own, or that of the outermost container.
    pub custodian: Option<PartyId>,
    /// The hand-over it is in: its own, or that of the outermost container.
    pub pending: Option<Pending>,
    /// The containers around it, innermost first.
    pub containers: Vec<ContainerStatus>,
    /// Where it came out of a container that was emptied as a whole, if it has no later record.
    pub released: Option<Released>,
    /// Whether its custodian holds it, or a container around it, back.
    pub held: bool,
    /// Its stage: the greatest of its own and those of the containers around it, or of the one it came out of.
    pub stage: Code,
    /// Its group.
    pub group: Option<(GroupId, Group)>,
    /// Its class.
    pub class: Option<ClassId>,
    /// Orders in force on it, on containers around it, its group and the groups that one was made of, its class and its
    /// custodian.
    pub orders: Vec<BlockingOrder>,
    /// Orders in force on something inside it.
    pub orders_inside: Vec<BlockingOrder>,
    /// The chains that it, something inside it, or a container around it came over.
    pub passed: Vec<Known>,
}

impl ObjectStatus {
    /// Whether an order in force concerns it and does not exempt it.
    pub fn is_blocked(&self) -> bool {
        self.orders.iter().any(|found| !found.exempted)
    }
}

/// The status of `id` at `at`, normally the time of the block whose state is asked.
pub fn object_status(
    o: &Overlay,
    id: &ObjectId,
    at: TimeMs,
) -> Result<Answer<ObjectStatus>, QueryError> {
    Reader::answer(o, |r| {
        let own = OrderScope::Object(id.clone());
        r.want([keys::object(id), keys::orders_on(&own)])?;
        let record: Option<Object> = r.get(keys::object(id))?;
        let record = record.filter(Object::exists);
        let mut status = ObjectStatus {
            id: id.clone(),
            live: record.as_ref().is_some_and(Object::is_live),
            away: record.as_ref().and_then(away),
            ended: record.as_ref().and_then(ended),
            custodian: None,
            pending: record.as_ref().and_then(|record| record.pending.clone()),
            containers: Vec::new(),
            released: None,
            held: record
                .as_ref()
                .is_some_and(|record| record.flags.has(Flags::HELD)),
            stage: record.as_ref().map_or(Code(0), |record| record.stage),
            group: None,
            class: record.as_ref().and_then(|record| record.class.clone()),
            orders: Vec::new(),
            orders_inside: Vec::new(),
            passed: Vec::new(),
            record,
        };
        place(r, &mut status)?;
        if let Some(group) = status
            .record
            .as_ref()
            .and_then(|record| record.group.clone())
        {
            let found: Option<Group> = r.get(keys::group(&group))?;
            status.group = found.map(|found| (group, found));
        }
        let scopes = scopes(own, &status);
        r.want(scopes.iter().map(keys::orders_on))?;
        for scope in &scopes {
            let found = orders(r, None, scope, Some(id), at)?;
            status.orders.extend(found);
        }
        let inside = scopes_inside(r, &status)?;
        r.want(inside.iter().map(keys::orders_on))?;
        for scope in &inside {
            let found = orders(r, None, scope, None, at)?;
            status.orders_inside.extend(found);
        }
        abroad(r, &mut status, &scopes, &inside, at)?;
        Ok(status)
    })
}

/// The orders of the chains that the object came over.
fn abroad(
    r: &mut Reader<'_>,
    status: &mut ObjectStatus,
    scopes: &[OrderScope],
    inside: &[OrderScope],
    at: TimeMs,
) -> Result<(), QueryError> {
    let Some(record) = status.record.clone() else {
        return Ok(());
    };
    let within = k06_foreign::passed(&record);
    let mut around: BTreeMap<ChainId, Vec<OrderScope>> = BTreeMap::new();
    for container in &status.containers {
        for chain in &container.record.passed {
            let scope = OrderScope::Object(container.id.clone());
            around.entry(*chain).or_default().push(scope);
        }
    }
    let id = status.id.clone();
    let chains: BTreeSet<ChainId> = within.iter().chain(around.keys()).copied().collect();
    for chain in chains {
        let feed: Option<Feed> = r.get(keys::feed(&chain))?;
        let as_of = feed.and_then(|feed| feed.as_of);
        status.passed.push(Known { chain, as_of });
        // orders on a party are that chain's own affair
        let own = scopes.iter().filter(|scope| match scope {
            OrderScope::Object(object) => *object == id,
            OrderScope::Party(_) => false,
            OrderScope::Group(_) | OrderScope::Class(_) => true,
        });
        let own = own.filter(|_| record.passed.contains(&chain));
        for scope in own.chain(around.get(&chain).into_iter().flatten()) {
            let found = orders(r, Some(chain), scope, Some(&id), at)?;
            status.orders.extend(found);
        }
        for scope in inside.iter().filter(|_| within.contains(&chain)) {
            let found = orders(r, Some(chain), scope, None, at)?;
            status.orders_inside.extend(found);
        }
    }
    Ok(())
}

/// Every scope under which an order would concern something inside the object.
fn scopes_inside(r: &mut Reader<'_>, status: &ObjectStatus) -> Result<Vec<OrderScope>, QueryError> {
    let contents = status.record.iter().flat_map(|record| record.inside.keys());
    let derived: Vec<Key> = contents
        .clone()
        .filter_map(|content| match content {
            Content::Derived(group) => Some(keys::group(group)),
            _ => None,
        })
        .collect();
    r.want(derived.iter().copied())?;
    let mut scopes: Vec<OrderScope> = contents.filter_map(Content::scope).collect();
    for key in derived {
        let record: Option<Group> = r.get(key)?;
        let origins = record.into_iter().flat_map(|record| record.made_of);
        scopes.extend(origins.map(OrderScope::Group));
    }
    Ok(scopes)
}

const fn ended(record: &Object) -> Option<Code> {
    match record.status {
        Status::Terminated(reason) => Some(reason),
        _ => None,
    }
}

const fn away(record: &Object) -> Option<ChainId> {
    match record.status {
        Status::Away(chain) => Some(chain),
        _ => None,
    }
}

/// Follows the containers outwards.
fn place(r: &mut Reader<'_>, status: &mut ObjectStatus) -> Result<(), QueryError> {
    let mut next: Option<Placement> = match status
        .record
        .as_ref()
        .and_then(|record| record.holder.clone())
    {
        Some(Holder::Party(party)) => {
            status.custodian = Some(party);
            None
        }
        Some(Holder::Container(placement)) => Some(placement),
        Some(Holder::Transit { .. }) | None => None,
    };
    while let Some(Placement { container, epoch }) = next.take() {
        let key = keys::object(&container);
        let record: Object = r.get(key)?.ok_or(QueryError::Corrupt(key))?;
        if record.epoch != epoch {
            let key = keys::released(&container, epoch);
            let Some(released) = r.get::<Released>(key)? else {
                let key = keys::filling(&container, epoch);
                let filling: Filling = r.get(key)?.ok_or(QueryError::Corrupt(key))?;
                status.away = filling.went;
                status.live = false;
                return Ok(());
            };
            status.custodian = Some(released.custodian.clone());
            status.held |= released.held;
            status.stage = status.stage.max(released.stage);
            status.released = Some(released);
            return Ok(());
        }
        if status.containers.len() >= MAX_DEPTH {
            return Err(QueryError::Corrupt(key));
        }
        status.held |= record.flags.has(Flags::HELD);
        status.stage = status.stage.max(record.stage);
        status.live &= record.is_live();
        status.ended = status.ended.or_else(|| ended(&record));
        status.away = status.away.or_else(|| away(&record));
        match &record.holder {
            Some(Holder::Party(party)) => {
                status.custodian = Some(party.clone());
                status.pending.clone_from(&record.pending);
            }
            Some(Holder::Container(outer)) => next = Some(outer.clone()),
            Some(Holder::Transit { .. }) | None => return Err(QueryError::Corrupt(key)),
        }
        status.containers.push(ContainerStatus {
            id: container,
            record,
        });
    }
    Ok(())
}

/// Every scope under which an order would concern the object.
fn scopes(own: OrderScope, status: &ObjectStatus) -> Vec<OrderScope> {
    let mut scopes = vec![own];
    scopes.extend(
        status
            .containers
            .iter()
            .map(|container| OrderScope::Object(container.id.clone())),
    );
    if let Some(record) = &status.record {
        scopes.extend(record.group.clone().map(OrderScope::Group));
    }
    let derived = status
        .record
        .as_ref()
        .is_some_and(|record| record.flags.has(Flags::DERIVED));
    if let Some((_, group)) = status.group.as_ref().filter(|_| derived) {
        scopes.extend(group.made_of.iter().cloned().map(OrderScope::Group));
    }
    scopes.extend(status.class.clone().map(OrderScope::Class));
    scopes.extend(status.custodian.clone().map(OrderScope::Party));
    scopes
}

/// The orders in force on a scope.
fn orders(
    r: &mut Reader<'_>,
    by: Option<ChainId>,
    scope: &OrderScope,
    object: Option<&ObjectId>,
    at: TimeMs,
) -> Result<Vec<BlockingOrder>, QueryError> {
    let key = match &by {
        None => keys::orders_on(scope),
        Some(chain) => keys::foreign_orders(chain, scope),
    };
    let on: Option<OrdersOn> = r.get(key)?;
    let mut found = Vec::new();
    for order in on
        .into_iter()
        .flat_map(|on| on.orders)
        .filter(|order| order.in_force(at))
    {
        let exempted = match object {
            Some(object) => {
                let key = match &by {
                    None => keys::exemption(&order.order, object),
                    Some(chain) => keys::foreign_exemption(chain, &order.order, object),
                };
                r.get::<TxRecord>(key)?.is_some()
            }
            None => false,
        };
        found.push(BlockingOrder {
            scope: scope.clone(),
            order,
            exempted,
            by,
        });
    }
    Ok(found)
}
