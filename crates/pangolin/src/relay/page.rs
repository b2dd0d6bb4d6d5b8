//! What a relay serves: its status as JSON and as a page, and metrics. It says nothing about goods, only how many move.

use anyhow::{Context as _, Result};
use axum::{
    Json, Router,
    extract::State,
    http::header,
    response::{Html, IntoResponse},
    routing::get,
};
use pangolin_api::{
    limits::HEAD,
    listen::{Bounds, Listener, http1},
};
use pangolin_interchain::{Board, ChainStatus, LaneStatus};
use serde::{Deserialize, Serialize};
use std::{fmt::Write as _, net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;

/// How a relay stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Status {
    /// The chains.
    pub(crate) chains: Vec<ChainStatus>,
    /// The directions.
    pub(crate) lanes: Vec<LaneStatus>,
}

/// Connections to the page: few, so that whoever holds them leaves the relay its own to the nodes.
const BOUNDS: Bounds = Bounds {
    all: 128,
    of_one: 64,
    head: HEAD,
};

/// A socket with what is served on it.
pub(crate) type Page = (Listener, Router);

/// Listens.
pub(crate) async fn bind(address: SocketAddr, board: Arc<Board>) -> Result<Page> {
    let listener = TcpListener::bind(address).await;
    let listener = listener.with_context(|| format!("cannot listen on {address}"))?;
    let listener = Listener::start(BOUNDS, listener, None, || {});
    let router = Router::new()
        .route("/", get(page))
        .route("/status", get(status))
        .route("/metrics", get(metrics))
        .with_state(board);
    Ok((listener, router))
}

/// Serves for ever.
pub(crate) async fn serve(page: Option<Page>) {
    match page {
        Some((listener, router)) => http1::serve(listener, router, std::future::pending()).await,
        None => std::future::pending().await,
    }
}

async fn status(State(board): State<Arc<Board>>) -> Json<Status> {
    Json(Status {
        chains: board.chains(),
        lanes: board.lanes(),
    })
}

async fn metrics(State(board): State<Arc<Board>>) -> impl IntoResponse {
    let media = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (media, board.metrics())
}

/// On a narrow screen each direction is a block of lines that wrap, with its figures named: the page loads anew every two
/// seconds, so whatever had to be scrolled to would be gone at once.
const STYLE: &str = "body{font:16px/1.5 system-ui;margin:1rem auto;max-width:72rem;padding:0 1rem}\
    table{border-collapse:collapse;width:100%;margin:1rem 0}\
    td,th{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #ccc}\
    td:last-child{overflow-wrap:anywhere}\
    th{white-space:nowrap}\
    @media(max-width:48rem){.lanes,.lanes tbody,.lanes tr{display:block}.lanes tr:first-child{display:none}\
    .lanes tr{border-bottom:1px solid #ccc;padding:.4rem 0}.lanes td{display:inline-block;border:0;padding:0 1rem 0 0}\
    .lanes td:first-child,.lanes td:nth-child(2){display:block}.lanes td:first-child{font-weight:bold}\
    .lanes td[data-of]::before{content:attr(data-of) \" \"}}";

async fn page(State(board): State<Arc<Board>>) -> Html<String> {
    let mut rows = String::new();
    for chain in board.chains() {
        let state = chain.trouble.as_deref().unwrap_or("in reach");
        let fork = chain.fork.as_ref().map(|fork| {
            format!(
                "; CERTIFIED TWO BLOCKS of height {}: nothing of it is to be believed",
                fork.height
            )
        });
        let _ = write!(
            rows,
            "<tr><td>{}</td><td>{}</td><td>{}{}</td></tr>",
            escaped(&chain.name),
            chain.height,
            escaped(state),
            fork.unwrap_or_default()
        );
    }
    for chain in board.chains() {
        for (source, known) in &chain.sources {
            let state = known.trouble.as_deref().unwrap_or("heard");
            let _ = write!(
                rows,
                "<tr><td>{} → {}</td><td>{} facts</td><td>{}</td></tr>",
                escaped(source),
                escaped(&chain.name),
                known.facts,
                escaped(state)
            );
        }
    }
    for chain in board.chains() {
        for (witness, shown) in &chain.witnesses {
            let Some(trouble) = &shown.trouble else {
                continue;
            };
            let _ = write!(
                rows,
                "<tr><td>{} at {}</td><td>{}</td><td>it shows no block that counts: {}</td></tr>",
                escaped(&chain.name),
                escaped(witness),
                shown.height,
                escaped(trouble)
            );
        }
    }
    let mut lanes = String::new();
    for lane in board.lanes() {
        lanes.push_str(&row(&lane));
    }
    Html(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta http-equiv=\"refresh\" content=\"2\"><link rel=\"icon\" href=\"data:,\"><title>Relay</title><style>{STYLE}</style></head>\
         <body><h1>Relay</h1><p>Carries what chains decided to other chains, with proof. It has no say and keeps nothing.</p>\
         <table><tr><th>Chain</th><th>Height</th><th>State</th></tr>{rows}</table>\
         <table class=\"lanes\"><tr><th>Direction</th><th>State</th><th>Open</th><th>Oldest</th><th>Arrived</th><th>Settled</th>\
         <th>Stuck</th><th>Last trouble</th></tr>{lanes}</table></body></html>"
    ))
}

/// One direction.
fn row(lane: &LaneStatus) -> String {
    let trouble = lane.last_trouble.as_deref().unwrap_or_default();
    format!(
        "<tr><td>{} → {}</td><td>{}</td><td data-of=\"Open\">{}</td><td data-of=\"Oldest\">{:.1} s</td>\
             <td data-of=\"Arrived\">{}</td><td data-of=\"Settled\">{}</td><td data-of=\"Stuck\">{}</td><td>{}</td></tr>",
        escaped(&lane.from),
        escaped(&lane.to),
        escaped(&lane.state),
        lane.open,
        std::time::Duration::from_millis(lane.oldest_ms).as_secs_f64(),
        lane.arrived,
        lane.settled,
        lane.stuck_count,
        escaped(trouble)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_named_where_their_heads_are_not_shown() {
        let lane = LaneStatus {
            from: "<east>".into(),
            to: "west".into(),
            open: 7,
            oldest_ms: 1_500,
            ..LaneStatus::default()
        };
        let row = row(&lane);
        for cell in [
            "<td>&lt;east&gt; → west</td>",
            "<td data-of=\"Open\">7</td>",
            "<td data-of=\"Oldest\">1.5 s</td>",
            "<td data-of=\"Stuck\">0</td>",
        ] {
            assert!(row.contains(cell), "{cell}\n{row}");
        }
    }

    #[test]
    fn what_nodes_say_is_no_markup() {
        assert_eq!(escaped("<b a=\"1\">&"), "&lt;b a=&quot;1&quot;&gt;&amp;");
    }
}
