//! K6 on the orders of other chains: what came over a chain stays concerned by that chain's orders, wherever it is.
//!
//! * The other chain numbers what becomes of its orders without gaps ([`Notice`](crate::state::Notice)); this one takes note of
//!   each in turn, by proof. That it knows all of them up to a time of that chain is proven too ([`Feed`](crate::state::Feed)).
//! * An act that orders could forbid, on what came over a chain, rests on the word of that chain's orders. The word must not be
//!   older than that chain's registration here allows: otherwise the act waits, and is tried again when later word comes. The receipt
//!   names the time it rests on.
//! * Concerned are the object, its group, the groups that one was made of, its class, the containers around it and what is inside
//!   it, as with orders of this chain. Orders on a party are that chain's own affair.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    id::{ChainId, ObjectId},
    machine::{
        act::{Act, Loaded},
        halt::Halt,
    },
    profile::Waits,
    report::{Effect, Refusal, Subject, reasons},
    say,
    state::{Content, Feed, ForeignChain, Missing, Object, keys},
};

/// The chains whose orders may concern an object, with the containers around it that each may concern.
///
/// `within` are the chains that the object, or something inside it, came over.
pub(crate) fn concerned(
    loaded: &Loaded,
    within: &BTreeSet<ChainId>,
) -> BTreeMap<ChainId, Vec<ObjectId>> {
    let mut chains: BTreeMap<ChainId, Vec<ObjectId>> =
        within.iter().map(|chain| (*chain, Vec::new())).collect();
    for (chain, container) in &loaded.location.passed {
        chains.entry(*chain).or_default().push(container.clone());
    }
    chains
}

/// The chains that an object, or something inside it, came over.
pub(crate) fn passed(object: &Object) -> BTreeSet<ChainId> {
    let inside = object.inside.keys().filter_map(|content| match content {
        Content::Passed(chain) => Some(*chain),
        _ => None,
    });
    object.passed.iter().copied().chain(inside).collect()
}

/// Waits unless the orders of `chain` are known as of late; the receipt names as of when.
pub(crate) fn fresh(act: &mut Act<'_>, loaded: &Loaded, chain: &ChainId) -> Result<(), Halt> {
    let (known, feed) = (keys::foreign_chain(chain), keys::feed(chain));
    act.require([&known, &feed])?;
    let record: Option<ForeignChain> = act.o.get(&known)?;
    let feed: Option<Feed> = act.o.get(&feed)?;
    let bound = record.map_or(0, |record| record.freshness_ms);
    let as_of = feed.and_then(|feed| feed.as_of);
    if let Some(as_of) = as_of.filter(|as_of| as_of.plus(bound) >= act.moment.now) {
        let relied = Effect::Relied {
            chain: *chain,
            as_of,
        };
        if !act.effects.contains(&relied) {
            act.effects.push(relied);
        }
        return Ok(());
    }
    let message = match as_of {
        Some(as_of) => say!["the orders of ", chain, " are known as of ", as_of],
        None => say!["the orders of ", chain, " are not known"],
    };
    let refusal = Refusal::new(
        &reasons::STATUS_STALE,
        Subject::Object(loaded.id.clone()),
        act.path(loaded.at),
        message,
    );
    let lane = act.event.id.0[0];
    let later = Missing::Feed {
        chain: *chain,
        lane,
    };
    Err(act.waits(Waits::FRESH, vec![later], refusal))
}
