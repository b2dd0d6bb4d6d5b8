//! Who may do what: every decision of the interface, in one place.
//!
//! **Deny by default.** Whatever is not granted below is refused. Reading is open to everybody only in the areas that the
//! configuration lists; writing never is. What a party may read of events is limited to those it is a party of; authorities
//! read everything. The chain decides again, by its own rules, about everything that is written to it.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use pangolin_ledger::{
    id::PartyId,
    tx::{Body, Event, OrderKind, Transaction},
};
use pangolin_profiles::capture::attribute;
use serde::Deserialize;

use crate::{
    auth::Caller,
    own::{Right, Tally},
    problem::{Exception, Problem},
};

/// Areas of the interface that a configuration may open for reading to everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Area {
    /// The status page and the pages of single packs.
    Pages,
    /// Liveness, readiness, the status of the node.
    Health,
    /// The description of the interface, and discovery by `OPTIONS`.
    Discovery,
    /// Product verification; it has a rule of its own about requesters.
    Verify,
    /// Proofs.
    Proofs,
    /// Parties and their roles.
    Parties,
    /// Orders in force.
    Orders,
    /// Traces of single objects and whereabouts of lots.
    Trace,
    /// Receipts of transactions.
    Transactions,
    /// Counters and histograms.
    Metrics,
}

/// Areas open to everybody unless the configuration says otherwise.
pub const OPEN: [Area; 5] = [
    Area::Pages,
    Area::Health,
    Area::Discovery,
    Area::Verify,
    Area::Proofs,
];

/// What somebody wants to do.
#[derive(Debug, Clone, Copy)]
pub enum Act<'a> {
    /// Read in an area.
    Read(Area),
    /// Read events.
    ReadEvents,
    /// Capture documents for a party.
    Capture(&'a PartyId),
    /// See capture jobs of a party.
    ReadJobs(&'a PartyId),
    /// Send transactions that are signed already.
    Submit,
    /// Read what is carried to other chains: records of the state with their proofs, and which events wait.
    Carry,
}

/// How much somebody may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// Everything.
    Everything,
    /// What this party is a party of.
    Of(PartyId),
}

/// What somebody may read of what a proof may carry besides what it proves to everybody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entitled {
    /// Events; `None`: none.
    pub events: Option<Sight>,
    /// Orders.
    pub orders: bool,
    /// Parties and their roles.
    pub parties: bool,
}

impl Entitled {
    /// Whether it is nothing at all.
    pub const fn is_nothing(&self) -> bool {
        self.events.is_none() && !self.orders && !self.parties
    }

    /// Whether a transaction may be disclosed as a whole: every event in it, to a party of all of them.
    pub fn may_read(&self, transaction: &Transaction) -> bool {
        let of = |event: &Event| self.may_read_event(&transaction.issuer, event);
        match &transaction.body {
            _ if self.may_read_all_of(&transaction.issuer) => true,
            Body::Events(events) => events.iter().all(of),
            Body::Correction(correction) => of(&correction.event),
            Body::Order(_) => self.orders,
            Body::Governance(_) => self.parties,
            Body::Delivery(_) | Body::Validator(_) | Body::Report(_) => false,
        }
    }

    /// Whether an event that `issuer` stated may be disclosed: to it, and to whoever gives or gets by it.
    pub fn may_read_event(&self, issuer: &PartyId, event: &Event) -> bool {
        self.right(issuer, event).is_some()
    }

    /// By which right an event that `issuer` stated may be disclosed: `Some(None)` is the owner's own, `None` is none.
    pub fn right(&self, issuer: &PartyId, event: &Event) -> Option<Option<Right>> {
        match self.events.as_ref()? {
            Sight::Of(party) if party == issuer => Some(None),
            Sight::Of(party) => names(event, party).then_some(Some(Right::Party)),
            Sight::Everything => Some(Some(Right::Authority)),
        }
    }

    /// The events of others in a transaction that is disclosed as a whole.
    pub fn disclosed(&self, transaction: &Transaction) -> Tally {
        let mut tally = Tally::default();
        let events = match &transaction.body {
            Body::Events(events) => events.as_slice(),
            Body::Correction(correction) => std::slice::from_ref(&correction.event),
            _ => &[],
        };
        for event in events {
            if let Some(Some(right)) = self.right(&transaction.issuer, event) {
                tally.add(&transaction.issuer, right, event.id);
            }
        }
        tally
    }

    /// Whether everything that a party stated may be disclosed.
    fn may_read_all_of(&self, issuer: &PartyId) -> bool {
        match &self.events {
            Some(Sight::Everything) => true,
            Some(Sight::Of(party)) => party == issuer,
            None => false,
        }
    }

