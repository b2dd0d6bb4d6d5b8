//! The graph that a trace gives: what was found, how it hangs together, what is not known, and where limits cut it off.

use std::collections::{BTreeMap, BTreeSet};

use pangolin_ledger::{
    id::{EventId, GroupId, Height, ObjectId, PartyId, ProfileRef, TimeMs},
    state::Missing,
    tx::{Action, EventKind},
};

use crate::{
    store::object::{ObjectRole, ObjectStatus},
    write::EventState,
};

/// A node, by its place in [`Trace::nodes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// The answer to a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// What was asked for.
    pub root: NodeId,
    /// What was found, in the order in which it was found.
    pub nodes: Vec<Node>,
    /// How it hangs together.
    pub edges: Vec<Edge>,
    /// Where a limit cut the answer off. Empty: nothing was left out.
    pub truncated: Vec<Truncated>,
    /// The block as of which this is the answer.
    pub height: Height,
    /// Its time.
    pub time: TimeMs,
}

/// Something in a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// An object.
    Object(ObjectNode),
    /// An event.
    Event(EventNode),
    /// A party.
    Party {
        /// The party.
        party: PartyId,
        /// Its identifier as a URI.
        uri: String,
        /// Its name; empty where the chain does not know one.
        name: String,
    },
    /// A quantity without serial numbers: a class or lot.
    Stock {
        /// Its identifier as a URI.
        uri: String,
    },
    /// Something that must exist and is not known here.
    Unknown {
        /// Why.
        reason: Unknown,
        /// The same in words.
        message: String,
    },
}

/// An object in a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectNode {
    /// The object.
    pub object: ObjectId,
    /// Its identifier as a URI.
    pub uri: String,
    /// Whether it is in being. Of an object in a container that ended with its contents: ended.
    pub status: ObjectStatus,
    /// Why it ended, as a code of the profile.
    pub reason: Option<u16>,
    /// Its group.
    pub group: Option<GroupId>,
    /// Its group as a URI.
    pub group_uri: Option<String>,
    /// Whether it, or a container around it, is held back.
    pub held: bool,
    /// Whether an event in its history was declared in error.
    pub corrected: bool,
    /// Whether it is only recorded, not tracked.
    pub untracked: bool,
}

/// An event in a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventNode {
    /// Its number in this index.
    pub no: i64,
    /// The event hash.
    pub id: EventId,
    /// Who stated it.
    pub issuer: PartyId,
    /// The block that recorded it.
    pub height: Height,
    /// When it happened.
    pub time: TimeMs,
    /// In which order it took effect; `None` if it did not.
    pub order: Option<i64>,
    /// Kind.
    pub kind: EventKind,
    /// Action.
    pub action: Action,
    /// The rules it was accepted by.
    pub profile: ProfileRef,
    /// Business step, as the standard's word or a URI.
    pub biz_step: Option<String>,
    /// Disposition, likewise.
    pub disposition: Option<String>,
    /// What became of it.
    pub state: EventState,
    /// Whether it was declared in error.
    pub in_error: bool,
}

/// Why something is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unknown {
    /// No event states how the object came into being.
    Origin,
    /// No event states where the quantity came from.
    QuantityOrigin,
    /// An event waits for this predecessor.
    Predecessor(Missing),
    /// The object lives on another chain.
    OtherChain,
    /// The full event is with its owner or at a URI; only what the rules saw is known.
    NotDisclosed,
    /// No event names the object.
    NeverSeen,
}

/// A relation between two nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// From.
    pub from: NodeId,
    /// To.
    pub to: NodeId,
    /// Which.
    pub kind: EdgeKind,
}

/// Kinds of relations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    /// The event names the object.
    Names(ObjectRole),
    /// The object was in the container.
    Inside {
        /// From when.
        since: TimeMs,
        /// Until when; `None`: it is.
        until: Option<TimeMs>,
    },
    /// The child is, or was, attached to the parent.
    Attached {
        /// From when.
        since: TimeMs,
        /// Until when; `None`: it is.
        until: Option<TimeMs>,
    },
    /// The party has the object, itself or as custodian of the container around it.
    Holds,
    /// The object was offered to the party, which has not accepted yet.
    OfferedTo,
    /// The party stated the event.
    States,
    /// The event names the party as giver.
    Gives,
    /// The event names the party as receiver.
    Receives,
    /// The event names the quantity as input or output, in thousandths of the unit.
    Quantity {
        /// Used up or made.
        role: ObjectRole,
    },
    /// What is not known stands before the object, event or quantity.
    Before,
    /// The event declares the other to be in error.
    Declares,
}

