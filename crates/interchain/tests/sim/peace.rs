//! What must have come about when everything is as it should be again.

use pangolin_ledger::{
    ObjectId,
    state::{Feed, Flags, Holder, Notices, Object, keys},
};

use crate::{
    cast::NAMES,
    judge::{Judge, Lock, LockId},
    world::World,
};

/// Heights that validators may be apart.
const APART: u64 = 3;

/// What is still open; `None`: nothing.
pub(crate) fn open(world: &World) -> Option<String> {
    behind(world).or_else(|| unsettled(&world.judge))
}

/// What is still open between the chains.
pub(crate) fn unsettled(judge: &Judge) -> Option<String> {
    under_way(judge)
        .or_else(|| untold(judge))
        .or_else(|| lost(judge))
        .or_else(|| unwalked(judge))
}

/// A validator that has not what the others have.
fn behind(world: &World) -> Option<String> {
    for (at, chain) in world.chains.iter().enumerate() {
        let height = world.judge.height(at).0;
        for validator in &chain.validators {
            if validator.tip.height + APART < height {
                return Some(format!(
                    "validator {} of {} is at {}, the others at {height}",
                    validator.index, NAMES[at], validator.tip.height
                ));
            }
        }
        if world.judge.chains[at].time + 10_000 < world.now {
            return Some(format!("{} stands still at {height}", NAMES[at]));
        }
    }
    None
}

/// A lock that is not settled. Not so of what a corrupt chain forged: where a twin came home, the record that was locked is no more, so nobody
/// can show it; the object is where the twin is, and deep mode finds it.
fn under_way(judge: &Judge) -> Option<String> {
    let honest = |at: &usize| judge.chains[*at].honest;
    let mut locks = judge.locks.iter();
    let open = locks.find(|((from, to, _), lock)| {
        let twinned = judge.twinned.contains(&lock.object);
        lock.settled.is_none() && honest(from) && honest(to) && !twinned
    });
    open.map(|((from, to, seq), lock)| {
        format!(
            "lock {seq} of {} for {} is open: {}, decided {:?}",
            NAMES[*from], NAMES[*to], lock.object, lock.decided
        )
    })
}

/// A chain that does not know of another's orders.
fn untold(judge: &Judge) -> Option<String> {
    for (at, here) in judge.chains.iter().enumerate() {
        for (of, there) in judge.chains.iter().enumerate() {
            if at == of || !here.honest || !there.honest {
                continue;
            }
            let written: Notices = there.get(&keys::notices()).unwrap_or_default();
            let feed: Feed = here.get(&keys::feed(&there.id)).unwrap_or_default();
            let as_of = feed.as_of.map_or(0, |as_of| as_of.0);
            // by the clock of which the word is: where clocks are further apart than word may be old, nothing is fresh, which no carrier can help
            let now = here.time.min(there.time);
            if feed.next < written.next || as_of + judge.freshness_ms < now {
                return Some(format!(
                    "{} knows {} notices of {} as of {as_of}, there are {}",
                    NAMES[at], feed.next, NAMES[of], written.next
                ));
            }
        }
    }
    None
}

/// Something that is in being and nowhere to be found.
fn lost(judge: &Judge) -> Option<String> {
    let mut made = judge.made.keys();
    made.find(|object| !is_somewhere(judge, object, 0))
        .map(|object| format!("{object} is lost"))
}

/// Whether something lives on some chain, ended on one, is inside a container that is somewhere, or went to a chain that is corrupt.
fn is_somewhere(judge: &Judge, object: &ObjectId, depth: usize) -> bool {
    if !judge.homes_of(object).is_empty() {
        return true;
    }
    let mut locks = judge.locks.iter();
    let kept = |((_, to, _), lock): (&LockId, &Lock)| {
        lock.object == *object && lock.settled != Some(false) && !judge.chains[*to].honest
    };
    let made = judge.made.get(object);
    if made.is_some_and(|at| !judge.chains[*at].honest) || locks.any(kept) {
        return true;
    }
    judge.chains.iter().any(|seen| {
        let Some(record) = seen.get::<Object>(&keys::object(object)) else {
            return false;
        };
        if !seen.honest || record.exists() && seen.status(object).ended.is_some() {
            return true;
        }
        match &record.holder {
            Some(Holder::Container(placement)) if record.is_live() && depth < 8 => {
                is_somewhere(judge, &placement.container, depth + 1)
            }
            _ => false,
        }
    })
}

/// Something that waits for a history which every chain on the way could show.
fn unwalked(judge: &Judge) -> Option<String> {
    if judge.chains.iter().any(|seen| !seen.honest) {
        return None;
    }
    let waiting = judge.unwalked.iter();
    let mut things = waiting.flat_map(|(event, (at, about))| {
        let things = about.iter();
        things.map(move |object| (event, *at, object))
    });
    let open = things.find(|(_, at, object)| {
        let record: Option<Object> = judge.chains[*at].get(&keys::object(object));
        record.is_some_and(|record| {
            let shown = record.flags.has(Flags::WALKED) || record.flags.has(Flags::REFUTED);
            record.is_live() && !record.passed.is_empty() && !shown
        })
    });
    open.map(|(event, at, object)| {
        format!("{event} waits for the history of {object} at {}", NAMES[at])
    })
}
