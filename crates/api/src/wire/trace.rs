//! Traces: a graph with what is not known marked as such.

use pangolin_index::{EdgeKind, EventState, Limit, Node, ObjectRole, Trace, Unknown};
use pangolin_profiles::capture::event_uri;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::whereabouts::{reason, status};
use crate::{clock::utc_text, deps::Trade};

/// The answer to a trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Trace)]
pub struct TraceGraph {
    /// Place among the nodes of what was asked for.
    pub root: u32,
    /// What was found. An edge names nodes by their places in this list.
    pub nodes: Vec<TraceNode>,
    /// How it hangs together.
    pub edges: Vec<TraceEdge>,
    /// Where a limit cut the answer off; empty if nothing was left out.
    pub truncated: Vec<TraceCut>,
    /// Whether nothing is missing: no unknown predecessor, and nothing cut off.
    pub complete: bool,
    /// The block as of which this is the answer.
    pub height: u64,
    /// Its time.
    pub time: String,
}

/// Something in a trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub enum TraceNode {
    /// An object.
    Object {
        /// Its identifier.
        uri: String,
        /// `live`, `ended`, `voided`, `away` or `unknown`.
        status: String,
        /// Why it ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Its lot.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lot: Option<String>,
        /// Whether it is held back.
        held: bool,
        /// Whether an event in its history was declared in error.
        corrected: bool,
    },
    /// An event.
    Event {
        /// Its identifier.
        #[serde(rename = "eventID")]
        event_id: String,
        /// When it happened.
        time: String,
        /// The block that recorded it.
        height: u64,
        /// Business step.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        biz_step: Option<String>,
        /// Disposition.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        disposition: Option<String>,
        /// `applied`, `parked`, `lapsed`, `rejected` or `declaration`.
        state: String,
        /// Whether it was declared in error.
        in_error: bool,
    },
    /// A party.
    Party {
        /// Its identifier.
        uri: String,
        /// Its name.
        name: String,
    },
    /// A quantity without serial numbers.
    Stock {
        /// Its identifier.
        uri: String,
    },
    /// Something that must exist and is not known here.
    Unknown {
        /// `origin`, `quantity-origin`, `predecessor`, `other-chain`, `not-disclosed` or `never-seen`.
        reason: String,
        /// The same in words.
        message: String,
    },
}

/// A relation between two nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TraceEdge {
    /// From.
    pub from: u32,
    /// To.
    pub to: u32,
    /// `names-subject`, `names-parent`, `names-child`, `names-input`, `names-output`, `undoes`, `takes-out`, `inside`, `attached`, `holds`,
    /// `offered-to`, `states`, `gives`, `receives`, `quantity-input`, `quantity-output`, `before` or `declares`.
    pub kind: String,
    /// From when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// Where a limit cut a trace off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TraceCut {
    /// The node whose relations are incomplete.
    pub node: u32,
    /// `nodes`, `edges`, `depth`, `events-per-object` or `fan-out`.
    pub limit: String,
}

/// The word of an event's state.
pub const fn event_state(state: EventState) -> &'static str {
    match state {
        EventState::Applied => "applied",
        EventState::Parked => "parked",
        EventState::Lapsed => "lapsed",
        EventState::Rejected => "rejected",
        EventState::Declaration => "declaration",
    }
}

fn node(node: &Node, trade: &dyn Trade) -> TraceNode {
    match node {
        Node::Object(object) => TraceNode::Object {
            uri: object.uri.clone(),
            status: status(object.status).to_owned(),
            reason: object.reason.map(|code| reason(trade, code)),
            lot: object.group_uri.clone(),
            held: object.held,
            corrected: object.corrected,
        },
        Node::Event(event) => TraceNode::Event {
            event_id: event_uri(&event.id),
            time: utc_text(event.time.0),
            height: event.height.0,
            biz_step: event.biz_step.clone(),
            disposition: event.disposition.clone(),
            state: event_state(event.state).to_owned(),
            in_error: event.in_error,
        },
        Node::Party { uri, name, .. } => TraceNode::Party {
            uri: uri.clone(),
            name: name.clone(),
        },
        Node::Stock { uri } => TraceNode::Stock { uri: uri.clone() },
        Node::Unknown { reason, message } => {
            let word = match reason {
                Unknown::Origin => "origin",
                Unknown::QuantityOrigin => "quantity-origin",
                Unknown::Predecessor(_) => "predecessor",
                Unknown::OtherChain => "other-chain",
                Unknown::NotDisclosed => "not-disclosed",
                Unknown::NeverSeen => "never-seen",
            };
            TraceNode::Unknown {
                reason: word.to_owned(),
                message: message.clone(),
            }
        }
    }
}

fn role(role: ObjectRole) -> &'static str {
    match role {
        ObjectRole::Subject => "names-subject",
        ObjectRole::Parent => "names-parent",
        ObjectRole::Child => "names-child",
        ObjectRole::Input => "names-input",
        ObjectRole::Output => "names-output",
        ObjectRole::Undone => "undoes",
        ObjectRole::TakenOut => "takes-out",
    }
}

impl TraceGraph {
    /// A trace in the words of the trade.
    pub fn new(trace: &Trace, trade: &dyn Trade) -> Self {
        let edges = trace.edges.iter().map(|edge| {
            let (kind, span) = match edge.kind {
                EdgeKind::Names(object) => (role(object), None),
                EdgeKind::Inside { since, until } => ("inside", Some((since, until))),
                EdgeKind::Attached { since, until } => ("attached", Some((since, until))),
                EdgeKind::Holds => ("holds", None),
                EdgeKind::OfferedTo => ("offered-to", None),
                EdgeKind::States => ("states", None),
                EdgeKind::Gives => ("gives", None),
                EdgeKind::Receives => ("receives", None),
                EdgeKind::Quantity {
                    role: ObjectRole::Output,
                } => ("quantity-output", None),
                EdgeKind::Quantity { .. } => ("quantity-input", None),
                EdgeKind::Before => ("before", None),
                EdgeKind::Declares => ("declares", None),
            };
            TraceEdge {
                from: edge.from.0,
                to: edge.to.0,
                kind: kind.to_owned(),
                since: span.map(|(since, _)| utc_text(since.0)),
                until: span
                    .and_then(|(_, until)| until)
                    .map(|until| utc_text(until.0)),
            }
        });
        let cuts = trace.truncated.iter().map(|cut| TraceCut {
            node: cut.at.0,
            limit: match cut.limit {
                Limit::Nodes => "nodes",
                Limit::Edges => "edges",
                Limit::Depth => "depth",
                Limit::EventsPerObject => "events-per-object",
                Limit::FanOut => "fan-out",
            }
            .to_owned(),
        });
        let unknown = trace
            .nodes
            .iter()
            .any(|node| matches!(node, Node::Unknown { .. }));
        Self {
            root: trace.root.0,
            nodes: trace.nodes.iter().map(|found| node(found, trade)).collect(),
            edges: edges.collect(),
            truncated: cuts.collect(),
            complete: !unknown && trace.truncated.is_empty(),
            height: trace.height.0,
            time: utc_text(trace.time.0),
        }
    }
}