    /// Whether who issued an order in force, and why, may be disclosed. A recall is public (21 CFR 7.50); a hold may be
    /// part of an investigation.
    pub fn may_read_order(&self, kind: OrderKind) -> bool {
        self.orders || kind == OrderKind::Recall
    }
}

/// Whether an event names a party as one that gives or gets.
fn names(event: &Event, party: &PartyId) -> bool {
    const PARTIES: [pangolin_ledger::id::Code; 4] = [
        attribute::OWNER_FROM,
        attribute::OWNER_TO,
        attribute::HOLDER_FROM,
        attribute::HOLDER_TO,
    ];
    let stated = PARTIES.iter().filter_map(|code| event.attributes.get(code));
    event.source.as_ref() == Some(party)
        || event.destination.as_ref() == Some(party)
        || stated
            .into_iter()
            .any(|value| value.as_bytes() == party.as_bytes())
}

/// The configured part of the decisions.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Areas open to everybody.
    pub open: BTreeSet<Area>,
    /// Parties that operate this node.
    pub operators: BTreeSet<PartyId>,
    /// Parties that may carry messages between this chain and others by this node.
    pub relays: BTreeSet<PartyId>,
}

impl Rules {
    /// What somebody may read besides what is proven to everybody.
    pub fn entitled(&self, caller: Option<&Caller>) -> Entitled {
        Entitled {
            events: self.decide(caller, Act::ReadEvents).ok(),
            orders: self.decide(caller, Act::Read(Area::Orders)).is_ok(),
            parties: self.decide(caller, Act::Read(Area::Parties)).is_ok(),
        }
    }

    /// By which right somebody may read the contents of an event that `issuer` stated: `Some(None)` is the owner's own, `None` is none.
    pub fn right(&self, caller: &Caller, issuer: &PartyId, event: &Event) -> Option<Option<Right>> {
        let sight = self.decide(Some(caller), Act::ReadEvents).ok()?;
        if caller.may_act_for(issuer) {
            return Some(None);
        }
        if names(event, &caller.party) {
            return Some(Some(Right::Party));
        }
        (sight == Sight::Everything).then_some(Some(Right::Authority))
    }

    /// Decides. What may be seen is said by the answer.
    pub fn decide(&self, caller: Option<&Caller>, act: Act<'_>) -> Result<Sight, Problem> {
        if let Act::Read(area) = act
            && self.open.contains(&area)
        {
            return Ok(Sight::Everything);
        }
        let caller = caller.ok_or_else(unauthorised)?;
        let operator = self.operators.contains(&caller.party);
        let standing = caller
            .standing
            .as_deref()
            .filter(|standing| !standing.suspended);
        if standing.is_none() && !operator {
            return Err(forbidden(
                "party-not-admitted",
                "the party is not admitted to this chain, or is suspended",
            ));
        }
        let authority = standing.is_some_and(crate::registry::Standing::is_authority);
        let own = || Sight::Of(caller.party.clone());
        match act {
            Act::Read(Area::Metrics) if operator || authority => Ok(Sight::Everything),
            Act::Read(Area::Metrics) => Err(forbidden(
                "operators-only",
                "this is for operators of the node",
            )),
            Act::Carry if operator || self.relays.contains(&caller.party) => Ok(Sight::Everything),
            Act::Carry => Err(forbidden(
                "relays-only",
                "this is for operators of the node and for the relays that it lists",
            )),
            Act::Read(Area::Trace) | Act::ReadEvents if authority => Ok(Sight::Everything),
            Act::Read(Area::Trace) | Act::ReadEvents | Act::Submit if standing.is_some() => {
                Ok(own())
            }
            Act::Read(Area::Trace) | Act::ReadEvents => Err(forbidden(
                "not-a-member",
                "this is for members of the chain",
            )),
            Act::Read(_) => Ok(Sight::Everything),
            Act::ReadJobs(owner) if operator || *owner == caller.party => Ok(own()),
            Act::Capture(party) if standing.is_some() && caller.may_act_for(party) => Ok(own()),
            Act::ReadJobs(_) | Act::Capture(_) | Act::Submit => Err(forbidden(
                "not-your-party",
                "this is for another party, or for members of the chain",
            )),
        }
    }
}

