//! Containers: what happened to an object while it was in one, and what is in one now.

use std::collections::BTreeSet;

use pangolin_ledger::{id::TimeMs, limits::MAX_REFS_PER_EVENT};

use super::{
    super::{EdgeKind, Limit, NodeId},
    Task, Walk,
    lists::lists,
};
use crate::{
    error::IndexError,
    query::candidates::object_postings,
    read::{
        history::{self, Fact, Stay},
        names::object_by_id,
    },
    store::object::{HolderRef, ObjectRole, does},
};

impl Walk<'_> {
    /// A time in a container: what happened to the container then, happened to the object.
    pub(super) fn stay(
        &mut self,
        node: NodeId,
        stay: &Stay,
        depth: usize,
    ) -> Result<(), IndexError> {
        let Some(container) = self.object(stay.container, Some(node))? else {
            return Ok(());
        };
        let until = stay.until.map(|fact| fact.happened());
        self.graph.connect(
            node,
            container,
            EdgeKind::Inside {
                since: stay.from.happened(),
                until,
            },
        );
        let from = stay.from.applied.unwrap_or(i64::MAX);
        let until = stay.until.and_then(|fact| fact.applied).unwrap_or(i64::MAX);
        self.follow(
            container,
            Task::During {
                id: stay.container,
                from,
                until,
                depth,
            },
        );
        Ok(())
    }

    /// A container during a stay.
    pub(super) fn during(
        &mut self,
        id: i64,
        from: i64,
        until: i64,
        depth: usize,
    ) -> Result<(), IndexError> {
        if self.seen.contains(&id) {
            return Ok(());
        }
        let Some(node) = self.object(id, None)? else {
            return Ok(());
        };
        let (row, _) = object_by_id(self.reading, id)?;
        let entries = self.entries(id, node)?;
        self.origin(&row, node, &entries)?;
        for entry in &entries {
            let inside = entry
                .fact
                .applied
                .is_some_and(|applied| (from..=until).contains(&applied));
            // An event about other contents of the container is none of the object's history.
            let packs =
                entry.is(ObjectRole::Parent) && entry.fact.has(does::ENCLOSE | does::DISCLOSE);
            let own = entry.fact.applied == Some(from) || entry.fact.applied == Some(until);
            if inside && (!packs || own) {
                let Some(event) = self.event(&entry.fact, node)? else {
                    continue;
                };
                for role in &entry.roles {
                    self.graph.connect(event, node, EdgeKind::Names(*role));
                }
            }
        }
        for stay in history::stays(self.reading, &entries)? {
            let begins = stay.from.applied.unwrap_or(i64::MAX);
            let ends = stay.until.and_then(|fact| fact.applied).unwrap_or(i64::MAX);
            if begins > until || ends < from {
                continue;
            }
            let Some(outer) = self.object(stay.container, Some(node))? else {
                continue;
            };
            let edge = EdgeKind::Inside {
                since: stay.from.happened(),
                until: stay.until.map(|fact| fact.happened()),
            };
            self.graph.connect(node, outer, edge);
            let task = Task::During {
                id: stay.container,
                from: begins.max(from),
                until: ends.min(until),
                depth: depth + 1,
            };
            self.follow(outer, task);
        }
        Ok(())
    }

    /// What is in a container now.
    pub(super) fn contents(&mut self, id: i64, depth: usize) -> Result<(), IndexError> {
        if !self.seen.insert(id) {
            return Ok(());
        }
        let Some(node) = self.object(id, None)? else {
            return Ok(());
        };
        let container = self.containers.row(self.reading, id)?;
        let mut children = BTreeSet::new();
        for packing in self.packings(id)? {
            let listed = lists(
                self.reading,
                packing.no,
                ObjectRole::Child,
                MAX_REFS_PER_EVENT,
            )?;
            for child in listed {
                if children.len() > self.graph.limits.fan_out {
                    break;
                }
                let row = self.containers.row(self.reading, child)?;
                if row.holder == HolderRef::Container(id) && row.filling == container.epoch {
                    children.insert((child, packing.time));
                }
            }
        }
        if children.len() > self.graph.limits.fan_out {
            self.graph.cut(node, Limit::FanOut);
        }
        for (child, since) in children.into_iter().take(self.graph.limits.fan_out) {
            if let Some(inner) = self.object(child, Some(node))? {
                let since = TimeMs(since.div_euclid(1_000_000));
                self.graph
                    .connect(inner, node, EdgeKind::Inside { since, until: None });
                self.follow(
                    inner,
                    Task::Object {
                        id: child,
                        depth: depth + 1,
                    },
                );
            }
        }
        Ok(())
    }

    /// The events that put something into a container. Most objects are none: their other events are not looked at.
    fn packings(&self, id: i64) -> Result<Vec<Fact>, IndexError> {
        let mut packings = Vec::new();
        for (event, role) in object_postings(self.reading, id)? {
            if role != ObjectRole::Parent {
                continue;
            }
            let fact = history::fact(self.reading, event)?;
            if fact.applied.is_some() && fact.has(does::ENCLOSE) {
                packings.push(fact);
            }
        }
        packings.sort_by_key(|fact| fact.applied);
        Ok(packings)
    }
}
