//! Transactions: what parties sign and send.
//!
//! A [`SignedTransaction`] is a [`Transaction`] with an [`Auth`]. The transaction's identity is the hash of its bytes;
//! the signature is not part of it, so that the same content signed twice is the same transaction.
//!
//! **Order of checks** (DESIGN §10): size → syntax (this module: decoding and [`Transaction::check`]) → signature (the
//! caller, with [`Auth::statement`]) → authority and rules (the machine).

mod auth;
mod body;
mod check;
mod delivery;
mod event;
mod governance;
mod keyring;
mod order;
mod report;
mod validator;

use std::sync::OnceLock;

use crate::{
    codec::{CodecError, Reader, Wire, Writer},
    hash::{TX_DOMAIN, sha256},
    id::{ChainId, Digest32, Height, PartyId, ProfileRef, PublicKey, TxId},
    limits,
};

pub use auth::{Auth, BATCH_DOMAIN, BatchTree, SIGN_DOMAIN, STATEMENT_BYTES};
pub use body::{Body, Correction};
pub use check::TxError;
pub use delivery::{Delivery, Item, Witness};
pub use event::{
    Action, Event, EventKind, EventParts, Outputs, Payload, Quantities, Reference, Stock,
};
pub use governance::{GovernanceAction, GovernanceBody};
pub(crate) use keyring::{EventKeys, Keyring};
pub(crate) use order::ScopeRef;
pub use order::{OrderBody, OrderKind, OrderScope, OrderTerms};
pub use report::{Report, Stated};
pub use validator::{ValidatorBody, issuer as validator_issuer};

/// Version of the transaction format.
pub const TX_VERSION: u8 = 1;

/// Whether what a transaction says is tracked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DataClass {
    /// Tracked: every rule applies.
    Transaction,
    /// Recorded only. Never allowed on an object that is tracked: the class does not go down.
    Record,
}
wire_enum!(DataClass { 0 => Transaction, 1 => Record });

/// What a party states, without its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// The chain it is for.
    pub chain: ChainId,
    /// The rules it is to be judged by.
    pub profile: ProfileRef,
    /// Whether its data are tracked.
    pub class: DataClass,
    /// The party that states it.
    pub issuer: PartyId,
    /// The key that signs it: one of the issuer, or of a party the issuer delegated to.
    pub key: PublicKey,
    /// Last block that may contain it.
    pub valid_until: Height,
    /// What is stated.
    pub body: Body,
}
wire_struct!(Transaction v 1 { chain, profile, class, issuer, key, valid_until, body });

impl Transaction {
    /// Its identity: `SHA-256(domain ‖ bytes)`.
    pub fn id(&self) -> TxId {
        tx_id(&self.to_bytes())
    }
}

fn tx_id(bytes: &[u8]) -> TxId {
    TxId(sha256(&[TX_DOMAIN, bytes]))
}

/// A transaction with its signature, its identity and the digests of its events, which are computed once.
#[derive(Debug, Clone)]
pub struct SignedTransaction {
    tx: Transaction,
    auth: Auth,
    id: TxId,
    size: usize,
    digests: Vec<Digest32>,
    keyring: OnceLock<Keyring>,
}

impl PartialEq for SignedTransaction {
    fn eq(&self, other: &Self) -> bool {
        self.tx == other.tx && self.auth == other.auth
    }
}

impl Eq for SignedTransaction {}

impl SignedTransaction {
    /// Joins a transaction and its signature. The signature is not verified here.
    pub fn new(tx: Transaction, auth: Auth) -> Self {
        let bytes = tx.to_bytes();
        Self::assemble(tx, auth, &bytes)
    }

    fn assemble(tx: Transaction, auth: Auth, bytes: &[u8]) -> Self {
        let digests = match &tx.body {
            Body::Events(events) => events.iter().map(Event::digest).collect(),
            Body::Correction(correction) => vec![correction.event.digest()],
            Body::Order(_)
            | Body::Governance(_)
            | Body::Delivery(_)
            | Body::Validator(_)
            | Body::Report(_) => Vec::new(),
        };
        Self {
            id: tx_id(bytes),
            size: bytes.len(),
            tx,
            auth,
            digests,
            keyring: OnceLock::new(),
        }
    }

    /// What is stated.
    pub const fn tx(&self) -> &Transaction {
        &self.tx
    }

    /// The signature.
    pub const fn auth(&self) -> &Auth {
        &self.auth
    }

    /// The identity.
    pub const fn id(&self) -> TxId {
        self.id
    }

    /// Bytes of the transaction without the signature: what quotas count.
    pub const fn size(&self) -> usize {
        self.size
    }

    /// Digest of each event of the body, in order (see [`Event::digest`]); of a correction, the event it is about.
    pub fn digests(&self) -> &[Digest32] {
        &self.digests
    }

    /// Hashes the state keys of everything the transaction names, once. Whoever verifies signatures on several threads
    /// may call it there, and spares the thread that executes the block.
    pub fn warm(&self) {
        self.keyring();
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        self.keyring.get_or_init(|| Keyring::new(&self.tx))
    }

    /// The bytes that [`Auth::signature`] must sign under the transaction's key.
    pub fn statement(&self) -> [u8; STATEMENT_BYTES] {
        self.auth.statement(&self.id)
    }
}

impl Wire for SignedTransaction {
    fn put(&self, w: &mut Writer) {
        self.tx.put(w);
        self.auth.put(w);
    }

    fn take(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        let from = r.position();
        let tx = Transaction::take(r)?;
        let to = r.position();
        if to - from > limits::MAX_TX_BYTES {
            return Err(CodecError::TooLong {
                at: from,
                len: (to - from) as u64,
                max: limits::MAX_TX_BYTES,
            });
        }
        let auth = Auth::take(r)?;
        Ok(Self::assemble(tx, auth, r.passed(from, to)))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        let max = limits::MAX_TX_BYTES + Auth::MAX_BYTES;
        if bytes.len() > max {
            return Err(CodecError::TooLong {
                at: 0,
                len: bytes.len() as u64,
                max,
            });
        }
        let mut r = Reader::new(bytes);
        let value = Self::take(&mut r)?;
        r.finish()?;
        Ok(value)
    }
}
