//! What a profile adds to reduction: words of its own, and the fields that its rules need.

use pangolin_epcis::vocab::Vocabulary;
use pangolin_ledger::id::{Code, ProfileRef};

use crate::cbv;

/// Attributes that reduction fills for every profile. Profiles use [`cbv::FIRST_OF_PROFILE`] and above.
pub mod attribute {
    use pangolin_ledger::id::Code;

    /// URI of a business step outside the vocabularies known here.
    pub const STEP_URI: Code = Code(1);
    /// URI of a disposition outside the vocabularies known here.
    pub const DISPOSITION_URI: Code = Code(2);
    /// `eventTimeZoneOffset` in minutes east of UTC, as decimal text.
    pub const OFFSET: Code = Code(3);
    /// Owner that gives, if it is stated.
    pub const OWNER_FROM: Code = Code(4);
    /// Owner that gets, if it is stated.
    pub const OWNER_TO: Code = Code(5);
    /// Place that goods leave.
    pub const PLACE_FROM: Code = Code(6);
    /// Place that goods go to.
    pub const PLACE_TO: Code = Code(7);
    /// Party that has the goods when they leave, if it is stated.
    pub const HOLDER_FROM: Code = Code(8);
    /// Party that is to have the goods, if it is stated.
    pub const HOLDER_TO: Code = Code(9);
    /// Dispositions that begin to hold: their codes, two bytes each, ascending.
    pub const DISPOSITIONS_SET: Code = Code(10);
    /// Dispositions that cease to hold, in the same form.
    pub const DISPOSITIONS_UNSET: Code = Code(11);
    /// Identity of a transformation that is spread over several events.
    pub const PROCESS: Code = Code(12);
    /// Chain that goods go to, if it is another one: its identity, 64 hexadecimal digits.
    pub const CHAIN_TO: Code = Code(13);
    /// Last moment, in milliseconds since 1970, at which that chain is to let them in.
    pub const ARRIVE_BEFORE: Code = Code(14);
    /// Facts of sources that the event rests on: a line for each, `source key expectation` ([`rests`](crate::rests)).
    pub const RESTS_ON: Code = Code(15);

    /// All of them with words for people.
    pub const ALL: &[(Code, &str)] = &[
        (STEP_URI, "business step"),
        (DISPOSITION_URI, "disposition"),
        (OFFSET, "time zone offset"),
        (OWNER_FROM, "selling owner"),
        (OWNER_TO, "buying owner"),
        (PLACE_FROM, "place of departure"),
        (PLACE_TO, "place of arrival"),
        (HOLDER_FROM, "delivering party"),
        (HOLDER_TO, "receiving party"),
        (DISPOSITIONS_SET, "persistent dispositions set"),
        (DISPOSITIONS_UNSET, "persistent dispositions unset"),
        (PROCESS, "transformation"),
        (CHAIN_TO, "destination chain"),
        (ARRIVE_BEFORE, "arrive before"),
        (RESTS_ON, "rests on"),
    ];
}

/// Namespace of the fields that every profile reads.
pub const COMMON_NAMESPACE: &str = "https://ns.pangolin.network/chains/";

/// Fields that every profile reads: what is said of other chains means the same in every industry.
pub(super) const COMMON: &[Field] = &[
    Field {
        code: attribute::CHAIN_TO,
        places: &[FieldPlace::Event],
        namespaces: &[COMMON_NAMESPACE],
        path: &["destinationChain"],
        form: Form::Chain,
    },
    Field {
        code: attribute::ARRIVE_BEFORE,
        places: &[FieldPlace::Event],
        namespaces: &[COMMON_NAMESPACE],
        path: &["arriveBefore"],
        form: Form::Moment,
    },
];

/// What a profile adds to reduction. All tables are sorted by nothing in particular and short.
#[derive(Debug, Clone, Copy)]
pub struct Lexicon {
    /// The profile whose rules the reduced events are for.
    pub profile: ProfileRef,
    /// Business steps of its own: number and URI.
    pub steps: &'static [(Code, &'static str)],
    /// Dispositions of its own.
    pub dispositions: &'static [(Code, &'static str)],
    /// Kinds of documents of its own.
    pub documents: &'static [(Code, &'static str)],
    /// Fields that become attributes.
    pub fields: &'static [Field],
}

impl Lexicon {
    /// A lexicon without words or fields of its own.
    pub const fn plain(profile: ProfileRef) -> Self {
        Self {
            profile,
            steps: &[],
            dispositions: &[],
            documents: &[],
            fields: &[],
        }
    }

    fn own(&self, vocabulary: Vocabulary) -> &'static [(Code, &'static str)] {
        match vocabulary {
            Vocabulary::BizStep => self.steps,
            Vocabulary::Disposition => self.dispositions,
            Vocabulary::BizTransaction => self.documents,
            _ => &[],
        }
    }

    /// The number of a word of the CBV, or of a URI of the profile's own; [`cbv::OTHER`] for any other URI.
    pub(super) fn code(&self, term: &pangolin_epcis::model::Term) -> Code {
        let vocabulary = term.vocabulary();
        if let Some(word) = term.word() {
            cbv::code(vocabulary, word).unwrap_or(cbv::OTHER)
        } else {
            let mut own = self.own(vocabulary).iter();
            own.find(|(_, uri)| *uri == term.as_str())
                .map_or(cbv::OTHER, |(code, _)| *code)
        }
    }

    /// The word or URI behind a number.
    pub fn word(&self, vocabulary: Vocabulary, code: Code) -> Option<&'static str> {
        let own = || {
            self.own(vocabulary)
                .iter()
                .find(|(known, _)| *known == code)
                .map(|(_, uri)| *uri)
        };
        cbv::word(vocabulary, code).or_else(own)
    }
}

/// A field that becomes an attribute of the reduced event.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The attribute.
    pub code: Code,
    /// Where the field may stand.
    pub places: &'static [FieldPlace],
    /// Namespaces in circulation for it.
    pub namespaces: &'static [&'static str],
    /// Local names from the outermost element inwards.
    pub path: &'static [&'static str],
    /// What its text must be.
    pub form: Form,
}

/// Where a field may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldPlace {
    /// In the instance/lot master data.
    Ilmd,
    /// Among the extension elements of the event.
    Event,
    /// Among the extension elements of the document: said once for all its events.
    Document,
}

/// What the text of a field must be, and how it is written in the attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A lot number: 1 to 20 characters of GS1 character set 82, as it is.
    Lot,
    /// A day: `2027-03-31` in, `20270331` out; a day `00` is the last of its month.
    Day,
    /// `true` or `false` (also `1`, `0`) in; `1` or `0` out.
    Flag,
    /// A whole number from 1 to this one; without leading zeros.
    Count(u32),
    /// One of these words, compared without regard to case; written as here.
    OneOf(&'static [&'static str]),
    /// A party: its GLN, or any URI that names it.
    Party,
    /// The identity of a chain: 64 hexadecimal digits, written in lower case.
    Chain,
    /// A point in time with its offset: `2027-03-31T12:00:00Z` in, milliseconds since 1970 out.
    Moment,
}
