//! Capture: from a document in any syntax to final events.
//!
//! 1. [`spool`]: the document is streamed to a file, bounded, hashed, synced; then the job is written. Only then is it
//!    acknowledged.
//! 2. [`survey`]: the document is read once as a whole: every defect is listed, and it is decided whether anything of it may
//!    be captured.
//! 3. [`prepare`]: it is read again, event by event, and each event is reduced for the ledger.
//! 4. [`batch`]: events are joined into transactions within the limits, in order; declarations of error go alone.
//! 5. [`send`]: each transaction is signed with the capture agent key of the party, sent, and followed until it is final,
//!    refused or expired; one refused event does not take its neighbours with it, unless the sender asked for all or nothing.
//! 6. [`store`]: what became of each event is kept.
//!
//! **Invariants**: an acknowledged document is never lost: a job that was not finished is taken up again when the node starts.
//! The same event twice is recorded once; the second time is a success that names the block of the first.
//!
//! **All or nothing** is what one transaction can be. A document for which the sender demands it, and which does not fit into
//! one transaction, is refused. A document whose sender did not say is captured all or nothing where it fits, and greedily
//! where it does not; its job says which.

pub mod batch;
pub mod engine;
pub mod job;
pub mod prepare;
pub mod recorded;
pub mod send;
pub mod spool;
pub mod store;
pub mod survey;
pub mod verdict;
