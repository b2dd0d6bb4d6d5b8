//! GS1 Digital Link URIs, uncompressed (GS1 Digital Link Standard: URI Syntax, 1.2 and later).
//!
//! `https://example.org/stem/01/04012345123456/10/A1/21/XYZ?17=271231`: any domain and path stem, a primary key, its
//! qualifiers in the order of the standard, data attributes in the query. Parameters of the query that are no
//! application identifiers are kept. Lenient where the meaning is certain: GTINs of 8, 12 or 13 digits, the short names
//! of version 1.1 (`gtin`, `lot`, `ser` …), `http`, a final slash, `;` between parameters. Written is only the canonical form
//! of version 1.2: numeric identifiers, GTIN-14, attributes in ascending order.
//!
//! Deliberately absent: compressed URIs. They are recognised and refused with a code of their own.

mod error;
mod locate;
mod names;
#[cfg(test)]
mod tests;

use crate::ai::Ai;
use crate::element::{ELEMENTS_MAX, ElementError, ElementString};
use crate::id::Gtin;
use crate::percent::{self, UNRESERVED};
use core::fmt::{self, Write as _};

pub use error::DigitalLinkError;
pub(crate) use locate::{Located, Part, locate};

/// Scheme and domain of the canonical form.
pub const CANONICAL_STEM: &str = "https://id.gs1.org";
/// The longest URI that is read, in bytes.
pub const URI_LEN_MAX: usize = 8_192;

/// A parameter of the query that is no application identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, as written.
    pub name: String,
    /// Its value as written, if there was a `=`.
    pub value: Option<String>,
}

/// A Digital Link URI whose values all fit their application identifiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigitalLink {
    stem: String,
    path: ElementString,
    attributes: ElementString,
    parameters: Vec<Parameter>,
    fragment: Option<String>,
}

impl DigitalLink {
    /// Reads an uncompressed Digital Link URI.
    ///
    /// ```
    /// use pangolin_gs1::digital_link::DigitalLink;
    ///
    /// let link = DigitalLink::parse("https://example.org/x/gtin/4012345123456/ser/A%2F1?linkType=gs1:pip&17=271231").unwrap();
    /// assert_eq!(link.canonical(), "https://id.gs1.org/01/04012345123456/21/A%2F1?17=271231");
    /// assert_eq!(link.to_elements().to_bracketed(), "(01)04012345123456(21)A/1(17)271231");
    /// ```
    pub fn parse(uri: &str) -> Result<Self, DigitalLinkError> {
        let located = locate(uri)?.ok_or_else(|| locate::no_key(uri))?;
        let mut link = Self {
            stem: located.stem.to_owned(),
            path: ElementString::new(),
            attributes: ElementString::new(),
            parameters: Vec::new(),
            fragment: located.fragment.map(str::to_owned),
        };
        for part in located.path() {
            let part = part?;
            push(&mut link.path, part.ai, &part.value, part.offset, part.raw)?;
        }
        if let Some((query, offset)) = located.query {
            link.read_query(query, offset)?;
        }
        Ok(link)
    }

