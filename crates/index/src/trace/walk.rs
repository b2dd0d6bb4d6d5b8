//! Walking the index for a trace.

use std::collections::{BTreeSet, VecDeque};

use pangolin_epcis::model::QuantityElement;
use pangolin_ledger::{
    codec::Wire as _,
    id::{Code, EventId, Height, TimeMs},
    limits::MAX_REFS_PER_EVENT,
    state::Missing,
    tx::Action,
};
use rusqlite::OptionalExtension as _;

use super::{
    EdgeKind, EventNode, Limit, Node, NodeId, ObjectNode, Trace, TraceDirection, TraceLimits,
    Unknown,
    graph::{Graph, Identity},
};
use crate::{
    error::{During as _, IndexError, damaged},
    lens::canonical,
    query::{ClassPlace, quantities},
    read::{
        event,
        history::{self, Entry, Fact, Stay},
        names::{Names, object_by_id},
        place::Containers,
    },
    store::{
        Reading,
        bits::{take_runs, take_varint},
        object::{HolderRef, ObjectRole, ObjectRow, ObjectStatus, does, event_flag, flag},
    },
    write::{EventState, kind_from, unpack_profile},
};

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

    /// The node of an object.
    fn object(&mut self, id: i64, near: Option<NodeId>) -> Result<Option<NodeId>, IndexError> {
        if let Some(node) = self.graph.find(&Identity::Object(id)) {
            return Ok(Some(node));
        }
        let (row, object) = object_by_id(self.reading, id)?;
        let lens = self.reading.lens();
        let place = self.containers.locate(self.reading, &row)?;
        let group = self.names.group(self.reading, row.lot)?;
        let ended = place.ended.filter(|_| row.status == ObjectStatus::Live);
        let node = ObjectNode {
            uri: lens.object_uri(&object),
            object,
            status: if ended.is_some() {
                ObjectStatus::Ended
            } else {
                row.status
            },
            reason: ended.or((row.status == ObjectStatus::Ended).then_some(row.reason)),
            group_uri: group.as_ref().map(|group| lens.group_uri(group)),
            group,
            held: place.held,
            corrected: row.has(flag::CORRECTED),
            untracked: row.has(flag::UNTRACKED),
        };
        let Some(node) = self
            .graph
            .add(Identity::Object(id), Node::Object(node), near)
        else {
            return Ok(None);
        };
        for (party, kind) in [
            (place.custodian, EdgeKind::Holds),
            (place.pending, EdgeKind::OfferedTo),
        ] {
            if let Some(party) = self.party(party, node)? {
                match kind {
                    EdgeKind::Holds => self.graph.connect(party, node, kind),
                    _ => self.graph.connect(node, party, kind),
                }
            }
        }
        if row.status == ObjectStatus::Away {
            self.unknown(
                node,
                0,
                Unknown::OtherChain,
                "the object lives on another chain",
            );
        }
        Ok(Some(node))
    }

    /// The node of a party; `None` for 0.
    fn party(&mut self, id: i64, near: NodeId) -> Result<Option<NodeId>, IndexError> {
        if let Some(node) = self.graph.find(&Identity::Party(id)) {
            return Ok(Some(node));
        }
        let Some(party) = self.names.party(self.reading, id)? else {
            return Ok(None);
        };
        let name: String = self
            .reading
            .prepare("SELECT name FROM parties WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .during("reading a party")?;
        let uri = self.reading.lens().party_uri(&party);
        Ok(self.graph.add(
            Identity::Party(id),
            Node::Party { party, uri, name },
            Some(near),
        ))
    }

    /// The node of an event, with its parties; and, where it waits, what it waits for.
    fn event(&mut self, fact: &Fact, near: NodeId) -> Result<Option<NodeId>, IndexError> {
        let identity = Identity::Event(fact.no);
        if let Some(node) = self.graph.find(&identity) {
            return Ok(Some(node));
        }
        let node = self.event_node(fact)?;
        let Some(node) = self.graph.add(identity, Node::Event(node), Some(near)) else {
            return Ok(None);
        };
        if let Some(party) = self.party(fact.issuer, node)? {
            self.graph.connect(party, node, EdgeKind::States);
        }
        for (party, kind) in [
            (fact.source, EdgeKind::Gives),
            (fact.destination, EdgeKind::Receives),
        ] {
            if let Some(party) = self.party(party.unwrap_or(0), node)? {
                self.graph.connect(node, party, kind);
            }
        }
        if fact.state == EventState::Parked {
            self.waits(fact.no, node)?;
        }
        if let Some(about) = fact.about {
            let about = history::fact(self.reading, about)?;
            if let Some(target) = self.event(&about, node)? {
                self.graph.connect(node, target, EdgeKind::Declares);
            }
        }
        Ok(Some(node))
    }

    fn event_node(&self, fact: &Fact) -> Result<EventNode, IndexError> {
        let (hash, kind, action, profile, step, disposition, flags): (Vec<u8>, i64, i64, i64, u16, Option<u16>, i64) =
            self.reading
                .prepare("SELECT hash, kind, action, profile, step, disposition, flags FROM events WHERE no = ?1")?
                .query_row([fact.no], |row| {
                    Ok((
                        row.get(0)?,
                        row.get(1)?,
                        row.get(2)?,
                        row.get(3)?,
                        row.get(4)?,
                        row.get(5)?,
                        row.get(6)?,
                    ))
                })
                .during("reading an event")?;
        let wrong = || damaged(format!("event {} is malformed", fact.no));
        let profile = unpack_profile(profile);
        let lens = self.reading.lens();
        Ok(EventNode {
            no: fact.no,
            id: EventId(hash.try_into().map_err(|_| wrong())?),
            height: fact.height,
            time: fact.happened(),
            order: fact.applied,
            kind: kind_from(kind).ok_or_else(wrong)?,
            action: match action {
                0 => Action::Add,
                1 => Action::Observe,
                _ => Action::Delete,
            },
            profile,
            biz_step: lens.biz_step(profile, Code(step)),
            disposition: disposition.and_then(|code| lens.disposition(profile, Code(code))),
            state: fact.state,
            in_error: flags & event_flag::IN_ERROR != 0,
        })
    }

    /// Puts something that is not known before a node.
    fn unknown(&mut self, before: NodeId, place: u8, reason: Unknown, message: impl Into<String>) {
        let node = Node::Unknown {
            reason,
            message: message.into(),
        };
        if let Some(unknown) = self
            .graph
            .add(Identity::Unknown(before, place), node, Some(before))
        {
            self.graph.connect(unknown, before, EdgeKind::Before);
        }
    }

    fn waits(&mut self, no: i64, node: NodeId) -> Result<(), IndexError> {
        let missing: Option<Vec<u8>> = self
            .reading
            .prepare("SELECT missing FROM parked WHERE event = ?1")?
            .query_row([no], |row| row.get(0))
            .optional()
            .during("reading a waiting event")?;
        let Some(missing) = missing else {
            return Ok(());
        };
        let missing = Missing::from_bytes(&missing).map_err(|error| damaged(error.to_string()))?;
        let what = match &missing {
            Missing::Object(object) => self.reading.lens().object_uri(object),
            Missing::Stock { .. } => "a quantity".to_owned(),
        };
        self.unknown(
            node,
            1,
            Unknown::Predecessor(missing),
            format!("the event waits for a statement about {what}"),
        );
        Ok(())
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
        self.origin(&row, node, &entries);
        for entry in &entries {
            self.entry(id, node, entry, depth)?;
        }
        let stays = history::stays(self.reading, &entries)?;
        for stay in &stays {
            self.stay(node, stay, depth)?;
        }
        self.attachments(node, &entries, depth)
    }

    fn origin(&mut self, row: &ObjectRow, node: NodeId, entries: &[Entry]) {
        if row.origin > 0 {
            return;
        }
        if entries.is_empty() {
            self.unknown(node, 2, Unknown::NeverSeen, "no event names the object");
        } else {
            self.unknown(
                node,
                2,
                Unknown::Origin,
                "no event here states how the object came into being",
            );
        }
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

    /// What went into a transformation, or what came out of it.
    fn transformation(
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
    fn packed(
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

    /// A time in a container: what happened to the container then, happened to the object.
    fn stay(&mut self, node: NodeId, stay: &Stay, depth: usize) -> Result<(), IndexError> {
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
    fn during(&mut self, id: i64, from: i64, until: i64, depth: usize) -> Result<(), IndexError> {
        if self.seen.contains(&id) {
            return Ok(());
        }
        let Some(node) = self.object(id, None)? else {
            return Ok(());
        };
        let (row, _) = object_by_id(self.reading, id)?;
        let entries = self.entries(id, node)?;
        self.origin(&row, node, &entries);
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

    /// What is attached to an object, or what it is attached to.
    fn attachments(
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
    fn detached(
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

    /// The node of a quantity.
    fn stock(&mut self, uri: &str, near: NodeId) -> Option<NodeId> {
        let node = Node::Stock {
            uri: uri.to_owned(),
        };
        self.graph
            .add(Identity::Stock(uri.to_owned()), node, Some(near))
    }

    /// Where a quantity came from, or went to: the transformations that made or used it.
    fn stock_history(&mut self, uri: &str, depth: usize) -> Result<(), IndexError> {
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

    /// What is in a container now.
    fn contents(&mut self, id: i64, depth: usize) -> Result<(), IndexError> {
        if !self.seen.insert(id) {
            return Ok(());
        }
        let Some(node) = self.object(id, None)? else {
            return Ok(());
        };
        let container = self.containers.row(self.reading, id)?;
        let mut children = BTreeSet::new();
        let entries = history::entries(self.reading, id)?;
        for entry in entries.iter().filter(|entry| {
            entry.fact.applied.is_some()
                && entry.is(ObjectRole::Parent)
                && entry.fact.has(does::ENCLOSE)
        }) {
            for child in lists(
                self.reading,
                entry.fact.no,
                ObjectRole::Child,
                MAX_REFS_PER_EVENT,
            )? {
                if children.len() > self.graph.limits.fan_out {
                    break;
                }
                let (row, _) = object_by_id(self.reading, child)?;
                if row.holder == HolderRef::Container(id) && row.filling == container.epoch {
                    children.insert((child, entry.fact.time));
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
}

/// The objects that an event lists in a role, ascending, at most `max`.
pub(crate) fn lists(
    reading: &Reading<'_>,
    event: i64,
    role: ObjectRole,
    max: usize,
) -> Result<Vec<i64>, IndexError> {
    let mut statement = reading.prepare("SELECT lists FROM bodies WHERE event = ?1")?;
    let mut rows = statement
        .query([event])
        .during("reading the objects of an event")?;
    let Some(row) = rows.next().during("reading the objects of an event")? else {
        return Ok(Vec::new());
    };
    let mut bytes = row
        .get_ref(0)
        .and_then(|value| Ok(value.as_blob()?))
        .during("reading the objects of an event")?;
    let wrong = || damaged(format!("the objects of event {event} are malformed"));
    while !bytes.is_empty() {
        let number = take_varint(&mut bytes).ok_or_else(wrong)?;
        let len = take_varint(&mut bytes)
            .and_then(|len| usize::try_from(len).ok())
            .ok_or_else(wrong)?;
        let (runs, rest) = bytes.split_at_checked(len).ok_or_else(wrong)?;
        if number == role.number().cast_unsigned() {
            return take_runs(runs, max).ok_or_else(wrong);
        }
        bytes = rest;
    }
    Ok(Vec::new())
}

/// The events that made a quantity of a class or lot, or used it up, ascending.
fn stock_events(
    reading: &Reading<'_>,
    uri: &str,
    made: bool,
    max: usize,
) -> Result<Vec<i64>, IndexError> {
    use crate::query::{Field, stored};
    use crate::store::bits::numbers;

    let fields = if made {
        [Field::OutputClass, Field::EpcClass]
    } else {
        [Field::InputClass, Field::EpcClass]
    };
    let mut found = BTreeSet::new();
    for field in fields {
        let term: Option<i64> = reading
            .prepare("SELECT id FROM terms WHERE kind = ?1 AND value = ?2")?
            .query_row(
                rusqlite::params![field.number(), stored(uri.to_owned())],
                |row| row.get(0),
            )
            .optional()
            .during("looking up a term")?;
        let Some(term) = term else { continue };
        let mut statement = reading
            .prepare("SELECT bucket, bits FROM term_events WHERE term = ?1 ORDER BY bucket")?;
        let mut rows = statement.query([term]).during("reading a bitmap")?;
        while let Some(row) = rows.next().during("reading a bitmap")? {
            for no in numbers(
                row.get(0).during("reading a bitmap")?,
                row.get(1).during("reading a bitmap")?,
            ) {
                let fact = history::fact(reading, no)?;
                let wanted = if made {
                    does::CREATE | does::TRANSFORM
                } else {
                    does::TRANSFORM | does::TERMINATE
                };
                if fact.has(wanted) {
                    found.insert(no);
                }
            }
            if found.len() >= max {
                break;
            }
        }
    }
    Ok(found.into_iter().take(max).collect())
}
