//! The state of writing one block: numbers given so far, and rows that are written together at its end.

use std::collections::BTreeMap;

use pangolin_ledger::{
    codec::Wire as _,
    id::{EventId, Height, ObjectId, OrderId, PartyId, ProfileRef, TimeMs},
    profile::{Claim, Plan},
    report::Effect,
    tx::{Body, DataClass, Event, OrderBody, OrderScope, SignedTransaction},
};
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{
    dictionary::Dictionary,
    first8, height,
    slots::{Slot, Slots},
};
use crate::{
    block::IndexBlock,
    error::{During as _, IndexError, damaged},
    lens::Lens,
    query::Field,
    store::{
        bits::{bit, bucket, each_bucket},
        object::{ObjectRole, ObjectRow, posting},
    },
};

/// An event that waited and takes effect, or ends, in this block.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) no: i64,
    pub(super) event: Event,
    pub(super) issuer: PartyId,
    pub(super) profile: ProfileRef,
    pub(super) class: DataClass,
}

/// The state of writing one block.
pub(super) struct Batch<'a> {
    pub(super) db: &'a Transaction<'a>,
    pub(super) lens: &'a dyn Lens,
    pub(super) dictionary: &'a mut Dictionary,
    pub(super) verify: bool,
    pub(super) height: Height,
    pub(super) time: TimeMs,
    pub(super) slots: Slots,
    next_event: i64,
    next_object: i64,
    next_applied: i64,
    first_event: i64,
    /// (bucket of objects, event and role, bits).
    postings: Vec<(i64, i64, i64)>,
    /// (term, bucket of events) → bits.
    terms: BTreeMap<(i64, i64), i64>,
    /// Term → events that have it, in this block.
    counts: BTreeMap<i64, i64>,
    /// (group, bucket of objects) → bits.
    members: BTreeMap<(i64, i64), i64>,
    /// Group → objects made or unmade.
    made: BTreeMap<i64, i64>,
    waiting: BTreeMap<EventId, Waiting>,
}

impl<'a> Batch<'a> {
    /// Begins a block: reads every object that it names.
    pub(super) fn begin(
        db: &'a Transaction<'a>,
        lens: &'a dyn Lens,
        dictionary: &'a mut Dictionary,
        verify: bool,
        block: &IndexBlock,
    ) -> Result<Self, IndexError> {
        let next = |table: &str, column: &str| -> Result<i64, IndexError> {
            let last: Option<i64> = db
                .query_row(&format!("SELECT max({column}) FROM {table}"), [], |row| {
                    row.get(0)
                })
                .during("reading the last number")?;
            Ok(last.unwrap_or(0) + 1)
        };
        let next_event = next("events", "no")?;
        let mut batch = Self {
            db,
            lens,
            dictionary,
            verify,
            height: block.height,
            time: block.time,
            slots: Slots::default(),
            next_event,
            next_object: next("objects", "id")?,
            next_applied: next_applied(db)?,
            first_event: next_event,
            postings: Vec::new(),
            terms: BTreeMap::new(),
            counts: BTreeMap::new(),
            members: BTreeMap::new(),
            made: BTreeMap::new(),
            waiting: BTreeMap::new(),
        };
        let mut keys = Vec::new();
        let all_effects = block
            .transactions
            .iter()
            .flat_map(|(_, receipt)| &receipt.effects)
            .chain(&block.effects.begin.effects)
            .chain(&block.effects.end.effects);
        for effect in all_effects {
            match effect {
                Effect::Unparked(id) | Effect::Lapsed(id) | Effect::Rejected { event: id, .. } => {
                    if let Some(waiting) = batch.stored_waiting(id)? {
                        name_objects(&waiting.event, &mut keys);
                        batch.waiting.insert(*id, waiting);
                    }
                }
                Effect::Exempted { object, .. }
                | Effect::Arrived { object, .. }
                | Effect::Settled { object, .. } => keys.push(object.clone()),
                Effect::BroughtIn {
                    object, container, ..
                } => keys.extend([object.clone(), container.clone()]),
                _ => {}
            }
        }
        for (signed, _) in &block.transactions {
            match &signed.tx().body {
                Body::Events(list) => list.iter().for_each(|event| name_objects(event, &mut keys)),
                Body::Correction(correction) => name_objects(&correction.event, &mut keys),
                Body::Order(OrderBody::Issue(terms)) => {
                    if let OrderScope::Object(object) = &terms.scope {
                        keys.push(object.clone());
                    }
                }
                Body::Order(_)
                | Body::Governance(_)
                | Body::Delivery(_)
                | Body::Validator(_)
                | Body::Report(_) => {}
            }
        }
        batch.slots = Slots::load(db, keys)?;
        Ok(batch)
    }

