//! Puts a walk together from what each chain on the way has of it.
//!
//! Does no input or output: whoever drives it asks the chains for what [`Gatherer::ask`] names and hands in what they answer. A
//! chain that does not answer leaves a gap. Nothing here is believed: whoever gets the walk follows it by proofs.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Hint, MAX_CHAINS, Step, Walk,
    local::{Brought, Came, CameBy, MAX_WANTS, Piece, Want},
};
use crate::{
    codec::Wire,
    evidence::Proven,
    hash::{arrival_mark, provenance},
    id::{ChainId, Digest32, ObjectId, TimeMs},
    limits::MAX_STAYS,
    state::{Filling, Holder, InboxEntry, Key, Object, Placement, Stay, TxRecord, keys},
};

/// The digest of what has no history.
const NOTHING: [u8; 32] = [0; 32];

/// A digest on a chain. What was packed and sent by the same events has the same one: the name says of what it is wanted, and the number
/// counts how often that was brought in there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    chain: ChainId,
    digest: Digest32,
    name: ObjectId,
    times: usize,
}

/// A walk being gathered.
pub struct Gatherer {
    object: ObjectId,
    here: ChainId,
    /// Who is asked for the keys of the others.
    anchor: ChainId,
    wants: BTreeMap<ChainId, BTreeSet<Want>>,
    asked: BTreeMap<ChainId, BTreeSet<Want>>,
    pieces: BTreeMap<ChainId, (Piece, Arc<Proven>)>,
    /// What things came in, as the chains answered.
    containers: BTreeSet<ObjectId>,
    silent: BTreeSet<ChainId>,
    /// Whether the keys of chains are asked for.
    with_keys: bool,
}

impl Gatherer {
    /// The walk of an object whose record is on `here`; the chain `anchor` says which keys the others have.
    pub fn new(object: ObjectId, here: ChainId, anchor: ChainId) -> Self {
        let mut gatherer = Self {
            object: object.clone(),
            here,
            anchor,
            wants: BTreeMap::new(),
            asked: BTreeMap::new(),
            pieces: BTreeMap::new(),
            containers: BTreeSet::new(),
            silent: BTreeSet::new(),
            with_keys: true,
        };
        gatherer.want(here, Want::Object(object));
        gatherer
    }

    /// Asks for what the object's status rests on too, as of a moment of its chain.
    pub fn with_status(&mut self, at: TimeMs) {
        let object = self.object.clone();
        self.want(self.here, Want::Status { object, at });
    }

    /// Asks nobody for the keys of chains: whoever is told the walk knows those that it needs.
    #[must_use]
    pub const fn without_keys(mut self) -> Self {
        self.with_keys = false;
        self
    }

    /// Whom to ask, and for what: everything that is wanted of that chain, so that one proof shows all of it.
    pub fn ask(&mut self) -> Option<(ChainId, BTreeSet<Want>)> {
        let open = self.wants.iter().find(|(chain, wants)| {
            !self.silent.contains(*chain) && self.asked.get(*chain) != Some(*wants)
        });
        let (chain, wants) = open.map(|(chain, wants)| (*chain, wants.clone()))?;
        self.asked.insert(chain, wants.clone());
        Some((chain, wants))
    }

    /// A chain answered.
    pub fn answered(&mut self, chain: ChainId, piece: Piece, proven: Arc<Proven>) {
        let within = piece.brought.values().flatten();
        let within = within.map(|brought| brought.within.container.clone());
        let filled = piece
            .fillings
            .keys()
            .map(|(container, _)| container.clone());
        self.containers.extend(within.chain(filled));
        self.pieces.insert(chain, (piece, proven));
        let chains: Vec<ChainId> = self.pieces.keys().copied().collect();
        for chain in chains {
            self.lead(chain);
        }
    }

    /// A chain does not answer.
    pub fn silent(&mut self, chain: ChainId) {
        self.silent.insert(chain);
    }

