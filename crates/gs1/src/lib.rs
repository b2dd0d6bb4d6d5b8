//! GS1 identifiers: keys, application identifiers, element strings, Digital Link URIs and EPC URNs.

pub mod ai;
pub mod charset;
pub mod check;
pub mod id;
pub mod lint;
mod text;
