//! Terms: values of a CBV vocabulary, or user vocabulary as a URI.

use std::fmt;

use crate::{defect::quote, vocab::Vocabulary};

/// A vocabulary value as written, together with its canonical form.
///
/// Two terms are equal when their canonical forms are: `shipping`, `urn:epcglobal:cbv:bizstep:shipping` and
/// `https://ref.gs1.org/cbv/BizStep-shipping` are the same business step.
#[derive(Debug, Clone)]
pub struct Term {
    text: String,
    vocabulary: Vocabulary,
    word: Option<&'static str>,
}

/// Why a text is no term.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TermError {
    /// Nothing was given.
    #[error("value is empty")]
    Empty,
    /// A bare word, or a CBV URI, that the vocabulary does not have; quoted and shortened.
    #[error("{0} is not in the CBV vocabulary of {1}")]
    Unknown(String, &'static str),
    /// Neither a word of the vocabulary nor a URI; quoted and shortened.
    #[error("{0} is neither a word of the vocabulary of {1} nor a URI")]
    NotUri(String, &'static str),
}

impl TermError {
    /// Stable kebab-case code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "term-empty",
            Self::Unknown(..) => "term-unknown",
            Self::NotUri(..) => "term-not-uri",
        }
    }
}

impl Term {
    /// Parses a word of the vocabulary, any of its URI forms, or a URI of a user vocabulary.
    pub fn parse(vocabulary: Vocabulary, text: &str) -> Result<Self, TermError> {
        if text.is_empty() {
            return Err(TermError::Empty);
        }
        if let Some(word) = vocabulary.find(text) {
            return Ok(Self {
                text: text.to_owned(),
                vocabulary,
                word: Some(word),
            });
        }
        let name = vocabulary.name();
        if !text.contains(':') || vocabulary.claims(text) {
            return Err(TermError::Unknown(quote(text), name));
        }
        super::Uri::parse(text).map_err(|_| TermError::NotUri(quote(text), name))?;
        Ok(Self::user(vocabulary, text))
    }

    /// A value kept without question, for lenient reading.
    pub fn user(vocabulary: Vocabulary, text: &str) -> Self {
        Self {
            text: text.to_owned(),
            vocabulary,
            word: None,
        }
    }

    /// The value as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The vocabulary it was parsed for.
    pub fn vocabulary(&self) -> Vocabulary {
        self.vocabulary
    }

    /// The bare word if it is a standard value.
    pub fn word(&self) -> Option<&'static str> {
        self.word
    }

    /// The web URI: `https://ref.gs1.org/cbv/BizStep-shipping`; user vocabulary unchanged.
    pub fn web_uri(&self) -> String {
        self.word
            .map_or_else(|| self.text.clone(), |word| self.vocabulary.web_uri(word))
    }

    /// The URN form of XML: `urn:epcglobal:cbv:bizstep:shipping`; user vocabulary unchanged.
    ///
    /// Sensor vocabularies have no URN; theirs is the CURIE `gs1:Temperature`.
    pub fn urn(&self) -> String {
        self.word
            .map_or_else(|| self.text.clone(), |word| self.vocabulary.urn(word))
    }

    /// The form of JSON: the bare word, unless it was written as a CURIE or as the CBV's web URI, which JSON allows
    /// too; user vocabulary unchanged.
    pub fn json(&self) -> &str {
        let allowed = ["gs1:", "cbv:", "https://ref.gs1.org/cbv/"];
        match self.word {
            Some(word) if !allowed.iter().any(|form| self.text.starts_with(form)) => word,
            _ => &self.text,
        }
    }
}

impl PartialEq for Term {
    fn eq(&self, other: &Self) -> bool {
        match (self.word, other.word) {
            (Some(mine), Some(theirs)) => self.vocabulary == other.vocabulary && mine == theirs,
            (None, None) => self.text == other.text,
            _ => false,
        }
    }
}

impl Eq for Term {}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
