//! What became of the orders of another chain, and that all of it is known.

use crate::{
    machine::{halt::Halt, orders},
    report::{Effect, reasons},
    say,
    state::{Change, Feed, Missing, Notice, Notices, TxRecord, keys},
};

use super::Work;

impl Work<'_> {
    /// Takes note of what became of an order there.
    pub(super) fn notice(&mut self, seq: u64, place: &str) -> Result<(), Halt> {
        let key = keys::feed(&self.chain);
        let feed: Feed = self.o.get(&key)?.unwrap_or_default();
        if seq < feed.next {
            let message = say!["notice ", seq, " is known"];
            return Err(self.refuse(&reasons::ALREADY_RECORDED, place, message));
        }
        if seq > feed.next {
            let message = say!["notice ", feed.next, " comes first"];
            return Err(self.refuse(&reasons::NOTICE_GAP, place, message));
        }
        let shown = self.shown(&keys::notice(seq), "the notice", place)?;
        let Some(shown) = shown else {
            let message = say!["there is no notice ", seq];
            return Err(self.refuse(&reasons::NO_NOTICE, place, message));
        };
        let notice: Notice = self.read(shown, "the notice", place)?;
        match &notice.change {
            Change::Began { kind, expires } => {
                orders::enlist_foreign(self.o, &self.chain, &notice, *kind, *expires, place)?;
            }
            Change::Ended => orders::delist_foreign(self.o, &self.chain, &notice)?,
            Change::Exempted(object) => {
                let height = self.block.height;
                let key = keys::foreign_exemption(&self.chain, &notice.order, object);
                self.o.put(key, &TxRecord { height });
            }
        }
        let next = feed.next + 1;
        self.o.put(key, &Feed { next, ..feed });
        self.done.effects.push(Effect::Noticed {
            chain: self.chain,
            seq,
            order: notice.order,
        });
        Ok(())
    }

    /// All notices of the other chain up to the time of the proof are known here.
    pub(super) fn all_noticed(&mut self, place: &str) -> Result<(), Halt> {
        let key = keys::feed(&self.chain);
        let feed: Feed = self.o.get(&key)?.unwrap_or_default();
        let written: Notices = match self.shown(&keys::notices(), "the number of notices", place)? {
            Some(shown) => self.read(shown, "the number of notices", place)?,
            None => Notices::default(),
        };
        if written.next > feed.next {
            let message = say!["notice ", feed.next, " comes first"];
            return Err(self.refuse(&reasons::NOTICE_GAP, place, message));
        }
        let time = self.proven.header.time;
        if feed.as_of.is_some_and(|known| known >= time) {
            let message = say!["this is known as of a later time"];
            return Err(self.refuse(&reasons::ALREADY_RECORDED, place, message));
        }
        let chain = self.chain;
        let lanes = feed.lanes.iter();
        self.done
            .woken
            .extend(lanes.map(|lane| Missing::Feed { chain, lane: *lane }));
        let as_of = Some(time);
        self.o.put(key, &Feed { as_of, ..feed });
        Ok(())
    }
}
