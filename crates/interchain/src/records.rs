//! Bringing what a registry recorded of chains to a chain that follows it.
//!
//! What is to be brought stands in the two ledgers: the registry lists its chains and numbers the versions of each record, and the follower
//! keeps which version it knows.

use std::collections::BTreeMap;

use pangolin_ledger::{
    ChainId, Item, Key,
    state::{ChainRecord, Directory, Listed, Noted, keys},
};

use crate::{
    draft::{Drafter, Expected},
    limits::{MAX_READ, RECORDS},
    port::{Fate, Port, PortError, View},
    pulse::{Other, Pulse},
};

/// Part of the time for which the registry's word may be relied upon after which it is brought anew.
const RENEWED: u64 = 3;

/// Whether a follower should be told something: a version that it does not know, or that there is none, if it wants to hear that.
pub(crate) fn is_due(registry: &Pulse, known: &Other) -> bool {
    let following = known
        .following
        .filter(|following| following.ended.is_none());
    let (Some(following), Some(record)) = (following, &known.record) else {
        return false;
    };
    if record.suspended.is_some() {
        return false;
    }
    if registry.directory.changes > following.known {
        return true;
    }
    let Some(word_ms) = following.terms.word_ms else {
        return false;
    };
    let Some(as_of) = following.as_of else {
        return true;
    };
    let age = registry.time.0.saturating_sub(as_of.0);
    let renew = i64::try_from(word_ms / RENEWED).unwrap_or(i64::MAX);
    age >= renew.max(1)
}

/// Brings the versions that are not known, and says whether they are all. Returns how many were brought.
pub(crate) async fn bring(
    drafter: &Drafter,
    registry: ChainId,
    at: ChainId,
) -> Result<u64, PortError> {
    let missing = missing(drafter, &registry, &at).await?;
    let mut brought = 0;
    let mut batches: Vec<&[ChainId]> = missing.chunks(RECORDS).collect();
    if batches.is_empty() {
        batches.push(&[]);
    }
    let last = batches.len() - 1;
    for (number, batch) in batches.into_iter().enumerate() {
        brought += deliver(drafter, registry, at, batch, number == last).await?;
    }
    Ok(brought)
}

/// The chains of which the registry has another version than the follower knows.
async fn missing(
    drafter: &Drafter,
    registry: &ChainId,
    at: &ChainId,
) -> Result<Vec<ChainId>, PortError> {
    let wrong = |error| PortError::record(&error);
    let (source, destination) = (drafter.port(registry)?, drafter.port(at)?);
    let first = source.read(vec![keys::directory()]).await?;
    let directory: Option<Directory> = first.get(&keys::directory()).map_err(wrong)?;
    let count = directory.unwrap_or_default().chains;
    let entries: Vec<Key> = (0..count).map(keys::listed).collect();
    let list = read(source.as_ref(), &entries).await?;
    let mut chains: Vec<ChainId> = Vec::with_capacity(entries.len());
    for key in &entries {
        let entry: Option<Listed> = list.get(key).map_err(wrong)?;
        chains.extend(entry.map(|entry| entry.chain));
    }
    let records: Vec<Key> = chains.iter().map(keys::chain_record).collect();
    let noted: Vec<Key> = chains
        .iter()
        .map(|chain| keys::noted(registry, chain))
        .collect();
    let (there, here) = futures::try_join!(
        read(source.as_ref(), &records),
        read(destination.as_ref(), &noted)
    )?;
    let mut missing = Vec::new();
    for chain in chains {
        let record: Option<ChainRecord> = there.get(&keys::chain_record(&chain)).map_err(wrong)?;
        let known: Option<Noted> = here.get(&keys::noted(registry, &chain)).map_err(wrong)?;
        let known = known.map_or(0, |known| known.revision);
        if record.is_some_and(|record| record.revision > known) {
            missing.push(chain);
        }
    }
    Ok(missing)
}

/// Reads any number of records, not necessarily all of one height.
async fn read(port: &dyn Port, wanted: &[Key]) -> Result<View, PortError> {
    let mut all: Option<View> = None;
    for some in wanted.chunks(MAX_READ) {
        let view = port.read(some.to_vec()).await?;
        match &mut all {
            Some(all) => all.values.extend(view.values),
            None => all = Some(view),
        }
    }
    Ok(all.unwrap_or(View {
        height: pangolin_ledger::Height(0),
        time: pangolin_ledger::TimeMs(0),
        values: BTreeMap::new(),
    }))
}

