//! One object: where it is now, and which orders are in force on it.

use pangolin_ledger::{
    codec::Wire as _,
    id::{EventId, GroupId, Height, ObjectId, OrderId, PartyId, TimeMs},
    tx::{OrderKind, OrderScope},
};
use rusqlite::params;

use super::{
    names::{Names, object_by_id, object_row},
    place::Containers,
};
use crate::{
    error::{During as _, IndexError, damaged},
    query::QueryError,
    store::{
        Reading, SqliteIndex,
        object::{ObjectStatus, flag},
    },
};

/// Where an object is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectView {
    /// The object.
    pub object: ObjectId,
    /// Its identifier as a URI.
    pub uri: String,
    /// Whether it is in being. Of an object in a container that ended with its contents: ended.
    pub status: ObjectStatus,
    /// Why it ended, as a code of the profile.
    pub reason: Option<u16>,
    /// Its group.
    pub group: Option<GroupId>,
    /// The containers around it, innermost first.
    pub containers: Vec<ObjectId>,
    /// Who has it, or the outermost container.
    pub custodian: Option<PartyId>,
    /// To whom it, or the outermost container, was offered.
    pub offered_to: Option<PartyId>,
    /// Whether it, or a container, is held back.
    pub held: bool,
    /// Whether an event in its history was declared in error.
    pub corrected: bool,
    /// Whether it is only recorded, not tracked.
    pub untracked: bool,
    /// The event that created it.
    pub origin: Option<EventId>,
    /// The orders in force on it, its containers, its group, the groups that one was made of, its class or its custodian.
    pub orders: Vec<OrderOn>,
    /// The block as of which this is the answer.
    pub height: Height,
    /// Its time.
    pub time: TimeMs,
}

/// An order in force on something that concerns an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderOn {
    /// The order.
    pub order: OrderId,
    /// Its kind.
    pub kind: OrderKind,
    /// What it is on.
    pub scope: OrderScope,
}

impl SqliteIndex {
    /// Where an object is now. An object that nothing is known of gives [`QueryError::NotFound`].
    pub fn object(&self, object: &ObjectId) -> Result<ObjectView, IndexError> {
        self.read(|reading| view(reading, object))
    }
}

fn view(reading: &Reading<'_>, object: &ObjectId) -> Result<ObjectView, IndexError> {
    let lens = reading.lens();
    let (height, time) = reading.tip()?.unwrap_or((Height(0), TimeMs(0)));
    let uri = lens.object_uri(object);
    let row =
        object_row(reading, object)?.ok_or_else(|| QueryError::NotFound { what: uri.clone() })?;
    let place = Containers::default().locate(reading, &row)?;
    let names = Names::default();
    let group = names.group(reading, row.lot)?;
    let custodian = names.party(reading, place.custodian)?;
    let mut containers = Vec::with_capacity(place.containers.len());
    for id in &place.containers {
        containers.push(object_by_id(reading, *id)?.1);
    }
    let mut scopes: Vec<OrderScope> = std::iter::once(object)
        .chain(&containers)
        .cloned()
        .map(OrderScope::Object)
        .collect();
    scopes.extend(group.clone().map(OrderScope::Group));
    if row.lot > 0 {
        let origins = super::whereabouts::made_of(reading, &names, row.lot)?;
        scopes.extend(origins.into_iter().map(OrderScope::Group));
    }
    let class = pangolin_gs1::Key::parse(&uri)
        .ok()
        .and_then(|key| key.class());
    scopes.extend(
        class
            .and_then(|class| lens.class(&class))
            .map(OrderScope::Class),
    );
    scopes.extend(custodian.clone().map(OrderScope::Party));
    let mut orders = Vec::new();
    for scope in scopes {
        orders_on(reading, &scope, time, row.id, &mut orders)?;
    }
    let (status, reason) = place.status(&row);
    Ok(ObjectView {
        object: object.clone(),
        uri,
        status,
        reason,
        group,
        containers,
        custodian,
        offered_to: names.party(reading, place.pending)?,
        held: place.held,
        corrected: row.has(flag::CORRECTED),
        untracked: row.has(flag::UNTRACKED),
        origin: if row.origin > 0 {
            Some(hash(reading, row.origin)?)
        } else {
            None
        },
        orders,
        height,
        time,
    })
}

fn hash(reading: &Reading<'_>, no: i64) -> Result<EventId, IndexError> {
    let hash: Vec<u8> = reading
        .prepare("SELECT hash FROM events WHERE no = ?1")?
        .query_row([no], |row| row.get(0))
        .during("reading an event")?;
    hash.try_into()
        .map(EventId)
        .map_err(|_| damaged(format!("event {no} is malformed")))
}

/// Adds the orders in force on a scope, unless the object is exempt.
fn orders_on(
    reading: &Reading<'_>,
    scope: &OrderScope,
    now: TimeMs,
    object: i64,
    orders: &mut Vec<OrderOn>,
) -> Result<(), IndexError> {
    let rows: Vec<(Vec<u8>, i64)> = reading
        .prepare(
            "SELECT id, kind FROM orders
             WHERE scope = ?1 AND state = 1 AND (expires IS NULL OR expires > ?2)
               AND NOT EXISTS (SELECT 1 FROM exemptions WHERE \"order\" = orders.no AND object = ?3)
             ORDER BY no",
        )?
        .query_map(params![scope.to_bytes(), now.0, object], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .and_then(Iterator::collect)
        .during("reading orders")?;
    for (id, kind) in rows {
        let order = OrderId(
            id.try_into()
                .map_err(|_| damaged("an order has an identity of another length"))?,
        );
        let kind = if kind == 0 {
            OrderKind::Hold
        } else {
            OrderKind::Recall
        };
        orders.push(OrderOn {
            order,
            kind,
            scope: scope.clone(),
        });
    }
    Ok(())
}
