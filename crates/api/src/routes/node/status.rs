//! `GET /status`: how the node stands.

use axum::{extract::State, http::StatusCode, response::Response};

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area},
    clock::utc_text,
    http,
    problem::Problem,
    wire::node::NodeStatus,
};

/// Shows how the node stands.
#[utoipa::path(get, path = "/status", tag = "node", responses((status = 200, description = "How it stands.", body = NodeStatus)))]
pub async fn handle(State(app): State<App>, Who(caller): Who) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Health))?;
    Ok(http::json(StatusCode::OK, &status(&app).await?))
}

/// How the node stands.
pub(in crate::routes) async fn status(app: &App) -> Result<NodeStatus, Problem> {
    let chain = app.deps().chain.status();
    let indexed = match app.deps().index {
        Some(_) => http::index(app, pangolin_index::SqliteIndex::tip).await?,
        None => None,
    };
    Ok(NodeStatus {
        chain: app.deps().chain_id.to_string(),
        height: chain.height,
        time: utc_text(i64::try_from(chain.time_ms).unwrap_or(i64::MAX)),
        block: chain.block,
        records_root: chain.records_root,
        rules_root: chain.rules_root,
        indexed: indexed.map(|(height, _)| height.0),
        validator: chain.validator,
        waiting_transactions: chain.pool_transactions as u64,
        waiting_bytes: chain.pool_bytes as u64,
        profile: app.deps().trade.profile().to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        development: app.config().development,
    })
}
