//! Where the objects and quantities of a group (lot) are: for the closure of a recall.

use std::collections::BTreeMap;

use pangolin_ledger::{
    codec::Wire as _,
    id::{Amount, GroupId, Height, ObjectId, PartyId, TimeMs},
    state::Holder,
    tx::Stock,
};

use super::{
    names::{Names, group_id},
    place::Containers,
};
use crate::{
    error::{During as _, IndexError, damaged},
    limits::{MAX_HOLDERS, MAX_WHEREABOUTS_OBJECTS},
    query::QueryError,
    store::{
        Reading, SqliteIndex,
        bits::holds,
        object::{COLUMNS, ObjectRow, ObjectStatus},
    },
};

/// Where a group is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    /// The group.
    pub group: GroupId,
    /// Its identifier as a URI.
    pub uri: String,
    /// Objects ever made in it and not declared in error.
    pub made: u64,
    /// Objects counted below.
    pub counted: u64,
    /// Who has how many, in what state.
    pub holders: Vec<Holding>,
    /// Quantities of it without serial numbers.
    pub quantities: Vec<QuantityHolding>,
    /// Groups that were made of it, at all steps.
    pub made_into: Vec<GroupId>,
    /// Whether a limit cut the answer off.
    pub truncated: bool,
    /// The block as of which this is the answer.
    pub height: Height,
    /// Its time.
    pub time: TimeMs,
}

/// Objects of one group with one party in one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// The custodian; `None` where it is not known.
    pub party: Option<PartyId>,
    /// To whom they were offered and have not been accepted: they are on the way.
    pub offered_to: Option<PartyId>,
    /// Whether they are in being.
    pub status: ObjectStatus,
    /// Why they ended, as a code of the profile.
    pub reason: Option<u16>,
    /// Whether they, or the containers around them, are held back.
    pub held: bool,
    /// How many.
    pub objects: u64,
    /// One of them, to begin with.
    pub example: ObjectId,
}

/// A quantity of one group with one holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuantityHolding {
    /// The holder; a container is itself somewhere.
    pub holder: Holder,
    /// How much, in thousandths of the unit.
    pub amount: Amount,
}

/// What objects are counted by.
type Key = (i64, i64, ObjectStatus, Option<u16>, bool);

/// How many there are of each, and one of them; how many in all; whether a limit cut that off.
type Counts = (BTreeMap<Key, (u64, i64)>, u64, bool);

impl SqliteIndex {
    /// Where a group is now. A group that nothing is known of gives [`QueryError::NotFound`].
    pub fn whereabouts(&self, group: &GroupId) -> Result<Whereabouts, IndexError> {
        self.read(|reading| {
            let (height, time) = reading.tip()?.unwrap_or((Height(0), TimeMs(0)));
            let quantities = quantities(reading, group)?;
            let uri = reading.lens().group_uri(group);
            let Some(lot) = group_id(reading, group)? else {
                if quantities.is_empty() {
                    return Err(QueryError::NotFound { what: uri }.into());
                }
                let (made, counted) = (0, 0);
                let (holders, made_into) = (Vec::new(), Vec::new());
                let group = group.clone();
                return Ok(Whereabouts {
                    group,
                    uri,
                    made,
                    counted,
                    holders,
                    quantities,
                    made_into,
                    truncated: false,
                    height,
                    time,
                });
            };
            let made: i64 = reading
                .prepare("SELECT made FROM groups WHERE id = ?1")?
                .query_row([lot], |row| row.get(0))
                .during("reading a group")?;
            let (counts, counted, truncated) = count(reading, lot)?;
            let names = Names::default();
            let mut holders = Vec::with_capacity(counts.len());
            for ((party, offered_to, status, reason, held), (objects, example)) in counts {
                let (_, example) = super::names::object_by_id(reading, example)?;
                holders.push(Holding {
                    party: names.party(reading, party)?,
                    offered_to: names.party(reading, offered_to)?,
                    status,
                    reason,
                    held,
                    objects,
                    example,
                });
            }
            holders.sort_by(|a, b| {
                b.objects
                    .cmp(&a.objects)
                    .then_with(|| a.party.cmp(&b.party))
            });
            Ok(Whereabouts {
                group: group.clone(),
                uri,
                made: made.max(0).cast_unsigned(),
                counted,
                holders,
                quantities,
                made_into: made_into(reading, &names, lot)?,
                truncated,
                height,
                time,
            })
        })
    }
}

