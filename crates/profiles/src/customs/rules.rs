//! Every rule with its code, text and remedy, in the words of the border.

use super::reason;
pub use crate::rule::Rule;
use crate::rule::{self, LEDGER, Told};

/// Rules of the ledger in the words of the border: code, text, remedy, source.
const TOLD: &[Told] = &[
    (
        "not-cleared",
        "goods go on only when the customs authority has cleared them",
        "lodge a declaration for them (bizStep declaring) and wait until the office clears it, or send them back (disposition returned)",
        "Revised Kyoto Convention, General Annex 3.40",
    ),
    (
        "ancestry-unproven",
        "goods are cleared when their history over other chains is proven back to where they were made; the clearance waits until then",
        "nothing: whoever carries messages between the chains brings the proof; if it does not come, examine the goods or refuse the declaration",
        "Revised Kyoto Convention, General Annex 6.2",
    ),
    (
        "ancestry-refuted",
        "goods of which a chain on their way denies the history are not cleared",
        "refuse the declaration; the goods go back or are destroyed",
        "Revised Kyoto Convention, General Annex 6.2",
    ),
    (
        "maker-not-allowed",
        "goods are cleared that were made on a chain whose goods this one admits",
        "ask the governance of this chain, which admits the goods of other chains, or refuse the declaration",
        "Revised Kyoto Convention, General Annex 3.16",
    ),
    (
        "already-cleared",
        "goods are cleared once",
        "nothing: the goods may go on",
        "Revised Kyoto Convention, General Annex 3.40",
    ),
    (
        "not-from-there",
        "goods that are not imported go back to a chain that they came over",
        "name the chain they came from in destinationChain, or have them cleared",
        "Revised Kyoto Convention, General Annex 3.19",
    ),
    (
        "stale-previous",
        "a declaration number is used once; what is cleared or refused is exactly what was declared under it, and was not decided before",
        "check the number, and that the goods are listed as they were declared; for other goods lodge another declaration",
        "WCO Data Model, declaration",
    ),
    (
        "document-absent",
        "only what was declared is cleared or refused",
        "check the number; if it is right, have the declarant lodge the declaration",
        "WCO Data Model, declaration",
    ),
    (
        "not-controller",
        "a declaration is decided by the office that it was lodged with",
        "let that office decide; its name is in the message",
        "Revised Kyoto Convention, General Annex 3.12",
    ),
    (
        "object-absent",
        "goods are handled here from their arrival on; what is reported before waits for it",
        "have the goods sent here from the chain that they live on, and check their numbers",
        LEDGER,
    ),
    (
        "object-elsewhere",
        "what went on is no more under control here",
        "report on the chain that the message names",
        LEDGER,
    ),
    (
        "object-terminated",
        "what was destroyed goes nowhere",
        "check the number; if the goods are there, report it to the office",
        LEDGER,
    ),
    (
        "not-custodian",
        "only who has the goods moves them",
        "receive the goods first (bizStep receiving), or let their keeper act",
        "Revised Kyoto Convention, Specific Annex A",
    ),
    (
        "not-offered",
        "nothing is received that was not sent to the receiver",
        "ask the sender for the shipping event that names you",
        LEDGER,
    ),
    (
        "already-offered",
        "goods under way are not sent again",
        "wait for the receipt, or call the shipment off (bizStep void_shipping)",
        LEDGER,
    ),
    (
        "on-hold",
        "what is held by order stays where it is, and so does its container",
        "wait for the release of the order; its number is in the message",
        "Revised Kyoto Convention, General Annex 3.31",
    ),
    (
        "on-recall",
        "recalled goods are not cleared and do not go on; they may go back",
        "send the goods back (disposition returned) or destroy them",
        LEDGER,
    ),
    (
        "unknown-chain",
        "goods go to chains that are registered here",
        "check destinationChain; have the governance of this chain register that chain",
        LEDGER,
    ),
    (
        "unknown-party",
        "who states an event is known to the chain",
        "check the GLN; if it is right, have the party admitted",
        LEDGER,
    ),
    (
        "role-missing",
        "operators handle goods, declarants declare them, the customs authority examines, clears and refuses",
        "obtain the authorisation, or let a party act that has it",
        "Revised Kyoto Convention, General Annex 3.6",
    ),
    (
        "role-revoked",
        "a revoked authorisation allows nothing from its revocation on",
        "let a party act that is authorised",
        "Revised Kyoto Convention, General Annex 3.6",
    ),
];

/// The profile's own rules.
pub fn own() -> &'static [Rule] {
    reason::RULES
}

/// Every rule whose code a transaction of this profile can be refused with.
pub fn all() -> Vec<Rule> {
    rule::all(reason::RULES, TOLD)
}

/// The rule behind a code.
pub fn find(code: &str) -> Option<Rule> {
    all().into_iter().find(|rule| rule.code == code)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use pangolin_ledger::report::reasons;

    use super::*;

    #[test]
    fn the_table_is_complete_and_unambiguous() {
        let rules = all();
        let codes: BTreeSet<_> = rules.iter().map(|rule| rule.code).collect();
        assert_eq!(codes.len(), rules.len(), "a code stands twice");
        for reason in reason::REASONS.iter().chain(reasons::ALL) {
            let rule = find(reason.code).unwrap();
            assert_eq!((rule.rule, rule.kernel), (reason.rule.0, reason.kernel));
            assert!(!rule.remedy.is_empty());
        }
        for (code, text, remedy, source) in TOLD {
            assert!(
                reasons::ALL.iter().any(|reason| reason.code == *code),
                "{code} is no code of the ledger"
            );
            assert!(![text, remedy, source].iter().any(|part| part.is_empty()));
        }
        assert_eq!(find("no-such-code"), None);
    }
}
