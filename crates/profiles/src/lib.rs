//! Industry profiles on the rule kernels, and the way of an event of the trade into the ledger.
//!
//! * [`capture`] reduces an EPCIS event to what the rules need; [`payload`] carries the full event; [`disclosure`] commits to
//!   it so that single fields can be shown later.
//! * [`pharma`] is the profile of the pharmaceutical trade of the United States (DSCSA): which step means what, and who may
//!   do it.
//! * [`cbv`] gives the words of the Core Business Vocabulary their numbers.
//!
//! Pure: no clock, randomness, files or network.

pub mod capture;
pub mod cbv;
pub mod disclosure;
pub mod payload;
pub mod pharma;

pub use capture::verify_reduction;
