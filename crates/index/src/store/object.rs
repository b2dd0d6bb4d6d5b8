//! The row of an object: where it is now.

use rusqlite::Row;

/// Whether an object is in being. The numbers are part of the file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum ObjectStatus {
    /// Named by an event or order, and never created as far as the index knows.
    #[default]
    Unknown,
    /// In being.
    Live,
    /// Ended.
    Ended,
    /// Its creation was declared in error.
    Voided,
    /// Lives on another chain.
    Away,
}

impl ObjectStatus {
    const ALL: [Self; 5] = [
        Self::Unknown,
        Self::Live,
        Self::Ended,
        Self::Voided,
        Self::Away,
    ];

    pub(crate) const fn number(self) -> i64 {
        self as i64
    }

    pub(crate) fn from_number(number: i64) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }
}

/// Who has an object, by numbers of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum HolderRef {
    /// Nobody that is known.
    #[default]
    Nobody,
    /// A party.
    Party(i64),
    /// A container.
    Container(i64),
}

impl HolderRef {
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Nobody => 0,
            Self::Party(id) => id << 1,
            Self::Container(id) => id << 1 | 1,
        }
    }

    pub(crate) const fn from_number(number: i64) -> Self {
        match number {
            0 => Self::Nobody,
            odd if odd & 1 == 1 => Self::Container(odd >> 1),
            even => Self::Party(even >> 1),
        }
    }
}

/// Bits of `objects.flags`.
pub(crate) mod flag {
    /// Held back by its custodian.
    pub(crate) const HELD: i64 = 1;
    /// What is inside ended with it.
    pub(crate) const WITH_CONTENTS: i64 = 1 << 1;
    /// Created by a transaction of class record.
    pub(crate) const UNTRACKED: i64 = 1 << 2;
    /// An event in its history was declared in error.
    pub(crate) const CORRECTED: i64 = 1 << 3;
}

/// Bits of `events.flags`.
pub(crate) mod event_flag {
    /// Declared in error.
    pub(crate) const IN_ERROR: i64 = 1;
    /// The full event cannot be read.
    pub(crate) const UNREADABLE: i64 = 1 << 1;
    /// Has an identifier of its own that is not the event hash.
    pub(crate) const OWN_ID: i64 = 1 << 2;
}

/// Bits of `events.does`.
pub(crate) mod does {
    use pangolin_ledger::profile::{Op, Plan};

    pub(crate) const CREATE: i64 = 1;
    pub(crate) const ENCLOSE: i64 = 1 << 1;
    pub(crate) const DISCLOSE: i64 = 1 << 2;
    pub(crate) const EMPTY: i64 = 1 << 3;
    pub(crate) const OFFER: i64 = 1 << 4;
    pub(crate) const ACCEPT: i64 = 1 << 5;
    pub(crate) const RETURN: i64 = 1 << 6;
    pub(crate) const TERMINATE: i64 = 1 << 7;
    pub(crate) const REINSTATE: i64 = 1 << 8;
    pub(crate) const TRANSFORM: i64 = 1 << 9;
    pub(crate) const ASSOCIATE: i64 = 1 << 10;
    pub(crate) const DISSOCIATE: i64 = 1 << 11;
    pub(crate) const HOLD: i64 = 1 << 12;
    pub(crate) const UNHOLD: i64 = 1 << 13;
    pub(crate) const OBSERVE: i64 = 1 << 14;
    pub(crate) const OTHER: i64 = 1 << 15;

    /// What a plan means for objects.
    pub(crate) fn of(plan: &Plan) -> i64 {
        let bit = |op: &Op| match op {
            Op::Create { .. } => CREATE,
            Op::Enclose { .. } => ENCLOSE,
            Op::Disclose => DISCLOSE,
            Op::Empty => EMPTY,
            Op::Offer { .. } => OFFER,
            Op::Accept { .. } => ACCEPT,
            Op::Withdraw | Op::Decline => RETURN,
            Op::Terminate { .. } => TERMINATE,
            Op::Reinstate { .. } => REINSTATE,
            Op::Transform { .. } => TRANSFORM,
            Op::Associate => ASSOCIATE,
            Op::Dissociate => DISSOCIATE,
            Op::Hold => HOLD,
            Op::Unhold => UNHOLD,
            Op::Observe => OBSERVE,
            Op::Advance { .. }
            | Op::Use
            | Op::Clear
            | Op::Depart { .. }
            | Op::Once { .. }
            | Op::PutDocument { .. }
            | Op::Rest(_)
            | Op::Require(_) => OTHER,
        };
        plan.steps.iter().fold(0, |bits, step| bits | bit(&step.op))
    }
}

