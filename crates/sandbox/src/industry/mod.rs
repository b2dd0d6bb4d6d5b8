//! A synthetic pharmaceutical supply chain: the files that its companies send, in order, and what should become of them.
//!
//! A [`Plan`] says who, how much and what goes wrong; [`Plan::history`] gives the [`Document`]s one after the other, in
//! memory that depends on the size of a wave and not on the number of packs. The seed decides every byte.
//!
//! The life of a pack: commissioned in a lot, packed into a case, on a pallet, shipped to a wholesaler, received by scanning
//! the pallet, unpacked, repacked with packs of other lots or sold as it is, shipped to a hospital or pharmacy, received by
//! scanning the case, dispensed; or sent back and destroyed.

mod clock;
mod counts;
mod dice;
mod document;
mod draft;
mod envelope;
mod error;
mod expect;
mod happening;
mod history;
mod incident;
mod item;
mod jobs;
mod lot;
mod names;
mod plan;
mod queries;
mod render;
mod single;
mod trade;
mod wave;
mod world;

pub use clock::Stage;
pub use counts::Counts;
pub use document::{Document, Format};
pub use error::IndustryError;
pub use expect::{Expectation, Verdict};
pub use history::History;
pub use incident::{Defect, Holding, Incident, Recall};
pub use lot::Lot;
pub use plan::*;
pub use queries::{Subject, VrsAnswer, VrsQueries, VrsQuery, vrs_queries};
pub use single::{OnePack, OnePackEvents, one_pack_events};
pub use world::{Company, Product, Role, World};

/// The load of the national model: about 1.30 events and 9.2 serial references per pack ([`Plan::load`]).
pub fn realistic_mix(packs: u64) -> Result<History, IndustryError> {
    Plan::load(packs).history()
}
