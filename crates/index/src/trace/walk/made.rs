//! What was made of what: transformations, packing, attachments, and quantities without serial numbers.

use pangolin_epcis::model::QuantityElement;
use pangolin_ledger::{id::TimeMs, limits::MAX_REFS_PER_EVENT};

use super::{
    super::{EdgeKind, Limit, NodeId, TraceDirection, Unknown, graph::Identity},
    Task, Walk,
    lists::{lists, stock_events},
};
use crate::{
    error::IndexError,
    lens::canonical,
    query::{ClassPlace, quantities},
    read::{
        event,
        history::{self, Entry, Fact},
    },
    store::object::{ObjectRole, does},
};

impl Walk<'_> {
    /// What went into a transformation, or what came out of it.
    pub(super) fn transformation(
        &mut self,
        event: NodeId,
        fact: &Fact,
        role: ObjectRole,
        depth: usize,
    ) -> Result<(), IndexError> {
        for id in self.listed(fact.no, role, event)? {
            if let Some(object) = self.object(id, Some(event))? {
                self.graph.connect(event, object, EdgeKind::Names(role));
                self.follow(
                    object,
                    Task::Object {
                        id,
                        depth: depth + 1,
                    },
                );
            }
        }
        let stored = event::load(self.reading, &self.names, fact.no)?;
        let Ok(full) = stored.to_epcis(self.reading.lens()) else {
            self.unknown(
                event,
                3,
                Unknown::NotDisclosed,
                "the full event cannot be read",
            );
            return Ok(());
        };
        let place = if role == ObjectRole::Input {
            ClassPlace::Input
        } else {
            ClassPlace::Output
        };
        let lines: Vec<String> = quantities(&full, place)
            .into_iter()
            .map(|line: &QuantityElement| canonical(line.epc_class.as_str()))
            .collect();
        for uri in lines {
            if let Some(stock) = self.stock(&uri, event) {
                self.graph
                    .connect(event, stock, EdgeKind::Quantity { role });
                self.follow(
                    stock,
                    Task::Stock {
                        uri,
                        depth: depth + 1,
                    },
                );
            }
        }
        Ok(())
    }

    /// What was put into a container: it goes on by itself from there.
    pub(super) fn packed(
        &mut self,
        container: i64,
        node: NodeId,
        event: NodeId,
        fact: &Fact,
        depth: usize,
    ) -> Result<(), IndexError> {
        for id in self.listed(fact.no, ObjectRole::Child, node)? {
            if id == container {
                continue;
            }
            if let Some(child) = self.object(id, Some(event))? {
                self.graph
                    .connect(event, child, EdgeKind::Names(ObjectRole::Child));
                self.follow(
                    child,
                    Task::Object {
                        id,
                        depth: depth + 1,
                    },
                );
            }
        }
        Ok(())
    }

    /// What is attached to an object, or what it is attached to.
    pub(super) fn attachments(
        &mut self,
        node: NodeId,
        entries: &[Entry],
        depth: usize,
    ) -> Result<(), IndexError> {
        let attaching =
            |entry: &&Entry| entry.fact.applied.is_some() && entry.fact.has(does::ASSOCIATE);
        for entry in entries.iter().filter(attaching) {
            let as_parent = entry.is(ObjectRole::Parent);
            let related = if as_parent {
                self.listed(entry.fact.no, ObjectRole::Child, node)?
            } else {
                entry.fact.parent.into_iter().collect()
            };
            for id in related {
                let Some(other) = self.object(id, Some(node))? else {
                    continue;
                };
                let until = self.detached(entries, entry, id, as_parent)?;
                let edge = EdgeKind::Attached {
                    since: entry.fact.happened(),
                    until,
                };
                let (child, parent) = if as_parent {
                    (other, node)
                } else {
                    (node, other)
                };
                self.graph.connect(child, parent, edge);
                // Back: of what it consists. Forward: into what it was built.
                let leads_on = as_parent == (self.direction == TraceDirection::Back);
                if leads_on {
                    self.follow(
                        other,
                        Task::Object {
                            id,
                            depth: depth + 1,
                        },
                    );
                }
            }
        }
        Ok(())
    }

    /// When an attachment ended.
    pub(super) fn detached(
        &self,
        entries: &[Entry],
        attached: &Entry,
        other: i64,
        as_parent: bool,
    ) -> Result<Option<TimeMs>, IndexError> {
        let after = |entry: &&Entry| entry.fact.applied > attached.fact.applied;
        for entry in entries.iter().filter(after) {
            let undone = entry.is(ObjectRole::Undone) && entry.fact.about == Some(attached.fact.no);
            let detaches = entry.fact.has(does::DISSOCIATE)
                && if as_parent {
                    entry.is(ObjectRole::Parent)
                        && lists(
                            self.reading,
                            entry.fact.no,
                            ObjectRole::Child,
                            MAX_REFS_PER_EVENT,
                        )?
                        .contains(&other)
                } else {
                    entry.fact.parent == Some(other)
                };
            if undone || detaches {
                return Ok(Some(entry.fact.happened()));
            }
        }
        Ok(None)
    }

    /// Where a quantity came from, or went to: the transformations that made or used it.
    pub(super) fn stock_history(&mut self, uri: &str, depth: usize) -> Result<(), IndexError> {
        if !self.seen_stocks.insert(uri.to_owned()) {
            return Ok(());
        }
        let Some(node) = self.graph.find(&Identity::Stock(uri.to_owned())) else {
            return Ok(());
        };
        let (made, next) = match self.direction {
            TraceDirection::Back => (true, ObjectRole::Input),
            TraceDirection::Forward | TraceDirection::Contents => (false, ObjectRole::Output),
        };
        let events = stock_events(self.reading, uri, made, self.graph.limits.fan_out + 1)?;
        if events.len() > self.graph.limits.fan_out {
            self.graph.cut(node, Limit::FanOut);
        }
        if events.is_empty() && made {
            let message = "no event here states where the quantity came from";
            self.unknown(node, 4, Unknown::QuantityOrigin, message);
        }
        for no in events.into_iter().take(self.graph.limits.fan_out) {
            let fact = history::fact(self.reading, no)?;
            if fact.applied.is_none() {
                continue;
            }
            let Some(event) = self.event(&fact, node)? else {
                continue;
            };
            let role = if made {
                ObjectRole::Output
            } else {
                ObjectRole::Input
            };
            self.graph.connect(event, node, EdgeKind::Quantity { role });
            if fact.has(does::TRANSFORM) {
                self.transformation(event, &fact, next, depth)?;
            }
        }
        Ok(())
    }
}
