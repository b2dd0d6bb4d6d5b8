//! The profile of a registry: a chain that records chains.
//!
//! What a registry records (who a chain is, its state, its supervisors) is changed by the signed acts of its governance, which the
//! ledger knows on every chain. There are no goods on it, so no event and no order: whoever sends one is told where it belongs.

use std::sync::Arc;

use pangolin_ledger::{
    codec::Writer,
    hash::sha256,
    id::{ClassId, Code, Digest32, ObjectId, PartyId, ProfileRef, Role, Scope},
    profile::{Claim, Need, Plan, Profile},
    report::{Kernel, Reason, Refusal, RuleId, Subject, reasons},
    state::Params,
    tx::{Event, OrderTerms},
};

use crate::{
    capture::Lexicon,
    catalog::{Industry, Licences, Rules},
    member::{Claims, Member, RESERVED},
    speech::{self, Speech},
};

/// Number of the profile.
pub const PROFILE: u16 = 3;
/// Version of the rules.
pub const RULES: ProfileRef = ProfileRef {
    id: PROFILE,
    version: 1,
};

/// Goods are recorded elsewhere.
const NO_GOODS: Reason = Reason {
    code: "no-goods-here",
    rule: RuleId("registry.goods"),
    kernel: Kernel::K1,
    remedy: "send it to a node of the chain that the goods live on",
};
/// The rule behind [`NO_GOODS`].
const NO_GOODS_RULE: &str =
    "a registry records chains; goods, and orders on them, are recorded on the chains it lists";

/// Every reason of the profile itself.
pub const REASONS: &[Reason] = &[NO_GOODS];

/// What the profile adds to reduction: nothing.
pub const LEXICON: Lexicon = Lexicon::plain(RULES);

/// The words of a registry.
pub const SPEECH: Speech = Speech {
    lexicon: &LEXICON,
    describe: |_| None,
    role: name,
    rule,
    event: |_| None,
};

/// The industry.
pub const INDUSTRY: Industry = Industry {
    number: PROFILE,
    versions: &[Rules {
        name: "registry",
        reference: RULES,
        profile: || Arc::new(Registry),
    }],
    speech: &SPEECH,
    role: parse,
    trading: &[Role::AUTHORITY, Role::REGISTRAR, Role::GOVERNOR],
    kinds: &[],
    params: Params::default,
    licences,
    order_reasons: &[],
    words: Vec::new,
    concern: |_| None,
    makes: false,
    expiry: None,
};

fn name(role: Role) -> Option<&'static str> {
    let mut known = RESERVED.iter();
    known
        .find(|(known, _)| *known == role)
        .map(|(_, name)| *name)
}

fn parse(name: &str) -> Option<Role> {
    let mut known = RESERVED.iter();
    known
        .find(|(_, known)| *known == name)
        .map(|(role, _)| *role)
}

fn rule(code: &str) -> Option<(&'static str, &'static str)> {
    if code == NO_GOODS.code {
        return Some((NO_GOODS_RULE, NO_GOODS.remedy));
    }
    let mut known = reasons::ALL.iter();
    known
        .find(|reason| reason.code == code)
        .map(|reason| ("", reason.remedy))
}

fn licences(member: &Member, _: &mut Claims) -> Licences {
    member.labels_nothing()?;
    let mut roles = member.roles.clone();
    roles.sort_unstable();
    roles.dedup();
    Ok(roles.into_iter().map(|role| (role, Scope::all())).collect())
}

/// The profile.
///
/// ```
/// use pangolin_ledger::profile::Profile as _;
/// use pangolin_profiles::{catalog, registry::{RULES, Registry}};
///
/// assert_eq!(Registry.reference(), RULES);
/// assert_eq!(catalog::named("registry").unwrap().reference, RULES);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Registry;

impl Profile for Registry {
    fn reference(&self) -> ProfileRef {
        RULES
    }

