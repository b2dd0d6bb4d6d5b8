//! What is worth reporting about an event that is accepted all the same. Findings never change state.

use pangolin_ledger::{id::PartyId, tx::Event};

use super::{
    act::{self, Act},
    classify::changes_owner,
    words::field,
};
use crate::{
    capture::attribute,
    cbv::{self, document},
};

/// A finding, in neutral words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Stable code, kebab-case.
    pub code: &'static str,
    /// What was found.
    pub text: &'static str,
    /// What the sender should do.
    pub remedy: &'static str,
}

const STATEMENT: Finding = Finding {
    code: "watch-statement-missing",
    text: "a shipment changes ownership without an affirmed transaction statement",
    remedy: "add gs1ushc:dscsaTransactionStatement to the header of the document",
};
const DOCUMENT: Finding = Finding {
    code: "watch-document-missing",
    text: "a shipment names neither purchase order nor despatch advice nor invoice",
    remedy: "add bizTransaction of type po, desadv or inv",
};
const PLACE: Finding = Finding {
    code: "watch-place-missing",
    text: "the event does not say where it happened",
    remedy: "add readPoint or bizLocation",
};
const STEP: Finding = Finding {
    code: "watch-step-unknown",
    text: "the business step is in no vocabulary known here; the event is an observation",
    remedy: "use a business step of the CBV",
};
const SOURCE: Finding = Finding {
    code: "watch-source-missing",
    text: "a receipt does not say who shipped, so that it is not matched against the shipment's sender",
    remedy: "add a source of type owning_party or possessing_party",
};

/// Everything that can be found.
pub const FINDINGS: &[Finding] = &[STATEMENT, DOCUMENT, PLACE, STEP, SOURCE];

/// Looks at an event stated by `issuer`.
pub fn watch(event: &Event, issuer: &PartyId) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Ok(act) = act::find(event) else {
        return findings;
    };
    if act == Act::Ship
        && let Some(to) = &event.destination
        && changes_owner(event, issuer, to)
    {
        let affirmed = event
            .attributes
            .get(&field::STATEMENT)
            .is_some_and(|value| value.as_bytes() == b"1");
        findings.extend((!affirmed).then_some(STATEMENT));
        let known = [document::PO, document::DESADV, document::INV];
        let named = event
            .references
            .iter()
            .any(|reference| known.contains(&reference.kind));
        findings.extend((!named).then_some(DOCUMENT));
    }
    if act == Act::Receive {
        let stated = [attribute::OWNER_FROM, attribute::HOLDER_FROM];
        let sender = stated
            .iter()
            .any(|code| event.attributes.contains_key(code));
        findings.extend((!sender).then_some(SOURCE));
    }
    findings.extend(event.place.is_none().then_some(PLACE));
    findings.extend((event.step == cbv::OTHER).then_some(STEP));
    findings
}
