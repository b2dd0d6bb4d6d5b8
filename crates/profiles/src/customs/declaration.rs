//! A declaration: one document on the ledger, whose versions say what was declared and what became of it.
//!
//! The document is named by the declaration's number, so a number is used once (K3). Its first version is the digest of the goods that
//! were declared; the office controls it from then on. Clearing and refusing are versions that follow *that* digest: whoever
//! names other goods than were declared, or decides a second time, states another predecessor than the tip and is refused (K4, K7).

use pangolin_ledger::{
    codec::Wire as _,
    hash::sha256,
    id::{Digest32, DocumentId, ObjectId, PartyId},
    profile::Op,
    tx::Event,
};

use super::words::document::DECLARATION;

/// What a declaration's document is named by, before its number.
const PREFIX: &[u8] = b"customs:";

/// Why an event names no declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unnamed {
    /// None.
    Missing,
    /// Several.
    Several,
    /// The number is too long.
    TooLong,
}

impl Unnamed {
    /// What is wrong.
    pub(super) const fn message(self) -> &'static str {
        match self {
            Self::Missing => "the event names no declaration",
            Self::Several => "the event names several declarations",
            Self::TooLong => "the number of the declaration is too long",
        }
    }
}

/// A declaration and the goods that an event names with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Declaration {
    document: DocumentId,
    declared: Digest32,
}

impl Declaration {
    /// The declaration that the event is about.
    pub(super) fn of(event: &Event) -> Result<Self, Unnamed> {
        let references = event.references.iter();
        let mut numbers = references.filter(|reference| reference.kind == DECLARATION);
        let number = &numbers.next().ok_or(Unnamed::Missing)?.value;
        if numbers.next().is_some() {
            return Err(Unnamed::Several);
        }
        let name = [PREFIX, number.as_bytes()].concat();
        Ok(Self {
            document: DocumentId::new(name).map_err(|_| Unnamed::TooLong)?,
            declared: declared(event),
        })
    }

    /// It is lodged with an office.
    pub(super) fn lodge(self, office: PartyId) -> Op {
        Op::PutDocument {
            document: self.document,
            digest: self.declared,
            previous: None,
            controller: Some(office),
        }
    }

    /// The office clears exactly these goods.
    pub(super) fn clear(self) -> Op {
        self.decide(b"pangolin/customs/cleared/1")
    }

    /// The office refuses it.
    pub(super) fn refuse(self) -> Op {
        self.decide(b"pangolin/customs/refused/1")
    }

    fn decide(self, domain: &[u8]) -> Op {
        Op::PutDocument {
            document: self.document,
            digest: Digest32(sha256(&[domain, &self.declared.0])),
            previous: Some(self.declared),
            controller: None,
        }
    }
}

/// The digest of the goods that an event names: a container with what is listed of its contents, or the goods themselves.
fn declared(event: &Event) -> Digest32 {
    let lone: Option<ObjectId> = event.parent.clone();
    let (parent, objects) = (lone.to_bytes(), event.objects.to_bytes());
    let length = u64::try_from(parent.len())
        .unwrap_or(u64::MAX)
        .to_be_bytes();
    Digest32(sha256(&[
        b"pangolin/customs/declared/1",
        &length,
        &parent,
        &objects,
    ]))
}
