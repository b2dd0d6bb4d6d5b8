//! Who there is and what they have: chains, parties, keys, goods, and the events that parties state.

use std::{collections::BTreeMap, sync::Arc};

use ed25519_zebra::{SigningKey, VerificationKeyBytes};
use pangolin_gs1::Key as Gs1;
use pangolin_interchain::Signer;
use pangolin_ledger::{
    Auth, Body, ChainId, Code, DataClass, Digest32, EventId, Genesis, Height, Machine, ObjectId,
    PartyId, ProfileRef, PublicKey, Role, Signature, SignedTransaction, TimeMs, Transaction, Value,
    hash::sha256,
    state::{ForeignChain, KeyUse},
    tx::{Action, Event, EventKind},
};
use pangolin_profiles::{
    capture::id,
    catalog::Industry,
    customs,
    member::{self, Member},
    pharma::{self, Pharma, role},
};

use crate::seal::{Notary, key_of};

/// When everything begins, in milliseconds since 1970.
pub(crate) const START: i64 = 1_772_352_000_000;
pub(crate) const MAKER: &str = "0300011111116";
pub(crate) const WHOLESALER: &str = "0399999999991";
pub(crate) const PHARMACY: &str = "0366159000019";
pub(crate) const AUTHORITY: &str = "urn:x:authority";
/// Carriers that there may be.
pub(crate) const CARRIERS: usize = 6;
pub(crate) const NAMES: [&str; 4] = ["north", "border", "south", "west"];

/// The rules of an industry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trade {
    Pharma,
    Customs,
}

impl Trade {
    pub(crate) const fn profile(self) -> ProfileRef {
        match self {
            Self::Pharma => pharma::STRICT,
            Self::Customs => customs::RULES,
        }
    }

    const fn industry(self) -> &'static Industry {
        match self {
            Self::Pharma => &pharma::INDUSTRY,
            Self::Customs => &customs::INDUSTRY,
        }
    }
}

/// The rules of all chains.
pub(crate) fn machine(notary: Arc<Notary>) -> Machine {
    rules().believing(notary)
}

/// The same, believing nobody.
pub(crate) fn rules() -> Machine {
    Machine::new(vec![Arc::new(Pharma::strict()), Arc::new(customs::Customs)])
}

pub(crate) fn chain_id(at: usize) -> ChainId {
    ChainId(sha256(&[b"chain", NAMES[at].as_bytes()]))
}

pub(crate) fn carrier(number: usize) -> String {
    format!("urn:x:carrier{number}")
}

/// What a chain begins with; the others are registered, with word of their orders at most so old.
pub(crate) fn genesis(at: usize, trades: &[Trade], freshness_ms: u64, keys: &Keys) -> Genesis {
    let mut genesis = founding(at, trades[at], keys);
    for other in (0..trades.len()).filter(|other| *other != at) {
        let record = ForeignChain {
            name: NAMES[other].into(),
            key: key_of(&chain_id(other)),
            freshness_ms,
            registered: Height(0),
            suspended: None,
            seen: None,
        };
        genesis.chains.push((chain_id(other), record));
    }
    genesis
}

/// The same, knowing no other chain.
pub(crate) fn founding(at: usize, trade: Trade, keys: &Keys) -> Genesis {
    let profiles = vec![trade.profile()];
    let industry = trade.industry();
    let members = members(trade, keys);
    let time = TimeMs(START);
    let params = (industry.params)();
    member::genesis(industry, chain_id(at), time, params, profiles, &members).unwrap()
}

fn members(trade: Trade, keys: &Keys) -> Vec<Member> {
    let member = |id: &str, roles: Vec<Role>, prefixes: &[&str]| Member {
        name: id.into(),
        id: id.into(),
        roles,
        prefixes: prefixes.iter().map(|prefix| (*prefix).into()).collect(),
        gtins: Vec::new(),
        keys: vec![(keys.public(id), KeyUse::Owner)],
    };
    let offices = vec![Role::GOVERNOR, Role::REGISTRAR, Role::AUTHORITY];
    let mut members = match trade {
        Trade::Pharma => vec![
            member(MAKER, vec![role::MANUFACTURER], &["030001"]),
            member(WHOLESALER, vec![role::WHOLESALER], &[]),
            member(PHARMACY, vec![role::DISPENSER], &[]),
        ],
        Trade::Customs => vec![
            member(MAKER, vec![customs::role::CARRIER], &[]),
            member(WHOLESALER, vec![customs::role::DECLARANT], &[]),
            member(PHARMACY, vec![customs::role::WAREHOUSE], &[]),
        ],
    };
    members.push(member(AUTHORITY, offices, &[]));
    let carriers = (0..CARRIERS).map(|number| member(&carrier(number), Vec::new(), &[]));
    members.extend(carriers);
    members
}

pub(crate) fn party(text: &str) -> PartyId {
    member::party_id(text).unwrap()
}

/// A pack of the product.
pub(crate) fn pack(serial: usize) -> ObjectId {
    object(&format!("urn:epc:id:sgtin:030001.0012345.{serial}"))
}

/// A case or pallet.
pub(crate) fn unit(serial: usize) -> ObjectId {
    object(&format!("urn:epc:id:sscc:030001.4{serial:010}"))
}

fn object(uri: &str) -> ObjectId {
    id::object(&Gs1::parse(uri).unwrap()).unwrap()
}

/// The keys of all parties.
pub(crate) struct Keys(BTreeMap<String, (SigningKey, PublicKey)>);

impl Keys {
    pub(crate) fn new() -> Self {
        let names = [MAKER, WHOLESALER, PHARMACY, AUTHORITY].map(str::to_owned);
        let names = names.into_iter().chain((0..CARRIERS).map(carrier));
        let keys = names.map(|name| {
            let secret = SigningKey::from(sha256(&[name.as_bytes()]));
            let public = PublicKey(VerificationKeyBytes::from(&secret).into());
            (name, (secret, public))
        });
        Self(keys.collect())
    }

    fn public(&self, name: &str) -> PublicKey {
        self.0[name].1
    }

    /// In whose name a carrier delivers.
    pub(crate) fn signer(&self, number: usize) -> Signer {
        let name = carrier(number);
        Signer {
            party: party(&name),
            key: self.0[&name].0,
        }
    }

    /// What a party states at a chain.
    pub(crate) fn sign(
        &self,
        (chain, profile): (ChainId, ProfileRef),
        by: &str,
        valid_until: u64,
        body: Body,
    ) -> SignedTransaction {
        let (secret, public) = &self.0[by];
        let tx = Transaction {
            chain,
            profile,
            class: DataClass::Transaction,
            issuer: party(by),
            key: *public,
            valid_until: Height(valid_until),
            body,
        };
        let statement = Auth::Single(Signature([0; 64])).statement(&tx.id());
        let signature = Signature(secret.sign(&statement).into());
        SignedTransaction::new(tx, Auth::Single(signature))
    }
}

/// An event; its number makes it unlike all others.
pub(crate) fn event(
    number: u64,
    (kind, action): (EventKind, Action),
    step: Code,
    time: i64,
    objects: &[ObjectId],
) -> Event {
    let id = EventId(sha256(&[b"event", &number.to_be_bytes()]));
    let mut event = Event::new(id, kind, action, TimeMs(time), step, Digest32(id.0));
    event.objects = objects.iter().cloned().collect();
    event
}

pub(crate) fn attribute(event: &mut Event, code: Code, text: &str) {
    event.attributes.insert(code, Value::new(text).unwrap());
}
