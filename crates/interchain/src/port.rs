//! How a chain is reached: reading, proving, telling.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use ed25519_zebra::{SigningKey, VerificationKeyBytes};
use futures::future::{BoxFuture, FutureExt as _, join_all};
use pangolin_ledger::{
    Auth, Body, ChainId, CodecError, DataClass, Delivery, EventId, Height, Key, PartyId,
    ProfileRef, PublicKey, Signature, SignedTransaction, TimeMs, Transaction, Wire,
    walk::local::{Piece, Want},
};
use thiserror::Error;

/// Records of a chain's state at one height.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Height of the state.
    pub height: Height,
    /// Its time.
    pub time: TimeMs,
    /// What was asked for; `None`: there is no record.
    pub values: BTreeMap<Key, Option<Vec<u8>>>,
}

impl View {
    /// The record under a key.
    pub fn get<T: Wire>(&self, key: &Key) -> Result<Option<T>, CodecError> {
        let value = self.values.get(key).and_then(Option::as_ref);
        value.map(|bytes| T::from_bytes(bytes)).transpose()
    }
}

/// Records with the chain's proof of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The proof as deliveries carry it.
    pub evidence: Vec<u8>,
    /// What it shows. Whoever asked does not check it: the chain that it is told to does.
    pub view: View,
}

/// What a chain has of an object's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The steps.
    pub piece: Piece,
    /// What its state says of what they rest on. Nobody checks it here: the chain that it is told to does.
    pub view: View,
}

/// What is answered to one question about a history.
pub type Piecewise = Result<Option<Told>, PortError>;

/// What became of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is final.
    Final,
    /// A rule refused it.
    Refused {
        /// Stable code.
        code: String,
        /// Path in the transaction.
        place: String,
        /// What is wrong.
        message: String,
    },
    /// Not known yet, or it ran out of time.
    Unknown,
}

/// Code of a proof that no transaction carries.
const TOO_LARGE: &str = "evidence-too-large";

/// A chain could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message} ({code})")]
pub struct PortError {
    /// Stable code.
    pub code: String,
    /// What happened.
    pub message: String,
}

impl PortError {
    /// One with this code.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
        }
    }

    /// A proof that no transaction carries: it is too long, as it is or unpacked.
    pub fn too_large() -> Self {
        Self::new(TOO_LARGE, "the proof is longer than a transaction carries")
    }

    /// Whether it says that.
    pub fn is_too_large(&self) -> bool {
        self.code == TOO_LARGE
    }

    /// A record that cannot be read.
    pub(crate) fn record(error: &CodecError) -> Self {
        Self::new("record", format!("a record cannot be read: {error}"))
    }
}

/// In whose name messages are delivered: any party that the chain admitted.
#[derive(Clone)]
pub struct Signer {
    /// The party.
    pub party: PartyId,
    /// Its key.
    pub key: SigningKey,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer")
            .field("party", &self.party)
            .finish_non_exhaustive()
    }
}

impl Signer {
    /// A delivery as a transaction of the chain, not signed.
    pub fn transaction(
        &self,
        chain: ChainId,
        profile: ProfileRef,
        valid_until: Height,
        delivery: Delivery,
    ) -> Transaction {
        let body = Body::Delivery(Box::new(delivery));
        self.stating(chain, profile, valid_until, body)
    }

    /// Whatever may be stated as a transaction of the chain, not signed.
    pub fn stating(
        &self,
        chain: ChainId,
        profile: ProfileRef,
        valid_until: Height,
        body: Body,
    ) -> Transaction {
        Transaction {
            chain,
            profile,
            class: DataClass::Transaction,
            issuer: self.party.clone(),
            key: PublicKey(VerificationKeyBytes::from(&self.key).into()),
            valid_until,
            body,
        }
    }

    /// Signs a transaction.
    pub fn sign(&self, tx: Transaction) -> SignedTransaction {
        let statement = Auth::Single(Signature([0; 64])).statement(&tx.id());
        let signature = Signature(self.key.sign(&statement).into());
        SignedTransaction::new(tx, Auth::Single(signature))
    }
}

/// A chain, as whoever carries messages sees it.
pub trait Port: Send + Sync {
    /// Its name, for people.
    fn name(&self) -> &str;
    /// Its identity.
    fn chain(&self) -> ChainId;
    /// The rules under which deliveries are sent.
    fn profile(&self) -> ProfileRef;
    /// In whose name.
    fn signer(&self) -> &Signer;
    /// Records of its state, all of one height.
    fn read(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<View, PortError>>;
    /// The same with their proof, unless that is [too large](PortError::too_large) for a transaction. No absence of what lies in the store that
    /// cannot show it.
    fn prove(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<Proof, PortError>>;
    /// Hands a transaction in and waits for its fate.
    fn submit(&self, tx: &SignedTransaction) -> BoxFuture<'_, Result<Fate, PortError>>;
    /// What it has of an object's history over chains, with the proof of its state; `None`: nothing of what is asked for.
    fn piece(&self, wants: BTreeSet<Want>) -> BoxFuture<'_, Piecewise>;
    /// The same of several histories at once; each question has an answer of its own, in their order.
    fn pieces(&self, questions: Vec<BTreeSet<Want>>) -> BoxFuture<'_, Vec<Piecewise>> {
        let each = questions.into_iter().map(|wants| self.piece(wants));
        join_all(each).boxed()
    }
    /// Events that wait for what comes first.
    fn waiting(&self) -> BoxFuture<'_, Result<Vec<EventId>, PortError>>;
}

/// Chains by identity.
pub type Ports = BTreeMap<ChainId, Arc<dyn Port>>;
