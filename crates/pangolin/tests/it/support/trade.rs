//! The files of networks of chains under the rules of medicines, with one validator each, and who trades on them.
//!
//! ```ignore
//! let file = network(&[("north", &[ACME, CARRIER]), ("south", &[CLINIC, CARRIER])]) + &linked(&["north", "south"]);
//! let (chains, running) = Chains::carried(&file, &["north", "south"]);
//! ```

use std::fmt::Write as _;

/// A member of a chain.
#[derive(Clone, Copy)]
pub(crate) struct Trader {
    /// Its name, also in files.
    pub(crate) slug: &'static str,
    /// Its identifier.
    pub(crate) id: &'static str,
    /// Its role.
    role: &'static str,
    /// The prefix that it labels products under; empty: none.
    prefix: &'static str,
}

/// Makes packs under the prefix 036615.
pub(crate) const ACME: Trader =
    Trader::new("acme", "0366159000019", "manufacturer").under("036615");
/// Dispenses them; its GLN as a location is `urn:epc:id:pgln:035555.555555`.
pub(crate) const CLINIC: Trader = Trader::new("clinic", "0355555555551", "dispenser");
/// Carries messages between chains, and has no other role that matters.
pub(crate) const CARRIER: Trader = Trader::new("carrier", "urn:example:carrier", "3pl");

impl Trader {
    /// One that labels nothing.
    pub(crate) const fn new(slug: &'static str, id: &'static str, role: &'static str) -> Self {
        Self {
            slug,
            id,
            role,
            prefix: "",
        }
    }

    /// One that labels products under a prefix.
    pub(crate) const fn under(self, prefix: &'static str) -> Self {
        Self { prefix, ..self }
    }
}

/// Chains of these names with these members, without any link.
pub(crate) fn network(chains: &[(&str, &[Trader])]) -> String {
    let mut text = "format = \"pangolin-network/1\"\nfirst_port = 0\n".to_owned();
    for (name, members) in chains {
        let _ = write!(
            text,
            "[[chain]]\nname = \"{name}\"\nprofile = \"pharma-strict\"\nheartbeat_ms = 500\nvalidators = [\"one\"]\n"
        );
        for member in *members {
            let Trader {
                slug,
                id,
                role,
                prefix,
            } = member;
            let prefixes: Vec<&str> = [*prefix].into_iter().filter(|p| !p.is_empty()).collect();
            let _ = write!(
                text,
                "[[chain.member]]\nslug = \"{slug}\"\nname = \"{slug}\"\nid = \"{id}\"\nroles = [\"{role}\"]\nprefixes = {prefixes:?}\n"
            );
        }
    }
    text
}

/// Each of these chains knows the others, lets be traded what is made there, and is content with word of them for ten minutes.
pub(crate) fn linked(chains: &[&str]) -> String {
    format!("[[link]]\nbetween = {chains:?}\nfreshness_ms = 600000\n")
}
