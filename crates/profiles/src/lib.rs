//! Industry profiles on the rule kernels, and the way of an event of the trade into the ledger.
//!
//! * [`capture`] reduces an EPCIS event to what the rules need; [`payload`] carries the full event; [`disclosure`] commits to
//!   it so that single fields can be shown later.
//! * [`pharma`] is the profile of the pharmaceutical trade of the United States (DSCSA): which step means what, and who may
//!   do it.
//! * [`customs`] is the profile of a customs chain, which goods pass under control.
//! * [`registry`] is the profile of a chain that records chains.
//! * [`catalog`] lists the industries by the names of their rules, [`member`] says what their chains begin with.
//! * [`speech`] says refusals and events in the words of the trade.
//! * [`cbv`] gives the words of the Core Business Vocabulary their numbers.
//!
//! Pure: no clock, randomness, files or network.
//!
//! ```
//! use pangolin_epcis::read::{self, Mode};
//! use pangolin_ledger::{id::PartyId, profile::{Claim, Profile as _}, tx::DataClass};
//! use pangolin_profiles::{capture::{Placement, Reducer}, disclosure::SaltSecret, pharma::{self, Pharma}, verify_reduction};
//!
//! let text = r#"{"@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
//!   "type": "ObjectEvent", "eventTime": "2026-03-01T08:00:00Z", "eventTimeZoneOffset": "-05:00", "action": "ADD",
//!   "bizStep": "commissioning", "epcList": ["urn:epc:id:sgtin:030001.0012345.11"],
//!   "ilmd": {"cbvmda:itemExpirationDate": "2027-03-31"}}"#;
//! let (_, event) = read::json(text.as_bytes(), Mode::Strict).next().unwrap().unwrap();
//!
//! // The event of the trade becomes rule inputs, a commitment and a payload.
//! let reducer = Reducer::new(&pharma::LEXICON);
//! let reduced = reducer.reduce(&event, &SaltSecret::new([7; 32]), Placement::Full).unwrap();
//! assert!(verify_reduction(&pharma::LEXICON, &reduced).is_ok());
//!
//! // The profile says what it means, or why it is refused: this one lacks its lot number.
//! let issuer = PartyId::new("0300011111116").unwrap();
//! let claim = Claim { issuer: &issuer, class: DataClass::Transaction, place: "/events/0" };
//! let refusal = Pharma::strict().classify(&reduced, &claim).unwrap_err();
//! assert_eq!(refusal.code, "lot-missing");
//! assert_eq!(refusal.remedy, "add cbvmda:lotNumber to the ilmd of the commissioning event");
//! ```

mod calendar;
pub mod capture;
pub mod catalog;
pub mod cbv;
pub mod customs;
mod departure;
pub mod disclosure;
pub mod member;
pub mod payload;
pub mod pharma;
pub mod registry;
pub mod rests;
pub mod rule;
pub mod speech;
mod stated;

pub use capture::verify_reduction;
