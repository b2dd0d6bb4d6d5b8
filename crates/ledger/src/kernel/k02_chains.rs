//! K2 between chains: who decides which chains are believed.
//!
//! * *The own governance* registers a chain with its key, suspends and resumes it. What it decided stays: no registry lifts a suspension
//!   of its own, gives a chain another key, or says anything about a chain that it registered itself.
//! * *A registry* is followed by decision of the governance, on its terms ([`FollowTerms`](crate::state::FollowTerms)). What it recorded
//!   of a chain that is not registered here registers it, and from then on its word suspends, resumes and retires it. The governance may
//!   take such a chain back, and may leave one of its own to the registry, if both say the same key.
//! * *Order*: versions of a record are numbered. An earlier one never undoes a later one, whatever is delivered first.
//! * *Age*: that the registry has recorded nothing else is proven as notices of orders are: the revisions of all records together are one
//!   number there, those that are known here another. Each known one is at most the one there if no record was proven
//!   under a later header; so if the sums are equal, each is.
//! * *Evidence*: two certified headers of one height suspend the chain wherever they are shown. That is lifted by governance only, and
//!   evidence of a later height suspends it again.
//! * A chain's key never changes, and a chain that is retired stays so.

use crate::{
    hash::sha256,
    id::{ChainId, Digest32, Height, TimeMs},
    machine::{Overlay, halt::Halt},
    report::{Reason, Subject, reasons},
    say,
    state::{
        ChainRecord, ChainState, Channel, Directory, Following, ForeignChain, Listed, Noted,
        Standing, keys,
    },
};

fn refuse(reason: &Reason, chain: &ChainId, place: &str, message: &'static str) -> Halt {
    Halt::refuse(reason, Subject::Chain(*chain), place, message)
}

/// What a key is compared by.
pub(crate) fn key_digest(key: &[u8]) -> Digest32 {
    Digest32(sha256(&[key]))
}

/// Takes a chain of which nothing was known into the list of those that are.
pub(crate) fn enlist(o: &mut Overlay, chain: &ChainId) -> Result<(), Halt> {
    let key = keys::directory();
    let mut directory: Directory = o.get(&key)?.unwrap_or_default();
    let entry = Listed { chain: *chain };
    o.put(keys::listed(directory.chains), &entry);
    directory.chains += 1;
    o.put(key, &directory);
    Ok(())
}

/// Registers a chain that is not registered here.
pub(crate) fn register(
    o: &mut Overlay,
    chain: &ChainId,
    record: &ForeignChain,
) -> Result<(), Halt> {
    if !o.has(&keys::chain_record(chain))? {
        enlist(o, chain)?;
    }
    o.put(keys::foreign_chain(chain), record);
    o.put(keys::channel(chain), &Channel::default());
    Ok(())
}

/// Who decides about a registered chain, and how.
pub(crate) fn standing(
    o: &Overlay,
    chain: &ChainId,
    record: &ForeignChain,
) -> Result<Standing, Halt> {
    let known: Option<Standing> = o.get(&keys::standing(chain))?;
    Ok(known.unwrap_or_else(|| Standing::own(record.suspended)))
}

/// Puts a decision about a registered chain in force.
pub(crate) fn stand(
    o: &mut Overlay,
    chain: &ChainId,
    record: ForeignChain,
    standing: &Standing,
) -> Result<(), Halt> {
    let suspended = standing.suspended();
    let key = keys::standing(chain);
    if standing.registry.is_some() {
        o.put(key, standing);
    } else {
        // what the own governance decides alone stands in the registration
        o.remove_if_present(key)?;
    }
    let record = ForeignChain {
        suspended,
        ..record
    };
    o.put(keys::foreign_chain(chain), &record);
    Ok(())
}

/// A registry that is followed.
pub(crate) fn followed(o: &Overlay, registry: &ChainId, place: &str) -> Result<Following, Halt> {
    let known: Option<Following> = o.get(&keys::following(registry))?;
    let followed = known.filter(|following| following.ended.is_none());
    followed.ok_or_else(|| {
        let message = "this chain does not follow it as a registry";
        refuse(&reasons::NOT_FOLLOWED, registry, place, message)
    })
}

/// Refuses a chain that is believed by a registry's word if that word is older than the terms allow.
pub(crate) fn vouched(o: &Overlay, chain: &ChainId, now: TimeMs, place: &str) -> Result<(), Halt> {
    let standing: Option<Standing> = o.get(&keys::standing(chain))?;
    let Some(registry) = standing.and_then(|standing| standing.registry) else {
        return Ok(());
    };
    let following: Option<Following> = o.get(&keys::following(&registry))?;
    let Some(following) = following.filter(|following| following.is_stale(now)) else {
        return Ok(());
    };
    let message = match following.as_of {
        Some(as_of) => say![
            "what the registry ",
            registry,
            " says is known as of ",
            as_of
        ],
        None => say!["it is not known what the registry ", registry, " says"],
    };
    let subject = Subject::Chain(*chain);
    Err(Halt::refuse(
        &reasons::REGISTRY_STALE,
        subject,
        place,
        message,
    ))
}

