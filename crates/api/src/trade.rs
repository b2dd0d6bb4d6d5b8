//! What the interface must know of the pharmaceutical trade.

use pangolin_gs1::{
    Key,
    id::{Gtin, Lot, Serial},
};
use pangolin_ledger::{
    id::{GroupId, ObjectId, ProfileRef, Role},
    profile::Profile as _,
    query::ObjectStatus,
    state::{Flags, Group, Status},
};
use pangolin_profiles::{
    capture::{Lexicon, id},
    pharma::{Pharma, role, words},
};

use crate::deps::{Concern, Trade};

/// The pharmaceutical trade under one version of its rules.
#[derive(Debug, Clone)]
pub struct PharmaTrade {
    name: &'static str,
    lexicon: Lexicon,
}

impl PharmaTrade {
    /// For a chain on which these rules are in force.
    pub fn new(rules: &Pharma) -> Self {
        let mut lexicon = pangolin_profiles::pharma::LEXICON;
        lexicon.profile = rules.reference();
        Self {
            name: rules.name(),
            lexicon,
        }
    }
}

/// Who may ask: authorised trading partners (FD&C Act §581(2)), and authorities.
const TRADING: &[Role] = &[role::TRADING_PARTNER, Role::AUTHORITY];

impl Trade for PharmaTrade {
    fn name(&self) -> &'static str {
        self.name
    }

    fn profile(&self) -> ProfileRef {
        self.lexicon.profile
    }

    fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    fn trading_roles(&self) -> &[Role] {
        TRADING
    }

    fn known_roles(&self) -> &[Role] {
        role::TRADING
    }

    fn role_name(&self, role: Role) -> Option<&'static str> {
        role::name(role)
    }

    fn describe(&self, code: pangolin_ledger::id::Code) -> Option<&'static str> {
        words::describe(code)
    }

    fn expiry(&self, group: &Group) -> Option<String> {
        let value = group.attributes.get(&words::field::EXPIRY)?;
        std::str::from_utf8(value.as_bytes())
            .ok()
            .map(str::to_owned)
    }

    fn concern(&self, status: &ObjectStatus) -> Option<Concern> {
        let record = status.record.as_ref()?;
        if status.stage == words::stage::ILLEGITIMATE {
            return Some(Concern::Illegitimate);
        }
        if status.stage == words::stage::SUSPECT || status.held {
            return Some(Concern::Suspect);
        }
        if record.flags.has(Flags::USED) {
            return Some(Concern::NotForSale);
        }
        let ended = matches!(record.status, Status::Terminated(_)) || status.ended.is_some();
        (ended || (!status.live && matches!(record.status, Status::Live)))
            .then_some(Concern::NotForSale)
    }

    fn pack(&self, gtin: &Gtin, serial: &str) -> Option<ObjectId> {
        let key = Key::Sgtin {
            gtin: *gtin,
            serial: Serial::new(serial).ok()?,
        };
        id::object(&key).ok()
    }

    fn lot(&self, gtin: &Gtin, lot: &Lot) -> Option<GroupId> {
        id::lot(gtin, lot).ok()
    }
}
