//! Objects that came inside containers: how each filling came, by the records of the chains on its way.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    BadWalk, Hint, Moved,
    crossing::cross,
    sight::{Sight, Sights, bad},
};
use crate::{
    id::{ChainId, Digest32, Height, ObjectId},
    limits::{MAX_DEPTH, MAX_STAYS},
    report::Message,
    say,
    state::{Filling, Holder, Object, Placement, Stay, TxRecord, keys},
};

/// An object inside a container on the chain it came from.
pub(super) struct Held<'a> {
    pub(super) object: &'a ObjectId,
    pub(super) container: &'a ObjectId,
    pub(super) digest: Digest32,
    pub(super) from: ChainId,
}

/// How it came.
#[derive(Default)]
pub(super) struct Carried {
    pub(super) over: BTreeSet<ChainId>,
    pub(super) moves: Vec<Moved>,
    pub(super) gaps: Vec<(&'static str, Message)>,
    /// When the container around it was locked there.
    pub(super) left: Option<Height>,
    /// When it was brought in.
    pub(super) came: Option<Height>,
}

/// What the hints say, checked against what is proven.
pub(super) struct Fillings {
    locks: Vec<Moved>,
    /// What containers came inside of, by chain and container.
    inside: BTreeMap<(ChainId, ObjectId), Vec<Placement>>,
    /// Fillings whose coming is shown, or was found missing.
    seen: BTreeSet<(ChainId, ObjectId, u32)>,
}

impl Fillings {
    pub(super) fn read(sights: &Sights<'_>, hints: &[Hint]) -> Result<Self, BadWalk> {
        let mut locks = Vec::new();
        let mut inside: BTreeMap<_, Vec<Placement>> = BTreeMap::new();
        for (at, hint) in hints.iter().enumerate() {
            let place = format!("/hints/{at}");
            match hint {
                Hint::Lock { chain, from, seq } => {
                    let (to, from) = (sights.chain(*chain, &place)?, sights.chain(*from, &place)?);
                    let crossing = cross(sights, &from, &to, *seq, &place)?;
                    if let Some(denied) = crossing.denied {
                        return Err(bad("wrong-crossing", &place, denied.message));
                    }
                    let digest = crossing.inbox.as_ref().map(|entry| entry.provenance);
                    let object = crossing.object().cloned();
                    let digest = digest.unwrap_or(Digest32([0; 32]));
                    locks.extend(crossing.moved(object, &from, &to, *seq, digest));
                }
                Hint::Inside {
                    chain,
                    object,
                    container,
                    epoch,
                } => {
                    let to = sights.chain(*chain, &place)?;
                    let within = Placement {
                        container: container.clone(),
                        epoch: *epoch,
                    };
                    inside.entry((to, object.clone())).or_default().push(within);
                }
            }
        }
        Ok(Self {
            locks,
            inside,
            seen: BTreeSet::new(),
        })
    }

    /// How an object came inside a container.
    pub(super) fn carried(
        &mut self,
        sights: &Sights<'_>,
        held: &Held<'_>,
        to: &ChainId,
        epoch: u32,
        place: &str,
    ) -> Result<Carried, BadWalk> {
        let Held {
            object,
            container,
            digest,
            from,
        } = held;
        let mut carried = Carried {
            came: brought(sights, to, (container, epoch), object, place)?,
            ..Carried::default()
        };
        if carried.came.is_none() {
            let message = say![
                "that ",
                *object,
                " was brought in on ",
                to,
                " out of ",
                *container
            ];
            carried.gaps.push(("carried-not-shown", message));
        }
        let mut at = (*to, epoch);
        for _ in 0..MAX_STAYS {
            let stay = self.came(sights, &at.0, (container, at.1), 0, &mut carried, place)?;
            let Some(stay) = stay else {
                break;
            };
            at = (stay.chain, stay.epoch);
            if stay.chain != *from {
                continue;
            }
            // every event makes another digest, so the same digest is the same state, also if it came home since
            let record = sights.get::<Object>(from, &keys::object(object), place)?;
            let held =
                from == to || matches!(record, Sight::Is(record) if record.provenance == *digest);
            if held {
                carried.left = Some(stay.locked);
                // an object counts as having come over every chain of its filling, from before it was put in too
                for _ in 0..MAX_STAYS {
                    let key = keys::filling(container, at.1);
                    let Sight::Is(Filling {
                        came: Some(stay), ..
                    }) = sights.get(&at.0, &key, place)?
                    else {
                        break;
                    };
                    carried.over.insert(stay.chain);
                    at = (stay.chain, stay.epoch);
                }
                return Ok(carried);
            }
        }
        let message = say![
            "that ",
            *object,
            " was inside ",
            *container,
            " with digest ",
            digest.to_string(),
            " when that left ",
            *from
        ];
        carried.gaps.push(("carried-not-shown", message));
        Ok(carried)
    }

