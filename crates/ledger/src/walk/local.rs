//! What one chain has of a walk: the steps that its own history leads through, where they lead to other chains, and the state
//! keys to be proven.
//!
//! Whoever asks names what he knows ([`Want`]): an object, or the digest with which something left for another chain. Neither can be
//! guessed where it matters, so that nobody reads a chain's whole outbox by counting.

use std::collections::{BTreeMap, BTreeSet};

use super::{MAX_PARENTS, MAX_STEPS, Origin};
use crate::{
    codec::{CodecError, Reader, Wire, Writer},
    hash::{arrival_mark, return_mark},
    id::{ChainId, Digest32, EventId, GroupId, ObjectId, TimeMs},
    machine::{Link, Overlay},
    query::{QueryError, object_status},
    report::Effect,
    state::{
        ChainRecord, EventRecord, Filling, ForeignChain, Group, Holder, InboxEntry, InboxResult,
        Key, Namespace, Object, OrdersOn, OutboxEntry, Placement, Settlement, TxRecord, keys,
    },
    tx::OrderScope,
};

/// What is asked of a chain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Want {
    /// The history of an object that is recorded there.
    Object(ObjectId),
    /// The history that left for another chain under a number, with this digest.
    Left {
        /// That chain.
        to: ChainId,
        /// Number of the lock.
        seq: u64,
        /// The digest with which it left.
        digest: Digest32,
        /// Whether only the lock is asked for, not the history.
        only: bool,
    },
    /// How a filling came there and what it knows of an object in it; with its history, if it has the last record.
    Filling {
        /// The container.
        container: ObjectId,
        /// The filling, as that chain counts.
        epoch: u32,
        /// The object.
        object: ObjectId,
        /// The digest with which it left there in it, where that is known.
        digest: Option<Digest32>,
    },
    /// What it says of another chain.
    Chain(ChainId),
    /// What an object's status rests on.
    Status {
        /// The object.
        object: ObjectId,
        /// The moment, by that chain's time: which orders are in force.
        at: TimeMs,
    },
    /// A group that is recorded there, and the orders on it.
    Group(GroupId),
}
wire_enum!(Want {
    0 => Object(object),
    1 => Left { to, seq, digest, only },
    2 => Filling { container, epoch, object, digest },
    3 => Chain(chain),
    4 => Status { object, at },
    5 => Group(group),
});

/// Most things that are asked of a chain at once.
pub const MAX_WANTS: usize = 256;

/// How a digest came about on a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// By an event.
    Event {
        /// The event, or the correcting transaction.
        event: EventId,
        /// What it built upon.
        parents: Vec<Digest32>,
    },
    /// By letting in what left another chain.
    Arrival {
        /// The lock.
        origin: Origin,
        /// The digest with which it left.
        left: Digest32,
    },
    /// By coming back from a lock that was not let in.
    Returned {
        /// The lock.
        origin: Origin,
        /// The digest with which it was locked.
        left: Digest32,
    },
    /// It arrived with another digest; what happened since is not told.
    Hidden {
        /// The lock by which it arrived.
        origin: Origin,
        /// The digest with which it left there.
        left: Digest32,
    },
}
wire_enum!(Came {
    0 => Event { event, parents[list MAX_PARENTS] },
    1 => Arrival { origin, left },
    2 => Returned { origin, left },
    3 => Hidden { origin, left },
});

/// An object that was brought in with some digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// The object.
    pub object: ObjectId,
    /// What it came in.
    pub within: Placement,
}
wire_struct!(Brought { object, within });

/// How a container came.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum CameBy {
    /// By a lock of its own.
    Lock(Origin),
    /// Inside another.
    Inside(Placement),
}
wire_enum!(CameBy { 0 => Lock(origin), 1 => Inside(placement) });

/// What whoever keeps a chain's history remembers besides its state.
pub trait Memory {
    /// How a digest came about by something that happened there.
    fn link(&self, digest: &Digest32) -> Result<Option<Link>, String>;
    /// Which lock of which chain an arrival, or a return, is about.
    fn move_of(&self, mark: &EventId) -> Result<Option<Origin>, String>;
    /// What was brought in with a digest, the first time first.
    fn brought(&self, digest: &Digest32) -> Result<Vec<Brought>, String>;
    /// How a filling of a container came there.
    fn came_by(&self, filling: &Placement) -> Result<Option<CameBy>, String>;
}

