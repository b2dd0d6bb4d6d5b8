//! Model → EPCIS 2.0 JSON-LD.
//!
//! The output is canonical: members in a fixed order, standard terms as bare words, empty lists left out, repeated
//! XML siblings gathered into lists, XML attributes as members and the text beside them as `#text` (`xsi:type` and
//! its like, which belong to XML Schema, are left out). Namespaces that
//! the document does not declare are declared by an `@context` of the event that uses them.

mod event;
mod header;
mod json;
mod names;

use std::io::Write;

pub use header::{Writer, event};
use json::Json;

use crate::model::{Event, Header};

/// Why a document cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The document has no `creationDate`, which the standard requires and nobody may invent.
    #[error("the document has no creationDate")]
    NoCreationDate,
    /// The output failed.
    #[error("writing failed")]
    Io(#[from] std::io::Error),
}

impl WriteError {
    /// Stable kebab-case code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoCreationDate => "write-no-creation-date",
            Self::Io(_) => "write-failed",
        }
    }
}

/// Writes a whole document.
pub fn document<'e, W: Write>(
    out: W,
    header: &Header,
    events: impl IntoIterator<Item = &'e Event>,
) -> Result<W, WriteError> {
    let mut writer = Writer::new(out, header)?;
    for event in events {
        writer.event(event)?;
    }
    writer.finish()
}
