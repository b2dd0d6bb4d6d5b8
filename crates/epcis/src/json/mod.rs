//! EPCIS 2.0 JSON / JSON-LD.

mod parser;
pub(crate) mod rules;
mod source;
mod text;
pub(crate) mod write;

pub(crate) use source::JsonSource;
