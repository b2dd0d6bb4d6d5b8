//! Governance: members, keys, licences, rules, limits, foreign chains.
//!
//! * A party manages its own keys and delegations alone.
//! * Admission and suspension of parties, their keys, licences and quotas need [`Role::REGISTRAR`]; rules, limits, foreign
//!   chains and the reserved roles need [`Role::GOVERNOR`].
//! * A change is in force when as many *different parties* as the parameters ask for have sent the same action. Until then
//!   it is a proposal that collects signatures for a limited time.
//! * A threshold of governors is raised by as many as it will be, and rules are not retired while no others are in force: either
//!   would leave a chain that nobody can govern.
//! * Nothing is deleted: keys, licences and delegations keep their periods and are revoked, parties are suspended.

mod enact;
mod registry;
mod source;

use crate::{
    codec::Wire as _,
    hash::{PROPOSAL_DOMAIN, sha256},
    id::{Digest32, Role},
    kernel::k02_authority,
    machine::{BlockContext, Machine, Overlay, admit::Admitted, halt::Halt},
    profile::{Need, When},
    report::{Effect, Receipt, Subject, reasons},
    state::{Proposal, keys},
    tx::{GovernanceAction as Action, GovernanceBody, SignedTransaction},
};

pub(super) use enact::check_params;

const PLACE: &str = "/governance/action";

/// Executes a governance transaction.
pub(super) fn execute(
    machine: &Machine,
    block: &BlockContext,
    tx: &SignedTransaction,
    body: &GovernanceBody,
    admitted: &Admitted<'_>,
    o: &mut Overlay,
) -> Result<Receipt, Halt> {
    k02_authority::owner_only(&admitted.signer, &tx.tx().key)?;
    let action = &body.action;
    let issuer = &tx.tx().issuer;
    let mut effects = Vec::new();
    let enough = match authority(action, issuer) {
        None => true,
        Some(role) => {
            let needs = [Need::role(role).at(When::Block)];
            k02_authority::needs(o, &needs, issuer, None, block.time, admitted.moment, PLACE)?;
            let needed = match action {
                // as many as will be needed must be there to say so: a threshold that nobody reaches could never be lowered
                Action::SetParams(params) => admitted.params.governors.max(params.governors),
                _ if role == Role::GOVERNOR => admitted.params.governors,
                _ => admitted.params.registrars,
            };
            collect(block, tx, action, needed, admitted, o, &mut effects)?
        }
    };
    if enough {
        effects.extend(enact::enact(machine, block, action, o)?);
    }
    Ok(Receipt {
        tx: tx.id(),
        events: Vec::new(),
        effects,
    })
}

/// The role an action needs; `None` if it is the issuer's own affair.
fn authority(action: &Action, issuer: &crate::id::PartyId) -> Option<Role> {
    match action {
        Action::AddKey { party, .. } | Action::RevokeKey { party, .. } if party == issuer => None,
        Action::Delegate { principal, .. } | Action::RevokeDelegation { principal, .. }
            if principal == issuer =>
        {
            None
        }
        Action::Grant { role, .. } | Action::Revoke { role, .. }
            if role.0 >= Role::FIRST_RESERVED =>
        {
            Some(Role::GOVERNOR)
        }
        Action::AddParty { .. }
        | Action::SuspendParty { .. }
        | Action::ResumeParty { .. }
        | Action::AddKey { .. }
        | Action::RevokeKey { .. }
        | Action::Grant { .. }
        | Action::Revoke { .. }
        | Action::Delegate { .. }
        | Action::RevokeDelegation { .. }
        | Action::SetQuota { .. } => Some(Role::REGISTRAR),
        Action::ActivateProfile { .. }
        | Action::RetireProfile { .. }
        | Action::SetParams(_)
        | Action::RegisterChain { .. }
        | Action::SuspendChain { .. }
        | Action::ResumeChain { .. }
        | Action::AllowMaker { .. }
        | Action::SetValidators { .. }
        | Action::RecordChain { .. }
        | Action::AmendChain { .. }
        | Action::MarkChain { .. }
        | Action::FollowRegistry { .. }
        | Action::LeaveRegistry { .. }
        | Action::EntrustChain { .. }
        | Action::RegisterSource { .. }
        | Action::SuspendSource { .. }
        | Action::ResumeSource { .. } => Some(Role::GOVERNOR),
    }
}

/// Adds the issuer's signature to a proposal; returns whether there are enough.
fn collect(
    block: &BlockContext,
    tx: &SignedTransaction,
    action: &Action,
    needed: u8,
    admitted: &Admitted<'_>,
    o: &mut Overlay,
    effects: &mut Vec<Effect>,
) -> Result<bool, Halt> {
    let digest = digest(action);
    let key = keys::proposal(&digest);
    let now = block.time;
    let open = o.get::<Proposal>(&key)?.filter(|open| now < open.expires);
    let expires = now.plus(admitted.params.proposal_ms);
    let mut open = open.unwrap_or(Proposal {
        parties: [].into(),
        expires,
    });
    if !open.parties.insert(tx.tx().issuer.clone()) {
        let message = "this party has signed";
        let subject = Subject::Party(tx.tx().issuer.clone());
        return Err(Halt::refuse(
            &reasons::ORDER_SIGNED,
            subject,
            PLACE,
            message,
        ));
    }
    let signed = u8::try_from(open.parties.len()).unwrap_or(u8::MAX);
    if signed >= needed {
        if o.has(&key)? {
            o.remove(key);
        }
        effects.push(Effect::Enacted(digest));
        return Ok(true);
    }
    o.put(key, &open);
    effects.push(Effect::Proposed {
        action: digest,
        signed,
        needed,
    });
    Ok(false)
}

/// What others sign when they sign the same action.
pub(super) fn digest(action: &Action) -> Digest32 {
    Digest32(sha256(&[PROPOSAL_DOMAIN, &action.to_bytes()]))
}
