//! What a check of a proof file found, in plain words.
//!
//! Words about things are [`Message`]s: they keep what they name apart from their text, so that whoever shows them says them
//! in the words of the chain's profile.

use pangolin_ledger::{
    Event, EventOutcome, EventReceipt, PartyId, ProfileRef, PublicKey, TimeMs,
    query::BlockingOrder, report::Message, state::Order,
};

use super::words;

/// One thing that was checked and held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Stable code.
    pub code: &'static str,
    /// What was checked, in plain words.
    pub text: String,
}

/// Who stated what a receipt is about, as the transaction's own bytes say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// Who stated it.
    pub issuer: PartyId,
    /// The key that signed it.
    pub key: PublicKey,
}

/// An event of a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenEvent {
    /// What became of it.
    pub receipt: EventReceipt,
    /// What was stated; `None` where the file does not carry it.
    pub event: Option<Event>,
}

impl ProvenEvent {
    /// Stable word for what became of it, and the code of what would be the refusal while it waits.
    pub fn outcome(&self) -> (&'static str, Option<&str>) {
        match &self.receipt.outcome {
            EventOutcome::Applied => ("applied", None),
            EventOutcome::Parked { code, .. } => ("waits", Some(code)),
            EventOutcome::Duplicate { .. } => ("known", None),
        }
    }

    /// What became of it, in words.
    pub fn said(&self) -> Message {
        words::outcome(&self.receipt.outcome)
    }
}

/// How something that an order is on concerns an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It is the object.
    Itself,
    /// The object is in it.
    Container,
    /// It is the object's lot.
    Group,
    /// The object's lot was made of it.
    Origin,
    /// It is the object's product.
    Class,
    /// It has the object.
    Custodian,
    /// It is in the object, or what is in the object belongs to it.
    Inside,
}

impl Relation {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Itself => "object",
            Self::Container => "container",
            Self::Group => "lot",
            Self::Origin => "origin-lot",
            Self::Class => "product",
            Self::Custodian => "custodian",
            Self::Inside => "inside",
        }
    }

    /// In words, before the name of the thing.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Itself => "on this object itself",
            Self::Container => "on a container it is in",
            Self::Group => "on its lot",
            Self::Origin => "on a lot that its lot was made of",
            Self::Class => "on its product",
            Self::Custodian => "on everything its custodian has",
            Self::Inside => "on something inside it",
        }
    }
}

/// A hold or recall in force that concerns an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenOrder {
    /// How what it is on concerns the object.
    pub relation: Relation,
    /// The order, what it is on, and whether the object is exempted from it.
    pub found: BlockingOrder,
    /// Its own record, with issuer, reason and legal basis; `None` where the file does not carry it.
    pub record: Option<Order>,
}

/// The result of checking a proof file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Name of the chain.
    pub chain: String,
    /// What its sender says that the file is about. Nothing proves it.
    pub about: String,
    /// What else its sender says and nothing proves.
    pub claims: Vec<String>,
    /// Height of the block or state.
    pub height: u64,
    /// Ledger time of that height, milliseconds since 1970.
    pub time_ms: u64,
    /// What was checked and held.
    pub checks: Vec<Check>,
    /// The profile whose codes the facts name, where a proven record says so.
    pub profile: Option<ProfileRef>,
    /// Who stated the transaction of a receipt, where the file carries its bytes.
    pub stated: Option<Stated>,
    /// The events of a receipt, in order.
    pub events: Vec<ProvenEvent>,
    /// What is shown by the checks besides: name and value.
    pub facts: Vec<(String, Message)>,
    /// Holds and recalls in force that concern an object.
    pub orders: Vec<ProvenOrder>,
    /// What whoever handles the goods must not overlook in what is shown.
    pub warnings: Vec<String>,
    /// What the file does not show. Not empty means: do not rely on it.
    pub doubts: Vec<Message>,
}

impl Report {
    pub(super) const fn new(chain: String, about: String) -> Self {
        Self {
            chain,
            about,
            claims: Vec::new(),
            height: 0,
            time_ms: 0,
            checks: Vec::new(),
            profile: None,
            stated: None,
            events: Vec::new(),
            facts: Vec::new(),
            orders: Vec::new(),
            warnings: Vec::new(),
            doubts: Vec::new(),
        }
    }

    /// Whether everything was shown.
    pub const fn is_clean(&self) -> bool {
        self.doubts.is_empty()
    }

    /// Ledger time of that height.
    pub fn time(&self) -> TimeMs {
        TimeMs(i64::try_from(self.time_ms).unwrap_or(i64::MAX))
    }

    pub(super) fn check(&mut self, code: &'static str, text: impl Into<String>) {
        self.checks.push(Check {
            code,
            text: text.into(),
        });
    }

    pub(super) fn fact(&mut self, name: &str, value: impl Into<Message>) {
        self.facts.push((name.to_owned(), value.into()));
    }

    pub(super) fn claim(&mut self, text: impl Into<String>) {
        self.claims.push(text.into());
    }

    pub(super) fn warn(&mut self, text: impl Into<String>) {
        self.warnings.push(text.into());
    }

    pub(super) fn doubt(&mut self, what: impl Into<Message>) {
        self.doubts.push(what.into());
    }
}
