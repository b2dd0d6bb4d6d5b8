//! GS1 identifiers: keys, application identifiers, element strings, Digital Link URIs and EPC URNs.

pub mod ai;
pub mod charset;
pub mod check;
pub mod digital_link;
pub mod element;
pub mod id;
pub mod lint;
mod percent;
mod text;
