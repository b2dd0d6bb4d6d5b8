//! Traces: a graph with what is not known marked as such.

use serde::{Deserialize, Serialize};

/// The answer to a trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// Place among the nodes of what was asked for.
    pub root: usize,
    /// What was found. An edge names nodes by their places in this list.
    pub nodes: Vec<TraceNode>,
    /// How it hangs together.
    pub edges: Vec<TraceEdge>,
    /// Where a limit cut the answer off; empty if nothing was left out.
    pub truncated: Vec<TraceCut>,
    /// Whether nothing is missing.
    pub complete: bool,
    /// The block as of which this is the answer.
    pub height: u64,
    /// Its time.
    pub time: String,
}

/// Something in a trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
        /// Stable word for why.
        reason: String,
        /// The same in words.
        message: String,
    },
    /// A kind that this client does not know.
    #[serde(other)]
    Other,
}

/// A relation between two nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceEdge {
    /// From.
    pub from: usize,
    /// To.
    pub to: usize,
    /// Its kind, such as `names-subject`, `inside`, `states` or `before`.
    pub kind: String,
    /// From when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// Where a limit cut a trace off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceCut {
    /// The node whose relations are incomplete.
    pub node: usize,
    /// The limit.
    pub limit: String,
}