    fn want(&mut self, of: ChainId, want: Want) {
        let known = self.wants.len();
        if known >= MAX_CHAINS && !self.wants.contains_key(&of) {
            return;
        }
        let wants = self.wants.entry(of).or_default();
        if wants.len() < MAX_WANTS {
            wants.insert(want);
        }
        // the key of each chain, from the anchor and from the chain that led there
        if self.with_keys && known < self.wants.len() && of != self.anchor {
            self.want(self.anchor, Want::Chain(of));
        }
    }

    fn shown<T: Wire>(&self, chain: &ChainId, key: &Key) -> Option<T> {
        let (_, proven) = self.pieces.get(chain)?;
        T::from_bytes(proven.entries.get(key)?.as_deref()?).ok()
    }

    /// Wants whatever the answer of a chain leads to.
    fn lead(&mut self, chain: ChainId) {
        let Some((piece, _)) = self.pieces.get(&chain) else {
            return;
        };
        let piece = piece.clone();
        for came in piece.came.values() {
            if let Came::Arrival { origin, left } = came {
                let want = Want::Left {
                    to: chain,
                    seq: origin.seq,
                    digest: *left,
                    only: false,
                };
                self.want_from(chain, origin.chain, want);
            }
        }
        for (digest, brought) in &piece.brought {
            for Brought { object, within } in brought {
                self.track(chain, within, object, Some(*digest));
            }
        }
        for ((container, _), by) in &piece.fillings {
            match by {
                CameBy::Lock(origin) => {
                    let key = keys::inbox(&origin.chain, origin.seq);
                    if let Some(entry) = self.shown::<InboxEntry>(&chain, &key) {
                        let want = Want::Left {
                            to: chain,
                            seq: origin.seq,
                            digest: entry.provenance,
                            only: true,
                        };
                        self.want_from(chain, origin.chain, want);
                    }
                }
                CameBy::Inside(outer) => self.track(chain, outer, container, None),
            }
        }
    }

    /// Wants something of a chain to which another leads, and its key of that one, where the anchor does not know it.
    fn want_from(&mut self, by: ChainId, of: ChainId, want: Want) {
        self.want(of, want);
        let absent = self.pieces.get(&self.anchor).is_some_and(|(_, proven)| {
            proven.entries.get(&keys::foreign_chain(&of)) == Some(&None)
        });
        if self.with_keys && absent && by != self.anchor && by != of {
            self.want(by, Want::Chain(of));
        }
    }

    /// Follows a filling from chain to chain, to where it began.
    fn track(
        &mut self,
        chain: ChainId,
        within: &Placement,
        object: &ObjectId,
        digest: Option<Digest32>,
    ) {
        for stay in self.stays(chain, within) {
            let want = Want::Filling {
                container: within.container.clone(),
                epoch: stay.epoch,
                object: object.clone(),
                digest,
            };
            // also beyond the chain that had it: its record names all chains that the filling came over
            self.want_from(chain, stay.chain, want);
        }
    }

    /// Where a filling came from, the last chain first, as far as that is shown.
    fn stays(&self, chain: ChainId, within: &Placement) -> Vec<Stay> {
        let mut stays: Vec<Stay> = Vec::new();
        let mut at = (chain, within.epoch);
        while stays.len() < MAX_STAYS {
            let key = keys::filling(&within.container, at.1);
            let filling: Option<Filling> = self.shown(&at.0, &key);
            let Some(stay) = filling.and_then(|filling| filling.came) else {
                break;
            };
            at = (stay.chain, stay.epoch);
            stays.push(stay);
        }
        stays
    }

    /// Whether a chain had the object in that filling, and not only the container around it.
    fn had(
        &self,
        stay: &Stay,
        container: &ObjectId,
        object: &ObjectId,
        digest: Option<Digest32>,
    ) -> bool {
        let within = Placement {
            container: container.clone(),
            epoch: stay.epoch,
        };
        let Some(digest) = digest else {
            let record: Option<Object> = self.shown(&stay.chain, &keys::object(object));
            return record.is_some_and(|r| r.holder == Some(Holder::Container(within)));
        };
        let Some((piece, _)) = self.pieces.get(&stay.chain) else {
            return false;
        };
        let brought = piece.brought.get(&digest).into_iter().flatten();
        piece.came.contains_key(&digest)
            || brought.into_iter().any(|brought| brought.within == within)
    }

