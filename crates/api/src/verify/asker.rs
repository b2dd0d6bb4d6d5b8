//! Whose questions about packs are counted together.
//!
//! **Invariant**: whoever proves who it is, is counted for its own party alone; what strangers do, also in its name and from its
//! address, does not count for it. Strangers are counted by their address, and never by a name that they write.

use std::net::{IpAddr, Ipv6Addr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{StatusCode, request::Parts},
};
use pangolin_ledger::id::PartyId;

use super::guess::{Allowed, TOO_FAST_REMEDY, TOO_MANY_REMEDY};
use crate::{
    app::App,
    auth::{Caller, Peer, Who},
    authorise::Act,
    problem::{Exception, Problem},
};

/// Whose questions are counted together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asker {
    /// An authority of the chain, this node's operator, or a relay that it lists: it may read everything, so it has nothing to guess, and
    /// is not counted.
    Entrusted,
    /// A party that proved who it is.
    Party(PartyId),
    /// Somebody who did not, at this address; `None` where the address is not known.
    Stranger(Option<IpAddr>),
}

impl Asker {
    /// Whoever sends a request from an address; `carries`: whether it may read the raw state of this node.
    pub fn new(caller: Option<&Caller>, carries: bool, address: Option<IpAddr>) -> Self {
        let Some(caller) = caller else {
            return Self::Stranger(address.map(network));
        };
        let standing = caller.standing.as_deref();
        if carries || standing.is_some_and(crate::registry::Standing::is_authority) {
            Self::Entrusted
        } else {
            Self::Party(caller.party.clone())
        }
    }

    /// What the count goes by.
    pub const fn place(&self) -> &'static str {
        match self {
            Self::Entrusted | Self::Party(_) => "credentials",
            Self::Stranger(_) => "address",
        }
    }

    /// Counts a question that is answered with a problem if it is refused.
    pub fn ask(&self, app: &App) -> Result<(), Problem> {
        self.goes_on(app.guesses().request(self, app.now_ms()))
    }

    /// Whether what was looked up may be told, with a problem if not; a guess that failed is counted first.
    pub fn tell(&self, app: &App, known: bool) -> Result<(), Problem> {
        self.goes_on(app.guesses().tell(self, known, app.now_ms()))
    }

    fn goes_on(&self, allowed: Allowed) -> Result<(), Problem> {
        match allowed {
            Allowed::Yes => Ok(()),
            Allowed::Guessing => Err(Problem::new(
                StatusCode::FORBIDDEN,
                Exception::Security,
                "too-many-guesses",
                "too many questions were about things that are not on this chain",
            )
            .at(self.place())
            .remedy(TOO_MANY_REMEDY)),
            Allowed::TooFast => Err(Problem::busy(
                "too-many-requests",
                "more questions a second than this node answers one asker",
                1,
            )
            .at(self.place())
            .remedy(TOO_FAST_REMEDY)),
        }
    }
}

/// What belongs to one subscriber: of version 6 a network of 64 bits, of which anybody has all addresses.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let subnet = v6.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(subnet))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

impl FromRequestParts<App> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Who(caller) = Who::from_request_parts(parts, app).await?;
        let carries = app.rules().decide(caller.as_ref(), Act::Carry).is_ok();
        let peer = parts.extensions.get::<ConnectInfo<Peer>>();
        Ok(Self::new(
            caller.as_ref(),
            carries,
            peer.map(|peer| peer.0.ip),
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, sync::Arc};

    use pangolin_ledger::id::Role;

    use super::*;
    use crate::{auth::Means, registry::Standing};

    #[test]
    fn addresses_of_one_subscriber_count_together() {
        let stranger = |text: &str| Asker::new(None, false, Some(text.parse().unwrap()));
        assert_eq!(stranger("2001:db8:1:2::1"), stranger("2001:db8:1:2:ff::9"));
        assert_ne!(stranger("2001:db8:1:2::1"), stranger("2001:db8:1:3::1"));
        assert_eq!(stranger("::ffff:192.0.2.7"), stranger("192.0.2.7"));
        assert_ne!(stranger("192.0.2.8"), stranger("192.0.2.7"));
    }

    #[test]
    fn whoever_proves_who_it_is_counts_for_itself() {
        let asker = |roles: &[Role], suspended, carries| {
            let caller = Caller {
                party: PartyId::new("a").unwrap(),
                means: Means::Signature,
                abroad: None,
                standing: Some(Arc::new(Standing {
                    name: "A".into(),
                    suspended,
                    roles: roles.to_vec(),
                })),
                acts_for: BTreeSet::new(),
            };
            Asker::new(Some(&caller), carries, Some("192.0.2.7".parse().unwrap()))
        };
        let party = Asker::Party(PartyId::new("a").unwrap());
        assert_eq!(asker(&[], false, false), party);
        assert_eq!(asker(&[], false, true), Asker::Entrusted, "a relay");
        assert_eq!(asker(&[Role::AUTHORITY], false, false), Asker::Entrusted);
        assert_eq!(asker(&[Role::AUTHORITY], true, false), party, "suspended");
    }
}