/// The columns of [`ObjectRow`], in order.
pub(crate) const COLUMNS: &str =
    "id, status, reason, holder, filling, pending, giver, lot, flags, epoch, origin";

/// Where an object is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ObjectRow {
    /// Its number; 0 before it has one.
    pub(crate) id: i64,
    pub(crate) status: ObjectStatus,
    /// Why it ended.
    pub(crate) reason: u16,
    pub(crate) holder: HolderRef,
    /// The filling of the container that it went into.
    pub(crate) filling: i64,
    /// To whom it was offered, or 0.
    pub(crate) pending: i64,
    /// From whom it came, or 0.
    pub(crate) giver: i64,
    /// Its group, or 0.
    pub(crate) lot: i64,
    pub(crate) flags: i64,
    /// How often it was emptied as a whole.
    pub(crate) epoch: i64,
    /// The event that created it, or 0.
    pub(crate) origin: i64,
}

impl ObjectRow {
    /// Reads [`COLUMNS`] from column `at` on.
    pub(crate) fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Self> {
        let status: i64 = row.get(at + 1)?;
        let status = ObjectStatus::from_number(status)
            .ok_or(rusqlite::Error::IntegralValueOutOfRange(at + 1, status))?;
        Ok(Self {
            id: row.get(at)?,
            status,
            reason: row.get(at + 2)?,
            holder: HolderRef::from_number(row.get(at + 3)?),
            filling: row.get(at + 4)?,
            pending: row.get(at + 5)?,
            giver: row.get(at + 6)?,
            lot: row.get(at + 7)?,
            flags: row.get(at + 8)?,
            epoch: row.get(at + 9)?,
            origin: row.get(at + 10)?,
        })
    }

    pub(crate) const fn has(&self, flags: i64) -> bool {
        self.flags & flags == flags
    }

    pub(crate) const fn set(&mut self, flags: i64, on: bool) {
        self.flags = if on {
            self.flags | flags
        } else {
            self.flags & !flags
        };
    }
}

/// What an object does in an event. The numbers are part of the file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectRole {
    /// The event is about it.
    Subject,
    /// Something is put into it, taken out of it, or attached to it.
    Parent,
    /// It is put into, taken out of, or attached to something.
    Child,
    /// It is used up.
    Input,
    /// It is made.
    Output,
    /// What an event did to it is undone, because the event is declared in error.
    Undone,
    /// It is taken out of its container by inference.
    TakenOut,
}

impl ObjectRole {
    pub(crate) const ALL: [Self; 7] = [
        Self::Subject,
        Self::Parent,
        Self::Child,
        Self::Input,
        Self::Output,
        Self::Undone,
        Self::TakenOut,
    ];

    pub(crate) const fn number(self) -> i64 {
        self as i64
    }

    pub(crate) fn from_number(number: i64) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }
}

/// Where a posting stands: event and role in one number.
pub(crate) const fn posting(event: i64, role: ObjectRole) -> i64 {
    event << 3 | role.number()
}

/// The event and role of a posting.
pub(crate) fn unposting(at: i64) -> Option<(i64, ObjectRole)> {
    Some((at >> 3, ObjectRole::from_number(at & 7)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lead_back() {
        for holder in [
            HolderRef::Nobody,
            HolderRef::Party(7),
            HolderRef::Container(7),
        ] {
            assert_eq!(HolderRef::from_number(holder.number()), holder);
        }
        for role in ObjectRole::ALL {
            assert_eq!(unposting(posting(99, role)), Some((99, role)));
        }
        assert_eq!(unposting(7), None);
        assert_eq!(ObjectStatus::from_number(5), None);
    }
}
