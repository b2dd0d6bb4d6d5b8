//! Putting a change in force.

use crate::{
    id::{ChainId, Height, PartyId, ProfileRef, TimeMs},
    kernel::k02_chains,
    limits::{MAX_APPROVALS, MAX_PERIODS, MAX_TX_BYTES, MAX_VALIDITY_BLOCKS},
    machine::{BlockContext, Machine, Overlay, cascade, halt::Halt, validators},
    report::{Effect, Message, Subject, reasons},
    state::{
        ChainRecord, Delegation, ForeignChain, Key, KeyRecord, Licence, Params, Party, Period,
        ProfileRecord, TxRecord, keys,
    },
    tx::GovernanceAction as Action,
};

use super::{PLACE, registry, source};

fn refuse(subject: Subject, message: impl Into<Message>) -> Halt {
    Halt::refuse(&reasons::GOVERNANCE, subject, PLACE, message)
}

/// Puts an action in force.
pub(super) fn enact(
    machine: &Machine,
    block: &BlockContext,
    action: &Action,
    o: &mut Overlay,
) -> Result<Option<Effect>, Halt> {
    let mut change = Change { block, o };
    match action {
        Action::AddParty { .. }
        | Action::SuspendParty { .. }
        | Action::ResumeParty { .. }
        | Action::SetQuota { .. } => change.party(action).map(Some),
        Action::AddKey { .. } | Action::RevokeKey { .. } => change.key(action).map(Some),
        Action::Grant { .. } | Action::Revoke { .. } => change.licence(action).map(Some),
        Action::Delegate { .. } | Action::RevokeDelegation { .. } => {
            change.delegation(action).map(Some)
        }
        Action::ActivateProfile { .. } | Action::RetireProfile { .. } => {
            change.profile(machine, action)
        }
        Action::SetParams(params) => change.params(params),
        Action::RegisterChain { .. }
        | Action::SuspendChain { .. }
        | Action::ResumeChain { .. }
        | Action::AllowMaker { .. } => change.foreign(action).map(Some),
        Action::SetValidators { validators } => {
            validators::want(block, validators, PLACE, o).map(|()| None)
        }
        Action::RecordChain { .. }
        | Action::AmendChain { .. }
        | Action::MarkChain { .. }
        | Action::FollowRegistry { .. }
        | Action::LeaveRegistry { .. }
        | Action::EntrustChain { .. } => registry::enact(block, action, o).map(Some),
        Action::RegisterSource { .. }
        | Action::SuspendSource { .. }
        | Action::ResumeSource { .. } => source::enact(block, action, o).map(Some),
    }
}

struct Change<'a> {
    block: &'a BlockContext,
    o: &'a mut Overlay,
}

