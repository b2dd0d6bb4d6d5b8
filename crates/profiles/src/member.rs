//! Members of a chain with their licences: what a chain of any industry begins with.

use std::collections::BTreeMap;

use pangolin_gs1::{
    Key, PrefixTable, PrefixTableError,
    id::{Gln, Gtin},
};
use pangolin_ledger::{
    id::{ChainId, PartyId, ProfileRef, PublicKey, Role, TimeMs},
    machine::{Genesis, GenesisParty},
    state::{KeyUse, Params},
};
use thiserror::Error;

use crate::{capture::id, catalog::Industry};

/// Names of the roles that every chain has.
pub const RESERVED: &[(Role, &str)] = &[
    (Role::AUTHORITY, "authority"),
    (Role::REGISTRAR, "registrar"),
    (Role::GOVERNOR, "governor"),
];

/// A member of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its GLN (13 digits), or any URI that names it (at most 64 bytes).
    pub id: String,
    /// Its roles. Who has a role of the trade becomes one of the trade.
    pub roles: Vec<Role>,
    /// GS1 company prefixes under which it labels products (6 to 12 digits).
    pub prefixes: Vec<String>,
    /// Single GTINs that it labels under prefixes of others.
    pub gtins: Vec<String>,
    /// Its keys.
    pub keys: Vec<(PublicKey, KeyUse)>,
}

/// A member is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MemberError {
    /// The identifier is neither a GLN nor a URI.
    #[error(
        "{id:?} of member {name:?} is neither a GLN of 13 digits nor a URI of at most 64 bytes"
    )]
    Id {
        /// The member.
        name: String,
        /// What was given.
        id: String,
    },
    /// A company prefix is malformed, or starts like one of another member.
    #[error("company prefix of member {name:?}")]
    Prefix {
        /// The member.
        name: String,
        /// Why.
        #[source]
        source: PrefixTableError,
    },
    /// Two members label under one prefix or GTIN.
    #[error("{scope} is stated for {first:?} and for {second:?}")]
    Contested {
        /// Prefix or GTIN.
        scope: String,
        /// One member.
        first: String,
        /// The other.
        second: String,
    },
    /// A GTIN is malformed.
    #[error("{gtin:?} of member {name:?} is no GTIN")]
    Gtin {
        /// The member.
        name: String,
        /// What was given.
        gtin: String,
    },
    /// Prefixes and GTINs belong to those who label products.
    #[error("member {name:?} labels products and has no role that makes products")]
    NotALabeler {
        /// The member.
        name: String,
    },
    /// A role that always has a scope is stated without one.
    #[error("member {name:?} has role labeler without a prefix")]
    Unlimited {
        /// The member.
        name: String,
    },
}

impl MemberError {
    /// Stable code, kebab-case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Id { .. } => "member-id",
            Self::Prefix { source, .. } => source.code(),
            Self::Contested { .. } => "prefix-contested",
            Self::Gtin { .. } => "member-gtin",
            Self::NotALabeler { .. } => "not-a-labeler",
            Self::Unlimited { .. } => "labeler-unlimited",
        }
    }
}

/// What the members so far label: nobody else does.
#[derive(Debug, Default)]
pub struct Claims {
    prefixes: PrefixTable,
    claimed: BTreeMap<String, String>,
}

impl Claims {
    /// The member labels under a company prefix.
    pub(crate) fn prefix(&mut self, member: &Member, prefix: &str) -> Result<(), MemberError> {
        self.prefixes
            .insert(prefix)
            .map_err(|source| MemberError::Prefix {
                name: member.name.clone(),
                source,
            })?;
        self.claim(member, prefix)
    }

    /// The member labels a trade item.
    pub(crate) fn gtin(&mut self, member: &Member, text: &str) -> Result<Gtin, MemberError> {
        let gtin = Gtin::new(text).map_err(|_| MemberError::Gtin {
            name: member.name.clone(),
            gtin: text.to_owned(),
        })?;
        self.claim(member, gtin.as_str())?;
        Ok(gtin)
    }

    fn claim(&mut self, member: &Member, scope: &str) -> Result<(), MemberError> {
        match self.claimed.insert(scope.to_owned(), member.name.clone()) {
            Some(first) if first != member.name => Err(MemberError::Contested {
                scope: scope.to_owned(),
                first,
                second: member.name.clone(),
            }),
            _ => Ok(()),
        }
    }
}

impl Member {
    /// Refuses prefixes and GTINs: nobody labels products in this industry.
    pub(crate) fn labels_nothing(&self) -> Result<(), MemberError> {
        if self.prefixes.is_empty() && self.gtins.is_empty() {
            return Ok(());
        }
        Err(MemberError::NotALabeler {
            name: self.name.clone(),
        })
    }
}

/// The party that a GLN or URI names.
pub fn party_id(text: &str) -> Option<PartyId> {
    if let Ok(gln) = Gln::new(text) {
        return id::party_of_gln(&gln).ok();
    }
    id::party(&Key::parse(text).ok()?).ok()
}

/// The genesis document of a chain of an industry with these members.
pub fn genesis(
    industry: &Industry,
    chain: ChainId,
    time: TimeMs,
    params: Params,
    profiles: Vec<ProfileRef>,
    members: &[Member],
) -> Result<Genesis, MemberError> {
    let mut claims = Claims::default();
    let mut parties = Vec::with_capacity(members.len());
    for member in members {
        let id = party_id(&member.id).ok_or_else(|| MemberError::Id {
            name: member.name.clone(),
            id: member.id.clone(),
        })?;
        parties.push(GenesisParty {
            id,
            name: member.name.clone(),
            keys: member.keys.clone(),
            roles: (industry.licences)(member, &mut claims)?,
        });
    }
    Ok(Genesis {
        chain,
        time,
        params,
        profiles,
        parties,
        chains: Vec::new(),
    })
}
