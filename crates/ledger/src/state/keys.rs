//! Every state key, in one place.
//!
//! A key is one namespace byte and the first 31 bytes of `SHA-256("pgk" ‖ namespace byte ‖ canonical subject bytes)`. The
//! prefix keeps keys apart from every other hash; together with a short subject it fits one hash block. Where a subject
//! has several parts, each but the last is preceded by its length or has a fixed size, so that no two subjects share bytes.

mod due;
mod memo;
mod registry;
mod source;

use std::{fmt, sync::LazyLock};

use crate::{
    codec::{CodecError, Reader, Wire, Writer},
    hash::sha256,
    id::{
        ChainId, Code, Digest32, DocumentId, EventId, GroupId, ObjectId, OrderId, PartyId,
        ProfileRef, PublicKey, Role, Scope, TxId,
    },
    state::{Holder, Missing},
    tx::{OrderScope, ScopeRef, Stock},
};

pub use due::{due_cursor, due_head, due_page};
pub use registry::{chain_record, directory, following, fork, listed, noted, standing};
pub use source::{fact, source, sources};

/// A state key. Keys are ordered by their bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key(pub [u8; 32]);

impl Key {
    /// The bytes as numbers of the same order: two keys mostly differ in the first.
    pub(crate) const fn words(&self) -> [u64; 4] {
        let [
            a0,
            a1,
            a2,
            a3,
            a4,
            a5,
            a6,
            a7,
            b0,
            b1,
            b2,
            b3,
            b4,
            b5,
            b6,
            b7, //
            c0,
            c1,
            c2,
            c3,
            c4,
            c5,
            c6,
            c7,
            d0,
            d1,
            d2,
            d3,
            d4,
            d5,
            d6,
            d7,
        ] = self.0;
        [
            u64::from_be_bytes([a0, a1, a2, a3, a4, a5, a6, a7]),
            u64::from_be_bytes([b0, b1, b2, b3, b4, b5, b6, b7]),
            u64::from_be_bytes([c0, c1, c2, c3, c4, c5, c6, c7]),
            u64::from_be_bytes([d0, d1, d2, d3, d4, d5, d6, d7]),
        ]
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.words().cmp(&other.words())
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl AsRef<[u8]> for Key {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Wire for Key {
    fn put(&self, w: &mut Writer) {
        w.fixed(&self.0);
    }
    fn take(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        r.fixed().map(Self)
    }
}

macro_rules! namespaces {
    ($( $(#[$doc:meta])* $name:ident = $byte:literal ),* $(,)?) => {
        /// What kind of record a key leads to: its first byte.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Namespace { $( $(#[$doc])* $name = $byte ),* }

        impl Namespace {
            /// All namespaces, ascending.
            pub const ALL: &'static [Self] = &[$( Self::$name ),*];

            /// The namespace of a first byte.
            pub const fn from_byte(byte: u8) -> Option<Self> {
                match byte { $( $byte => Some(Self::$name), )* _ => None }
            }
        }
    };
}

namespaces! {
    /// [`Params`](super::Params): one record.
    Params = 0x01,
    /// [`ProfileRecord`](super::ProfileRecord) by profile and version.
    Profile = 0x02,
    /// [`Proposal`](super::Proposal) by digest of the action.
    Proposal = 0x03,
    /// [`Roster`](super::Roster): one record.
    Roster = 0x04,
    /// [`Members`](super::Members): one record.
    Members = 0x05,
    /// [`Wanted`](super::Wanted): one record.
    Wanted = 0x06,
    /// [`Round`](super::Round) by number.
    Round = 0x07,
    /// What a validator dealt, by number of the resharing and key.
    RoundLog = 0x08,
    /// [`Misconduct`](super::Misconduct) by the key of a node.
    Misconduct = 0x09,
    /// [`Party`](super::Party).
    Party = 0x10,
    /// [`KeyRecord`](super::KeyRecord) by public key.
    PartyKey = 0x11,
    /// [`Licence`](super::Licence) by party, role and scope.
    Licence = 0x12,
    /// [`Delegation`](super::Delegation) by principal and agent.
    Delegation = 0x13,
    /// [`Usage`](super::Usage) by party.
    Usage = 0x14,
    /// [`Object`](super::Object).
    Object = 0x20,
    /// [`Group`](super::Group).
    Group = 0x21,
    /// [`Balance`](super::Balance) by holder and stock.
    Balance = 0x22,
    /// [`Released`](super::Released) by container and epoch.
    Released = 0x23,
    /// [`Association`](super::Association) by parent and child.
    Association = 0x24,
    /// [`Process`](super::Process): a transformation spread over several events.
    Process = 0x25,
    /// [`Filling`](super::Filling) by container and epoch.
    Filling = 0x26,
    /// [`Balance`](super::Balance) inside a container, by container, epoch and stock.
    Inside = 0x27,
    /// That an object was put, or brought, into a filling that came from another chain; the record is the block that did.
    Brought = 0x28,
    /// [`EventRecord`](super::EventRecord).
    Event = 0x30,
    /// [`TxRecord`](super::TxRecord) of a transaction without events.
    Tx = 0x31,
    /// [`Nullifier`](super::Nullifier) by scope and bytes.
    Nullifier = 0x32,
    /// [`Handover`](super::Handover) by the event that offered.
    Handover = 0x33,
    /// [`Correctives`](super::Correctives) of an event.
    Correctives = 0x34,
    /// [`Document`](super::Document).
    Document = 0x40,
    /// [`Order`](super::Order).
    Order = 0x50,
    /// [`OrdersOn`](super::OrdersOn) by scope.
    OrdersOn = 0x51,
    /// Exemption of an object from an order; the record is the event or transaction that exempted it.
    Exemption = 0x52,
    /// [`ReleaseProposal`](super::ReleaseProposal) by order and object.
    Release = 0x53,
    /// [`Parked`](super::Parked) by event.
    Parked = 0x60,
    /// [`WaitingList`](super::WaitingList) by what is missing.
    Waiting = 0x61,
    /// [`DueCursor`](super::DueCursor): one record.
    DueCursor = 0x62,
    /// [`DueHead`](super::DueHead) by bucket.
    DueHead = 0x63,
    /// [`DuePage`](super::DuePage) by bucket and page.
    DuePage = 0x64,
    /// [`ForeignChain`](super::ForeignChain).
    ForeignChain = 0x70,
    /// [`Channel`](super::Channel) by foreign chain.
    Channel = 0x71,
    /// [`OutboxEntry`](super::OutboxEntry) by foreign chain and sequence number.
    Outbox = 0x72,
    /// [`InboxEntry`](super::InboxEntry) by foreign chain and sequence number.
    Inbox = 0x73,
    /// [`Settlement`](super::Settlement) by foreign chain and sequence number of the lock.
    Settlement = 0x74,
    /// [`Notices`](super::Notices): one record.
    Notices = 0x75,
    /// [`Notice`](super::Notice) by number.
    Notice = 0x76,
    /// [`Feed`](super::Feed) by foreign chain.
    Feed = 0x77,
    /// [`OrdersOn`](super::OrdersOn) of a foreign chain by scope.
    ForeignOrders = 0x78,
    /// Exemption of an object from an order of a foreign chain; the record is the block that took note of it.
    ForeignExemption = 0x79,
    /// [`ChainRecord`](super::ChainRecord) by chain.
    ChainRecord = 0x7a,
    /// [`Directory`](super::Directory): one record.
    Directory = 0x7b,
    /// [`Listed`](super::Listed) by number.
    Listed = 0x7c,
    /// [`Following`](super::Following) by registry.
    Following = 0x7d,
    /// [`Noted`](super::Noted) by registry and chain.
    Noted = 0x7e,
    /// [`Standing`](super::Standing) by foreign chain.
    Standing = 0x7f,
    /// [`Fork`](super::Fork) by chain.
    Fork = 0x80,
    /// That what is made on a foreign chain is let into trade here; the record is the block since which it is.
    Maker = 0x81,
    /// [`Ancestry`](super::Ancestry) of an object.
    Ancestry = 0x82,
    /// [`Source`](super::Source).
    Source = 0x83,
    /// [`SourceList`](super::SourceList): one record.
    Sources = 0x84,
    /// [`Fact`](super::Fact) by source and key.
    Fact = 0x85,
}

impl Namespace {
    /// Whether it is among the rules: what decides (who may do what, which orders stand, what may happen once, where
    /// something came from). That there is no such record can be proven. The bulk (objects, groups, events, balances) is
    /// kept so that only presence can.
    pub const fn is_rule(self) -> bool {
        matches!(
            self,
            Self::Params
                | Self::Profile
                | Self::Proposal
                | Self::Roster
                | Self::Members
                | Self::Wanted
                | Self::Round
                | Self::RoundLog
                | Self::Misconduct
                | Self::Party
                | Self::PartyKey
                | Self::Licence
                | Self::Delegation
                | Self::Filling
                | Self::Inside
                | Self::Brought
                | Self::Nullifier
                | Self::Document
                | Self::Order
                | Self::OrdersOn
                | Self::Exemption
                | Self::Release
                | Self::ForeignChain
                | Self::Channel
                | Self::Outbox
                | Self::Inbox
                | Self::Settlement
                | Self::Notices
                | Self::Notice
                | Self::Feed
                | Self::ForeignOrders
                | Self::ForeignExemption
                | Self::ChainRecord
                | Self::Directory
                | Self::Listed
                | Self::Following
                | Self::Noted
                | Self::Standing
                | Self::Fork
                | Self::Maker
                | Self::Ancestry
                | Self::Source
                | Self::Sources
                | Self::Fact
        )
    }
}

impl Key {
    /// The namespace, if this software knows it.
    pub const fn namespace(&self) -> Option<Namespace> {
        Namespace::from_byte(self.0[0])
    }

    fn derive(namespace: Namespace, subject: &[u8]) -> Self {
        let mut key = sha256(&[b"pgk", &[namespace as u8], subject]);
        // The namespace byte stands in front of the first 31 bytes of the digest.
        key.copy_within(0..31, 1);
        key[0] = namespace as u8;
        Self(key)
    }
}

// The constructors of keys, one per namespace.

fn join(parts: &[&dyn Fn(&mut Writer)]) -> Vec<u8> {
    let mut w = Writer::with_capacity(96);
    for part in parts {
        part(&mut w);
    }
    w.into_bytes()
}

/// Thresholds, deadlines and limits of the chain.
pub fn params() -> Key {
    static KEY: LazyLock<Key> = LazyLock::new(|| Key::derive(Namespace::Params, &[]));
    *KEY
}

/// A version of a profile.
pub fn profile(profile: ProfileRef) -> Key {
    memo::key(Namespace::Profile, |w| profile.put(w))
}

/// A change that collects signatures.
pub fn proposal(action: &Digest32) -> Key {
    Key::derive(Namespace::Proposal, &action.0)
}

/// How the chain is validated.
pub fn roster() -> Key {
    static KEY: LazyLock<Key> = LazyLock::new(|| Key::derive(Namespace::Roster, &[]));
    *KEY
}

/// The present validators.
pub fn members() -> Key {
    static KEY: LazyLock<Key> = LazyLock::new(|| Key::derive(Namespace::Members, &[]));
    *KEY
}

/// The validators that the governance wants, where others are present.
pub fn wanted() -> Key {
    static KEY: LazyLock<Key> = LazyLock::new(|| Key::derive(Namespace::Wanted, &[]));
    *KEY
}

/// A resharing of the chain's key.
pub fn round(number: u64) -> Key {
    Key::derive(Namespace::Round, &number.to_bytes())
}

/// What a validator dealt in a resharing.
pub fn round_log(number: u64, dealer: &PublicKey) -> Key {
    Key::derive(
        Namespace::RoundLog,
        &join(&[&|w| number.put(w), &|w| dealer.put(w)]),
    )
}

/// That a validator contradicted itself. Its absence proves that nobody has shown so.
pub fn misconduct(node: &PublicKey) -> Key {
    Key::derive(Namespace::Misconduct, &node.0)
}

/// A party.
pub fn party(party: &PartyId) -> Key {
    memo::key(Namespace::Party, |w| w.fixed(party.as_bytes()))
}

/// A public key.
pub fn party_key(key: &PublicKey) -> Key {
    memo::key(Namespace::PartyKey, |w| w.fixed(&key.0))
}

/// A role or licence of a party for a scope.
pub fn licence(party: &PartyId, role: Role, scope: &Scope) -> Key {
    memo::key(Namespace::Licence, |w| {
        party.put(w);
        role.put(w);
        scope.put(w);
    })
}

/// What `agent` may do for `principal`.
pub fn delegation(principal: &PartyId, agent: &PartyId) -> Key {
    memo::key(Namespace::Delegation, |w| {
        principal.put(w);
        agent.put(w);
    })
}

/// What a party used of its quota.
pub fn usage(party: &PartyId) -> Key {
    memo::key(Namespace::Usage, |w| w.fixed(party.as_bytes()))
}

/// An object.
pub fn object(object: &ObjectId) -> Key {
    Key::derive(Namespace::Object, object.as_bytes())
}

/// A group.
pub fn group(group: &GroupId) -> Key {
    memo::key(Namespace::Group, |w| w.fixed(group.as_bytes()))
}

/// What a holder has of a stock.
pub fn balance(holder: &Holder, stock: &Stock) -> Key {
    let namespace = match holder {
        Holder::Container(_) => Namespace::Inside,
        Holder::Party(_) | Holder::Transit { .. } => Namespace::Balance,
    };
    memo::key(namespace, |w| {
        holder.put(w);
        stock.put(w);
    })
}

/// Where the contents of a container went when it was emptied for the `epoch`-th time.
pub fn released(container: &ObjectId, epoch: u32) -> Key {
    Key::derive(
        Namespace::Released,
        &join(&[&|w| container.put(w), &|w| epoch.put(w)]),
    )
}

/// Where the `epoch`-th filling of a container came from, or went.
pub fn filling(container: &ObjectId, epoch: u32) -> Key {
    Key::derive(
        Namespace::Filling,
        &join(&[&|w| container.put(w), &|w| epoch.put(w)]),
    )
}

/// That an object was put, or brought, into a filling that came from another chain.
pub fn brought(container: &ObjectId, epoch: u32, object: &ObjectId) -> Key {
    Key::derive(
        Namespace::Brought,
        &join(&[&|w| container.put(w), &|w| epoch.put(w), &|w| object.put(w)]),
    )
}

/// A lasting relation of two objects.
pub fn association(parent: &ObjectId, child: &ObjectId) -> Key {
    Key::derive(
        Namespace::Association,
        &join(&[&|w| parent.put(w), &|w| child.put(w)]),
    )
}

/// A transformation spread over several events.
pub fn process(party: &PartyId, id: &Scope) -> Key {
    Key::derive(
        Namespace::Process,
        &join(&[&|w| party.put(w), &|w| id.put(w)]),
    )
}

/// An event.
pub fn event(event: &EventId) -> Key {
    Key::derive(Namespace::Event, &event.0)
}

/// A transaction without events.
pub fn tx(tx: &TxId) -> Key {
    Key::derive(Namespace::Tx, &tx.0)
}

/// Something that may happen once.
pub fn nullifier(kind: Code, what: &Scope) -> Key {
    Key::derive(
        Namespace::Nullifier,
        &join(&[&|w| kind.put(w), &|w| what.put(w)]),
    )
}

/// How much of what an event offered has arrived.
pub fn handover(offer: &EventId) -> Key {
    Key::derive(Namespace::Handover, &offer.0)
}

/// What corrects an event.
pub fn correctives(event: &EventId) -> Key {
    Key::derive(Namespace::Correctives, &event.0)
}

/// A document.
pub fn document(document: &DocumentId) -> Key {
    Key::derive(Namespace::Document, document.as_bytes())
}

/// An order.
pub fn order(order: &OrderId) -> Key {
    Key::derive(Namespace::Order, &order.0)
}

/// The orders in force on a scope. Its absence proves that there are none.
pub fn orders_on(scope: &OrderScope) -> Key {
    orders_at(scope.into())
}

/// The same, of a scope that belongs to somebody else.
pub(crate) fn orders_at(scope: ScopeRef<'_>) -> Key {
    match scope {
        // each object is named a few times only
        ScopeRef::Object(_) => Key::derive(Namespace::OrdersOn, &join(&[&|w| scope.put(w)])),
        _ => memo::key(Namespace::OrdersOn, |w| scope.put(w)),
    }
}

/// Orders of a foreign chain in force on a scope.
pub fn foreign_orders(chain: &ChainId, scope: &OrderScope) -> Key {
    foreign_orders_at(chain, scope.into())
}

/// The same, of a scope that belongs to somebody else.
pub(crate) fn foreign_orders_at(chain: &ChainId, scope: ScopeRef<'_>) -> Key {
    let subject = |w: &mut Writer| {
        chain.put(w);
        scope.put(w);
    };
    match scope {
        ScopeRef::Object(_) => Key::derive(Namespace::ForeignOrders, &join(&[&subject])),
        _ => memo::key(Namespace::ForeignOrders, subject),
    }
}

/// Exemption of an object from an order of a foreign chain.
pub fn foreign_exemption(chain: &ChainId, order: &OrderId, object: &ObjectId) -> Key {
    Key::derive(
        Namespace::ForeignExemption,
        &join(&[&|w| chain.put(w), &|w| order.put(w), &|w| object.put(w)]),
    )
}

/// How many notices this chain has written.
pub fn notices() -> Key {
    static KEY: LazyLock<Key> = LazyLock::new(|| Key::derive(Namespace::Notices, &[]));
    *KEY
}

/// A notice of this chain.
pub fn notice(seq: u64) -> Key {
    Key::derive(Namespace::Notice, &seq.to_bytes())
}

/// How far the notices of a foreign chain are known.
pub fn feed(chain: &ChainId) -> Key {
    memo::key(Namespace::Feed, |w| chain.put(w))
}

/// Exemption of an object from an order.
pub fn exemption(order: &OrderId, object: &ObjectId) -> Key {
    Key::derive(
        Namespace::Exemption,
        &join(&[&|w| order.put(w), &|w| object.put(w)]),
    )
}

/// Signatures collected for a release.
pub fn release(order: &OrderId, only: Option<&ObjectId>) -> Key {
    Key::derive(
        Namespace::Release,
        &join(&[&|w| order.put(w), &|w| only.cloned().put(w)]),
    )
}

/// A parked event.
pub fn parked(event: &EventId) -> Key {
    Key::derive(Namespace::Parked, &event.0)
}

/// The parked events that wait for something.
pub fn waiting(missing: &Missing) -> Key {
    Key::derive(Namespace::Waiting, &missing.to_bytes())
}

/// That what is made on a foreign chain is let into trade here. Its absence proves that it is not.
pub fn maker(chain: &ChainId) -> Key {
    memo::key(Namespace::Maker, |w| chain.put(w))
}

/// What the walk of an object's history has shown.
pub fn ancestry(object: &ObjectId) -> Key {
    Key::derive(Namespace::Ancestry, object.as_bytes())
}

/// A foreign chain.
pub fn foreign_chain(chain: &ChainId) -> Key {
    Key::derive(Namespace::ForeignChain, &chain.0)
}

/// The sequence numbers between this chain and another.
pub fn channel(chain: &ChainId) -> Key {
    Key::derive(Namespace::Channel, &chain.0)
}

/// A message to another chain.
pub fn outbox(chain: &ChainId, seq: u64) -> Key {
    Key::derive(
        Namespace::Outbox,
        &join(&[&|w| chain.put(w), &|w| seq.put(w)]),
    )
}

/// A message from another chain.
pub fn inbox(chain: &ChainId, seq: u64) -> Key {
    Key::derive(
        Namespace::Inbox,
        &join(&[&|w| chain.put(w), &|w| seq.put(w)]),
    )
}

/// How a lock of this chain ended.
pub fn settlement(chain: &ChainId, seq: u64) -> Key {
    Key::derive(
        Namespace::Settlement,
        &join(&[&|w| chain.put(w), &|w| seq.put(w)]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_carry_their_namespace_and_never_coincide() {
        let thing = object(&ObjectId::new("x").unwrap());
        let firm = party(&PartyId::new("x").unwrap());
        assert_eq!(thing.namespace(), Some(Namespace::Object));
        assert_ne!(thing.0[1..], firm.0[1..]);
        let mut bytes: Vec<u8> = Namespace::ALL.iter().map(|n| *n as u8).collect();
        bytes.dedup();
        assert_eq!(bytes.len(), Namespace::ALL.len());
    }

    #[test]
    fn keys_are_ordered_by_their_bytes() {
        let mut keys: Vec<Key> = Vec::new();
        for n in 0..32 {
            for byte in [1, 0x7f, 0x80, 0xff] {
                let mut key = Key([0; 32]);
                key.0[n] = byte;
                keys.push(key);
            }
        }
        for a in &keys {
            for b in &keys {
                assert_eq!(a.cmp(b), a.0.cmp(&b.0), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn orders_on_a_scope_are_under_its_encoding() {
        for scope in [
            OrderScope::Object(ObjectId::new("x").unwrap()),
            OrderScope::Group(GroupId::new("x").unwrap()),
            OrderScope::Class(crate::id::ClassId::new("x").unwrap()),
            OrderScope::Party(PartyId::new("x").unwrap()),
        ] {
            let key = Key::derive(Namespace::OrdersOn, &scope.to_bytes());
            assert_eq!(orders_on(&scope), key);
            assert_eq!(ScopeRef::from(&scope).to_scope(), scope);
        }
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let p = |s: &str| PartyId::new(s).unwrap();
        assert_ne!(delegation(&p("ab"), &p("c")), delegation(&p("a"), &p("bc")));
    }
}
