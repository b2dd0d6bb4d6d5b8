//! The way of an object, or of a filling, over several chains, as their records prove it.

use crate::{
    id::{ChainId, ObjectId},
    limits::{MAX_DEPTH, MAX_STAYS},
    machine::halt::Halt,
    report::reasons,
    say,
    state::{Filling, Holder, Object, Placement, Status, Stay, keys},
};

use super::Work;

/// An object on its way, and the containers around it that went with it, innermost first.
struct Level {
    id: ObjectId,
    /// Its filling on the last chain that had a record of it.
    epoch: u32,
}

/// Where an object went.
pub(super) struct Gone {
    pub(super) to: ChainId,
    levels: Vec<Level>,
}

impl Work<'_> {
    /// The chain to which an object of this chain went, alone or inside a container.
    pub(super) fn away(&self, id: &ObjectId, here: &Object) -> Result<Option<Gone>, Halt> {
        self.follow(&self.block.chain, id, here.clone(), "")
    }

    /// Whether an object that went from here came to the delivering chain, by the records of the chains between.
    pub(super) fn came_from(&self, gone: Gone, place: &str) -> Result<bool, Halt> {
        let mut gone = gone;
        for _ in 0..MAX_STAYS {
            if gone.to == self.chain {
                return Ok(true);
            }
            match self.left(gone, place)? {
                Some(next) if next.to != self.block.chain => gone = next,
                _ => return Ok(false),
            }
        }
        Ok(false)
    }

    /// The chain to which an object went on, by the records of the one to which it came.
    fn left(&self, gone: Gone, place: &str) -> Result<Option<Gone>, Halt> {
        let Gone { to: at, mut levels } = gone;
        let Some(mut outer) = levels.pop() else {
            return Ok(None);
        };
        outer.epoch = outer.epoch.saturating_add(1);
        // whoever was not brought in is inside still
        while let Some(inner) = levels.pop() {
            let key = keys::brought(&outer.id, outer.epoch, &inner.id);
            if self
                .shown_of(&at, &key, "whether it had the object", place)?
                .is_none()
            {
                levels.push(inner);
                break;
            }
            outer = Level {
                epoch: inner.epoch.saturating_add(1),
                ..inner
            };
        }
        let key = keys::object(&outer.id);
        let Some(shown) = self.shown_of(&at, &key, "the object's record", place)? else {
            return Ok(None);
        };
        let record = self.read(shown, "the object's record", place)?;
        let mut next = self.follow(&at, &outer.id, record, place)?;
        if let Some(gone) = &mut next {
            levels.append(&mut gone.levels);
            gone.levels = levels;
        }
        Ok(next)
    }

    /// Follows the containers around an object outwards, to the one that went to another chain.
    fn follow(
        &self,
        chain: &ChainId,
        id: &ObjectId,
        record: Object,
        place: &str,
    ) -> Result<Option<Gone>, Halt> {
        let (mut id, mut record) = (id.clone(), record);
        let mut levels = Vec::new();
        loop {
            levels.push(Level {
                id,
                epoch: record.epoch,
            });
            let placement = match (record.status, record.holder) {
                (Status::Away(to), _) => return Ok(Some(Gone { to, levels })),
                (Status::Live, Some(Holder::Container(placement))) => placement,
                _ => return Ok(None),
            };
            let Some(around) = self.record_of(chain, &placement.container, place)? else {
                return Ok(None);
            };
            if levels.len() > MAX_DEPTH {
                return Ok(None);
            }
            let Placement { container, epoch } = placement;
            if around.epoch != epoch {
                let filling = self.filling_of(chain, &container, epoch, place)?;
                let went = filling.and_then(|filling| filling.went);
                levels.push(Level {
                    id: container,
                    epoch,
                });
                return Ok(went.map(|to| Gone { to, levels }));
            }
            (id, record) = (container, around);
        }
    }

    fn record_of(
        &self,
        chain: &ChainId,
        id: &ObjectId,
        place: &str,
    ) -> Result<Option<Object>, Halt> {
        let key = keys::object(id);
        if *chain == self.block.chain {
            let here = self.o.object(&key)?;
            return Ok(here.map(|here| Object::clone(&here)));
        }
        let shown = self.shown_of(chain, &key, "a container's record", place)?;
        let read = |bytes| self.read(bytes, "a container's record", place);
        shown.map(read).transpose()
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
