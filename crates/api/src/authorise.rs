//! Who may do what: every decision of the interface, in one place.
//!
//! **Deny by default.** Whatever is not granted below is refused. Reading is open to everybody only in the areas that the
//! configuration lists; writing never is. What a party may read of events is limited to those it is a party of; authorities
//! read everything. The chain decides again, by its own rules, about everything that is written to it.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use pangolin_ledger::id::PartyId;
use serde::Deserialize;

use crate::{
    auth::Caller,
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
}

/// How much somebody may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// Everything.
    Everything,
    /// What this party is a party of.
    Of(PartyId),
}

/// The configured part of the decisions.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Areas open to everybody.
    pub open: BTreeSet<Area>,
    /// Parties that operate this node.
    pub operators: BTreeSet<PartyId>,
}

impl Rules {
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
            standing: Some(Arc::new(standing)),
            acts_for: BTreeSet::new(),
        }
    }

    fn decide(caller: Option<&Caller>, act: Act<'_>) -> Result<Sight, u16> {
        let rules = Rules {
            open: OPEN.into(),
            operators: [party("op")].into(),
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
        ] {
            assert_eq!(decide(None, act), Err(401), "{act:?}");
        }
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
