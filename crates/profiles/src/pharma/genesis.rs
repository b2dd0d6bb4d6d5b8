//! What a chain of the trade begins with: its members with their licences.

use pangolin_ledger::{
    id::{ChainId, ProfileRef, Role, Scope, TimeMs},
    machine::Genesis,
    state::Params,
};

use super::role;
use crate::member::{self, Claims, Member, MemberError};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// Records are kept for six years (FD&C Act §582(b)(1)(A)(iv)); what is older by a year of grace is no longer reported.
const PAST_MS: u64 = 7 * 366 * DAY_MS;
/// How far the clock of a sender may be ahead.
const FUTURE_MS: u64 = 15 * 60 * 1_000;
/// How long an event waits for the commissioning of its packs.
const PARK_MS: u64 = 10 * DAY_MS;

/// Parameters for a chain of the trade; everything else as the ledger's default.
pub fn params() -> Params {
    Params {
        park_ms: PARK_MS,
        future_ms: FUTURE_MS,
        past_ms: PAST_MS,
        ..Params::default()
    }
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
    member::genesis(&super::INDUSTRY, chain, time, params, profiles, members)
}

/// The licences of a member: each role that it has, that of a trading partner with any of the trade, and that of a labeler for what
/// it labels.
pub(super) fn licences(
    member: &Member,
    claims: &mut Claims,
) -> Result<Vec<(Role, Scope)>, MemberError> {
    let name = || member.name.clone();
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
    let makes = member
        .roles
        .iter()
        .any(|role| [role::MANUFACTURER, role::REPACKAGER].contains(role));
    if !makes {
        member.labels_nothing()?;
    }
    for prefix in &member.prefixes {
        claims.prefix(member, prefix)?;
        if let Some(scope) = role::prefix_scope(prefix) {
            grant(role::LABELER, scope);
        }
    }
    for text in &member.gtins {
        let gtin = claims.gtin(member, text)?;
        if let Some(scope) = role::gtin_scope(&gtin) {
            grant(role::LABELER, scope);
        }
    }
    Ok(roles)
}
