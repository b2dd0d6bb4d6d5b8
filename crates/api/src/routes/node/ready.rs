//! `GET /readyz`: the node can be relied upon.

use axum::{extract::State, http::StatusCode, response::Response};

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area},
    http,
    problem::Problem,
    wire::node::Readiness,
};

/// Blocks by which the index may be behind.
const INDEX_LAG_MAX: u64 = 200;

/// Says whether the node can be relied upon: it has a chain, its index follows, its storage works.
#[utoipa::path(
    get, path = "/readyz", tag = "node",
    responses((status = 200, description = "It can.", body = Readiness), (status = 503, description = "It cannot.", body = Readiness))
)]
pub async fn handle(State(app): State<App>, Who(caller): Who) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Health))?;
    let reasons = reasons(&app).await;
    let ready = reasons.is_empty();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    Ok(http::json(status, &Readiness { ready, reasons }))
}

/// Why the node cannot be relied upon; empty when it can.
pub(in crate::routes) async fn reasons(app: &App) -> Vec<String> {
    let height = app.deps().chain.status().height;
    let mut reasons = Vec::new();
    if height == 0 {
        reasons.push("no block is final yet".to_owned());
    }
    if app.engine().has_failed() {
        reasons.push("the storage of capture jobs failed; restart the node".to_owned());
    }
    match http::index(app, pangolin_index::SqliteIndex::tip).await {
        _ if app.deps().index.is_none() => {}
        Ok(tip) => {
            let behind = height.saturating_sub(tip.map_or(0, |(height, _)| height.0));
            if behind > INDEX_LAG_MAX {
                reasons.push(format!("the index is {behind} blocks behind"));
            }
        }
        Err(problem) => reasons.push(format!("the index does not answer: {}", problem.code())),
    }
    reasons
}
