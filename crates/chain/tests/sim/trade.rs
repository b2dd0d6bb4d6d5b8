//! A small industry: a maker, its rival, a trader, a pharmacy and an authority, with a profile of seven steps.

use bytes::Bytes;
use ed25519_zebra::{SigningKey, VerificationKeyBytes};
use pangolin_chain::{simulated::clock::START_MS, types::Digest};
use pangolin_ledger::{
    Action, Auth, Body, ChainId, ClassId, Code, DataClass, Digest32, Event, EventId, EventKind,
    Genesis, GenesisParty, Height, Machine, ObjectId, ObjectSet, OrderBody, OrderKind, OrderScope,
    OrderTerms, PartyId, ProfileRef, PublicKey, Refusal, Role, Scope, Signature, SignedTransaction,
    Subject, TimeMs, Transaction, Wire as _,
    hash::sha256,
    profile::{Claim, Contents, Need, Op, Plan, Profile, Step, Target},
    report::{Kernel, Reason, RuleId},
    state::{KeyUse, Params},
};
use std::sync::Arc;

/// What an event of this trade means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum Act {
    Create = 1,
    Observe = 2,
    Offer = 3,
    Accept = 4,
    Dispense = 5,
    /// Refused by the honest profile, allowed by the lax one.
    Forge = 6,
}

pub(crate) const MAKER: &str = "maker";
pub(crate) const RIVAL: &str = "rival";
pub(crate) const TRADER: &str = "trader";
pub(crate) const PHARMACY: &str = "pharmacy";
pub(crate) const AUTHORITY: &str = "authority";

const MAKES: Role = Role(1);
const REFERENCE: ProfileRef = ProfileRef { id: 3, version: 1 };
const UNKNOWN_STEP: Reason = Reason {
    code: "unknown-step",
    rule: RuleId("trade.step"),
    kernel: Kernel::K1,
    remedy: "use a step of the list",
};

/// The rules; a lax version also lets anybody forge.
#[derive(Debug)]
struct Trade {
    lax: bool,
}

impl Profile for Trade {
    fn reference(&self) -> ProfileRef {
        REFERENCE
    }

    fn name(&self) -> &'static str {
        "trade"
    }

    fn digest(&self) -> Digest32 {
        Digest32([3; 32])
    }

    fn class_of(&self, _: &ObjectId) -> Option<ClassId> {
        None
    }

    fn classify(&self, event: &Event, claim: &Claim<'_>) -> Result<Plan, Refusal> {
        let refuse = |message: &'static str| {
            Refusal::new(
                &UNKNOWN_STEP,
                Subject::Event(event.id),
                claim.place,
                message,
            )
        };
        let on = |op| Step::new(op, Target::Objects);
        let plan = Plan::new();
        Ok(match event.step.0 {
            1 => plan
                .need(Need::role(MAKES))
                .step(on(Op::Create { group: None })),
            2 => plan.step(on(Op::Observe)),
            3 => plan.step(on(Op::Offer {
                to: event
                    .destination
                    .clone()
                    .ok_or_else(|| refuse("an offer names its receiver"))?,
                within_ms: None,
                arrives: Code(0),
            })),
            4 => plan.step(on(Op::Accept { from: None })),
            5 => plan.step(on(Op::Terminate {
                reason: Code(1),
                contents: Contents::Refuse,
            })),
            6 if self.lax => plan.step(on(Op::Create { group: None })),
            _ => return Err(refuse("the step is not in the list")),
        })
    }
}

/// The machine of honest nodes, or one whose rules let forgeries through.
pub(crate) fn machine(lax: bool) -> Arc<Machine> {
    Arc::new(Machine::new(vec![Arc::new(Trade { lax })]))
}

fn signing_key(party: &str) -> SigningKey {
    SigningKey::from(sha256(&[b"signing key", party.as_bytes()]))
}

fn public_key(party: &str) -> PublicKey {
    PublicKey(VerificationKeyBytes::from(&signing_key(party)).into())
}

pub(crate) fn party(name: &str) -> PartyId {
    PartyId::new(name).unwrap()
}

pub(crate) fn object(number: u64) -> ObjectId {
    ObjectId::new(format!("pack.{number}")).unwrap()
}

/// The ledger at genesis.
pub(crate) fn ledger() -> Vec<u8> {
    let member = |name: &str, roles: &[Role]| GenesisParty {
        id: party(name),
        name: name.into(),
        keys: vec![(public_key(name), KeyUse::Owner)],
        roles: roles.iter().map(|role| (*role, Scope::all())).collect(),
    };
    let genesis = Genesis {
        chain: ChainId([0; 32]),
        time: TimeMs(START_MS),
        params: Params {
            park_ms: 60_000,
            future_ms: 3_600_000,
            ..Params::default()
        },
        profiles: vec![REFERENCE],
        parties: vec![
            member(MAKER, &[MAKES]),
            member(RIVAL, &[MAKES]),
            member(TRADER, &[]),
            member(PHARMACY, &[]),
            member(
                AUTHORITY,
                &[Role::GOVERNOR, Role::REGISTRAR, Role::AUTHORITY],
            ),
        ],
        chains: Vec::new(),
    };
    genesis.to_bytes()
}

/// An event on one object; `to` is who shall accept it, `nonce` tells equal statements apart.
pub(crate) fn event(act: Act, number: u64, at_ms: u64, to: Option<&str>, nonce: u64) -> Event {
    let step = act as u16;
    let time = TimeMs(START_MS + i64::try_from(at_ms).unwrap());
    let seed = sha256(&[&step.to_be_bytes(), &nonce.to_be_bytes()]);
    let mut event = Event::new(
        EventId([0; 32]),
        EventKind::Object,
        Action::Observe,
        time,
        Code(step),
        Digest32(seed),
    );
    event.objects = ObjectSet::unique(vec![object(number)]).unwrap();
    event.destination = to.map(party);
    event.id = EventId(event.digest().0);
    event
}

/// An authority's hold on one object.
pub(crate) fn hold(number: u64) -> Body {
    Body::Order(OrderBody::Issue(OrderTerms {
        kind: OrderKind::Hold,
        scope: OrderScope::Object(object(number)),
        reason: Code(1),
        legal_basis: "section 1".into(),
        expires: None,
        officers: 1,
        document: None,
    }))
}

/// A transaction of `issuer`.
pub(crate) fn transaction(
    chain: &Digest,
    issuer: &str,
    valid_until: u64,
    body: Body,
) -> Transaction {
    Transaction {
        chain: ChainId(chain.0),
        profile: REFERENCE,
        class: DataClass::Transaction,
        issuer: party(issuer),
        key: public_key(issuer),
        valid_until: Height(valid_until),
        body,
    }
}

/// Signs with the key of `signer`, who need not be the issuer.
pub(crate) fn sign(tx: Transaction, signer: &str) -> SignedTransaction {
    let statement = Auth::Single(Signature([0; 64])).statement(&tx.id());
    let signature = Signature(signing_key(signer).sign(&statement).into());
    SignedTransaction::new(tx, Auth::Single(signature))
}

/// The bytes that travel.
pub(crate) fn bytes(tx: &SignedTransaction) -> Bytes {
    Bytes::from(tx.to_bytes())
}
