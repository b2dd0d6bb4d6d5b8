//! EPCIS 2.0 / CBV 2.0 (ISO/IEC 19987, 19988) of Pangolin: model, JSON-LD and XML in and out, event hash.

mod build;
pub mod check;
pub mod defect;
pub mod hash;
mod json;
pub mod model;
pub mod raw;
pub mod read;
pub mod vocab;
pub mod write;
pub mod xml;

pub use model::Event;