    /// From where an object was brought in; from where the filling came first, where that is not shown.
    fn source(&self, chain: ChainId, digest: Digest32, brought: &Brought) -> Option<Stay> {
        let Brought { object, within } = brought;
        let stays = self.stays(chain, within);
        let had = |stay: &&Stay| {
            stay.chain == chain || self.had(stay, &within.container, object, Some(digest))
        };
        stays.iter().find(had).or_else(|| stays.last()).copied()
    }

    /// The times that a digest was brought in on a chain: those of the thing with this name, or of a container that let it out; of others
    /// only if the chain does not tell any other way how the digest came about, because the thing was made of them.
    fn brought(&self, chain: &ChainId, digest: &Digest32, name: &ObjectId) -> Vec<&Brought> {
        let Some((piece, _)) = self.pieces.get(chain) else {
            return Vec::new();
        };
        let all = || piece.brought.get(digest).into_iter().flatten();
        let own = |brought: &&Brought| {
            let object = &brought.object;
            object == name || self.containers.contains(object)
        };
        let own: Vec<&Brought> = all().filter(own).collect();
        if own.is_empty() && !piece.came.contains_key(digest) {
            return all().collect();
        }
        own
    }

    /// A digest as it was on a chain at some height: after the times that it was brought in before.
    fn node_at(&self, stay: &Stay, digest: Digest32, name: ObjectId) -> Node {
        let brought = self.brought(&stay.chain, &digest, &name);
        let before = |brought: &&&Brought| {
            let Brought { object, within } = brought;
            let key = keys::brought(&within.container, within.epoch, object);
            let record: Option<TxRecord> = self.shown(&stay.chain, &key);
            record.is_some_and(|record| record.height <= stay.locked)
        };
        Node {
            chain: stay.chain,
            digest,
            times: brought.iter().take_while(before).count(),
            name,
        }
    }

    /// The walk, as far as the chains answered; `None` if the chain where the object is did not.
    pub fn finish(self) -> Option<Walk> {
        let record: Object = self.shown(&self.here, &keys::object(&self.object))?;
        let mut order = Order {
            gatherer: &self,
            chains: vec![self.here],
            steps: Vec::new(),
            placed: BTreeMap::new(),
        };
        order.place(self.node(self.here, record.provenance, self.object.clone()));
        let mut hints = Vec::new();
        for (chain, (piece, _)) in &self.pieces {
            for ((object, _), by) in &piece.fillings {
                let chain = order.index(*chain);
                hints.push(match by {
                    CameBy::Lock(origin) => Hint::Lock {
                        chain,
                        from: order.index(origin.chain),
                        seq: origin.seq,
                    },
                    CameBy::Inside(outer) => Hint::Inside {
                        chain,
                        object: object.clone(),
                        container: outer.container.clone(),
                        epoch: outer.epoch,
                    },
                });
            }
        }
        // chains that only carried a container
        for chain in self.wants.keys() {
            order.index(*chain);
        }
        let (chains, steps) = (order.chains, order.steps);
        Some(Walk {
            object: self.object,
            chains,
            steps,
            hints,
        })
    }

    /// A digest as it is on a chain last: after all times it was brought in.
    fn node(&self, chain: ChainId, digest: Digest32, name: ObjectId) -> Node {
        let times = self.brought(&chain, &digest, &name).len();
        Node {
            chain,
            digest,
            name,
            times,
        }
    }

    fn came(&self, chain: &ChainId, digest: &Digest32) -> Option<&Came> {
        self.pieces.get(chain)?.0.came.get(digest)
    }

    /// The last time before a node that it was brought in.
    fn carried(&self, node: &Node) -> Option<&Brought> {
        let at = node.times.checked_sub(1)?;
        let brought = self.brought(&node.chain, &node.digest, &node.name);
        brought.get(at).copied()
    }

