//! Parties, keys, licences, delegations: K2.

use std::collections::BTreeSet;

use crate::{
    id::{Height, PartyId, Role, TimeMs},
    limits::{MAX_PERIODS, MAX_ROLES, MAX_TEXT_BYTES},
    state::Quota,
};

/// A time during which something is granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// First moment.
    pub from: TimeMs,
    /// First moment after.
    pub until: Option<TimeMs>,
    /// First moment after a revocation.
    pub revoked: Option<TimeMs>,
    /// Block that granted it.
    pub granted: Height,
}
wire_struct!(Period {
    from,
    until,
    revoked,
    granted
});

impl Period {
    /// Whether `at` lies within it.
    pub fn covers(&self, at: TimeMs) -> bool {
        self.from <= at
            && self.until.is_none_or(|until| at < until)
            && self.revoked.is_none_or(|from| at < from)
    }
}

/// A party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Its name.
    pub name: String,
    /// Block that admitted it.
    pub admitted: Height,
    /// From when it is suspended.
    pub suspended: Option<TimeMs>,
    /// A quota of its own.
    pub quota: Option<Quota>,
}
wire_struct!(Party v 1 { name[text MAX_TEXT_BYTES], admitted, suspended, quota });

/// What a key may be used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyUse {
    /// Everything its party may do.
    Owner,
    /// Statements about goods only, for acts that need one of these roles (empty: any).
    Agent(BTreeSet<Role>),
}
wire_enum!(KeyUse { 0 => Owner, 1 => Agent(roles [set MAX_ROLES]) });

/// A public key belongs to one party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its owner.
    pub party: PartyId,
    /// What it may be used for.
    pub usage: KeyUse,
    /// When.
    pub period: Period,
}
wire_struct!(KeyRecord v 1 { party, usage, period });

/// A role or licence of a party for a scope, with its history: what counts is the moment of the event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Licence {
    /// Periods in the order in which they were granted.
    pub periods: Vec<Period>,
}
wire_struct!(Licence v 1 { periods[list MAX_PERIODS] });

impl Licence {
    /// Whether it is in force at `at`.
    pub fn covers(&self, at: TimeMs) -> bool {
        self.periods.iter().any(|period| period.covers(at))
    }

    /// Whether it was in force before `at` and was revoked by then.
    pub fn revoked_by(&self, at: TimeMs) -> bool {
        self.periods
            .iter()
            .any(|period| period.revoked.is_some_and(|from| from <= at))
    }
}

/// What an agent may sign for a principal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delegation {
    /// For acts that need one of these roles; empty: for all acts on goods.
    pub roles: BTreeSet<Role>,
    /// When.
    pub periods: Vec<Period>,
}
wire_struct!(Delegation v 1 { roles[set MAX_ROLES], periods[list MAX_PERIODS] });

impl Delegation {
    /// Whether it is in force at `at`.
    pub fn covers(&self, at: TimeMs) -> bool {
        self.periods.iter().any(|period| period.covers(at))
    }
}