    /// Where a filling came from; `None`: it began there, or that is not shown.
    fn came(
        &mut self,
        sights: &Sights<'_>,
        at: &ChainId,
        (container, epoch): (&ObjectId, u32),
        depth: usize,
        carried: &mut Carried,
        place: &str,
    ) -> Result<Option<Stay>, BadWalk> {
        let key = keys::filling(container, epoch);
        let stay = match sights.get::<Filling>(at, &key, place)? {
            Sight::Is(filling) => filling.came,
            Sight::Absent => None,
            Sight::Unknown => {
                let message = say!["from where ", container, " came to ", *at];
                carried.gaps.push(("container-not-shown", message));
                None
            }
        };
        let Some(stay) = stay else {
            return Ok(None);
        };
        carried.over.extend([*at, stay.chain]);
        let name = (*at, container.clone(), epoch);
        if self.seen.insert(name)
            && !self.moved(sights, (at, container), &stay, depth, carried, place)?
        {
            let message = say![
                "that ",
                container,
                " left ",
                stay.chain,
                " for ",
                *at,
                "; ",
                *at,
                " says that it was locked there at height ",
                stay.locked.0
            ];
            carried.gaps.push(("container-not-shown", message));
        }
        Ok(Some(stay))
    }

    /// Whether both chains show that a container moved, alone or inside another.
    fn moved(
        &mut self,
        sights: &Sights<'_>,
        (at, container): (&ChainId, &ObjectId),
        stay: &Stay,
        depth: usize,
        carried: &mut Carried,
        place: &str,
    ) -> Result<bool, BadWalk> {
        let own = self.locks.iter().find(|lock| {
            lock.object == *container
                && (lock.to, lock.from) == (*at, stay.chain)
                && lock.left == Some(stay.locked)
                && lock.came.is_some()
        });
        if let Some(own) = own {
            carried.moves.push(own.clone());
            return Ok(true);
        }
        if depth >= MAX_DEPTH {
            return Ok(false);
        }
        let within = self.inside.get(&(*at, container.clone())).cloned();
        for Placement {
            container: outer,
            epoch,
        } in within.into_iter().flatten()
        {
            if brought(sights, at, (&outer, epoch), container, place)?.is_none() {
                continue;
            }
            let mut next = (*at, epoch);
            for _ in 0..MAX_STAYS {
                let came =
                    self.came(sights, &next.0, (&outer, next.1), depth + 1, carried, place)?;
                let Some(came) = came else {
                    break;
                };
                next = (came.chain, came.epoch);
                if (came.chain, came.locked) != (stay.chain, stay.locked) {
                    continue;
                }
                let record = sights.get::<Object>(&came.chain, &keys::object(container), place)?;
                return Ok(
                    matches!(record, Sight::Is(record) if is_in(&record, &outer, came.epoch)),
                );
            }
        }
        Ok(false)
    }
}

/// When an object was brought into a filling; `None`: that is not shown.
fn brought(
    sights: &Sights<'_>,
    at: &ChainId,
    (container, epoch): (&ObjectId, u32),
    object: &ObjectId,
    place: &str,
) -> Result<Option<Height>, BadWalk> {
    match sights.get::<TxRecord>(at, &keys::brought(container, epoch, object), place)? {
        Sight::Is(record) => Ok(Some(record.height)),
        Sight::Unknown => Ok(None),
        Sight::Absent => {
            let message = say![
                object,
                " was not brought in on ",
                *at,
                " out of ",
                container
            ];
            Err(bad("wrong-crossing", place, message))
        }
    }
}

fn is_in(record: &Object, container: &ObjectId, epoch: u32) -> bool {
    let within = Placement {
        container: container.clone(),
        epoch,
    };
    record.holder == Some(Holder::Container(within))
}
