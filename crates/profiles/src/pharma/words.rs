//! The profile's own numbers and words.
//!
//! **Invariant**: a number means one thing in all lists of the profile, and is never reused: records on chains refer to it.

use pangolin_epcis::vocab::Vocabulary;
use pangolin_ledger::id::{Code, ProfileRef};

use crate::{
    capture::{Field, FieldPlace, Form, Lexicon, attribute},
    catalog::Concern,
    cbv,
};

/// Namespace of the profile's own words and fields.
pub const NAMESPACE: &str = "https://ns.pangolin.network/pharma/";
/// Namespaces of CBV master data attributes in circulation.
const MASTER_DATA: &[&str] = &[
    "urn:epcglobal:cbv:mda",
    "urn:epcglobal:cbv:mda#",
    "https://ref.gs1.org/cbv/mda/",
];
/// Namespaces of the GS1 US healthcare extensions in circulation (GS1 US implementation guideline R1.2, R1.3).
const GS1_US: &[&str] = &[
    "http://epcis.gs1us.org/hc/ns",
    "http://epcis.gs1us.org/hc/ns/",
    "https://epcis.gs1us.org/hc/ns",
];
const OWN: &[&str] = &[NAMESPACE];

/// Stages of an object. Quarantine is no stage: it is the ledger's own *held* fact.
pub mod stage {
    use super::Code;

    /// Saleable as far as the profile knows.
    pub const NORMAL: Code = Code(0);
    /// Came back, or was found again, and was not yet verified: not to be sold.
    pub const RETURNED: Code = Code(0x0401);
    /// Suspect product (FD&C Act §581(21)) under investigation.
    pub const SUSPECT: Code = Code(0x0402);
    /// Illegitimate product (§581(8)): for good.
    pub const ILLEGITIMATE: Code = Code(0x0403);
}

/// Why an object ended.
pub mod ended {
    use super::Code;

    /// Taken out of serialisation.
    pub const DECOMMISSIONED: Code = Code(0x0410);
    /// Destroyed.
    pub const DESTROYED: Code = Code(0x0411);
    /// Dispensed to a patient or sold to a consumer.
    pub const DISPENSED: Code = Code(0x0412);
    /// Stolen.
    pub const STOLEN: Code = Code(0x0413);
    /// Lost.
    pub const LOST: Code = Code(0x0414);
    /// Used up as a sample.
    pub const SAMPLED: Code = Code(0x0415);
    /// Used up by repackaging.
    pub const REPACKAGED: Code = Code(0x0416);
}

/// Dispositions for which the CBV has no word.
pub mod disposition {
    use super::Code;

    /// Suspect product.
    pub const SUSPECT: Code = Code(0x0420);
    /// Illegitimate product.
    pub const ILLEGITIMATE: Code = Code(0x0421);
    /// The investigation or verification found nothing wrong.
    pub const CLEARED: Code = Code(0x0422);
    /// Lost.
    pub const LOST: Code = Code(0x0423);
    /// Stolen or lost goods were found again.
    pub const RECOVERED: Code = Code(0x0424);
}

/// Fields of ILMD, event and document that the rules read.
pub mod field {
    use super::Code;

    /// Lot number (ILMD `lotNumber`).
    pub const LOT: Code = Code(0x0440);
    /// Expiry date (ILMD `itemExpirationDate`), `YYYYMMDD`.
    pub const EXPIRY: Code = Code(0x0441);
    /// `1` if the DSCSA transaction statement is affirmed, `0` if it is denied.
    pub const STATEMENT: Code = Code(0x0442);
    /// `1` if the goods go to another party than the buyer.
    pub const DROP_SHIPMENT: Code = Code(0x0443);
    /// What becomes of the contents of a container that ends: `take` or `release`.
    pub const CONTENTS: Code = Code(0x0444);
    /// Repackaging: units of content in each input.
    pub const INPUT_CONTENT: Code = Code(0x0445);
    /// Repackaging: units of content in each output.
    pub const OUTPUT_CONTENT: Code = Code(0x0446);
    /// `1` if bought directly from the manufacturer (§581(4) exclusive distributor, §582 direct purchase).
    pub const DIRECT_PURCHASE: Code = Code(0x0447);
}

