//! `GET /metrics`: counters and histograms.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area},
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
    let chain = app.deps().chain.status();
    let mut text = app.metrics().text(&[
        (
            "pangolin_height",
            "Last final block applied here.",
            chain.height,
        ),
        (
            "pangolin_block_time_milliseconds",
            "Ledger time of that block.",
            chain.time_ms,
        ),
        (
            "pangolin_pool_transactions",
            "Transactions waiting.",
            chain.pool_transactions as u64,
        ),
        (
            "pangolin_pool_bytes",
            "Bytes waiting.",
            chain.pool_bytes as u64,
        ),
        (
            "pangolin_capture_failed",
            "Whether the storage of capture jobs failed.",
            u64::from(app.engine().has_failed()),
        ),
    ]);
    if let Some(more) = &app.deps().metrics {
        text.push_str(&more());
    }
    Ok((
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        text,
    )
        .into_response())
}