impl Change<'_> {
    fn known_party(&self, party: &PartyId) -> Result<(Key, Party), Halt> {
        let key = keys::party(party);
        let record: Option<Party> = self.o.get(&key)?;
        record.map(|record| (key, record)).ok_or_else(|| {
            Halt::refuse(
                &reasons::UNKNOWN_PARTY,
                Subject::Party(party.clone()),
                PLACE,
                "it is not admitted",
            )
        })
    }

    fn period(
        &self,
        from: TimeMs,
        until: Option<TimeMs>,
        subject: Subject,
    ) -> Result<Period, Halt> {
        if until.is_some_and(|until| until <= from) {
            return Err(refuse(subject, "the period ends before it begins"));
        }
        Ok(Period {
            from,
            until,
            revoked: None,
            granted: self.block.height,
        })
    }

    fn party(&mut self, action: &Action) -> Result<Effect, Halt> {
        let party = match action {
            Action::AddParty { party, name } => {
                let key = keys::party(party);
                if self.o.has(&key)? {
                    return Err(refuse(
                        Subject::Party(party.clone()),
                        "the party is admitted already",
                    ));
                }
                let record = Party {
                    name: name.clone(),
                    admitted: self.block.height,
                    suspended: None,
                    quota: None,
                };
                self.o.put(key, &record);
                party
            }
            Action::SuspendParty { party, from } => {
                let (key, mut record) = self.known_party(party)?;
                record.suspended = Some(*from);
                self.o.put(key, &record);
                party
            }
            Action::ResumeParty { party } => {
                let (key, mut record) = self.known_party(party)?;
                if record.suspended.take().is_none() {
                    return Err(refuse(
                        Subject::Party(party.clone()),
                        "the party is not suspended",
                    ));
                }
                self.o.put(key, &record);
                party
            }
            Action::SetQuota { party, quota } => {
                let (key, mut record) = self.known_party(party)?;
                record.quota = *quota;
                self.o.put(key, &record);
                party
            }
            _ => return Err(Halt::Corrupt(keys::params())),
        };
        Ok(Effect::Membership {
            party: party.clone(),
            key: None,
        })
    }

    fn key(&mut self, action: &Action) -> Result<Effect, Halt> {
        let (party, public) = match action {
            Action::AddKey {
                party,
                key: public,
                usage,
                from,
                until,
            } => {
                self.known_party(party)?;
                let key = keys::party_key(public);
                if self.o.has(&key)? {
                    return Err(refuse(
                        Subject::Key(*public),
                        "the key is registered already",
                    ));
                }
                let period = self.period(*from, *until, Subject::Key(*public))?;
                self.o.put(
                    key,
                    &KeyRecord {
                        party: party.clone(),
                        usage: usage.clone(),
                        period,
                    },
                );
                (party, public)
            }
            Action::RevokeKey {
                party,
                key: public,
                from,
            } => {
                let key = keys::party_key(public);
                let record: Option<KeyRecord> = self.o.get(&key)?;
                let Some(mut record) = record.filter(|record| record.party == *party) else {
                    return Err(refuse(Subject::Key(*public), "the party has no such key"));
                };
                revoke(std::slice::from_mut(&mut record.period), *from);
                self.o.put(key, &record);
                (party, public)
            }
            _ => return Err(Halt::Corrupt(keys::params())),
        };
        Ok(Effect::Membership {
            party: party.clone(),
            key: Some(*public),
        })
    }

    fn licence(&mut self, action: &Action) -> Result<Effect, Halt> {
        let party = match action {
            Action::Grant {
                party,
                role,
                scope,
                from,
                until,
            } => {
                self.known_party(party)?;
                let key = keys::licence(party, *role, scope);
                let mut licence = self.o.get::<Licence>(&key)?.unwrap_or_default();
                let subject = Subject::Role(party.clone(), *role);
                if licence.periods.len() >= MAX_PERIODS {
                    return Err(refuse(subject, "the licence has too many periods"));
                }
                let period = self.period(*from, *until, subject)?;
                licence.periods.push(period);
                self.o.put(key, &licence);
                party
            }
            Action::Revoke {
                party,
                role,
                scope,
                from,
            } => {
                let key = keys::licence(party, *role, scope);
                let Some(mut licence) = self.o.get::<Licence>(&key)? else {
                    return Err(refuse(
                        Subject::Role(party.clone(), *role),
                        "the party has no such licence",
                    ));
                };
                revoke(&mut licence.periods, *from);
                self.o.put(key, &licence);
                party
            }
            _ => return Err(Halt::Corrupt(keys::params())),
        };
        Ok(Effect::Membership {
            party: party.clone(),
            key: None,
        })
    }

    fn delegation(&mut self, action: &Action) -> Result<Effect, Halt> {
        let principal = match action {
            Action::Delegate {
                principal,
                agent,
                roles,
                from,
                until,
            } => {
                self.known_party(principal)?;
                self.known_party(agent)?;
                let key = keys::delegation(principal, agent);
                let mut delegation = self.o.get::<Delegation>(&key)?.unwrap_or_default();
                if delegation.periods.len() >= MAX_PERIODS {
                    return Err(refuse(
                        Subject::Party(agent.clone()),
                        "the delegation has too many periods",
                    ));
                }
                let period = self.period(*from, *until, Subject::Party(agent.clone()))?;
                delegation.roles.clone_from(roles);
                delegation.periods.push(period);
                self.o.put(key, &delegation);
                principal
            }
            Action::RevokeDelegation {
                principal,
                agent,
                from,
            } => {
                let key = keys::delegation(principal, agent);
                let Some(mut delegation) = self.o.get::<Delegation>(&key)? else {
                    return Err(refuse(
                        Subject::Party(agent.clone()),
                        "there is no such delegation",
                    ));
                };
                revoke(&mut delegation.periods, *from);
                self.o.put(key, &delegation);
                principal
            }
            _ => return Err(Halt::Corrupt(keys::params())),
        };
        Ok(Effect::Membership {
            party: principal.clone(),
            key: None,
        })
    }

    fn profile(&mut self, machine: &Machine, action: &Action) -> Result<Option<Effect>, Halt> {
        match action {
            Action::ActivateProfile {
                profile,
                digest,
                from,
            } => {
                let subject = Subject::Profile(*profile);
                if *from <= self.block.height {
                    return Err(refuse(subject, "the first block must lie ahead"));
                }
                match machine.profile(*profile) {
                    Some(known) if known.digest() != *digest => {
                        return Err(refuse(
                            subject,
                            "this software has other rules under that number and version",
                        ));
                    }
                    None => return Err(refuse(subject, "this software does not have these rules")),
                    Some(_) => {}
                }
                let record = ProfileRecord {
                    digest: *digest,
                    from: *from,
                    until: None,
                };
                self.o.put(keys::profile(*profile), &record);
            }
            Action::RetireProfile { profile, from } => {
                let key = keys::profile(*profile);
                let Some(record) = self.o.get::<ProfileRecord>(&key)? else {
                    return Err(refuse(Subject::Profile(*profile), "it is not in force"));
                };
                if *from <= self.block.height {
                    return Err(refuse(
                        Subject::Profile(*profile),
                        "the first block without it must lie ahead",
                    ));
                }
                if !self.leaves_another(machine, *profile, *from)? {
                    return Err(refuse(
                        Subject::Profile(*profile),
                        "no other rules would be in force from that block on, and without any, nothing can be stated, not even others",
                    ));
                }
                self.o.put(
                    key,
                    &ProfileRecord {
                        until: Some(*from),
                        ..record
                    },
                );
            }
            _ => return Err(Halt::Corrupt(keys::params())),
        }
        Ok(None)
    }

    /// Whether rules other than these are in force in block `from`.
    fn leaves_another(
        &self,
        machine: &Machine,
        without: ProfileRef,
        from: Height,
    ) -> Result<bool, Halt> {
        let others = machine.profiles().map(crate::profile::Profile::reference);
        let others: Vec<Key> = others
            .filter(|other| *other != without)
            .map(keys::profile)
            .collect();
        let unknown = self.o.unknown(&others);
        if !unknown.is_empty() {
            return Err(Halt::Need(unknown));
        }
        for key in others {
            let record: Option<ProfileRecord> = self.o.get(&key)?;
            if record.is_some_and(|record| record.covers(from)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn params(&mut self, params: &Params) -> Result<Option<Effect>, Halt> {
        check_params(params)
            .map_err(|message| refuse(Subject::Chain(self.block.chain), message))?;
        self.o.put(keys::params(), params);
        Ok(None)
    }

    fn foreign(&mut self, action: &Action) -> Result<Effect, Halt> {
        let chain = match action {
            Action::RegisterChain {
                chain,
                name,
                key: public,
                freshness_ms,
            } => {
                let (key, recorded) = (keys::foreign_chain(chain), keys::chain_record(chain));
                cascade::require(self.o, &[key, recorded, keys::directory()])?;
                if self.o.has(&key)? || *chain == self.block.chain {
                    return Err(refuse(
                        Subject::Chain(*chain),
                        "the chain is registered already, or is this one",
                    ));
                }
                let recorded: Option<ChainRecord> = self.o.get(&recorded)?;
                if recorded.is_some_and(|recorded| recorded.identity.key != *public) {
                    let message = "the chain is recorded here with another key";
                    let subject = Subject::Chain(*chain);
                    return Err(Halt::refuse(
                        &reasons::IDENTITY_DIFFERS,
                        subject,
                        PLACE,
                        message,
                    ));
                }
                let record = ForeignChain {
                    name: name.clone(),
                    key: public.clone(),
                    freshness_ms: *freshness_ms,
                    registered: self.block.height,
                    suspended: None,
                    seen: None,
                };
                k02_chains::register(self.o, chain, &record)?;
                chain
            }
            Action::SuspendChain { chain } => self.suspend(chain, Some(self.block.height))?,
            Action::ResumeChain { chain } => self.suspend(chain, None)?,
            Action::AllowMaker { chain, allowed } => self.maker(chain, *allowed)?,
            _ => return Err(Halt::Corrupt(keys::params())),
        };
        Ok(Effect::Foreign(*chain))
    }

    /// What is made on a chain may be traded here, or not.
    fn maker<'c>(&mut self, chain: &'c ChainId, allowed: bool) -> Result<&'c ChainId, Halt> {
        let key = keys::maker(chain);
        let subject = Subject::Chain(*chain);
        if !self.o.has(&keys::foreign_chain(chain))? {
            return Err(refuse(subject, "the chain is not registered"));
        }
        if self.o.has(&key)? == allowed {
            let message = if allowed {
                "what is made there may be traded here already"
            } else {
                "what is made there may not be traded here as it is"
            };
            return Err(refuse(subject, message));
        }
        if allowed {
            let height = self.block.height;
            self.o.put(key, &TxRecord { height });
        } else {
            self.o.remove(key);
        }
        Ok(chain)
    }

    /// The own governance suspends a chain, or ends its suspension of it. What a registry says of it stays.
    fn suspend<'c>(
        &mut self,
        chain: &'c ChainId,
        since: Option<Height>,
    ) -> Result<&'c ChainId, Halt> {
        cascade::require(self.o, &[keys::foreign_chain(chain), keys::standing(chain)])?;
        let (record, mut standing) = k02_chains::registered(self.o, chain, PLACE)?;
        if standing.own.is_some() == since.is_some() {
            return Err(refuse(Subject::Chain(*chain), "nothing would change"));
        }
        standing.own = since;
        k02_chains::stand(self.o, chain, record, &standing)?;
        Ok(chain)
    }
}

