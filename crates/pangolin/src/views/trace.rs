//! A trace as people read it: what it is, where it is, then a time line (back and forward) or a tree (contents).
//!
//! **Invariant**: what is not known is a line of its own, marked with `?`, and the last line says whether anything is missing.

use pangolin_client::{Trace, TraceNode};
use std::collections::BTreeSet;

use super::words::{count, epc, short, time};
use crate::output::table;

/// Identifiers of one event that are written out; the others are counted.
const MAX_NAMED: usize = 3;
/// Lines of a tree; what follows is counted.
const MAX_TREE: usize = 500;
/// Deepest nesting of a tree.
const MAX_DEPTH: usize = 16;

/// `pangolin trace`; `contents`: as a tree of what is inside.
pub(crate) fn trace(found: &Trace, contents: bool) -> String {
    let mut lines = vec![head(found, found.root)];
    if contents {
        let mut tree = Tree {
            found,
            lines: Vec::new(),
            seen: BTreeSet::new(),
            left_out: 0,
        };
        tree.below(found.root, 1);
        lines.extend(tree.lines);
        if tree.left_out > 0 {
            let more = count(tree.left_out, "line", "lines");
            lines.push(format!("  … {more} left out; --output json gives all"));
        }
    } else {
        lines.extend(place(found));
        lines.push(String::new());
        lines.push(time_line(found));
    }
    lines.push(String::new());
    lines.extend(end(found));
    lines.join("\n")
}

/// An object with what stands out about it.
fn head(found: &Trace, at: usize) -> String {
    match found.nodes.get(at) {
        Some(TraceNode::Object {
            uri,
            status,
            reason,
            lot,
            held,
            corrected,
        }) => {
            let mut text = format!("{}  {status}", epc(uri));
            if let Some(reason) = reason {
                text = format!("{text} ({reason})");
            }
            if *held {
                text.push_str(", HELD BACK");
            }
            if *corrected {
                text.push_str(", an event in its history was declared in error");
            }
            if let Some(lot) = lot {
                text = format!("{text}, lot {}", epc(lot));
            }
            text
        }
        Some(TraceNode::Party { uri, name }) => party(uri, name),
        Some(TraceNode::Stock { uri }) => epc(uri),
        Some(TraceNode::Unknown { message, .. }) => format!("? {message}"),
        Some(TraceNode::Event { event_id, .. }) => event_id.clone(),
        Some(TraceNode::Other) | None => "? something that this program does not know".to_owned(),
    }
}

fn party(uri: &str, name: &str) -> String {
    let id = uri.rsplit(['/', ':']).next().unwrap_or(uri);
    if name.is_empty() {
        id.to_owned()
    } else {
        format!("{name} ({id})")
    }
}

/// Nodes at the other end of edges of a kind that begin at `at`.
fn to<'t>(found: &'t Trace, at: usize, kind: &'t str) -> impl Iterator<Item = usize> + 't {
    let edges = found.edges.iter();
    edges
        .filter(move |edge| edge.from == at && edge.kind == kind)
        .map(|edge| edge.to)
}

/// Nodes at the other end of edges of a kind that end at `at`.
fn from<'t>(found: &'t Trace, at: usize, kind: &'t str) -> impl Iterator<Item = usize> + 't {
    let edges = found.edges.iter();
    edges
        .filter(move |edge| edge.to == at && edge.kind == kind)
        .map(|edge| edge.from)
}

/// Who has the object, on whose way it is, and what it is in.
fn place(found: &Trace) -> Vec<String> {
    let mut lines = Vec::new();
    for at in from(found, found.root, "holds") {
        lines.push(format!("  with    {}", head(found, at)));
    }
    for at in to(found, found.root, "offered-to") {
        lines.push(format!("  on its way to  {}", head(found, at)));
    }
    let mut at = found.root;
    for _ in 0..MAX_DEPTH {
        let around = found
            .edges
            .iter()
            .find(|edge| edge.from == at && edge.kind == "inside" && edge.until.is_none());
        let Some(around) = around else { break };
        let since = around.since.as_deref().map(time).unwrap_or_default();
        lines.push(format!(
            "  inside  {} since {since}",
            head(found, around.to)
        ));
        for holder in from(found, around.to, "holds") {
            lines.push(format!("  with    {}", head(found, holder)));
        }
        at = around.to;
    }
    lines
}

/// Events by their time, with unknowns before what they are missing from.
fn time_line(found: &Trace) -> String {
    let mut rows = Vec::new();
    let mut shown = BTreeSet::new();
    let mut events: Vec<(&str, usize)> = found
        .nodes
        .iter()
        .enumerate()
        .filter_map(|(at, node)| match node {
            TraceNode::Event { time, .. } => Some((time.as_str(), at)),
            _ => None,
        })
        .collect();
    events.sort_unstable();
    for (at, node) in found.nodes.iter().enumerate() {
        // what is missing before an object comes before all of its events
        if let TraceNode::Unknown { message, .. } = node
            && !to(found, at, "before")
                .any(|next| matches!(found.nodes.get(next), Some(TraceNode::Event { .. })))
        {
            shown.insert(at);
            rows.push(unknown(message, &before(found, at)));
        }
    }
    for (_, event) in events {
        for at in from(found, event, "before") {
            if let Some(TraceNode::Unknown { message, .. }) = found.nodes.get(at)
                && shown.insert(at)
            {
                rows.push(unknown(message, ""));
            }
        }
        rows.push(row(found, event));
    }
    if rows.is_empty() {
        return "no events".to_owned();
    }
    table(&["when", "what", "who", "goods", "block"], rows)
}

