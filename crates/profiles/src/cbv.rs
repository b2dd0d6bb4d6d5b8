//! Numbers for the words of the Core Business Vocabulary, the same in every profile.
//!
//! **Invariant**: numbers are never reused or changed; tables only grow. Records on chains refer to them for good.
//! Numbers from [`FIRST_OF_PROFILE`] belong to the profile; [`OTHER`] stands for a word of somebody's own vocabulary, whose
//! URI is then an attribute of the event.

use pangolin_epcis::vocab::Vocabulary;
use pangolin_ledger::id::Code;

/// No word was given.
pub const NONE: Code = Code(0);
/// The first number that belongs to a profile.
pub const FIRST_OF_PROFILE: u16 = 0x0400;
/// A word outside the vocabularies known here.
pub const OTHER: Code = Code(0xffff);

macro_rules! words {
    ($(#[$doc:meta])* $module:ident $table:ident { $($name:ident = $number:literal $word:literal;)* }) => {
        $(#[$doc])*
        pub mod $module {
            use pangolin_ledger::id::Code;
            $(
                #[doc = concat!("`", $word, "`")]
                pub const $name: Code = Code($number);
            )*
            pub(super) const $table: &[(Code, &str)] = &[$(($name, $word)),*];
        }
    };
}

words! {
    /// Business steps (CBV 2.0 §7.1).
    step TABLE {
        ACCEPTING = 1 "accepting";
        ARRIVING = 2 "arriving";
        ASSEMBLING = 3 "assembling";
        COLLECTING = 4 "collecting";
        COMMISSIONING = 5 "commissioning";
        CONSIGNING = 6 "consigning";
        CREATING_CLASS_INSTANCE = 7 "creating_class_instance";
        CYCLE_COUNTING = 8 "cycle_counting";
        DECOMMISSIONING = 9 "decommissioning";
        DEPARTING = 10 "departing";
        DESTROYING = 11 "destroying";
        DISASSEMBLING = 12 "disassembling";
        DISPENSING = 13 "dispensing";
        ENCODING = 14 "encoding";
        ENTERING_EXITING = 15 "entering_exiting";
        HOLDING = 16 "holding";
        INSPECTING = 17 "inspecting";
        INSTALLING = 18 "installing";
        KILLING = 19 "killing";
        LOADING = 20 "loading";
        OTHER = 21 "other";
        PACKING = 22 "packing";
        PICKING = 23 "picking";
        RECEIVING = 24 "receiving";
        REMOVING = 25 "removing";
        REPACKAGING = 26 "repackaging";
        REPAIRING = 27 "repairing";
        REPLACING = 28 "replacing";
        RESERVING = 29 "reserving";
        RETAIL_SELLING = 30 "retail_selling";
        SAMPLING = 31 "sampling";
        SENSOR_REPORTING = 32 "sensor_reporting";
        SHIPPING = 33 "shipping";
        STAGING_OUTBOUND = 34 "staging_outbound";
        STOCK_TAKING = 35 "stock_taking";
        STOCKING = 36 "stocking";
        STORING = 37 "storing";
        TRANSPORTING = 38 "transporting";
        UNLOADING = 39 "unloading";
        UNPACKING = 40 "unpacking";
        VOID_SHIPPING = 41 "void_shipping";
    }
}

words! {
    /// Dispositions (CBV 2.0 §7.2).
    disposition TABLE {
        ACTIVE = 1 "active";
        AVAILABLE = 2 "available";
        COMPLETENESS_INFERRED = 3 "completeness_inferred";
        COMPLETENESS_VERIFIED = 4 "completeness_verified";
        CONFORMANT = 5 "conformant";
        CONTAINER_CLOSED = 6 "container_closed";
        CONTAINER_OPEN = 7 "container_open";
        DAMAGED = 8 "damaged";
        DESTROYED = 9 "destroyed";
        DISPENSED = 10 "dispensed";
        DISPOSED = 11 "disposed";
        ENCODED = 12 "encoded";
        EXPIRED = 13 "expired";
        IN_PROGRESS = 14 "in_progress";
        IN_TRANSIT = 15 "in_transit";
        INACTIVE = 16 "inactive";
        MISMATCH_CLASS = 17 "mismatch_class";
        MISMATCH_INSTANCE = 18 "mismatch_instance";
        MISMATCH_QUANTITY = 19 "mismatch_quantity";
        NEEDS_REPLACEMENT = 20 "needs_replacement";
        NO_PEDIGREE_MATCH = 21 "no_pedigree_match";
        NON_CONFORMANT = 22 "non_conformant";
        NON_SELLABLE_OTHER = 23 "non_sellable_other";
        PARTIALLY_DISPENSED = 24 "partially_dispensed";
        RECALLED = 25 "recalled";
        RESERVED = 26 "reserved";
        RETAIL_SOLD = 27 "retail_sold";
        RETURNED = 28 "returned";
        SELLABLE_ACCESSIBLE = 29 "sellable_accessible";
        SELLABLE_NOT_ACCESSIBLE = 30 "sellable_not_accessible";
        STOLEN = 31 "stolen";
        UNAVAILABLE = 32 "unavailable";
        UNKNOWN = 33 "unknown";
    }
}

words! {
    /// Kinds of business documents (CBV 2.0 §7.3).
    document TABLE {
        BOL = 1 "bol";
        CERT = 2 "cert";
        DESADV = 3 "desadv";
        INV = 4 "inv";
        PEDIGREE = 5 "pedigree";
        PO = 6 "po";
        POC = 7 "poc";
        PRODORDER = 8 "prodorder";
        RECADV = 9 "recadv";
        RMA = 10 "rma";
        TESTPRD = 11 "testprd";
        TESTRES = 12 "testres";
        UPEVT = 13 "upevt";
    }
}

words! {
    /// Reasons of error declarations (CBV 2.0 §7.5).
    error TABLE {
        DID_NOT_OCCUR = 1 "did_not_occur";
        INCORRECT_DATA = 2 "incorrect_data";
    }
}

fn table(vocabulary: Vocabulary) -> &'static [(Code, &'static str)] {
    match vocabulary {
        Vocabulary::BizStep => step::TABLE,
        Vocabulary::Disposition => disposition::TABLE,
        Vocabulary::BizTransaction => document::TABLE,
        Vocabulary::ErrorReason => error::TABLE,
        _ => &[],
    }
}