/// Ends every period that is not over at `from`. A revocation is never moved to a later moment.
fn revoke(periods: &mut [Period], from: TimeMs) {
    for period in periods {
        let open = period.until.is_none_or(|until| from < until);
        if open && period.revoked.is_none_or(|earlier| from < earlier) {
            period.revoked = Some(from);
        }
    }
}

/// Refuses parameters that would make the chain unusable or ungovernable.
pub(in crate::machine) fn check_params(params: &Params) -> Result<(), &'static str> {
    let threshold = |n: u8| (1..=MAX_APPROVALS).contains(&usize::from(n));
    if !threshold(params.governors) || !threshold(params.registrars) {
        return Err("a threshold of governance is zero or too high");
    }
    if !threshold(params.officers.hold) || !threshold(params.officers.recall) {
        return Err("a number of officers is zero or too high");
    }
    if params.window_blocks == 0 || params.quota.txs == 0 || params.quota.bytes == 0 {
        return Err("a quota or its window is zero");
    }
    if params.max_tx_bytes == 0 || params.max_tx_bytes as usize > MAX_TX_BYTES {
        return Err("the size of a transaction is zero or above the ceiling");
    }
    if params.max_validity_blocks == 0 || params.max_validity_blocks > MAX_VALIDITY_BLOCKS {
        return Err("the validity of a transaction is zero or above the ceiling");
    }
    Ok(())
}
