//! Every rule with its code, text and remedy, in the words of the trade.
//!
//! The profile's own rules come first. The ledger's rules follow; those that a trading partner meets are put into its words here,
//! the others have the ledger's.

use pangolin_ledger::report::reasons;

use super::reason;
pub use crate::rule::Rule;
use crate::rule::{self, LEDGER, Told};

/// Code of the refusal of expired goods; the ledger compares, the profile names.
pub const EXPIRED: &str = "product-expired";

/// The ledger compares the dates, the profile names the refusal.
const EXPIRY: Rule = Rule {
    code: EXPIRED,
    rule: reasons::GUARD_FAILED.rule.0,
    kernel: reasons::GUARD_FAILED.kernel,
    text: "goods, and everything inside a container, are not shipped, dispensed or called sellable after their expiry date; receiving them as expired, returning and destroying them is allowed",
    remedy: "take the goods of that lot out (of the container too): return them (disposition expired) or destroy them; if they just arrived, receive them with disposition expired",
    source: "21 CFR 211.137; FD&C Act §501(a)(2)(B)",
};

/// Rules of the ledger in the words of the trade: code, text, remedy, source.
const TRADE: &[Told] = &[
    (
        "object-absent",
        "nothing may be packed, observed, shipped or dispensed before it was commissioned; the event waits, a dispensing is refused",
        "have the manufacturer send its commissioning events; if it has, check the serial number: the pack may be counterfeit",
        "FD&C Act §582(b)(4), §581(13)",
    ),
    (
        "already-created",
        "a serial number is commissioned once",
        "check the serial number; if somebody else used it, report suspect product",
        "FD&C Act §581(14)(B)",
    ),
    (
        "object-terminated",
        "what was dispensed, destroyed, decommissioned, stolen or repackaged takes no part in trade any more",
        "do not accept or dispense the pack; if you have it in hand, quarantine it and report suspect product",
        "FD&C Act §581(21), §582(d)(4)",
    ),
    (
        "object-elsewhere",
        "what was shipped to another chain takes no part in trade on this one until it comes back",
        "report on the chain that the message names; if the goods were not let in there, they are here again as soon as that is proven",
        LEDGER,
    ),
    (
        "ancestry-unproven",
        "goods from another chain are dispensed, decommissioned, repackaged or cleared of suspicion when their history is proven back to where they were made; the event waits until then",
        "nothing: whoever carries messages between the chains brings the proof; if it does not come, quarantine the pack and ask the seller for its provenance certificate",
        "FD&C Act §582(d)(4)(A), §581(21)",
    ),
    (
        "ancestry-refuted",
        "goods of which a chain on their way denies the history are not dispensed, decommissioned, repackaged or cleared",
        "quarantine the goods, declare them illegitimate (disposition illegitimate) and report it; they may be destroyed",
        "FD&C Act §581(8), §582(d)(4)(B)",
    ),
    (
        "maker-not-allowed",
        "goods are dispensed that were made on a chain whose products are admitted to this one's trade",
        "quarantine the goods and ask the governance of this chain, which admits the products of other chains",
        "FD&C Act §801(a), §581(8)",
    ),
    (
        "not-custodian",
        "only who has the goods can act on them",
        "receive the goods first (bizStep receiving); if they were never shipped to you, ask the seller for its shipping event",
        "FD&C Act §582(c)(1)(A)",
    ),
    (
        "already-offered",
        "goods under way are neither packed, shipped again nor ended",
        "wait for the receipt, or call the shipment off (bizStep void_shipping)",
        "FD&C Act §582(c)(1)",
    ),
    (
        "not-offered",
        "nothing is received that was not shipped to the receiver",
        "ask the seller for the shipping event that names you as destination",
        "FD&C Act §582(c)(1)(A)(i)",
    ),
    (
        "wrong-stage",
        "goods that came back are verified before they are sold; suspect and illegitimate goods are not sold, neither by themselves nor in a container",
        "verify the goods and report the result (bizStep inspecting, disposition sellable_accessible), or return or destroy them",
        "FD&C Act §582(c)(4)(A), §582(c)(4)(D)",
    ),
    (
        "not-whole",
        "what was dispensed in part is sold to nobody, neither by itself nor in a container",
        "leave the opened packs out; dispense the rest, return or destroy them",
        "FD&C Act §501(a)(2)(B), §502; 21 CFR 211.130",
    ),
    (
        "held-back",
        "goods in quarantine are not packed, shipped or dispensed, neither by themselves nor in a container; returning and destroying them is allowed",
        "end the quarantine first (bizStep holding, disposition cleared), or return or destroy the goods",
        "FD&C Act §582(d)(4)(A)(i)",
    ),
    (
        "already-held",
        "goods are put into quarantine once",
        "nothing: the goods are in quarantine",
        "FD&C Act §582(d)(4)(A)(i)",
    ),
    (
        "not-held",
        "only goods in quarantine are released from it",
        "nothing, if the goods may be sold; otherwise report the quarantine first (bizStep holding)",
        "FD&C Act §582(d)(4)(A)",
    ),
    (
        "on-hold",
        "what an authority or the manufacturer holds does not move, nor does a container with it; nothing comes out of a container that is held",
        "wait for the release of the order; its number is in the message",
        "FD&C Act §582(c)(4), §304(g)",
    ),
    (
        "on-recall",
        "recalled goods are neither shipped nor dispensed, by themselves or in a container; returning and destroying them is allowed; a container that was recalled as such stays closed",
        "take the goods out of stock, and out of the container if only some of its contents are recalled, and return them (bizStep shipping, disposition recalled)",
        "21 CFR Part 7; FD&C Act §582(b)(4)(B)",
    ),
    (
        "inside-container",
        "what is inside a container is not packed or shipped by itself",
        "unpack it first (AggregationEvent DELETE)",
        "GS1 US DSCSA guideline R1.3 (aggregation)",
    ),
    (
        "not-inside",
        "only what is inside a container comes out of it",
        "name the container that the pack is in; if the pack is not where the record says, report the exception",
        "GS1 US DSCSA guideline R1.3 (aggregation)",
    ),
    (
        "not-empty",
        "a container that ends is empty, or the event says what becomes of its contents",
        "unpack it first, or add the extension element contents with take or release",
        "GS1 US DSCSA guideline R1.3 (decommissioning)",
    ),
    (
        "not-outermost",
        "only the outermost container is filled or emptied",
        "unpack it from the container around it first",
        "GS1 US DSCSA guideline R1.3 (aggregation)",
    ),
    (
        "contents-differ",
        "what is listed with a container is inside it; contents that are said to be complete are the recorded ones",
        "count again; if the difference remains, report the exception to the seller",
        "PDG blueprint, exceptions (aggregation)",
    ),
    (
        "group-differs",
        "a lot has one expiry date",
        "correct lotNumber or itemExpirationDate",
        "FD&C Act §581(14)",
    ),
    (
        "unknown-party",
        "who states an event is known to the chain",
        "check the GLN; if it is right, have the party admitted",
        "FD&C Act §582(b)(3)",
    ),
    (
        "role-missing",
        "every act needs the licence for it at the time of the event: trading partners trade, labelers commission their own products, dispensers dispense",
        "obtain the licence, or let a party act that has it; check the company prefix in the GTIN and the GLN of the receiver",
        "FD&C Act §582(a)(1), §582(b)(3), §583, §584",
    ),
    (
        "role-revoked",
        "a revoked licence allows nothing from its revocation on",
        "let a party act that is licensed",
        "FD&C Act §583, §584",
    ),
    (
        "party-suspended",
        "a suspended party does not trade",
        "resolve the suspension with the registrar of the chain",
        "FD&C Act §583(b)",
    ),
    (
        "event-in-future",
        "an event does not lie ahead of the chain's clock",
        "correct eventTime, or the clock or time zone it came from",
        "EPCIS 2.0 §7.4.1",
    ),
    (
        "event-too-old",
        "an event is reported while its records must be kept",
        "ask the registrar of the chain to admit late reports",
        "FD&C Act §582(b)(1)(A)(iv): six years",
    ),
    (
        "already-recorded",
        "an event is recorded once",
        "nothing: the event is recorded",
        "EPCIS 2.0 §7.4.1 (eventID)",
    ),
    (
        "event-conflict",
        "an event that is sent again is sent unchanged",
        "send the event exactly as before, or declare it in error",
        "EPCIS 2.0 §7.4.1.3",
    ),
];