    fn name(&self) -> &'static str {
        "registry of chains"
    }

    fn digest(&self) -> Digest32 {
        let mut w = Writer::new();
        w.bytes(b"pangolin/profile/registry/1");
        w.bytes(NO_GOODS.code.as_bytes());
        w.bytes(NO_GOODS_RULE.as_bytes());
        Digest32(sha256(&[w.as_bytes()]))
    }

    fn classify(&self, event: &Event, claim: &Claim<'_>) -> Result<Plan, Refusal> {
        let subject = Subject::Event(event.id);
        let message = "the event is about goods";
        Err(Refusal::new(&NO_GOODS, subject, claim.place, message))
    }

    fn class_of(&self, _: &ObjectId) -> Option<ClassId> {
        None
    }

    fn order(&self, terms: &OrderTerms, _: &PartyId) -> Result<Vec<Need>, Refusal> {
        let subject = Subject::from(&terms.scope);
        let message = "the order is on goods or on a party of another chain";
        Err(Refusal::new(&NO_GOODS, subject, "/order/scope", message))
    }

    fn tell(&self, refusal: &mut Refusal) {
        let told = speech::tell(refusal, &speech::nameless);
        refusal.message = told.message;
        refusal.remedy = told.remedy;
    }

    fn describe(&self, code: Code) -> Option<&'static str> {
        crate::catalog::describe(code)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use pangolin_ledger::{
        id::{EventId, TimeMs},
        tx::{Action, DataClass, EventKind, OrderKind, OrderScope},
    };

    use super::*;
    use crate::member;

    #[test]
    fn neither_goods_nor_orders() {
        let issuer = PartyId::new("urn:x:officer").unwrap();
        let place = "/events/0";
        let claim = Claim {
            issuer: &issuer,
            class: DataClass::Transaction,
            place,
        };
        for kind in [EventKind::Object, EventKind::Transformation] {
            let event = Event::new(
                EventId([1; 32]),
                kind,
                Action::Add,
                TimeMs(0),
                Code(5),
                Digest32([0; 32]),
            );
            let mut refusal = Registry.classify(&event, &claim).unwrap_err();
            assert_eq!((refusal.code, &*refusal.place), ("no-goods-here", place));
            refusal.said.profile = Some(RULES);
            Registry.tell(&mut refusal);
            assert!(refusal.message.contains("records chains"), "{refusal}");
            assert!(refusal.remedy.contains("node of the chain"), "{refusal}");
        }
        let terms = OrderTerms {
            kind: OrderKind::Hold,
            scope: OrderScope::Party(issuer.clone()),
            reason: Code(0),
            legal_basis: "x".into(),
            expires: None,
            officers: 1,
            document: None,
        };
        assert_eq!(
            Registry.order(&terms, &issuer).map_err(|r| r.code),
            Err("no-goods-here")
        );
        assert_eq!(rule("unknown-party").map(|(text, _)| text), Some(""));
        assert_eq!(rule("no-such-code"), None);
    }

    #[test]
    fn members_have_the_roles_of_every_chain() {
        let officer = Member {
            name: "Officer".into(),
            id: "urn:x:officer".into(),
            roles: vec![Role::GOVERNOR, Role::REGISTRAR, Role::GOVERNOR],
            ..Member::default()
        };
        let make = |member: Member| {
            let chain = pangolin_ledger::id::ChainId([0; 32]);
            let (params, profiles) = ((INDUSTRY.params)(), vec![RULES]);
            member::genesis(&INDUSTRY, chain, TimeMs(0), params, profiles, &[member])
        };
        let genesis = make(officer.clone()).unwrap();
        let roles: BTreeSet<Role> = genesis.parties[0].roles.iter().map(|(r, _)| *r).collect();
        assert_eq!(roles, BTreeSet::from([Role::GOVERNOR, Role::REGISTRAR]));
        assert_eq!(genesis.parties[0].roles.len(), 2);
        let maker = Member {
            prefixes: vec!["030001".into()],
            ..officer
        };
        assert_eq!(make(maker).unwrap_err().code(), "not-a-labeler");
        assert_eq!(
            (parse("governor"), parse("manufacturer")),
            (Some(Role::GOVERNOR), None)
        );
    }
}
