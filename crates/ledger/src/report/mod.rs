//! What the machine answers: receipts for what was accepted, refusals for what was not, effects for what happened besides.

mod effect;
mod message;
mod reason;
mod receipt;
mod refusal;

pub use effect::{BlockEffects, Effect, SourceChange, ValidatorChange};
pub use message::{Message, Part};
pub use reason::{Kernel, Reason, RuleId, reasons};
pub use receipt::{EventOutcome, EventReceipt, Receipt};
pub use refusal::{Refusal, Said, Subject};
