//! The profile's own numbers and words.
//!
//! **Invariant**: a number means one thing in all profiles, and is never reused. There are no stages among them: what customs knows of
//! goods is that they were cleared, which does not travel, so that the stages of other industries pass a border untouched.

use pangolin_ledger::id::Code;

use crate::{
    capture::{Field, FieldPlace, Form, Lexicon},
    catalog,
};

/// Namespace of the profile's own words and fields.
pub const NAMESPACE: &str = "https://ns.pangolin.network/customs/";
const OWN: &[&str] = &[NAMESPACE];

/// Business steps for which the CBV has no word.
pub mod step {
    use super::Code;

    /// A declaration is lodged for goods.
    pub const DECLARING: Code = Code(0x0500);
    /// The authority clears the goods of a declaration.
    pub const CLEARING: Code = Code(0x0501);
    /// The authority refuses a declaration.
    pub const REFUSING: Code = Code(0x0502);
}

/// Kinds of documents for which the CBV has no word.
pub mod document {
    use super::Code;

    /// A customs declaration, by its number.
    pub const DECLARATION: Code = Code(0x0510);
}

/// Why goods ended at the border.
pub mod ended {
    use super::Code;

    /// Destroyed under customs control.
    pub const DESTROYED: Code = Code(0x0520);
}

/// Fields that the rules read.
pub mod field {
    use super::Code;

    /// The customs office that a declaration is lodged with.
    pub const OFFICE: Code = Code(0x0530);
}

/// Reasons of orders.
pub mod order_reason {
    use super::Code;

    /// Papers are missing or contradict each other.
    pub const DOCUMENTS: Code = Code(0x0540);
    /// The goods may not be imported, or need a licence that is missing.
    pub const PROHIBITED: Code = Code(0x0541);
    /// The goods may be dangerous.
    pub const SAFETY: Code = Code(0x0542);
    /// The goods may infringe a right.
    pub const INFRINGEMENT: Code = Code(0x0543);
    /// Duties are not paid or secured.
    pub const DUTIES: Code = Code(0x0544);
    /// Any other.
    pub const OTHER: Code = Code(0x0545);
}

const STEPS: &[(Code, &str)] = &[
    (
        step::DECLARING,
        "https://ns.pangolin.network/customs/bizstep/declaring",
    ),
    (
        step::CLEARING,
        "https://ns.pangolin.network/customs/bizstep/clearing",
    ),
    (
        step::REFUSING,
        "https://ns.pangolin.network/customs/bizstep/refusing",
    ),
];

const DOCUMENTS: &[(Code, &str)] = &[(
    document::DECLARATION,
    "https://ns.pangolin.network/customs/btt/declaration",
)];

const FIELDS: &[Field] = &[Field {
    code: field::OFFICE,
    places: &[FieldPlace::Event],
    namespaces: OWN,
    path: &["office"],
    form: Form::Party,
}];

/// What the profile adds to reduction.
pub const LEXICON: Lexicon = Lexicon {
    profile: super::RULES,
    steps: STEPS,
    dispositions: &[],
    documents: DOCUMENTS,
    fields: FIELDS,
};

/// Words for numbers, for messages and displays.
const WORDS: &[(Code, &str)] = &[
    (ended::DESTROYED, "destroyed under customs control"),
    (field::OFFICE, "customs office"),
    (
        order_reason::DOCUMENTS,
        "documents missing or contradictory",
    ),
    (order_reason::PROHIBITED, "prohibited or restricted goods"),
    (order_reason::SAFETY, "safety of the goods"),
    (order_reason::INFRINGEMENT, "infringement of rights"),
    (order_reason::DUTIES, "duties not secured"),
    (order_reason::OTHER, "other reason of the customs authority"),
];

/// Reasons of orders by their names in commands.
pub const ORDER_REASONS: &[(&str, Code)] = &[
    ("documents", order_reason::DOCUMENTS),
    ("prohibited", order_reason::PROHIBITED),
    ("safety", order_reason::SAFETY),
    ("infringement", order_reason::INFRINGEMENT),
    ("duties", order_reason::DUTIES),
    ("other", order_reason::OTHER),
];

/// Every number of the profile with its word or URI.
pub fn all() -> impl Iterator<Item = (Code, &'static str)> {
    WORDS.iter().chain(STEPS).chain(DOCUMENTS).copied()
}

/// Words of the profile itself.
pub fn describe(code: Code) -> Option<&'static str> {
    all()
        .find(|(known, _)| *known == code)
        .map(|(_, word)| word)
}

/// The word or URI of a business step.
pub(super) fn step_word(code: Code) -> &'static str {
    use pangolin_epcis::vocab::Vocabulary::BizStep;
    if code == crate::cbv::NONE {
        return "no business step";
    }
    let word = LEXICON
        .word(BizStep, code)
        .or_else(|| catalog::describe(code));
    word.unwrap_or("a business step outside the vocabulary")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cbv;

    #[test]
    fn words_are_in_the_namespace_and_have_names() {
        let uris = STEPS.iter().chain(DOCUMENTS);
        assert!(uris.into_iter().all(|(_, uri)| uri.starts_with(NAMESPACE)));
        assert_eq!(describe(field::OFFICE), Some("customs office"));
        assert_eq!(describe(Code(0)), None);
        assert_eq!(step_word(cbv::step::SHIPPING), "shipping");
        assert!(step_word(step::DECLARING).ends_with("declaring"));
        assert_eq!(step_word(cbv::NONE), "no business step");
    }
}