/// The number of a word, if it has one.
pub fn code(vocabulary: Vocabulary, word: &str) -> Option<Code> {
    let table = table(vocabulary);
    let at = table
        .binary_search_by(|(_, known)| (*known).cmp(word))
        .ok()?;
    table.get(at).map(|(code, _)| *code)
}

/// The word behind a number, if it is one of the vocabulary.
pub fn word(vocabulary: Vocabulary, code: Code) -> Option<&'static str> {
    table(vocabulary)
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, word)| *word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_vocabulary_has_a_number_of_its_own() {
        for vocabulary in [
            Vocabulary::BizStep,
            Vocabulary::Disposition,
            Vocabulary::BizTransaction,
            Vocabulary::ErrorReason,
        ] {
            let mut codes = Vec::new();
            for known in vocabulary.words() {
                let code = code(vocabulary, known);
                assert!(
                    code.is_some_and(|code| word(vocabulary, code) == Some(*known)),
                    "{known}"
                );
                codes.extend(code);
            }
            assert_eq!(codes.len(), table(vocabulary).len());
            codes.sort_unstable();
            assert!(codes.array_windows().all(|[a, b]| a < b));
            assert!(
                codes
                    .iter()
                    .all(|code| code.0 != 0 && code.0 < FIRST_OF_PROFILE)
            );
        }
        assert_eq!(code(Vocabulary::BizStep, "flying"), None);
        assert_eq!(code(Vocabulary::Measurement, "Temperature"), None);
    }
}
