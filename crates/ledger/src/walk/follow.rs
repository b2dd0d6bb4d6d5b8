//! Follows a walk from the origin to the record, step by step.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    BadWalk, Gap, MAX_ALL_PARENTS, MAX_MOVES, Moved, Shown, Step, Walk, Walked,
    carried::{Fillings, Held},
    crossing::cross,
    sight::{Sight, Sights, bad},
};
use crate::{
    evidence::Proven,
    hash::{arrival_mark, provenance, return_mark},
    id::{ChainId, Digest32, EventId, ObjectId},
    report::Message,
    say,
    state::{EventRecord, EventState, InboxResult, Object, Settlement, keys},
};

/// Follows a walk by what is proven of each chain.
pub fn follow(walk: &Walk, known: &BTreeMap<ChainId, Arc<Proven>>) -> Result<Walked, BadWalk> {
    let each: BTreeSet<&ChainId> = walk.chains.iter().collect();
    if each.len() < walk.chains.len() {
        return Err(bad(
            "repeated-chain",
            "/chains",
            "a chain stands there twice",
        ));
    }
    let sights = Sights::new(&walk.chains, known);
    let mut path = Path {
        fillings: Fillings::read(&sights, &walk.hints)?,
        sights,
        done: Vec::with_capacity(walk.steps.len()),
        steps: Vec::with_capacity(walk.steps.len()),
        moves: Vec::new(),
        over: BTreeSet::new(),
        gaps: Vec::new(),
        parents: 0,
    };
    for (at, step) in walk.steps.iter().enumerate() {
        path.step(at, step)?;
    }
    path.end(walk)
}

/// A step that was followed.
struct Done {
    chain: ChainId,
    digest: Digest32,
    /// What it is about, where a move says so.
    object: Option<ObjectId>,
    arrived: bool,
    used: bool,
}

impl Done {
    const fn new(chain: ChainId, digest: Digest32) -> Self {
        Self {
            chain,
            digest,
            object: None,
            arrived: false,
            used: false,
        }
    }
}

struct Path<'a> {
    sights: Sights<'a>,
    fillings: Fillings,
    done: Vec<Done>,
    steps: Vec<Shown>,
    moves: Vec<Moved>,
    over: BTreeSet<ChainId>,
    gaps: Vec<Gap>,
    parents: usize,
}

