//! What the interface must know of the trade of its chain, from the catalogue of industries.
//!
//! Goods of another industry may be here: what their stages and attributes mean is what the industry says that gave them.

use pangolin_gs1::{
    Key,
    id::{Gtin, Lot, Serial},
};
use pangolin_ledger::{
    id::{Code, GroupId, ObjectId, ProfileRef, Role},
    query::ObjectStatus,
    state::{Flags, Group, Status},
};
use pangolin_profiles::{
    capture::{Lexicon, id},
    catalog::{self, Industry, Rules},
};

use crate::deps::{Concern, Trade};

/// An industry under one version of its rules.
#[derive(Debug, Clone)]
pub struct IndustryTrade {
    name: &'static str,
    industry: &'static Industry,
    lexicon: Lexicon,
}

impl IndustryTrade {
    /// For a chain whose nodes speak these rules.
    pub fn new(rules: &Rules) -> Self {
        Self {
            name: (rules.profile)().name(),
            industry: rules.industry(),
            lexicon: rules.lexicon(),
        }
    }
}

impl Trade for IndustryTrade {
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
        self.industry.trading
    }

    fn known_roles(&self) -> &[Role] {
        self.industry.kinds
    }

    fn role_name(&self, role: Role) -> Option<&'static str> {
        self.industry.role_name(role)
    }

    fn describe(&self, code: Code) -> Option<&'static str> {
        catalog::describe(code)
    }

    fn expiry(&self, group: &Group) -> Option<String> {
        let value = catalog::expiry(group)?;
        std::str::from_utf8(value.as_bytes())
            .ok()
            .map(str::to_owned)
    }

    fn concern(&self, status: &ObjectStatus) -> Option<Concern> {
        let record = status.record.as_ref()?;
        let stage = catalog::concern(status.stage);
        if stage.is_some() {
            return stage;
        }
        if status.held {
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
