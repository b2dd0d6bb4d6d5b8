//! `GET /pack/trace?q=…`: the history of a pack, for people.

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use pangolin_index::{EdgeKind, EventNode, Node, NodeId, Trace, TraceDirection, TraceLimits};
use pangolin_profiles::capture::{event_uri, object_uri};

use super::{
    html::Html,
    moment,
    pack::{asked, object},
    page, problem_page, search,
};
use crate::{
    app::App,
    auth::{Caller, Who},
    authorise::{Act, Area},
    http::segment,
    problem::Problem,
    routes::trace::show::trace,
    wire::trace::event_state,
    words,
};

/// Shows the history of a pack.
#[utoipa::path(
    get, path = "/pack/trace", tag = "pages",
    params(("q" = String, Query, description = "the pack: scan, element string, Digital Link or URN")),
    responses((status = 200, description = "A page.", body = String, content_type = "text/html"))
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    RawQuery(query): RawQuery,
) -> Response {
    match show(&app, caller.as_ref(), query.as_deref()).await {
        Ok(response) => response,
        Err(problem) => problem_page(&problem),
    }
}

async fn show(
    app: &App,
    caller: Option<&Caller>,
    query: Option<&str>,
) -> Result<Response, Problem> {
    app.rules().decide(caller, Act::Read(Area::Pages))?;
    app.rules().decide(caller, Act::Read(Area::Trace))?;
    let text = asked(query)?;
    let unknown = || Problem::not_found("no-single-object", "the text names no single object");
    let object = object(app, &text).await?.ok_or_else(unknown)?;
    let uri = object_uri(&object);
    let found = trace(
        app,
        object,
        TraceDirection::Back,
        TraceLimits::default(),
        caller,
    )
    .await?;
    let mut body = Html::default();
    body.element("h1", &words::on_pack(&uri));
    body.element(
        "p class=\"dim\"",
        &format!(
            "History as of block {}, {}.",
            found.height.0,
            moment(found.time.0)
        ),
    );
    missing(&mut body, &found);
    events(&mut body, &found);
    body.raw("<p>");
    body.link(&format!("/pack?q={}", segment(&uri)), "Status")
        .raw(" · ");
    body.link(&format!("/trace/{}", segment(&uri)), "The same as a graph")
        .raw(" · ");
    body.link(
        &format!("/proofs/custody/{}", segment(&uri)),
        "Proof of custody",
    )
    .raw("</p>");
    search(&mut body, "");
    Ok(page(StatusCode::OK, &uri, &body))
}

/// What is not known is said first: never a clean partial trace.
fn missing(body: &mut Html, trace: &Trace) {
    for node in &trace.nodes {
        if let Node::Unknown { message, .. } = node {
            body.element("p class=\"bad\"", &format!("Missing: {message}"));
        }
    }
    if !trace.truncated.is_empty() {
        body.element(
            "p class=\"bad\"",
            "Cut off: the history is longer than what is shown.",
        );
    }
}

fn events(body: &mut Html, trace: &Trace) {
    let mut events: Vec<(NodeId, &EventNode)> = trace
        .nodes
        .iter()
        .enumerate()
        .filter_map(|(at, node)| match node {
            Node::Event(event) => Some((NodeId(u32::try_from(at).unwrap_or(u32::MAX)), event)),
            _ => None,
        })
        .collect();
    events.sort_by_key(|(_, event)| (event.time, event.no));
    body.raw("<ol>");
    for (id, event) in events {
        let step = event.biz_step.as_deref().unwrap_or("event");
        let who = stated_by(trace, id).unwrap_or_default();
        let mut parts = vec![format!("{} {step}", moment(event.time.0))];
        if !who.is_empty() {
            parts.push(format!("stated by {who}"));
        }
        parts.push(format!("block {}", event.height.0));
        if event.in_error {
            parts.push("declared in error".to_owned());
        }
        let state = event_state(event.state);
        if state != "applied" {
            parts.push(state.to_owned());
        }
        let text = parts.join(", ");
        body.raw("<li>").text(&text).raw(" · ");
        body.link(
            &format!("/proofs/receipt/{}", segment(&event_uri(&event.id))),
            "receipt",
        )
        .raw("</li>");
    }
    body.raw("</ol>");
}

fn stated_by(trace: &Trace, event: NodeId) -> Option<String> {
    let touching = |edge: &&pangolin_index::Edge| {
        matches!(edge.kind, EdgeKind::States) && (edge.from == event || edge.to == event)
    };
    let edge = trace.edges.iter().find(touching)?;
    let other = if edge.from == event {
        edge.to
    } else {
        edge.from
    };
    match trace.nodes.get(usize::try_from(other.0).ok()?)? {
        Node::Party { name, uri, .. } => Some(if name.is_empty() {
            uri.clone()
        } else {
            name.clone()
        }),
        _ => None,
    }
}
