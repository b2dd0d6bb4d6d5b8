//! Lists: orders, waiting events, alerts, parties; and single rows by their identities.

use pangolin_ledger::{
    codec::Wire as _,
    id::{Digest32, EventId, Height, OrderId, PartyId, ProfileRef, TimeMs, TxId},
    state::Missing,
    tx::{OrderKind, OrderScope},
};
use rusqlite::{OptionalExtension as _, params};

use super::{
    event::{self, StoredEvent},
    names::{Names, object_by_id},
};
use crate::{
    error::{During as _, IndexError, damaged},
    limits::MAX_ALERTS_PAGE,
    store::{Reading, SqliteIndex},
    write::{first8, unpack_profile},
};

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderView {
    /// Its number in this index.
    pub no: i64,
    /// The order.
    pub id: OrderId,
    /// Its kind.
    pub kind: OrderKind,
    /// What it is on.
    pub scope: OrderScope,
    /// The authority.
    pub issuer: PartyId,
    /// The rules it was issued by.
    pub profile: ProfileRef,
    /// Why, as a code of the profile.
    pub reason: u16,
    /// The provision it rests on.
    pub legal_basis: String,
    /// When it ends by itself.
    pub expires: Option<TimeMs>,
    /// Signatures that it needs.
    pub officers: u8,
    /// Signatures that it has.
    pub signed: u32,
    /// SHA-256 of a notice or file.
    pub document: Option<Digest32>,
    /// Where it stands.
    pub state: OrderStanding,
    /// The block that issued it.
    pub issued: Height,
    /// The block that changed it last.
    pub changed: Height,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderStanding {
    /// Collects signatures.
    Pending,
    /// In force.
    Active,
    /// Ended by a release.
    Released,
    /// Ended by its expiry, or did not collect its signatures in time.
    Expired,
}

/// An event that waits, or waited, for a predecessor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedView {
    /// Its number in this index.
    pub no: i64,
    /// The event.
    pub event: EventId,
    /// The block that recorded it.
    pub height: Height,
    /// The party that stated it.
    pub issuer: PartyId,
    /// Where it stands.
    pub state: ParkedStanding,
    /// What it waits, or first waited, for.
    pub missing: Missing,
    /// When it stops waiting.
    pub deadline: TimeMs,
    /// Code of the refusal that it would have been, or was.
    pub code: String,
    /// The block that ended its waiting.
    pub closed: Option<Height>,
}

/// Where a parked event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParkedStanding {
    /// It waits.
    Waiting,
    /// It took effect.
    Applied,
    /// Its predecessor did not come in time.
    Lapsed,
    /// Its predecessor came, and then a rule forbade it.
    Rejected,
}

/// Something that people should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Its number: ascending.
    pub no: i64,
    /// The block that raised it.
    pub height: Height,
    /// Its time.
    pub time: TimeMs,
    /// Stable code, kebab-case.
    pub code: String,
    /// The event concerned.
    pub event: Option<EventId>,
    /// The object concerned, as a URI.
    pub object: Option<String>,
    /// Details.
    pub detail: String,
}

/// A party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyView {
    /// The party.
    pub party: PartyId,
    /// Its identifier as a URI.
    pub uri: String,
    /// Its name; empty where the chain does not know one.
    pub name: String,
    /// The block that admitted it; `None` if events only name it.
    pub admitted: Option<Height>,
    /// From when it is suspended.
    pub suspended: Option<TimeMs>,
}

/// A transaction in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionView {
    /// The transaction.
    pub id: TxId,
    /// The block that contains it.
    pub height: Height,
    /// Its place among the transactions of the block.
    pub place: u32,
    /// The time of the block.
    pub time: TimeMs,
}