    /// Ends a block: writes what was collected.
    pub(super) fn finish(mut self, block: &IndexBlock) -> Result<(), IndexError> {
        self.slots.flush(self.db)?;
        self.postings.sort_unstable();
        self.postings.dedup_by(|next, kept| {
            let same = (next.0, next.1) == (kept.0, kept.1);
            kept.2 |= if same { next.2 } else { 0 };
            same
        });
        let mut insert = self
            .db
            .prepare_cached("INSERT INTO postings (bucket, at, bits) VALUES (?1, ?2, ?3)")
            .during("preparing to insert postings")?;
        for row in &self.postings {
            insert.execute(*row).during("inserting a posting")?;
        }
        drop(insert);
        for (sql, rows) in [
            (
                "INSERT INTO term_events (term, bucket, bits) VALUES (?1, ?2, ?3)
                 ON CONFLICT (term, bucket) DO UPDATE SET bits = bits | excluded.bits",
                &self.terms,
            ),
            (
                "INSERT INTO group_objects (lot, bucket, bits) VALUES (?1, ?2, ?3)
                 ON CONFLICT (lot, bucket) DO UPDATE SET bits = bits | excluded.bits",
                &self.members,
            ),
        ] {
            let mut upsert = self
                .db
                .prepare_cached(sql)
                .during("preparing to insert bitmaps")?;
            for ((of, bucket), bits) in rows {
                upsert
                    .execute((of, bucket, bits))
                    .during("inserting a bitmap")?;
            }
        }
        for (sql, rows) in [
            ("UPDATE terms SET n = n + ?2 WHERE id = ?1", &self.counts),
            (
                "UPDATE groups SET made = made + ?2 WHERE id = ?1",
                &self.made,
            ),
        ] {
            let mut update = self.db.prepare_cached(sql).during("preparing to count")?;
            for (id, n) in rows {
                update.execute((id, n)).during("counting")?;
            }
        }
        self.db
            .execute(
                "INSERT INTO meta (name, value) VALUES ('applied', ?1)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                [self.next_applied - 1],
            )
            .during("keeping the last number")?;
        self.db
            .execute(
                "INSERT INTO blocks (height, time, digest, first_event) VALUES (?1, ?2, ?3, ?4)",
                params![
                    height(self.height),
                    self.time.0,
                    block.digest.0,
                    self.first_event
                ],
            )
            .during("inserting a block")?;
        Ok(())
    }

