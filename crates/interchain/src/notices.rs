//! Telling a chain what became of the orders of another, and that this is all.

use std::collections::BTreeMap;

use pangolin_ledger::{ChainId, Item, state::keys};

use crate::{
    draft::{Drafter, LeftOut},
    limits::NOTICES,
    port::{Fate, PortError},
    pulse::{Other, Pulse},
};

/// Part of the time for which word may be relied upon after which it is brought anew.
const RENEWED: u64 = 3;

/// Whether the destination should be told something: an order that it does not know, or that there is none.
pub(crate) fn is_due(source: &Pulse, known: &Other) -> bool {
    let Some(record) = &known.record else {
        return false;
    };
    let Some(as_of) = known.feed.as_of else {
        return true;
    };
    let age = source.time.0.saturating_sub(as_of.0);
    let renew = i64::try_from(record.freshness_ms / RENEWED).unwrap_or(i64::MAX);
    source.notices > known.feed.next || age >= renew.max(1)
}

/// Brings notices from the first one that is not known, and says whether they are all. Returns how many are known then.
pub(crate) async fn bring(
    drafter: &Drafter,
    from: ChainId,
    at: ChainId,
    first: u64,
    written: u64,
) -> Result<u64, PortError> {
    let end = written.min(first + NOTICES as u64);
    let mut items: Vec<Item> = (first..end).map(|seq| Item::Notice { seq }).collect();
    let mut expected: Vec<_> = (first..end).map(keys::notice).collect();
    if end >= written {
        items.push(Item::AllNoticed);
        expected.push(keys::notices());
    }
    let expected = BTreeMap::from([(from, expected)]);
    let (draft, left_out) = drafter.draft(&at, &from, items, expected).await?;
    let Some(draft) = draft else {
        return told(&left_out).map(|()| first);
    };
    let port = drafter.port(&at)?;
    match port.submit(&draft.tx).await? {
        Fate::Final => Ok(end),
        Fate::Refused { code, message, .. } => known_before(&code, &message).map(|()| first),
        Fate::Unknown => Err(PortError::new("not-final", "the notices are not final yet")),
    }
}

/// Whether everything that was left out was told by somebody else.
fn told(left_out: &[LeftOut]) -> Result<(), PortError> {
    match left_out.iter().find(|left| !left.is_known()) {
        Some(left) => Err(PortError::new(&left.code, left.message.clone())),
        None => Ok(()),
    }
}

/// What another carrier was first with is no failure.
fn known_before(code: &str, message: &str) -> Result<(), PortError> {
    match code {
        "already-recorded" | "notice-gap" => Ok(()),
        _ => Err(PortError::new(code, message)),
    }
}

#[cfg(test)]
mod tests {
    use pangolin_ledger::{
        Height, TimeMs,
        state::{Feed, ForeignChain},
    };

    use super::*;

    #[test]
    fn what_another_carrier_was_first_with_is_no_failure() {
        for (code, known) in [
            ("already-recorded", true),
            ("notice-gap", true),
            ("bad-evidence", false),
            ("stale-proof", false),
        ] {
            assert_eq!(known_before(code, "why").is_ok(), known, "{code}");
        }
    }

    #[test]
    fn word_is_brought_when_there_is_some_or_when_it_grows_old() {
        let record = ForeignChain {
            name: "there".into(),
            key: Vec::new(),
            freshness_ms: 3_000,
            registered: Height(1),
            suspended: None,
            seen: None,
        };
        let due = |notices, next, as_of: Option<i64>, registered: bool| {
            let source = Pulse {
                height: Height(9),
                time: TimeMs(10_000),
                notices,
                directory: pangolin_ledger::state::Directory::default(),
                others: BTreeMap::new(),
            };
            let known = Other {
                next_out: 0,
                record: registered.then(|| record.clone()),
                feed: Feed {
                    next,
                    as_of: as_of.map(TimeMs),
                    ..Feed::default()
                },
                following: None,
            };
            is_due(&source, &known)
        };
        assert!(due(0, 0, None, true), "nothing was ever said");
        assert!(!due(0, 0, None, false), "the chain is not registered there");
        assert!(due(3, 2, Some(10_000), true), "an order");
        assert!(!due(2, 2, Some(9_001), true));
        assert!(due(2, 2, Some(9_000), true), "a third of the time is over");
        assert!(!due(2, 2, Some(20_000), true), "a later word is known");
    }
}
