//! Rows of events.

use pangolin_ledger::{
    codec::Wire as _,
    id::{PartyId, ProfileRef},
    report::EventOutcome,
    tx::{DataClass, Event, EventKind, Payload, SignedTransaction},
};
use pangolin_profiles::capture::event_uri;
use rusqlite::params;

use super::{
    batch::{Batch, Waiting, count, pack_profile},
    facts, first8, height,
    slots::Slot,
    steps::Acting,
};
use crate::{
    error::{During as _, IndexError},
    reduced,
    store::{
        bits::{put_runs, put_varint},
        object::{ObjectRole, does, event_flag},
    },
};

/// What became of an event. The numbers are part of the file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventState {
    /// Its effects are in the state.
    Applied,
    /// It waits for a predecessor.
    Parked,
    /// Its predecessor did not come in time.
    Lapsed,
    /// Its predecessor came, and then a rule forbade it.
    Rejected,
    /// It declares another event to be in error.
    Declaration,
}

impl EventState {
    pub(crate) const fn number(self) -> i64 {
        self as i64
    }

    pub(crate) fn from_number(number: i64) -> Option<Self> {
        const ALL: [EventState; 5] = [
            EventState::Applied,
            EventState::Parked,
            EventState::Lapsed,
            EventState::Rejected,
            EventState::Declaration,
        ];
        ALL.get(usize::try_from(number).ok()?).copied()
    }
}

/// How an event came about.
pub(super) struct Origin<'a> {
    pub(super) tx: i64,
    pub(super) place: usize,
    pub(super) issuer: &'a PartyId,
    pub(super) profile: ProfileRef,
    pub(super) state: EventState,
    /// What it means for objects, as bits.
    pub(super) does: i64,
    /// Of a declaration: the number of the event in error.
    pub(super) about: Option<i64>,
}

/// The objects of an event.
pub(super) struct Named {
    pub(super) objects: Vec<Slot>,
    pub(super) outputs: Vec<Slot>,
    pub(super) parent: Option<Slot>,
}