/// One delivery; how many records it brought.
async fn deliver(
    drafter: &Drafter,
    registry: ChainId,
    at: ChainId,
    chains: &[ChainId],
    all: bool,
) -> Result<u64, PortError> {
    let records = chains.iter().map(|chain| Item::Recorded { chain: *chain });
    let mut items: Vec<Item> = records.collect();
    let mut wanted: Vec<Key> = chains.iter().map(keys::chain_record).collect();
    if all {
        items.push(Item::AllRecorded);
        wanted.push(keys::directory());
    }
    let expected = Expected::from([(registry, wanted)]);
    let (draft, left_out) = drafter.draft(&at, &registry, items, expected).await?;
    // that not all is known, because something changed meanwhile, is no failure of the others
    let failed = left_out
        .iter()
        .find(|left| left.item < chains.len() && !left.is_known());
    if let Some(left) = failed {
        tracing::warn!(
            "a record of the registry is not taken: {} ({})",
            left.message,
            left.code
        );
    }
    let Some(draft) = draft else {
        return match failed {
            Some(left) => Err(PortError::new(&left.code, left.message.clone())),
            None => Ok(0),
        };
    };
    let carried = draft.items.iter().filter(|item| **item < chains.len());
    let carried = carried.count() as u64;
    match drafter.port(&at)?.submit(&draft.tx).await? {
        Fate::Final => Ok(carried),
        // another carrier was first, or the registry went on
        Fate::Refused { code, .. }
            if matches!(
                code.as_str(),
                "already-recorded" | "records-missing" | "stale-proof"
            ) =>
        {
            Ok(0)
        }
        Fate::Refused { code, message, .. } => Err(PortError::new(&code, message)),
        Fate::Unknown => Err(PortError::new(
            "not-final",
            "the registry's word is not final yet",
        )),
    }
}

#[cfg(test)]
mod tests {
    use pangolin_ledger::{
        Height, TimeMs,
        state::{FollowTerms, Following, ForeignChain, Grade},
    };

    use super::*;

    fn registry(changes: u64) -> Pulse {
        Pulse {
            height: Height(9),
            time: TimeMs(10_000),
            notices: 0,
            directory: Directory {
                changes,
                ..Directory::default()
            },
            others: BTreeMap::new(),
        }
    }

    fn follower(known: u64, word_ms: Option<u64>, as_of: Option<i64>) -> Other {
        let terms = FollowTerms {
            grade: Grade::Native,
            freshness_ms: 1,
            word_ms,
        };
        Other {
            record: Some(ForeignChain {
                name: "registry".into(),
                key: Vec::new(),
                freshness_ms: 1,
                registered: Height(1),
                suspended: None,
                seen: None,
            }),
            following: Some(Following {
                known,
                as_of: as_of.map(TimeMs),
                ..Following::new(terms, Height(1))
            }),
            ..Other::default()
        }
    }

    #[test]
    fn a_follower_is_told_of_changes_and_of_silence_where_it_wants_that() {
        let due = |changes, known: &Other| is_due(&registry(changes), known);
        assert!(due(2, &follower(1, None, None)), "a change");
        assert!(!due(2, &follower(2, None, None)), "no word is asked for");
        assert!(due(2, &follower(2, Some(3_000), None)));
        assert!(due(2, &follower(2, Some(3_000), Some(9_000))));
        assert!(!due(2, &follower(2, Some(3_000), Some(9_001))));
        let mut left = follower(1, None, None);
        if let Some(following) = &mut left.following {
            following.ended = Some(Height(3));
        }
        assert!(!due(2, &left), "it is not followed any more");
        let mut suspended = follower(1, None, None);
        if let Some(record) = &mut suspended.record {
            record.suspended = Some(Height(3));
        }
        assert!(!due(2, &suspended));
        let stranger = Other {
            following: None,
            ..follower(1, None, None)
        };
        assert!(!due(2, &stranger));
    }
}
