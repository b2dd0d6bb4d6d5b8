//! What the binary hands to the interface: the chain, the index, the keys, the proofs, the words of the industry.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::future::BoxFuture;
use pangolin_chain::handle::{Handle, ProveError};
use pangolin_gs1::id::{Gtin, Lot};
use pangolin_index::SqliteIndex;
use pangolin_ledger::{
    id::{
        ChainId, Code, EventId, GroupId, ObjectId, PartyId, ProfileRef, PublicKey, Role, Signature,
        TxId,
    },
    query::ObjectStatus,
    state::Group,
    tx::{EventParts, STATEMENT_BYTES},
    walk::{
        local::Want,
        together::{Answer, Pieces, Questions},
    },
};
pub use pangolin_profiles::catalog::Concern;
use pangolin_profiles::{
    capture::Lexicon,
    disclosure::{Disclosure, SaltSecret},
};
use thiserror::Error;

use crate::{authorise::Entitled, clock::Clock, own::Tally};

/// Everything that the interface needs of the node.
#[derive(Clone)]
pub struct Deps {
    /// The chain.
    pub chain: Handle,
    /// The chain's identity: what transactions are addressed to.
    pub chain_id: ChainId,
    /// What its proofs are checked with: the chain's one public key.
    pub chain_key: Vec<u8>,
    /// Who this node is and whom it knows.
    pub identity: Arc<Identity>,
    /// Public keys, in hexadecimal, of the peers that are connected right now; none where that is not known.
    pub connected: Option<Arc<dyn Fn() -> BTreeSet<String> + Send + Sync>>,
    /// How fast the chain goes, and how long it has not; none where nobody watches it.
    pub pace: Option<Pace>,
    /// The read side; a node without one takes transactions and verifies products, and answers no searches.
    pub index: Option<Arc<SqliteIndex>>,
    /// The words and rules of the industry.
    pub trade: Arc<dyn Trade>,
    /// The capture agent's keys.
    pub signer: Arc<dyn Signer>,
    /// Proofs.
    pub proofs: Arc<dyn Proofs>,
    /// Time of day.
    pub clock: Arc<dyn Clock>,
    /// Further metrics in Prometheus' text format, appended to the interface's own.
    pub metrics: Option<Arc<dyn Fn() -> String + Send + Sync>>,
}

/// How fast the chain goes, and how long it has not.
#[derive(Clone)]
pub struct Pace {
    /// Longest time between two blocks of an idle chain whose validators all run.
    pub heartbeat: Duration,
    /// For how long no further block has become final here.
    pub silent: Arc<dyn Fn() -> Duration + Send + Sync>,
}

impl Pace {
    /// Shortest silence that means something: a restart of several validators takes less.
    const SHORTEST: Duration = Duration::from_secs(15);
    /// Heartbeats without a block after which something is wrong.
    const HEARTBEATS: u32 = 10;

    /// How long a chain of this heartbeat may be silent before something is wrong.
    pub fn patience(heartbeat: Duration) -> Duration {
        Self::SHORTEST.max(heartbeat * Self::HEARTBEATS)
    }
}

/// Who this node is and whom it knows. Nothing in it is secret: addresses and secrets stay with the binary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// This node.
    pub node: Member,
    /// Name of the chain, for people.
    pub chain_name: String,
    /// The validators of the genesis file, in its order: the present ones where the chain's do not change.
    pub validators: Vec<Member>,
    /// The peers that this node is configured with.
    pub peers: Vec<Member>,
}

/// A node of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Name of the node.
    pub name: String,
    /// Organisation that runs it, where that is known.
    pub organisation: Option<String>,
    /// Its public key, hexadecimal.
    pub key: String,
}

/// A key does not sign.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignError {
    /// This node holds no capture agent key for the party.
    #[error("this node holds no capture agent key for party {0}")]
    NoKey(PartyId),
    /// The key store failed.
    #[error("the key store failed: {0}")]
    Store(String),
}

impl SignError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoKey(_) => "no-agent-key",
            Self::Store(_) => "key-store",
        }
    }
}

/// The keys with which this node signs what parties capture through it: agent keys that each party registered on the chain.
pub trait Signer: Send + Sync {
    /// The public key used for `party`.
    fn key(&self, party: &PartyId) -> Option<PublicKey>;
    /// Signs a statement of `party`.
    fn sign(
        &self,
        party: &PartyId,
        statement: &[u8; STATEMENT_BYTES],
    ) -> Result<Signature, SignError>;
    /// The secret that salts the commitments of `party`'s events.
    fn salts(&self, party: &PartyId) -> Result<SaltSecret, SignError>;
}