impl Batch<'_> {
    /// Writes an event of a transaction, and does what it means if it was applied.
    pub(super) fn event(
        &mut self,
        signed: &SignedTransaction,
        tx: i64,
        place: usize,
        event: &Event,
        outcome: &EventOutcome,
    ) -> Result<(), IndexError> {
        let (issuer, profile, class) =
            (&signed.tx().issuer, signed.tx().profile, signed.tx().class);
        let state = match outcome {
            EventOutcome::Duplicate { .. } => return Ok(()),
            EventOutcome::Applied => EventState::Applied,
            EventOutcome::Parked { .. } => EventState::Parked,
        };
        let named = self.named(event)?;
        let plan = match state {
            EventState::Applied => Some(self.plan(profile, event, issuer, class)?),
            _ => None,
        };
        let no = self.insert(
            event,
            &named,
            &Origin {
                tx,
                place,
                issuer,
                profile,
                state,
                does: plan.as_ref().map_or(0, does::of),
                about: None,
            },
        )?;
        match outcome {
            EventOutcome::Parked {
                missing,
                deadline,
                code,
            } => {
                self.db
                    .prepare_cached(
                        "INSERT INTO parked (event, state, missing, deadline, code, class, reduced)
                         VALUES (?1, 0, ?2, ?3, ?4, ?5, ?6)",
                    )
                    .and_then(|mut statement| {
                        let class = i64::from(class == DataClass::Record);
                        statement.execute(params![
                            no,
                            missing.to_bytes(),
                            deadline.0,
                            code,
                            class,
                            event.to_bytes()
                        ])
                    })
                    .during("inserting a waiting event")?;
                self.put_waiting(Waiting {
                    no,
                    event: event.clone(),
                    issuer: issuer.clone(),
                    profile,
                    class,
                });
            }
            EventOutcome::Applied => {
                if let Some(plan) = &plan {
                    self.act(&Acting::new(no, issuer, event, class, &named), plan)?;
                }
            }
            EventOutcome::Duplicate { .. } => {}
        }
        Ok(())
    }

    /// The slots of the objects of an event.
    pub(super) fn named(&mut self, event: &Event) -> Result<Named, IndexError> {
        Ok(Named {
            objects: self.slots_of(event.objects.as_slice())?,
            outputs: self.slots_of(event.outputs.objects.as_slice())?,
            parent: event
                .parent
                .as_ref()
                .map(|parent| self.slot_of(parent))
                .transpose()?,
        })
    }

    /// Writes the row of an event, its body, its objects and its values; returns its number.
    pub(super) fn insert(
        &mut self,
        event: &Event,
        named: &Named,
        origin: &Origin<'_>,
    ) -> Result<i64, IndexError> {
        let no = self.take_event();
        let hash_uri = event_uri(&event.id);
        let issuer_uri = self.lens.party_uri(origin.issuer);
        let (full, problem) = match &event.payload {
            Payload::Full(bytes) => match self.lens.full_event(bytes) {
                Ok(full) => (Some(full), None),
                Err(problem) => (None, Some(problem)),
            },
            Payload::Committed(_) | Payload::Pointer { .. } => (None, None),
        };
        let shown = full.or_else(|| reduced::as_full(self.lens, origin.profile, event));
        let facts = match &shown {
            Some(shown) => facts::of(self.lens, event, shown, &hash_uri, &issuer_uri),
            None => facts::Facts {
                time: event.time.0.saturating_mul(1_000_000),
                ..facts::Facts::default()
            },
        };
        let flags = if problem.is_some() {
            event_flag::UNREADABLE
        } else {
            0
        } | if facts.own_id { event_flag::OWN_ID } else { 0 };
        let takes_effect = matches!(origin.state, EventState::Applied | EventState::Declaration);
        let applied = takes_effect.then(|| self.take_applied());
        let issuer = self.dictionary.party(self.db, origin.issuer)?;
        let mut party = |party: &Option<PartyId>| -> Result<Option<i64>, IndexError> {
            party
                .as_ref()
                .map(|party| self.dictionary.party(self.db, party))
                .transpose()
        };
        let (source, destination) = (party(&event.source)?, party(&event.destination)?);
        self.db
            .prepare_cached(
                "INSERT INTO events (no, height, tx, place, time, hash8, hash, kind, action, profile, step, disposition,
                 issuer, source, destination, state, applied, flags, does, parent, about, corrects)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                 ?21, ?22)",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    no,
                    height(self.height),
                    origin.tx,
                    count(origin.place),
                    facts.time,
                    first8(&event.id.0),
                    event.id.0,
                    kind_number(event.kind),
                    event.action as i64,
                    pack_profile(origin.profile),
                    event.step.0,
                    event.disposition.map(|code| code.0),
                    issuer,
                    source,
                    destination,
                    origin.state.number(),
                    applied,
                    flags,
                    origin.does,
                    named.parent.map(|parent| self.row(parent).id),
                    origin.about,
                    event.corrects.map(|corrects| corrects.0),
                ])
            })
            .during("inserting an event")?;
        let lists = self.lists(no, event.kind, named);
        self.body(no, &lists, event)?;
        for (field, value) in facts.terms {
            self.term(no, field, value)?;
        }
        for prefix in facts.prefixes {
            self.dictionary.prefix(self.db, prefix)?;
        }
        if let Some(problem) = problem {
            self.alert("payload-unreadable", Some(no), None, &problem)?;
        } else if self.verify
            && matches!(event.payload, Payload::Full(_))
            && let Err(difference) = self.lens.agrees(origin.profile, event)
        {
            self.alert("payload-differs", Some(no), None, &difference)?;
        }
        Ok(no)
    }

    /// Enters the objects of an event; returns their lists as the body keeps them.
    fn lists(&mut self, no: i64, kind: EventKind, named: &Named) -> Vec<u8> {
        let (inner, outer) = match kind {
            EventKind::Object | EventKind::Transaction => (ObjectRole::Subject, ObjectRole::Parent),
            EventKind::Aggregation | EventKind::Association => {
                (ObjectRole::Child, ObjectRole::Parent)
            }
            EventKind::Transformation => (ObjectRole::Input, ObjectRole::Parent),
        };
        let parent: Vec<Slot> = named.parent.into_iter().collect();
        let mut lists = Vec::new();
        for (role, slots) in [
            (inner, &named.objects),
            (ObjectRole::Output, &named.outputs),
            (outer, &parent),
        ] {
            if slots.is_empty() {
                continue;
            }
            let mut runs = Vec::new();
            put_runs(&mut runs, &self.post(no, role, slots));
            put_varint(&mut lists, role.number().cast_unsigned());
            put_varint(&mut lists, runs.len() as u64);
            lists.extend(runs);
        }
        lists
    }

    fn body(&mut self, no: i64, lists: &[u8], event: &Event) -> Result<(), IndexError> {
        let pointed;
        let (kind, payload, reduced): (i64, &[u8], Option<Vec<u8>>) = match &event.payload {
            Payload::Full(bytes) => (0, bytes, None),
            Payload::Committed(digest) => (1, &digest.0, Some(event.to_bytes())),
            Payload::Pointer { uri, digest } => {
                pointed = [&digest.0, uri.as_bytes()].concat();
                (2, &pointed, Some(event.to_bytes()))
            }
        };
        self.db
            .prepare_cached("INSERT INTO bodies (event, lists, kind, payload, reduced) VALUES (?1, ?2, ?3, ?4, ?5)")
            .and_then(|mut statement| statement.execute(params![no, lists, kind, payload, reduced]))
            .during("inserting the body of an event")?;
        Ok(())
    }
}

/// A kind of event as the file has it.
pub(super) const fn kind_number(kind: EventKind) -> i64 {
    match kind {
        EventKind::Object => 0,
        EventKind::Aggregation => 1,
        EventKind::Transaction => 2,
        EventKind::Transformation => 3,
        EventKind::Association => 4,
    }
}

/// The kind of event behind such a number.
pub(crate) fn kind_from(number: i64) -> Option<EventKind> {
    const ALL: [EventKind; 5] = [
        EventKind::Object,
        EventKind::Aggregation,
        EventKind::Transaction,
        EventKind::Transformation,
        EventKind::Association,
    ];
    ALL.get(usize::try_from(number).ok()?).copied()
}