    /// What a node builds upon.
    fn below(&self, node: &Node) -> Vec<Node> {
        let Node {
            chain,
            digest,
            name,
            times,
        } = node;
        if let Some(brought) = self.carried(node) {
            let name = brought.object.clone();
            return match self.source(*chain, *digest, brought) {
                Some(stay) if stay.chain != *chain => vec![self.node_at(&stay, *digest, name)],
                _ => vec![Node {
                    times: times - 1,
                    ..node.clone()
                }],
            };
        }
        match self.came(chain, digest) {
            None => Vec::new(),
            Some(Came::Event { parents, .. }) => {
                let real = parents.iter().filter(|parent| parent.0 != NOTHING);
                let node = |parent: &Digest32| self.node(*chain, *parent, name.clone());
                real.map(node).collect()
            }
            Some(Came::Arrival { origin, left }) => {
                let entry: Option<InboxEntry> =
                    self.shown(chain, &keys::inbox(&origin.chain, origin.seq));
                let name = entry.map_or_else(|| name.clone(), |entry| entry.object);
                vec![self.node(origin.chain, *left, name)]
            }
            Some(Came::Returned { left, .. }) => vec![self.node(*chain, *left, name.clone())],
            Some(Came::Hidden { origin, left }) => {
                let mark = arrival_mark(&origin.chain, origin.seq);
                let arrived = provenance(vec![*left], &mark);
                vec![self.node(*chain, arrived, name.clone())]
            }
        }
    }
}

/// Nodes put in an order in which each stands after what it builds upon.
struct Order<'a> {
    gatherer: &'a Gatherer,
    chains: Vec<ChainId>,
    steps: Vec<Step>,
    placed: BTreeMap<Node, usize>,
}

impl Order<'_> {
    fn index(&mut self, chain: ChainId) -> u8 {
        let known = self.chains.iter().position(|known| *known == chain);
        let at = known.unwrap_or_else(|| {
            self.chains.push(chain);
            self.chains.len() - 1
        });
        u8::try_from(at).unwrap_or(u8::MAX)
    }

    fn place(&mut self, last: Node) {
        let mut open = vec![(last, false)];
        let mut begun = BTreeSet::new();
        while let Some((node, below_done)) = open.pop() {
            if self.placed.contains_key(&node) {
                continue;
            }
            if below_done {
                self.emit(node);
                continue;
            }
            // chains that lie may answer with a circle
            if !begun.insert(node.clone()) {
                continue;
            }
            let below = self.gatherer.below(&node);
            open.push((node, true));
            open.extend(below.into_iter().map(|node| (node, false)));
        }
    }

    /// How many steps before the next one a node stands.
    fn back(&self, node: &Node) -> u32 {
        let at = self.placed.get(node).copied();
        at.and_then(|at| u32::try_from(self.steps.len() - at).ok())
            .unwrap_or(0)
    }

    fn emit(&mut self, node: Node) {
        let (of, digest) = (node.chain, node.digest);
        let gatherer = self.gatherer;
        let below = gatherer.below(&node);
        let first = below.first().map_or(0, |below| self.back(below));
        let step = match (gatherer.carried(&node), gatherer.came(&of, &digest)) {
            (Some(Brought { object, within }), _) => {
                if !below
                    .first()
                    .is_some_and(|below| self.placed.contains_key(below))
                {
                    return;
                }
                Step::Carried {
                    parent: first,
                    chain: self.index(of),
                    object: object.clone(),
                    container: within.container.clone(),
                    epoch: within.epoch,
                }
            }
            (None, None) => Step::Gap {
                chain: self.index(of),
                digest,
            },
            (None, Some(Came::Event { event, parents })) => {
                let back = |parent: &Digest32| match parent.0 {
                    NOTHING => 0,
                    _ => self.back(&gatherer.node(of, *parent, node.name.clone())),
                };
                let parents = parents.iter().map(back).collect();
                Step::Event {
                    chain: self.index(of),
                    event: *event,
                    parents,
                }
            }
            (None, Some(Came::Arrival { origin, .. })) => Step::Arrival {
                parent: first,
                chain: self.index(of),
                seq: origin.seq,
            },
            (None, Some(Came::Returned { origin, .. })) => Step::Returned {
                parent: first,
                other: self.index(origin.chain),
                seq: origin.seq,
            },
            (None, Some(Came::Hidden { .. })) => Step::Hidden {
                parent: first,
                digest,
            },
        };
        self.placed.insert(node, self.steps.len());
        self.steps.push(step);
    }
}
