//! What a node keeps of the histories of objects, besides the state.

use std::collections::BTreeMap;

use pangolin_ledger::{
    Digest32, Effect, EventId, Link, ObjectId,
    state::Placement,
    walk::{
        Origin,
        local::{Brought, CameBy, Memory, Remember, remember},
    },
};

#[derive(Default)]
pub(crate) struct Kept {
    links: BTreeMap<Digest32, Link>,
    moves: BTreeMap<EventId, Origin>,
    brought: BTreeMap<Digest32, Vec<Brought>>,
    came: BTreeMap<(ObjectId, u32), CameBy>,
}

impl Kept {
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