    fn read_query(&mut self, query: &str, mut offset: usize) -> Result<(), DigitalLinkError> {
        for pair in query.split(['&', ';']) {
            let (name, value) = match pair.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (pair, None),
            };
            let Ok(ai) = names::ai_of_parameter(name) else {
                return Err(DigitalLinkError::NumericParameter { offset });
            };
            match ai {
                Some(ai) => {
                    if !ai.def().attribute {
                        return Err(DigitalLinkError::NotAnAttribute { ai, offset });
                    }
                    let raw = value.unwrap_or_default();
                    let start = offset + name.len() + usize::from(value.is_some());
                    let value = locate::decode(raw, start)?;
                    if self.path.get(ai).or(self.attributes.get(ai)).is_some() {
                        return Err(DigitalLinkError::Repeated { ai, offset });
                    }
                    push(&mut self.attributes, ai, &value, start, raw)?;
                }
                None if pair.is_empty() => {}
                None if self.parameters.len() >= ELEMENTS_MAX => {
                    return Err(DigitalLinkError::TooMany { offset });
                }
                None => self.parameters.push(Parameter {
                    name: name.to_owned(),
                    value: value.map(str::to_owned),
                }),
            }
            offset += pair.len() + 1;
        }
        Ok(())
    }

    /// Puts elements into the places the standard gives them: the primary key and its qualifiers into the path, all
    /// else into the query. Where several elements are keys, the first is the primary key and the others must be
    /// allowed as attributes.
    pub fn from_elements(elements: &ElementString) -> Result<Self, DigitalLinkError> {
        let all = elements.elements();
        let key = all
            .iter()
            .find(|element| element.ai().def().qualifiers.is_some())
            .ok_or(DigitalLinkError::NoKey)?;
        let sequences = key.ai().def().qualifiers.unwrap_or_default().split('|');
        // The alternative that takes most of the elements, first of those that have no place in the query.
        let present = |sequence: &&str| {
            let found = || qualifiers(sequence).filter(|&ai| elements.get(ai).is_some());
            let only_in_path = found().filter(|ai| !ai.def().attribute);
            (only_in_path.count(), found().count())
        };
        // `max_by_key` returns the last of equals; the first alternative is the usual one.
        let sequence = sequences.rev().max_by_key(present).unwrap_or_default();

        let mut link = Self {
            stem: CANONICAL_STEM.to_owned(),
            path: ElementString::new(),
            attributes: ElementString::new(),
            parameters: Vec::new(),
            fragment: None,
        };
        link.path.push(key.ai(), key.value())?;
        for ai in qualifiers(sequence) {
            if let Some(value) = elements.get(ai) {
                link.path.push(ai, value)?;
            }
        }
        for element in all {
            let (ai, offset) = (element.ai(), element.offset());
            match link.path.get(ai).or(link.attributes.get(ai)) {
                Some(value) if value == element.value() => {}
                Some(_) => return Err(DigitalLinkError::Repeated { ai, offset }),
                None if !ai.def().attribute => {
                    return Err(DigitalLinkError::NotAnAttribute { ai, offset });
                }
                None => link.attributes.push(ai, element.value())?,
            }
        }
        Ok(link)
    }

    /// Scheme, domain and path before the primary key, without final slash.
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// Primary key and qualifiers, in order.
    pub fn path(&self) -> &ElementString {
        &self.path
    }

    /// Data attributes, in the order of the query.
    pub fn attributes(&self) -> &ElementString {
        &self.attributes
    }

    /// Parameters of the query that are no application identifiers.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The fragment behind `#`, as written.
    pub fn fragment(&self) -> Option<&str> {
        self.fragment.as_deref()
    }

    /// Key, qualifiers and attributes as one element string.
    pub fn to_elements(&self) -> ElementString {
        let mut all = self.path.clone();
        all.append(&self.attributes);
        all
    }

    /// The canonical form under `https://id.gs1.org`: without parameters that are no application identifiers.
    pub fn canonical(&self) -> String {
        self.to_uri(CANONICAL_STEM)
    }

    /// The canonical form under another stem, such as `https://example.org/products` (no final slash).
    pub fn to_uri(&self, stem: &str) -> String {
        let mut uri = String::from(stem);
        // Writing to a String cannot fail.
        let _ = self.write_to(&mut uri);
        uri
    }

    fn write_to(&self, uri: &mut String) -> fmt::Result {
        for element in self.path.elements() {
            write!(uri, "/{}/", element.ai())?;
            percent::write_encoded(uri, element.value(), UNRESERVED)?;
        }
        let mut attributes: Vec<_> = self.attributes.elements().iter().collect();
        attributes.sort_by_key(|element| element.ai());
        for (at, element) in attributes.into_iter().enumerate() {
            write!(uri, "{}{}=", if at == 0 { '?' } else { '&' }, element.ai())?;
            percent::write_encoded(uri, element.value(), UNRESERVED)?;
        }
        Ok(())
    }
}

fn qualifiers(sequence: &str) -> impl Iterator<Item = Ai> {
    sequence.split(',').filter_map(Ai::new)
}

/// Adds an element that stands at `offset`, where `raw` is its value before decoding.
fn push(
    elements: &mut ElementString,
    ai: Ai,
    value: &str,
    offset: usize,
    raw: &str,
) -> Result<(), DigitalLinkError> {
    // A GTIN may be given in its shorter lengths.
    let gtin = (ai == Ai::GTIN).then(|| Gtin::new(value)).transpose();
    let gtin = gtin.map_err(|source| DigitalLinkError::Value {
        source,
        offset: offset + percent::encoded_offset(raw, source.offset()),
    })?;
    let value = gtin.as_ref().map_or(value, Gtin::as_str);
    elements
        .push_from_uri(ai, value, offset)
        .map_err(|error| match error {
            ElementError::Value { source, .. } => DigitalLinkError::Value {
                source,
                offset: offset + percent::encoded_offset(raw, source.offset()),
            },
            ElementError::TooMany { offset } => DigitalLinkError::TooMany { offset },
            other => other.into(),
        })
}
