//! What a chain of the trade begins with: its members with their licences.

use std::collections::BTreeMap;

use pangolin_gs1::{
    Key, PrefixTable, PrefixTableError,
    id::{Gln, Gtin},
};
use pangolin_ledger::{
    id::{ChainId, PartyId, ProfileRef, PublicKey, Role, Scope, TimeMs},
    machine::{Genesis, GenesisParty},
    state::{KeyUse, Params},
};
use thiserror::Error;

use super::role;
use crate::capture::id;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// Records are kept for six years (FD&C Act §582(b)(1)(A)(iv)); what is older by a year of grace is no longer reported.
const PAST_MS: u64 = 7 * 366 * DAY_MS;
/// How far the clock of a sender may be ahead.
const FUTURE_MS: u64 = 15 * 60 * 1_000;
/// How long an event waits for the commissioning of its packs.
const PARK_MS: u64 = 10 * DAY_MS;

/// A member of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its GLN (13 digits), or any URI that names it (at most 64 bytes).
    pub id: String,
    /// Its roles. Who has a trading role becomes an authorised trading partner.
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
    /// Prefixes and GTINs belong to manufacturers and repackagers.
    #[error("member {name:?} labels products but is neither manufacturer nor repackager")]
    NotALabeler {
        /// The member.
        name: String,
    },
    /// [`role::LABELER`] always has a scope.
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

/// Parameters for a chain of the trade; everything else as the ledger's default.
pub fn params() -> Params {
    Params {
        park_ms: PARK_MS,
        future_ms: FUTURE_MS,
        past_ms: PAST_MS,
        ..Params::default()
    }
}

/// The party that a GLN or URI names.
pub fn party_id(text: &str) -> Option<PartyId> {
    if let Ok(gln) = Gln::new(text) {
        return id::party_of_gln(&gln).ok();
    }
    id::party(&Key::parse(text).ok()?).ok()
}

/// The genesis document of a chain with these members.
///
/// ```
/// use pangolin_ledger::id::{ChainId, PublicKey, Role, TimeMs};
/// use pangolin_ledger::{machine::Machine, state::KeyUse};
/// use pangolin_profiles::pharma::{self, Member, Pharma, role};
/// use std::sync::Arc;
///
/// let maker = Member {
///     name: "GS1 Pharma".into(),
///     id: "0300011111116".into(),
///     roles: vec![role::MANUFACTURER],
///     prefixes: vec!["030001".into()],
///     keys: vec![(PublicKey([1; 32]), KeyUse::Owner)],
///     ..Member::default()
/// };
/// let registrar = Member { name: "Registrar".into(), id: "urn:x:registrar".into(),
///     roles: vec![Role::GOVERNOR, Role::REGISTRAR, Role::AUTHORITY], ..Member::default() };
/// let genesis = pharma::genesis(
///     ChainId([9; 32]), TimeMs(0), pharma::params(), vec![pharma::STRICT], &[maker, registrar],
/// ).unwrap();
/// assert!(Machine::new(vec![Arc::new(Pharma::strict())]).genesis(&genesis).is_ok());
/// ```
pub fn genesis(
    chain: ChainId,
    time: TimeMs,
    params: Params,
    profiles: Vec<ProfileRef>,
    members: &[Member],
) -> Result<Genesis, MemberError> {
    let mut prefixes = PrefixTable::new();
    let mut claimed = BTreeMap::new();
    let mut parties = Vec::with_capacity(members.len());
    for member in members {
        parties.push(party(member, &mut prefixes, &mut claimed)?);
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

fn party(
    member: &Member,
    prefixes: &mut PrefixTable,
    claimed: &mut BTreeMap<String, String>,
) -> Result<GenesisParty, MemberError> {
    let name = || member.name.clone();
    let id = party_id(&member.id).ok_or_else(|| MemberError::Id {
        name: name(),
        id: member.id.clone(),
    })?;
    let mut roles: Vec<(Role, Scope)> = Vec::new();
    let mut grant = |role: Role, scope: Scope| {
        if !roles.contains(&(role, scope.clone())) {
            roles.push((role, scope));
        }
    };
    for role in &member.roles {
        if *role == role::LABELER {
            return Err(MemberError::Unlimited { name: name() });
        }
        if role::TRADING.contains(role) {
            grant(role::TRADING_PARTNER, Scope::all());
        }
        grant(*role, Scope::all());
    }
    let labels = !member.prefixes.is_empty() || !member.gtins.is_empty();
    let makes = member
        .roles
        .iter()
        .any(|role| [role::MANUFACTURER, role::REPACKAGER].contains(role));
    if labels && !makes {
        return Err(MemberError::NotALabeler { name: name() });
    }
    let mut claim = |scope: &str| match claimed.insert(scope.to_owned(), name()) {
        Some(first) if first != member.name => Err(MemberError::Contested {
            scope: scope.to_owned(),
            first,
            second: name(),
        }),
        _ => Ok(()),
    };
    for prefix in &member.prefixes {
        prefixes
            .insert(prefix)
            .map_err(|source| MemberError::Prefix {
                name: name(),
                source,
            })?;
        claim(prefix)?;
        if let Some(scope) = role::prefix_scope(prefix) {
            grant(role::LABELER, scope);
        }
    }
    for text in &member.gtins {
        let gtin = Gtin::new(text).map_err(|_| MemberError::Gtin {
            name: name(),
            gtin: text.clone(),
        })?;
        claim(gtin.as_str())?;
        if let Some(scope) = role::gtin_scope(&gtin) {
            grant(role::LABELER, scope);
        }
    }
    Ok(GenesisParty {
        id,
        name: name(),
        keys: member.keys.clone(),
        roles,
    })
}