/// What an industry means by its codes, as far as the interface must know.
pub trait Trade: Send + Sync {
    /// What its rules are called, without their version.
    fn name(&self) -> &'static str;
    /// The rules that transactions are sent under.
    fn profile(&self) -> ProfileRef;
    /// Vocabulary and fields for the reduction of events.
    fn lexicon(&self) -> &Lexicon;
    /// Roles that make a party an authorised trading partner; also those of authorities.
    fn trading_roles(&self) -> &[Role];
    /// Further roles that are shown of a party.
    fn known_roles(&self) -> &[Role];
    /// Words for a code, for people.
    fn describe(&self, code: Code) -> Option<&'static str>;
    /// The name of a role, for people.
    fn role_name(&self, role: Role) -> Option<&'static str>;
    /// The expiry date of a group's members as `YYYYMMDD`.
    fn expiry(&self, group: &Group) -> Option<String>;
    /// What speaks against an object besides orders: suspicion, or that it is known to be illegitimate.
    fn concern(&self, status: &ObjectStatus) -> Option<Concern>;
    /// The object that is the pack with this serial number.
    fn pack(&self, gtin: &Gtin, serial: &str) -> Option<ObjectId>;
    /// The group that is this lot.
    fn lot(&self, gtin: &Gtin, lot: &Lot) -> Option<GroupId>;
}

/// Which form a proof file takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofForm {
    /// The canonical bytes.
    Binary,
    /// JSON, for people and browsers.
    Json,
}

/// Of what a receipt is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptOf {
    /// A transaction.
    Transaction(TxId),
    /// An event.
    Event(EventId),
}

/// A proof ready to be handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofFile {
    /// Media type.
    pub media_type: &'static str,
    /// Name to save it under, ASCII without quotes.
    pub name: String,
    /// Height of the state or block it is about.
    pub height: u64,
    /// Content.
    pub bytes: Bytes,
    /// What it tells of events of others, to be written down before it goes out.
    pub disclosed: Tally,
}

/// Why there is no proof.
#[derive(Debug, Error)]
pub enum ProofError {
    /// The chain knows no such thing.
    #[error("{0} is not on this chain")]
    Unknown(String),
    /// The chain could not prove it.
    #[error(transparent)]
    Chain(#[from] ProveError),
    /// A link of the history is missing here.
    #[error("a link is missing: {0}")]
    Missing(String),
    /// It would exceed a limit together with what else is asked for.
    #[error("it is too much together with what is asked for before it")]
    TogetherTooLarge,
    /// The proof would exceed a limit.
    #[error("the proof would be too large: {0}")]
    TooLarge(String),
}

/// What is answered to a question that is not admitted.
pub type Refused = Answer;
/// Decides about a question once it is known whether there is something to tell.
pub type Admit<'a> = &'a mut (dyn FnMut(bool) -> Result<(), Refused> + Send);

/// Makes proofs. What they carry besides the proof is what whoever asks is entitled to.
pub trait Proofs: Send + Sync {
    /// That a transaction or event is final, and what became of it.
    fn receipt(
        &self,
        of: ReceiptOf,
        form: ProofForm,
        entitled: Entitled,
    ) -> BoxFuture<'_, Result<ProofFile, ProofError>>;
    /// The status of an object, with the absence of orders.
    fn status(
        &self,
        object: ObjectId,
        form: ProofForm,
        entitled: Entitled,
    ) -> BoxFuture<'_, Result<ProofFile, ProofError>>;
    /// The custody of an object back to its origin.
    fn custody(
        &self,
        object: ObjectId,
        form: ProofForm,
        entitled: Entitled,
    ) -> BoxFuture<'_, Result<ProofFile, ProofError>>;
    /// Fields of an event: that the chain recorded one with these parts, and that they belong to it.
    fn fields(
        &self,
        parts: EventParts,
        shown: Disclosure,
    ) -> BoxFuture<'_, Result<ProofFile, ProofError>>;
    /// What this chain has of several histories over chains; with the events, or only what came and what left; with the proof of the records
    /// they rest on, or these alone. Of each question, in their order, `admit` is told once whether the chain knows what is asked for; one
    /// that it refuses is answered by that and nothing else. A question that cannot be answered is no matter of the others.
    fn histories<'a>(
        &'a self,
        questions: Questions,
        told: bool,
        proof: bool,
        admit: Admit<'a>,
    ) -> BoxFuture<'a, Result<Pieces, ProofError>>;
    /// What this chain has of histories over chains; with the events, or only what came and what left.
    fn provenance(
        &self,
        wants: BTreeSet<Want>,
        told: bool,
        entitled: Entitled,
    ) -> BoxFuture<'_, Result<ProofFile, ProofError>>;
}
