//! What validators say, want to happen and wait for.

use std::sync::Arc;

use pangolin_ledger::{Machine, SignedTransaction, TxId};

use crate::{
    block::{Block, Executed, Signatures},
    seal::{Certificate, Id, Notary, Subject, Writes},
};

/// What validators tell each other.
#[derive(Debug, Clone)]
pub(crate) enum Message {
    Proposal(Arc<Block>),
    Vote {
        subject: Subject,
        signer: u8,
        signature: Id,
    },
    /// A quorum voted; with the block where it is known.
    Decided(Arc<Certificate>, Option<Arc<Block>>),
    /// How far the sender is.
    Status {
        height: u64,
    },
    /// Final blocks, up to one with its certificate.
    Final(Vec<Arc<Block>>, Arc<Certificate>),
    Tx(Arc<SignedTransaction>),
    /// A leader found that rules refuse a transaction.
    Refused(TxId, Told),
}

/// Why a transaction was refused.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) code: String,
    pub(crate) place: String,
    pub(crate) message: String,
}

/// What a validator wants to happen.
pub(crate) enum Out {
    Send(usize, Message),
    All(Message),
    /// To be asked again at this time.
    Again(i64, Tick),
    /// A block became final here.
    Committed(Arc<Executed>, Option<Arc<Certificate>>),
    /// It saw something that must not be.
    Wrong(String),
}

/// A moment that a validator waits for.
#[derive(Debug, Clone)]
pub(crate) enum Tick {
    /// Proposing, as the leader of a view.
    Propose(u64),
    /// Giving a view up.
    Timeout(u64),
    /// A block whose time has not come.
    Early(Arc<Block>),
}

/// What a validator does not own.
pub(crate) struct Around<'a> {
    pub(crate) now: i64,
    pub(crate) machine: &'a Machine,
    pub(crate) notary: &'a Notary,
    pub(crate) signatures: &'a Signatures,
    /// The whole chain lies: whatever is to be written without rules.
    pub(crate) corrupt: Option<&'a Writes>,
    pub(crate) out: Vec<Out>,
}