/// Which limit cut a trace off, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Truncated {
    /// The node whose relations are incomplete.
    pub at: NodeId,
    /// The limit.
    pub limit: Limit,
}

/// Limits of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// [`TraceLimits::nodes`].
    Nodes,
    /// [`TraceLimits::edges`].
    Edges,
    /// [`TraceLimits::depth`].
    Depth,
    /// [`TraceLimits::events_per_object`].
    EventsPerObject,
    /// [`TraceLimits::fan_out`].
    FanOut,
}

/// How far a trace goes. Each value is cut to the index's own limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceLimits {
    /// Nodes.
    pub nodes: usize,
    /// Edges.
    pub edges: usize,
    /// Steps through transformations, associations and contents.
    pub depth: usize,
    /// Events of one object.
    pub events_per_object: usize,
    /// Inputs, outputs or contents followed from one event or container.
    pub fan_out: usize,
}

impl Default for TraceLimits {
    fn default() -> Self {
        Self {
            nodes: 2_000,
            edges: 10_000,
            depth: 16,
            events_per_object: 500,
            fan_out: 200,
        }
    }
}

impl TraceLimits {
    pub(super) fn capped(self) -> Self {
        use crate::limits::{
            MAX_TRACE_DEPTH, MAX_TRACE_EDGES, MAX_TRACE_EVENTS_PER_OBJECT, MAX_TRACE_FAN_OUT,
            MAX_TRACE_NODES,
        };
        Self {
            nodes: self.nodes.clamp(1, MAX_TRACE_NODES),
            edges: self.edges.min(MAX_TRACE_EDGES),
            depth: self.depth.min(MAX_TRACE_DEPTH),
            events_per_object: self.events_per_object.min(MAX_TRACE_EVENTS_PER_OBJECT),
            fan_out: self.fan_out.min(MAX_TRACE_FAN_OUT),
        }
    }
}

/// What a node stands for, so that each thing is one node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Identity {
    Object(i64),
    Event(i64),
    Party(i64),
    Stock(String),
    /// Not known: one per node that it stands before.
    Unknown(NodeId, u8),
}

/// A graph being built, within limits.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) limits: TraceLimits,
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
    known: BTreeMap<Identity, NodeId>,
    drawn: BTreeSet<(NodeId, NodeId, EdgeKind)>,
    truncated: BTreeSet<Truncated>,
}

impl Graph {
    pub(super) const fn new(limits: TraceLimits) -> Self {
        Self {
            limits,
            nodes: Vec::new(),
            edges: Vec::new(),
            known: BTreeMap::new(),
            drawn: BTreeSet::new(),
            truncated: BTreeSet::new(),
        }
    }

    pub(super) fn find(&self, identity: &Identity) -> Option<NodeId> {
        self.known.get(identity).copied()
    }

    /// Adds a node; `None` when there is no room, which is noted at `near`.
    pub(super) fn add(
        &mut self,
        identity: Identity,
        node: Node,
        near: Option<NodeId>,
    ) -> Option<NodeId> {
        if let Some(id) = self.find(&identity) {
            return Some(id);
        }
        if self.nodes.len() >= self.limits.nodes {
            if let Some(at) = near {
                self.cut(at, Limit::Nodes);
            }
            return None;
        }
        let id = NodeId(u32::try_from(self.nodes.len()).ok()?);
        self.nodes.push(node);
        self.known.insert(identity, id);
        Some(id)
    }

    /// Adds an edge once.
    pub(super) fn connect(&mut self, from: NodeId, to: NodeId, kind: EdgeKind) {
        if self.drawn.contains(&(from, to, kind)) {
            return;
        }
        if self.edges.len() >= self.limits.edges {
            self.cut(from, Limit::Edges);
            return;
        }
        self.drawn.insert((from, to, kind));
        self.edges.push(Edge { from, to, kind });
    }

    /// Notes that a limit cut the graph off.
    pub(super) fn cut(&mut self, at: NodeId, limit: Limit) {
        self.truncated.insert(Truncated { at, limit });
    }

    pub(super) fn finish(self, root: NodeId, height: Height, time: TimeMs) -> Trace {
        let truncated = self.truncated.into_iter().collect();
        Trace {
            root,
            nodes: self.nodes,
            edges: self.edges,
            truncated,
            height,
            time,
        }
    }
}
