//! Which records a walk rests on, as far as the walk itself names them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Hint, Step, Walk, digests};
use crate::{
    id::ChainId,
    state::{Key, keys},
};

/// The records that show the steps of a walk, and what the chains say of the moves in it, by chain. Whoever gathers a walk has their
/// proofs, unless a chain denies what another says: then these are the records to be asked for. From where a filling of a container
/// came is known by the record of that filling only, and so is not in it.
pub fn rests_on(walk: &Walk) -> BTreeMap<ChainId, BTreeSet<Key>> {
    let mut wanted = Wanted(BTreeMap::new());
    let chain = |at: u8| walk.chains.get(usize::from(at)).copied();
    let done = digests(walk).unwrap_or_default();
    for (at, step) in walk.steps.iter().enumerate() {
        let parent_chain = |back: u32| {
            let back = usize::try_from(back).ok()?;
            let (of, _) = done.get(at.checked_sub(back)?)?;
            chain(*of)
        };
        match step {
            Step::Event {
                chain: of, event, ..
            } if step.parents().is_empty() => {
                wanted.of(chain(*of), keys::event(event));
            }
            Step::Arrival {
                parent,
                chain: to,
                seq,
            } => wanted.crossing(parent_chain(*parent), chain(*to), *seq),
            Step::Returned { parent, other, seq } => {
                if let Some(other) = chain(*other) {
                    wanted.of(parent_chain(*parent), keys::settlement(&other, *seq));
                }
            }
            Step::Carried {
                parent,
                chain: to,
                object,
                container,
                epoch,
            } => {
                wanted.of(chain(*to), keys::brought(container, *epoch, object));
                wanted.of(chain(*to), keys::filling(container, *epoch));
                wanted.of(parent_chain(*parent), keys::object(object));
            }
            Step::Event { .. } | Step::Gap { .. } | Step::Hidden { .. } => {}
        }
    }
    for hint in &walk.hints {
        match hint {
            Hint::Lock {
                chain: to,
                from,
                seq,
            } => {
                wanted.crossing(chain(*from), chain(*to), *seq);
            }
            Hint::Inside {
                chain: to,
                object,
                container,
                epoch,
            } => {
                wanted.of(chain(*to), keys::brought(container, *epoch, object));
                wanted.of(chain(*to), keys::filling(container, *epoch));
            }
        }
    }
    wanted.0
}

struct Wanted(BTreeMap<ChainId, BTreeSet<Key>>);

impl Wanted {
    fn of(&mut self, chain: Option<ChainId>, key: Key) {
        if let Some(chain) = chain {
            self.0.entry(chain).or_default().insert(key);
        }
    }

    fn crossing(&mut self, from: Option<ChainId>, to: Option<ChainId>, seq: u64) {
        if let (Some(source), Some(destination)) = (from, to) {
            self.of(from, keys::outbox(&destination, seq));
            self.of(to, keys::inbox(&source, seq));
        }
    }
}
