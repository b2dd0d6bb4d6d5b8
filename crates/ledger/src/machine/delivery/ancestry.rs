//! The history of an object, back to its origins over all chains, followed before the vote.
//!
//! What is delivered leads to the object's record here. Of the other chains counts what the delivery proves, of this one its own
//! state. Three ends:
//! * *whole*: nothing is missing, and whatever was made elsewhere was made on a chain that may make it: the object is marked;
//! * *refuted*: the history leads to the object's record, one chain on the way says that it let in what another denies having sent: the
//!   object is marked so;
//! * anything else says nothing about the object: the delivery is refused, and others may be better.
//!
//! That a history begins where nothing may be made is no proof against the object. What came inside a container has the same digest on
//! both chains, so whoever delivers can leave out that it was carried, and say of the first chain's events that they were the second
//! one's. He can so show nothing whole, and must not be able to mark what is true as false either. The denial of a move is no matter of
//! his words: the digest commits to the lock, and the chain that let it in says so itself.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    codec::Wire as _,
    evidence::Proven,
    id::{ChainId, Height, ObjectId},
    limits::{MAX_ROOTS, MAX_WALK_STEPS},
    machine::{Overlay, halt::Halt},
    report::{Effect, Message, reasons},
    say,
    state::{Ancestry, Flags, Key, Missing, Root, Verdict, keys},
    walk::{Judged, Known, Made, Walk, Walked, judge},
};

use super::Work;

/// What the chains say: this one by its state, the others by what is proven.
struct States<'a, 'w> {
    work: &'a Work<'w>,
    /// What is to be read first.
    unknown: RefCell<BTreeSet<Key>>,
}

impl Known for States<'_, '_> {
    fn entry(&self, chain: &ChainId, key: &Key) -> Option<Option<Cow<'_, [u8]>>> {
        if *chain != self.work.block.chain {
            let entry = self.work.proof_of(chain)?.entries.get(key)?;
            return Some(entry.as_deref().map(Cow::Borrowed));
        }
        let o: &Overlay = self.work.o;
        o.read(key).map_or_else(
            |_| {
                self.unknown.borrow_mut().insert(*key);
                None
            },
            Some,
        )
    }

    fn height(&self, chain: &ChainId) -> Option<Height> {
        if *chain == self.work.block.chain {
            return Some(self.work.block.height);
        }
        let proven: &Proven = self.work.proof_of(chain)?;
        Some(proven.header.height)
    }
}

