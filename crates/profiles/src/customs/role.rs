//! Roles at a border.
//!
//! The customs authority is the reserved role of authorities. Everybody else who handles goods is an *operator*, whatever its trade;
//! taking that role away stops everything it does here.

use pangolin_ledger::id::Role;

use crate::member::RESERVED;

/// Authorised to handle goods under customs control.
pub const OPERATOR: Role = Role(0x20);
/// Lodges declarations: importer, exporter, or a broker for them.
pub const DECLARANT: Role = Role(0x21);
/// Carries goods.
pub const CARRIER: Role = Role(0x22);
/// Keeps a customs warehouse or a terminal.
pub const WAREHOUSE: Role = Role(0x23);

/// The kinds of operators.
pub const TRADES: &[Role] = &[DECLARANT, CARRIER, WAREHOUSE];

const NAMES: &[(Role, &str)] = &[
    (OPERATOR, "operator"),
    (DECLARANT, "declarant"),
    (CARRIER, "carrier"),
    (WAREHOUSE, "warehouse-keeper"),
];

/// The name of a role, as in configuration files.
pub fn name(role: Role) -> Option<&'static str> {
    let mut known = NAMES.iter().chain(RESERVED);
    known
        .find(|(known, _)| *known == role)
        .map(|(_, name)| *name)
}

/// The role of that name. `customs`, `terminal` and `broker` are understood too.
pub fn parse(name: &str) -> Option<Role> {
    let name = match name {
        "customs" => "authority",
        "terminal" => "warehouse-keeper",
        "broker" => "declarant",
        name => name,
    };
    let mut known = NAMES.iter().chain(RESERVED);
    known
        .find(|(_, known)| *known == name)
        .map(|(role, _)| *role)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_roles_belong_together() {
        for (role, text) in NAMES {
            assert_eq!((name(*role), parse(text)), (Some(*text), Some(*role)));
        }
        assert!(TRADES.iter().all(|role| name(*role).is_some()));
        assert_eq!(parse("customs"), Some(Role::AUTHORITY));
        assert_eq!(
            (parse("terminal"), parse("broker"), parse("smuggler")),
            (Some(WAREHOUSE), Some(DECLARANT), None)
        );
    }
}