    /// Writes the row of a transaction; returns its number.
    pub(super) fn transaction(
        &mut self,
        place: usize,
        signed: &SignedTransaction,
    ) -> Result<i64, IndexError> {
        let tx = signed.tx();
        let body = match &tx.body {
            Body::Events(_) => 0,
            Body::Order(_) => 1,
            Body::Governance(_) => 2,
            Body::Correction(_) => 3,
            Body::Delivery(_) => 4,
            Body::Validator(_) => 5,
            Body::Report(_) => 6,
        };
        let issuer = self.dictionary.party(self.db, &tx.issuer)?;
        let id = signed.id();
        self.db
            .prepare_cached(
                "INSERT INTO transactions (height, place, id8, id, body, issuer) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )
            .and_then(|mut statement| {
                statement.insert(params![height(self.height), count(place), first8(&id.0), id.0, body, issuer])
            })
            .during("inserting a transaction")
    }

    /// The number of the next event.
    pub(super) fn take_event(&mut self) -> i64 {
        self.next_event += 1;
        self.next_event - 1
    }

    /// The place of the next event that takes effect.
    pub(super) fn take_applied(&mut self) -> i64 {
        self.next_applied += 1;
        self.next_applied - 1
    }

    /// The slots of ascending objects, each with a number from here on.
    pub(super) fn slots_of(&mut self, objects: &[ObjectId]) -> Result<Vec<Slot>, IndexError> {
        let mut hint = None;
        let mut slots = Vec::with_capacity(objects.len());
        for object in objects {
            let slot = self
                .slots
                .find(object, hint)
                .ok_or_else(|| damaged(format!("object {object} was not read")))?;
            let (_, fresh) = self.slots.number(slot, self.next_object);
            self.next_object += i64::from(fresh);
            hint = Some(slot);
            slots.push(slot);
        }
        Ok(slots)
    }

    /// The slot of one object, with a number from here on.
    pub(super) fn slot_of(&mut self, object: &ObjectId) -> Result<Slot, IndexError> {
        let slots = self.slots_of(std::slice::from_ref(object))?;
        slots
            .first()
            .copied()
            .ok_or_else(|| damaged("an object was not read"))
    }

    pub(super) fn row(&self, slot: Slot) -> ObjectRow {
        self.slots.row(slot)
    }

    /// Changes the row of an object.
    pub(super) fn change(&mut self, slot: Slot, change: impl FnOnce(&mut ObjectRow)) {
        if let Some(row) = self.slots.row_mut(slot) {
            change(row);
        }
    }

    /// Enters objects into the lists of an event; returns their numbers, ascending.
    pub(super) fn post(&mut self, event: i64, role: ObjectRole, slots: &[Slot]) -> Vec<i64> {
        let mut ids: Vec<i64> = slots.iter().map(|slot| self.row(*slot).id).collect();
        ids.sort_unstable();
        let at = posting(event, role);
        each_bucket(ids.iter().copied(), |bucket, bits| {
            self.postings.push((bucket, at, bits));
        });
        ids
    }

    /// Makes an event findable by a value.
    pub(super) fn term(
        &mut self,
        event: i64,
        field: Field,
        value: String,
    ) -> Result<(), IndexError> {
        let term = self.dictionary.term(self.db, field, value)?;
        *self.terms.entry((term, bucket(event))).or_insert(0) |= bit(event);
        *self.counts.entry(term).or_insert(0) += 1;
        Ok(())
    }

    /// Makes objects members of a group, or takes them out of the count.
    pub(super) fn member(&mut self, lot: i64, object: i64) {
        *self.members.entry((lot, bucket(object))).or_insert(0) |= bit(object);
        *self.made.entry(lot).or_insert(0) += 1;
    }

    /// An object of a group was never made after all.
    pub(super) fn unmade(&mut self, lot: i64) {
        *self.made.entry(lot).or_insert(0) -= 1;
    }

    /// What an event means under the rules it was accepted by.
    pub(super) fn plan(
        &self,
        profile: ProfileRef,
        event: &Event,
        issuer: &PartyId,
        class: DataClass,
    ) -> Result<Plan, IndexError> {
        let rules = self
            .lens
            .profile(profile)
            .ok_or(IndexError::UnknownProfile {
                height: self.height,
                profile,
            })?;
        let claim = Claim {
            issuer,
            class,
            place: "",
        };
        rules.classify(event, &claim).map_err(|refusal| {
            self.inconsistent(format!("event {} was applied, but {refusal}", event.id))
        })
    }

    /// The block contradicts itself.
    pub(super) fn inconsistent(&self, detail: String) -> IndexError {
        IndexError::Inconsistent {
            height: self.height,
            detail,
        }
    }

    /// The number of the last event with a hash; declarations of error do not count.
    pub(super) fn event_no(&self, id: &EventId) -> Result<Option<i64>, IndexError> {
        self.db
            .prepare_cached("SELECT no FROM events WHERE hash8 = ?1 AND hash = ?2 AND state <> 4 ORDER BY no DESC LIMIT 1")
            .and_then(|mut statement| statement.query_row(params![first8(&id.0), id.0], |row| row.get(0)).optional())
            .during("looking up an event")
    }

    /// An event that waits, from the file or from earlier in this block.
    pub(super) fn take_waiting(&mut self, id: &EventId) -> Option<Waiting> {
        self.waiting.remove(id)
    }

    /// Remembers that an event waits from here on.
    pub(super) fn put_waiting(&mut self, waiting: Waiting) {
        self.waiting.insert(waiting.event.id, waiting);
    }

    fn stored_waiting(&mut self, id: &EventId) -> Result<Option<Waiting>, IndexError> {
        let Some(no) = self.event_no(id)? else {
            return Ok(None);
        };
        let row: Option<(Option<Vec<u8>>, i64, i64, i64)> = self
            .db
            .prepare_cached(
                "SELECT parked.reduced, parked.class, events.profile, events.issuer
                 FROM parked JOIN events ON events.no = parked.event WHERE parked.event = ?1 AND parked.state = 0",
            )
            .and_then(|mut statement| {
                statement
                    .query_row([no], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
                    .optional()
            })
            .during("reading a waiting event")?;
        let Some((Some(reduced), class, profile, issuer)) = row else {
            return Ok(None);
        };
        let event = Event::from_bytes(&reduced)
            .map_err(|error| damaged(format!("waiting event {id}: {error}")))?;
        let issuer = self.dictionary.party_name(self.db, issuer)?;
        let class = if class == 0 {
            DataClass::Transaction
        } else {
            DataClass::Record
        };
        Ok(Some(Waiting {
            no,
            event,
            issuer,
            profile: unpack_profile(profile),
            class,
        }))
    }

    /// Something that people should look at. Never changes state.
    pub(super) fn alert(
        &mut self,
        code: &str,
        event: Option<i64>,
        object: Option<i64>,
        detail: &str,
    ) -> Result<(), IndexError> {
        self.db
            .prepare_cached("INSERT INTO alerts (height, time, code, event, object, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
            .and_then(|mut statement| {
                statement.execute(params![height(self.height), self.time.0, code, event, object, detail])
            })
            .during("inserting an alert")?;
        Ok(())
    }

    /// The number of an order.
    pub(super) fn order_no(&self, id: &OrderId) -> Result<Option<i64>, IndexError> {
        self.db
            .prepare_cached("SELECT no FROM orders WHERE id = ?1")
            .and_then(|mut statement| statement.query_row([id.0], |row| row.get(0)).optional())
            .during("looking up an order")
    }
}

fn next_applied(db: &Transaction<'_>) -> Result<i64, IndexError> {
    let last: Option<i64> = db
        .query_row("SELECT value FROM meta WHERE name = 'applied'", [], |row| {
            row.get(0)
        })
        .optional()
        .during("reading the last number")?;
    Ok(last.unwrap_or(0) + 1)
}

fn name_objects(event: &Event, keys: &mut Vec<ObjectId>) {
    keys.extend(event.objects.iter().cloned());
    keys.extend(event.outputs.objects.iter().cloned());
    keys.extend(event.parent.iter().cloned());
}

/// A count as the file has it.
pub(super) fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A profile as the file has it.
pub(super) fn pack_profile(profile: ProfileRef) -> i64 {
    i64::from(profile.id) << 16 | i64::from(profile.version)
}

/// The profile behind such a number.
pub(crate) fn unpack_profile(number: i64) -> ProfileRef {
    let part = |shift: u32| u16::try_from(number >> shift & 0xffff).unwrap_or(0);
    ProfileRef {
        id: part(16),
        version: part(0),
    }
}
