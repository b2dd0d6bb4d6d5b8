//! Bringing the histories of objects back to their origins over all chains, when an event waits for one.
//!
//! Each chain on the way is asked for what it has, as for a certificate, of several histories at once ([`questions`](crate::questions)). A chain that does not answer leaves a gap, and one that denies
//! what another says is asked for the proof of that: the rules decide what either means.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::{StreamExt as _, future::join, stream};
use pangolin_ledger::{
    ChainId, Digest32, Item, Key, ObjectId, Wire as _,
    evidence::Proven,
    limits::MAX_WALK_BYTES,
    state::{SeenHeader, keys},
    walk::{Walk, gather::Gatherer, rests_on},
};

use crate::{
    draft::{Drafter, LeftOut},
    limits::{GATHERED, HISTORIES, MAX_QUESTIONS, WINDOW},
    port::{Fate, PortError, View},
    questions::{Asking, together},
};

/// A history with the records that it rests on, and those that are looked at where it is told.
struct History {
    object: ObjectId,
    walk: Vec<u8>,
    rests: BTreeMap<ChainId, BTreeSet<Key>>,
    here: BTreeSet<Key>,
}

/// Brings histories of objects to the chain they are on; how many, and what went wrong first with the others.
pub(crate) async fn bring(
    drafter: &Drafter,
    at: ChainId,
    objects: BTreeSet<ObjectId>,
) -> (u64, Option<PortError>) {
    let (asking, asked) = together(drafter.ports());
    // while some are delivered, the next are put together
    let delivered = stream::iter(objects)
        .map(move |object| gather(drafter, asking.clone(), at, object))
        // in the order in which they are there: one that takes long holds up no others
        .buffer_unordered(GATHERED)
        .chunks(HISTORIES)
        .map(|some| async move {
            let (mut histories, mut trouble) = (Vec::new(), None);
            for gathered in some {
                match gathered {
                    Ok(history) => histories.push(history),
                    Err(error) => drop(trouble.get_or_insert(error)),
                }
            }
            if histories.is_empty() {
                return (0, trouble);
            }
            let (brought, left) = deliver_all(drafter, at, histories).await;
            (brought, trouble.or(left))
        })
        .buffer_unordered(WINDOW)
        .collect::<Vec<_>>();
    let (delivered, ()) = join(delivered, asked).await;
    let brought = delivered.iter().map(|(count, _)| count).sum();
    let trouble = delivered.into_iter().find_map(|(_, trouble)| trouble);
    (brought, trouble)
}

/// Delivers histories together; if that does not do, each by itself: what is too much together, or wrong with one of them, is no matter
/// of the others.
async fn deliver_all(
    drafter: &Drafter,
    at: ChainId,
    histories: Vec<History>,
) -> (u64, Option<PortError>) {
    let (mut brought, mut trouble) = match deliver(drafter, at, &histories).await {
        Ok((count, left)) => (count, left),
        Err(error) => (0, Some(error)),
    };
    if trouble.is_none() || histories.len() == 1 {
        return (brought, trouble);
    }
    trouble = None;
    for one in histories.chunks(1) {
        match deliver(drafter, at, one).await {
            Ok((count, left)) => {
                brought += count;
                trouble = trouble.or(left);
            }
            Err(error) => drop(trouble.get_or_insert(error)),
        }
    }
    (brought, trouble)
}

/// Puts a history together from what the chains tell.
async fn gather(
    drafter: &Drafter,
    asking: Asking,
    at: ChainId,
    object: ObjectId,
) -> Result<History, PortError> {
    // which keys other chains have is no part of it: this chain knows them
    let mut gatherer = Gatherer::new(object.clone(), at, at).without_keys();
    let mut rests: BTreeMap<ChainId, BTreeSet<Key>> = BTreeMap::new();
    for _ in 0..MAX_QUESTIONS {
        let Some((chain, wants)) = gatherer.ask() else {
            break;
        };
        match asking.piece(&chain, wants).await {
            Ok(Some(told)) => {
                let keys = told.view.values.keys();
                rests.entry(chain).or_default().extend(keys.copied());
                gatherer.answered(chain, told.piece, Arc::new(proven(told.view)));
            }
            Err(error) if chain == at => return Err(error),
            Ok(None) | Err(_) => gatherer.silent(chain),
        }
    }
    let walk: Walk = gatherer.finish().ok_or_else(|| {
        let message =
            format!("there is no record of {object} on the chain that asks for its history");
        PortError::new("no-record", message)
    })?;
    for (chain, keys) in rests_on(&walk) {
        rests.entry(chain).or_default().extend(keys);
    }
    let mut here = rests.remove(&at).unwrap_or_default();
    here.insert(keys::ancestry(&object));
    for chain in &walk.chains {
        here.extend([keys::foreign_chain(chain), keys::maker(chain)]);
    }
    rests.retain(|chain, _| drafter.ports().contains_key(chain));
    let walk = walk.to_bytes();
    if walk.len() > MAX_WALK_BYTES {
        let message = format!("the history of {object} has {} bytes", walk.len());
        return Err(PortError::new("history-too-long", message));
    }
    Ok(History {
        object,
        walk,
        rests,
        here,
    })
}

fn proven(view: View) -> Proven {
    Proven {
        header: SeenHeader {
            height: view.height,
            time: view.time,
            block: Digest32([0; 32]),
        },
        entries: view.values,
    }
}

/// Delivers histories together; how many, and why another was left out.
async fn deliver(
    drafter: &Drafter,
    at: ChainId,
    histories: &[History],
) -> Result<(u64, Option<PortError>), PortError> {
    let mut expected: BTreeMap<ChainId, BTreeSet<Key>> = BTreeMap::new();
    let mut items = Vec::new();
    let mut here = BTreeSet::new();
    for history in histories {
        here.extend(&history.here);
        for (chain, keys) in &history.rests {
            expected.entry(*chain).or_default().extend(keys);
        }
        items.push(Item::Walk {
            object: history.object.clone(),
            walk: history.walk.clone(),
        });
    }
    let Some(from) = expected.keys().next().copied() else {
        let message = "no node of another chain on the way is known here";
        return Err(PortError::new("no-port", message));
    };
    let expected = expected
        .into_iter()
        .chain([(at, here)])
        .map(|(chain, keys)| (chain, keys.into_iter().collect()));
    let (draft, left_out) = drafter.draft(&at, &from, items, expected.collect()).await?;
    let left = left_out.into_iter().find(|left| !left.is_known());
    let left = left.map(|LeftOut { code, message, .. }| PortError::new(&code, message));
    let Some(draft) = draft else {
        return Ok((0, left));
    };
    match drafter.port(&at)?.submit(&draft.tx).await? {
        Fate::Final => Ok((draft.items.len() as u64, left)),
        // another carrier was first
        Fate::Refused { code, .. } if code == "already-recorded" => Ok((0, left)),
        Fate::Refused { code, message, .. } => Err(PortError::new(&code, message)),
        Fate::Unknown => Err(PortError::new(
            "not-final",
            "the histories are not final yet",
        )),
    }
}
