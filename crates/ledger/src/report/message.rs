//! Messages: sentences that leave the things they name as they are.
//!
//! The ledger knows identifiers, codes and times, no words of any trade. A message keeps them apart from its text: whoever
//! shows it says them in the words of its profile, and [`Display`](fmt::Display) shows them as the ledger does.

use std::{borrow::Cow, fmt};

use crate::{
    id::{
        ChainId, ClassId, Code, DocumentId, EventId, GroupId, ObjectId, OrderId, PartyId,
        ProfileRef, PublicKey, Role, Scope, TimeMs, Value,
    },
    state::Key as StateKey,
    tx::{OrderScope, Stock},
};

/// What is wrong, or what happened: text and the things it is about, in the order in which they are said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message(Vec<Part>);

/// A part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text, with the blanks around it.
    Text(Cow<'static, str>),
    /// An object.
    Object(ObjectId),
    /// A group.
    Group(GroupId),
    /// A class.
    Class(ClassId),
    /// A party.
    Party(PartyId),
    /// An event.
    Event(EventId),
    /// A document.
    Document(DocumentId),
    /// An order.
    Order(OrderId),
    /// A role.
    Role(Role),
    /// What a licence or a thing that may happen once is about.
    Scope(Scope),
    /// A public key.
    Key(PublicKey),
    /// A profile.
    Profile(ProfileRef),
    /// A chain.
    Chain(ChainId),
    /// A moment.
    Time(TimeMs),
    /// A code of the profile's lists: a stage, the reason of an end.
    Code(Code),
    /// The name of an attribute.
    Attribute(Code),
    /// The value of an attribute.
    Value(Code, Value),
    /// A record of a chain's state.
    Record(StateKey),
}

impl Message {
    /// A message of these parts.
    pub const fn new(parts: Vec<Part>) -> Self {
        Self(parts)
    }

    /// The parts, in order.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// Whether it says nothing.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| part.fmt(f))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Object(id) => write!(f, "object {id}"),
            Self::Group(id) => write!(f, "group {id}"),
            Self::Class(id) => write!(f, "class {id}"),
            Self::Party(id) => write!(f, "party {id}"),
            Self::Event(id) => write!(f, "event {id}"),
            Self::Document(id) => write!(f, "document {id}"),
            Self::Order(id) => write!(f, "order {id}"),
            Self::Role(role) => write!(f, "role {role}"),
            Self::Scope(scope) => scope.fmt(f),
            Self::Key(key) => write!(f, "key {key}"),
            Self::Profile(profile) => write!(f, "profile {profile}"),
            Self::Chain(chain) => write!(f, "chain {chain}"),
            Self::Time(time) => time.fmt(f),
            Self::Code(code) => code.fmt(f),
            Self::Attribute(code) => write!(f, "attribute {code}"),
            Self::Value(_, value) => value.fmt(f),
            Self::Record(key) => write!(f, "record {key:?}"),
        }
    }
}

impl<T: Into<Part>> From<T> for Message {
    fn from(part: T) -> Self {
        Self(vec![part.into()])
    }
}

impl From<&'static str> for Part {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Part {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

macro_rules! parts {
    ($($name:ident($t:ty)),* $(,)?) => { $(
        impl From<$t> for Part {
            fn from(thing: $t) -> Self {
                Self::$name(thing)
            }
        }
        impl From<&$t> for Part {
            fn from(thing: &$t) -> Self {
                Self::$name(thing.clone())
            }
        }
    )* };
}

parts!(
    Object(ObjectId),
    Group(GroupId),
    Class(ClassId),
    Party(PartyId),
    Event(EventId),
    Document(DocumentId),
    Order(OrderId),
    Role(Role),
    Scope(Scope),
    Key(PublicKey),
    Profile(ProfileRef),
    Chain(ChainId),
    Time(TimeMs),
    Code(Code),
    Record(StateKey),
);

macro_rules! numbers {
    ($($t:ty),*) => { $(
        impl From<$t> for Part {
            fn from(number: $t) -> Self {
                Self::Text(Cow::Owned(number.to_string()))
            }
        }
    )* };
}

numbers!(u8, u32, u64, usize);

impl From<&OrderScope> for Part {
    fn from(scope: &OrderScope) -> Self {
        match scope {
            OrderScope::Object(object) => Self::Object(object.clone()),
            OrderScope::Group(group) => Self::Group(group.clone()),
            OrderScope::Class(class) => Self::Class(class.clone()),
            OrderScope::Party(party) => Self::Party(party.clone()),
        }
    }
}

impl From<&Stock> for Part {
    fn from(stock: &Stock) -> Self {
        match stock {
            Stock::Class(class) => Self::Class(class.clone()),
            Stock::Group(group) => Self::Group(group.clone()),
        }
    }
}

/// A message of parts: `say!["the custodian is ", custodian, ", not ", issuer]`.
#[macro_export]
macro_rules! say {
    ($($part:expr),* $(,)?) => {
        $crate::report::Message::new(vec![$($crate::report::Part::from($part)),*])
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_message_names_stays_apart_from_its_text() {
        let maker = PartyId::new("maker").unwrap();
        let pack = ObjectId::new([1, 0]).unwrap();
        let message = say![
            &pack,
            " is with ",
            &maker,
            " since ",
            TimeMs(5),
            "; ",
            3u32,
            " moves"
        ];
        assert_eq!(
            message.to_string(),
            "object 0x0100 is with party maker since 5; 3 moves"
        );
        assert_eq!(message.parts().first(), Some(&Part::Object(pack)));
        assert!(!message.is_empty() && Message::default().is_empty());
        assert_eq!(Message::from("text"), say!["text"]);
        assert_eq!(Message::from(String::from("text")).to_string(), "text");
    }
}
