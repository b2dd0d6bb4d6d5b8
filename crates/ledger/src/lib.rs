//! The ledger: a pure, deterministic state machine for traceable goods.
//!
//! Transactions in, receipts or refusals out, writes to an authenticated key–value state that lives elsewhere. It knows
//! objects, custodians, containers, groups, quantities, orders, parties and roles; what an industry calls them, and which
//! event means what, is a [`Profile`]. It has no clock, no randomness, no files and no network.
//!
//! | module | what |
//! |---|---|
//! | [`codec`] | the canonical bounded encoding of everything |
//! | [`id`] | identifiers and scalars |
//! | [`tx`] | what parties sign and send |
//! | [`state`] | the records and their keys |
//! | [`profile`] | what an industry profile gives: authority and steps for each event |
//! | [`kernel`] | the rules |
//! | [`machine`] | executing transactions and blocks |
//! | [`report`] | receipts, refusals, effects |
//! | [`query`] | questions about the state, with the keys their answers rest on |
//!
//! # Example
//!
//! A transaction is signed over its statement and travels as canonical bytes.
//!
//! ```
//! use pangolin_ledger::{
//!     Action, Auth, Body, ChainId, Code, DataClass, Digest32, Event, EventId, EventKind, Height, ObjectId, ObjectSet,
//!     PartyId, ProfileRef, PublicKey, Signature, SignedTransaction, TimeMs, Transaction, Wire,
//! };
//!
//! let mut event = Event::new(
//!     EventId([1; 32]), EventKind::Object, Action::Add, TimeMs(1_700_000_000_000), Code(1), Digest32([2; 32]),
//! );
//! event.objects = ObjectSet::unique(vec![ObjectId::new("pack-1")?, ObjectId::new("pack-2")?])?;
//! let tx = Transaction {
//!     chain: ChainId([9; 32]),
//!     profile: ProfileRef { id: 1, version: 1 },
//!     class: DataClass::Transaction,
//!     issuer: PartyId::new("0614141000005")?,
//!     key: PublicKey([3; 32]),
//!     valid_until: Height(100),
//!     body: Body::Events(vec![event]),
//! };
//! tx.check()?;
//! let signed = SignedTransaction::new(tx, Auth::Single(Signature([0; 64])));
//! // `signed.statement()` is what the key signs.
//! let bytes = signed.to_bytes();
//! assert_eq!(SignedTransaction::from_bytes(&bytes)?, signed);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[macro_use]
pub mod codec;
pub mod evidence;
pub mod hash;
pub mod id;
pub mod kernel;
pub mod limits;
pub mod machine;
pub mod profile;
pub mod query;
pub mod report;
pub mod state;
pub mod tx;
pub mod walk;

pub use codec::{CodecError, Wire};
pub use id::*;
pub use machine::{
    BlockContext, Genesis, GenesisError, GenesisParty, Link, Machine, NeedKeys, Outcome, Overlay,
    Prepared,
};
pub use profile::Profile;
pub use report::{
    BlockEffects, Effect, EventOutcome, EventReceipt, Kernel, Receipt, Refusal, Subject,
};
pub use state::{Key, Missing};
pub use tx::*;