/// The profile's own rules.
pub fn own() -> &'static [Rule] {
    reason::RULES
}

/// Every rule whose code a transaction of this profile can be refused with.
pub fn all() -> Vec<Rule> {
    let mut rules = reason::RULES.to_vec();
    rules.push(EXPIRY);
    rule::all(&rules, TRADE)
}

/// The rule behind a code.
pub fn find(code: &str) -> Option<Rule> {
    all().into_iter().find(|rule| rule.code == code)
}

/// The remedy for a code in the words of the trade.
pub fn remedy(code: &str) -> Option<&'static str> {
    find(code).map(|rule| rule.remedy)
}

/// The table of acts and the table of rules as Markdown.
pub fn markdown() -> String {
    let mut text =
        String::from("## What an event means\n\n| act | EPCIS | effect |\n|---|---|---|\n");
    for entry in super::act::TABLE {
        push_row(&mut text, &[entry.act.name(), entry.when, entry.does]);
    }
    text.push_str("\n## Why an event is refused\n\n| code | kernel | rule | what to do | source |\n|---|---|---|---|---|\n");
    for rule in all() {
        let code = format!("`{}`", rule.code);
        push_row(
            &mut text,
            &[
                &code,
                &rule.kernel.to_string(),
                rule.text,
                rule.remedy,
                rule.source,
            ],
        );
    }
    text
}

fn push_row(text: &mut String, cells: &[&str]) {
    for cell in cells {
        text.push_str("| ");
        text.push_str(&cell.replace('|', "\\|"));
        text.push(' ');
    }
    text.push_str("|\n");
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_is_complete_and_unambiguous() {
        let rules = all();
        let codes: BTreeSet<_> = rules.iter().map(|rule| rule.code).collect();
        assert_eq!(codes.len(), rules.len(), "a code stands twice");
        for reason in super::super::REASONS.iter().chain(reasons::ALL) {
            let rule = find(reason.code).unwrap();
            assert_eq!((rule.rule, rule.kernel), (reason.rule.0, reason.kernel));
            assert!(!rule.remedy.is_empty());
        }
        for (code, ..) in TRADE {
            assert!(
                reasons::ALL.iter().any(|reason| reason.code == *code),
                "{code} is no code of the ledger"
            );
        }
        assert!(
            own()
                .iter()
                .all(|rule| !rule.text.is_empty() && !rule.source.is_empty())
        );
    }

    #[test]
    fn tables_are_printed() {
        let text = markdown();
        assert!(text.contains("| `lot-missing` | K1 | a commissioned pack has a lot number |"));
        assert!(text.contains("| ship | bizStep shipping or consigning |"));
        assert!(
            text.lines()
                .filter(|line| line.starts_with('|'))
                .all(|line| line.ends_with('|'))
        );
        assert_eq!(
            (find("no-such-code"), remedy("on-recall").is_some()),
            (None, true)
        );
    }
}
