//! Follows a walk from the origin to the record, step by step.

use std::{collections::BTreeSet, rc::Rc};

use super::{
    BadWalk, Gap, MAX_ALL_PARENTS, MAX_MOVES, Made, Moved, Shown, Step, Walk, Walked,
    carried::{Fillings, Held},
    crossing::cross,
    sight::{Known, Sight, Sights, bad},
};
use crate::{
    hash::{arrival_mark, provenance, return_mark},
    id::{ChainId, Digest32, EventId, ObjectId},
    report::Message,
    say,
    state::{EventRecord, EventState, InboxResult, Object, Settlement, keys},
};

/// Gaps behind which it is open on which chain what came before took place.
const OPEN: [&str; 3] = ["carried-not-shown", "container-not-shown", "stay-not-shown"];

/// Follows a walk by what is known of each chain. That a chain denies a move is a contradiction.
pub fn follow(walk: &Walk, known: &dyn Known) -> Result<Walked, BadWalk> {
    let mut denied = Vec::new();
    let judged = trace(walk, known, &mut denied);
    let first = denied.into_iter().next();
    first.map_or(judged, |first| {
        let place = format!("/steps/{}", first.step);
        Err(bad("wrong-crossing", &place, first.message))
    })
}

/// Follows a walk also where a chain denies a move, to the record: a history that leads to the record is the object's, and what is
/// denied of it is then a fact about the object and not about whoever put the walk together.
pub fn judge(walk: &Walk, known: &dyn Known) -> Result<Judged, BadWalk> {
    let mut denied = Vec::new();
    let walked = trace(walk, known, &mut denied)?;
    Ok(Judged { walked, denied })
}

/// What a walk shows, and which of its moves are denied by the chains that they are said to come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// What it shows.
    pub walked: Walked,
    /// What is denied.
    pub denied: Vec<Denial>,
}

/// A move that the chain denies from which something is said to have come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The step.
    pub step: usize,
    /// The chain that denies it.
    pub from: ChainId,
    /// The chain that let something in.
    pub to: ChainId,
    /// Number of the lock.
    pub seq: u64,
    /// Whether the second chain itself says that it let it in, and nothing that the first may say later can make it true.
    pub is_certain: bool,
    /// What it says.
    pub message: Message,
}

impl Judged {
    /// Whether it is certain on which chains everything from a step on took place.
    pub fn is_sure_from(&self, step: usize) -> bool {
        let mut gaps = self.walked.gaps.iter();
        !gaps.any(|gap| gap.step >= step && OPEN.contains(&gap.code))
    }
}

fn trace(walk: &Walk, known: &dyn Known, denied: &mut Vec<Denial>) -> Result<Walked, BadWalk> {
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
        made: Vec::new(),
        gaps: Vec::new(),
        denied,
        parents: 0,
        named: 0,
    };
    for (at, step) in walk.steps.iter().enumerate() {
        path.step(at, step)?;
    }
    path.end(walk)
}

/// How what led to a step came to the chain.
#[derive(Clone, Default)]
struct Names {
    /// Under which names.
    came: Rc<BTreeSet<ObjectId>>,
    /// Whether some of it began there.
    began: bool,
}

/// A step that was followed.
struct Done {
    chain: ChainId,
    digest: Digest32,
    /// What it is about, where a move says so.
    object: Option<ObjectId>,
    /// How its parts came to the chain; `None`: not known.
    names: Option<Names>,
    arrived: bool,
    used: bool,
}

impl Done {
    const fn new(chain: ChainId, digest: Digest32) -> Self {
        Self {
            chain,
            digest,
            object: None,
            names: None,
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
    made: Vec<Made>,
    gaps: Vec<Gap>,
    denied: &'a mut Vec<Denial>,
    parents: usize,
    /// Names looked at, to bound the work.
    named: usize,
}

impl Path<'_> {
    /// The names of everything that an event builds upon.
    fn unite(&mut self, all: Vec<Option<Names>>, place: &str) -> Result<Option<Names>, BadWalk> {
        let mut began = all.is_empty();
        let mut united: Rc<BTreeSet<ObjectId>> = Rc::default();
        for names in all {
            let Some(names) = names else {
                return Ok(None);
            };
            began |= names.began;
            let names = names.came;
            if united.is_empty() {
                united = names;
            } else if !names.is_subset(&united) {
                self.named += names.len() + united.len();
                if self.named > MAX_ALL_PARENTS {
                    let message =
                        format!("what it is made of has more than {MAX_ALL_PARENTS} names");
                    return Err(bad("walk-too-long", place, message));
                }
                Rc::make_mut(&mut united).extend(names.iter().cloned());
            }
        }
        Ok(Some(Names {
            came: united,
            began,
        }))
    }

    /// Something leaves a chain under a name.
    fn leaves(&mut self, step: usize, chain: ChainId, names: Option<&Names>, object: &ObjectId) {
        if let Some(names) = names
            && !names.came.contains(object)
        {
            self.made.push(Made {
                step,
                chain,
                object: object.clone(),
                of_others: !names.began,
            });
        }
    }

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
                let parent = self.parent(at, *parent, &place)?;
                let (from, digest, names) = (parent.chain, parent.digest, parent.names.clone());
                self.leaves(at, from, names.as_ref(), object);
                let held = Held {
                    object,
                    container,
                    digest,
                    from,
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
        let mut names = Vec::with_capacity(parents.len());
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
            names.push(parent.names.clone());
        }
        let names = self.unite(names, place)?;
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
        let done = Done {
            names,
            ..Done::new(chain, provenance(digests, event))
        };
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
        let names = parent.names.clone();
        let crossing = cross(&self.sights, &from, &to, seq, place)?;
        let wrong = |message: Message| bad("wrong-crossing", place, message);
        let differs = || {
            say![
                "lock ",
                seq,
                " of ",
                from,
                " for ",
                to,
                " is of another digest"
            ]
        };
        if crossing
            .inbox
            .as_ref()
            .is_some_and(|entry| entry.provenance != left)
        {
            return Err(wrong(differs()));
        }
        let other = crossing
            .lock
            .as_ref()
            .filter(|lock| lock.provenance != left);
        let denied = other.map(|_| (crossing.inbox.is_some(), differs()));
        let denied = denied.or_else(|| {
            let denied = crossing.denied.as_ref();
            denied.map(|denied| (denied.is_certain, denied.message.clone()))
        });
        let is_denied = denied.is_some();
        self.denied
            .extend(denied.map(|(is_certain, message)| Denial {
                step: at,
                from,
                to,
                seq,
                is_certain,
                message,
            }));
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
        if crossing.lock.is_none() && !is_denied {
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
        if let Some(object) = &object {
            self.leaves(at, from, names.as_ref(), object);
        }
        let mark = arrival_mark(&from, seq);
        let moved = crossing.moved(object.clone(), &from, &to, seq, left);
        let by = moved.map(|moved| self.moved(moved));
        let done = Done {
            names: object.clone().map(named),
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
        let (chain, left, names) = (parent.chain, parent.digest, parent.names.clone());
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
        let done = Done {
            names,
            ..Done::new(chain, provenance(vec![left], &return_mark(&other, seq)))
        };
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
            names: Some(named(held.object.clone())),
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
            made: self.made,
            gaps: self.gaps,
        })
    }
}

fn named(object: ObjectId) -> Names {
    Names {
        came: Rc::new(BTreeSet::from([object])),
        began: false,
    }
}

fn join(first: &Message, second: &Message) -> Message {
    Message::new([first.parts(), second.parts()].concat())
}
