//! `GET /trace/{epc}`: where an object comes from, where it went, what is in it.

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use pangolin_index::{Node, Trace, TraceDirection, TraceLimits};
use pangolin_ledger::id::ObjectId;

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area, Sight},
    http::{self, InPath, no_more, parameters, take, take_number},
    problem::Problem,
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
    let sight = app
        .rules()
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
    let trace = trace(&app, object, direction, limits, &sight).await?;
    Ok(http::json(
        StatusCode::OK,
        &TraceGraph::new(&trace, app.deps().trade.as_ref()),
    ))
}

/// Traces an object for somebody who has a part in it.
pub(in crate::routes) async fn trace(
    app: &App,
    object: ObjectId,
    direction: TraceDirection,
    limits: TraceLimits,
    sight: &Sight,
) -> Result<Trace, Problem> {
    let own = match sight {
        Sight::Everything => None,
        Sight::Of(party) => Some(party.clone()),
    };
    let trace = http::index(app, move |index| {
        let trace = index.trace(&object, direction, limits)?;
        let Some(party) = own else {
            return Ok(Some(trace));
        };
        let has_part = |trace: &Trace| {
            trace
                .nodes
                .iter()
                .any(|node| matches!(node, Node::Party { party: named, .. } if *named == party))
        };
        // where a container's contents are listed, its own history tells who has a part in it
        let entitled =
            has_part(&trace) || has_part(&index.trace(&object, TraceDirection::Back, limits)?);
        Ok(entitled.then_some(trace))
    })
    .await?;
    trace.ok_or_else(|| {
        crate::authorise::forbidden(
            "no-part",
            "your party has no part in the history of this object",
        )
    })
}