impl Path<'_> {
    fn gap(&mut self, code: &'static str, step: usize, message: impl Into<Message>) {
        let message = message.into();
        self.gaps.push(Gap {
            code,
            step,
            message,
        });
    }

    /// The place of a move among those that are shown. A container's move may be shown by its own history too.
    fn moved(&mut self, moved: Moved) -> usize {
        let known = self.moves.iter().position(|known| *known == moved);
        known.unwrap_or_else(|| {
            self.moves.push(moved);
            self.moves.len() - 1
        })
    }

    /// The step that stands `back` before this one.
    fn parent(&mut self, at: usize, back: u32, place: &str) -> Result<&Done, BadWalk> {
        self.parents += 1;
        if self.parents > MAX_ALL_PARENTS {
            let message = format!("the steps build upon more than {MAX_ALL_PARENTS} others");
            return Err(bad("walk-too-long", place, message));
        }
        let index = usize::try_from(back).ok().filter(|back| *back > 0);
        let found = index.and_then(|back| at.checked_sub(back));
        match found.and_then(|index| self.done.get_mut(index)) {
            Some(done) => {
                done.used = true;
                Ok(done)
            }
            None => Err(bad(
                "broken-history",
                place,
                "it builds upon a step that is not there",
            )),
        }
    }

    fn push(&mut self, done: Done, event: Option<EventId>, by: Option<usize>) -> &mut Shown {
        let at = self.steps.len();
        self.over.insert(done.chain);
        self.steps.push(Shown {
            chain: done.chain,
            digest: done.digest,
            event,
            record: None,
            is_origin: false,
            by,
        });
        self.done.push(done);
        &mut self.steps[at]
    }

    fn step(&mut self, at: usize, step: &Step) -> Result<(), BadWalk> {
        let place = format!("/steps/{at}");
        if self.moves.len() > MAX_MOVES {
            let message = format!("it goes from chain to chain more than {MAX_MOVES} times");
            return Err(bad("walk-too-long", &place, message));
        }
        match step {
            Step::Event {
                chain,
                event,
                parents,
            } => self.event(at, *chain, event, parents, &place),
            Step::Arrival { parent, chain, seq } => self.arrival(at, *parent, *chain, *seq, &place),
            Step::Returned { parent, other, seq } => {
                self.returned(at, *parent, *other, *seq, &place)
            }
            Step::Carried {
                parent,
                chain,
                object,
                container,
                epoch,
            } => {
                let to = self.sights.chain(*chain, &place)?;
                let Done { chain, digest, .. } = self.parent(at, *parent, &place)?;
                let held = Held {
                    object,
                    container,
                    digest: *digest,
                    from: *chain,
                };
                self.carried(at, &held, to, *epoch, &place)
            }
            Step::Gap { chain, digest } => {
                let chain = self.sights.chain(*chain, &place)?;
                let message = say!["what ", chain, " knows of it before ", digest.to_string()];
                self.gap("history-not-shown", at, message);
                let digest = *digest;
                self.push(Done::new(chain, digest), None, None);
                Ok(())
            }
            Step::Hidden { parent, digest } => self.hidden(at, *parent, *digest, &place),
        }
    }

    fn event(
        &mut self,
        at: usize,
        chain: u8,
        event: &EventId,
        parents: &[u32],
        place: &str,
    ) -> Result<(), BadWalk> {
        let chain = self.sights.chain(chain, place)?;
        let mut digests = Vec::with_capacity(parents.len());
        let mut is_origin = true;
        for back in parents {
            // nothing was there before
            if *back == 0 {
                digests.push(Digest32([0; 32]));
                continue;
            }
            is_origin = false;
            let parent = self.parent(at, *back, place)?;
            if parent.chain != chain {
                let message = say![
                    "it is of ",
                    chain,
                    " and builds upon a step of another chain"
                ];
                return Err(bad("broken-history", place, message));
            }
            digests.push(parent.digest);
        }
        let record = match self.sights.get(&chain, &keys::event(event), place)? {
            Sight::Is::<EventRecord>(record) if record.state == EventState::Applied => Some(record),
            Sight::Is(_) => {
                let message = say![event, " was not applied on ", chain];
                return Err(bad("wrong-record", place, message));
            }
            Sight::Absent | Sight::Unknown => None,
        };
        if is_origin && record.is_none() {
            let message = say![
                "that ",
                event,
                ", with which it begins, was stated on ",
                chain
            ];
            self.gap("origin-not-shown", at, message);
        }
        let done = Done::new(chain, provenance(digests, event));
        let shown = self.push(done, Some(*event), None);
        shown.record = record;
        shown.is_origin = is_origin;
        Ok(())
    }

    fn arrival(
        &mut self,
        at: usize,
        parent: u32,
        chain: u8,
        seq: u64,
        place: &str,
    ) -> Result<(), BadWalk> {
        let to = self.sights.chain(chain, place)?;
        let parent = self.parent(at, parent, place)?;
        let (from, left, known) = (parent.chain, parent.digest, parent.object.clone());
        let crossing = cross(&self.sights, &from, &to, seq, place)?;
        let wrong = |message: Message| bad("wrong-crossing", place, message);
        let said = crossing.lock.iter().map(|lock| lock.provenance);
        let said = said.chain(crossing.inbox.iter().map(|entry| entry.provenance));
        if said.into_iter().any(|digest| digest != left) {
            return Err(wrong(say![
                "lock ",
                seq,
                " of ",
                from,
                " for ",
                to,
                " is of another digest"
            ]));
        }
        let object = crossing.object().cloned();
        if known.is_some() && object.is_some() && known != object {
            return Err(wrong(say![
                "what left ",
                from,
                " is not what arrived there"
            ]));
        }
        if crossing.inbox.is_none() {
            let message = say![
                "that ",
                to,
                " let in what ",
                from,
                " sent under number ",
                seq
            ];
            self.gap("arrival-not-shown", at, message);
        }
        if crossing.lock.is_none() {
            let said = crossing.inbox.as_ref().map(|entry| entry.height.0);
            let known = said.map_or_else(Message::default, |height| {
                say![
                    "; proven is that ",
                    to,
                    " let it in at height ",
                    height,
                    " with digest ",
                    left.to_string()
                ]
            });
            let parts = say!["that ", from, " sent it under number ", seq];
            self.gap("lock-not-shown", at, join(&parts, &known));
        }
        let mark = arrival_mark(&from, seq);
        let moved = crossing.moved(object.clone(), &from, &to, seq, left);
        let by = moved.map(|moved| self.moved(moved));
        let done = Done {
            object,
            arrived: true,
            ..Done::new(to, provenance(vec![left], &mark))
        };
        self.push(done, None, by);
        Ok(())
    }

    fn returned(
        &mut self,
        at: usize,
        parent: u32,
        other: u8,
        seq: u64,
        place: &str,
    ) -> Result<(), BadWalk> {
        let other = self.sights.chain(other, place)?;
        let parent = self.parent(at, parent, place)?;
        let (chain, left) = (parent.chain, parent.digest);
        match self
            .sights
            .get(&chain, &keys::settlement(&other, seq), place)?
        {
            Sight::Is(Settlement {
                result: Some(InboxResult::Accepted),
                ..
            })
            | Sight::Absent => {
                let message = say![
                    "lock ",
                    seq,
                    " of ",
                    chain,
                    " for ",
                    other,
                    " did not end so"
                ];
                return Err(bad("wrong-crossing", place, message));
            }
            Sight::Is(_) => {}
            Sight::Unknown => {
                let message = say!["that ", other, " did not let in lock ", seq, " of ", chain];
                self.gap("return-not-shown", at, message);
            }
        }
        let done = Done::new(chain, provenance(vec![left], &return_mark(&other, seq)));
        self.push(done, None, None);
        Ok(())
    }

    fn carried(
        &mut self,
        at: usize,
        held: &Held<'_>,
        to: ChainId,
        epoch: u32,
        place: &str,
    ) -> Result<(), BadWalk> {
        let carried = self
            .fillings
            .carried(&self.sights, held, &to, epoch, place)?;
        self.over.extend(carried.over);
        for (code, message) in carried.gaps {
            self.gap(code, at, message);
        }
        for moved in carried.moves {
            self.moved(moved);
        }
        let by = self.moved(Moved {
            object: held.object.clone(),
            from: held.from,
            to,
            seq: None,
            digest: held.digest,
            left: carried.left,
            came: carried.came,
        });
        let by = Some(by);
        let done = Done {
            object: Some(held.object.clone()),
            ..Done::new(to, held.digest)
        };
        self.push(done, None, by);
        Ok(())
    }

    fn hidden(
        &mut self,
        at: usize,
        parent: u32,
        digest: Digest32,
        place: &str,
    ) -> Result<(), BadWalk> {
        let parent = self.parent(at, parent, place)?;
        if !parent.arrived {
            let message = "only what arrived from another chain may be hidden";
            return Err(bad("broken-history", place, message));
        }
        let (chain, object) = (parent.chain, parent.object.clone());
        let message = say![
            "what happened on ",
            chain,
            " between its arrival and its leaving, and that what left is what arrived"
        ];
        self.gap("stay-not-shown", at, message);
        let done = Done {
            object,
            ..Done::new(chain, digest)
        };
        self.push(done, None, None);
        Ok(())
    }

    /// The last step must be what the object's record says, and every other must lead to it.
    fn end(mut self, walk: &Walk) -> Result<Walked, BadWalk> {
        let here = self.sights.chain(0, "/chains")?;
        let key = keys::object(&walk.object);
        let record = match self.sights.get::<Object>(&here, &key, "/object")? {
            Sight::Is(record) if record.exists() => record,
            _ => {
                let message = say![
                    "the record of ",
                    &walk.object,
                    " on ",
                    here,
                    " is not proven"
                ];
                return Err(bad("record-not-shown", "/object", message));
            }
        };
        let last = self.done.pop();
        let leads = |last: &Done| last.chain == here && last.digest == record.provenance;
        if !last.as_ref().is_some_and(leads) {
            let place = format!("/steps/{}", self.done.len());
            let message = say!["the history does not lead to the record of ", &walk.object];
            return Err(bad("broken-history", &place, message));
        }
        if let Some(loose) = self.done.iter().position(|done| !done.used) {
            let place = format!("/steps/{loose}");
            return Err(bad("loose-step", &place, "nothing builds upon it"));
        }
        let end = walk.steps.len();
        for chain in record.passed.iter().filter(|chain| **chain != here) {
            if !self.over.contains(chain) {
                let message = say!["when it was on ", chain, ", over which it came"];
                self.gaps.push(Gap {
                    code: "chain-not-shown",
                    step: end,
                    message,
                });
            }
        }
        Ok(Walked {
            record,
            steps: self.steps,
            moves: self.moves,
            over: self.over,
            gaps: self.gaps,
        })
    }
}

fn join(first: &Message, second: &Message) -> Message {
    Message::new([first.parts(), second.parts()].concat())
}
