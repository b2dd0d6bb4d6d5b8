//! The profile of the pharmaceutical trade of the United States: the state rules of the Drug Supply Chain Security Act
//! (FD&C Act §581–585) on the kernels of the ledger.
//!
//! An event comes in as EPCIS says it; [`classify`](Pharma) finds the [`Act`] it means, the authority the act needs, and the
//! steps the ledger takes. The table of acts is in [`act`], the table of refusals in [`rules`]. Both are data: documents and
//! interfaces print them.
//!
//! **What is tracked**: custody. An object is with one trading partner or inside a container; it is *offered* by shipping and
//! *accepted* by receiving. Ownership is judged where it changes (the transaction statement), but not kept.
//!
//! **Order of events**: what comes before the commissioning of its packs waits; so does a receipt that comes before the shipment.
//! Everything else that does not fit the recorded state is refused at once, with the reason. An event that waits already waits
//! for whatever else it lacks, because its predecessors arrive one by one.
//!
//! **Deviations and limits**
//! * Only serialised goods are tracked; quantities without serial numbers are refused.
//! * The date an expiry is compared with is the local date of the event, by its own time zone offset.

pub mod act;
mod classify;
mod date;
mod genesis;
mod order;
mod reason;
pub mod role;
pub mod rules;
mod settings;
mod story;
#[cfg(test)]
mod tests;
mod watch;
pub mod words;

use std::sync::Arc;

use pangolin_ledger::{
    codec::Writer,
    hash::sha256,
    id::{ClassId, Code, Digest32, ObjectId, PartyId, ProfileRef, Role},
    profile::{Claim, Need, Plan, Profile},
    report::Refusal,
    tx::{Event, OrderTerms},
};

pub use act::Act;
pub use genesis::{genesis, params};
pub use reason::REASONS;
pub use settings::{Late, NewContainers, Settings, Statement};
pub use watch::{FINDINGS, Finding, watch};
pub use words::LEXICON;

pub use crate::member::{Member, MemberError, party_id};
use crate::{
    capture::id,
    catalog::{Industry, Rules},
    rests,
    speech::{self, Speech},
};

/// Number of the profile.
pub const PROFILE: u16 = 1;
/// Version of the strict rules.
pub const STRICT: ProfileRef = ProfileRef {
    id: PROFILE,
    version: 1,
};
/// Version of the lenient rules: what senders often leave out is reported, not refused.
pub const LENIENT: ProfileRef = ProfileRef {
    id: PROFILE,
    version: 2,
};

/// The words of the trade.
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
    versions: &[
        Rules {
            name: "pharma-strict",
            reference: STRICT,
            profile: || Arc::new(Pharma::strict()),
        },
        Rules {
            name: "pharma-lenient",
            reference: LENIENT,
            profile: || Arc::new(Pharma::lenient()),
        },
    ],
    speech: &SPEECH,
    role: role::parse,
    // authorised trading partners (FD&C Act §581(2)), and authorities
    trading: &[role::TRADING_PARTNER, Role::AUTHORITY],
    kinds: role::TRADING,
    params,
    licences: genesis::licences,
    order_reasons: words::ORDER_REASONS,
    words: || words::all().collect(),
    concern: words::concern,
    makes: true,
    expiry: Some(words::field::EXPIRY),
};

/// The profile.
///
/// ```
/// use pangolin_ledger::profile::Profile as _;
/// use pangolin_profiles::pharma::{Pharma, STRICT, rules};
///
/// let pharma = Pharma::strict();
/// assert_eq!(pharma.reference(), STRICT);
/// let rule = rules::find("lot-missing").unwrap();
/// assert_eq!(rule.remedy, "add cbvmda:lotNumber to the ilmd of the commissioning event");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pharma {
    reference: ProfileRef,
    settings: Settings,
}

impl Pharma {
    /// The rules as the law has them.
    pub const fn strict() -> Self {
        Self {
            reference: STRICT,
            settings: Settings::STRICT,
        }
    }

    /// The rules for a chain that still educates its senders.
    pub const fn lenient() -> Self {
        Self {
            reference: LENIENT,
            settings: Settings::LENIENT,
        }
    }

    /// Rules of one's own under a version of one's own.
    pub const fn with(version: u16, settings: Settings) -> Self {
        Self {
            reference: ProfileRef {
                id: PROFILE,
                version,
            },
            settings,
        }
    }

    /// What can be set.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }
}

impl Profile for Pharma {
    fn reference(&self) -> ProfileRef {
        self.reference
    }

    fn name(&self) -> &'static str {
        "pharma (DSCSA)"
    }

    fn digest(&self) -> Digest32 {
        let mut w = Writer::new();
        w.bytes(b"pangolin/profile/pharma/1");
        self.settings.put(&mut w);
        for rule in rules::own() {
            w.bytes(rule.code.as_bytes());
            w.bytes(rule.text.as_bytes());
        }
        for entry in act::TABLE {
            w.bytes(entry.act.name().as_bytes());
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
        rests::upon(classify::plan(&self.settings, event, claim)?, event, claim)
    }

    fn class_of(&self, object: &ObjectId) -> Option<ClassId> {
        id::class_of(object)
    }

    fn order(&self, terms: &OrderTerms, issuer: &PartyId) -> Result<Vec<Need>, Refusal> {
        order::needs(terms, issuer)
    }

    fn tell(&self, refusal: &mut Refusal) {
        let told = speech::tell(refusal, &speech::nameless);
        refusal.message = told.message;
        refusal.remedy = told.remedy;
    }

    fn describe(&self, code: Code) -> Option<&'static str> {
        words::describe(code)
    }
}