/// Reasons of orders.
pub mod order_reason {
    use super::Code;

    /// Class I recall (21 CFR 7.3(m)(1)).
    pub const RECALL_CLASS_1: Code = Code(0x0460);
    /// Class II recall.
    pub const RECALL_CLASS_2: Code = Code(0x0461);
    /// Class III recall.
    pub const RECALL_CLASS_3: Code = Code(0x0462);
    /// Suspect product.
    pub const SUSPECT: Code = Code(0x0463);
    /// Illegitimate product.
    pub const ILLEGITIMATE: Code = Code(0x0464);
    /// Theft.
    pub const THEFT: Code = Code(0x0465);
    /// Any other.
    pub const OTHER: Code = Code(0x0466);
}

const DISPOSITIONS: &[(Code, &str)] = &[
    (
        disposition::SUSPECT,
        "https://ns.pangolin.network/pharma/disposition/suspect",
    ),
    (
        disposition::ILLEGITIMATE,
        "https://ns.pangolin.network/pharma/disposition/illegitimate",
    ),
    (
        disposition::CLEARED,
        "https://ns.pangolin.network/pharma/disposition/cleared",
    ),
    (
        disposition::LOST,
        "https://ns.pangolin.network/pharma/disposition/lost",
    ),
    (
        disposition::RECOVERED,
        "https://ns.pangolin.network/pharma/disposition/recovered",
    ),
];

/// Most units of content of one pack that repackaging may state.
const CONTENT_MAX: u32 = 1_000_000;

const FIELDS: &[Field] = &[
    Field {
        code: field::LOT,
        places: &[FieldPlace::Ilmd],
        namespaces: MASTER_DATA,
        path: &["lotNumber"],
        form: Form::Lot,
    },
    Field {
        code: field::EXPIRY,
        places: &[FieldPlace::Ilmd],
        namespaces: MASTER_DATA,
        path: &["itemExpirationDate"],
        form: Form::Day,
    },
    Field {
        code: field::STATEMENT,
        places: &[FieldPlace::Event, FieldPlace::Document],
        namespaces: GS1_US,
        path: &["dscsaTransactionStatement", "affirmTransactionStatement"],
        form: Form::Flag,
    },
    Field {
        code: field::DROP_SHIPMENT,
        places: &[FieldPlace::Event],
        namespaces: GS1_US,
        path: &["dropShipment"],
        form: Form::Flag,
    },
    Field {
        code: field::DIRECT_PURCHASE,
        places: &[FieldPlace::Event],
        namespaces: GS1_US,
        path: &["directPurchase"],
        form: Form::Flag,
    },
    Field {
        code: field::CONTENTS,
        places: &[FieldPlace::Event],
        namespaces: OWN,
        path: &["contents"],
        form: Form::OneOf(&["take", "release"]),
    },
    Field {
        code: field::INPUT_CONTENT,
        places: &[FieldPlace::Event],
        namespaces: OWN,
        path: &["inputContent"],
        form: Form::Count(CONTENT_MAX),
    },
    Field {
        code: field::OUTPUT_CONTENT,
        places: &[FieldPlace::Event],
        namespaces: OWN,
        path: &["outputContent"],
        form: Form::Count(CONTENT_MAX),
    },
];

/// What the profile adds to reduction; the same for all its versions.
pub const LEXICON: Lexicon = Lexicon {
    profile: ProfileRef {
        id: super::PROFILE,
        version: 1,
    },
    steps: &[],
    dispositions: DISPOSITIONS,
    documents: &[],
    fields: FIELDS,
};