impl SqliteIndex {
    /// Orders with numbers above `after`, ascending; only those in one state if one is given.
    pub fn orders(
        &self,
        state: Option<OrderStanding>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<OrderView>, IndexError> {
        let state = state.map(|state| state as i64);
        self.read(|reading| {
            let sql = format!(
                "{ORDER} WHERE no > ?1 AND (?2 IS NULL OR state = ?2) ORDER BY no LIMIT ?3"
            );
            orders(
                reading,
                &sql,
                params![after, state, limit.min(MAX_ALERTS_PAGE)],
            )
        })
    }

    /// An order.
    pub fn order(&self, id: &OrderId) -> Result<Option<OrderView>, IndexError> {
        self.read(|reading| {
            Ok(orders(reading, &format!("{ORDER} WHERE id = ?1"), params![id.0])?.pop())
        })
    }

    /// Events that wait, or waited, with numbers above `after`, ascending.
    pub fn parked(
        &self,
        state: Option<ParkedStanding>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<ParkedView>, IndexError> {
        let state = state.map(|state| state as i64);
        self.read(|reading| {
            let names = Names::default();
            let mut statement = reading.prepare(
                "SELECT events.no, events.hash, events.height, events.issuer, parked.state, missing, deadline, code, closed
                 FROM parked JOIN events ON events.no = parked.event
                 WHERE events.no > ?1 AND (?2 IS NULL OR parked.state = ?2) ORDER BY events.no LIMIT ?3",
            )?;
            let mut rows = statement
                .query(params![after, state, limit.min(MAX_ALERTS_PAGE)])
                .during("reading waiting events")?;
            let mut found = Vec::new();
            while let Some(row) = rows.next().during("reading waiting events")? {
                found.push(parked(reading, &names, row)?);
            }
            Ok(found)
        })
    }

    /// Alerts with numbers above `after`, ascending.
    pub fn alerts(&self, after: i64, limit: u32) -> Result<Vec<Alert>, IndexError> {
        self.read(|reading| {
            let mut statement = reading.prepare(
                "SELECT alerts.no, alerts.height, alerts.time, code, events.hash, object, detail
                 FROM alerts LEFT JOIN events ON events.no = alerts.event
                 WHERE alerts.no > ?1 ORDER BY alerts.no LIMIT ?2",
            )?;
            let mut rows = statement
                .query(params![after, limit.min(MAX_ALERTS_PAGE)])
                .during("reading alerts")?;
            let mut found = Vec::new();
            while let Some(row) = rows.next().during("reading alerts")? {
                let event: Option<Vec<u8>> = row.get(4).during("reading an alert")?;
                let object: Option<i64> = row.get(5).during("reading an alert")?;
                let object = object.map(|id| object_by_id(reading, id)).transpose()?;
                found.push(Alert {
                    no: row.get(0).during("reading an alert")?,
                    height: height(row.get(1).during("reading an alert")?),
                    time: TimeMs(row.get(2).during("reading an alert")?),
                    code: row.get(3).during("reading an alert")?,
                    event: event.map(|hash| digest(&hash).map(EventId)).transpose()?,
                    object: object.map(|(_, object)| reading.lens().object_uri(&object)),
                    detail: row.get(6).during("reading an alert")?,
                });
            }
            Ok(found)
        })
    }

    /// Parties after `after` in the order of their identifiers.
    pub fn parties(
        &self,
        after: Option<&PartyId>,
        limit: u32,
    ) -> Result<Vec<PartyView>, IndexError> {
        self.read(|reading| {
            let after = after.map(|party| party.as_bytes().to_vec()).unwrap_or_default();
            parties(
                reading,
                "SELECT key, name, admitted, suspended FROM parties WHERE key > ?1 ORDER BY key LIMIT ?2",
                params![after, limit.min(MAX_ALERTS_PAGE)],
            )
        })
    }

    /// A party.
    pub fn party(&self, party: &PartyId) -> Result<Option<PartyView>, IndexError> {
        self.read(|reading| {
            let sql = "SELECT key, name, admitted, suspended FROM parties WHERE key = ?1";
            Ok(parties(reading, sql, params![party.as_bytes()])?.pop())
        })
    }

    /// Where a transaction is.
    pub fn transaction(&self, id: &TxId) -> Result<Option<TransactionView>, IndexError> {
        self.read(|reading| {
            reading
                .prepare(
                    "SELECT transactions.height, place, time
                     FROM transactions JOIN blocks ON blocks.height = transactions.height WHERE id8 = ?1 AND id = ?2",
                )?
                .query_row(params![first8(&id.0), id.0], |row| {
                    Ok(TransactionView {
                        id: *id,
                        height: height(row.get(0)?),
                        place: row.get(1)?,
                        time: TimeMs(row.get(2)?),
                    })
                })
                .optional()
                .during("looking up a transaction")
        })
    }

    /// Everything recorded under an event hash, in the order of the blocks: the event, in whatever state, and the declaration
    /// that it was in error.
    pub fn recorded(&self, id: &EventId) -> Result<Vec<StoredEvent>, IndexError> {
        self.read(|reading| {
            let names = Names::default();
            event::numbers(reading, id)?
                .into_iter()
                .map(|no| event::load(reading, &names, no))
                .collect()
        })
    }
}

fn height(number: i64) -> Height {
    Height(number.cast_unsigned())
}

fn digest(bytes: &[u8]) -> Result<[u8; 32], IndexError> {
    bytes
        .try_into()
        .map_err(|_| damaged("a digest has another length"))
}

const ORDER: &str = "SELECT no, id, kind, scope, issuer, profile, reason, legal_basis, expires, officers, signed, document,
                            state, issued, changed FROM orders";

fn orders(
    reading: &Reading<'_>,
    sql: &str,
    values: &[&dyn rusqlite::ToSql],
) -> Result<Vec<OrderView>, IndexError> {
    let names = Names::default();
    let mut statement = reading.prepare(sql)?;
    let mut rows = statement.query(values).during("reading orders")?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().during("reading orders")? {
        let issuer: i64 = row.get(4).during("reading an order")?;
        let issuer = names
            .party(reading, issuer)?
            .ok_or_else(|| damaged("an order has no issuer"))?;
        let scope: Vec<u8> = row.get(3).during("reading an order")?;
        let scope = OrderScope::from_bytes(&scope).map_err(|error| damaged(error.to_string()))?;
        found.push(order(row, issuer, scope).during("reading an order")?);
    }
    Ok(found)
}

fn order(
    row: &rusqlite::Row<'_>,
    issuer: PartyId,
    scope: OrderScope,
) -> rusqlite::Result<OrderView> {
    Ok(OrderView {
        no: row.get(0)?,
        id: OrderId(row.get(1)?),
        kind: if row.get::<_, i64>(2)? == 0 {
            OrderKind::Hold
        } else {
            OrderKind::Recall
        },
        scope,
        issuer,
        profile: unpack_profile(row.get(5)?),
        reason: row.get(6)?,
        legal_basis: row.get(7)?,
        expires: row.get::<_, Option<i64>>(8)?.map(TimeMs),
        officers: row.get(9)?,
        signed: row.get(10)?,
        document: row.get::<_, Option<[u8; 32]>>(11)?.map(Digest32),
        state: match row.get(12)? {
            0 => OrderStanding::Pending,
            1 => OrderStanding::Active,
            2 => OrderStanding::Released,
            _ => OrderStanding::Expired,
        },
        issued: height(row.get(13)?),
        changed: height(row.get(14)?),
    })
}

fn parked(
    reading: &Reading<'_>,
    names: &Names,
    row: &rusqlite::Row<'_>,
) -> Result<ParkedView, IndexError> {
    type Columns = (
        i64,
        Vec<u8>,
        i64,
        i64,
        i64,
        Vec<u8>,
        i64,
        String,
        Option<i64>,
    );
    let read = || -> rusqlite::Result<Columns> {
        Ok((
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
            row.get(4)?,
            row.get(5)?,
            row.get(6)?,
            row.get(7)?,
            row.get(8)?,
        ))
    };
    let (no, hash, recorded, issuer, state, missing, deadline, code, closed) =
        read().during("reading a waiting event")?;
    Ok(ParkedView {
        no,
        event: EventId(digest(&hash)?),
        height: height(recorded),
        issuer: names
            .party(reading, issuer)?
            .ok_or_else(|| damaged("a waiting event has no issuer"))?,
        state: match state {
            0 => ParkedStanding::Waiting,
            1 => ParkedStanding::Applied,
            2 => ParkedStanding::Lapsed,
            _ => ParkedStanding::Rejected,
        },
        missing: Missing::from_bytes(&missing).map_err(|error| damaged(error.to_string()))?,
        deadline: TimeMs(deadline),
        code,
        closed: closed.map(height),
    })
}

fn parties(
    reading: &Reading<'_>,
    sql: &str,
    values: &[&dyn rusqlite::ToSql],
) -> Result<Vec<PartyView>, IndexError> {
    let mut statement = reading.prepare(sql)?;
    let mut rows = statement.query(values).during("reading parties")?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().during("reading parties")? {
        let key: Vec<u8> = row.get(0).during("reading a party")?;
        let party = PartyId::new(key).map_err(|error| damaged(error.to_string()))?;
        found.push(PartyView {
            uri: reading.lens().party_uri(&party),
            party,
            name: row.get(1).during("reading a party")?,
            admitted: row
                .get::<_, Option<i64>>(2)
                .during("reading a party")?
                .map(height),
            suspended: row
                .get::<_, Option<i64>>(3)
                .during("reading a party")?
                .map(TimeMs),
        });
    }
    Ok(found)
}
