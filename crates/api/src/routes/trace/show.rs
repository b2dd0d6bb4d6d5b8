//! `GET /trace/{epc}`: where an object comes from, where it went, what is in it.

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use pangolin_index::{EdgeKind, Node, NodeId, Trace, TraceDirection, TraceLimits};
use pangolin_ledger::id::{ObjectId, PartyId};
use std::collections::BTreeSet;

use crate::{
    app::App,
    auth::{Caller, Who},
    authorise::{Act, Area, Sight},
    http::{self, InPath, no_more, parameters, take, take_number},
    own::{self, Right, Tally},
    problem::Problem,
    registry::Standing,
    wire::trace::TraceGraph,
    words,
};

/// Traces an object as a graph; what must exist and is not known is a node of its own. A party may trace what it has a part in.
#[utoipa::path(
    get, path = "/trace/{epc}", tag = "trace",
    params(
        ("epc" = String, Path, description = "the object, in any notation"),
        ("direction" = Option<String>, Query, description = "`back` (default), `forward` or `contents`"),
        ("depth" = Option<usize>, Query, description = "steps through transformations, associations and contents, at most 64"),
        ("nodes" = Option<usize>, Query, description = "nodes, at most 20,000")
    ),
    responses(
        (status = 200, description = "The graph.", body = TraceGraph),
        (status = 403, description = "The sender's party has no part in it.", body = crate::problem::Body),
        (status = 404, description = "Nothing is known of it.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    InPath(epc): InPath<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Trace))?;
    let mut given = parameters(query.as_deref())?;
    let direction = match take(&mut given, "direction")?.as_deref() {
        None | Some("back") => TraceDirection::Back,
        Some("forward") => TraceDirection::Forward,
        Some("contents") => TraceDirection::Contents,
        Some(_) => {
            return Err(Problem::parameter(
                "direction",
                "must be back, forward or contents",
            ));
        }
    };
    let mut limits = TraceLimits::default();
    limits.depth = take_number(&mut given, "depth", (0, 64))?.unwrap_or(limits.depth);
    limits.nodes = take_number(&mut given, "nodes", (1, 20_000))?.unwrap_or(limits.nodes);
    limits.edges = limits.edges.max(limits.nodes.saturating_mul(5));
    no_more(&given)?;
    let object = words::object(&epc).ok_or_else(|| Problem::no_object("epc", &epc))?;
    let trace = trace(&app, object, direction, limits, caller.as_ref()).await?;
    Ok(http::json(
        StatusCode::OK,
        &TraceGraph::new(&trace, app.deps().trade.as_ref()),
    ))
}

/// Traces an object for whoever may know: an authority, somebody who has a part in it, anybody where the node's operator opened traces to
/// all. Once this has returned, the first two are in the log of disclosures.
pub(in crate::routes) async fn trace(
    app: &App,
    object: ObjectId,
    direction: TraceDirection,
    limits: TraceLimits,
    caller: Option<&Caller>,
) -> Result<Trace, Problem> {
    let sight = app.rules().decide(caller, Act::Read(Area::Trace))?;
    let own = match &sight {
        Sight::Everything => None,
        Sight::Of(party) => Some(party.clone()),
    };
    let trace = http::index(app, move |index| {
        let trace = index.trace(&object, direction, limits)?;
        let Some(party) = own else {
            return Ok(Some(trace));
        };
        // where a container's contents are listed, its own history tells who has a part in it
        let entitled = has_part(&trace, &party)
            || has_part(&index.trace(&object, TraceDirection::Back, limits)?, &party);
        Ok(entitled.then_some(trace))
    })
    .await?;
    let trace = trace.ok_or_else(|| {
        crate::authorise::forbidden(
            "no-part",
            "your party has no part in the history of this object",
        )
    })?;
    if let Some(caller) = caller {
        let told = told(&trace, caller, &sight);
        own::write_down(app, caller, told.into_disclosed()).await?;
    }
    Ok(trace)
}

fn has_part(trace: &Trace, party: &PartyId) -> bool {
    place(trace, party).is_some()
}

/// The place of a party's node.
fn place(trace: &Trace, party: &PartyId) -> Option<usize> {
    trace
        .nodes
        .iter()
        .position(|node| matches!(node, Node::Party { party: named, .. } if named == party))
}

/// Which events a trace tells the steps of, and by which right; what anybody may know is told by none.
fn told(trace: &Trace, caller: &Caller, sight: &Sight) -> Tally {
    let standing = caller.standing.as_deref();
    let authority = standing.is_some_and(Standing::is_authority);
    let mut tally = Tally::default();
    if *sight == Sight::Everything && !authority {
        return tally;
    }
    let own = place(trace, &caller.party);
    let named: BTreeSet<NodeId> = trace
        .edges
        .iter()
        .filter(|edge| matches!(edge.kind, EdgeKind::Gives | EdgeKind::Receives))
        .filter(|edge| own.is_some_and(|own| edge.to.0 as usize == own))
        .map(|edge| edge.from)
        .collect();
    for (at, node) in (0..).map(NodeId).zip(&trace.nodes) {
        let Node::Event(event) = node else {
            continue;
        };
        let right = match (authority, named.contains(&at)) {
            (true, _) => Right::Authority,
            (false, true) => Right::Party,
            (false, false) => Right::Custody,
        };
        tally.add(&event.issuer, right, event.id);
    }
    tally
}
