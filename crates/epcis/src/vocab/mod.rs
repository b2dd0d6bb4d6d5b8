//! The vocabularies of CBV 2.0 as data, with their three spellings: bare word, URN and web URI.
//!
//! Vocabularies grow with each release of the standard, so they are tables and not enums.

mod tables;
mod uom;
mod uom_codes;

pub use uom::{is_uom, is_uom_form};

/// A vocabulary of the CBV or, for sensors, of the GS1 Web Vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vocabulary {
    /// Business steps (CBV 2.0 §7.1).
    BizStep,
    /// Dispositions, also of `persistentDisposition` (§7.2).
    Disposition,
    /// Business transaction types (§7.3).
    BizTransaction,
    /// Source and destination types (§7.4).
    SourceDestination,
    /// Error reasons (§7.5).
    ErrorReason,
    /// Components of a sensor's vector value (§7.8).
    Component,
    /// Measurement types of sensor reports.
    Measurement,
    /// Sensor exceptions.
    Alert,
}

/// Prefix of the web URIs of the CBV.
const CBV_WEB: &str = "https://ref.gs1.org/cbv/";
/// Prefix of the CBV's URNs.
const CBV_URN: &str = "urn:epcglobal:cbv:";
/// Prefix of the GS1 Web Vocabulary.
const GS1_WEB: &str = "https://gs1.org/voc/";
/// Other spellings of that prefix in circulation.
const GS1_WEB_ALIASES: [&str; 3] = [
    "https://www.gs1.org/voc/",
    "http://gs1.org/voc/",
    "http://www.gs1.org/voc/",
];

impl Vocabulary {
    /// Name for messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::BizStep => "bizStep",
            Self::Disposition => "disposition",
            Self::BizTransaction => "bizTransaction type",
            Self::SourceDestination => "source or destination type",
            Self::ErrorReason => "error reason",
            Self::Component => "component",
            Self::Measurement => "measurement type",
            Self::Alert => "sensor exception",
        }
    }

    /// Every bare word of the vocabulary, sorted.
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::BizStep => tables::BIZ_STEPS,
            Self::Disposition => tables::DISPOSITIONS,
            Self::BizTransaction => tables::BIZ_TRANSACTION_TYPES,
            Self::SourceDestination => tables::SOURCE_DESTINATION_TYPES,
            Self::ErrorReason => tables::ERROR_REASONS,
            Self::Component => tables::COMPONENTS,
            Self::Measurement => tables::MEASUREMENT_TYPES,
            Self::Alert => tables::ALERT_TYPES,
        }
    }

    /// Class name in web URIs, without its hyphen; empty for the GS1 Web Vocabulary.
    fn class(self) -> &'static str {
        match self {
            Self::BizStep => "BizStep",
            Self::Disposition => "Disp",
            Self::BizTransaction => "BTT",
            Self::SourceDestination => "SDT",
            Self::ErrorReason => "ER",
            Self::Component => "Comp",
            Self::Measurement | Self::Alert => "",
        }
    }

    /// Class name in URNs; empty where there is no URN form.
    fn urn_class(self) -> &'static str {
        match self {
            Self::BizStep => "bizstep",
            Self::Disposition => "disp",
            Self::BizTransaction => "btt",
            Self::SourceDestination => "sdt",
            Self::ErrorReason => "er",
            Self::Component | Self::Measurement | Self::Alert => "",
        }
    }

    /// The bare word behind any spelling of a standard value.
    pub fn find(self, text: &str) -> Option<&'static str> {
        let word = self.strip(text).unwrap_or(text);
        let words = self.words();
        words.binary_search(&word).ok().map(|at| words[at])
    }

    /// Whether the text is a URI in the space that the standard reserves for this vocabulary.
    pub fn claims(self, text: &str) -> bool {
        self.strip(text).is_some() || text.starts_with(CBV_URN)
    }

    /// The part after the prefix of any standard URI or CURIE form.
    fn strip(self, text: &str) -> Option<&str> {
        let class = self.class();
        if class.is_empty() {
            let aliases = GS1_WEB_ALIASES.iter().find_map(|p| text.strip_prefix(p));
            return text
                .strip_prefix(GS1_WEB)
                .or(aliases)
                .or_else(|| text.strip_prefix("gs1:"));
        }
        let urn_class = self.urn_class();
        if !urn_class.is_empty()
            && let Some(rest) = text.strip_prefix(CBV_URN)
        {
            return rest.strip_prefix(urn_class)?.strip_prefix(':');
        }
        let rest = text
            .strip_prefix(CBV_WEB)
            .or_else(|| text.strip_prefix("cbv:"))?;
        rest.strip_prefix(class)?.strip_prefix('-')
    }

    /// `https://ref.gs1.org/cbv/BizStep-shipping`, `https://gs1.org/voc/Temperature`.
    pub fn web_uri(self, word: &str) -> String {
        match self.class() {
            "" => format!("{GS1_WEB}{word}"),
            class => format!("{CBV_WEB}{class}-{word}"),
        }
    }

    /// `urn:epcglobal:cbv:bizstep:shipping`; vocabularies without URNs give their CURIE.
    pub fn urn(self, word: &str) -> String {
        match (self.urn_class(), self.class()) {
            ("", "") => format!("gs1:{word}"),
            ("", class) => format!("cbv:{class}-{word}"),
            (urn, _) => format!("{CBV_URN}{urn}:{word}"),
        }
    }
}

#[cfg(test)]
mod tests;