impl Work<'_> {
    /// Follows the history of an object.
    pub(super) fn ancestry(&mut self, id: &ObjectId, walk: &[u8], place: &str) -> Result<(), Halt> {
        let key = keys::object(id);
        let record = self.o.object(&key)?.filter(|record| record.exists());
        let Some(mut record) = record else {
            let message = say!["there is no record of ", id];
            return Err(self.refuse(&reasons::ABSENT, place, message));
        };
        if record.passed.is_empty() {
            let message = say![id, " was never on another chain"];
            return Err(self.refuse(&reasons::ALREADY_RECORDED, place, message));
        }
        if record.flags.has(Flags::WALKED) || record.flags.has(Flags::REFUTED) {
            let message = say!["the history of ", id, " was walked before"];
            return Err(self.refuse(&reasons::ALREADY_RECORDED, place, message));
        }
        let walk = self.walk(id, walk, place)?;
        let judged = self.judged(&walk, place)?;
        let verdict = self.verdict(&judged, place)?;
        let whole = verdict.is_whole();
        let provenance = record.provenance;
        let ancestry = Ancestry {
            provenance,
            verdict,
            as_of: self.as_of(),
            height: self.block.height,
        };
        self.o.put(keys::ancestry(id), &ancestry);
        record.flags.set(Flags::WALKED, whole);
        record.flags.set(Flags::REFUTED, !whole);
        self.o.put_object(key, record);
        self.done.woken.insert(Missing::Ancestry(id.clone()));
        self.done.effects.push(Effect::Walked {
            object: id.clone(),
            provenance,
            whole,
        });
        Ok(())
    }

    /// The history as it is delivered.
    fn walk(&self, id: &ObjectId, bytes: &[u8], place: &str) -> Result<Walk, Halt> {
        let wrong = |message: String| self.refuse(&reasons::BAD_WALK, place, message);
        let walk = Walk::from_bytes(bytes);
        let walk = walk.map_err(|error| wrong(format!("it cannot be read: {error}")))?;
        if walk.object != *id || walk.chains.first() != Some(&self.block.chain) {
            return Err(wrong("it does not lead to the object's record here".into()));
        }
        if walk.steps.len() > MAX_WALK_STEPS {
            return Err(wrong(format!("it has more than {MAX_WALK_STEPS} steps")));
        }
        Ok(walk)
    }

    fn judged(&self, walk: &Walk, place: &str) -> Result<Judged, Halt> {
        let states = States {
            work: self,
            unknown: RefCell::default(),
        };
        let judged = judge(walk, &states);
        let unknown = states.unknown.into_inner();
        if !unknown.is_empty() {
            return Err(Halt::Need(unknown.into_iter().collect()));
        }
        judged.map_err(|bad| {
            let at = format!("{place}/walk{}", bad.place);
            self.refuse(&reasons::BAD_WALK, &at, bad.message)
        })
    }

    /// What the walk shows, if it shows anything.
    fn verdict(&self, judged: &Judged, place: &str) -> Result<Verdict, Halt> {
        let walked = &judged.walked;
        for denial in &judged.denied {
            if denial.is_certain && judged.is_sure_from(denial.step + 1) {
                return Ok(Verdict::NotSent {
                    from: denial.from,
                    to: denial.to,
                    seq: denial.seq,
                });
            }
        }
        if let Some(denial) = judged.denied.first() {
            let at = format!("{place}/walk/steps/{}", denial.step);
            return Err(self.refuse(&reasons::WALK_INCOMPLETE, &at, denial.message.clone()));
        }
        if let Some(gap) = walked.gaps.first() {
            let at = format!("{place}/walk/steps/{}", gap.step);
            let code = say![" is not shown (", gap.code, ")"];
            let message = Message::new([gap.message.parts(), code.parts()].concat());
            return Err(self.refuse(&reasons::WALK_INCOMPLETE, &at, message));
        }
        let mut made_on = BTreeSet::new();
        let this = self.block.chain;
        let makers: BTreeSet<ChainId> = walked.made.iter().map(|made| made.chain).collect();
        let known: Vec<Key> = makers.iter().map(keys::maker).collect();
        crate::machine::cascade::require(self.o, &known)?;
        for made in &walked.made {
            if made.chain == this {
                if made.of_others {
                    self.made_here(made, place)?;
                }
                continue;
            }
            if !self.o.has(&keys::maker(&made.chain))? {
                let at = format!("{place}/walk/steps/{}", made.step);
                let message = say![&made.object, " was made on ", made.chain];
                return Err(self.refuse(&reasons::MAKER_UNKNOWN, &at, message));
            }
            made_on.insert(made.chain);
        }
        Ok(Verdict::Whole {
            made_on,
            roots: roots(walked),
        })
    }

    /// That something was made here of things that had come here, whose own histories were walked then.
    fn made_here(&self, made: &Made, place: &str) -> Result<(), Halt> {
        let before: Option<Ancestry> = self.o.get(&keys::ancestry(&made.object))?;
        if before.is_some_and(|before| before.verdict.is_whole()) {
            return Ok(());
        }
        let at = format!("{place}/walk/steps/{}", made.step);
        let message = say!["not shown is how ", &made.object, " came here before"];
        Err(self.refuse(&reasons::WALK_INCOMPLETE, &at, message))
    }

    /// The states of the other chains by which the walk was followed.
    fn as_of(&self) -> BTreeMap<ChainId, Height> {
        let proven = self
            .witnesses
            .iter()
            .map(|(chain, proven)| (*chain, proven));
        let all = proven.chain([(self.chain, &self.proven)]);
        all.map(|(chain, proven)| (chain, proven.header.height))
            .collect()
    }
}

/// The events with which the history begins, as far as their records are proven.
fn roots(walked: &Walked) -> Vec<Root> {
    let roots = walked.origins().filter_map(|origin| {
        Some(Root {
            chain: origin.chain,
            event: origin.event?,
            issuer: origin.record.as_ref()?.issuer.clone(),
        })
    });
    let roots: BTreeSet<Root> = roots.collect();
    roots.into_iter().take(MAX_ROOTS).collect()
}
