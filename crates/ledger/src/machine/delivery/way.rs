//! The way of an object, or of a filling, over several chains, as their records prove it.

use crate::{
    id::{ChainId, ObjectId},
    limits::{MAX_DEPTH, MAX_STAYS},
    machine::{
        act::{Found, locate},
        halt::Halt,
    },
    report::reasons,
    say,
    state::{Filling, Holder, Object, Placement, Status, Stay, keys},
};

use super::Work;

impl Work<'_> {
    /// The chain to which an object of this chain went, alone or inside a container.
    pub(super) fn away(&self, here: &Object) -> Result<Option<ChainId>, Halt> {
        match (&here.status, here.placement()) {
            (Status::Away(chain), _) => Ok(Some(*chain)),
            (Status::Live, Some(placement)) => Ok(match locate(self.o, placement)? {
                Found::Inside(location) => location.away,
                Found::Free(_) => None,
            }),
            _ => Ok(None),
        }
    }

    /// Whether an object that went from here to `first` came from there to the delivering chain, by the records of the
    /// chains between.
    pub(super) fn came_from(
        &self,
        first: ChainId,
        object: &ObjectId,
        place: &str,
    ) -> Result<bool, Halt> {
        let mut chain = first;
        for _ in 0..MAX_STAYS {
            if chain == self.chain {
                return Ok(true);
            }
            match self.left(&chain, object, place)? {
                Some(next) if next != self.block.chain => chain = next,
                _ => return Ok(false),
            }
        }
        Ok(false)
    }

    /// The chain to which an object went from another one, by that chain's records.
    fn left(
        &self,
        chain: &ChainId,
        object: &ObjectId,
        place: &str,
    ) -> Result<Option<ChainId>, Halt> {
        let mut id = object.clone();
        let mut filling = None;
        for _ in 0..=MAX_DEPTH {
            let key = keys::object(&id);
            let Some(shown) = self.shown_of(chain, &key, "the object's record", place)? else {
                return Ok(None);
            };
            let record: Object = self.read(shown, "the object's record", place)?;
            if let Some(epoch) = filling.filter(|epoch| *epoch != record.epoch) {
                let found = self.filling_of(chain, &id, epoch, place)?;
                return Ok(found.and_then(|filling| filling.went));
            }
            match (record.status, record.holder) {
                (Status::Away(next), _) => return Ok(Some(next)),
                (Status::Live, Some(Holder::Container(Placement { container, epoch }))) => {
                    (id, filling) = (container, Some(epoch));
                }
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Where a filling came from, the last chain first.
    pub(super) fn stays(
        &self,
        container: &ObjectId,
        epoch: u32,
        place: &str,
    ) -> Result<Vec<Stay>, Halt> {
        let mut stays: Vec<Stay> = Vec::new();
        let mut next = (self.block.chain, epoch);
        while stays.len() < MAX_STAYS {
            let (chain, epoch) = next;
            let filling = self.filling_of(&chain, container, epoch, place)?;
            let Some(stay) = filling.and_then(|filling| filling.came) else {
                break;
            };
            stays.push(stay);
            next = (stay.chain, stay.epoch);
        }
        if stays.is_empty() {
            let message = say!["filling ", epoch, " of ", container, " began here"];
            return Err(self.refuse(&reasons::NO_FILLING, place, message));
        }
        Ok(stays)
    }

    fn filling_of(
        &self,
        chain: &ChainId,
        container: &ObjectId,
        epoch: u32,
        place: &str,
    ) -> Result<Option<Filling>, Halt> {
        let key = keys::filling(container, epoch);
        if *chain == self.block.chain {
            return Ok(self.o.get(&key)?);
        }
        let shown = self.shown_of(chain, &key, "the filling of a container", place)?;
        let read = |bytes| self.read(bytes, "the filling of a container", place);
        shown.map(read).transpose()
    }
}
