//! The profile of a customs chain: goods of any kind that come from other chains pass under control of the customs authority and
//! go on when it has cleared them.
//!
//! An event comes in as EPCIS says it; the [`Act`] it means, the authority the act needs and the steps the ledger takes are found
//! from the event alone. The table of acts is in [`act`], the table of refusals in [`rules`].
//!
//! **The way of a consignment**: it is sent here from another chain and *received* by an operator; a declarant *declares* it under a
//! number, with an office; the authority *examines* and *clears* it; then it *goes on* to a party on another chain. Uncleared goods go
//! back to a chain that they came over, or are destroyed. A pallet goes through by its own record alone: what is inside stays inside.
//!
//! **What customs leaves alone**: the stages of other industries. Clearance is a fact of its own, which does not travel
//! (`k06_clearance` in the ledger): a suspect pack is a suspect pack on the far side, whoever cleared it.
//!
//! **Deviations and limits**
//! * Nothing is made, packed or processed here. Quantities without identities go through inside a container only.
//! * A declaration covers what it lists, as a whole: it is cleared or refused, not split.
//! * Duties and licences are not computed; that the office clears says that it has checked them.

pub mod act;
mod classify;
mod declaration;
mod reason;
pub mod role;
pub mod rules;
mod story;
#[cfg(test)]
mod tests;
pub mod words;

use std::sync::Arc;

use pangolin_ledger::{
    codec::Writer,
    hash::sha256,
    id::{ClassId, Code, Digest32, ObjectId, ProfileRef, Role, Scope},
    profile::{Claim, Plan, Profile},
    report::Refusal,
    state::Params,
    tx::Event,
};

pub use act::Act;
pub use reason::REASONS;
pub use words::LEXICON;

use crate::{
    capture::id,
    catalog::{self, Industry, Licences, Rules},
    member::{Claims, Member},
    rests,
    speech::{self, Speech},
};

/// Number of the profile.
pub const PROFILE: u16 = 2;
/// Version of the rules.
pub const RULES: ProfileRef = ProfileRef {
    id: PROFILE,
    version: 1,
};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// Customs may ask for what happened in the last years (Union Customs Code, art. 51: three years, and the running one).
const PAST_MS: u64 = 4 * 366 * DAY_MS;
/// How far the clock of a sender may be ahead.
const FUTURE_MS: u64 = 15 * 60 * 1_000;
/// How long a report waits for the goods to arrive.
const PARK_MS: u64 = 30 * DAY_MS;

/// The words of the border.
pub const SPEECH: Speech = Speech {
    lexicon: &LEXICON,
    describe: words::describe,
    role: role::name,
    rule: |code| rules::find(code).map(|rule| (rule.text, rule.remedy)),
    event: story::sentence,
};

/// The industry.
pub const INDUSTRY: Industry = Industry {
    number: PROFILE,
    versions: &[Rules {
        name: "customs",
        reference: RULES,
        profile: || Arc::new(Customs),
    }],
    speech: &SPEECH,
    role: role::parse,
    trading: &[role::OPERATOR, Role::AUTHORITY],
    kinds: role::TRADES,
    params,
    licences,
    order_reasons: words::ORDER_REASONS,
    words: || words::all().collect(),
    concern: |_| None,
    makes: false,
    expiry: None,
};

/// Parameters for a customs chain; everything else as the ledger's default.
pub fn params() -> Params {
    Params {
        park_ms: PARK_MS,
        future_ms: FUTURE_MS,
        past_ms: PAST_MS,
        ..Params::default()
    }
}

/// Each role that the member has, and that of an operator with any of the trades.
fn licences(member: &Member, _: &mut Claims) -> Licences {
    member.labels_nothing()?;
    let mut roles = member.roles.clone();
    if roles.iter().any(|role| role::TRADES.contains(role)) {
        roles.push(role::OPERATOR);
    }
    roles.sort_unstable();
    roles.dedup();
    Ok(roles.into_iter().map(|role| (role, Scope::all())).collect())
}

/// The profile.
///
/// ```
/// use pangolin_ledger::profile::Profile as _;
/// use pangolin_profiles::customs::{Customs, RULES, rules};
///
/// assert_eq!(Customs.reference(), RULES);
/// let rule = rules::find("not-cleared").unwrap();
/// assert!(rule.remedy.starts_with("lodge a declaration"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Customs;

impl Profile for Customs {
    fn reference(&self) -> ProfileRef {
        RULES
    }

    fn name(&self) -> &'static str {
        "customs"
    }

    fn digest(&self) -> Digest32 {
        let mut w = Writer::new();
        w.bytes(b"pangolin/profile/customs/1");
        for rule in rules::own() {
            w.bytes(rule.code.as_bytes());
            w.bytes(rule.text.as_bytes());
        }
        for entry in act::TABLE {
            w.bytes(entry.name.as_bytes());
            w.bytes(entry.when.as_bytes());
            w.bytes(entry.does.as_bytes());
        }
        for (code, word) in words::all() {
            w.varint(u64::from(code.0));
            w.bytes(word.as_bytes());
        }
        Digest32(sha256(&[w.as_bytes()]))
    }

    fn classify(&self, event: &Event, claim: &Claim<'_>) -> Result<Plan, Refusal> {
        rests::upon(classify::plan(event, claim)?, event, claim)
    }

    fn class_of(&self, object: &ObjectId) -> Option<ClassId> {
        id::class_of(object)
    }

    fn tell(&self, refusal: &mut Refusal) {
        let told = speech::tell(refusal, &speech::nameless);
        refusal.message = told.message;
        refusal.remedy = told.remedy;
    }

    fn describe(&self, code: Code) -> Option<&'static str> {
        catalog::describe(code)
    }
}
