//! XML bindings of EPCIS: 1.0 to 1.2 and 2.0, in and out.
//!
//! In: bytes → text with places (`source`) → checked tokens (`token`) → one element tree per event or header
//! (`tree`) → the shape that both syntaxes share ([`crate::raw`]), from where the common rules take over.
//! Invariants: no document type, no entity but the five, every size, depth and count limited, never more than one
//! event in memory; whatever is foreign is kept; whatever the schema does not allow is listed with line and column.

mod chars;
mod document;
mod event;
mod fault;
mod grammar;
mod header;
mod kept;
pub mod limits;
mod parts;
mod rules;
mod source;
mod token;
mod tree;
mod write;

pub use write::{Carry, Loss, LossKind, Version, XmlWriter, write_document};

pub(crate) use document::XmlSource;
