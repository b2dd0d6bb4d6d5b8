//! `GET /status`: which node this is, how it stands, and who makes the chain with it.

use axum::{extract::State, http::StatusCode, response::Response};

use crate::{
    app::App,
    auth::{Caller, Who},
    authorise::{Act, Area},
    clock::utc_text,
    deps, http,
    problem::Problem,
    wire::node::{Member, NodeStatus, Peer},
};

/// Shows how the node stands.
#[utoipa::path(get, path = "/status", tag = "node", responses((status = 200, description = "How it stands.", body = NodeStatus)))]
pub async fn handle(State(app): State<App>, Who(caller): Who) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Health))?;
    Ok(http::json(
        StatusCode::OK,
        &status(&app, caller.as_ref()).await?,
    ))
}

/// How the node stands, as far as `caller` may see it.
pub(in crate::routes) async fn status(
    app: &App,
    caller: Option<&Caller>,
) -> Result<NodeStatus, Problem> {
    let chain = app.deps().chain.status();
    let indexed = match app.deps().index {
        Some(_) => http::index(app, pangolin_index::SqliteIndex::tip).await?,
        None => None,
    };
    let time_ms = i64::try_from(chain.time_ms).unwrap_or(i64::MAX);
    let (validators, others) = peers(app);
    // The validators are named in the genesis file, which whoever checks proofs has. Who else is connected is an operator's.
    let operates = app.rules().decide(caller, Act::Read(Area::Metrics)).is_ok();
    let trade = &app.deps().trade;
    Ok(NodeStatus {
        node: member(&app.deps().identity.node),
        chain: app.deps().chain_id.to_string(),
        chain_name: app.deps().identity.chain_name.clone(),
        height: chain.height,
        time: utc_text(time_ms),
        block_age_ms: app.deps().clock.now_ms().saturating_sub(time_ms),
        block: chain.block,
        records_root: chain.records_root,
        rules_root: chain.rules_root,
        indexed: indexed.map(|(height, _)| height.0),
        validator: chain.validator,
        validators,
        other_peers: operates.then_some(others),
        waiting_transactions: chain.pool_transactions as u64,
        waiting_bytes: chain.pool_bytes as u64,
        profile: trade.profile().to_string(),
        profile_name: format!("{} {}", trade.name(), trade.profile().version),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        development: app.config().development,
    })
}

/// The validators and the other peers, as this node sees them.
fn peers(app: &App) -> (Vec<Peer>, Vec<Peer>) {
    let identity = &app.deps().identity;
    let connected = app.deps().connected.as_ref().map(|connected| connected());
    let seen = |members: &[deps::Member]| {
        members
            .iter()
            .map(|other| Peer {
                member: member(other),
                connected: connected
                    .as_ref()
                    .filter(|_| other.key != identity.node.key)
                    .map(|keys| keys.contains(&other.key)),
            })
            .collect()
    };
    (seen(&identity.validators), seen(&identity.others))
}

fn member(member: &deps::Member) -> Member {
    Member {
        name: member.name.clone(),
        organisation: member.organisation.clone(),
        key: member.key.clone(),
    }
}
