//! K2, authority: who may sign, and who may act.
//!
//! * A key belongs to one party. It signs from the first moment of its period until the last or its revocation, judged by
//!   the time of the block that first contains the transaction.
//! * An owner key of the issuer may sign everything; an agent key, or a key of a party the issuer delegated to, only
//!   statements about goods, and only acts that need one of the roles it is limited to (if it is limited).
//! * A suspended party neither sends nor acts from the moment of the suspension on.
//! * A role is judged at the time of the event, of the block, or both, as the profile says. A revoked role and a role
//!   that was never held are told apart.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    id::{PartyId, PublicKey, Role, Scope, TimeMs},
    machine::{Overlay, act::Moment, halt::Halt},
    profile::{Need, When, Who},
    report::{Message, Part, Subject, reasons},
    say,
    state::{Delegation, Key, KeyRecord, KeyUse, Licence, Party, keys},
};

/// What the signer of a transaction may do for its issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Signer {
    /// Everything the issuer may.
    Owner,
    /// Statements about goods that need one of these roles; empty: all statements about goods.
    Agent(BTreeSet<Role>),
}

/// Loads a party that is admitted and not suspended at `now`.
pub(crate) fn party(
    o: &Overlay,
    party: &PartyId,
    now: TimeMs,
    place: &str,
) -> Result<Arc<Party>, Halt> {
    party_under(o, keys::party(party), party, now, place)
}

/// The same, with the key of the party's record at hand.
pub(crate) fn party_under(
    o: &Overlay,
    key: Key,
    party: &PartyId,
    now: TimeMs,
    place: &str,
) -> Result<Arc<Party>, Halt> {
    let subject = || Subject::Party(party.clone());
    let Some(record) = o.look::<Party>(&key)? else {
        let message = say![party, " is not admitted to this chain"];
        return Err(Halt::refuse(
            &reasons::UNKNOWN_PARTY,
            subject(),
            place,
            message,
        ));
    };
    match record.suspended {
        Some(from) if from <= now => {
            let message = say![party, " is suspended since ", from];
            Err(Halt::refuse(
                &reasons::PARTY_SUSPENDED,
                subject(),
                place,
                message,
            ))
        }
        _ => Ok(record),
    }
}

/// Finds out what `key` may sign for `issuer` at `now`.
pub(crate) fn signer(
    o: &Overlay,
    under: Key,
    issuer: &PartyId,
    key: &PublicKey,
    now: TimeMs,
) -> Result<Signer, Halt> {
    let subject = || Subject::Key(*key);
    let Some(record) = o.look::<KeyRecord>(&under)? else {
        return Err(Halt::refuse(
            &reasons::UNKNOWN_KEY,
            subject(),
            "/key",
            "the key is not registered",
        ));
    };
    if !record.period.covers(now) {
        let message = say!["the key is not in force at ", now];
        return Err(Halt::refuse(
            &reasons::KEY_NOT_VALID,
            subject(),
            "/key",
            message,
        ));
    }
    let own = match &record.usage {
        KeyUse::Owner => Signer::Owner,
        KeyUse::Agent(roles) => Signer::Agent(roles.clone()),
    };
    if record.party == *issuer {
        return Ok(own);
    }
    party(o, &record.party, now, "/key")?;
    let delegation: Option<Delegation> = o.get(&keys::delegation(issuer, &record.party))?;
    let Some(delegation) = delegation.filter(|delegation| delegation.covers(now)) else {
        let message = say![
            "the key belongs to ",
            &record.party,
            ", which does not act for ",
            issuer,
        ];
        return Err(Halt::refuse(
            &reasons::KEY_NOT_OF_PARTY,
            subject(),
            "/key",
            message,
        ));
    };
    Ok(Signer::Agent(match own {
        Signer::Owner => delegation.roles,
        Signer::Agent(roles) if roles.is_empty() => delegation.roles,
        Signer::Agent(roles) if delegation.roles.is_empty() => roles,
        // Limited twice: only what both allow. An empty intersection allows nothing, which no set can say.
        Signer::Agent(roles) => {
            let both: BTreeSet<Role> = roles.intersection(&delegation.roles).copied().collect();
            if both.is_empty() {
                let message = "the limits of the key and of the delegation have no role in common";
                return Err(Halt::refuse(
                    &reasons::KEY_NOT_ENTITLED,
                    subject(),
                    "/key",
                    message,
                ));
            }
            both
        }
    }))
}

/// Refuses everything but an owner key of the issuer itself: orders and governance are not delegated.
pub(crate) fn owner_only(signer: &Signer, key: &PublicKey) -> Result<(), Halt> {
    match signer {
        Signer::Owner => Ok(()),
        Signer::Agent(_) => {
            let message = "orders and governance are signed with a key of the party itself";
            Err(Halt::refuse(
                &reasons::KEY_NOT_ENTITLED,
                Subject::Key(*key),
                "/key",
                message,
            ))
        }
    }
}

