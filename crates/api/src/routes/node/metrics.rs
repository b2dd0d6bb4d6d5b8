//! `GET /metrics`: counters and histograms.

use axum::{
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area},
    http,
    metrics::Gauge,
    problem::Problem,
};

/// Shows counters and histograms in Prometheus' text format.
#[utoipa::path(
    get, path = "/metrics", tag = "node",
    responses((status = 200, description = "The metrics.", body = String, content_type = "text/plain"))
)]
pub async fn handle(State(app): State<App>, Who(caller): Who) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Metrics))?;
    let mut text = app.metrics().text(&gauges(&app).await);
    if let Some(more) = &app.deps().metrics {
        text.push_str(&more());
    }
    Ok((
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        text,
    )
        .into_response())
}

/// How the node stands, as numbers.
async fn gauges(app: &App) -> Vec<Gauge> {
    let deps = app.deps();
    let chain = deps.chain.status();
    let mut gauges: Vec<Gauge> = vec![
        (
            "pangolin_height",
            "Last final block applied here.",
            chain.height.to_string(),
        ),
        (
            "pangolin_block_time_seconds",
            "Ledger time of that block, since 1970.",
            format!("{}.{:03}", chain.time_ms / 1_000, chain.time_ms % 1_000),
        ),
        (
            "pangolin_votes",
            "Whether this node votes.",
            u64::from(chain.validator).to_string(),
        ),
        (
            "pangolin_pool_transactions",
            "Transactions waiting.",
            chain.pool_transactions.to_string(),
        ),
        (
            "pangolin_pool_bytes",
            "Bytes of the transactions waiting.",
            chain.pool_bytes.to_string(),
        ),
        (
            "pangolin_capture_failed",
            "Whether the storage of capture jobs failed.",
            u64::from(app.engine().has_failed()).to_string(),
        ),
    ];
    if let Some(connected) = &deps.connected {
        let peers = connected().len().to_string();
        gauges.push(("pangolin_peers", "Connected peers.", peers));
    }
    if deps.index.is_some()
        && let Ok(tip) = http::index(app, pangolin_index::SqliteIndex::tip).await
    {
        gauges.push((
            "pangolin_index_height",
            "Last block that the index has.",
            tip.map_or(0, |(height, _)| height.0).to_string(),
        ));
    }
    gauges
}
