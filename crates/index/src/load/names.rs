//! The identifiers of a load, each from its number.

use pangolin_gs1::Key;
use pangolin_ledger::id::{ObjectId, PartyId};
use pangolin_profiles::capture;

use super::{LoadError, Plan, Serials};

/// Trade items among which lots take turns.
const PRODUCTS: u64 = 20;
/// Serial numbers of scattered plans lie below this.
const SERIALS: u64 = 1_000_000_000_000;
/// Without a factor in common with [`SERIALS`]: multiplying by it scatters numbers and gives none twice.
const SCATTER: u64 = 387_420_489;

/// Wholesalers of the trade.
pub(super) const WHOLESALERS: u64 = 8;
/// Dispensers of the trade.
pub(super) const DISPENSERS: u64 = 400;

/// Packs with larger numbers could not be told apart: far more than a nation makes in a year.
pub(super) const MAX_PACKS: u64 = 40_000_000_000;

impl Plan {
    /// The `n`-th pack.
    pub fn pack(&self, n: u64) -> Result<ObjectId, LoadError> {
        let product = n / self.lot.max(1) % PRODUCTS;
        let serial = match self.serials {
            Serials::Counted => n,
            Serials::Scattered => n.wrapping_mul(SCATTER) % SERIALS,
        };
        let gtin = with_check(&format!("00300010{product:05}"))?;
        object(&format!("https://id.gs1.org/01/{gtin}/21/{serial:012}"))
    }

    /// The `n`-th case.
    pub fn case(&self, n: u64) -> Result<ObjectId, LoadError> {
        logistic('0', n)
    }

    /// The `n`-th pallet.
    pub fn pallet(&self, n: u64) -> Result<ObjectId, LoadError> {
        logistic('1', n)
    }
}

fn logistic(extension: char, n: u64) -> Result<ObjectId, LoadError> {
    let sscc = with_check(&format!("{extension}0300010{n:09}"))?;
    object(&format!("https://id.gs1.org/00/{sscc}"))
}

/// The location number of a party, and its party.
pub(super) fn site(kind: Kind, n: u64) -> Result<(String, PartyId), LoadError> {
    let company = match kind {
        Kind::Maker => "0300010",
        Kind::Wholesaler => "0399999",
        Kind::Dispenser => "0366666",
    };
    let gln = with_check(&format!("{company}{n:05}"))?;
    let key = Key::parse(&format!("https://id.gs1.org/417/{gln}"));
    let party = key
        .map_err(|error| wrong(&error))
        .and_then(|key| capture::id::party(&key).map_err(|error| wrong(&error)))?;
    Ok((gln, party))
}

/// Kinds of parties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Maker,
    Wholesaler,
    Dispenser,
}

fn with_check(digits: &str) -> Result<String, LoadError> {
    let check = pangolin_gs1::check::check_digit(digits).ok_or_else(|| wrong(&digits))?;
    Ok(format!("{digits}{check}"))
}

fn object(uri: &str) -> Result<ObjectId, LoadError> {
    let key = Key::parse(uri).map_err(|error| wrong(&error))?;
    capture::id::object(&key).map_err(|error| wrong(&error))
}

pub(super) fn wrong(error: &dyn std::fmt::Display) -> LoadError {
    LoadError::Event(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_identifier_is_given_twice() {
        for serials in [Serials::Counted, Serials::Scattered] {
            let plan = Plan {
                lots: 100,
                lot: 30,
                serials,
                ..Plan::default()
            };
            let packs: BTreeSet<ObjectId> = (0..3_000).map(|n| plan.pack(n).unwrap()).collect();
            let units: BTreeSet<ObjectId> = (0..500)
                .flat_map(|n| [plan.case(n).unwrap(), plan.pallet(n).unwrap()])
                .collect();
            assert_eq!((packs.len(), units.len()), (3_000, 1_000));
        }
    }
}