/// Nobody is signed in.
pub fn unauthorised() -> Problem {
    let challenge = "Signature realm=\"pangolin\", Bearer realm=\"pangolin (development only)\"";
    Problem::new(
        StatusCode::UNAUTHORIZED,
        Exception::Security,
        "not-signed-in",
        "this needs a signed request or a client certificate",
    )
    .at("credentials")
    .header(axum::http::header::WWW_AUTHENTICATE, challenge)
    .remedy("sign the request with a key that is registered on the chain (RFC 9421, ed25519)")
}

/// Somebody is signed in and may not do this.
pub fn forbidden(code: &'static str, detail: &'static str) -> Problem {
    let remedy = match code {
        "party-not-admitted" => {
            "have the registrar of the chain admit the party, or lift its suspension"
        }
        "operators-only" => "ask the operator of the node",
        "relays-only" => {
            "run a node of your own, or have the operator list the party under relays in node.toml"
        }
        "not-your-party" => {
            "sign in as that party, or have the operator list it among those you act for"
        }
        _ => "sign in as a party that may; ask the operator of the node which one",
    };
    Problem::new(StatusCode::FORBIDDEN, Exception::Security, code, detail)
        .at("credentials")
        .remedy(remedy)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pangolin_ledger::id::Role;

    use super::*;
    use crate::{auth::Means, registry::Standing};

    fn party(name: &str) -> PartyId {
        PartyId::new(name).unwrap()
    }

    fn caller(name: &str, roles: &[Role], suspended: bool) -> Caller {
        let standing = Standing {
            name: name.into(),
            suspended,
            roles: roles.to_vec(),
        };
        Caller {
            party: party(name),
            means: Means::Token,
            abroad: None,
            standing: Some(Arc::new(standing)),
            acts_for: BTreeSet::new(),
        }
    }

    fn decide(caller: Option<&Caller>, act: Act<'_>) -> Result<Sight, u16> {
        let rules = Rules {
            open: OPEN.into(),
            operators: [party("op")].into(),
            relays: [party("carrier")].into(),
        };
        rules
            .decide(caller, act)
            .map_err(|problem| problem.status().as_u16())
    }

    #[test]
    fn strangers_read_open_areas_only() {
        assert_eq!(decide(None, Act::Read(Area::Proofs)), Ok(Sight::Everything));
        let own = party("a");
        for act in [
            Act::Read(Area::Trace),
            Act::Read(Area::Parties),
            Act::Read(Area::Metrics),
            Act::ReadEvents,
            Act::Capture(&own),
            Act::ReadJobs(&own),
            Act::Submit,
            Act::Carry,
        ] {
            assert_eq!(decide(None, act), Err(401), "{act:?}");
        }
    }

    #[test]
    fn only_operators_and_listed_relays_carry() {
        let decide = |name, admitted: bool| {
            let mut caller = caller(name, &[Role::AUTHORITY], false);
            caller.standing = caller.standing.filter(|_| admitted);
            decide(Some(&caller), Act::Carry)
        };
        assert_eq!(decide("carrier", true), Ok(Sight::Everything));
        assert_eq!(
            decide("carrier", false),
            Err(403),
            "it must be a party of the chain"
        );
        assert_eq!(decide("op", false), Ok(Sight::Everything));
        assert_eq!(decide("a", true), Err(403), "not even authorities");
    }

    #[test]
    fn parties_see_their_own_and_authorities_everything() {
        let (a, b) = (party("a"), party("b"));
        let member = caller("a", &[], false);
        assert_eq!(
            decide(Some(&member), Act::ReadEvents),
            Ok(Sight::Of(a.clone()))
        );
        assert_eq!(
            decide(Some(&member), Act::Capture(&a)),
            Ok(Sight::Of(a.clone()))
        );
        assert_eq!(decide(Some(&member), Act::Capture(&b)), Err(403));
        assert_eq!(decide(Some(&member), Act::ReadJobs(&b)), Err(403));
        assert_eq!(decide(Some(&member), Act::Read(Area::Metrics)), Err(403));
        let mut agent = member;
        agent.acts_for.insert(b.clone());
        assert_eq!(decide(Some(&agent), Act::Capture(&b)), Ok(Sight::Of(a)));
        let authority = caller("r", &[Role::AUTHORITY], false);
        assert_eq!(
            decide(Some(&authority), Act::ReadEvents),
            Ok(Sight::Everything)
        );
        assert_eq!(
            decide(Some(&authority), Act::Read(Area::Trace)),
            Ok(Sight::Everything)
        );
    }

    /// A transaction of `issuer` with one event from it to each of `to`.
    fn shipments(issuer: &str, to: &[&str]) -> Transaction {
        use pangolin_ledger::{
            ChainId, Height, PublicKey,
            id::{Code, Digest32, EventId, ProfileRef, TimeMs},
            tx::{Action, DataClass, EventKind},
        };
        let zero = Digest32([0; 32]);
        let shipment = |to: &&str| {
            let id = EventId([1; 32]);
            let mut event = Event::new(
                id,
                EventKind::Object,
                Action::Observe,
                TimeMs(0),
                Code(1),
                zero,
            );
            event.source = Some(party(issuer));
            event.destination = Some(party(to));
            event
        };
        Transaction {
            chain: ChainId([0; 32]),
            profile: ProfileRef { id: 1, version: 1 },
            class: DataClass::Transaction,
            issuer: party(issuer),
            key: PublicKey([0; 32]),
            valid_until: Height(9),
            body: Body::Events(to.iter().map(shipment).collect()),
        }
    }

    #[test]
    fn a_transaction_is_disclosed_to_a_party_of_every_event_in_it() {
        let rules = Rules {
            open: OPEN.into(),
            operators: [party("op")].into(),
            relays: [party("carrier")].into(),
        };
        let reads = |caller: Option<&Caller>, tx: &Transaction| rules.entitled(caller).may_read(tx);
        let (one, two) = (shipments("a", &["b"]), shipments("a", &["b", "c"]));
        let of = |name: &str, roles: &[Role]| caller(name, roles, false);
        for tx in [&one, &two] {
            assert!(reads(Some(&of("a", &[])), tx));
            assert!(reads(Some(&of("r", &[Role::AUTHORITY])), tx));
            assert!(!reads(None, tx));
            assert!(!reads(Some(&of("d", &[])), tx));
            assert!(!reads(Some(&caller("a", &[], true)), tx), "suspended");
        }
        assert!(reads(Some(&of("b", &[])), &one));
        assert!(!reads(Some(&of("b", &[])), &two), "one of them is of c");
        let Body::Events(each) = &two.body else {
            panic!("{two:?}")
        };
        let reads_one = |caller: Option<&Caller>, event: &Event| {
            rules.entitled(caller).may_read_event(&two.issuer, event)
        };
        let found = ["a", "b", "c", "d"].map(|name| {
            let caller = of(name, &[]);
            [0, 1].map(|at| reads_one(Some(&caller), &each[at]))
        });
        assert_eq!(
            found,
            [[true, true], [true, false], [false, true], [false, false]]
        );
        assert!(!reads_one(None, &each[0]));
        let mut operator = of("op", &[]);
        operator.standing = None;
        assert!(!reads(Some(&operator), &one));

        // what is stated of owners counts like source and destination
        let mut owned = shipments("a", &["c"]);
        if let Body::Events(events) = &mut owned.body {
            let value = pangolin_ledger::id::Value::new("b").unwrap();
            events[0].attributes.insert(attribute::OWNER_TO, value);
        }
        assert!(reads(Some(&of("b", &[])), &owned));

        let mut order = shipments("a", &[]);
        order.body = Body::Order(pangolin_ledger::tx::OrderBody::Approve {
            order: pangolin_ledger::id::OrderId([0; 32]),
        });
        assert!(reads(Some(&of("d", &[])), &order));
        assert!(!reads(None, &order));
        assert!(rules.entitled(None).may_read_order(OrderKind::Recall));
        assert!(!rules.entitled(None).may_read_order(OrderKind::Hold));
        let member = of("d", &[]);
        assert!(
            rules
                .entitled(Some(&member))
                .may_read_order(OrderKind::Hold)
        );
    }

    #[test]
    fn suspended_and_unknown_parties_do_nothing() {
        let suspended = caller("a", &[Role::AUTHORITY], true);
        let mut unknown = caller("a", &[], false);
        unknown.standing = None;
        for caller in [suspended, unknown] {
            let own = caller.party.clone();
            for act in [
                Act::ReadEvents,
                Act::Submit,
                Act::Capture(&own),
                Act::Read(Area::Orders),
            ] {
                assert_eq!(decide(Some(&caller), act), Err(403), "{act:?}");
            }
        }
    }

    #[test]
    fn operators_see_the_node_and_not_the_goods() {
        let mut operator = caller("op", &[], false);
        operator.standing = None;
        let other = party("a");
        assert_eq!(
            decide(Some(&operator), Act::Read(Area::Metrics)),
            Ok(Sight::Everything)
        );
        assert!(decide(Some(&operator), Act::ReadJobs(&other)).is_ok());
        assert_eq!(decide(Some(&operator), Act::ReadEvents), Err(403));
        assert_eq!(decide(Some(&operator), Act::Capture(&other)), Err(403));
    }
}
