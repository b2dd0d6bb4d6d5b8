//! Registries: what this chain records of others as one, and which it follows.

use crate::{
    id::ChainId,
    kernel::k02_chains,
    limits::MAX_CHAIN_RECORDS,
    machine::{BlockContext, Overlay, cascade, halt::Halt},
    report::{Effect, Reason, Subject, reasons},
    state::{
        ChainAbout, ChainIdentity, ChainRecord, ChainState, Directory, FollowTerms, Following,
        ForeignChain, Standing, keys,
    },
    tx::GovernanceAction as Action,
};

use super::PLACE;

fn refuse(reason: &Reason, chain: &ChainId, message: &'static str) -> Halt {
    Halt::refuse(reason, Subject::Chain(*chain), PLACE, message)
}

/// Puts a decision about a record, or about a registry, in force.
pub(super) fn enact(
    block: &BlockContext,
    action: &Action,
    o: &mut Overlay,
) -> Result<Effect, Halt> {
    match action {
        Action::RecordChain {
            chain,
            identity,
            about,
        } => record(block, chain, identity, about, o),
        Action::AmendChain { chain, about } => change(block, chain, o, |record| {
            let same = record.about == *about;
            record.about = about.clone();
            !same
        }),
        Action::MarkChain { chain, state } => change(block, chain, o, |record| {
            let same = record.state == *state;
            record.state = *state;
            !same
        }),
        Action::FollowRegistry { registry, terms } => follow(block, registry, terms, o),
        Action::LeaveRegistry { registry } => leave(block, registry, o),
        Action::EntrustChain { chain, registry } => entrust(block, chain, registry.as_ref(), o),
        _ => Err(Halt::Corrupt(keys::params())),
    }
}

fn record(
    block: &BlockContext,
    chain: &ChainId,
    identity: &ChainIdentity,
    about: &ChainAbout,
    o: &mut Overlay,
) -> Result<Effect, Halt> {
    let key = keys::chain_record(chain);
    let known = keys::foreign_chain(chain);
    cascade::require(o, &[key, known, keys::directory()])?;
    if *chain == block.chain {
        let message = "a chain does not record itself";
        return Err(refuse(&reasons::GOVERNANCE, chain, message));
    }
    if o.has(&key)? {
        let message = "the chain is recorded";
        return Err(refuse(&reasons::CHAIN_RECORDED, chain, message));
    }
    let known: Option<ForeignChain> = o.get(&known)?;
    if known
        .as_ref()
        .is_some_and(|known| known.key != identity.key)
    {
        let message = "the chain is registered here with another key";
        return Err(refuse(&reasons::IDENTITY_DIFFERS, chain, message));
    }
    if known.is_none() {
        k02_chains::enlist(o, chain)?;
    }
    let mut directory: Directory = o.get(&keys::directory())?.unwrap_or_default();
    if directory.records >= MAX_CHAIN_RECORDS {
        let message = "as many chains are recorded as one registry records";
        return Err(refuse(&reasons::REGISTRY_FULL, chain, message));
    }
    directory.records += 1;
    o.put(keys::directory(), &directory);
    let record = ChainRecord {
        identity: identity.clone(),
        about: about.clone(),
        state: ChainState::Active,
        revision: 0,
        recorded: block.height,
        changed: block.height,
    };
    let revision = k02_chains::write(o, block.height, chain, record)?;
    Ok(Effect::Recorded {
        chain: *chain,
        revision,
    })
}

/// Changes the record of a chain; `change` says whether it does.
fn change(
    block: &BlockContext,
    chain: &ChainId,
    o: &mut Overlay,
    change: impl FnOnce(&mut ChainRecord) -> bool,
) -> Result<Effect, Halt> {
    let key = keys::chain_record(chain);
    cascade::require(o, &[key, keys::directory()])?;
    let Some(mut record) = o.get::<ChainRecord>(&key)? else {
        let message = "the chain is not recorded here";
        return Err(refuse(&reasons::CHAIN_NOT_RECORDED, chain, message));
    };
    if record.state == ChainState::Retired {
        let message = "the chain is retired";
        return Err(refuse(&reasons::CHAIN_RETIRED, chain, message));
    }
    if !change(&mut record) {
        let message = "this is recorded of it";
        return Err(refuse(&reasons::CHAIN_UNCHANGED, chain, message));
    }
    let revision = k02_chains::write(o, block.height, chain, record)?;
    Ok(Effect::Recorded {
        chain: *chain,
        revision,
    })
}

fn follow(
    block: &BlockContext,
    registry: &ChainId,
    terms: &FollowTerms,
    o: &mut Overlay,
) -> Result<Effect, Halt> {
    let key = keys::following(registry);
    let wanted = [key, keys::foreign_chain(registry), keys::standing(registry)];
    cascade::require(o, &wanted)?;
    let (_, standing) = k02_chains::registered(o, registry, PLACE)?;
    if standing.registry.is_some() {
        let message = "its key is known by the word of a registry: a registry is followed whose key the own governance knows";
        return Err(refuse(&reasons::GOVERNANCE, registry, message));
    }
    let before: Option<Following> = o.get(&key)?;
    if before.is_some_and(|before| before.ended.is_none() && before.terms == *terms) {
        let message = "it is followed on these terms";
        return Err(refuse(&reasons::CHAIN_UNCHANGED, registry, message));
    }
    let following = match before {
        Some(before) => Following {
            terms: *terms,
            ended: None,
            ..before
        },
        None => Following::new(*terms, block.height),
    };
    o.put(key, &following);
    Ok(Effect::Foreign(*registry))
}

fn leave(block: &BlockContext, registry: &ChainId, o: &mut Overlay) -> Result<Effect, Halt> {
    let following = k02_chains::followed(o, registry, PLACE)?;
    let following = Following {
        ended: Some(block.height),
        ..following
    };
    o.put(keys::following(registry), &following);
    Ok(Effect::Foreign(*registry))
}

fn entrust(
    block: &BlockContext,
    chain: &ChainId,
    registry: Option<&ChainId>,
    o: &mut Overlay,
) -> Result<Effect, Halt> {
    let mut wanted = vec![keys::foreign_chain(chain), keys::standing(chain)];
    wanted.extend(
        registry
            .into_iter()
            .flat_map(|registry| [keys::following(registry), keys::noted(registry, chain)]),
    );
    cascade::require(o, &wanted)?;
    if let Some(registry) = registry {
        k02_chains::entrust(o, block.height, registry, chain, PLACE)?;
    } else {
        let (known, standing) = k02_chains::registered(o, chain, PLACE)?;
        if standing.registry.is_none() {
            let message = "the own governance decides about it";
            return Err(refuse(&reasons::CHAIN_UNCHANGED, chain, message));
        }
        k02_chains::stand(o, chain, known, &Standing::own(standing.own))?;
    }
    Ok(Effect::Foreign(*chain))
}
