//! Bringing in what is inside containers that came from other chains, when an event needs it; and the histories of objects, when one
//! waits for those ([`histories`]).
//!
//! The events that wait say what they need. Whichever chains know an object inside a container that is here, or inside one that
//! is inside one that is here, may have it; the rules decide which one does.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use pangolin_ledger::{
    ChainId, EventId, Item, Key, Missing, ObjectId, evidence,
    limits::{MAX_DEPTH, MAX_STAYS},
    state::{Filling, Holder, Object, Parked, Placement, keys},
};

use crate::{
    board::Board,
    draft::{Drafter, Expected},
    histories, lane,
    limits::{CONTENTS, LONGEST_PAUSE},
    port::{Fate, PortError, Ports},
    pulse::Pulses,
};

/// Events looked at in one round.
const ROUND: usize = 1_024;

/// Longest pause between two looks at an event that waits, while no others do.
const PATIENCE: Duration = Duration::from_secs(5);

/// An event that waits, and when it is looked at again.
#[derive(Debug, Clone, Copy, Default)]
struct Look {
    times: u32,
    when: Duration,
}

/// Where another chain has, or had, an object.
struct Candidate {
    chain: ChainId,
    placement: Placement,
    record: Object,
}

/// Brings objects in at one chain.
pub(crate) struct Contents {
    pub(crate) at: ChainId,
    pub(crate) drafter: Drafter,
    pub(crate) board: Arc<Board>,
    pub(crate) pulses: Pulses,
}

impl Contents {
    fn ports(&self) -> &Ports {
        self.drafter.ports()
    }

    /// Goes on for as long as the chain's pulse is taken.
    pub(crate) async fn run(mut self) {
        let mut looks: BTreeMap<EventId, Look> = BTreeMap::new();
        while self.pulses.changed().await.is_ok() {
            if self.pulses.borrow_and_update().is_none() {
                continue;
            }
            loop {
                match self.round(&mut looks).await {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => {
                        self.board.trouble_inside(self.at, &error);
                        self.board.sleep(lane::pause(2)).await;
                        break;
                    }
                }
            }
        }
    }

    /// Whether something was brought and more is due.
    async fn round(&self, looks: &mut BTreeMap<EventId, Look>) -> Result<bool, PortError> {
        let port = self.drafter.port(&self.at)?;
        let waiting: BTreeSet<EventId> = port.waiting().await?.into_iter().collect();
        looks.retain(|event, _| waiting.contains(event));
        let now = self.board.now();
        let due = waiting
            .iter()
            .filter(|event| looks.get(event).is_none_or(|look| look.when <= now));
        let due: Vec<EventId> = due.take(ROUND).copied().collect();
        if due.is_empty() {
            return Ok(false);
        }
        let (wanted, unproven) = self.wanted(&due).await?;
        let mut brought = self.bring(wanted).await?;
        self.board.brought_in(self.at, brought);
        let (walked, trouble) = histories::bring(&self.drafter, self.at, unproven).await;
        self.board.walked(self.at, walked);
        if let Some(trouble) = trouble {
            self.board.trouble_inside(self.at, &trouble);
        }
        brought += walked;
        let longest = longest_pause(waiting.len());
        for event in due {
            let look = looks.entry(event).or_default();
            // what was brought may be what the next thing is inside of
            if brought > 0 {
                *look = Look::default();
                continue;
            }
            look.times = look.times.saturating_add(1);
            look.when = self.board.now() + lane::pause(look.times).min(longest);
        }
        Ok(brought > 0)
    }

    /// The objects that events name and that are not here, and those whose histories they wait for.
    async fn wanted(
        &self,
        events: &[EventId],
    ) -> Result<(BTreeSet<ObjectId>, BTreeSet<ObjectId>), PortError> {
        let port = self.drafter.port(&self.at)?;
        let view = port.read(events.iter().map(keys::parked).collect()).await?;
        let (mut named, mut unproven) = (BTreeSet::new(), BTreeSet::new());
        for event in events {
            let parked: Option<Parked> = view
                .get(&keys::parked(event))
                .map_err(|error| PortError::record(&error))?;
            if let Some(parked) = parked {
                named.extend(parked.event.objects.iter().cloned());
                named.extend(parked.event.parent);
                unproven.extend(parked.missing.into_iter().filter_map(history_of));
            }
        }
        Ok((self.not_here(named).await?, unproven))
    }

