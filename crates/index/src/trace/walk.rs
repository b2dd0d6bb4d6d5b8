//! Walking the index for a trace: what is to be looked at next, and the history of one object.
//!
//! `nodes` makes the nodes, `stays` follows containers, `made` follows what was made of what, `lists` reads lists.

mod lists;
mod made;
mod nodes;
mod stays;

use std::collections::{BTreeSet, VecDeque};

use pangolin_ledger::id::{Height, TimeMs};

use super::{EdgeKind, Limit, NodeId, Trace, TraceDirection, TraceLimits, Unknown, graph::Graph};
use crate::{
    error::{IndexError, damaged},
    read::{
        history::{self, Entry},
        names::{Names, object_by_id},
        place::Containers,
    },
    store::{
        Reading,
        object::{ObjectRole, ObjectRow, does},
    },
    write::EventState,
};
use lists::lists;

/// Something still to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Task {
    /// An object with its whole history.
    Object { id: i64, depth: usize },
    /// An object as far as effects between two places concern it: a container during a stay.
    During {
        id: i64,
        from: i64,
        until: i64,
        depth: usize,
    },
    /// A quantity of a class or lot.
    Stock { uri: String, depth: usize },
}

/// Walking the index for a trace: breadth first, so that a limit cuts off what is far away.
pub(super) struct Walk<'r> {
    reading: &'r Reading<'r>,
    direction: TraceDirection,
    graph: Graph,
    names: Names,
    containers: Containers,
    queue: VecDeque<Task>,
    seen: BTreeSet<i64>,
    seen_stocks: BTreeSet<String>,
}

impl<'r> Walk<'r> {
    pub(super) fn new(
        reading: &'r Reading<'r>,
        direction: TraceDirection,
        limits: TraceLimits,
    ) -> Self {
        Self {
            reading,
            direction,
            graph: Graph::new(limits),
            names: Names::default(),
            containers: Containers::default(),
            queue: VecDeque::new(),
            seen: BTreeSet::new(),
            seen_stocks: BTreeSet::new(),
        }
    }

    pub(super) fn run(
        mut self,
        id: i64,
        height: Height,
        time: TimeMs,
    ) -> Result<Trace, IndexError> {
        let root = self
            .object(id, None)?
            .ok_or_else(|| damaged("a trace without room for its object"))?;
        self.queue.push_back(Task::Object { id, depth: 0 });
        while let Some(task) = self.queue.pop_front() {
            match task {
                Task::Object { id, depth } if self.direction == TraceDirection::Contents => {
                    self.contents(id, depth)?;
                }
                Task::Object { id, depth } => self.history(id, depth)?,
                Task::During {
                    id,
                    from,
                    until,
                    depth,
                } => self.during(id, from, until, depth)?,
                Task::Stock { uri, depth } => self.stock_history(&uri, depth)?,
            }
        }
        Ok(self.graph.finish(root, height, time))
    }

    /// The entries of an object, within the limit.
    fn entries(&mut self, id: i64, node: NodeId) -> Result<Vec<Entry>, IndexError> {
        let mut entries = history::entries(self.reading, id)?;
        let room = self.graph.limits.events_per_object;
        if entries.len() > room {
            self.graph.cut(node, Limit::EventsPerObject);
            match self.direction {
                // The origin matters most, then the latest.
                TraceDirection::Back => entries.truncate(room),
                TraceDirection::Forward | TraceDirection::Contents => {
                    entries.drain(..entries.len() - room);
                }
            }
        }
        Ok(entries)
    }

    /// An object with its whole history.
    fn history(&mut self, id: i64, depth: usize) -> Result<(), IndexError> {
        if !self.seen.insert(id) {
            return Ok(());
        }
        let Some(node) = self.object(id, None)? else {
            return Ok(());
        };
        let (row, _) = object_by_id(self.reading, id)?;
        let entries = self.entries(id, node)?;
        self.origin(&row, node, &entries)?;
        for entry in &entries {
            self.entry(id, node, entry, depth)?;
        }
        let stays = history::stays(self.reading, &entries)?;
        for stay in &stays {
            self.stay(node, stay, depth)?;
        }
        self.attachments(node, &entries, depth)
    }

    fn origin(
        &mut self,
        row: &ObjectRow,
        node: NodeId,
        entries: &[Entry],
    ) -> Result<(), IndexError> {
        if row.origin > 0 {
            return Ok(());
        }
        if let Some((chain, height)) = history::arrival(self.reading, row.id)? {
            let message = format!(
                "it came from chain {chain} in block {height}; what was before is recorded there"
            );
            self.unknown(node, 2, Unknown::OtherChain, message);
        } else if entries.is_empty() {
            self.unknown(node, 2, Unknown::NeverSeen, "no event names the object");
        } else {
            self.unknown(
                node,
                2,
                Unknown::Origin,
                "no event here states how the object came into being",
            );
        }
        Ok(())
    }

    /// One event of an object.
    fn entry(
        &mut self,
        id: i64,
        node: NodeId,
        entry: &Entry,
        depth: usize,
    ) -> Result<(), IndexError> {
        let Some(event) = self.event(&entry.fact, node)? else {
            return Ok(());
        };
        for role in &entry.roles {
            self.graph.connect(event, node, EdgeKind::Names(*role));
        }
        if entry.fact.applied.is_none() || entry.fact.state == EventState::Declaration {
            return Ok(());
        }
        let made = entry.is(ObjectRole::Output);
        let used = entry.is(ObjectRole::Input);
        match self.direction {
            TraceDirection::Back if made => {
                self.transformation(event, &entry.fact, ObjectRole::Input, depth)
            }
            TraceDirection::Forward if used => {
                self.transformation(event, &entry.fact, ObjectRole::Output, depth)
            }
            TraceDirection::Forward
                if entry.is(ObjectRole::Parent) && entry.fact.has(does::ENCLOSE) =>
            {
                self.packed(id, node, event, &entry.fact, depth)
            }
            _ => Ok(()),
        }
    }

    /// Looks at something later, unless that is too far away.
    fn follow(&mut self, at: NodeId, task: Task) {
        let depth = match &task {
            Task::Object { depth, .. } | Task::During { depth, .. } | Task::Stock { depth, .. } => {
                *depth
            }
        };
        if depth > self.graph.limits.depth {
            self.graph.cut(at, Limit::Depth);
        } else {
            self.queue.push_back(task);
        }
    }

    /// The objects that an event lists in a role, within the limit.
    fn listed(&mut self, event: i64, role: ObjectRole, at: NodeId) -> Result<Vec<i64>, IndexError> {
        let room = self.graph.limits.fan_out;
        let mut found = lists(self.reading, event, role, room.saturating_add(1))?;
        if found.len() > room {
            self.graph.cut(at, Limit::FanOut);
            found.truncate(room);
        }
        Ok(found)
    }
}
