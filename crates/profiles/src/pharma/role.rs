//! Roles of the trade, and what licences are limited to.
//!
//! Every trading partner has [`TRADING_PARTNER`], its authorisation under FD&C Act §582(a); taking that away stops everything
//! it does. What kind of partner it is adds what it may do. Who makes or labels products also has [`LABELER`] for each of
//! its GS1 company prefixes, or for single GTINs.

use pangolin_gs1::id::Gtin;
use pangolin_ledger::id::{Role, Scope};

use crate::member::RESERVED;

/// Authorised trading partner (§581(2)).
pub const TRADING_PARTNER: Role = Role(1);
/// Manufacturer (§581(10)).
pub const MANUFACTURER: Role = Role(2);
/// Repackager (§581(16)).
pub const REPACKAGER: Role = Role(3);
/// Wholesale distributor (§581(29)).
pub const WHOLESALER: Role = Role(4);
/// Third-party logistics provider (§581(22)): has goods that others own.
pub const LOGISTICS: Role = Role(5);
/// Dispenser (§581(3)): pharmacy, hospital, clinic.
pub const DISPENSER: Role = Role(6);
/// Federal dispensers and distributors outside the states' licences, such as VA and DoD.
pub const GOVERNMENT: Role = Role(7);
/// Returns processor or reverse logistics provider (§581(18)).
pub const RETURNS: Role = Role(8);
/// Labels products under a company prefix or GTIN; always limited to a scope.
pub const LABELER: Role = Role(9);

/// The kinds of trading partners.
pub const TRADING: &[Role] = &[
    MANUFACTURER,
    REPACKAGER,
    WHOLESALER,
    LOGISTICS,
    DISPENSER,
    GOVERNMENT,
    RETURNS,
];

const NAMES: &[(Role, &str)] = &[
    (TRADING_PARTNER, "trading-partner"),
    (MANUFACTURER, "manufacturer"),
    (REPACKAGER, "repackager"),
    (WHOLESALER, "wholesaler"),
    (LOGISTICS, "logistics-provider"),
    (DISPENSER, "dispenser"),
    (GOVERNMENT, "government"),
    (RETURNS, "returns-processor"),
    (LABELER, "labeler"),
];

/// The name of a role, as in configuration files.
pub fn name(role: Role) -> Option<&'static str> {
    NAMES
        .iter()
        .chain(RESERVED)
        .find(|(known, _)| *known == role)
        .map(|(_, name)| *name)
}

/// The role of that name. `3pl` is understood too.
pub fn parse(name: &str) -> Option<Role> {
    if name == "3pl" {
        return Some(LOGISTICS);
    }
    NAMES
        .iter()
        .chain(RESERVED)
        .find(|(_, known)| *known == name)
        .map(|(role, _)| *role)
}

/// The scope of a company prefix: its digits.
pub fn prefix_scope(prefix: &str) -> Option<Scope> {
    Scope::new(prefix).ok()
}

/// The scope of a single GTIN: its 14 digits.
pub fn gtin_scope(gtin: &Gtin) -> Option<Scope> {
    Scope::new(gtin.as_str()).ok()
}

/// Every scope of [`LABELER`] that covers a key whose digits, from the first of the company prefix on, are `digits`. How long
/// the prefix is does not show in a key, so all lengths are tried; prefixes are licensed such that at most one exists.
pub(crate) fn covering(digits: &str) -> impl Iterator<Item = (Role, Scope)> + '_ {
    use pangolin_gs1::PrefixLen;
    (PrefixLen::MIN..=PrefixLen::MAX)
        .filter_map(|len| digits.get(..len).and_then(prefix_scope))
        .map(|scope| (LABELER, scope))
}

/// Every scope of [`LABELER`] that covers a GTIN.
pub(crate) fn covering_gtin(gtin: &Gtin) -> Vec<(Role, Scope)> {
    // The first digit is the packaging indicator.
    let digits = gtin.as_str().get(1..13).unwrap_or_default();
    covering(digits)
        .chain(gtin_scope(gtin).map(|scope| (LABELER, scope)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_roles_belong_together() {
        for (role, text) in NAMES {
            assert_eq!((name(*role), parse(text)), (Some(*text), Some(*role)));
        }
        assert!(TRADING.iter().all(|role| name(*role).is_some()));
        assert_eq!(
            (parse("3pl"), parse("king"), name(Role(77))),
            (Some(LOGISTICS), None, None)
        );
    }

    #[test]
    fn a_gtin_is_covered_by_its_prefix_and_by_itself() {
        let gtin = Gtin::new("10300010123452").unwrap();
        let scopes: Vec<_> = covering_gtin(&gtin)
            .into_iter()
            .map(|(_, scope)| scope.to_string())
            .collect();
        assert_eq!(scopes.first().map(String::as_str), Some("030001"));
        assert_eq!(scopes.get(6).map(String::as_str), Some("030001012345"));
        assert_eq!(scopes.last().map(String::as_str), Some("10300010123452"));
        assert_eq!(scopes.len(), 8);
    }
}