/// The keys that [`needs`] will read.
pub(crate) fn need_keys<'a>(
    needs: &'a [Need],
    issuer: &'a PartyId,
) -> impl Iterator<Item = Key> + 'a {
    needs.iter().flat_map(move |need| {
        let party = subject(need, issuer);
        need.any_of
            .iter()
            .map(move |(role, scope)| keys::licence(party, *role, scope))
    })
}

fn subject<'a>(need: &'a Need, issuer: &'a PartyId) -> &'a PartyId {
    match &need.who {
        Who::Issuer => issuer,
        Who::Party(party) => party,
    }
}

/// Judges the needs of an act at `time` by `issuer`, signed by `signer` (`None`: judged when it arrived).
pub(crate) fn needs(
    o: &Overlay,
    needs: &[Need],
    issuer: &PartyId,
    signer: Option<(&Signer, &PublicKey)>,
    time: TimeMs,
    moment: Moment,
    place: &str,
) -> Result<(), Halt> {
    let result = judge(o, needs, issuer, signer, time, moment, place);
    match result {
        // One is missing: ask for all of them at once.
        Err(Halt::Need(_)) => {
            let wanted: Vec<Key> = need_keys(needs, issuer).collect();
            Err(Halt::Need(o.unknown(&wanted)))
        }
        result => result,
    }
}

fn judge(
    o: &Overlay,
    needs: &[Need],
    issuer: &PartyId,
    signer: Option<(&Signer, &PublicKey)>,
    time: TimeMs,
    moment: Moment,
    place: &str,
) -> Result<(), Halt> {
    let mut entitled = false;
    for need in needs {
        let who = subject(need, issuer);
        let moments = match need.when {
            When::Event => [time, time],
            When::Block => [moment.arrived, moment.arrived],
            When::Both => [time, moment.arrived],
        };
        let role = held(o, who, &need.any_of, moments, place)?;
        entitled |= need.who == Who::Issuer
            && signer.is_some_and(
                |(signer, _)| matches!(signer, Signer::Agent(roles) if roles.contains(&role)),
            );
    }
    match signer {
        Some((Signer::Agent(roles), key)) if !roles.is_empty() && !entitled => {
            let message = "the key may not be used for this act";
            Err(Halt::refuse(
                &reasons::KEY_NOT_ENTITLED,
                Subject::Key(*key),
                place,
                message,
            ))
        }
        _ => Ok(()),
    }
}

/// The first of `roles` that `party` holds at both moments.
fn held(
    o: &Overlay,
    party: &PartyId,
    roles: &[(Role, Scope)],
    moments: [TimeMs; 2],
    place: &str,
) -> Result<Role, Halt> {
    let mut revoked = None;
    for (role, scope) in roles {
        let key = keys::licence(party, *role, scope);
        let Some(licence) = o.look::<Licence>(&key)? else {
            continue;
        };
        if moments.iter().all(|at| licence.covers(*at)) {
            return Ok(*role);
        }
        if moments.iter().any(|at| licence.revoked_by(*at)) {
            revoked = Some(*role);
        }
    }
    let wanted = roles.first().map_or(Role(0), |(role, _)| *role);
    let (reason, role, word) = match revoked {
        Some(role) => (&reasons::ROLE_REVOKED, role, " has lost "),
        None => (&reasons::ROLE_MISSING, wanted, " does not have "),
    };
    let mut parts: Vec<Part> = vec![party.into(), word.into()];
    parts.extend(alternatives(role, roles));
    let [first, second] = moments;
    parts.extend([" at ".into(), first.into()]);
    if first != second {
        parts.extend([" and at ".into(), second.into()]);
    }
    let message = Message::new(parts);
    Err(Halt::refuse(
        reason,
        Subject::Role(party.clone(), role),
        place,
        message,
    ))
}

/// The roles that would have done: each once, with the narrowest of their limits.
fn alternatives(missing: Role, roles: &[(Role, Scope)]) -> Vec<Part> {
    let others: BTreeSet<Role> = roles.iter().map(|(role, _)| *role).collect();
    let mut parts = vec![missing.into()];
    for role in others.into_iter().filter(|role| *role != missing) {
        parts.extend([" or ".into(), role.into()]);
    }
    // The longest scope says most: one thing rather than a range of them.
    let limited = roles.iter().map(|(_, scope)| scope);
    let narrowest = limited.max_by_key(|scope| scope.as_bytes().len());
    if let Some(scope) = narrowest.filter(|scope| **scope != Scope::all()) {
        parts.extend([" for ".into(), scope.into()]);
    }
    parts
}