fn before(found: &Trace, at: usize) -> String {
    let next: Vec<String> = to(found, at, "before")
        .filter_map(|next| identifier(found, next))
        .collect();
    some(&next)
}

fn unknown(message: &str, goods: &str) -> Vec<String> {
    vec![
        "?".to_owned(),
        format!("UNKNOWN: {message}"),
        "?".to_owned(),
        goods.to_owned(),
        "?".to_owned(),
    ]
}

fn row(found: &Trace, at: usize) -> Vec<String> {
    let Some(TraceNode::Event {
        time: when,
        height,
        biz_step,
        disposition,
        state,
        in_error,
        ..
    }) = found.nodes.get(at)
    else {
        return Vec::new();
    };
    let mut what = biz_step.as_deref().map_or("event", short).to_owned();
    if let Some(disposition) = disposition {
        what = format!("{what}, {}", short(disposition));
    }
    if state != "applied" {
        what = format!("{what} [{state}]");
    }
    if *in_error {
        what.push_str(" [declared in error]");
    }
    vec![
        time(when),
        what,
        who(found, at),
        goods(found, at),
        height.to_string(),
    ]
}

/// Who gave to whom, and who says so if that is somebody else.
fn who(found: &Trace, event: usize) -> String {
    let names = |ends: Vec<usize>| {
        let names: Vec<String> = ends
            .into_iter()
            .map(|at| match found.nodes.get(at) {
                Some(TraceNode::Party { uri, name }) if name.is_empty() => party(uri, name),
                Some(TraceNode::Party { name, .. }) => name.clone(),
                _ => head(found, at),
            })
            .collect();
        names.join(", ")
    };
    let both = |kind| -> Vec<usize> {
        from(found, event, kind)
            .chain(to(found, event, kind))
            .collect()
    };
    let (states, gives, receives) = (
        names(both("states")),
        names(both("gives")),
        names(both("receives")),
    );
    if gives.is_empty() && receives.is_empty() {
        return states;
    }
    let by = if states == gives || states == receives || states.is_empty() {
        String::new()
    } else {
        format!(" (stated by {states})")
    };
    let from = if gives.is_empty() { "?" } else { &gives };
    let to = if receives.is_empty() { "?" } else { &receives };
    format!("{from} -> {to}{by}")
}

/// What the event names, by its part in it.
fn goods(found: &Trace, event: usize) -> String {
    let opened = matches!(
        found.nodes.get(event),
        Some(TraceNode::Event { biz_step: Some(step), .. }) if short(step).starts_with("un")
    );
    let parts = [
        ("names-subject", ""),
        ("names-parent", if opened { "out of " } else { "in " }),
        ("names-child", ""),
        ("names-input", "of "),
        ("names-output", "into "),
        ("quantity-input", "of "),
        ("quantity-output", "into "),
        ("takes-out", "out of it "),
        ("undoes", "undoes "),
    ];
    let mut texts = Vec::new();
    for (kind, word) in parts {
        let named: Vec<String> = to(found, event, kind)
            .filter_map(|at| identifier(found, at))
            .collect();
        if !named.is_empty() {
            texts.push(format!("{word}{}", some(&named)));
        }
    }
    texts.join("; ")
}

fn identifier(found: &Trace, at: usize) -> Option<String> {
    match found.nodes.get(at)? {
        TraceNode::Object { uri, .. } | TraceNode::Stock { uri } => Some(epc(uri)),
        _ => None,
    }
}

fn some(names: &[String]) -> String {
    match names.split_at_checked(MAX_NAMED) {
        Some((named, more)) if !more.is_empty() => {
            format!("{} and {} more", named.join(", "), more.len())
        }
        _ => names.join(", "),
    }
}

struct Tree<'t> {
    found: &'t Trace,
    lines: Vec<String>,
    seen: BTreeSet<usize>,
    left_out: u64,
}

impl Tree<'_> {
    fn below(&mut self, at: usize, depth: usize) {
        if depth > MAX_DEPTH || !self.seen.insert(at) {
            return;
        }
        let found = self.found;
        let inside = found.edges.iter().filter(|edge| {
            edge.to == at
                && edge.until.is_none()
                && matches!(edge.kind.as_str(), "inside" | "attached" | "before")
        });
        for edge in inside {
            if self.lines.len() < MAX_TREE {
                let line = head(found, edge.from);
                self.lines.push(format!("{}{line}", "  ".repeat(depth)));
            } else {
                self.left_out += 1;
            }
            self.below(edge.from, depth + 1);
        }
    }
}

fn end(found: &Trace) -> Vec<String> {
    let at = format!("as of block {} ({})", found.height, time(&found.time));
    if found.complete {
        return vec![format!("complete, {at}")];
    }
    let mut lines = vec![format!("NOT COMPLETE, {at}:")];
    let unknown = found
        .nodes
        .iter()
        .filter(|node| matches!(node, TraceNode::Unknown { .. }))
        .count();
    if unknown > 0 {
        let things = count(unknown as u64, "thing is", "things are");
        lines.push(format!("  {things} not known here, marked with ?"));
    }
    for cut in &found.truncated {
        lines.push(format!(
            "  cut off by the limit on {} at {}",
            cut.limit,
            head(found, cut.node)
        ));
    }
    lines
}

#[cfg(test)]
mod tests;
