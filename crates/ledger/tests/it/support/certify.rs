//! What a node keeps for walks, and how a walk is gathered from all chains of a [`Pair`].

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use pangolin_ledger::{
    ChainId, Digest32, Effect, EventId, Key, Link, ObjectId, Overlay, Wire as _,
    evidence::Proven,
    state::Placement,
    walk::{
        BadWalk, Origin, Step, Walk, Walked, follow,
        gather::Gatherer,
        local::{Brought, CameBy, Memory, NoPiece, Piece, Remember, Want, piece, remember},
    },
};

use super::{Pair, World};

/// What a chain's node keeps.
#[derive(Clone, Default)]
pub(crate) struct Kept {
    links: BTreeMap<Digest32, Link>,
    moves: BTreeMap<EventId, Origin>,
    brought: BTreeMap<Digest32, Vec<Brought>>,
    came: BTreeMap<(ObjectId, u32), CameBy>,
}

impl Kept {
    /// A node that lies remembers what it likes.
    pub(crate) fn moved(&mut self, mark: EventId, origin: Origin) {
        self.moves.insert(mark, origin);
    }

    pub(crate) fn keep(&mut self, links: Vec<Link>, effects: &[Effect]) {
        self.links
            .extend(links.into_iter().map(|link| (link.digest, link)));
        for kept in effects.iter().flat_map(remember) {
            match kept {
                Remember::Move(mark, origin) => {
                    self.moves.insert(mark, origin);
                }
                Remember::Brought(digest, brought) => {
                    self.brought.entry(digest).or_default().push(brought);
                }
                Remember::CameBy(filling, by) => {
                    let name = (filling.container, filling.epoch);
                    self.came.entry(name).or_insert(by);
                }
            }
        }
    }
}

impl Memory for Kept {
    fn link(&self, digest: &Digest32) -> Result<Option<Link>, String> {
        Ok(self.links.get(digest).cloned())
    }
    fn move_of(&self, mark: &EventId) -> Result<Option<Origin>, String> {
        Ok(self.moves.get(mark).copied())
    }
    fn brought(&self, digest: &Digest32) -> Result<Vec<Brought>, String> {
        Ok(self.brought.get(digest).cloned().unwrap_or_default())
    }
    fn came_by(&self, filling: &Placement) -> Result<Option<CameBy>, String> {
        let name = (filling.container.clone(), filling.epoch);
        Ok(self.came.get(&name).cloned())
    }
}

impl World {
    /// The chain's piece of a walk.
    pub(crate) fn piece(&self, wants: &BTreeSet<Want>, told: bool) -> Result<Piece, NoPiece> {
        let mut o = Overlay::new();
        for _ in 0..100 {
            match piece(wants, &self.kept, &o, told) {
                Err(NoPiece::Need(keys)) => {
                    for key in keys {
                        let record = self.state.get(&key);
                        o.supply(key, record.map(|record| record.as_slice().into()));
                    }
                }
                answer => return answer,
            }
        }
        panic!("a piece asks for keys without end")
    }
}

/// A walk with the proofs that it is followed by.
pub(crate) struct Gathered {
    pub(crate) walk: Walk,
    pub(crate) known: BTreeMap<ChainId, Arc<Proven>>,
}

impl Gathered {
    pub(crate) fn follow(&self) -> Result<Walked, BadWalk> {
        follow(&self.walk, &self.known)
    }

    /// What a chain proves, to be changed.
    pub(crate) fn proven(&mut self, chain: &ChainId) -> &mut Proven {
        Arc::make_mut(self.known.get_mut(chain).unwrap())
    }

    pub(crate) fn forget(&mut self, chain: &ChainId, key: &Key) {
        self.proven(chain).entries.remove(key).unwrap();
    }

    /// The stable codes of what is not shown.
    pub(crate) fn gaps(&self) -> Vec<&'static str> {
        let gaps = self.follow().unwrap().gaps;
        gaps.into_iter().map(|gap| gap.code).collect()
    }

    /// Why it is no walk.
    pub(crate) fn bad(&self) -> (&'static str, String) {
        let bad = self.follow().unwrap_err();
        (bad.code, bad.place)
    }
}

impl Pair {
    /// The walk of an object of chain `at`; chains that are silent do not answer, and those that are discreet tell no events.
    pub(crate) fn gather(
        &self,
        at: usize,
        object: &str,
        silent: &[usize],
        discreet: &[usize],
    ) -> Gathered {
        let here = self.chains[at].chain;
        let mut gatherer = Gatherer::new(super::id(object), here, here);
        let mut known = BTreeMap::new();
        while let Some((chain, wants)) = gatherer.ask() {
            let of = (0..3).find(|of| self.chains[*of].chain == chain).unwrap();
            if silent.contains(&of) {
                gatherer.silent(chain);
                continue;
            }
            let piece = self.chains[of].piece(&wants, !discreet.contains(&of));
            let mut piece = match piece {
                Err(NoPiece::Unknown) => {
                    gatherer.silent(chain);
                    continue;
                }
                piece => piece.unwrap(),
            };
            let wanted: Vec<Key> = piece.keys.iter().copied().collect();
            let proven = self.proven(of, &wanted);
            // as it comes over the network
            let sent = piece.to_bytes();
            let read = Piece::from_bytes(&sent).unwrap();
            assert_eq!(read.to_bytes(), sent);
            let keys = std::mem::take(&mut piece.keys);
            assert_eq!((keys.len(), &read), (wanted.len(), &piece));
            known.insert(chain, Arc::new(proven.clone()));
            gatherer.answered(chain, piece, Arc::new(proven));
        }
        let walk = gatherer.finish().unwrap();
        Gathered { walk, known }
    }
}

/// A step of a walk says something else of the same kind.
pub(crate) fn touched(step: &mut Step) {
    match step {
        Step::Event { event, .. } => event.0[3] ^= 1,
        Step::Arrival { seq, .. } | Step::Returned { seq, .. } => *seq += 1,
        Step::Carried { epoch, .. } => *epoch += 1,
        Step::Gap { digest, .. } | Step::Hidden { digest, .. } => digest.0[0] ^= 1,
    }
}

/// A step of a walk over three chains says the same of another chain, or of another place in the walk.
pub(crate) fn elsewhere(step: &mut Step) {
    match step {
        Step::Event { chain, .. }
        | Step::Arrival { chain, .. }
        | Step::Carried { chain, .. }
        | Step::Gap { chain, .. } => *chain = (*chain + 1) % 3,
        Step::Returned { other, .. } => *other = (*other + 1) % 3,
        Step::Hidden { parent, .. } => *parent += 1,
    }
}