/// Counts the objects of a group: holder and state → how many, and one of them.
fn count(reading: &Reading<'_>, lot: i64) -> Result<Counts, IndexError> {
    let mut counts: BTreeMap<Key, (u64, i64)> = BTreeMap::new();
    let mut counted = 0_u64;
    let mut containers = Containers::default();
    let mut buckets =
        reading.prepare("SELECT bucket, bits FROM group_objects WHERE lot = ?1 ORDER BY bucket")?;
    let mut objects = reading.prepare(&format!(
        "SELECT {COLUMNS} FROM objects WHERE id BETWEEN ?1 AND ?2 ORDER BY id"
    ))?;
    let mut rows = buckets
        .query([lot])
        .during("reading the members of a group")?;
    while let Some(row) = rows.next().during("reading the members of a group")? {
        let bucket: i64 = row.get(0).during("reading the members of a group")?;
        let bits: i64 = row.get(1).during("reading the members of a group")?;
        let mut members = objects
            .query([bucket << 6, bucket << 6 | 63])
            .during("reading objects")?;
        while let Some(member) = members.next().during("reading objects")? {
            let object = ObjectRow::read(member, 0).during("reading an object")?;
            // An identifier whose creation was declared in error may have been used again in another group.
            if !holds(bits, object.id) || object.lot != lot {
                continue;
            }
            if counted >= MAX_WHEREABOUTS_OBJECTS {
                return Ok((counts, counted, true));
            }
            let place = containers.locate(reading, &object)?;
            let (status, reason) = place.status(&object);
            let key = (place.custodian, place.pending, status, reason, place.held);
            if counts.len() >= MAX_HOLDERS && !counts.contains_key(&key) {
                return Ok((counts, counted, true));
            }
            counted += 1;
            counts.entry(key).or_insert((0, object.id)).0 += 1;
        }
    }
    Ok((counts, counted, false))
}

fn quantities(reading: &Reading<'_>, group: &GroupId) -> Result<Vec<QuantityHolding>, IndexError> {
    let stock = Stock::Group(group.clone()).to_bytes();
    let rows: Vec<(Vec<u8>, i64)> = reading
        .prepare("SELECT holder, amount FROM balances WHERE stock = ?1 ORDER BY holder")?
        .query_map([stock], |row| Ok((row.get(0)?, row.get(1)?)))
        .and_then(Iterator::collect)
        .during("reading balances")?;
    let holding = |(holder, amount): (Vec<u8>, i64)| {
        let holder = Holder::from_bytes(&holder).map_err(|error| damaged(error.to_string()))?;
        Ok(QuantityHolding {
            holder,
            amount: Amount(amount.max(0).cast_unsigned()),
        })
    };
    rows.into_iter().map(holding).collect()
}

/// The groups that were made of a group, at all steps.
fn made_into(reading: &Reading<'_>, names: &Names, lot: i64) -> Result<Vec<GroupId>, IndexError> {
    related(
        reading,
        names,
        lot,
        "SELECT lot FROM lineage WHERE origin = ?1",
    )
}

/// The groups that a group was made of, at all steps.
pub(crate) fn made_of(
    reading: &Reading<'_>,
    names: &Names,
    lot: i64,
) -> Result<Vec<GroupId>, IndexError> {
    related(
        reading,
        names,
        lot,
        "SELECT origin FROM lineage WHERE lot = ?1",
    )
}

fn related(
    reading: &Reading<'_>,
    names: &Names,
    lot: i64,
    sql: &str,
) -> Result<Vec<GroupId>, IndexError> {
    let mut seen = std::collections::BTreeSet::from([lot]);
    let mut open = vec![lot];
    let mut statement = reading.prepare(sql)?;
    while let Some(from) = open.pop() {
        let next = statement
            .query_map([from], |row| row.get(0))
            .during("reading the origins of groups")?;
        for lot in next {
            let lot: i64 = lot.during("reading the origin of a group")?;
            if seen.len() < MAX_HOLDERS && seen.insert(lot) {
                open.push(lot);
            }
        }
    }
    seen.remove(&lot);
    let groups = seen.into_iter().map(|lot| names.group(reading, lot));
    groups.filter_map(Result::transpose).collect()
}
