//! The shapes of answers. Members that a later node adds are ignored.

mod capture;
mod chains;
mod directory;
mod disclosure;
mod find;
mod node;
mod order;
mod trace;
mod validators;
mod whereabouts;

pub use capture::{
    CaptureJob, Defect, JobCounts, JobEvent, JobProblem, RefusalReport, RestedOn, Transaction,
    TransactionEvent,
};
pub use chains::{ChainRecord, Chains, Following, KnownChain, Registration, Supervisor};
pub use directory::{DirectoryEntry, NodeDirectory, NotHeard};
pub use disclosure::{Disclosure, Disclosures};
pub use find::{
    Contents, Finding, Findings, Given, Identity, Knows, LotFound, ObjectFound, OrderFound, Trouble,
};
pub use node::{
    NodeName, NodeStatus, Peer, Piece, Verification, VerificationData, Waiting, WaitingEvent,
};
pub use order::{Order, Orders};
pub use trace::{Trace, TraceCut, TraceEdge, TraceNode};
pub use validators::{Resharing, Validator, Validators};
pub use whereabouts::{Holding, Whereabouts};