/// Words for numbers, for messages and displays.
const WORDS: &[(Code, &str)] = &[
    (stage::RETURNED, "returned, not yet verified"),
    (stage::SUSPECT, "suspect"),
    (stage::ILLEGITIMATE, "illegitimate"),
    (ended::DECOMMISSIONED, "decommissioned"),
    (ended::DESTROYED, "destroyed"),
    (ended::DISPENSED, "dispensed"),
    (ended::STOLEN, "stolen"),
    (ended::LOST, "lost"),
    (ended::SAMPLED, "used up as a sample"),
    (ended::REPACKAGED, "repackaged"),
    (field::LOT, "lot number"),
    (field::EXPIRY, "expiry date"),
    (field::STATEMENT, "transaction statement"),
    (field::DROP_SHIPMENT, "drop shipment"),
    (field::CONTENTS, "contents"),
    (field::INPUT_CONTENT, "content of each input"),
    (field::OUTPUT_CONTENT, "content of each output"),
    (field::DIRECT_PURCHASE, "direct purchase"),
    (order_reason::RECALL_CLASS_1, "class I recall"),
    (order_reason::RECALL_CLASS_2, "class II recall"),
    (order_reason::RECALL_CLASS_3, "class III recall"),
    (order_reason::SUSPECT, "suspect product"),
    (order_reason::ILLEGITIMATE, "illegitimate product"),
    (order_reason::THEFT, "theft"),
    (order_reason::OTHER, "other reason"),
];

/// Reasons of orders by their names in commands.
pub const ORDER_REASONS: &[(&str, Code)] = &[
    ("recall-class-1", order_reason::RECALL_CLASS_1),
    ("recall-class-2", order_reason::RECALL_CLASS_2),
    ("recall-class-3", order_reason::RECALL_CLASS_3),
    ("suspect", order_reason::SUSPECT),
    ("illegitimate", order_reason::ILLEGITIMATE),
    ("theft", order_reason::THEFT),
    ("other", order_reason::OTHER),
];

/// What a stage says against an object.
pub(super) fn concern(stage: Code) -> Option<Concern> {
    match stage {
        stage::ILLEGITIMATE => Some(Concern::Illegitimate),
        stage::SUSPECT => Some(Concern::Suspect),
        _ => None,
    }
}

/// Every number of the profile with its word or URI.
pub fn all() -> impl Iterator<Item = (Code, &'static str)> {
    WORDS.iter().chain(DISPOSITIONS).copied()
}

/// Words for a stage, an end, an attribute or an order's reason.
pub fn describe(code: Code) -> Option<&'static str> {
    if code == stage::NORMAL {
        return Some("normal");
    }
    let own = all()
        .find(|(known, _)| *known == code)
        .map(|(_, word)| word);
    own.or_else(|| {
        attribute::ALL
            .iter()
            .find(|(known, _)| *known == code)
            .map(|(_, word)| *word)
    })
}

/// The word or URI of a business step.
pub fn step(code: Code) -> &'static str {
    if code == cbv::NONE {
        return "no business step";
    }
    LEXICON
        .word(Vocabulary::BizStep, code)
        .unwrap_or("a business step outside the vocabulary")
}

/// The word or URI of a disposition.
pub fn disposition_word(code: Code) -> &'static str {
    LEXICON
        .word(Vocabulary::Disposition, code)
        .unwrap_or("a disposition outside the vocabulary")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_mean_one_thing() {
        let mut codes: Vec<_> = all().map(|(code, _)| code).collect();
        assert!(codes.iter().all(|code| code.0 >= cbv::FIRST_OF_PROFILE));
        codes.sort_unstable();
        assert!(codes.array_windows().all(|[a, b]| a < b));
        let described = FIELDS
            .iter()
            .map(|field| field.code)
            .chain([stage::NORMAL, attribute::OFFSET]);
        assert!(described.into_iter().all(|code| describe(code).is_some()));
        assert!(
            DISPOSITIONS
                .iter()
                .all(|(_, uri)| uri.starts_with(NAMESPACE))
        );
        assert_eq!(step(cbv::step::SHIPPING), "shipping");
        assert_eq!(describe(Code(0xfff0)), None);
    }
}
