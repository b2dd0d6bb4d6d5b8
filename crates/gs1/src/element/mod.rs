//! Element strings: application identifiers with their values, as barcodes carry them.
//!
//! Three written forms: bracketed as printed under a symbol, `(01)…(17)…`; separated by FNC1 as encoded in a symbol, the
//! separator shown as GS (byte 1D hex) or `^`; and what a scanner sends, led by the AIM symbology identifier.
//! Parsing checks every value by its AI; whether AIs go together is a question about everything marked on an item, so it
//! is asked separately: [`ElementString::check`].

mod bracketed;
mod error;
mod fnc1;
mod scan;
#[cfg(test)]
mod tests;

use crate::ai::{self, Ai};
use crate::lint::{AnyPrefix, PrefixDirectory};
use core::fmt::Write as _;

pub use error::ElementError;
pub use fnc1::{GS, SHOWN_FNC1};
pub use scan::{Scan, ScanError, Symbology};

/// The longest text that is read as an element string, in bytes: above what any symbol holds (QR Code: 7,089 digits).
pub const TEXT_LEN_MAX: usize = 8_192;
/// The most elements of one string.
pub const ELEMENTS_MAX: usize = 256;

/// One application identifier with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    ai: Ai,
    value: String,
    offset: usize,
}

impl Element {
    /// The application identifier.
    pub fn ai(&self) -> Ai {
        self.ai
    }

    /// The value, as encoded.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Where the value starts in the text it was read from, in bytes; 0 if it was not read from text.
    pub fn offset(&self) -> usize {
        self.offset
    }
}

/// A sequence of elements whose values all fit their application identifiers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ElementString {
    elements: Vec<Element>,
}

impl ElementString {
    /// No elements yet; see [`Self::push`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the bracketed form if `text` starts with `(`, else the FNC1 form.
    ///
    /// ```
    /// use pangolin_gs1::element::ElementString;
    ///
    /// let printed = ElementString::parse("(01)04012345123456(17)271231(10)A1").unwrap();
    /// assert_eq!(printed.to_fnc1('^'), "^01040123451234561727123110A1");
    /// assert_eq!(ElementString::parse("01040123451234561727123110A1").unwrap().to_bracketed(), printed.to_bracketed());
    /// ```
    pub fn parse(text: &str) -> Result<Self, ElementError> {
        if text.starts_with('(') {
            Self::parse_bracketed(text)
        } else {
            Self::parse_fnc1(text)
        }
    }

    /// Reads `(01)…(17)…`. An opening bracket inside a value is written `\(`.
    pub fn parse_bracketed(text: &str) -> Result<Self, ElementError> {
        bracketed::read(text, &AnyPrefix)
    }

    /// Reads elements divided by FNC1, shown as GS or `^`. A leading FNC1, and one behind an AI of predefined length,
    /// may be there or not.
    pub fn parse_fnc1(text: &str) -> Result<Self, ElementError> {
        fnc1::read(text, &AnyPrefix)
    }

    /// Like [`Self::parse`], asking `directory` about company prefixes.
    pub fn parse_with(text: &str, directory: &dyn PrefixDirectory) -> Result<Self, ElementError> {
        if text.starts_with('(') {
            bracketed::read(text, directory)
        } else {
            fnc1::read(text, directory)
        }
    }

    /// Appends an element.
    pub fn push(&mut self, ai: Ai, value: &str) -> Result<(), ElementError> {
        self.push_at(ai, value, 0, &AnyPrefix)
    }

    fn push_at(
        &mut self,
        ai: Ai,
        value: &str,
        offset: usize,
        directory: &dyn PrefixDirectory,
    ) -> Result<(), ElementError> {
        if self.elements.len() >= ELEMENTS_MAX {
            return Err(ElementError::TooMany { offset });
        }
        ai.check_with(value, directory)
            .map_err(|source| ElementError::Value { source, offset })?;
        self.elements.push(Element {
            ai,
            value: value.to_owned(),
            offset,
        });
        Ok(())
    }

    /// Like [`Self::push`], for a value that stands at `offset` of a URI.
    pub(crate) fn push_from_uri(
        &mut self,
        ai: Ai,
        value: &str,
        offset: usize,
    ) -> Result<(), ElementError> {
        self.push_at(ai, value, offset, &AnyPrefix)
    }

    /// Appends all elements of `other`.
    pub(crate) fn append(&mut self, other: &Self) {
        self.elements.extend_from_slice(&other.elements);
    }

    /// The elements in their order.
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The value of the first element with that AI.
    pub fn get(&self, ai: Ai) -> Option<&str> {
        self.elements
            .iter()
            .find(|element| element.ai == ai)
            .map(Element::value)
    }

    /// Every defect of the combination: one AI with two values, AIs that miss or exclude another, a signature over a
    /// key without serial number. Empty if there is none.
    pub fn check(&self) -> Vec<ElementError> {
        let mut defects = Vec::new();
        for (at, element) in self.elements.iter().enumerate() {
            let (ai, offset) = (element.ai, element.offset);
            let earlier = self.elements[..at].iter().find(|other| other.ai == ai);
            if earlier.is_some_and(|other| other.value != element.value) {
                defects.push(ElementError::Repeated { ai, offset });
            }
        }
        let ais: Vec<Ai> = self.elements.iter().map(Element::ai).collect();
        for source in ai::check_associations(&ais) {
            let offset = self.offset_of(source.ai());
            defects.push(ElementError::Association { source, offset });
        }
        if ais.contains(&Ai::SIGNATURE) {
            // General Specifications on AI (8030): a signature belongs to one instance.
            for (ai, class_len) in [(Ai::GDTI, 13), (Ai::GCN, 13), (Ai::GRAI, 14)] {
                if self.get(ai).is_some_and(|value| value.len() == class_len) {
                    let offset = self.offset_of(ai);
                    defects.push(ElementError::SignedClass { ai, offset });
                }
            }
        }
        defects
    }

    fn offset_of(&self, ai: Ai) -> usize {
        let element = self.elements.iter().find(|element| element.ai == ai);
        element.map_or(0, Element::offset)
    }

    /// The bracketed form.
    pub fn to_bracketed(&self) -> String {
        let mut text = String::new();
        for element in &self.elements {
            // Writing to a String cannot fail.
            let _ = write!(
                text,
                "({}){}",
                element.ai,
                element.value.replace('(', "\\(")
            );
        }
        text
    }

    /// The FNC1 form as encoded: FNC1 in front and behind every AI without predefined length, except the last.
    /// `separator` shows FNC1: [`GS`] as a scanner sends it, or [`SHOWN_FNC1`].
    pub fn to_fnc1(&self, separator: char) -> String {
        let mut text = String::from(separator);
        for (at, element) in self.elements.iter().enumerate() {
            let _ = write!(text, "{}{}", element.ai, element.value);
            if !element.ai.def().predefined && at + 1 < self.elements.len() {
                text.push(separator);
            }
        }
        text
    }

    /// What a scanner sends for these elements in a GS1 symbol of `symbology`.
    /// `None` if that symbology does not carry element strings.
    pub fn to_scan(&self, symbology: Symbology) -> Option<String> {
        // The symbology identifier stands for the leading FNC1.
        symbology
            .carries_elements()
            .then(|| format!("{symbology}{}", &self.to_fnc1(GS)[GS.len_utf8()..]))
    }
}
