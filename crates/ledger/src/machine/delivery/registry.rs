//! What a registry recorded of chains, and what shows that a chain cannot be believed.

use crate::{
    id::ChainId,
    kernel::k02_chains,
    limits::MAX_CHAIN_RECORDS,
    machine::{Machine, cascade, halt::Halt},
    report::{Effect, reasons},
    say,
    state::{ChainRecord, ChainState, Directory, Following, Fork, Noted, keys},
};

use super::{Work, check};

impl Work<'_> {
    /// Takes note of what a registry recorded of a chain.
    pub(super) fn recorded(&mut self, chain: &ChainId, place: &str) -> Result<(), Halt> {
        let registry = self.chain;
        let following = k02_chains::followed(self.o, &registry, place)?;
        let key = keys::noted(&registry, chain);
        let before: Option<Noted> = self.o.get(&key)?;
        let shown = self.shown(&keys::chain_record(chain), "a chain", place)?;
        let Some(shown) = shown else {
            let message = say!["it has no record of ", chain];
            return Err(self.refuse(&reasons::NO_CHAIN_RECORD, place, message));
        };
        let record: ChainRecord = self.read(shown, "the record of a chain", place)?;
        let noted = self.noted(before.as_ref(), chain, &record, place)?;
        let following = self.counted(following, before.as_ref(), &noted, place)?;
        let heeded = k02_chains::heed(
            self.o,
            (&self.block.chain, self.block.height),
            (&registry, &following),
            chain,
            &record,
        )?;
        self.o.put(key, &noted);
        self.o.put(keys::following(&registry), &following);
        self.done.effects.push(Effect::Heard {
            registry,
            chain: *chain,
            revision: noted.revision,
            heeded,
        });
        if heeded {
            self.done.effects.push(Effect::Foreign(*chain));
        }
        Ok(())
    }

    /// What is kept of a version of a record, if it is a later one and does not contradict what was said before.
    fn noted(
        &self,
        before: Option<&Noted>,
        chain: &ChainId,
        record: &ChainRecord,
        place: &str,
    ) -> Result<Noted, Halt> {
        let noted = Noted {
            revision: record.revision,
            state: record.state,
            key: k02_chains::key_digest(&record.identity.key),
            proven_at: self.proven.header.height,
            height: self.block.height,
        };
        let Some(before) = before else {
            return Ok(noted);
        };
        if record.revision <= before.revision {
            let message = say!["version ", before.revision, " of ", chain, " is known"];
            return Err(self.refuse(&reasons::ALREADY_RECORDED, place, message));
        }
        if noted.key != before.key {
            let message = say!["it recorded another key of ", chain, " before"];
            return Err(self.refuse(&reasons::IDENTITY_DIFFERS, place, message));
        }
        if before.state == ChainState::Retired {
            let message = say!["it retired ", chain, " before"];
            return Err(self.refuse(&reasons::CHAIN_RETIRED, place, message));
        }
        Ok(noted)
    }

    /// How far the registry is known with one more version.
    fn counted(
        &self,
        mut following: Following,
        before: Option<&Noted>,
        noted: &Noted,
        place: &str,
    ) -> Result<Following, Halt> {
        if before.is_none() {
            if following.chains >= MAX_CHAIN_RECORDS {
                let message = "it has recorded more chains than a registry records";
                return Err(self.refuse(&reasons::REGISTRY_FULL, place, message));
            }
            following.chains += 1;
        }
        let more = noted.revision - before.map_or(0, |before| before.revision);
        let Some(known) = following.known.checked_add(more) else {
            let message = "it has changed its records more often than can be counted";
            return Err(self.refuse(&reasons::WRONG_RECORD, place, message));
        };
        following.known = known;
        following.latest = following.latest.max(noted.proven_at);
        Ok(following)
    }

    /// Everything that the registry recorded up to the time of the proof is known here.
    pub(super) fn all_recorded(&mut self, place: &str) -> Result<(), Halt> {
        let registry = self.chain;
        let following = k02_chains::followed(self.o, &registry, place)?;
        let there: Directory = match self.shown(&keys::directory(), "its directory", place)? {
            Some(shown) => self.read(shown, "its directory", place)?,
            None => Directory::default(),
        };
        let header = &self.proven.header;
        if header.height < following.latest {
            let message = say![
                "a record of it is known as of height ",
                following.latest.0,
                ", and this proof is of height ",
                header.height.0
            ];
            return Err(self.refuse(&reasons::STALE_PROOF, place, message));
        }
        if following.known != there.changes {
            let message = say![
                "of ",
                there.changes,
                " changes of its records ",
                following.known,
                " are known"
            ];
            return Err(self.refuse(&reasons::RECORDS_MISSING, place, message));
        }
        if following.as_of.is_some_and(|known| known >= header.time) {
            let message = say!["this is known as of a later time"];
            return Err(self.refuse(&reasons::ALREADY_RECORDED, place, message));
        }
        let as_of = Some(header.time);
        self.o.put(
            keys::following(&registry),
            &Following { as_of, ..following },
        );
        Ok(())
    }

    /// The chain certified two blocks of one height.
    pub(super) fn forked(
        &mut self,
        machine: &Machine,
        evidence: &[u8],
        place: &str,
    ) -> Result<(), Halt> {
        let chain = self.chain;
        let key = keys::fork(&chain);
        let wanted = [
            key,
            keys::foreign_chain(&chain),
            keys::chain_record(&chain),
            keys::standing(&chain),
            keys::directory(),
        ];
        cascade::require(self.o, &wanted)?;
        let public = k02_chains::key_of(self.o, &chain, place)?;
        let other = check(machine, &chain, &public, evidence, place)?;
        let (one, other) = (&self.proven.header, &other.header);
        if one.height != other.height || one.block == other.block {
            let message = "the two proofs are not of two blocks of one height";
            return Err(self.refuse(&reasons::NO_FORK, place, message));
        }
        let known: Option<Fork> = self.o.get(&key)?;
        if known.is_some_and(|known| known.at >= one.height) {
            let message = "that it did so is known";
            return Err(self.refuse(&reasons::ALREADY_RECORDED, place, message));
        }
        let fork = Fork {
            at: one.height,
            one: one.block,
            other: other.block,
            height: self.block.height,
        };
        self.o.put(key, &fork);
        self.done
            .effects
            .push(Effect::Forked { chain, at: fork.at });
        if let Some(revision) = k02_chains::suspend_forked(self.o, self.block.height, &chain)? {
            self.done.effects.push(Effect::Recorded { chain, revision });
        }
        Ok(())
    }
}