/// What is to be remembered of something that happened, for [`Memory`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remember {
    /// Which lock an arrival, or a return, is about.
    Move(EventId, Origin),
    /// What was brought in with a digest. An object may be brought in several times with the same one.
    Brought(Digest32, Brought),
    /// How a filling of a container came. What was remembered of it first counts.
    CameBy(Placement, CameBy),
}

/// What is to be remembered of an effect.
pub fn remember(effect: &Effect) -> Vec<Remember> {
    let filling = |object: &ObjectId, epoch: u32, by: CameBy| {
        let filling = Placement {
            container: object.clone(),
            epoch,
        };
        (epoch > 0).then_some(Remember::CameBy(filling, by))
    };
    match effect {
        Effect::Arrived {
            chain,
            seq,
            object,
            result: InboxResult::Accepted,
            epoch,
            ..
        } => {
            let origin = Origin {
                chain: *chain,
                seq: *seq,
            };
            let mark = arrival_mark(chain, *seq);
            let came = filling(object, *epoch, CameBy::Lock(origin));
            [Some(Remember::Move(mark, origin)), came]
                .into_iter()
                .flatten()
                .collect()
        }
        Effect::Settled {
            chain,
            seq,
            gone: false,
            ..
        } => {
            let origin = Origin {
                chain: *chain,
                seq: *seq,
            };
            vec![Remember::Move(return_mark(chain, *seq), origin)]
        }
        Effect::BroughtIn {
            object,
            container,
            filling: outer,
            provenance,
            epoch,
            ..
        } => {
            let within = Placement {
                container: container.clone(),
                epoch: *outer,
            };
            let came = filling(object, *epoch, CameBy::Inside(within.clone()));
            let brought = Brought {
                object: object.clone(),
                within,
            };
            [Some(Remember::Brought(*provenance, brought)), came]
                .into_iter()
                .flatten()
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoPiece {
    /// These records must be supplied first.
    Need(Vec<Key>),
    /// There is no such object, or nothing left with that digest.
    Unknown,
    /// More than a walk may have.
    TooLong,
    /// Too much together with what is answered before it; it is to be asked for by itself.
    TooMuch,
    /// What is kept cannot be read.
    Broken(String),
}

/// What a chain has of a walk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Piece {
    /// How digests came about.
    pub came: BTreeMap<Digest32, Came>,
    /// What was brought in with a digest.
    pub brought: BTreeMap<Digest32, Vec<Brought>>,
    /// How containers came.
    pub fillings: BTreeMap<(ObjectId, u32), CameBy>,
    /// What must be proven. Not part of what is sent: the proofs are.
    pub keys: BTreeSet<Key>,
}

/// An entry of [`Piece::brought`] as it is sent.
#[derive(Clone)]
struct BroughtAs {
    digest: Digest32,
    each: Vec<Brought>,
}
wire_struct!(BroughtAs { digest, each[list MAX_STEPS] });

/// An entry of [`Piece::fillings`] as it is sent.
#[derive(Clone)]
struct FillingBy {
    container: ObjectId,
    epoch: u32,
    by: CameBy,
}
wire_struct!(FillingBy {
    container,
    epoch,
    by
});

impl Wire for Piece {
    fn put(&self, w: &mut Writer) {
        w.u8(1);
        put_field!(w, &self.came, map MAX_STEPS);
        w.varint(self.brought.len() as u64);
        for (digest, each) in &self.brought {
            let (digest, each) = (*digest, each.clone());
            BroughtAs { digest, each }.put(w);
        }
        w.varint(self.fillings.len() as u64);
        for ((container, epoch), by) in &self.fillings {
            let (container, epoch, by) = (container.clone(), *epoch, by.clone());
            let filling = FillingBy {
                container,
                epoch,
                by,
            };
            filling.put(w);
        }
    }

    fn take(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        r.version(1)?;
        let came = r.map(MAX_STEPS)?;
        let at = r.position();
        let brought = r.list::<BroughtAs>(MAX_STEPS)?;
        let fillings = r.list::<FillingBy>(MAX_STEPS)?;
        let filled = |f: &FillingBy| (f.container.clone(), f.epoch);
        if !brought.is_sorted_by(|a, b| a.digest < b.digest)
            || !fillings.is_sorted_by(|a, b| filled(a) < filled(b))
        {
            return Err(CodecError::NotAscending { at });
        }
        let brought = brought.into_iter().map(|b| (b.digest, b.each));
        let fillings = fillings.into_iter().map(|f| ((f.container, f.epoch), f.by));
        Ok(Self {
            came,
            brought: brought.collect(),
            fillings: fillings.collect(),
            keys: BTreeSet::new(),
        })
    }
}

/// The piece that answers `wants`; `told` says whether the events are part of it, or only what came and left.
pub fn piece(
    wants: &BTreeSet<Want>,
    memory: &impl Memory,
    overlay: &Overlay,
    told: bool,
) -> Result<Piece, NoPiece> {
    let mut local = Local {
        memory,
        overlay,
        piece: Piece::default(),
        needs: BTreeSet::new(),
        open: Vec::new(),
    };
    for want in wants {
        local.want(want)?;
    }
    while let Some(digest) = local.open.pop() {
        if told {
            local.follow(digest)?;
        } else {
            local.hide(digest)?;
        }
    }
    if local.needs.is_empty() {
        Ok(local.piece)
    } else {
        Err(NoPiece::Need(local.needs.into_iter().collect()))
    }
}

struct Local<'a, M> {
    memory: &'a M,
    overlay: &'a Overlay,
    piece: Piece,
    needs: BTreeSet<Key>,
    open: Vec<Digest32>,
}

impl<M: Memory> Local<'_, M> {
    /// The record under a key, which is to be proven. Nothing is known of it where it must be supplied first.
    fn get<T: Wire>(&mut self, key: Key) -> Result<Option<T>, NoPiece> {
        self.piece.keys.insert(key);
        match self.overlay.read(&key) {
            Ok(None) => {
                if key.namespace().is_none_or(|namespace| !namespace.is_rule()) {
                    self.piece.keys.remove(&key); // that there is none cannot be proven
                }
                Ok(None)
            }
            Ok(Some(bytes)) => T::from_bytes(&bytes)
                .map(Some)
                .map_err(|error| NoPiece::Broken(error.to_string())),
            Err(_) => {
                self.needs.insert(key);
                Ok(None)
            }
        }
    }

    fn want(&mut self, want: &Want) -> Result<(), NoPiece> {
        match want {
            Want::Status { object, at } => self.status(object, *at)?,
            Want::Group(group) => {
                let record: Option<Group> = self.get(keys::group(group))?;
                let scope = OrderScope::Group(group.clone());
                let _proven: Option<OrdersOn> = self.get(keys::orders_on(&scope))?;
                if record.is_none() && self.needs.is_empty() {
                    return Err(NoPiece::Unknown);
                }
            }
            Want::Object(object) => {
                let record: Option<Object> = self.get(keys::object(object))?;
                match record.filter(Object::exists) {
                    Some(record) => self.open.push(record.provenance),
                    None if self.needs.is_empty() => return Err(NoPiece::Unknown),
                    None => {}
                }
            }
            Want::Left {
                to,
                seq,
                digest,
                only,
            } => {
                let entry: Option<OutboxEntry> = self.get(keys::outbox(to, *seq))?;
                match entry {
                    Some(entry) if entry.provenance == *digest => {
                        if !only {
                            self.open.push(*digest);
                        }
                    }
                    None if !self.needs.is_empty() => {}
                    _ => return Err(NoPiece::Unknown),
                }
            }
            Want::Filling {
                container,
                epoch,
                object,
                digest,
            } => {
                let filling: Option<Filling> = self.get(keys::filling(container, *epoch))?;
                let within = Placement {
                    container: container.clone(),
                    epoch: *epoch,
                };
                let record: Option<Object> = self.get(keys::object(object))?;
                // whoever came home since has a later record
                self.open.extend(*digest);
                if let Some(record) = record
                    && record.holder == Some(Holder::Container(within.clone()))
                {
                    self.open.push(record.provenance);
                }
                if filling.is_some_and(|filling| filling.came.is_some()) {
                    self.filling(&within)?;
                }
            }
            Want::Chain(chain) => {
                let (known, recorded) = (keys::foreign_chain(chain), keys::chain_record(chain));
                let registered: Option<ForeignChain> = self.get(known)?;
                let record: Option<ChainRecord> = self.get(recorded)?;
                // one of them says which key it has; that there is no other is of no use
                if record.is_none() {
                    self.piece.keys.remove(&recorded);
                } else if registered.is_none() {
                    self.piece.keys.remove(&known);
                }
            }
        }
        Ok(())
    }

    /// The keys that a status rests on. What the records store lacks, it cannot prove.
    fn status(&mut self, object: &ObjectId, at: TimeMs) -> Result<(), NoPiece> {
        match object_status(self.overlay, object, at) {
            Ok(answer) => {
                for key in answer.consulted {
                    let rule = key.namespace().is_some_and(Namespace::is_rule);
                    if rule || matches!(self.overlay.read(&key), Ok(Some(_))) {
                        self.piece.keys.insert(key);
                    }
                }
                Ok(())
            }
            Err(QueryError::Need(keys)) => {
                self.needs.extend(keys);
                Ok(())
            }
            Err(QueryError::Corrupt(_)) => Err(NoPiece::Broken("a record".into())),
        }
    }

    fn follow(&mut self, digest: Digest32) -> Result<(), NoPiece> {
        if digest.0 == [0; 32]
            || self.piece.came.contains_key(&digest)
            || self.piece.brought.contains_key(&digest)
        {
            return Ok(());
        }
        if self.piece.came.len() + self.piece.brought.len() >= MAX_STEPS {
            return Err(NoPiece::TooLong);
        }
        let link = self.memory.link(&digest).map_err(NoPiece::Broken)?;
        if let Some(link) = link {
            self.link(link)?;
        }
        let brought = self.memory.brought(&digest).map_err(NoPiece::Broken)?;
        for Brought { object, within } in &brought {
            let key = keys::brought(&within.container, within.epoch, object);
            let _proven: Option<TxRecord> = self.get(key)?;
            self.filling(within)?;
        }
        if !brought.is_empty() {
            self.piece.brought.insert(digest, brought);
        }
        Ok(())
    }

    /// By which lock a history came, if that is one line, and nothing of what happened since.
    fn hide(&mut self, last: Digest32) -> Result<(), NoPiece> {
        let mut next = last;
        for _ in 0..MAX_STEPS {
            let Some(link) = self.memory.link(&next).map_err(NoPiece::Broken)? else {
                return Ok(());
            };
            let origin = self.memory.move_of(&link.event).map_err(NoPiece::Broken)?;
            let [parent] = link.parents[..] else {
                return Ok(());
            };
            if let Some(origin) = origin.filter(|o| link.event == arrival_mark(&o.chain, o.seq)) {
                let key = keys::inbox(&origin.chain, origin.seq);
                let _proven: Option<InboxEntry> = self.get(key)?;
                if next != last {
                    self.piece.came.insert(
                        last,
                        Came::Hidden {
                            origin,
                            left: parent,
                        },
                    );
                }
                self.piece.came.insert(
                    next,
                    Came::Arrival {
                        origin,
                        left: parent,
                    },
                );
                return Ok(());
            }
            next = parent;
        }
        Err(NoPiece::TooLong)
    }

    fn link(&mut self, link: Link) -> Result<(), NoPiece> {
        let Link {
            digest,
            parents,
            event,
        } = link;
        let origin = self.memory.move_of(&event).map_err(NoPiece::Broken)?;
        let came = if let (Some(origin), [left]) = (origin, parents.as_slice()) {
            let Origin { chain, seq } = origin;
            if event == arrival_mark(&chain, seq) {
                let _proven: Option<InboxEntry> = self.get(keys::inbox(&chain, seq))?;
                Came::Arrival {
                    origin,
                    left: *left,
                }
            } else {
                let _proven: Option<Settlement> = self.get(keys::settlement(&chain, seq))?;
                self.open.push(*left);
                Came::Returned {
                    origin,
                    left: *left,
                }
            }
        } else {
            if parents.iter().all(|parent| parent.0 == [0; 32]) {
                let _proven: Option<EventRecord> = self.get(keys::event(&event))?;
            }
            self.open.extend(parents.iter().copied());
            Came::Event { event, parents }
        };
        self.piece.came.insert(digest, came);
        Ok(())
    }

    /// How a filling came, with what proves it; a container may have come inside another.
    fn filling(&mut self, within: &Placement) -> Result<(), NoPiece> {
        let mut next = Some(within.clone());
        while let Some(within) = next.take() {
            let name = (within.container.clone(), within.epoch);
            if self.piece.fillings.contains_key(&name) || self.piece.fillings.len() >= MAX_STEPS {
                return Ok(());
            }
            let key = keys::filling(&within.container, within.epoch);
            let _proven: Option<Filling> = self.get(key)?;
            let Some(by) = self.memory.came_by(&within).map_err(NoPiece::Broken)? else {
                return Ok(());
            };
            match &by {
                CameBy::Lock(origin) => {
                    let key = keys::inbox(&origin.chain, origin.seq);
                    let _proven: Option<InboxEntry> = self.get(key)?;
                }
                CameBy::Inside(outer) => {
                    let key = keys::brought(&outer.container, outer.epoch, &within.container);
                    let _proven: Option<TxRecord> = self.get(key)?;
                    next = Some(outer.clone());
                }
            }
            self.piece.fillings.insert(name, by);
        }
        Ok(())
    }
}