    /// Those that this chain has no record of in a container that is here.
    async fn not_here(&self, named: BTreeSet<ObjectId>) -> Result<BTreeSet<ObjectId>, PortError> {
        let records = self.objects(&self.at, named.iter()).await?;
        let around = records
            .values()
            .filter_map(container_of)
            .map(|placement| placement.container.clone());
        let around: BTreeSet<ObjectId> = around.collect();
        let containers = self.objects(&self.at, around.iter()).await?;
        let here = |id: &ObjectId| {
            let record = records.get(id)?;
            let Some(placement) = container_of(record) else {
                return Some(());
            };
            // a container that went and came back is at another filling: what was in it may have gone another way
            let container = containers.get(&placement.container)?;
            (container.epoch == placement.epoch).then_some(())
        };
        Ok(named.into_iter().filter(|id| here(id).is_none()).collect())
    }

    /// The records of objects that exist on a chain.
    async fn objects<'o>(
        &self,
        chain: &ChainId,
        ids: impl Iterator<Item = &'o ObjectId>,
    ) -> Result<BTreeMap<ObjectId, Object>, PortError> {
        let ids: Vec<&ObjectId> = ids.collect();
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let port = self.drafter.port(chain)?;
        let view = port
            .read(ids.iter().map(|id| keys::object(id)).collect())
            .await?;
        let mut found = BTreeMap::new();
        for id in ids {
            let record: Option<Object> = view
                .get(&keys::object(id))
                .map_err(|error| PortError::record(&error))?;
            if let Some(record) = record.filter(Object::exists) {
                found.insert(id.clone(), record);
            }
        }
        Ok(found)
    }

    /// Brings in what can be brought in, containers before what is inside them; how many objects.
    async fn bring(&self, wanted: BTreeSet<ObjectId>) -> Result<u64, PortError> {
        let mut brought = 0;
        let mut levels = vec![wanted];
        while let Some(wanted) = levels.last().cloned()
            && levels.len() <= MAX_DEPTH
        {
            let candidates = self.candidates(&wanted).await?;
            let around = candidates
                .values()
                .flatten()
                .map(|found| found.placement.container.clone());
            let around: BTreeSet<ObjectId> = around.collect();
            let missing = self.not_here(around).await?;
            let outer: BTreeSet<ObjectId> = missing.difference(&wanted).cloned().collect();
            if outer.is_empty() || levels.len() == MAX_DEPTH {
                break;
            }
            levels.push(outer);
        }
        while let Some(wanted) = levels.pop() {
            let wanted: Vec<ObjectId> = wanted.into_iter().collect();
            for wanted in wanted.chunks(CONTENTS) {
                brought += self.bring_level(wanted).await?;
            }
        }
        Ok(brought)
    }

    /// What other chains know of objects that were inside containers there.
    async fn candidates(
        &self,
        wanted: &BTreeSet<ObjectId>,
    ) -> Result<BTreeMap<ObjectId, Vec<Candidate>>, PortError> {
        let mut found: BTreeMap<ObjectId, Vec<Candidate>> = BTreeMap::new();
        for chain in self.ports().keys().filter(|chain| **chain != self.at) {
            // a chain that cannot be asked now is asked the next time
            let Ok(records) = self.objects(chain, wanted.iter()).await else {
                continue;
            };
            for (id, record) in records {
                if let Some(placement) = container_of(&record).cloned() {
                    found.entry(id).or_default().push(Candidate {
                        chain: *chain,
                        placement,
                        record,
                    });
                }
            }
        }
        Ok(found)
    }

    /// Brings in objects whose containers are here.
    async fn bring_level(&self, wanted: &[ObjectId]) -> Result<u64, PortError> {
        let wanted: BTreeSet<ObjectId> = wanted.iter().cloned().collect();
        let candidates = self.candidates(&wanted).await?;
        let around = candidates
            .values()
            .flatten()
            .map(|found| found.placement.container.clone());
        let around: BTreeSet<ObjectId> = around.collect();
        let containers = self.objects(&self.at, around.iter()).await?;
        let mut by_chain: BTreeMap<ChainId, Vec<(ObjectId, &Candidate)>> = BTreeMap::new();
        for (id, found) in &candidates {
            for candidate in found {
                if containers.contains_key(&candidate.placement.container) {
                    by_chain
                        .entry(candidate.chain)
                        .or_default()
                        .push((id.clone(), candidate));
                }
            }
        }
        let mut brought = 0;
        for (chain, found) in by_chain {
            brought += self.bring_from(chain, &found, &containers).await?;
        }
        Ok(brought)
    }

    async fn bring_from(
        &self,
        chain: ChainId,
        found: &[(ObjectId, &Candidate)],
        containers: &BTreeMap<ObjectId, Object>,
    ) -> Result<u64, PortError> {
        let mut expected = Expected::new();
        let mut ways: BTreeMap<&ObjectId, Vec<(ChainId, u32)>> = BTreeMap::new();
        let mut items = Vec::new();
        for (id, candidate) in found {
            let container = &candidate.placement.container;
            let Some(here) = containers.get(container) else {
                continue;
            };
            if !ways.contains_key(container) {
                ways.insert(container, self.way(container, here.epoch).await?);
            }
            for (stay, epoch) in ways.get(container).into_iter().flatten() {
                let wanted = expected.entry(*stay).or_default();
                wanted.extend([
                    keys::object(id),
                    keys::filling(container, *epoch),
                    keys::brought(container, *epoch, id),
                ]);
            }
            expected
                .entry(chain)
                .or_default()
                .extend(evidence::beside(id, &candidate.record));
            items.push(Item::Content {
                container: container.clone(),
                epoch: here.epoch,
                object: id.clone(),
            });
        }
        let (draft, left_out) = self
            .drafter
            .draft(&self.at, &chain, items, expected)
            .await?;
        if let Some(left) = left_out.into_iter().find(|left| !left.is_known()) {
            let trouble = PortError::new(&left.code, left.message);
            self.board.trouble_inside(self.at, &trouble);
        }
        let Some(draft) = draft else {
            return Ok(0);
        };
        let count = draft.items.len() as u64;
        match self.drafter.port(&self.at)?.submit(&draft.tx).await? {
            Fate::Final => Ok(count),
            Fate::Refused { code, message, .. } => Err(PortError::new(&code, message)),
            Fate::Unknown => Err(PortError::new(
                "not-final",
                "what was brought in is not final yet",
            )),
        }
    }

    /// The chains over which a filling of a container came, with the filling's number on each.
    async fn way(
        &self,
        container: &ObjectId,
        epoch: u32,
    ) -> Result<Vec<(ChainId, u32)>, PortError> {
        let mut way = Vec::new();
        let mut next = (self.at, epoch);
        while way.len() < MAX_STAYS {
            let (chain, epoch) = next;
            let Some(port) = self.ports().get(&chain) else {
                break;
            };
            let key: Key = keys::filling(container, epoch);
            let view = port.read(vec![key]).await?;
            let filling: Option<Filling> =
                view.get(&key).map_err(|error| PortError::record(&error))?;
            let Some(stay) = filling.and_then(|filling| filling.came) else {
                break;
            };
            next = (stay.chain, stay.epoch);
            way.push(next);
        }
        Ok(way)
    }
}

/// Longest pause between two looks at an event: people wait for it, so it is short while few events wait.
fn longest_pause(waiting: usize) -> Duration {
    let for_others = u64::try_from(waiting).map_or(LONGEST_PAUSE, Duration::from_millis);
    PATIENCE.saturating_add(for_others).min(LONGEST_PAUSE)
}

/// The object whose history is missing.
fn history_of(missing: Missing) -> Option<ObjectId> {
    match missing {
        Missing::Ancestry(object) => Some(object),
        Missing::Object(_)
        | Missing::Fact { .. }
        | Missing::Stock { .. }
        | Missing::Feed { .. } => None,
    }
}

fn container_of(record: &Object) -> Option<&Placement> {
    match &record.holder {
        Some(Holder::Container(placement)) => Some(placement),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewer_wait_the_sooner_they_are_looked_at_again() {
        assert_eq!(longest_pause(0), Duration::from_secs(5));
        assert_eq!(longest_pause(1_000), Duration::from_secs(6));
        assert_eq!(longest_pause(1_000_000), LONGEST_PAUSE);
    }
}
