//! Refusals: a stable code, the rule, the thing concerned, its place in the transaction, and what to do.

use std::fmt;

use thiserror::Error;

use super::{Kernel, Message, Reason, RuleId};
use crate::{
    id::{
        ChainId, ClassId, DocumentId, EventId, GroupId, ObjectId, OrderId, PartyId, ProfileRef,
        PublicKey, Role, TxId,
    },
    tx::{OrderScope, Stock},
};

/// The thing a refusal or effect is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The transaction as a whole.
    Transaction(TxId),
    /// An event.
    Event(EventId),
    /// An object.
    Object(ObjectId),
    /// A group.
    Group(GroupId),
    /// A class.
    Class(ClassId),
    /// A stock.
    Stock(Stock),
    /// A party.
    Party(PartyId),
    /// A role of a party.
    Role(PartyId, Role),
    /// A public key.
    Key(PublicKey),
    /// A document.
    Document(DocumentId),
    /// An order.
    Order(OrderId),
    /// A profile.
    Profile(ProfileRef),
    /// A chain.
    Chain(ChainId),
}

impl From<&OrderScope> for Subject {
    fn from(scope: &OrderScope) -> Self {
        match scope {
            OrderScope::Object(object) => Self::Object(object.clone()),
            OrderScope::Group(group) => Self::Group(group.clone()),
            OrderScope::Class(class) => Self::Class(class.clone()),
            OrderScope::Party(party) => Self::Party(party.clone()),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transaction(id) => write!(f, "transaction {id}"),
            Self::Event(id) => write!(f, "event {id}"),
            Self::Object(id) => write!(f, "object {id}"),
            Self::Group(id) => write!(f, "group {id}"),
            Self::Class(id) => write!(f, "class {id}"),
            Self::Stock(Stock::Class(id)) => write!(f, "stock of class {id}"),
            Self::Stock(Stock::Group(id)) => write!(f, "stock of group {id}"),
            Self::Party(id) => write!(f, "party {id}"),
            Self::Role(party, role) => write!(f, "role {role} of party {party}"),
            Self::Key(key) => write!(f, "key {key}"),
            Self::Document(id) => write!(f, "document {id}"),
            Self::Order(id) => write!(f, "order {id}"),
            Self::Profile(profile) => write!(f, "profile {profile}"),
            Self::Chain(chain) => write!(f, "chain {chain}"),
        }
    }
}

/// What is wrong, with the things it names kept apart from the text, and whose words there are for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// What is wrong.
    pub message: Message,
    /// The profile under whose rules it was judged; `None` until the machine answers.
    pub profile: Option<ProfileRef>,
}

/// A transaction was refused; nothing of it was done.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{code} at {place}: {message}")]
pub struct Refusal {
    /// Stable code, kebab-case.
    pub code: &'static str,
    /// The rule.
    pub rule: RuleId,
    /// The kernel that the rule belongs to.
    pub kernel: Kernel,
    /// The thing concerned.
    pub subject: Box<Subject>,
    /// Path in the transaction, for example `/events/3/objects/17`.
    pub place: String,
    /// What is wrong, in the words of the profile if it has some, otherwise the ledger's.
    pub message: String,
    /// The same, for a profile to say in its own words.
    pub said: Box<Said>,
    /// What to do, in words.
    pub remedy: String,
}

impl Refusal {
    /// A refusal for one of the ledger's or a profile's reasons.
    pub fn new(
        reason: &Reason,
        subject: Subject,
        place: impl Into<String>,
        message: impl Into<Message>,
    ) -> Self {
        let said = message.into();
        Self {
            code: reason.code,
            rule: reason.rule,
            kernel: reason.kernel,
            subject: Box::new(subject),
            place: place.into(),
            message: said.to_string(),
            said: Box::new(Said {
                message: said,
                profile: None,
            }),
            remedy: reason.remedy.to_owned(),
        }
    }
}