/// The key that is known of a chain: as it is registered, or as it is recorded here.
pub(crate) fn key_of(o: &Overlay, chain: &ChainId, place: &str) -> Result<Vec<u8>, Halt> {
    if let Some(known) = o.get::<ForeignChain>(&keys::foreign_chain(chain))? {
        return Ok(known.key);
    }
    if let Some(known) = o.get::<ChainRecord>(&keys::chain_record(chain))? {
        return Ok(known.identity.key);
    }
    let message = "it is neither registered nor recorded here";
    Err(refuse(&reasons::UNKNOWN_CHAIN, chain, place, message))
}

/// What a registry says of a chain counts, unless the own governance decides about it, or the chain's grade is below the terms; whether it does.
pub(crate) fn heed(
    o: &mut Overlay,
    (this, height): (&ChainId, Height),
    (registry, following): (&ChainId, &Following),
    chain: &ChainId,
    record: &ChainRecord,
) -> Result<bool, Halt> {
    if chain == this {
        return Ok(false);
    }
    let freshness_ms = record.about.freshness_ms.min(following.terms.freshness_ms);
    let Some(known) = o.get::<ForeignChain>(&keys::foreign_chain(chain))? else {
        if record.identity.grade < following.terms.grade {
            return Ok(false);
        }
        let standing = Standing {
            registry: Some(*registry),
            own: None,
            told: record.state,
            since: height,
        };
        let record = ForeignChain {
            name: record.about.name.clone(),
            key: record.identity.key.clone(),
            freshness_ms,
            registered: height,
            suspended: None,
            seen: None,
        };
        register(o, chain, &record)?;
        stand(o, chain, record, &standing)?;
        return Ok(true);
    };
    let mut standing = standing(o, chain, &known)?;
    if standing.registry != Some(*registry) {
        return Ok(false);
    }
    if standing.told != record.state {
        (standing.told, standing.since) = (record.state, height);
    }
    let known = ForeignChain {
        name: record.about.name.clone(),
        freshness_ms,
        ..known
    };
    stand(o, chain, known, &standing)?;
    Ok(true)
}

/// Leaves a registered chain to a registry whose record says the same key.
pub(crate) fn entrust(
    o: &mut Overlay,
    height: Height,
    registry: &ChainId,
    chain: &ChainId,
    place: &str,
) -> Result<(), Halt> {
    followed(o, registry, place)?;
    let (known, mut standing) = registered(o, chain, place)?;
    if standing.registry == Some(*registry) {
        let message = "it is left to this registry already";
        return Err(refuse(&reasons::CHAIN_UNCHANGED, chain, place, message));
    }
    let Some(noted) = o.get::<Noted>(&keys::noted(registry, chain))? else {
        let message = "no record of the registry is known of it";
        return Err(refuse(&reasons::NO_CHAIN_RECORD, chain, place, message));
    };
    if noted.key != key_digest(&known.key) {
        let message = "the registry has recorded another key of it";
        return Err(refuse(&reasons::IDENTITY_DIFFERS, chain, place, message));
    }
    standing = Standing {
        registry: Some(*registry),
        told: noted.state,
        since: height,
        ..standing
    };
    stand(o, chain, known, &standing)
}

/// A registered chain, and who decides about it.
pub(crate) fn registered(
    o: &Overlay,
    chain: &ChainId,
    place: &str,
) -> Result<(ForeignChain, Standing), Halt> {
    let Some(known) = o.get::<ForeignChain>(&keys::foreign_chain(chain))? else {
        let message = "the chain is not registered";
        return Err(refuse(&reasons::GOVERNANCE, chain, place, message));
    };
    let standing = standing(o, chain, &known)?;
    Ok((known, standing))
}

/// Writes a version of a record of this chain as a registry; its number.
pub(crate) fn write(
    o: &mut Overlay,
    height: Height,
    chain: &ChainId,
    record: ChainRecord,
) -> Result<u64, Halt> {
    let revision = record.revision + 1;
    let record = ChainRecord {
        revision,
        changed: height,
        ..record
    };
    o.put(keys::chain_record(chain), &record);
    let key = keys::directory();
    let mut directory: Directory = o.get(&key)?.unwrap_or_default();
    directory.changes += 1;
    o.put(key, &directory);
    Ok(revision)
}

/// A chain is shown to have certified two blocks of one height: it is suspended, here and in the record of it; what the record says now, if that changed.
pub(crate) fn suspend_forked(
    o: &mut Overlay,
    height: Height,
    chain: &ChainId,
) -> Result<Option<u64>, Halt> {
    if let Some(known) = o.get::<ForeignChain>(&keys::foreign_chain(chain))? {
        let mut standing = standing(o, chain, &known)?;
        standing.own = standing.own.or(Some(height));
        stand(o, chain, known, &standing)?;
    }
    let record: Option<ChainRecord> = o.get(&keys::chain_record(chain))?;
    match record.filter(|record| record.state == ChainState::Active) {
        Some(record) => {
            let state = ChainState::Suspended;
            let record = ChainRecord { state, ..record };
            write(o, height, chain, record).map(Some)
        }
        None => Ok(None),
    }
}
